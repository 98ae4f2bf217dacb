package web

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"wenyuan"
)

// askPages are the samples of Ask and Records.
var askPages = map[string]sample{
	"/ask": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Ask(w, AskPage{Frame: f, Choices: manualChosen(l)})
	},
	"/ask/assistant": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Ask(w, AskPage{Frame: f, Choices: append(sampleChoices(l)[1:], sampleDesk(l))})
	},
	"/ask/empty": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Ask(w, AskPage{Frame: f}) },
	"/ask/trc_01jd4t9k7f3ac1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		t := sampleTurn(l)
		t.Looked = true
		return r.Ask(w, AskPage{Frame: f, Choices: sampleChoices(l), Turns: []Turn{t}})
	},
	"/ask/trc_01jd4tb20e55": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		t := sampleRefusal(l)
		t.Looked = true
		return r.Ask(w, AskPage{Frame: f, Choices: sampleChoices(l), Turns: []Turn{t}})
	},
	"/ask/cnv_01jd4t9k7f3ac1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Ask(w, sampleTalk(l, f)) },
	"/ask/failed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Ask(w, AskPage{Frame: f, Choices: sampleChoices(l), Question: hostile, Problem: &Problem{"unavailable", "The model big-one refused the key.", "Set BIG_ONE_KEY and reload."}})
	},
	"/ask/all": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := ConversationsPage{Frame: f, Next: "cnv_3", Notice: hostile}
		for i, c := range f.Recent {
			p.Conversations = append(p.Conversations, Conversation{ID: c.ID, Title: c.Title, Assistant: sampleDesk(l), Turns: 1 + 6*i, Updated: ago(time.Duration(i) * 31 * time.Hour)})
		}
		return r.Conversations(w, p)
	},
	"/ask/all/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Conversations(w, ConversationsPage{Frame: f})
	},
	"/ask/memories": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Memories(w, MemoriesPage{Frame: f, Memories: []Remembered{{"mem_1", word(l, "I look after station 7.", "我负责 7 号泵站。"), "cnv_3", ago(time.Hour)}, {"mem_2", word(l, "Answer for version 5.", "按 5 版回答。"), "", ago(99 * time.Hour)}},
			Forgotten: &Remembered{ID: "mem_3", Text: hostile}})
	},
	"/ask/memories/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Memories(w, MemoriesPage{Frame: f, Text: hostile, Problem: &Problem{Message: "nothing is remembered under that"}})
	},
	"/records":      func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Traces(w, sampleTraces(l, f)) },
	"/records/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Traces(w, TracesPage{Frame: f}) },
	"/records/unrated": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Traces(w, TracesPage{Frame: f, Feedback: "down"})
	},
	"/records/trc_01jd4t9k7f3ac1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Trace(w, sampleTrace(l, f)) },
	"/records/trc_written":        func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Trace(w, sampleWritten(l, f)) },
	"/records/trc_01jd4tb20e55": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Trace(w, TracePage{Frame: f, Turn: sampleRefusal(l), Missing: true, Private: true})
	},
}

func word(l Lang, english, chinese string) string {
	if l == Chinese {
		return chinese
	}
	return english
}

func sampleDesk(l Lang) Choice {
	return Choice{Name: "pumps", Title: word(l, "Pump desk", "泵站值班台"), Description: word(l, "Answers questions about alarms and pumps of all stations.", "回答各泵站的告警和水泵问题。"),
		Notice: word(l, "Answers are written by an AI; the duty manager decides.", "回答由 AI 生成，以值班经理的决定为准。"), Corpora: []string{sampleChoices(l)[0].Name, "incidents"}, Documents: 612, Model: "qwen3-32b", Chosen: true}
}

