package web

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
)

// TestHostile puts markup into every text that comes from elsewhere and looks for it in
// what the page became.
func TestHostile(t *testing.T) {
	t.Parallel()
	r := New()
	frame := Frame{Path: `/ask?q=` + hostile, Recent: []Recent{{hostile, hostile}}}
	passage := wenyuan.Passage{ID: hostile, Document: hostile, Revision: hostile, Source: hostile, Title: hostile, Heading: []string{hostile}, Text: hostile, End: len([]rune(hostile))}
	turn := Turn{Trace: hostile, Corpus: hostile, Question: hostile, Model: hostile, Found: 3, Answer: wenyuan.Answer{Answer: hostile, Notice: hostile,
		Sentences: []wenyuan.Sentence{{Text: hostile, Citations: []int{1}, Verdict: wenyuan.Unsupported, Reason: hostile + "[1]", Disagree: []wenyuan.Span{{Start: 2, End: 9}}, Quotes: []wenyuan.Quote{{N: 1, Start: 3, End: 8}}}},
		Citations: []wenyuan.Citation{{N: 1, Document: hostile, Revision: hostile, Source: hostile, Title: hostile, Start: 0, End: 5, Quote: hostile}},
		Passages:  []wenyuan.Passage{passage}, Versions: []wenyuan.Version{{Kind: hostile, Name: hostile, Hash: hostile}}}}
	turn.Asked, turn.Also, turn.Looked, turn.Remembered = hostile, []string{hostile}, true, &Remembered{ID: hostile, Text: hostile, Conversation: hostile}
	turn.Feedback = &Feedback{By: hostile, Rating: "down", Reason: hostile, Corrected: hostile}
	turn.Answer.Usage = &wenyuan.Usage{Cost: 1, Currency: hostile}
	turn.Answer.Conflicts = []wenyuan.Disagreement{{Passages: [2]string{hostile, "other"}, Sides: [2]string{hostile, hostile}, About: hostile}}
	turn.Answer.Passages = append(turn.Answer.Passages, wenyuan.Passage{ID: "other", Title: hostile})
	talk := Conversation{ID: hostile, Title: hostile, Version: hostile, Newer: true, Turns: 3, Assistant: Choice{Name: hostile, Title: hostile, Corpora: []string{hostile}, Notice: hostile}}
	document := Document{ID: hostile, Source: hostile, Title: hostile, State: "failed", Reason: hostile, Hint: hostile, Revision: hostile, Type: hostile}
	problem := &Problem{hostile, hostile, hostile}
	var blocks []Block
	for _, kind := range []string{"heading", "paragraph", "list", "table", "code", "figure"} {
		blocks = append(blocks, Block{Kind: kind, Level: 2, End: len([]rune(hostile)), Header: hostile, Lang: hostile, Page: 1})
	}
	refused := turn
	refused.Answer.Refused, refused.Answer.Sentences = true, nil
	pages := map[string]func(*bytes.Buffer) error{
		"ask": func(b *bytes.Buffer) error {
			return r.Ask(b, AskPage{Frame: frame, Choices: []Choice{{Name: hostile, Title: hostile, Description: hostile, Notice: hostile, Corpora: []string{hostile}, Model: hostile, Chosen: true}, {Name: hostile, Corpus: true}}, Question: hostile, Problem: problem})
		},
		"answer":  func(b *bytes.Buffer) error { return r.Ask(b, AskPage{Frame: frame, Turns: []Turn{turn}}) },
		"refusal": func(b *bytes.Buffer) error { return r.Ask(b, AskPage{Frame: frame, Turns: []Turn{refused}}) },
		"conversation": func(b *bytes.Buffer) error {
			return r.Ask(b, AskPage{Frame: frame, Conversation: &talk, Turns: []Turn{{Trace: "t", Question: hostile, Withdrawn: true}, turn}, Earlier: 3, Later: 9})
		},
		"conversations": func(b *bytes.Buffer) error {
			return r.Conversations(b, ConversationsPage{Frame: frame, Conversations: []Conversation{talk}, Next: hostile, Before: hostile, Notice: hostile, Problem: problem})
		},
		"memories": func(b *bytes.Buffer) error {
			return r.Memories(b, MemoriesPage{Frame: frame, Memories: []Remembered{*turn.Remembered}, Text: hostile, Forgotten: turn.Remembered, Problem: problem})
		},
		"library": func(b *bytes.Buffer) error {
			return r.Library(b, LibraryPage{Frame: frame, Corpora: []Corpus{{Name: hostile, Description: hostile, Failed: 1}}, Name: hostile, Problem: problem})
		},
		"corpus": func(b *bytes.Buffer) error {
			return r.Corpus(b, CorpusPage{Frame: frame, Name: hostile, Description: hostile, Failed: 1, Query: hostile, State: hostile, Total: 80, Limit: 50, Documents: []Document{document}, Problem: problem})
		},
		"document": func(b *bytes.Buffer) error {
			return r.Document(b, DocumentPage{Frame: frame, Corpus: hostile, Document: document, Revision: hostile + "x", Text: hostile, Blocks: blocks,
				Lit: wenyuan.Span{Start: 2, End: 9}, LitBy: &LitBy{hostile, 1, hostile}, Used: []Use{{Trace: hostile, Question: hostile}}, UsedAll: 9, Removed: map[string]int{hostile: 3}})
		},
		"traces": func(b *bytes.Buffer) error {
			return r.Traces(b, TracesPage{Frame: frame, Traces: []TraceRow{{Trace: hostile, Question: hostile, Corpus: hostile, Feedback: []Feedback{*turn.Feedback}}}, Next: hostile, Before: hostile, Document: &document, Corpus: hostile})
		},
		"trace": func(b *bytes.Buffer) error {
			return r.Trace(b, TracePage{Frame: frame, Turn: turn, Steps: []Step{{Name: hostile, Summary: hostile, Took: 3}, {Name: "rewrite", Text: hostile}, {Name: "expand", Also: []string{hostile}}}, Assistant: hostile, Channel: hostile, Attempts: 2, Again: []Held{{hostile, hostile}}, Withheld: []Held{{hostile, hostile}},
				Plan:  &Plan{Parts: []Part{{Name: "knowledge", Used: 3}}, Items: []Memory{{Kind: "knowledge", Title: hostile, Code: hostile, Why: hostile}}, Sent: []Sent{{"system", hostile}}, Tools: []Sent{{hostile, hostile}}},
				Judge: &Judged{Judge: hostile, Opinions: []SecondOpinion{{Text: hostile, Before: "none", After: "none"}}}, Feedback: []Feedback{*turn.Feedback}, Kept: turn.Answer.Passages, Dropped: []Drop{{passage, hostile, hostile, hostile}}})
		},
		"error": func(b *bytes.Buffer) error { return r.Error(b, ErrorPage{Frame: frame, Problem: *problem}) },
	}
	for name, write := range pages {
		for _, l := range Langs {
			frame.Lang = l
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			page := b.String()
			for _, bad := range []string{"<script>alert", "<img", `href="javascript`, " style=", " onclick="} {
				if strings.Contains(page, bad) {
					i := strings.Index(page, bad)
					t.Errorf("%s: the page holds %q: …%s…", name, bad, page[max(0, i-60):min(len(page), i+60)])
				}
			}
			if n := strings.Count(page, "<script"); n != 2 {
				t.Errorf("%s: %d scripts, not the module and the words", name, n)
			}
		}
	}
}

