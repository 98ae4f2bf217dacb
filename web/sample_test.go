package web

import (
	"strings"
	"time"

	"wenyuan"
)

// The sample is the handbook of a pump controller that does not exist, in both languages,
// with everything a page can meet: every verdict, a refusal, a table, code, failed and
// skipped documents, and names that try to break out.

const hostile = `<script>alert("x")</script>"'><img src=x onerror=alert(1)>`

// A handbook is a document's text with its blocks, built so that ranges are right.
type handbook struct {
	text   strings.Builder
	at     int
	blocks []Block
}

func (h *handbook) add(kind string, level, page int, text string) {
	if h.at > 0 {
		h.text.WriteString("\n\n")
		h.at += 2
	}
	start := h.at
	h.text.WriteString(text)
	h.at += len([]rune(text))
	b := Block{Kind: kind, Level: level, Start: start, End: h.at, Page: page}
	if kind == "table" {
		b.Header, _, _ = strings.Cut(text, "\n")
	}
	h.blocks = append(h.blocks, b)
}

func englishBook() *handbook {
	h := &handbook{}
	h.add("heading", 1, 1, "Pressure alarms")
	h.add("paragraph", 0, 1, "The controller watches the pressure behind each pump ten times a second. It raises an alarm when the mean of one minute leaves the band that was set for the pump.")
	h.add("heading", 2, 1, "When an alarm is raised")
	h.add("paragraph", 0, 1, "An alarm that nobody confirms within 15 minutes is sent to the second contact. After three further reminders, 10 minutes apart, it goes to the duty manager and stays open until it is closed by hand.")
	h.add("list", 0, 1, "- A confirmed alarm is silent for 2 hours.")
	h.add("list", 0, 1, "- A closed alarm is kept for 400 days.")
	h.add("table", 0, 2, "Level\tBand\tConfirm within\nlow\t0.8 to 1.2 bar\t60 min\nhigh\t2.4 to 2.9 bar\t15 min\ncritical\tover 2.9 bar\t5 min")
	h.add("heading", 2, 2, "Setting the band")
	h.add("paragraph", 0, 2, "The band belongs to the pump, not to the station. It is set with the command below and holds from the next full minute.")
	h.add("code", 0, 2, "heron band set pump-7 --low 0.8 --high 2.9\nheron band show pump-7")
	return h
}

func chineseBook() *handbook {
	h := &handbook{}
	h.add("heading", 1, 1, "压力告警")
	h.add("paragraph", 0, 1, "控制器每秒读取十次泵后的压力。一分钟的平均值离开为该泵设定的区间时，产生告警。")
	h.add("heading", 2, 1, "告警产生之后")
	h.add("paragraph", 0, 1, "15 分钟内无人确认的告警，会发给第二联系人。再提醒三次，每次间隔 10 分钟，之后转给值班经理，直到有人手动关闭。")
	h.add("list", 0, 1, "- 已确认的告警静默 2 小时。")
	h.add("list", 0, 1, "- 已关闭的告警保留 400 天。")
	h.add("table", 0, 2, "等级\t区间\t确认时限\n低\t0.8 至 1.2 bar\t60 分钟\n高\t2.4 至 2.9 bar\t15 分钟\n紧急\t高于 2.9 bar\t5 分钟")
	h.add("heading", 2, 2, "设定区间")
	h.add("paragraph", 0, 2, "区间属于泵，不属于泵站。用下面的命令设定，从下一个整分钟起生效。")
	h.add("code", 0, 2, "heron band set pump-7 --low 0.8 --high 2.9\nheron band show pump-7")
	return h
}

const revision = "c07d9e41aa52be0ef07d9e41aa52be0ef07d9e41aa52be0ef07d9e41aa52be0e"

func book(l Lang) *handbook {
	if l == Chinese {
		return chineseBook()
	}
	return englishBook()
}