// sampleTalk is a conversation with everything that a turn can show.
func sampleTalk(l Lang, f Frame) AskPage {
	first := sampleTurn(l)
	first.Trace, first.Number, first.Looked = "trc_talk1", 1, true
	first.Model, first.Again, first.Recalled = "qwen3-32b", 1, 2
	first.Answer.Usage = &wenyuan.Usage{Prompt: 4912, Completion: 231, Cost: .0061, Currency: "CNY"}
	first.Answer.Passages = append([]wenyuan.Passage(nil), first.Answer.Passages...)
	first.Answer.Conflicts = []wenyuan.Disagreement{{Passages: [2]string{first.Answer.Passages[0].ID, first.Answer.Passages[2].ID}, About: word(l, "10 minutes / 20 minutes", "10 分钟 / 20 分钟")}}
	first.Answer.Notice = word(l, "Two originals contradict each other (10 / 20).", "两处原文互相矛盾（10 / 20）。")
	first.Feedback = &Feedback{By: "single", Rating: "down", Reason: word(l, "The interval is wrong.", "间隔不对。"), Corrected: word(l, "The reminders are 10 minutes apart.", "每次提醒间隔 10 分钟。"), Created: ago(time.Minute)}
	second := sampleRefusal(l)
	second.Trace, second.Number = "trc_talk2", 2
	second.Asked, second.Also = word(l, "What does the controller cost per month at station 7?", "7 号泵站的控制器每个月多少钱？"), []string{"price", "licence"}
	gone := Turn{Trace: "trc_talk3", Number: 3, Question: word(l, "And in version 4?", "4 版里呢？"), Withdrawn: true}
	kept := Turn{Trace: "trc_talk4", Number: 4, Question: word(l, "Remember that I look after station 7.", "记住：我负责 7 号泵站。"), Talk: true, Took: 900,
		Remembered: &Remembered{ID: "mem_1", Text: word(l, "I look after station 7.", "我负责 7 号泵站。")}}
	said := word(l, "I shall remember: I look after station 7.", "记住了：我负责 7 号泵站。")
	kept.Answer = wenyuan.Answer{Answer: said, Sentences: []wenyuan.Sentence{{Text: said, Verdict: wenyuan.None}}}
	return AskPage{Frame: f, Conversation: &Conversation{ID: "cnv_01jd4t9k7f3ac1", Title: f.Recent[0].Title, Assistant: sampleDesk(l), Version: "a91f03bb", Newer: true, Turns: 9}, Turns: []Turn{first, second, gone, kept}, Earlier: 6}
}

// sampleLong is a conversation of 2,000 sentences.
func sampleLong(f Frame) AskPage {
	p := AskPage{Frame: f, Conversation: &Conversation{ID: "cnv_long", Title: "A long one", Assistant: sampleChoices(English)[0], Turns: 20}}
	for n := range 20 {
		t := Turn{Trace: fmt.Sprintf("trc_%d", n), Number: n + 1, Question: "What else is there?", Found: 9, Took: 900, Looked: n == 19}
		var text strings.Builder
		for i := range 100 {
			s := fmt.Sprintf("Sentence %d of turn %d says something about the pressure behind pump %d. ", i+1, n+1, i*n)
			text.WriteString(s)
			if i%5 == 4 {
				text.WriteString("\n\n")
			}
			t.Answer.Sentences = append(t.Answer.Sentences, wenyuan.Sentence{Text: strings.TrimSpace(s), Verdict: wenyuan.Supported, Citations: []int{1 + i%3}})
		}
		t.Answer.Answer = text.String()
		sample := sampleTurn(English).Answer
		t.Answer.Citations, t.Answer.Passages = sample.Citations, sample.Passages
		p.Turns = append(p.Turns, t)
	}
	return p
}

func sampleTraces(l Lang, f Frame) TracesPage {
	name := sampleChoices(l)[0].Name
	opinion := sampleTalk(l, f).Turns[0].Feedback
	return TracesPage{Frame: f, Next: "trc_3", Traces: []TraceRow{
		{Trace: "trc_01jd4t9k7f3ac1", Question: f.Recent[0].Title, Corpus: name, Created: ago(time.Minute), Took: 14_200, Supported: 3, Unsupported: 1, Unverified: 1, Read: 4, Feedback: []Feedback{*opinion}},
		{Trace: "trc_01jd4tb20e55", Question: f.Recent[1].Title, Corpus: name, Created: ago(time.Hour), Took: 9_100, Refused: true, Read: 3, Channel: "shop"},
		{Trace: "trc_3", Question: f.Recent[2].Title, Corpus: name, Created: ago(30 * time.Hour), Took: 3_420_000, Supported: 7, Read: 6, Feedback: []Feedback{{By: "single", Rating: "up"}}},
		{Trace: "trc_4", Question: hostile, Corpus: "manual", Created: ago(40 * time.Hour), Took: 800, Refused: true},
	}}
}

