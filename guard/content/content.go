// Package content finds questions and texts that ask for wrongdoing or do it: how to steal,
// cheat, hurt, spy on or slander somebody, and sentences that run down a group of people.
//
// Two linear models ship with the program. The first says whether a text is unsafe at all;
// the second, asked only then, which of [Kinds] it is. Words by themselves are the business
// of rule sets. Both are made by guard/train of rows in Chinese and English, half of them
// harmless questions on the same subjects, so that a question how to guard against fraud is
// not one how to commit it. They answer in the languages they were made in and know nothing
// about others, and they know no facts: a false statement is not unsafe to them.
package content

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"

	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// Threshold is the score from which a text is caught by default: of ordinary questions less
// than one in a hundred reaches it.
const Threshold = 0.5

//go:embed model.bin
var modelFile []byte

//go:embed kinds.bin
var kindsFile []byte

var (
	model  = linear.Shipped("content", modelFile)
	sorter = linear.Shipped("content", kindsFile)
)

// Bounds on the work for one text.
const (
	viewsAtMost   = 16  // decoded parts that are looked at
	piecesAtMost  = 256 // parts of a long text
	kindsAtMost   = 3   // categories that one text is given
	evidenceRunes = 120 // of what was read
)

// extractors are kept, since one that is used again allocates nothing; those of the second
// model apart, since they are of another width.
var extractors, sorters = pool(), pool()

func pool() *sync.Pool { return &sync.Pool{New: func() any { return new(linear.Features) }} }

// Score is how likely a text is unsafe with this model, 0 to 1: that of its worst part.
func Score(m *linear.Model, t *reading.Text) float64 { return look(m, t).score }

// Find gives the categories that a text falls into, the likeliest first, about the whole text
// where it is short and about its worst part where it is long. Hits below [Threshold] are given
// down to half of it, for those who want to see them. Questions and answers are looked at alike;
// what was read in another code has the layer "encoding", the rest "model".
func Find(t *reading.Text) []reading.Hit {
	m := model()
	s := look(m, t)
	score := linear.Moved(s.score, -linear.Logit(m.Thresholds[0]))
	if score < Threshold/2 {
		return nil
	}
	return s.hits(t, score)
}

// A sight is the worst part of a text.
type sight struct {
	score float64
	view  reading.View
	piece piece
	parts int
}

// look scores every part of every view.
func look(m *linear.Model, t *reading.Text) (worst sight) {
	f := extractors.Get().(*linear.Features)
	defer extractors.Put(f)
	views := 0
	t.Each(func(v reading.View) bool {
		all := pieces(v.Text)
		for _, p := range all {
			f.Extract(v.Text[p.from:p.to], m.Options)
			known().marks(v.Text[p.from:p.to], f.Mark)
			var buf [1]float64
			s := eased(m.Score(f, buf[:0])[0], v.Text[p.from:p.to], len(all))
			if s > worst.score {
				worst = sight{score: s, view: v, piece: p, parts: len(all)}
			}
		}
		views++
		return views < viewsAtMost
	})
	return worst
}

// What moves a score, in logits.
const (
	easeLatin = 0.3 // up, for a text without Chinese: most rows that the model saw are Chinese
	easeMany  = 0.9 // down, for each time that a text has e times as many parts
)

// eased makes scores of both scripts, and of short and long texts, comparable: one of many
// parts reaches any score more easily than one alone.
func eased(score float64, text string, parts int) float64 {
	x := linear.Logit(score) - easeMany*math.Log(float64(parts))
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x3400 && r < 0xa000 }) {
		x += easeLatin
	}
	return 1 / (1 + math.Exp(-x))
}

// hits names the categories. Those beside the first are scored by how near they come to it.
func (s sight) hits(t *reading.Text, score float64) (hits []reading.Hit) {
	text := s.view.Text[s.piece.from:s.piece.to]
	from, to := s.span(t)
	layer := "model"
	if len(s.view.How) > 0 {
		layer = "encoding"
	}
	first := 0.0
	for i, r := range ranked(text) {
		if i == 0 {
			first = r.score
		} else if i == kindsAtMost || r.score < first/2 {
			break
		}
		k := kindNamed(r.name)
		hits = append(hits, reading.Hit{Kind: k.Name, Layer: layer, Severity: k.Severity, Score: score * r.score / first,
			Start: from, End: to, Evidence: clip(text), Reason: k.Reason})
	}
	return hits
}

// span is where the worst part stands in the text as it was written; 0, 0 for the whole.
func (s sight) span(t *reading.Text) (from, to int) {
	switch {
	case len(s.view.How) > 0:
		return s.view.Start, s.view.End
	case s.parts == 1:
		return 0, 0
	}
	return t.At(s.piece.from), t.At(s.piece.to)
}

// A rank is how well a category fits.
type rank struct {
	name  string
	score float64
}

// ranked asks the second model, the best category first.
func ranked(text string) []rank {
	m := sorter()
	f := sorters.Get().(*linear.Features)
	defer sorters.Put(f)
	f.Extract(text, m.Options)
	known().marks(text, f.Mark)
	all := make([]rank, len(m.Classes))
	for i, s := range m.Score(f, nil) {
		all[i] = rank{m.Classes[i], s}
	}
	slices.SortStableFunc(all, func(a, b rank) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	return all
}

// clip shortens what was read, between characters.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > evidenceRunes {
			return s[:i] + "…"
		}
	}
	return s
}
