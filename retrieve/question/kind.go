package question

import (
	"regexp"
	"slices"
	"strings"
)

// identifier is a word with a joint, a digit or a hump inside: max_size, ERR-1042, v5.3.1, maxSize.
var identifier = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*(?:[_\-.:/][A-Za-z0-9]+)+|[A-Za-z]+[0-9][A-Za-z0-9]*|[a-z]+[A-Z][A-Za-z0-9]*|[A-Z][a-z]+[A-Z][A-Za-z0-9]*`)

// Identifiers are the names in the question, in lower case.
func (q *Question) Identifiers() []string {
	ids := identifier.FindAllString(q.Text, -1)
	for i := range ids {
		ids[i] = strings.ToLower(ids[i])
	}
	return ids
}

// What an answer of each kind tends to hold.
var shapes = map[Kind]*regexp.Regexp{
	Why:   regexp.MustCompile(`(?i)\b(?:because|since|due to|caused?|reasons?|so that|in order to|therefore|leads? to|as a result)\b|因为|由于|原因|因此|所以|导致|造成|为了|避免`),
	How:   regexp.MustCompile("(?im)^\\s*(?:[0-9]+[.)、]|[-*] |\\$ |```|步骤|第[一二三四五六七八九十]+步|step )|\\b(?:run|set|use|click|add|call|configure|execute|create|enable|start|open|choose|change)\\b|设置|配置|执行|运行|使用|调用|点击|添加|创建|启动|修改|打开|选择|可以通过|首先|然后"),
	When:  regexp.MustCompile(`(?i)[0-9]|\b(?:when|after|before|once|until|as soon as|if|every|while|during)\b|当|之后|以后|之前|时候|一旦|如果|每|期间|时`),
	Where: regexp.MustCompile(`(?i)[/\\][\w.-]+|~/|\b(?:in|on|under|at|folder|directory|path|file|page)\b|目录|路径|文件|位于|在.{1,20}[中下上里]|页面`),
	List:  regexp.MustCompile(`(?m)^\s*(?:[-*•] |[0-9]+[.)、]|\|)|、|, .+(?:,| and )|包括|分为|以下|如下|(?i)\b(?:following|include[sd]?|such as|types?|kinds?)\b|种`),
}

// step begins a line that does something: a step, a command, a sentence that tells what to do.
var step = regexp.MustCompile("^(?i:(?:[-*•]|[0-9]+[.)、]|[(（][0-9]+[)）]|[①-⑳]|第[一二三四五六七八九十]+步|step [0-9]+)?[:：]?\\s*(?:\\$ |```|(?:sudo|sh|bash|cd|docker|kubectl|curl|wget|java|mvn|npm|pip|go|make|nohup) |(?:please |first,? |then,? |next,? |to [^,.]{3,60}, )?(?:run|set|use|click|add|call|configure|execute|create|enable|start|open|choose|change|press|hold|select|edit|install|download|enter|type|write|put|turn|go to|switch|remove|delete|stop|restart|copy|ask|tell|modify|specify)\\b|请?(?:先|首先|然后|再|接着|最后|直接)?(?:设置|配置|执行|运行|使用|调用|点击|添加|创建|启动|修改|打开|选择|按住|按下|填写|下载|安装|进入|输入|编辑|通过|指定|在.{1,16}(?:中|里|上|下)(?:设置|配置|执行|添加|修改|选择|点击))))")

// ways are phrases that tell how something can be done, and the flags of commands.
var ways = append(pairs("可以 可 需要 只需", "通过 在 使用 用 执行 修改 设置 配置", ""),
	append(pairs("can may should", "changed set done configured created modified enabled", " be "), "you can", " --")...)

// pairs joins each of some words with each of others.
func pairs(first, second, between string) (out []string) {
	for _, a := range strings.Fields(first) {
		for _, b := range strings.Fields(second) {
			out = append(out, a+between+b)
		}
	}
	return out
}

// does says whether a text tells what to do.
func does(text string) bool {
	for line := range strings.Lines(text) {
		if step.MatchString(strings.TrimSpace(line)) {
			return true
		}
	}
	return false
}

// allows says whether a text tells how something can be done.
func allows(text string) bool {
	return slices.ContainsFunc(ways, func(way string) bool { return strings.Contains(text, way) })
}

