package web

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/zh"
)

// summary says what a step did, in the page's language where the view knows it.
func (p TracePage) summary(s Step) string {
	l := lang(p.Frame)
	switch {
	case s.Name == "rewrite" && s.Text != "":
		return must(l, "asked.as") + map[Lang]string{English: " "}[l] + s.Text
	case s.Name == "judge" && s.Text != "":
		return must(l, "judge.thin")
	case s.Name == "judge":
		return must(l, "judge.enough")
	case s.Name == "rewrite", s.Name == "history", s.Name == "remember":
		return ""
	case s.Name == "expand":
		return listed(s.Also)
	case s.Name == "decide" && s.Text != "":
		return must(l, "talked")
	case s.Name == "prompt" && p.Plan != nil:
		return must(l, "tokens.n", p.Plan.Total())
	case s.Name == "second opinion":
		return p.Judge.name()
	case s.Name == "retrieve" && s.Found > 0:
		return must(l, "found.read", s.Found, s.Read)
	case s.Name == "guard":
		return p.guarded(s)
	case s.Name == "expert":
		return s.Routed.says(l)
	case s.Name == "generate":
		return p.Turn.Model
	case s.Name == "extract" && !p.Turn.Answer.Refused:
		return must(l, "sum.sentences", len(p.Turn.Answer.Sentences))
	case s.Name == "verify":
		return p.verdicts()
	}
	return s.Summary
}

// name is who gave second opinions; "" where nobody did.
func (j *Judged) name() string {
	if j == nil {
		return ""
	}
	return j.Judge
}

// verdicts counts what the checks came to.
func (p TracePage) verdicts() string {
	var parts []string
	for _, v := range []wenyuan.Verdict{wenyuan.Supported, wenyuan.Unsupported, wenyuan.Unverified, wenyuan.None} {
		if n := p.Turn.Count(string(v)); n > 0 {
			parts = append(parts, must(lang(p.Frame), "n."+string(v), n))
		}
	}
	return strings.Join(parts, must(lang(p.Frame), "comma"))
}

// why is the reason for a drop in the page's language.
func (p TracePage) why(d Drop) string {
	if s, err := say(lang(p.Frame), "code."+d.Code); err == nil {
		return s
	}
	if lang(p.Frame) == Chinese {
		said, ok := zh.Sentence(d.Why)
		if !ok { // a room may leave the stop out
			said, ok = zh.Sentence(d.Why + ".")
		}
		if ok {
			return strings.TrimSuffix(said, "。")
		}
	}
	return d.Why
}

// label is the console's word for a name that a room gave; the name itself where the
// console knows none.
func (p TracePage) label(prefix, name string) string {
	if s, err := say(lang(p.Frame), prefix+name); err == nil {
		return s
	}
	return strings.ReplaceAll(name, "_", " ")
}

// A stage is a step of the filter chain and what it left. The widths are thousandths.
type stage struct {
	Label              string
	Left, Gone         int
	Why                string
	LeftWide, GoneWide int
}

// Stages is the funnel: what was found, then each stage that dropped something, in the
// order in which they first did.
func (p TracePage) Stages() []stage {
	found := len(p.Kept) + len(p.Dropped)
	if found == 0 {
		return nil
	}
	out := []stage{{Label: p.label("", "search"), Left: found, LeftWide: 1000}}
	at := map[string]int{}
	for _, d := range p.Dropped {
		i, ok := at[d.Stage]
		if !ok {
			i = len(out)
			at[d.Stage] = i
			out = append(out, stage{Label: p.label("stage.", d.Stage), Why: p.reasonOf(d)})
		}
		out[i].Gone++
	}
	left := found
	for i := range out {
		left -= out[i].Gone
		out[i].Left = left
		out[i].LeftWide = left * 1000 / found
		out[i].GoneWide = out[i].Gone * 1000 / found
	}
	return out
}

// reasonOf explains a stage by the first passage it dropped, the floor by its figures too.
func (p TracePage) reasonOf(d Drop) string {
	s := p.why(d)
	if d.Stage == "floor" && p.Turn.Floor > 0 {
		s += must(lang(p.Frame), "comma") + must(lang(p.Frame), "floor.at", decimal(p.Turn.Nearest), decimal(p.Turn.Floor))
	}
	return s
}

// A fate is what became of a passage that was found.
type fate struct {
	Passage wenyuan.Passage
	Rank    int
	Read    bool
	Cited   int // sentences that cite it
	Label   string
	Why     string
	Open    string
	Start   string // its first words
}

// maxFates is how many passages the table lists; the rest are in the record's JSON.
const maxFates = 60

// fates are those that stand open on the page, and the others.
type fates struct{ Open, Folded []fate }

// openFates is how many stand open at least: all that were read, and the best that were not.
const openFates = 10

// Fates lists what was read, then what was left out, best first.
func (p TracePage) Fates() *fates {
	var out []fate
	for i, k := range p.Kept {
		out = append(out, fate{Passage: k, Rank: i + 1, Read: true, Cited: p.citing(k)})
	}
	for _, d := range p.Dropped {
		out = append(out, fate{Passage: d.Passage, Rank: len(out) + 1, Label: p.label("stage.", d.Stage), Why: p.why(d)})
	}
	out = out[:min(len(out), maxFates)]
	for i := range out {
		q := out[i].Passage
		out[i].Open = p.Turn.open(q.Document, q.Revision, q.Start, q.End, 0)
		out[i].Start = firstLine(q.Text)
	}
	if len(out) == 0 {
		return nil
	}
	open := min(max(openFates, len(p.Kept)+3), len(out))
	return &fates{out[:open], out[open:]}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	runes := []rune(s)
	if len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return s
}

// citing counts the sentences that cite a passage.
func (p TracePage) citing(q wenyuan.Passage) int {
	numbers := map[int]bool{}
	for _, c := range p.Turn.Answer.Citations {
		if c.Document == q.Document && c.Revision == q.Revision && q.Start <= c.Start && c.End <= q.End {
			numbers[c.N] = true
		}
	}
	n := 0
	for _, s := range p.Turn.Answer.Sentences {
		for _, c := range s.Citations {
			if numbers[c] {
				n++
				break
			}
		}
	}
	return n
}

// A madeFrom is a version with the console's word for its kind.
type madeFrom struct {
	Kind, Name, Hash string
}

// Versions lists what the answer was made from.
func (p TracePage) Versions() []madeFrom {
	var out []madeFrom
	for _, v := range p.Turn.Answer.Versions {
		out = append(out, madeFrom{p.label("kind.", v.Kind), v.Name, v.Hash})
	}
	return out
}

// Linked is the turn as it is shown on another page than its originals: its citations
// lead to the answer's own page.
func (t Turn) Linked() Turn {
	t.away = true
	return t
}

// Home is the address that a citation's place is on, "" for this page.
func (t Turn) Home() string {
	if t.away {
		return "/ask/" + t.Trace
	}
	return ""
}

// Page is the address of this list from a trace on; the filter stays.
func (p TracesPage) Page(before string) string {
	q := url.Values{}
	if p.Document != nil {
		q.Set("document", p.Document.ID)
	}
	if p.Feedback != "" {
		q.Set("feedback", p.Feedback)
	}
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return "/records"
	}
	return "/records?" + q.Encode()
}

// Length is how many code points a message has.
func (s Sent) Length() int { return utf8.RuneCountInString(s.Content) }

// Said is what people think of the answer, the first few.
func (r TraceRow) Said() []Feedback { return r.Feedback[:min(len(r.Feedback), 2)] }
