package answer

import (
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/check"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/trace"
)

// work is one question on its way to its answer.
type work struct {
	answerer  *Answerer
	scope     scope.Scope
	principal wenyuan.Principal
	assistant Assistant
	chat      Chat
	prompt    *wording
	question  Question
	recorder  *trace.Recorder
	emit      func(Event)

	found    retrieve.Found
	evidence *check.Prepared
	number   map[int]int // citation number by index of the passage in found.Kept
	answer   wenyuan.Answer
	text     strings.Builder
}

// step times a step of the road; what it returns ends the step.
func (w *work) step(name string) func(summary string, detail any) {
	end := w.recorder.Step(name)
	return func(summary string, detail any) {
		s := end(summary, detail)
		w.emit(Event{Step: &s})
	}
}

// prepare makes the originals ready to be checked against. While an answer is written,
// evidence is named by the passage's place in found.Kept, from 1, as it is in the prompt.
func (w *work) prepare() {
	w.number = map[int]int{}
	ev := make([]check.Evidence, len(w.found.Kept))
	for i, p := range w.found.Kept {
		ev[i] = check.Evidence{N: i + 1, Text: p.Text, Context: p.Context}
	}
	w.evidence = check.Prepare(ev)
}

// quote answers with the documents' own sentences.
func (w *work) quote() error {
	done := w.step("extract")
	settings := w.assistant.Extract
	settings.Weights = w.found.Weights
	picked, refused, why := extract.Extract(w.question.Text, w.found.Kept, settings)
	if refused || len(picked) == 0 {
		done("no sentence answers: "+why, nil)
		w.refuse(whyNoSentence)
		return nil
	}
	done(fmt.Sprintf("%d sentences", len(picked)), nil)
	check := w.step("verify")
	for _, s := range picked {
		w.release(draft{text: s.Display, separator: w.separator(s, picked), passages: []int{s.Passage},
			quotes: []quoted{{s.Passage, s.Start, s.End}}})
	}
	check(w.counts(), nil)
	return nil
}

// separator is what stands before a quoted sentence: nothing before the first, a blank line
// between two originals, else a space or, where the original breaks the line, a line break.
func (w *work) separator(s extract.Picked, all []extract.Picked) string {
	for i, other := range all {
		if other != s {
			continue
		}
		switch {
		case i == 0:
			return ""
		case all[i-1].Passage != s.Passage:
			return "\n\n"
		case strings.Contains(between(w.found.Kept[s.Passage], all[i-1].End, s.Start), "\n"):
			return "\n"
		}
	}
	return " "
}

// A draft is a sentence that is not checked yet.
type draft struct {
	text      string // without markers
	separator string // what stands between it and the sentence before
	passages  []int  // what it cites, as indexes into found.Kept
	quotes    []quoted
}

// release checks a draft against what it cites and gives it out.
func (w *work) release(d draft) {
	cited := make([]int, len(d.passages))
	for i, p := range d.passages {
		cited[i] = p + 1
	}
	f := w.evidence.Check(d.text, cited)
	if len(cited) == 0 && f.Verdict == wenyuan.Supported && f.Best > 0 {
		d.passages = []int{f.Best - 1} // it names no source, and one clearly carries it
	}
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
	piece := d.separator + d.text
	for _, n := range s.Citations {
		piece += fmt.Sprintf("[%d]", n)
	}
	w.text.WriteString(piece)
	w.answer.Sentences = append(w.answer.Sentences, s)
	w.emit(Event{Sentence: &Released{Sentence: s, Piece: piece, New: fresh}})
}
