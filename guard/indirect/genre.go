package indirect

import (
	"strings"

	"wenyuan/internal/needle"
)

// A genre is what a text says of itself at its head. Exercises, forms, plays and prompts are
// made of requests, and a further one is no stranger among them.
const (
	unheaded = iota
	exercises
	directions
	speech
	prompts
	genres
)

// headsAtMost is how long a head may be, in bytes, and what is looked at for words of attacks
// reaches further: a report names its subject in its first sentences.
const headsAtMost = 72

var genreWords = needle.New(
	[]string{"homework", "exercise", "assignment", " exam ", "quiz", "worksheet", "interview", "questionnaire", "survey", "problem set", "review questions", "discussion questions", "study questions", "作业", "练习", "试题", "试卷", "面试", "问卷", "思考题", "习题", "考试", "测验", "讨论题", "提纲"},
	[]string{" form ", "recipe", "checklist", "instructions", " steps", " rules", "notice", "tender", "guide", "how to", "directions", "before you", " game", "dosage", " policy", "standard", "sign-up", "表格", "申请表", "登记表", "报名表", "填表", "菜谱", "食谱", "做法", "规则", "须知", "通知", "公告", "招标", "说明", "指南", "规范", "清单", "步骤", "注意事项", "玩法", "要求", "守则", "启事", "流程", "制度"},
	[]string{" scene", " act ", " script", " play ", "dialogue", "transcript", "minutes", " chat", "call log", "poem", " song", "lyrics", "剧本", "台词", "对白", "对话", "记录", "纪要", "第一幕", "第二幕", "第三幕", "一场", "小品", "相声", "诗", "歌词"},
	[]string{"prompt", "incident", "advisory", "post-mortem", "postmortem", " api ", "endpoint", "request", "template", "design", "system message", "vulnerability", "提示词", "通报", "事故", "漏洞", "接口", "模板", "示例", "设计", "复盘", "案例"})

// head reads the genre of a text from its first line, as far as that is short or ends with a
// colon.
func head(text string) int {
	s := strings.TrimLeft(text, "# \n*-=【[(")
	end := strings.IndexAny(s[:min(len(s), headsAtMost)], ":\n")
	if end < 0 {
		return unheaded
	}
	return genreOf(s[:end])
}

// genreOf is the genre that a short text names.
func genreOf(s string) int {
	in := genreWords.In(" " + s + " ")
	for g := exercises; g < genres; g++ {
		if in>>(g-1)&1 == 1 {
			return g
		}
	}
	return unheaded
}

// speaker is the length of the name that a line of talk begins with, with its colon, or 0.
// Names that only a conversation with a model has are no names of people.
func speaker(s string) int {
	const most = 30 // bytes
	i := strings.IndexByte(s[:min(len(s), most)], ':')
	if i <= 0 || i+1 >= len(s) || strings.ContainsAny(s[:i], `.?!,"/|{}=`) || strings.Count(s[:i], " ") > 2 || s[i+1] == '/' {
		return 0
	}
	if turned(s, 0) {
		return 0
	}
	return i + 1
}

// scripted says whether most lines of a page are talk of people whose names return, and notes
// which segments are.
func (p *page) scripted() bool {
	clear(p.names)
	lines, talk, line := 0, 0, -1
	for i := range p.segments {
		s := &p.segments[i]
		if s.line == line {
			s.talk = p.segments[i-1].talk
			continue
		}
		line = s.line
		lines++
		if n := speaker(p.text[s.start:s.end]); n > 0 {
			s.talk = true
			talk++
			p.names[p.text[s.start:s.start+n]]++
		}
	}
	return talk >= 3 && talk*5 >= lines*3 && len(p.names) < talk
}

// quoted says whether a part of a sentence stands between quotes, and the words before them
// tell that somebody said it or that it is an example. Who wants it done says so as well: then
// the quotes are no excuse.
func quoted(s string, start, end int) bool {
	const reach = 48 // bytes before the quote
	if start > end || end > len(s) || strings.Count(s[:start], `"`)%2 == 0 || strings.IndexByte(s[end:], '"') < 0 {
		return false
	}
	opened := strings.LastIndexByte(s[:start], '"')
	before := sayings.In(s[max(0, opened-reach):opened])
	outside, _, _ := strings.Cut(s, `"`)
	return before&1 != 0 && sayings.In(outside+s[strings.LastIndexByte(s, '"'):])&2 == 0
}

var sayings = needle.New(
	[]string{"typed", "pasted", "wrote", "said", "entered", "placed", "put the", "sentence", "phrase", "with the words", "white text", "hidden line", "example", "such as", "e.g.", "a role", "a format", "a length", "instead of", "输入", "写着", "写下", "写入", "里写", "说", "藏着", "例如", "比如", "一句", "身份(", "禁区(", "格式(", "长度(", "问道", "被用户以", "用户以", "有人以", "攻击者以"},
	[]string{"must", "follow", "execute", "obey it", "comply", "do this", " now", "please", "you ", "必须", "执行", "照做:", "遵照", "请你", "现在", "务必"})

// quotedOnly says whether what a sentence asks for stands between quotes alone: the sentence
// around them tells of it.
func quotedOnly(s string) bool {
	const around = 9 // bytes that have to stand outside
	if strings.Count(s, `"`) < 2 {
		return false
	}
	var rest strings.Builder
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 0 {
			rest.WriteString(part)
		} else {
			rest.WriteString("x")
		}
	}
	if rest.Len() < around {
		return false
	}
	f := lookAt(rest.String())
	return f.ask == none && f.signs&(turn|undone|notice|output) == 0
}

// reported says whether a text tells of prompts, or of what was done about something that happened.
func reported(folded string) bool { return reportWords.In(folded) != 0 }

var reportWords = needle.New([]string{"prompt", "提示词", "attacker", "vulnerabilit", "post-mortem", "advisory", "漏洞", "通报", "事故", "攻击者", "安全事件", "复盘", "incident", "switched it off", "switched off", "it failed", "was kept", "blocked it", "taken offline", "was removed", "added a filter", "configuration", "followed it", "what happened", "the log ", "关停", "下线", "拦截", "处置", "处理:", "加固", "过滤", "没有成功", "已保存", "照做", "照办"})
