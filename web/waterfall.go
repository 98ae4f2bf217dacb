package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
)

// A waterfall is the steps of an answer drawn in time. What comes before the model takes
// milliseconds and the model seconds, so that the beginning is drawn wider where both would
// not be seen on one scale.
type waterfall struct {
	Rows    []wfRow
	Ticks   []wfTick
	Cut     string // where the wider part ends, in percent; "" where all is drawn alike
	Wider   string // how long the wider part is
	Times   int    // and how many times wider it is drawn
	Guessed bool   // beginnings were not recorded
	Model   bool   // a model wrote
	Bad     bool   // an unsupported sentence is marked
}

// A wfRow is a step.
type wfRow struct {
	Label   string
	Summary string
	Took    int64
	Bars    []wfBar
	Marks   []wfMark
}

// A wfBar is a stretch of time, in percent. Kind is "work", "wait", "write" or "check".
type wfBar struct{ Kind, At, Wide string }

// A wfMark is a sentence that was released.
type wfMark struct {
	At  string
	Bad bool // it is unsupported
}

// A wfTick is a time on the axis. First is the one at the left edge.
type wfTick struct {
	At, Label string
	First     bool
	Minor     bool // left out where there is little room
}

// wide is the share of the width that the wider part takes, in percent.
const wide = 30

// A scale places microseconds on a width of 100.
type scale struct{ cut, total int64 }

func (s scale) at(us int64) float64 {
	us = min(max(us, 0), s.total)
	switch {
	case s.cut == 0:
		return 100 * float64(us) / float64(s.total)
	case us <= s.cut:
		return wide * float64(us) / float64(s.cut)
	}
	return wide + (100-wide)*float64(us-s.cut)/float64(s.total-s.cut)
}

// bar places a stretch of time; even the shortest can be seen.
func (s scale) bar(kind string, from, to int64) wfBar {
	a := s.at(from)
	w := max(s.at(max(to, from))-a, .35)
	return wfBar{kind, pct(min(a, 100-w)), pct(w)}
}

func pct(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }

// Waterfall draws the steps.
func (p TracePage) Waterfall() waterfall {
	steps := slices.Clone(p.Steps)
	w := waterfall{Guessed: len(steps) > 1 && !slices.ContainsFunc(steps, func(s Step) bool { return s.Start > 0 })}
	at := int64(0)
	for i := range steps {
		if w.Guessed {
			steps[i].Start = at
		}
		at += steps[i].Took
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.Start, b.Start) })
	s := p.scale(steps)
	if s.cut > 0 {
		w.Cut, w.Wider = pct(wide), inWords(lang(p.Frame), brief(s.cut))
		w.Times = int(math.Round(wide / float64(s.cut) * float64(s.total-s.cut) / (100 - wide)))
	}
	w.Ticks = s.ticks()
	for _, step := range steps {
		row := wfRow{Label: p.label("step.", step.Name), Summary: p.summary(step), Took: step.Took}
		if step.Name == "second opinion" && p.Judge != nil { // it was asked while the model wrote, and recorded afterwards
			row.Took = p.Judge.took()
		}
		row.Bars, row.Marks = p.draw(s, step)
		w.Model = w.Model || step.Name == "generate" && p.First > 0
		w.Bad = w.Bad || slices.ContainsFunc(row.Marks, func(m wfMark) bool { return m.Bad })
		w.Rows = append(w.Rows, row)
	}
	return w
}

// took is how long all opinions took together.
func (j Judged) took() (us int64) {
	for _, o := range j.Opinions {
		us += o.Took
	}
	return us
}

// scale finds where the model begins, and whether what comes before has to be drawn wider.
func (p TracePage) scale(steps []Step) scale {
	s := scale{total: max(p.Turn.Took, 1)}
	begins := int64(0)
	for _, step := range steps {
		s.total = max(s.total, step.Start+step.Took)
		if step.Name == "generate" {
			begins = step.Start
		}
	}
	if begins > 0 && s.total > 6*begins {
		s.cut = niceAbove(begins)
	}
	if s.cut*3 > s.total {
		s.cut = 0
	}
	return s
}

