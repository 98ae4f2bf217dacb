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

// Words that ask for a sort of thing, in the order in which they decide.
var asksFor = []struct {
	what asked
	by   *regexp.Regexp
}{
	{number, regexp.MustCompile(`多少|多[长久長]|(?i)\bhow (?:many|much|long|often)\b`)},
	{moment, regexp.MustCompile(`(?i)^when\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b|\bwhen (?:is|was|did|does|do|were|are|will)\b|什么时[候间]|何[时時]|哪一?[年天日月]|几[月号日年]|幾[月號日年]|什麼時[候間]|[哪何]年|日期|(?:时间|時間)(?:是|为|？|\?|$)`)},
	{person, regexp.MustCompile(`(?i)\bwho(?:m|se)?\b|谁|誰|哪位|何人|(?:冠军|亚军|季军|得主|主演|导演|作者|总统|主席|总理|首相|校长|队长|教练|父亲|母亲|妻子|丈夫|创始人|获得者|姓名)(?:是|为|叫|？|\?|$)`)},
	{number, regexp.MustCompile(`(?i)\bhow (?:many|much|long|old|far|tall|high|big|large|often|fast)\b|\bwhat (?:percent(?:age)?|number|fraction|proportion|score)\b|多少|[几幾][个個次位名人天岁歲公里米元种種年分月届屆]|多[长大高久远重長遠]|(?:人数|數|数|数量|率|票房|金额|价格|面积|人口|比分|得分|排名|产值|收入|增速)(?:是|为|達|达|？|\?|$)`)},
	{place, regexp.MustCompile(`(?i)^where\b|\bwhere (?:is|was|did|does|are|were)\b|\b(?:what|which) (?:country|city|state|place|location|town|region|continent)\b|哪里|哪裡|哪儿|哪[个個座]?(?:国家|國家|城市|省份?|州|县|縣|地方|地区|地區)|何[处地處]|(?:地点|地點|位置|首都|举办地)(?:是|在|？|\?|$)`)},
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

// What may be the thing, as it is written.
var written = [askedKinds]*regexp.Regexp{
	person: regexp.MustCompile(`\p{Lu}[\p{L}'’-]+(?: (?:[a-z]{1,3} )?\p{Lu}[\p{L}'’.-]*)*|\p{Han}{2,8}[·•・]\p{Han}{1,8}|[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁马方俞任袁柳鲍史唐费薛雷贺倪汤罗郝安常乐于傅齐康伍余顾孟黄萧尹姚邵汪毛戴宋庞熊纪舒项祝董梁杜阮蓝季贾江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍万卢莫房解应丁邓洪包石崔龚程邢裴陆翁段侯宁仇刘叶白蒲卓池谭温庄阎连习艾容向古易廖耿文欧沙关曾郝陳張劉楊趙黃吳孫馬蘇羅鄭謝許鄧馮蕭葉盧蔣蔡賈鄒陸龔顧]\p{Han}{1,2}|\p{Han}{3,6}(?:说|表示|获|夺|击败|担任|当选|出任|饰)`),
	moment: regexp.MustCompile(`(?i)\d{4}\s*年?|\d{1,2}\s*[月日号號]|[一二三四五六七八九十]{1,3}[月日号]|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.? \d{1,4}|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}:\d{2}\b|世纪|世紀|\bcentury\b|[春夏秋冬][季天]|年[初中底末]|时期|時期|年间|年間|[零〇一二三四五六七八九]{4}年`),
	number: regexp.MustCompile(`(?i)\d[\d.,:]*\s*[%％万亿千百]?|[零一二三四五六七八九十百千万亿两兩]+(?:[个個名次位人天岁种種条部座年余多]|分之)|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|million|billion|half|dozen|third|quarter)\b`),
	place:  regexp.MustCompile(`\p{Lu}[\p{L}'’-]+(?: (?:[a-z]{1,3} )?\p{Lu}[\p{L}'’.-]*)*|\p{Han}{1,6}(?:省|市|县|縣|区|區|国|國|州|镇|鎮|村|岛|島|山|河|江|湖|海|洋|路|街|港|湾|灣|大学|大學|中心|体育[馆场]|半岛|半島|城|宫|宮|寺|站)`),
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
