package extract

import (
	"regexp"
	"strings"

	"wenyuan/retrieve/question"
)

// An asked is what sort of thing answers a question.
type asked int

const (
	anything asked = iota
	person
	moment
	number
	place
	askedKinds
)

// Words that ask for a sort of thing, in the order in which they decide. Questions about what
// is done again and again (when is it deleted, where is it kept, who may do it) have conditions,
// paths and roles for answers, which are written in any way: they ask for anything.
var asksFor = []struct {
	what asked
	by   *regexp.Regexp
}{
	{anything, regexp.MustCompile(`(?i)^(?:when|where|who) (?:is|are|do|does|can|could|may|must|should|will|would|has|have|to)\b|(?:什么时[候间]|什麼時[候間]|何[时時]|哪[天里儿]|几[点时]).{0,4}[会會应應需可能要才]|[会會应應需可能要才].{0,8}(?:什么时[候间]|什麼時[候間]|何[时時])`)},
	{number, regexp.MustCompile(`多少|多[长久長]|(?i)\bhow (?:many|much|long|often)\b`)},
	{moment, regexp.MustCompile(`(?i)^when\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b|\bwhen (?:was|did|were)\b|什么时[候间]|何[时時]|哪一?[年天日月]|几[月号日年]|幾[月號日年]|什麼時[候間]|[哪何]年|日期(?:是|为|？|\?|$)|(?:时间|時間)(?:是|为|？|\?|$)`)},
	{person, regexp.MustCompile(`(?i)\bwho(?:m|se)?\b|谁|誰|哪位|何人`)},
	{number, regexp.MustCompile(`(?i)\bhow (?:old|far|tall|high|big|large|fast)\b|\bwhat (?:percent(?:age)?|number|fraction|proportion|score)\b|[几幾][个個次位名人天岁歲公里米元种種年分月届屆]|多[大高远重遠]|(?:人数|人數|数量|數量|率|票房|金额|价格|面积|人口|比分|得分|排名|产值|收入|增速)(?:是|为|達|达|？|\?|$)`)},
	{place, regexp.MustCompile(`(?i)^where\b|\bwhere (?:was|did|were)\b|\b(?:what|which) (?:country|city|state|town|region|continent)\b|哪里|哪裡|哪儿|哪[个個座]?(?:国家|國家|城市|省份?|州|县|縣|地方|地区|地區)`)},
}

// askedOf reads the sort off the words that ask.
func askedOf(text string) asked {
	for _, a := range asksFor {
		if a.by.MatchString(strings.TrimSpace(text)) {
			return a.what
		}
	}
	return anything
}

// What may be the thing, as it is written. A name is told by its capital; in Chinese there is
// nothing to tell it by.
var written = [askedKinds]*regexp.Regexp{
	person: regexp.MustCompile(`\p{Lu}[\p{L}'’-]+(?: (?:[a-z]{1,3} )?\p{Lu}[\p{L}'’.-]*)*`),
	moment: regexp.MustCompile(`(?i)\d{4}\s*年?|\b\d+ (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b|\d+\s*(?:秒|分钟|小时|天|周|个月|年)|\d{1,2}\s*[月日号號]|[一二三四五六七八九十]{1,3}[月日号]|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.? \d{1,4}|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}:\d{2}\b|世纪|世紀|\bcentury\b|[春夏秋冬][季天]|年[初中底末]|时期|時期|年间|年間|[零〇一二三四五六七八九]{4}年`),
	number: regexp.MustCompile(`(?i)\d[\d.,:]*\s*[%％万亿千百]?|[零一二三四五六七八九十百千万亿两兩]+(?:[个個名次位人天岁种種条部座年余多]|分之)|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|million|billion|half|dozen|third|quarter|once|twice|none|free|daily|hourly|weekly|monthly|every|unlimited|forever|indefinitely|permanently|never)\b|每|[无無不]限|永久|免费|免費`),
	place:  regexp.MustCompile(`\p{Lu}[\p{L}'’-]+(?: (?:[a-z]{1,3} )?\p{Lu}[\p{L}'’.-]*)*`),
}

// things are the places in a text of what may be the thing asked for, without those that
// the question names itself.
func (a asked) things(q *question.Question, text string) (out [][]int) {
	if a == anything {
		return nil
	}
	lower := strings.ToLower(q.Text)
	for _, at := range written[a].FindAllStringIndex(text, 40) {
		if !strings.Contains(lower, strings.ToLower(strings.TrimSpace(text[at[0]:at[1]]))) {
			out = append(out, at)
		}
	}
	return out
}
