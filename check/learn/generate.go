package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A row is one labelled sentence, in the form that "wenyuan eval support" reads.
type row struct {
	ID       string   `json:"id"`
	Lang     string   `json:"lang"`
	Kind     string   `json:"kind"`
	Claim    string   `json:"claim"`
	Evidence []string `json:"evidence"`
	Label    string   `json:"label"`

	group int
}

const (
	supported   = "supported"
	unsupported = "unsupported"
)

// A swap replaces one text by one of several.
type swap struct {
	from string
	to   []string
}

//go:embed edits.txt
var editsFile string

//go:embed rewrites.txt
var rewritesFile string

var edits, rewrites = parseSwaps(editsFile), parseSwaps(rewritesFile)

// parseSwaps reads the lists by section. A line without ">" is a swap from nothing.
func parseSwaps(file string) map[string][]swap {
	out := map[string][]swap{}
	section := ""
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.TrimSpace(line) == "", line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		case strings.Contains(line, " <> "):
			a, b, _ := strings.Cut(line, " <> ")
			out[section] = append(out[section], swap{a, []string{b}}, swap{b, []string{a}})
		case strings.Contains(line, " >"):
			a, b, _ := strings.Cut(line, " >")
			out[section] = append(out[section], swap{a, strings.Split(strings.TrimSpace(b), " | ")})
		default:
			out[section] = append(out[section], swap{"", []string{line}})
		}
	}
	return out
}

// A generator makes rows from documents. The same seed makes the same rows.
type generator struct {
	rng  *rand.Rand
	rows []row
}

func generate(docs []document, seed uint64) []row {
	g := generator{rng: rand.New(rand.NewPCG(seed, 11))}
	for i := range docs {
		for k := range docs[i].sentences {
			if g.rng.IntN(3) > 0 {
				g.variants(&docs[i], k)
			}
		}
	}
	return g.rows
}

// evidence gives sentence k with its surroundings, in one of the shapes that passages
// come in: a sentence each, one paragraph, or a paragraph with another one.
func (g *generator) evidence(d *document, k int) []string {
	n := g.rng.IntN(3)
	lo, hi := max(0, k-n), min(len(d.sentences), k+max(n, 1)+1)
	var texts []string
	for _, s := range d.sentences[lo:hi] {
		texts = append(texts, s.text)
	}
	switch g.rng.IntN(3) {
	case 0:
		return texts
	case 1:
		return []string{joinSentences(texts)}
	}
	other := g.rng.IntN(len(d.sentences))
	return []string{d.sentences[other].text, strings.Join(texts, "\n")}
}

// variants adds every edit and rewriting that sentence k allows.
func (g *generator) variants(d *document, k int) {
	s := d.sentences[k]
	lang := "en"
	if s.zh {
		lang = "zh"
	}
	ev := g.evidence(d, k)
	add := func(label, kind, claim string) {
		if label == unsupported && strings.Contains(strings.Join(ev, " "), strings.TrimRight(claim, ".。")) {
			return // the passage says the edited sentence too
		}
		if claim != "" && (claim != s.text || kind == "copy") {
			g.rows = append(g.rows, row{fmt.Sprintf("g%d", len(g.rows)), lang, kind, claim, ev, label, d.group})
		}
	}
	for _, e := range g.edits(d, s, lang) {
		add(unsupported, e.kind, e.text)
	}
	for _, e := range g.rewritings(s, lang) {
		add(supported, e.kind, e.text)
	}
	if k+1 < len(d.sentences) && d.sentences[k+1].zh == s.zh {
		ev = []string{joinSentences([]string{s.text, d.sentences[k+1].text})}
		if g.rng.IntN(2) == 0 {
			ev = []string{s.text, d.sentences[k+1].text}
		}
		add(supported, "merge", g.merge(s, d.sentences[k+1], lang))
	}
}

// joinSentences makes one paragraph; what has no full stop stands on a line of its own.
func joinSentences(texts []string) string {
	var b strings.Builder
	for i, t := range texts {
		b.WriteString(t)
		switch {
		case i+1 == len(texts):
		case strings.ContainsRune(".!?。！？；;", lastRune(t)):
			b.WriteString(" ")
		default:
			b.WriteString("\n")
		}
	}
	return b.String()
}

type variant struct{ kind, text string }