// A definition says its subject, a copula, and then what it is; or that something is
// called so.
var (
	isA     = regexp.MustCompile(`(?i)\b(?:is|are|was|were)\s+(?:(?:mainly|primarily|basically|essentially|simply)\s+)?(?:an?|the|one|any|where|what|how|used|responsible|designed|defined|part|short for)\b|\b(?:means?|refers? to|denotes?|represents?|stands for|provides?|serves? as|acts? as)\b|[是为][^否]|[是]?指|表示|即|代表|负责|用于|用来|[:：]`)
	isThere = regexp.MustCompile(`(?i)\b(?:is|are)\b`)
	isNamed = regexp.MustCompile(`(?i)\b(?:called|known as|named)\s+(?:an?\s+|the\s+)?|称之?为|叫做|叫作|[，,]即`)
	nameEnd = regexp.MustCompile(`[,，、;；:：(（]|\s(?:in|on|at|with|for|to|from|by|which|that|and)\s`)
	breakAt = regexp.MustCompile(`[。！？!?\n；;]|\.\s`)
)

const (
	subjectShare = 0.6 // share of the question that the subject must have
	subjectSize  = 90  // bytes in which it must stand
	called       = 0.9 // worth of a sentence at whose end the subject is named
	ownShare     = 0.5 // share of the subject's words that the question has, from which it is the subject
)

// defines is how well a sentence of the text says what the question's subject is.
func (q *Question) defines(text string) (best float64) {
	for _, sentence := range breakAt.Split(text, -1) {
		if best == 1 {
			break
		}
		if q.Share(q.In(sentence)) < subjectShare {
			continue // so no part of it is the subject
		}
		best = max(best, q.definesIn(sentence))
	}
	return best
}

func (q *Question) definesIn(sentence string) (best float64) {
	for _, at := range isNamed.FindAllStringIndex(sentence, 4) {
		name := sentence[at[1]:]
		if end := nameEnd.FindStringIndex(name); end != nil {
			name = name[:end[0]]
		}
		if len(name) <= subjectSize && q.subject(name) > 0 {
			best = called
		}
	}
	for _, form := range []struct {
		copula *regexp.Regexp
		worth  float64
	}{{isA, 1}, {isThere, 0.5}} {
		for _, at := range form.copula.FindAllStringIndex(sentence, 4) {
			if at[0] > 0 && at[0] <= subjectSize {
				best = max(best, form.worth*q.subject(sentence[:at[0]]))
			}
		}
	}
	return best
}

// subject is how far words are the question's subject and nothing else, 0 to 1. What
// stands before a comma is not part of it.
func (q *Question) subject(words string) float64 {
	if i := strings.LastIndexAny(words, ",，、"); i >= 0 && i+3 < len(words) {
		words = strings.TrimPrefix(words[i:], string([]rune(words[i:])[:1]))
	}
	own := q.back(words)
	if own < ownShare || q.Share(q.In(words)) < subjectShare {
		return 0
	}
	return (1 + own) / 2
}

// joined are questions of several: what answers one of them leaves the other open.
var joined = regexp.MustCompile(`(?i)(?:\band|\bor|,|;)\s+(?:how|what|when|where|why|who|which)\b|(?:多少|多久|多快|多大|什么|如何|怎么|怎样|哪|几).*[，,；;、]\s*.*(?:多少|多久|多快|多大|什么|如何|怎么|怎样|哪|几)`)

// Joined says whether the question asks for several things.
func (q *Question) Joined() bool { return joined.MatchString(q.Text) }

// Fit is how well a text has the shape of what is asked for, 0 to 1. A question whose
// kind says nothing about shapes is fitted by none.
func (q *Question) Fit(text string) float64 {
	switch q.Kind {
	case Definition:
		return q.defines(text)
	case Amount:
		return q.amount.fit(text)
	}
	if q.Kind == How && does(text) {
		return 1
	}
	if q.Kind == How && allows(text) {
		return 0.5
	}
	shape := shapes[q.Kind]
	switch {
	case shape == nil || !shape.MatchString(text):
		return 0
	case q.Kind == How:
		return 0.3
	}
	return 1
}
