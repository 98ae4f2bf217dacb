package cut

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wenyuan/corpus/parse"
)

// build makes a document of parts, each a kind and its text, separated by blank lines.
// A heading part is "1 Title", its level first.
func build(parts ...[2]string) *parse.Document {
	doc := &parse.Document{}
	var path []string
	var levels []int
	at := 0
	for _, p := range parts {
		b := parse.Block{Kind: parse.Kind(p[0]), Start: at}
		body := p[1]
		if b.Kind == parse.Heading {
			b.Level = int(body[0] - '0')
			body = body[2:]
			for len(levels) > 0 && levels[len(levels)-1] >= b.Level {
				levels, path = levels[:len(levels)-1], path[:len(path)-1]
			}
		}
		if b.Kind == parse.Table {
			b.Header, _, _ = strings.Cut(body, "\n")
		}
		b.Heading = append([]string(nil), path...)
		if b.Kind == parse.Heading {
			path, levels = append(path, body), append(levels, b.Level)
		}
		n := utf8.RuneCountInString(body)
		b.End = at + n
		doc.Blocks = append(doc.Blocks, b)
		doc.Text += body + "\n\n"
		at += n + 2
	}
	return doc
}

func texts(ps []Piece) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.Text
	}
	return out
}

func TestCutKeepsStructure(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("每个租户有自己的配额。", 30)                                                 // 330 characters
	english := strings.TrimSpace(strings.Repeat("Every tenant has a quota of its own. ", 20)) // 739 letters
	tests := []struct {
		name string
		doc  *parse.Document
		want []string
	}{
		{"a small section stays whole", build([2]string{"heading", "1 A"}, [2]string{"paragraph", "One."}, [2]string{"paragraph", "Two."}),
			[]string{"One.\n\nTwo."}},
		{"no piece crosses a heading", build([2]string{"heading", "1 A"}, [2]string{"paragraph", "One."}, [2]string{"heading", "2 B"}, [2]string{"paragraph", "Two."}),
			[]string{"One.", "Two."}},
		{"a heading with nothing below it is found", build([2]string{"heading", "1 A"}, [2]string{"heading", "1 B"}, [2]string{"paragraph", "Two."}),
			[]string{"A", "Two."}},
		{"a heading above a heading is not a piece", build([2]string{"heading", "1 A"}, [2]string{"heading", "2 B"}, [2]string{"paragraph", "Two."}),
			[]string{"Two."}},
		{"paragraphs are kept whole", build([2]string{"paragraph", long}, [2]string{"paragraph", long}),
			[]string{long, long}},
		{"English weighs less", build([2]string{"paragraph", english}, [2]string{"paragraph", english}),
			[]string{english + "\n\n" + english}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := texts(Cut(tt.doc, Settings{}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pieces (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCutTableKeepsHeader(t *testing.T) {
	t.Parallel()
	table := "| 参数 | 说明 |\n| --- | --- |\n" + strings.Repeat("| maxSize | 一条消息的最大长度，超过时发送失败。 |\n", 60)
	pieces := Cut(build([2]string{"heading", "1 参数"}, [2]string{"paragraph", "参数如下："}, [2]string{"table", strings.TrimSpace(table)}), Settings{})
	if len(pieces) < 3 {
		t.Fatalf("got %d pieces, want several", len(pieces))
	}
	for i, p := range pieces {
		head := strings.Contains(p.Text, "| 参数 | 说明 |")
		if travels := strings.HasSuffix(p.Context, "\n| 参数 | 说明 |"); head == travels {
			t.Errorf("piece %d: header in text %v, in context %v: want one of them", i, head, travels)
		}
		if !strings.HasSuffix(p.Text, "|") || i > 0 && !strings.HasPrefix(p.Text, "|") {
			t.Errorf("piece %d is not made of whole rows: %q", i, p.Text)
		}
		if !strings.HasPrefix(p.Context, "参数") {
			t.Errorf("piece %d: context %q has no heading path", i, p.Context)
		}
	}
}

func TestCutSentences(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"zh": strings.Repeat("消费者组“订单”在启动时读取位点。如果没有位点，就从3.5小时前开始！", 60),
		"en": strings.Repeat("The group reads its offset, e.g. from v5.3.1, when it starts. Without one it begins 3.5 hours ago! ", 60),
	}
	for lang, text := range tests {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			pieces := Cut(build([2]string{"paragraph", strings.TrimSpace(text)}), Settings{})
			if len(pieces) < 3 {
				t.Fatalf("got %d pieces, want several", len(pieces))
			}
			for i, p := range pieces {
				last, _ := utf8.DecodeLastRuneInString(p.Text)
				if !strings.ContainsRune("。！.!", last) || strings.HasSuffix(p.Text, "e.g.") {
					t.Errorf("piece %d was cut inside a sentence: %q", i, p.Text[max(0, len(p.Text)-60):])
				}
			}
		})
	}
}

func TestCutHugeLine(t *testing.T) {
	t.Parallel()
	const size = 50 << 20
	line := strings.Repeat("x", size)
	start := time.Now()
	pieces := Cut(&parse.Document{Text: line, Blocks: []parse.Block{{Kind: parse.Paragraph, End: size}}}, Settings{})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	total := 0
	for _, p := range pieces {
		total += len(p.Text)
		if len(p.Text) > 1500 {
			t.Fatalf("a piece of %d letters", len(p.Text))
		}
	}
	if total != size {
		t.Errorf("pieces hold %d letters of %d", total, size)
	}
}

// randomDocument draws blocks of every kind over words of both languages, and
// block ranges that a faulty parser might give.
func randomDocument(t *rapid.T) *parse.Document {
	word := rapid.SampledFrom([]string{"消息", "队列。", "offset", "is kept. ", "why? ", "\n", " ", "，", "| a ", "1. ", "…", "é", "\u0301", "👩\u200d🔧", "\u3000"})
	kinds := []string{"heading", "paragraph", "list", "table", "code", "figure"}
	var parts [][2]string
	for range rapid.IntRange(0, 12).Draw(t, "blocks") {
		body := strings.Join(rapid.SliceOfN(word, 1, 200).Draw(t, "words"), "")
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		if kind == "heading" {
			body = rapid.SampledFrom([]string{"1 ", "2 ", "3 "}).Draw(t, "level") + "h" + body[:0]
		}
		parts = append(parts, [2]string{kind, body})
	}
	doc := build(parts...)
	if len(doc.Blocks) > 1 && rapid.Bool().Draw(t, "faulty") {
		i := rapid.IntRange(0, len(doc.Blocks)-1).Draw(t, "which")
		doc.Blocks[i].Start += rapid.IntRange(-50, 50).Draw(t, "start")
		doc.Blocks[i].End += rapid.IntRange(-50, 50).Draw(t, "end")
	}
	return doc
}

func TestCutHoldsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := randomDocument(t)
		s := Settings{Piece: rapid.IntRange(5, 60).Draw(t, "piece"), Parent: rapid.IntRange(10, 400).Draw(t, "parent")}
		pieces := Cut(doc, s)
		if diff := cmp.Diff(pieces, Cut(doc, s)); diff != "" {
			t.Fatalf("not deterministic:\n%s", diff)
		}
		text := []rune(doc.Text)
		covered := make([]bool, len(text))
		at := 0
		for i, p := range pieces {
			if p.Start < at || p.End <= p.Start || p.End > len(text) {
				t.Fatalf("piece %d is %d-%d after %d of %d", i, p.Start, p.End, at, len(text))
			}
			if string(text[p.Start:p.End]) != p.Text || strings.TrimSpace(p.Text) != p.Text {
				t.Fatalf("piece %d: text is not its range without white space: %q", i, p.Text)
			}
			if p.ParentStart > p.Start || p.ParentEnd < p.End {
				t.Fatalf("piece %d is not inside its parent %d-%d", i, p.ParentStart, p.ParentEnd)
			}
			if w := weight(p.Text); w > s.Piece*weightHan*3/2+weightHan*8 {
				t.Fatalf("piece %d weighs %d", i, w)
			}
			for k := p.Start; k < p.End; k++ {
				covered[k] = true
			}
			at = p.End
		}
		for b := range locate(doc) {
			for k := b.Start; k < b.End && b.Kind != parse.Heading; k++ {
				if !covered[k] && !unicode.IsSpace(text[k]) {
					t.Fatalf("code point %d (%q) is in no piece", k, text[k])
				}
			}
		}
	})
}

func weight(s string) (w int) {
	for _, r := range s {
		w += weigh(r)
	}
	return w
}

func BenchmarkCut(b *testing.B) {
	var parts [][2]string
	for range 200 {
		parts = append(parts, [2]string{"heading", "2 保留时间 Retention"},
			[2]string{"paragraph", strings.Repeat("消息在服务端保留三天，过期后会被删除。", 12)},
			[2]string{"paragraph", strings.Repeat("A message is kept for three days and removed when it has expired. ", 10)},
			[2]string{"table", "| key | value |\n" + strings.Repeat("| fileReservedTime | 72 hours |\n", 40)})
	}
	doc := build(parts...)
	b.SetBytes(int64(len(doc.Text)))
	for b.Loop() {
		Cut(doc, Settings{})
	}
}
