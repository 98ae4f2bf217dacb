package question

import (
	"regexp"
	"strings"
)

// An amount says what sort of number is asked for.
type amount struct {
	unit    *regexp.Regexp // a number with a unit that fits; nil where any number does
	about   *regexp.Regexp // words for what is measured; nil where the unit tells
	extreme bool           // the greatest or longest is asked for
}

const (
	digits = `(?:\d[\d.,]*|[零一二三四五六七八九十百千万两半几]+|\b(?i:one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|hundred|thousand|half an?|an?)\b)`
	never  = `|(?i:\b(?:unlimited|forever|indefinitely|permanently|never)\b)|无限|不限|永久`
)

// Numbers with units.
var (
	anyNumber = regexp.MustCompile(`[0-9]|[一二三四五六七八九十百千万两]+[个条次天年月秒分小台层份种倍页]|(?i)\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand)\b` + never)
	ofTime    = regexp.MustCompile(digits + `\s*-?(?:(?i:ms|µs|s|secs?|mins?|h|hrs?|d|milliseconds?|microseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|working days?|business days?)\b|个?(?:毫秒|微秒|秒|分钟|小时|天|日|周|星期|月|年|工作日))` + never)
	ofSize    = regexp.MustCompile(`\d[\d.,]*\s*(?:(?i:[kmgt]i?b?|bytes?|bits?|px|cm|mm|m|m²)\b|字节|字符|个?字|[兆米平])|1024\s*\*` + never)
	ofPort    = regexp.MustCompile(`(?:^|[^\w.])\d{2,5}(?:[^\w.]|\.?$|\.\s)`)
	ofRate    = regexp.MustCompile(digits + `\s*\S{0,16}\s*(?i:per\b|/|an? (?:second|minute|hour|day)|[kM]bit|rpm|Hz|percent)|每.{1,4}\s*\d|\d+\s*(?:转|次|赫兹)`)
	ofOften   = regexp.MustCompile(`(?i)\b(?:every|each|once|twice|times|daily|hourly|weekly|monthly|yearly|an? (?:day|week|month|year|hour))\b|每|一次`)
	cell      = `|(?:^|\|)\s*\d[\d,.]*\s*(?:\||$)` // a number alone in a row of a table
	greatest  = regexp.MustCompile(`(?i)\bmax(?:imum|imal)?\b|\bat most\b|\blongest\b|\blargest\b|\bup to\b|\bno more than\b|\blimit|最大|最多|最长|最高|最久|上限|不超过|不能超过|限制`)
)

// Words that tell what sort of number is asked for, in the order in which they decide.
var sorts = []struct{ asked, unit, about *regexp.Regexp }{
	{regexp.MustCompile(`(?i)\bhow (?:often|frequently)\b|多久.{0,6}一次|多频繁|频率`), ofOften, nil},
	{regexp.MustCompile(`(?i)\bhow fast\b|\bspeed\b|多快|速度|转速`), ofRate, nil},
	{regexp.MustCompile(`(?i)\bhow (?:long|soon)\b|\b(?:delay|timeout|interval|duration|retention|latency)\b|多久|多长时间|几天|几小时|几分钟|时长|超时|间隔|多少(?:天|秒|分钟|小时|年|个月)`), ofTime, nil},
	{regexp.MustCompile(`(?i)\bports?\b|端口`), ofPort, regexp.MustCompile(`(?i)\bports?\b|Port|端口|:\d{2,5}\b`)},
	{regexp.MustCompile(`(?i)\bhow (?:large|big)\b|\bsize\b|多大|大小|容量`), ofSize, regexp.MustCompile(`(?i)size|large|capacity|length|大小|容量|体积|长度|多大`)},
}

// What is counted: the measure word in Chinese, the noun in English.
var (
	counted    = regexp.MustCompile(`(?:多少|几)(个月|小时|分钟|[次个条台人页种层份倍级位块步项岁元度天秒年周])`)
	manyOfThem = regexp.MustCompile(`(?i)\bhow many ([a-z]{3,})`)
)

