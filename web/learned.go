package web

import (
	"io"

	"wenyuan"
)

// LearnedPage is `/records/{trace}/learned/{n}`: what a model learned that is most like a sentence of an answer.
type LearnedPage struct {
	Frame
	Trace         string
	Number        int // of the sentence, from 1
	Sentence      string
	Verdict       wenyuan.Verdict
	Model         string
	Adapter, Hash string
	Sets          []LearnedSet // that it learned from
	Rows          []LearnedRow // the most alike first
	Looked        int          // rows that were looked at
	Cut           bool         // there are more, that nobody looked at
}

// A LearnedSet is a version of a data set.
type LearnedSet struct{ Name, Hash string }

// A LearnedRow is a training row with where it comes from.
type LearnedRow struct {
	SetLine
	Share                            float64 // of the sentence that stands in it, 0 to 1
	Origin, Source, Licence, Teacher string
}

// Learned writes what a model learned that is most like a sentence.
func (r *Renderer) Learned(w io.Writer, p LearnedPage) error {
	return r.page(w, "learned", layout{p.Frame, RecordsPlace, must(lang(p.Frame), "learned"), p})
}

// Known says that there are words for its origin.
func (r LearnedRow) Known() bool {
	return worded("set.origin." + r.Origin)
}

// Routed is who of an assistant's experts wrote, and why.
type Routed struct {
	Expert string // "" the assistant's own model
	Why    string // "conversation", "corpora", "alike", "none", "missing" or "failed"
}

// says is what is said of it; "" where there is nothing to say.
func (x Routed) says(l Lang) string {
	switch {
	case x.Why == "":
		return ""
	case x.Expert == "" && x.Why == "conversation":
		return must(l, "expert.stays")
	case x.Expert == "":
		return must(l, "expert.none")
	}
	return must(l, "expert."+x.Why, x.Expert)
}

// learnedFunctions are those of who wrote an answer.
func learnedFunctions(l Lang) map[string]any {
	return map[string]any{"routed": func(x Routed) string { return x.says(l) }}
}
