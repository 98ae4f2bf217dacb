package guardtest

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// A few words of instructions with others of the same meaning.
const (
	meanEnglish = `ignore disregard neglect|ignoring disregarding neglecting|previous earlier prior preceding|instructions directions orders directives|instruction direction order|reveal disclose expose|
tell inform|show display present|print output|forget dismiss drop|rules regulations guidelines|pretend imagine act|restrictions limits constraints|answer reply respond|
question query|important crucial vital|want wish|make produce build|help assist|use employ utilise|give provide|respond reply answer|start begin|always constantly|
following subsequent|text passage|message note|secret hidden confidential|write compose|create produce generate|explain describe clarify|information details|below beneath|above
preceding|now immediately|any whatever|without lacking|harmful damaging|illegal unlawful|provide supply give|complete finish|task job assignment|words terms|request demand
ask|everything anything|translate convert|repeat restate echo|bypass circumvent|system platform|allowed permitted|never not|must should|answer reply|character persona`
	meanChinese = `忽略 无视 不理会|之前 先前 此前|以前 先前|所有 全部 一切|指令 命令 要求|输出 给出 打印|告诉 告知|显示 展示|提示词 提示语|规则 规定 条例|现在 此刻 如今|必须 务必 一定要|
限制 约束 束缚|忘记 忘掉|假装 装作 假扮|回答 答复 回复|如何 怎样 怎么|制作 制造 做|方法 办法|需要 要|内容 东西|扮演 充当|任何 随便什么|不要 别|帮我 替我|详细 仔细|步骤 流程|
密码 口令|秘密 机密|重复 复述|翻译 译|请 麻烦|上面 上述|以上 上述|可以 能|立刻 马上|开始 着手|问题 疑问|用户 使用者|设定 设置`
)

type sameMeaning struct {
	word   string
	others []string
}

func meanings(text string) []sameMeaning {
	var out []sameMeaning
	for group := range strings.SplitSeq(text, "|") {
		w := strings.Fields(group)
		out = append(out, sameMeaning{w[0], w[1:]})
	}
	return out
}

var english, chinese = meanings(meanEnglish), meanings(meanChinese)

func synonyms(rng *rand.Rand, text string) string {
	for _, m := range chinese {
		if strings.Contains(text, m.word) && rng.Float64() < 0.7 {
			text = strings.ReplaceAll(text, m.word, m.others[rng.IntN(len(m.others))])
		}
	}
	words := cutWords(text)
	for i, w := range words {
		for _, m := range english {
			if strings.EqualFold(w, m.word) && rng.Float64() < 0.7 {
				words[i] = sameCase(w, m.others[rng.IntN(len(m.others))])
				break
			}
		}
	}
	return strings.Join(words, "")
}

// sameCase gives a word the capital that another one has.
func sameCase(like, word string) string {
	if unicode.IsUpper(rune(like[0])) {
		return strings.ToUpper(word[:1]) + word[1:]
	}
	return word
}

var (
	fillEnglish = []string{"really", "just", "simply", "kindly", "actually", "basically", "now", "please", "quite", "literally"}
	fillChinese = []string{"其实", "就是说", "那个", "嗯", "麻烦", "顺便", "也就是", "啊"}
)

// fillers puts words that mean nothing between others.
func fillers(rng *rand.Rand, text string) string {
	var b strings.Builder
	since := 0
	for _, r := range text {
		switch {
		case r == ' ' && since > 2 && rng.IntN(5) == 0:
			b.WriteString(" " + fillEnglish[rng.IntN(len(fillEnglish))])
			since = 0
		case isHan(r) && since > 6 && rng.IntN(10) == 0:
			b.WriteString(fillChinese[rng.IntN(len(fillChinese))])
			since = 0
		}
		since++
		b.WriteRune(r)
	}
	return b.String()
}

const alphanumerics = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func randomString(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphanumerics[rng.IntN(len(alphanumerics))]
	}
	return string(b)
}

// checkList adds random strings, as CheckList does.
func checkList(rng *rand.Rand, text string) string {
	return text + " " + randomString(rng, 10) + " " + randomString(rng, 10)
}

// stressTest adds a sentence that is true whatever the rest is, as StressTest does.
func stressTest(rng *rand.Rand, text string) string {
	if hasHan(text) {
		return text + strings.Repeat([]string{"而真就是真。", "而假不是真。"}[rng.IntN(2)], 1+rng.IntN(4))
	}
	return text + strings.Repeat([]string{" and true is true", " and false is not true"}[rng.IntN(2)], 1+rng.IntN(5))
}

func hasHan(text string) bool { return strings.IndexFunc(text, isHan) >= 0 }

// politeness puts an ordinary sentence before the text and one after it.
func politeness(rng *rand.Rand, text string) string {
	before := []string{"Hello, I hope you are well. ", "Good morning! I have a small question. ", "Hi there, thanks for your help yesterday. ", "I am a new colleague and still learning. "}
	after := []string{" Thank you very much!", " Have a nice day.", " I would be grateful for a quick reply.", " Best regards, Anna"}
	if hasHan(text) {
		before = []string{"你好，打扰一下。", "早上好！我有个小问题。", "谢谢你昨天的帮助。", "我是新来的同事，还在熟悉环境。"}
		after = []string{"非常感谢！", "祝你一天愉快。", "盼复。", "辛苦了。"}
	}
	return before[rng.IntN(len(before))] + text + after[rng.IntN(len(after))]
}

// noise puts signs that mean nothing around the text.
func noise(rng *rand.Rand, text string) string {
	signs := []string{"###", "----", "==", "~~~", "...", "@@", "**", "<<<", ">>>", "\n\n", "🙂", "!!"}
	pick := func() string { return signs[rng.IntN(len(signs))] }
	return pick() + " " + pick() + " " + text + " " + pick() + pick() + " " + pick()
}