func sampleTrace(l Lang, f Frame) TracePage {
	turn := sampleTurn(l)
	p := TracePage{Frame: f, Turn: turn, Assistant: turn.Corpus, Created: ago(time.Minute), Kept: turn.Answer.Passages}
	p.Steps = []Step{
		{Name: "retrieve", Summary: "4 kept, 44 dropped", Found: 48, Read: 4, Took: 8_200},
		{Name: "extract", Summary: "6 sentences", Took: 2_100},
		{Name: "verify", Summary: "3 supported, 1 unverified, 1 unsupported", Took: 310},
	}
	for i := range 44 {
		q := passageOf(l, 1+i%3*2, turn.Answer.Passages[i%3].Title, "alarms/0"+string(rune('1'+i%9))+".md", .41-float64(i)*.005)
		d := Drop{Passage: q, Stage: "floor", Code: "below_floor", Why: "holds 41 % of what the question asks about, the floor is 50 %"}
		if i > 24 {
			d.Stage, d.Code = "duplicates", "near_duplicate"
		}
		if i > 38 {
			d.Stage, d.Code = "budget", "over_budget"
		}
		p.Dropped = append(p.Dropped, d)
	}
	return p
}

// sampleWritten is the record of an answer that a model wrote, with all that can have happened.
func sampleWritten(l Lang, f Frame) TracePage {
	p := sampleTrace(l, f)
	p.Assistant, p.Turn.Model, p.Turn.Took = "pumps", "qwen3-32b", 3_420_000
	p.Turn.Answer.Usage = &wenyuan.Usage{Prompt: 4912, Completion: 231, Cost: .0061, Currency: "CNY"}
	asked := word(l, "What happens to a pressure alarm at station 7 that nobody confirms?", "7 号泵站没人确认的压力告警最后会怎样？")
	p.Steps = []Step{
		{Name: "history", Start: 60, Took: 420}, {Name: "rewrite", Start: 500, Took: 210, Text: asked}, {Name: "retrieve", Start: 800, Took: 9_400, Found: 41, Read: 1},
		{Name: "expand", Start: 10_300, Took: 900, Also: []string{"escalation", "duty manager"}}, {Name: "retrieve", Start: 11_300, Took: 6_100, Found: 48, Read: 4}, {Name: "prompt", Start: 17_500, Took: 700},
		{Name: "generate", Start: 18_300, Took: 3_390_000}, {Name: "verify", Start: 3_408_000, Took: 310}, {Name: "second opinion", Start: 3_409_000, Took: 11_000}}
	p.First, p.Released = 438_000, []int64{900_000, 1_400_000, 1_900_000, 2_300_000, 2_900_000, 3_400_000}
	plan := sampleSent(l)
	p.Plan, p.Attempts = &plan, 2
	p.Again = []Held{{word(l, "The reminders are 20 minutes apart.", "每次提醒间隔 20 分钟。"), word(l, "The number “20 minutes” is in none of the originals.", "数字“20 分钟”不在原文里。")}}
	p.Withheld = p.Again
	p.Judge = &Judged{Judge: "nli-zh", Trusted: true, Kappa: .71, N: 480, Opinions: []SecondOpinion{
		{Text: p.Turn.Answer.Sentences[4].Text, Before: wenyuan.Unverified, After: wenyuan.Supported, Entailed: .91, Contradicted: .02, Took: 11_000}, {Text: hostile, Before: wenyuan.Unverified, After: wenyuan.Unverified, Failed: true}}}
	p.Feedback = []Feedback{*sampleTalk(l, f).Turns[0].Feedback, {By: "lin", Rating: "up", Created: ago(time.Hour)}}
	return p
}

// samplePlan is what one prompt was made of.
func sampleSent(l Lang) Plan {
	titles := sampleTurn(l).Answer.Passages
	p := Plan{Model: "qwen3-32b", Exact: true, Budget: 6692, Reserve: 1500, Order: "edges", Format: "xml",
		Parts: []Part{{"system", 412, 0}, {"session", 678, 800}, {"examples", 688, 900}, {"tools", 214, 600}, {"knowledge", 2872, 4000}, {"question", 48, 0}}}
	for i, t := range titles {
		p.Items = append(p.Items, Memory{Kind: "knowledge", Title: t.Title, Document: t.Document, Score: t.Score, Tokens: 700, Kept: i < 3, Place: i + 1, Code: "over_budget"})
	}
	p.Sent = []Sent{{"system", word(l, "You answer from the originals and cite them as [n].", "只根据原文回答，每句话后用 [n] 标明出处。")}, {"user", titles[0].Text + "\n\n" + titles[1].Text}}
	p.Tools = []Sent{{"pump_state", `{"type":"object"}`}}
	return p
}