// passageOf is block i of the handbook as a passage.
func passageOf(l Lang, i int, title, source string, score float64) wenyuan.Passage {
	h := book(l)
	b := h.blocks[i]
	page := b.Page
	heading := []string{"Alarms", "When an alarm is raised"}
	if l == Chinese {
		heading = []string{"告警", "告警产生之后"}
	}
	return wenyuan.Passage{ID: "psg_" + source, Document: "doc_01j9", Revision: revision, Source: source, Title: title,
		Heading: heading, Page: &page, Start: b.Start, End: b.End, Text: string([]rune(h.text.String())[b.Start:b.End]), Score: score}
}

// quote finds words in the handbook.
func quoteOf(l Lang, n int, words string) wenyuan.Quote {
	text := book(l).text.String()
	at := len([]rune(text[:strings.Index(text, words)]))
	return wenyuan.Quote{N: n, Start: at, End: at + len([]rune(words))}
}

func cite(n int, p wenyuan.Passage, q wenyuan.Quote) wenyuan.Citation {
	return wenyuan.Citation{N: n, Document: p.Document, Revision: p.Revision, Source: p.Source, Title: p.Title, Heading: p.Heading, Page: p.Page, Start: q.Start, End: q.End, Quote: "…"}
}

func sampleTurn(l Lang) Turn {
	if l == Chinese {
		return turnOf(l, "没人确认的压力告警最后会怎样？", "泵站手册",
			[]string{"压力告警", "告警级别", "关闭与保留"},
			[]string{"15 分钟内无人确认的告警，会发给第二联系人", "之后转给值班经理，直到有人手动关闭", "等级\t区间\t确认时限", "控制器每秒读取十次泵后的压力"},
			[]string{"没有人确认的告警在 15 分钟后发给第二联系人。", "再提醒三次之后转给值班经理，用 `heron alarm close` 关闭之前一直开着。", "每级告警的确认时限不同，见表。", "每次提醒间隔 20 分钟。", "控制器每秒读取压力。", "以上是默认设置。"},
			"数字“20 分钟”不在原文里；原文 [1] 说的是“10 分钟”。", "原文没有足够的词来判断这一句。")
	}
	return turnOf(l, "What happens to a pressure alarm that nobody confirms?", "handbook",
		[]string{"Pressure alarms", "Alarm levels", "Closing and keeping"},
		[]string{"An alarm that nobody confirms within 15 minutes is sent to the second contact", "it goes to the duty manager and stays open until it is closed by hand", "Level\tBand\tConfirm within", "The controller watches the pressure behind each pump ten times a second"},
		[]string{"An alarm that nobody confirms is sent to the second contact after 15 minutes.", "After three reminders it goes to the duty manager and stays open until somebody closes it with `heron alarm close`.", "Each level has its own time to confirm, as the table shows.", "The reminders are 20 minutes apart.", "The controller reads the pressure every second.", "These are the defaults."},
		"The number “20 minutes” is in none of the originals; [1] says “10 minutes”.", "The originals do not say enough to tell.")
}

