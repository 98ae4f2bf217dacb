package shipped

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wenyuan/eval/item"
)

// Levels of difficulty go from 1 to this.
const levels = 4

// A maker makes one item; its words hang on the language and the chance alone.
type maker struct {
	*rand.Rand
	zh    bool
	level int
	id    string
	lang  string
	slice string
}

var makers = []struct {
	name string
	make func(m *maker) item.Item
}{
	{"comparison", (*maker).comparison}, {"syllogism", (*maker).syllogism}, {"arithmetic", (*maker).arithmetic},
	{"counting", (*maker).counting}, {"dates", (*maker).dates}, {"program", (*maker).program},
}

// Fresh makes n items of logic from a seed, 0 for LogicItems: comparison chains, syllogisms,
// arithmetic in words, counting, dates and small programs, in turn in English and Chinese and ever
// harder. Slices are kind/level.
func Fresh(seed uint64, n int) []item.Item {
	if n == 0 {
		n = LogicItems
	}
	out := make([]item.Item, 0, n)
	for k := range n {
		how := makers[k%len(makers)]
		m := &maker{Rand: rand.New(rand.NewPCG(seed, uint64(k))), zh: k/len(makers)%2 == 1, level: 1 + k/(2*len(makers))%levels, lang: "en"}
		if m.zh {
			m.lang = "zh"
		}
		m.id, m.slice = fmt.Sprintf("logic-%x-%05d", seed, k), fmt.Sprintf("%s/%d", how.name, m.level)
		out = append(out, how.make(m))
	}
	return out
}

func (m *maker) say(en, zh string, args ...any) string {
	if m.zh {
		return fmt.Sprintf(zh, args...)
	}
	return fmt.Sprintf(en, args...)
}

func (m *maker) number(question string, answer int) item.Item {
	return item.Short(m.id, m.lang, m.slice, question+m.say(" Answer with the number only.", "只回答数字。"), item.Number, fmt.Sprint(answer))
}

func (m *maker) choice(question string, choices []string, correct int) item.Item {
	return item.MultipleChoice(m.id, m.lang, m.slice, question, choices, correct)
}

