package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/segment"
	"wenyuan/check"
)

// A draft is a sentence, code block or table that is not checked yet.
type draft struct {
	kind     segment.Kind
	text     string // without markers
	gap      string // what stands between it and what was before
	passages []int  // what it cites, as indexes into work.passages
	quotes   []quoted
}

// release checks a quoted sentence and gives it out.
func (w *work) release(d draft) { w.show(d, w.judge(&d)) }

// judge says how a draft stands to what it cites. One that cites nothing, or the wrong
// original, is attributed to the one that clearly carries it.
func (w *work) judge(d *draft) check.Finding {
	f := w.measure(*d, d.passages)
	switch {
	case len(d.passages) == 0 && f.Verdict == wenyuan.Supported && f.Best > 0:
		d.passages = []int{f.Best - 1}
	case len(d.passages) > 0 && len(d.quotes) == 0 && (f.Verdict == wenyuan.Unverified || f.Verdict == wenyuan.Unsupported):
		if all := w.measure(*d, nil); all.Verdict == wenyuan.Supported && all.Best > 0 {
			d.passages, f = []int{all.Best - 1}, all
		}
	}
	return f
}

// measure checks a draft against some originals; against all where none are named. A table
// stands as its worst row does.
func (w *work) measure(d draft, passages []int) check.Finding {
	cited := make([]int, len(passages))
	for i, p := range passages {
		cited[i] = p + 1
	}
	if d.kind != segment.Table {
		return w.evidence.Check(d.text, cited)
	}
	return w.rows(d.text, cited)
}

// worse is the order of verdicts in a table.
var worse = []wenyuan.Verdict{wenyuan.None, wenyuan.Supported, wenyuan.Unverified, wenyuan.Unsupported}

// rows checks each row of a table but its head.
func (w *work) rows(table string, cited []int) (out check.Finding) {
	out.Verdict = wenyuan.None
	lines, at := strings.Split(table, "\n"), 0
	for i, line := range lines {
		head := i == 0 && len(lines) > 1 && ruled(lines[1])
		if !head && !ruled(line) {
			f := w.evidence.Check(line, cited)
			if slices.Index(worse, f.Verdict) > slices.Index(worse, out.Verdict) {
				out.Verdict, out.Score, out.Reason, out.Best = f.Verdict, f.Score, f.Reason, f.Best
			}
			if f.Verdict == wenyuan.Unsupported {
				for _, s := range f.Disagree {
					out.Disagree = append(out.Disagree, wenyuan.Span{Start: at + s.Start, End: at + s.End})
				}
			}
		}
		at += utf8.RuneCountInString(line) + 1
	}
	return out
}

// ruled says whether a line only draws the rule under a table's head.
func ruled(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|-: \t") == ""
}

// show gives out a draft as it was found to be.
func (w *work) show(d draft, f check.Finding) {
	s := wenyuan.Sentence{Text: d.text, Citations: []int{}, Verdict: f.Verdict, Reason: f.Reason, Disagree: f.Disagree}
	if s.Verdict == wenyuan.None && len(d.quotes) == 0 {
		d.passages = nil
	}
	if len(d.quotes) == 0 {
		d.quotes = w.locate(d.text, d.passages)
	}
	var fresh []wenyuan.Citation
	for _, p := range d.passages {
		n, isNew := w.cite(p)
		s.Citations = append(s.Citations, n)
		for _, q := range d.quotes {
			if q.passage == p {
				s.Quotes = append(s.Quotes, wenyuan.Quote{N: n, Start: q.start, End: q.end})
				w.widen(n, q, isNew)
			}
		}
		if isNew {
			fresh = append(fresh, w.answer.Citations[n-1])
		}
	}
	s.Reason = w.renumber(s.Reason)
	w.give(s, d.gap, marked(d, s.Citations), fresh)
}

// marked is a draft's text with its markers. Behind a code block or a table they stand on
// their own, as they would become part of it.
func marked(d draft, citations []int) string {
	text := d.text
	if len(citations) > 0 && d.kind != segment.Prose {
		text += "\n\n"
	}
	for _, n := range citations {
		text += fmt.Sprintf("[%d]", n)
	}
	return text
}

// take judges a unit of the model's reply and gives it out, keeps it back, or says that it
// should be asked for once more.
func (w *work) take(ctx context.Context, u segment.Unit) (again bool, err error) {
	r := &w.reply
	d := draft{kind: u.Kind, text: w.withoutRefusal(u.Text), gap: r.before(u.Gap), passages: w.valid(u.Cited)}
	if d.text == "" {
		return false, nil
	}
	if goes, err := w.outgoing(ctx, &d); err != nil || !goes {
		return false, err
	}
	if r.restarted(d.text, w.answer.Sentences) {
		return false, nil
	}
	f := w.judge(&d)
	if f.Verdict == wenyuan.Unverified {
		f = w.secondOpinion(ctx, d, f)
	}
	second := r.second
	r.second = false
	if f.Verdict == wenyuan.Unsupported {
		switch {
		case w.assistant.Unsupported == Withhold:
			w.withhold(d, f)
			return false, nil
		case w.assistant.Unsupported == Regenerate && !second && len(r.held) < maxAgain:
			r.held = append(r.held, held{Text: d.text, Reason: f.Reason, draft: d})
			return true, nil
		case second:
			r.still++
		}
	}
	w.show(d, f)
	r.say(d)
	return false, nil
}

// withoutRefusal takes out the word by which a model refuses, where it stands among others.
func (w *work) withoutRefusal(text string) string {
	if !strings.Contains(text, noAnswer) {
		return text
	}
	w.reply.partial = true
	return strings.Trim(strings.ReplaceAll(text, noAnswer, ""), " \n*_`\"'“”。.")
}

// withhold keeps a sentence back and says so.
func (w *work) withhold(d draft, f check.Finding) {
	r := &w.reply
	r.withheld = append(r.withheld, held{Text: d.text, Reason: f.Reason})
	if d.gap != "" && r.gap == "" {
		r.gap = d.gap
	}
	w.emit(Event{Withheld: &Withheld{Reason: w.renumber(f.Reason), Count: len(r.withheld)}})
}

// valid keeps what was in the prompt, each once, as indexes into work.passages.
func (w *work) valid(cited []int) []int {
	var out []int
	for _, n := range cited {
		if n >= 1 && n <= len(w.passages) && !slices.Contains(out, n-1) {
			out = append(out, n-1)
		}
	}
	return out
}
