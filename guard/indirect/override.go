package indirect

import (
	"slices"
	"strings"

	"wenyuan/internal/needle"
)

// What is said to count no more: a word of ending, and a name of what stood before or of the
// text itself. Both have to stand close to each other in one sentence.
var (
	before = []string{"above", "previous", "prior", "preceding", "earlier", "so far", "original", "everything", "rest of the", "the question", "the user", "the document", "your instructions", "your rules", "the context",
		"以上", "上文", "上述", "之前", "前面", "原来", "原有", "此前", "先前", "上面", "用户的", "文档", "全文", "其他内容", "其余", "所有指令", "所有规则", "一切指令"}
	endedLatin = []string{"ignore", "disregard", "forget", "discard", "void", "no longer appl", "no longer valid", "out of date", "outdated", "cancelled", "overrid", "superseded", "do not follow", "don't follow", "do not listen", "changed their mind", "replaces"}
	endedHan   = []string{"忽略", "无视", "忘掉", "忘记", "忘了", "作废", "无效", "不算", "过时", "别管", "不用管", "不要管", "不要理", "不必理", "不听", "别听", "失效", "不再适用", "抛开", "撇开"}
	// claims are said by who wants to be more than a text.
	claims = []string{"system note", "system message", "system update", "system notice", "admin note", "administrator", "developer note", "developer message", "note to ai", "note to the ai", "note for ai", "note to assist", "note to the assist", "note for the assist", "note to model", "note to language model", "attention ai", "attention assist", "attention model",
		"to any ai", "to all ai", "for any ai", "automated system", "if you are an ai", "if you are a language model", "your developer", "your creator", "real question", "real task", "actual task", "actual question", "new task", "instead of the user", "this instruction",
		"系统提示:", "系统消息", "系统通知", "系统公告", "系统指令", "管理员", "开发者", "真正的任务", "真正的问题", "新任务", "新的任务", "这条指令", "本条指令", "这条备注", "ai请", "ai 请", "模型请", "助手请", "机器人请", "代理请", "致ai", "致 ai", "给ai", "给 ai", "阅读本文的", "处理本文", "读到这", "看到这", "凡是自动", "凡自动"}
)

// signWords are the words of turns, of ending and of claims, so that a sentence is searched for all
// of them at once.
var signWords = needle.New(turns, slices.Concat(endedLatin, endedHan), claims)

const (
	hasTurn = 1 << iota
	hasEnd
	hasClaim
)

// undoes says whether a sentence that has a word of ending undoes what was said before.
func undoes(s string) bool { return undoesBy(s, endedLatin) || undoesBy(s, endedHan) }

func undoesBy(s string, ended []string) bool {
	for _, e := range ended {
		if i := strings.Index(s, e); i >= 0 {
			return contains(s[max(0, i-60):min(len(s), i+len(e)+60)], before...)
		}
	}
	return false
}
