package session

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// ToRemember says whether a text asks that something be remembered, and what. A question is
// never such a request, whatever else it says, and when in doubt the answer is no: what is
// remembered by mistake colours every later conversation.
func ToRemember(text string) (what string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > MaxMemory || strings.ContainsAny(text, "?？\n") || asks.MatchString(text) {
		return "", false
	}
	for _, f := range requests {
		m := f.form.FindStringSubmatch(text)
		if m == nil || f.also != nil && !f.also.MatchString(text) {
			continue
		}
		what = text
		if !f.whole {
			what = m[len(m)-1]
		}
		what = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(what), "。！!"))
		return what, len(termsOf(what)) > 0
	}
	return "", false
}

// asks are words that make a question also without its sign.
var asks = regexp.MustCompile(`(?i)怎么|怎样|如何|为什么|为何|什么|哪|吗|呢[。！!]*$|多少|是否|是不是|能不能|可不可以|会不会|有没有|几[个种次]|谁|咋|^\s*(?:do|does|did|can|could|would|will|why|how|what|when|where|which|who|is|are)\s+(?:you|we|i|it|the|there|do|does|did|is|are|can|should)\b`)

// A request is a form in which people ask that something be remembered.
type request struct {
	form  *regexp.Regexp
	also  *regexp.Regexp // what has to stand in it beside; nil for nothing
	whole bool           // the whole text is what is to be remembered, else the last group
}

const (
	please   = `(?i)^(?:ok(?:ay)?[,.!]?\s+|also[,]?\s+|and\s+|hey[,]?\s+)?(?:please[,]?\s+|pls\s+|kindly\s+)?`
	speaker  = `(?:i|i['’]m|i['’]ve|i['’]d|we|we['’]re|we['’]ve)`
	qing     = `^(?:好的?[，,]?|另外[，,]?|还有[，,]?)?(?:请你?|麻烦你?|帮我|你要|你)?`
	later    = `(?:以后|今后|往后|从现在起|从现在开始|从今以后|接下来)`
	stand    = `(?:from now on|going forward|from here on|for future answers|in (?:the )?future|in all (?:your )?answers)`
	ownWords = `(?i)\b(?:i|i['’]m|i['’]ve|my|me|we|we['’]re|our|us)\b`
)

var requests = []request{
	// Remember that I use 5.3.1. Don't forget: the cluster is in Beijing.
	{form: regexp.MustCompile(please + `(?:remember|keep in mind|bear in mind|do not forget|don['’]t forget|make a note|take note|note down)(?:\s+that\s+|\s*[:：]\s*|,\s+)(.+)$`)},
	{form: regexp.MustCompile(please + `(?:remember|keep in mind|bear in mind|do not forget|don['’]t forget)\s+(` + speaker + `\s.+)$`)},
	// Please note: I use 5.3.1. A text that is only pasted also begins with "Note:".
	{form: regexp.MustCompile(please + `(?:note|be aware)(?:\s+that\s+|\s*[:：]\s*)(.+)$`), also: regexp.MustCompile(ownWords)},
	{form: regexp.MustCompile(please + `for (?:future reference|later|the record)\s*[:：,]\s*(.+)$`), also: regexp.MustCompile(ownWords)},
	// From now on answer for 5.x.
	{form: regexp.MustCompile(please + stand + `[,:]?\s+(?:please\s+)?(?:always\s+|only\s+|never\s+)?(?:answer|reply|respond|write|use|assume|call me|give me|keep|cite|quote|speak|do not|don['’]t)\b.+$`), whole: true},
	{form: regexp.MustCompile(please + `(?:always\s+|only\s+|never\s+)(?:answer|reply|respond|call me)\s+(?:me\b|in\b|with\b|for\b|using\b|from\b|as\b|to\b|briefly\b|by\b).*$`), whole: true},
	{form: regexp.MustCompile(please + `(?:answer|reply|respond)\b.+\b(?:from now on|going forward|in (?:the )?future)[.!]?$`), whole: true},
	// 记住：我用的是 5.3.1。请记住我们在北京。
	{form: regexp.MustCompile(qing + `(?:记住|记一下|记下来?|记着|牢记|别忘了|不要忘了?|不要忘记|别忘记)(?:一下|了|这一?点|哦|啊)*\s*[：:，,]\s*(.+)$`)},
	{form: regexp.MustCompile(qing + `(?:记住|记一下|记下|记着|记得|牢记|别忘了|不要忘了?|不要忘记|别忘记)(?:一下)?\s*((?:我们?|咱们?|本人|本团队|我司)(?:用|是|在|的|都|只|不|负责|有|想|要|喜欢|没有|叫|公司|团队|使用|需要|部署).+)$`),
		also: regexp.MustCompile(`(?:是|用|在|叫|都|只|不|有|要|喜欢|负责|部署)`)},
	{form: regexp.MustCompile(qing + `注意(?:一下)?\s*[：:，,]\s*(.*(?:我|咱).+)$`)},
	// 以后都按 5.x 回答。今后请用中文回答我。
	{form: regexp.MustCompile(qing + later + `[，,]?\s*(?:你)?(?:请|都|一律|统一|就|只|你|回答|所有回答|的回答|我的问题|我问的)+.*(?:回答|答复|回复|作答|称呼我|叫我|告诉我|给我).*$`), whole: true},
	{form: regexp.MustCompile(qing + later + `[，,]?\s*(?:回答|答复|回复).*(?:用|按|以|简短|只|都|要|别|不要).*$`), whole: true},
}