func turnOf(l Lang, question, corpus string, titles, quotes, s []string, bad, unsure string) Turn {
	p1, p2, p3 := passageOf(l, 3, titles[0], "alarms/03-pressure.md", 0.93), passageOf(l, 6, titles[1], "alarms/04-levels.pdf", 0.84), passageOf(l, 1, titles[2], "alarms/05-closing.docx", 0.61)
	q1, q2, q3, q4 := quoteOf(l, 1, quotes[0]), quoteOf(l, 1, quotes[1]), quoteOf(l, 2, quotes[2]), quoteOf(l, 3, quotes[3])
	c1 := q1
	c1.End = q2.End
	off := wenyuan.Span{Start: strings.Index(s[3], "20"), End: strings.Index(s[3], "20") + 10}
	if l == Chinese {
		off = wenyuan.Span{Start: 6, End: 11}
	}
	return Turn{
		Trace: "trc_01jd4t9k7f3ac1", Corpus: corpus, Question: question, Took: 14_200, Found: 48,
		Answer: wenyuan.Answer{
			Answer: s[0] + "[1] " + s[1] + "[1]\n\n" + s[2] + "[2] " + s[3] + "[1] " + s[4] + "[3] " + s[5],
			Sentences: []wenyuan.Sentence{
				{Text: s[0], Citations: []int{1}, Verdict: wenyuan.Supported, Quotes: []wenyuan.Quote{q1}},
				{Text: s[1], Citations: []int{1}, Verdict: wenyuan.Supported, Quotes: []wenyuan.Quote{q2}},
				{Text: s[2], Citations: []int{2}, Verdict: wenyuan.Supported, Quotes: []wenyuan.Quote{q3}},
				{Text: s[3], Citations: []int{1}, Verdict: wenyuan.Unsupported, Reason: bad, Disagree: []wenyuan.Span{off}, Quotes: []wenyuan.Quote{q2}},
				{Text: s[4], Citations: []int{3}, Verdict: wenyuan.Unverified, Reason: unsure, Quotes: []wenyuan.Quote{q4}},
				{Text: s[5], Citations: []int{}, Verdict: wenyuan.None},
			},
			Citations: []wenyuan.Citation{cite(1, p1, c1), cite(2, p2, q3), cite(3, p3, q4)},
			Passages:  []wenyuan.Passage{p1, p2, p3, passageOf(l, 8, titles[0], "alarms/09-band.md", 0.44)},
			Versions:  []wenyuan.Version{{Kind: "program", Name: "wenyuan", Hash: "0aa5d4e1"}, {Kind: "assistant", Name: corpus, Hash: "a91f03bb"}, {Kind: "index", Name: corpus, Hash: "c4d911aa"}, {Kind: "revision", Name: "alarms/03-pressure.md", Hash: revision}},
			Trace:     "trc_01jd4t9k7f3ac1",
		},
	}
}

func sampleRefusal(l Lang) Turn {
	t := Turn{Trace: "trc_01jd4tb20e55", Corpus: "handbook", Question: "What does the controller cost per month?", Took: 9_100, Found: 37, Nearest: .31, Floor: .42}
	t.Answer = wenyuan.Answer{Refused: true, Answer: "The documents in handbook do not hold an answer to this. What came nearest is shown beside; none of it is near enough to answer from.", Trace: t.Trace}
	if l == Chinese {
		t.Question, t.Corpus = "控制器每个月多少钱？", "泵站手册"
		t.Answer.Answer = "泵站手册中的文档没有这个问题的答案。最接近的原文列在旁边，都不足以作为回答的依据。"
	}
	source := sampleTurn(l).Answer.Passages
	for i, p := range source[:3] {
		p.Score = .31 - float64(i)*.05
		t.Answer.Passages = append(t.Answer.Passages, p)
	}
	return t
}

func sampleFrame(l Lang, theme, path string) Frame {
	f := Frame{Lang: l, Theme: theme, Path: path, Documents: 440}
	if l == Chinese {
		f.Recent = []Recent{{"cnv_01jd4t9k7f3ac1", "没人确认的压力告警最后会怎样？"}, {"cnv_01jd4tb20e55", "控制器每个月多少钱？"}, {"cnv_3", "怎样设定一台泵的区间"}}
	} else {
		f.Recent = []Recent{{"cnv_01jd4t9k7f3ac1", "What happens to a pressure alarm that nobody confirms?"}, {"cnv_01jd4tb20e55", "What does the controller cost per month?"}, {"cnv_3", "How is the band of a pump set?"}}
	}
	return f
}

func sampleChoices(l Lang) []Choice {
	name := "handbook"
	if l == Chinese {
		name = "泵站手册"
	}
	return []Choice{{Name: name, Corpora: []string{name}, Documents: 440, Corpus: true, Chosen: true}, {Name: "manual", Corpora: []string{"manual"}, Documents: 24, Corpus: true, Manual: true}}
}

func ago(d time.Duration) int64 { return time.Now().Add(-d).UnixMicro() }