// draw is the bars and marks of a step.
func (p TracePage) draw(s scale, step Step) (bars []wfBar, marks []wfMark) {
	end := step.Start + step.Took
	switch {
	case step.Name == "generate" && p.First > 0:
		bars = []wfBar{s.bar("wait", step.Start, p.First), s.bar("write", p.First, end)}
		for i, us := range p.Released {
			bad := i < len(p.Turn.Answer.Sentences) && p.Turn.Answer.Sentences[i].Verdict == wenyuan.Unsupported
			marks = append(marks, wfMark{pct(s.at(us)), bad})
		}
	case step.Name == "verify" && len(p.Released) > 0 && p.First > 0:
		for _, us := range p.Released {
			bars = append(bars, s.bar("check", us, us))
		}
	default:
		bars = []wfBar{s.bar("work", step.Start, end)}
	}
	return bars, marks
}

// niceAbove is the next of 1, 2, 3, 5 and 10 times a power of ten.
func niceAbove(us int64) int64 {
	for p := int64(1); ; p *= 10 {
		for _, n := range []int64{1, 2, 3, 5} {
			if n*p >= us {
				return n * p
			}
		}
	}
}

// ticks are two to five times of the axis.
func (s scale) ticks() []wfTick {
	out := []wfTick{{At: pct(0), Label: "0", First: true}}
	add := func(us int64, minor bool) {
		out = append(out, wfTick{At: pct(s.at(us)), Label: brief(us), Minor: minor})
	}
	if s.cut > 0 {
		add(s.cut/2, true)
		add(s.cut, false)
	}
	step := niceAbove((s.total - s.cut) / 4)
	for us, n := (s.cut/step+1)*step, 0; us < s.total; us, n = us+step, n+1 {
		if at := s.at(us); at < 95 && (s.cut == 0 || at > wide+8) {
			add(us, n%2 == 0)
		}
	}
	return out
}

// brief is a time without digits that say nothing.
func brief(us int64) string {
	f := func(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }
	switch {
	case us < 1000:
		return f(float64(us)) + " µs"
	case us < 1_000_000:
		return f(float64(us)/1e3) + " ms"
	}
	return f(float64(us)/1e6) + " s"
}

// inWords is a brief time with its unit as a word where it is one.
func inWords(l Lang, brief string) string {
	number, unit, _ := strings.Cut(brief, " ")
	return number + " " + must(l, "unit."+unit)
}

// Before is how long it took until the model was asked, in microseconds; 0 where no model was
// or where that was not recorded.
func (p TracePage) Before() int64 {
	for _, s := range p.Steps {
		if s.Name == "generate" {
			return s.Start
		}
	}
	return 0
}

// A partRow is a part of the prompt, with what was chosen for it.
type partRow struct {
	Part
	Kept, All int // pieces; 0 of 0 where the part has none
}

// Rows are the parts of the prompt that anything stood in, or was left out of.
func (p Plan) Rows() []partRow {
	var out []partRow
	for _, part := range p.Parts {
		row := partRow{Part: part}
		for _, m := range p.Items {
			if m.Kind == part.Name {
				row.All++
				if m.Kept {
					row.Kept++
				}
			}
		}
		if row.Used > 0 || row.All > 0 {
			out = append(out, row)
		}
	}
	return out
}

// Left is the pieces that were left out, with the reason in the language of the page.
func (p TracePage) Left() []remembered {
	var out []remembered
	for _, m := range p.Plan.Items {
		if !m.Kept {
			out = append(out, remembered{Memory: m, Said: EnginePage{Frame: p.Frame}.leftOut(m)})
		}
	}
	return out
}

// Total is the tokens of the whole prompt.
func (p Plan) Total() int { return p.used() }