func TestParagraphs(t *testing.T) {
	t.Parallel()
	s := func(text string, v wenyuan.Verdict) wenyuan.Sentence {
		return wenyuan.Sentence{Text: text, Verdict: v, Reason: map[wenyuan.Verdict]string{wenyuan.Unsupported: "why", wenyuan.Unverified: "why"}[v]}
	}
	turn := Turn{Answer: wenyuan.Answer{
		Answer: "The first one stands here.[1] The second follows it.\n\n- An item of a list.[2]\n- Another item of it.\nThe last one.[1][3] 最后一句在这里。",
		Sentences: []wenyuan.Sentence{s("The first one stands here.", wenyuan.Supported), s("The second follows it.", wenyuan.Unsupported),
			s("- An item of a list.", wenyuan.Supported), s("- Another item of it.", wenyuan.Unverified), s("The last one.", wenyuan.None), s("最后一句在这里。", wenyuan.Supported)},
	}}
	var got []string
	for _, p := range turn.Paragraphs() {
		line := fmt.Sprint(p.Item, len(p.Notes))
		for _, s := range p.Sentences {
			line += fmt.Sprintf(" %d%s:%s", s.Number, s.Bullet, s.Text)
		}
		got = append(got, line)
	}
	want := []string{
		"false 1 1:The first one stands here. 2:The second follows it.",
		"true 0 3-:An item of a list.",
		"true 1 4-:Another item of it.",
		"false 0 5:The last one. 6:最后一句在这里。",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOriginals(t *testing.T) {
	t.Parallel()
	turn := sampleTurn(English)
	var got []string
	for _, o := range turn.Originals() {
		line := fmt.Sprint(o.Title, o.N, o.Hidden)
		for _, r := range o.Runs {
			if r.By != nil {
				line += fmt.Sprintf(" %v:%.20s", r.By, r.Text)
			}
		}
		got = append(got, line)
	}
	want := []string{
		"Pressure alarms[1] false [1]:An alarm that nobody [2 4]:it goes to the duty ",
		"Alarm levels[2] false [3]:Level\tBand\tConfirm w",
		"Closing and keeping[3] false [5]:The controller watch",
		"Pressure alarms[] true",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	turn.Answer.Passages = nil // a record that was cut keeps its citations
	if n := len(turn.Originals()); n != 3 {
		t.Errorf("%d originals without passages, want the 3 that are cited", n)
	}
}

func TestInline(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                 "plain",
		"run `a **b** c` now":   "run |code:a **b** c| now",
		"a **bold** word":       "a |bold:bold| word",
		"2 ** 3 stays, ` too":   "2 ** 3 stays, ` too",
		"命令是 `heron 甲` 。":       "命令是 |code:heron 甲| 。",
		"empty `` and **** too": "empty `` and **** too",
	} {
		var got []string
		for _, b := range inline(wenyuan.Sentence{Text: text}) {
			part := b.Text
			if b.Face != "" {
				part = b.Face + ":" + part
			}
			got = append(got, part)
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%q: %q, want %q", text, joined, want)
		}
	}
}

func TestLangOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "en", "12.5 %": "en", "Plain English": "en", "中文": "zh-Hans",
		"把 defaultMQProducer 设为 5": "zh-Hans", "默认值由 fileReservedTime 决定，通常不改": "zh-Hans", "The word 源 is one": "en"} {
		if got := langOf(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestPieces lays out a document and looks whether every lit word is where it was asked for.
func TestPieces(t *testing.T) {
	t.Parallel()
	p := sampleDocument(English, sampleFrame(English, "", ""))
	var shining strings.Builder
	leads, used := 0, []string{}
	for _, piece := range p.Pieces() {
		var runs []lit
		if piece.Heading != nil {
			runs = append(runs, piece.Heading.Runs...)
		}
		for _, b := range piece.Blocks {
			runs = append(runs, b.Runs...)
			for _, row := range b.Rows {
				for _, cell := range row {
					runs = append(runs, cell...)
				}
			}
		}
		for _, r := range runs {
			if r.By != nil {
				shining.WriteString(r.Text)
			}
			if r.Lead {
				leads++
			}
		}
		if piece.Used {
			used = append(used, fmt.Sprintf("%d/%d", piece.Answers, piece.Depth))
		}
	}
	if want := "it goes to the duty manager and stays open until it is closed by hand"; shining.String() != want || leads != 1 {
		t.Errorf("lit %q with %d leads", shining.String(), leads)
	}
	if d := cmp.Diff([]string{"31/3", "148/10", "20/2", "44/3", "7/1"}, used); d != "" {
		t.Error(d)
	}
}

// TestCells: lit words inside a table stay in their cells, whatever parts the cells.
func TestCells(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Level\tBand\nhigh\t2.4 bar", "Level | Band\nhigh | 2.4 bar", "| Level | Band |\n| high | 2.4 bar |"} {
		at := len([]rune(text[:strings.Index(text, "2.4")]))
		p := DocumentPage{Text: text, Blocks: []Block{{Kind: "table", End: len([]rune(text)), Header: strings.Split(text, "\n")[0]}}, Lit: wenyuan.Span{Start: at, End: at + 3}}
		table := p.Pieces()[0].Blocks[0]
		if table.Head != 1 || len(table.Rows) != 2 || len(table.Rows[1]) != 2 {
			t.Fatalf("%q: %d rows, %d heads: %v", text, len(table.Rows), table.Head, table.Rows)
		}
		if d := cmp.Diff([]lit{{Text: "2.4", By: []int{1}, Lead: true}, {Text: " bar"}}, table.Rows[1][1]); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

// TestParts: a long text comes in parts, and the part with the lit words is chosen.
func TestParts(t *testing.T) {
	t.Parallel()
	p := DocumentPage{}
	line := strings.Repeat("字", 9_990)
	for i := range 50 {
		p.Blocks = append(p.Blocks, Block{Kind: "paragraph", Start: i * 10_000, End: i*10_000 + 9_990})
		p.Text += line + strings.Repeat("\n", 10)
	}
	if p.Parts() != 3 || p.At() != 1 {
		t.Errorf("%d parts, at %d", p.Parts(), p.At())
	}
	p.Lit = wenyuan.Span{Start: 410_005, End: 410_009}
	if p.At() != 3 {
		t.Errorf("the lit words are in part %d, not 3", p.At())
	}
	n := 0
	for part := 1; part <= 3; part++ {
		p.Part = part
		n += len(p.blocksShown())
	}
	if n != 50 {
		t.Errorf("the parts hold %d blocks of 50", n)
	}
	one := DocumentPage{Text: strings.Repeat("长", 450_000) + "尾", Blocks: []Block{{Kind: "paragraph", End: 450_001}}, Lit: wenyuan.Span{Start: 450_000, End: 450_001}}
	last := one.Pieces()
	if one.Parts() != 3 || one.At() != 3 || len(last) != 1 || last[0].Blocks[0].Runs[1].Text != "尾" {
		t.Errorf("one block of 450,001 characters: %d parts, at %d, %d pieces", one.Parts(), one.At(), len(last))
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -4321: "-4,321"} {
		if got := num(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for us, want := range map[int64]string{0: "0 µs", 310: "310 µs", 8_200: "8.20 ms", 14_200: "14.2 ms", 438_000: "438 ms", 3_420_000: "3.42 s"} {
		if got := took(us).String(); got != want {
			t.Errorf("%d µs: %s, want %s", us, got, want)
		}
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]string{0: "刚刚", 5 * time.Minute: "5 分钟前", 3 * time.Hour: "3 小时前", 49 * time.Hour: "2 天前"} {
		if got := when(Chinese, now.Add(-age).UnixMicro(), now); got != want {
			t.Errorf("%v: %s, want %s", age, got, want)
		}
	}
	if six("trc_01jd4t9k7f3ac1") != "7f3ac1" || six("c07d9e41aa52") != "c07d9e" || six("abc") != "abc" {
		t.Error("a hash is not shown by six digits")
	}
}