func sampleDocuments(l Lang) []Document {
	titles := []string{"Postmortem, flooded station", "Pressure alarms", "Alarm levels", "Closing and keeping", "Capacity plan 2027", hostile, "Logo and banners"}
	reason, hint := "No text in this PDF.", "All 9 pages are images. Upload a version with text. Nothing of it can be found until then."
	skip := "A picture holds no text."
	if l == Chinese {
		titles = []string{"复盘：泵站进水", "压力告警", "告警级别", "关闭与保留", "2027 年容量规划", hostile, "标志与横幅"}
		reason, hint = "这份 PDF 没有文字层。", "9 页都是图片。请上传带文字的版本。在此之前，它的内容检索不到。"
		skip = "图片里没有文本。"
	}
	return []Document{
		{ID: "doc_1", Source: "incidents-2026/0312-flood.pdf", Title: titles[0], State: "failed", Reason: reason, Hint: hint, Size: 4_812_233, Updated: ago(40 * time.Second)},
		{ID: "doc_01j9", Source: "alarms/03-pressure.md", Title: titles[1], State: "ready", Revision: revision, Size: 4123, Chars: 2210, Pages: 2, Passages: 14, Updated: ago(2 * time.Hour), Type: "text/markdown"},
		{ID: "doc_3", Source: "alarms/04-levels.pdf", Title: titles[2], State: "ready", Revision: revision, Size: 88_121, Passages: 22, Updated: ago(3 * time.Hour)},
		{ID: "doc_4", Source: "alarms/05-closing.docx", Title: titles[3], State: "ready", Revision: revision, Size: 23_400, Passages: 61, Updated: ago(26 * time.Hour)},
		{ID: "doc_5", Source: "finance/capacity-2027.xlsx", Title: titles[4], State: "ready", Revision: revision, Size: 1_244_000, Passages: 1037, Updated: ago(27 * time.Hour)},
		{ID: "doc_6", Source: "in/" + hostile + ".html", Title: titles[5], State: "ready", Revision: revision, Size: 900, Passages: 2, Updated: ago(50 * time.Hour)},
		{ID: "doc_7", Source: "assets/banner.png", Title: titles[6], State: "skipped", Reason: skip, Size: 34_000, Updated: ago(900 * time.Hour)},
	}
}

func sampleCorpus(l Lang, f Frame) CorpusPage {
	return CorpusPage{Frame: f, Name: sampleChoices(l)[0].Name, Ready: 431, Failed: 3, Skipped: 6, Passages: 6218, Limit: 50, Total: 440, Documents: sampleDocuments(l)}
}

func sampleLibrary(l Lang, f Frame) LibraryPage {
	return LibraryPage{Frame: f, Corpora: []Corpus{
		{Name: sampleChoices(l)[0].Name, Ready: 431, Failed: 3, Skipped: 6, Passages: 6218},
		{Name: "manual", Ready: 24, Passages: 310, Manual: true},
		{Name: "empty"},
	}}
}

func sampleDocument(l Lang, f Frame) DocumentPage {
	h := book(l)
	p := DocumentPage{Frame: f, Corpus: sampleChoices(l)[0].Name, Document: sampleDocuments(l)[1], Revision: revision, Text: h.text.String(), Blocks: h.blocks,
		Removed: map[string]int{"navigation": 212}, Hidden: map[string]int{"background colour": 2, "tiny": 1}, UsedAll: 212, Counted: 200}
	for i, b := range h.blocks {
		if b.Kind != "heading" && b.Kind != "list" {
			p.Passages = append(p.Passages, PassageUse{b.Start, b.End, []int{0, 31, 0, 148, 0, 0, 20, 0, 44, 7}[i]})
		}
	}
	turn := sampleTurn(l)
	q := turn.Answer.Sentences[1].Quotes[0]
	p.Lit = wenyuan.Span{Start: q.Start, End: q.End}
	p.LitBy = &LitBy{Trace: turn.Trace, Number: 2, Sentence: turn.Answer.Sentences[1].Text}
	p.Used = []Use{{turn.Trace, turn.Question, ago(time.Second), 2, false, false}, {"trc_2", f.Recent[1].Title, ago(time.Hour), 0, true, false}, {"trc_3", f.Recent[2].Title, ago(25 * time.Hour), 1, false, false}, {"trc_4", f.Recent[2].Title, ago(26 * time.Hour), 0, false, true}}
	return p
}