// some draws n of all, in an order of chance.
func (m *maker) some(n int, en, zh string) []string {
	all := strings.Fields(en)
	if m.zh {
		all = strings.Fields(zh)
	}
	m.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

const (
	namesEN = "Ana Ben Cleo Dan Eve Finn Gus Hal Ida Jon Kim Lou Max Nina Omar Pia"
	namesZH = "小安 小白 小陈 小丁 小方 小高 小何 小江 小孔 小林 小马 小宁 小潘 小秦 小宋 小唐"
	wordsEN = "blip tarn quell mord feep zint gosk lurv pold wexle brint halk"
	wordsZH = "布里 塔恩 奎尔 莫德 菲普 津特 戈斯 卢夫 波德 维克 布林 哈克"
)

// comparison: a chain of people, told in any order; who stands at a place.
func (m *maker) comparison() item.Item {
	people := m.some(m.level+3, namesEN, namesZH) // the first is the most
	which := m.IntN(3)
	more := [][2]string{{"taller than", "高"}, {"older than", "年纪大"}, {"faster than", "跑得快"}}[which]
	less := [][2]string{{"shorter than", "矮"}, {"younger than", "年纪小"}, {"slower than", "跑得慢"}}[which]
	most := [][2]string{{"tallest", "最高"}, {"oldest", "年纪最大"}, {"fastest", "跑得最快"}}[which]
	var told []string
	for i := range len(people) - 1 {
		if m.IntN(2) == 0 {
			told = append(told, m.say("%[1]s is %[3]s %[2]s.", "%[1]s比%[2]s%[4]s。", people[i], people[i+1], more[0], more[1]))
		} else {
			told = append(told, m.say("%[2]s is %[3]s %[1]s.", "%[2]s比%[1]s%[4]s。", people[i], people[i+1], less[0], less[1]))
		}
	}
	m.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
	place := m.IntN(min(len(people), m.level+1))
	order := []string{"", "second ", "third ", "fourth ", "fifth "}[place]
	question := strings.Join(told, m.say(" ", "")) + m.say(" Who is the %[1]s%[2]s?", "从%[3]s的数起，排第 %[4]d 的是谁？", order, most[0], most[1], place+1)
	shown := slices.Clone(people)
	m.Shuffle(len(shown), func(i, j int) { shown[i], shown[j] = shown[j], shown[i] })
	return m.choice(question, shown, slices.Index(shown, people[place]))
}

// syllogism: classes in one another, and one thing; whether it is of the last class.
func (m *maker) syllogism() item.Item {
	classes := m.some(m.level+2, wordsEN, wordsZH)
	last := len(classes) - 1
	answer := m.IntN(3) // yes, no, not to be known
	var told []string
	for i := range last {
		switch {
		case answer == 1 && i == last-1:
			told = append(told, m.say("No %ss are %ss.", "没有一个%s是%s。", classes[i], classes[i+1]))
		case answer == 2 && i == last-1:
			told = append(told, m.say("All %[2]ss are %[1]ss.", "所有的%[2]s都是%[1]s。", classes[i], classes[i+1]))
		default:
			told = append(told, m.say("All %ss are %ss.", "所有的%s都是%s。", classes[i], classes[i+1]))
		}
	}
	m.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
	question := strings.Join(told, m.say(" ", "")) + m.say(" Zed is a %s. Is Zed a %s?", "阿则是%s。阿则是%s吗？", classes[0], classes[last])
	choices := []string{"yes", "no", "that cannot be known"}
	if m.zh {
		choices = []string{"是", "不是", "无法确定"}
	}
	return m.choice(question, choices, answer)
}

// arithmetic: a story of gains and losses.
func (m *maker) arithmetic() item.Item {
	who := m.some(2, namesEN, namesZH)
	have := 5 + m.IntN(20*m.level)
	story := []string{m.say("%s has %d stones.", "%s有 %d 颗石子。", who[0], have)}
	for range m.level + 1 {
		n := 2 + m.IntN(9)
		switch m.IntN(4) {
		case 0:
			story = append(story, m.say("%[2]s gives %[1]s %[3]d more.", "%[2]s又给了%[1]s %[3]d 颗。", who[0], who[1], n))
			have += n
		case 1:
			n = min(n, have)
			story = append(story, m.say("%s loses %d of them.", "%s丢了其中 %d 颗。", who[0], n))
			have -= n
		case 2:
			boxes := 2 + m.IntN(3)
			story = append(story, m.say("Then %s finds %d bags with %d stones each.", "接着%s捡到 %d 袋，每袋 %d 颗。", who[0], boxes, n))
			have += boxes * n
		default:
			if have%2 == 0 {
				story = append(story, m.say("%s gives half of them away.", "%s把其中一半送了人。", who[0]))
				have /= 2
				continue
			}
			story = append(story, m.say("%s finds one more.", "%s又捡到一颗。", who[0]))
			have++
		}
	}
	return m.number(strings.Join(story, m.say(" ", ""))+m.say(" How many stones does %s have now?", "现在%s有多少颗石子？", who[0]), have)
}

// counting: how often a word stands in a row of words.
func (m *maker) counting() item.Item {
	kinds := m.some(m.level+1, wordsEN, wordsZH)
	row, count := make([]string, 4+3*m.level), 0
	for i := range row {
		row[i] = kinds[m.IntN(len(kinds))]
		if row[i] == kinds[0] {
			count++
		}
	}
	return m.number(m.say("Here is a row of words: %[2]s. How often does %[1]q stand in it?", "下面是一排词：%[2]s。其中“%[1]s”出现了几次？", kinds[0], strings.Join(row, m.say(", ", "、"))), count)
}

// dates: a day of the week some days away, or how many days lie between two dates of a year.
func (m *maker) dates() item.Item {
	if m.level%2 == 1 {
		days := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
		if m.zh {
			days = []string{"星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"}
		}
		today, away := m.IntN(7), 2+m.IntN(10*m.level)
		if m.IntN(2) == 0 {
			return m.choice(m.say("Today is %s. Which day will it be in %d days?", "今天是%s，再过 %d 天是星期几？", days[today], away), days, (today+away)%7)
		}
		return m.choice(m.say("Today is %s. Which day was it %d days ago?", "今天是%s，%d 天前是星期几？", days[today], away), days, ((today-away)%7+7)%7)
	}
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.IntN(250))
	to := from.AddDate(0, 0, 3+m.IntN(25*m.level))
	write := func(t time.Time) string {
		if m.zh {
			return fmt.Sprintf("%d 月 %d 日", t.Month(), t.Day())
		}
		return t.Format("2 January")
	}
	return m.number(m.say("It is %s 2023. In how many days will it be %s 2023?", "今天是 2023 年 %s，再过多少天是 2023 年 %s？", write(from), write(to)), int(to.Sub(from).Hours()/24))
}

// program: a number that is led through steps.
func (m *maker) program() item.Item {
	x := 2 + m.IntN(9)
	steps := []string{m.say("Start with %d.", "从 %d 开始。", x)}
	for range m.level + 2 {
		n := 2 + m.IntN(7)
		switch m.IntN(4) {
		case 0:
			steps, x = append(steps, m.say("Add %d.", "加上 %d。", n)), x+n
		case 1:
			steps, x = append(steps, m.say("Subtract %d.", "减去 %d。", n)), x-n
		case 2:
			n = 2 + m.IntN(2)
			steps, x = append(steps, m.say("Multiply by %d.", "乘以 %d。", n)), x*n
		default:
			steps = append(steps, m.say("If the number is even, halve it; if it is odd, add 1.", "如果是偶数就除以 2，是奇数就加 1。"))
			if x%2 == 0 {
				x /= 2
			} else {
				x++
			}
		}
	}
	return m.number(strings.Join(steps, m.say(" ", ""))+m.say(" What is the number now?", "现在是多少？"), x)
}
