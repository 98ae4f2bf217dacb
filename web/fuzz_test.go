package web

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"wenyuan"
)

// FuzzDocument: whatever blocks and ranges a record holds, the page shows the text that is
// there, each character once, and lights what was asked for and nothing else.
func FuzzDocument(f *testing.F) {
	f.Add("Heading\n\nOne paragraph.\n\na\tb\nc\td", 0, 7, 9, 23, 11, 14, uint8(1))
	f.Add("压力告警\n\n每秒十次。", 0, 4, 6, 11, 2, 8, uint8(2))
	f.Add("", -4, 1<<40, 3, 2, 9, -9, uint8(3))
	kinds := []string{"heading", "paragraph", "list", "code", "figure"}
	f.Fuzz(func(t *testing.T, text string, a, b, c, d, start, end int, kind uint8) {
		if !utf8.ValidString(text) || len(text) > 10_000 {
			t.Skip()
		}
		n := utf8.RuneCountInString(text)
		order := func(v, low int) int { return min(max(v, low), n) }
		first := Block{Kind: kinds[int(kind)%len(kinds)], Level: int(kind), Start: order(a, 0)}
		first.End = order(b, first.Start)
		second := Block{Kind: "paragraph", Start: order(c, first.End)}
		second.End = order(d, second.Start)
		p := DocumentPage{Text: text, Blocks: []Block{first, second}, Lit: wenyuan.Span{Start: start, End: end}, Passages: []PassageUse{{a, b, 3}, {c, d, 1}}}
		var all, shining strings.Builder
		for _, piece := range p.Pieces() {
			blocks := piece.Blocks
			if piece.Heading != nil {
				blocks = append(blocks, *piece.Heading)
			}
			for _, block := range blocks {
				for _, run := range block.Runs {
					all.WriteString(run.Text)
					if run.By != nil {
						shining.WriteString(run.Text)
					}
				}
			}
		}
		runes := []rune(text)
		if want := string(runes[first.Start:first.End]) + string(runes[second.Start:second.End]); all.String() != want {
			t.Errorf("shows %q, want %q", all.String(), want)
		}
		want := ""
		for _, block := range p.Blocks {
			if from, to := max(block.Start, start), min(block.End, end); from < to {
				want += string(runes[from:to])
			}
		}
		if shining.String() != want {
			t.Errorf("lights %q, want %q", shining.String(), want)
		}
	})
}

// FuzzInline: a sentence keeps its words, whatever marks a model writes into it.
func FuzzInline(f *testing.F) {
	f.Add("a `b` **c** d", 2, 5)
	f.Add("**`` `**", 0, 9)
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		if !utf8.ValidString(text) || len(text) > 10_000 {
			t.Skip()
		}
		var all strings.Builder
		for _, b := range inline(wenyuan.Sentence{Text: text, Disagree: []wenyuan.Span{{Start: start, End: end}}}) {
			all.WriteString(b.Text)
		}
		bare := strings.NewReplacer("`", "", "*", "")
		if bare.Replace(all.String()) != bare.Replace(text) {
			t.Errorf("%q became %q", text, all.String())
		}
	})
}

// BenchmarkPages renders the pages that hold most.
func BenchmarkPages(b *testing.B) {
	r := New()
	f := sampleFrame(English, "", "/")
	turn := sampleTurn(English)
	for name, write := range map[string]func() error{
		"answer": func() error {
			return r.Ask(io.Discard, AskPage{Frame: f, Choices: sampleChoices(English), Turns: []Turn{turn}})
		},
		"corpus":   func() error { return r.Corpus(io.Discard, sampleCorpus(English, f)) },
		"document": func() error { return r.Document(io.Discard, sampleDocument(English, f)) },
		"trace":    func() error { return r.Trace(io.Discard, sampleTrace(English, f)) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := write(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
