package question

import (
	"regexp"
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
	Amount: regexp.MustCompile(`[0-9]|[一二三四五六七八九十百千万两]+[个条次天年月秒分小台层份种倍页]|(?i)\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|unlimited)\b|无限|不限`),
	Why:    regexp.MustCompile(`(?i)\b(?:because|since|due to|caused?|reasons?|so that|in order to|therefore|leads? to|as a result)\b|因为|由于|原因|因此|所以|导致|造成|为了|避免`),
	How:    regexp.MustCompile("(?im)^\\s*(?:[0-9]+[.)、]|[-*] |\\$ |```|步骤|第[一二三四五六七八九十]+步|step )|\\b(?:run|set|use|click|add|call|configure|execute|create|enable|start|open|choose|change)\\b|设置|配置|执行|运行|使用|调用|点击|添加|创建|启动|修改|打开|选择|可以通过|首先|然后"),
	When:   regexp.MustCompile(`(?i)[0-9]|\b(?:when|after|before|once|until|as soon as|if|every|while|during)\b|当|之后|以后|之前|时候|一旦|如果|每|期间|时`),
	Where:  regexp.MustCompile(`(?i)[/\\][\w.-]+|~/|\b(?:in|on|under|at|folder|directory|path|file|page)\b|目录|路径|文件|位于|在.{1,20}[中下上里]|页面`),
	List:   regexp.MustCompile(`(?m)^\s*(?:[-*•] |[0-9]+[.)、]|\|)|、|, .+(?:,| and )|包括|分为|以下|如下|(?i)\b(?:following|include[sd]?|such as|types?|kinds?)\b|种`),
}

// A definition says its subject, a copula, and then what it is.
var (
	copula  = regexp.MustCompile(`(?i)\b(?:is|are|means?|refers? to|denotes?|represents?|stands for|called|defined as)\b|是|指|表示|称为|叫做|即`)
	breakAt = regexp.MustCompile(`[。！？!?\n；;]|\.\s`)
)

const (
	subjectShare = 0.6 // share of the question that must stand before the copula
	subjectSize  = 90  // bytes in which it must stand
)

// defines says whether a sentence of the text says what the question's subject is.
func (q *Question) defines(text string) bool {
	for _, sentence := range breakAt.Split(text, -1) {
		for _, at := range copula.FindAllStringIndex(sentence, 4) {
			if at[0] > 0 && at[0] <= subjectSize && q.Share(q.In(sentence[:at[0]])) >= subjectShare {
				return true
			}
		}
	}
	return false
}

// Answers says whether a text has the shape of what is asked for. A question whose
// kind says nothing about shapes is answered by none.
func (q *Question) Answers(text string) bool {
	if q.Kind == Definition {
		return q.defines(text)
	}
	shape := shapes[q.Kind]
	return shape != nil && shape.MatchString(text)
}
