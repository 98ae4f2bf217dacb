package question

import (
	"strings"
	"unicode"

	"wenyuan/index/analysis"
)

// Words that ask or join and say nothing about what is asked for.
var (
	stopStems = stems(`a about above after again all also am an and any are as at be because been before being
		below between both but by can cannot could did do does doing don down during each either else ever every few for
		from further get gets give had has have having he her here him his how i if in into is isn it its itself just
		know let like many may me mean means might more most much must my need no nor not now of off on once one only or other our
		ours out over own please possible s same shall she should so some such t tell than that the their them then there these
		they this those through to too under until up us use used using very via want was way we were what when where
		whether which while who whom whose why will with within without won't would yes you your`)

	stopPhrases = set(`什么 怎么 怎样 怎么样 如何 为什么 为何 为啥 是否 是不是 有没有 能不能 可不可以 可以 能否 可否 哪些 哪个 哪种
		哪里 哪儿 哪几 哪一 多少 几个 几种 多久 多大 多长 请问 告诉 我们 你们 他们 它们 这个 那个 这些 那些 这种 一个 一些
		一下 以及 或者 并且 而且 但是 因为 所以 如果 应该 需要 必须 进行 通过 对于 关于 其中 之间 时候 的话 什么样 什么时候
		有什么 有哪些 都有 还有 还是 就是 不是 我想 想要 想知道 介绍 说明 解释 区别是 是什么 怎么办 怎么做 我要 要怎么
		做什么 干什么 多快 多高 多远 多重 多频繁 多长时间 主要 通常 一般`)

	// Only those that are hardly ever part of another word; the weights take care of the rest.
	stopCharacters = set(`的 了 是 在 有 和 与 及 或 吗 呢 吧 啊 呀 么 我 你 您 他 她 它 这 那 哪 谁 把 被 也 都 很 请 几`)

	longestStop = 4
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

func stems(words string) map[string]bool {
	m := map[string]bool{}
	for _, t := range analysis.Terms(words) {
		m[t] = true
	}
	return m
}

// A Kind says what sort of answer a question wants.
type Kind string

// The kinds of questions.
const (
	Other      Kind = "other"
	Definition Kind = "definition" // what is it
	How        Kind = "how"        // steps, commands
	Why        Kind = "why"        // a reason
	Amount     Kind = "amount"     // a number, a size, a duration
	When       Kind = "when"       // a time or a condition
	Where      Kind = "where"      // a place, a path
	List       Kind = "list"       // which ones
	YesNo      Kind = "yes or no"
)

// signs are tried in order; the first that is found decides. A sign that begins with ^
// must begin the question.
var signs = []struct {
	kind  Kind
	signs []string
}{
	{Amount, []string{"how many", "how much", "how long", "how large", "how big", "how often", "how fast", "what speed", "what port", "which port", "多少", "多久", "多长", "多大", "几个", "几次", "几种", "几天", "多快", "多高", "多远", "多重", "多频繁", "最多", "最长", "最大值", "默认值", "默认是", "默认端口", "哪个端口", "什么端口", "转速", "上限", "default value", "default port", "maximum", "minimum", "longest", "limit on", "at most"}},
	{Why, []string{"why", "为什么", "为何", "为啥", "原因", "reason", "what cause", "how come"}},
	{How, []string{"how to", "how do", "how can", "how should", "how would", "how could", "^how ", "如何", "怎么", "怎样", "步骤", "steps", "方法", "what should i do", "what do i do", "what to do"}},
	{When, []string{"^when ", " when does", " when is", "什么时候", "何时", "几点"}},
	{Where, []string{"^where", "哪里", "哪儿", "在哪", "从哪"}},
	{Definition, []string{"^what is", "^what's", "^what does", "是什么", "什么是", "做什么", "干什么", "有什么用", "作用", "含义", "定义", "^define", "meaning of", "什么意思", "是指"}},
	{List, []string{"哪些", "哪几", "what are", "which", "list ", "列出", "what kinds", "what types", "有什么"}},
	{YesNo, []string{"^is ", "^are ", "^can ", "^does ", "^do ", "^did ", "^will ", "^should ", "是否", "吗", "能不能", "可不可以", "能否", "有没有", "是不是", "可否"}},
}

// kindOf reads the kind off the words that ask.
func kindOf(text string) Kind {
	text = strings.ToLower(strings.Map(analysis.Fold, strings.TrimSpace(text)))
	for _, k := range signs {
		for _, sign := range k.signs {
			start, ok := strings.CutPrefix(sign, "^")
			if ok && strings.HasPrefix(text, start) || !ok && strings.Contains(text, sign) {
				return k.kind
			}
		}
	}
	if isTerm(text) {
		return Definition
	}
	return Other
}

// What a question may be at most to be a term that somebody wants to know of: words,
// Chinese characters.
const (
	termWords      = 4
	termCharacters = 8
)

// isTerm says whether a question is a bare noun phrase, as far as the look of it tells:
// short, without a stop and without a word that asks.
func isTerm(text string) bool {
	han := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsPunct(r) && !strings.ContainsRune("-_/.'&", r):
			return false
		}
	}
	words := strings.Fields(text)
	for _, w := range words {
		if asks[w] {
			return false
		}
	}
	return len(words) > 0 && len(words) <= termWords && han <= termCharacters && strings.ContainsFunc(text, unicode.IsLetter)
}

// asks are words that a bare noun phrase does not have.
var asks = set(`how what when where which who whom whose why is are was were be do does did can could should would will
	may must not if i we you it this that there please`)