// amountOf reads the sort of number off the words that ask.
func amountOf(text string) amount {
	a := amount{extreme: greatest.MatchString(text)}
	for _, s := range sorts {
		if s.asked.MatchString(text) {
			a.unit, a.about = s.unit, s.about
			return a
		}
	}
	if m := counted.FindStringSubmatch(text); m != nil {
		a.unit = regexp.MustCompile(digits + `\s*` + m[1] + cell + never)
	} else if m := manyOfThem.FindStringSubmatch(text); m != nil {
		noun := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(m[1]), "s"), "ie")
		a.unit = regexp.MustCompile(digits + `(?i:\s+(?:[\w-]+\s+){0,2}?` + noun + `)|(?i:\b(?:once|twice)\b)` + cell + never)
	}
	return a
}

// AsksLimit says whether the greatest of something is asked for.
func (q *Question) AsksLimit() bool { return q.Kind == Amount && q.amount.extreme }

// fit is how well a text holds the number asked for. Where the greatest is asked for, a
// word that says so must stand in the sentence of the number.
func (a amount) fit(text string) (best float64) {
	if !a.extreme {
		return a.fitIn(text)
	}
	for _, sentence := range breakAt.Split(text, -1) {
		best = max(best, a.fitIn(sentence))
	}
	return best
}

func (a amount) fitIn(text string) float64 {
	fit := 0.4
	switch {
	case a.unit != nil && a.unit.MatchString(text):
		fit = 0.7
		if a.about == nil || a.about.MatchString(text) {
			fit = 0.8
		}
	case !anyNumber.MatchString(text):
		return 0
	case a.unit == nil:
		fit = 0.8
	}
	if !a.extreme || greatest.MatchString(text) {
		fit += 0.2
	}
	return fit
}

// measures are the words that ask for a number and need not stand in the answer.
var measures = regexp.MustCompile(`(?i)\bhow (?:fast|often|long|large|big|high|far|old|wide|deep|heavy|soon|frequently|quickly|tall|thick|hot|cold|expensive)\b|最长|最久|(?:多少|几)(?:个月|小时|分钟|[次个条台人页种层份倍级位块步项岁元度天秒年周])`)

// places are the words that ask for a place and need not stand in the answer.
var places = regexp.MustCompile(`(?i)\b(?:stored?|kept|located|saved?|found|placed|put)\b|存放|存储|保存|(?:存|放)在`)

// matter is the question without the words that ask for a number.
func (q *Question) matter() string {
	if q.Kind == Amount {
		return measures.ReplaceAllString(q.Text, " ")
	}
	return q.Text
}

// soften makes the words that only ask for a place weigh little, however rare they are.
func (q *Question) soften() {
	if q.Kind != Where {
		return
	}
	asked := strings.Join(places.FindAllString(q.Text, -1), " ")
	stems := Prepare(asked)
	for i, p := range q.Parts {
		switch {
		case stems[p.Term]:
			q.Parts[i].Weight = min(p.Weight, Least)
		case isHan(p.Term) && strings.Contains(asked, p.Term):
			q.Parts[i].Weight = min(p.Weight, Least/2)
		}
	}
}

// window is how many bytes beside a number are looked at for what it is the number of.
const window = 60

// Near is the best share of the question that stands close to a number that fits.
func (q *Question) Near(text string) (best float64) {
	number := q.amount.unit
	if number == nil {
		number = anyNumber
	}
	for _, at := range number.FindAllStringIndex(text, 8) {
		best = max(best, q.Share(q.In(strings.ToValidUTF8(text[max(0, at[0]-window):min(len(text), at[1]+window)], ""))))
	}
	return best
}

// extremes are the parts of the question that only say that the greatest is asked for;
// any word for it has them.
func (q *Question) extremes() (m Mask) {
	if !q.amount.extreme {
		return m
	}
	for _, word := range greatest.FindAllString(q.matter(), -1) {
		stems := Prepare(word)
		for i, p := range q.Parts {
			if stems[p.Term] || isHan(p.Term) && strings.Contains(word, p.Term) {
				m.set(i)
			}
		}
	}
	return m
}
