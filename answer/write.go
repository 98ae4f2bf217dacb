package answer

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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
	prompt    *prompt
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

// between is the original's text from one position to another, in code points of the revision.
func between(p wenyuan.Passage, from, to int) string {
	r := []rune(p.Text)
	from, to = max(0, from-p.Start), min(len(r), to-p.Start)
	if from >= to {
		return ""
	}
	return string(r[from:to])
}

// A draft is a sentence that is not checked yet.
type draft struct {
	text      string // without markers
	separator string // what stands between it and the sentence before
	passages  []int  // what it cites, as indexes into found.Kept
	quotes    []quoted
}

type quoted struct{ passage, start, end int }

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

// renumber turns the places of originals in a reason into citation numbers; an original that
// is not cited has none and is called by its title.
func (w *work) renumber(reason string) string {
	return place.ReplaceAllStringFunc(reason, func(m string) string {
		i, err := strconv.Atoi(m[1 : len(m)-1])
		if err != nil || i < 1 || i > len(w.found.Kept) {
			return m
		}
		if n, ok := w.number[i-1]; ok {
			return fmt.Sprintf("[%d]", n)
		}
		return w.say("“"+w.found.Kept[i-1].Title+"”", "《"+w.found.Kept[i-1].Title+"》")
	})
}

// place is how a reason of the checker names evidence.
var place = regexp.MustCompile(`\[\d{1,3}\]`)

// cite gives a passage its number, in the order of first use.
func (w *work) cite(passage int) (n int, isNew bool) {
	if n, ok := w.number[passage]; ok {
		return n, false
	}
	p := w.found.Kept[passage]
	n = len(w.answer.Citations) + 1
	w.number[passage] = n
	w.answer.Citations = append(w.answer.Citations, wenyuan.Citation{N: n, Document: p.Document, Revision: p.Revision,
		Source: p.Source, Title: p.Title, Heading: p.Heading, Page: p.Page, Start: p.Start, End: p.End, Quote: p.Text})
	return n, true
}

// widen makes a citation reach over the words that carry a sentence. The first sentence
// narrows it from the whole passage to its own words.
func (w *work) widen(n int, q quoted, first bool) {
	c := &w.answer.Citations[n-1]
	if first {
		c.Start, c.End = q.start, q.end
	} else {
		c.Start, c.End = min(c.Start, q.start), max(c.End, q.end)
	}
	c.Quote = between(w.found.Kept[q.passage], c.Start, c.End)
}

// locate finds, in each passage a sentence cites, the sentence that carries it best.
func (w *work) locate(text string, passages []int) []quoted {
	var out []quoted
	for _, p := range passages {
		passage := w.found.Kept[p]
		runes := []rune(passage.Text)
		spans := check.Sentences(passage.Text)
		ev := make([]check.Evidence, len(spans))
		for i, s := range spans {
			ev[i] = check.Evidence{N: i + 1, Text: string(runes[s.Start:s.End])}
		}
		if best := check.Prepare(ev).Check(text, nil).Best; best > 0 {
			out = append(out, quoted{p, passage.Start + spans[best-1].Start, passage.Start + spans[best-1].End})
		} else {
			out = append(out, quoted{p, passage.Start, passage.End})
		}
	}
	return out
}

// generate lets the model write, and releases each sentence when the next one has begun.
func (w *work) generate(ctx context.Context) error {
	messages, err := render(w.prompt.template, w.question.Text, w.found.Kept)
	if err != nil {
		return err
	}
	done := w.step("generate")
	var tail string // written and not yet released
	var usage *wenyuan.Usage
	for chunk, err := range w.chat.Model.Stream(ctx, wenyuan.Request{Messages: messages, Temperature: new(float64)}) {
		if err != nil {
			done("failed", nil)
			return err
		}
		if tail += chunk.Text; w.text.Len()+len(tail) > maxAnswer {
			done("too long", nil)
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model writes without end", Hint: "choose another model, or give it a smaller max_tokens"}
		}
		tail = w.releaseWhole(tail)
		if chunk.Usage != nil {
			usage = chunk.Usage
		}
	}
	refused := strings.Contains(tail, noAnswer) && len(w.answer.Sentences) == 0
	if !refused {
		w.releaseAll(strings.ReplaceAll(tail, noAnswer, ""))
	}
	w.answer.Usage = usage
	done(fmt.Sprintf("%s: %s", w.assistant.Model, w.counts()), usage)
	if len(w.answer.Sentences) == 0 {
		w.refuse(whyModelRefused)
	}
	return nil
}

// maxAnswer bounds, in bytes, what a model may write: some fifty pages.
const maxAnswer = 256 << 10

// releaseWhole releases every sentence that another one follows, and returns the rest.
func (w *work) releaseWhole(text string) string {
	if strings.HasPrefix(noAnswer, strings.TrimSpace(text)) {
		return text // this may become a refusal
	}
	spans := check.Sentences(text)
	if len(spans) < 2 {
		return text
	}
	last := lastSentence([]rune(text), spans)
	w.releaseAll(string([]rune(text)[:last]))
	return string([]rune(text)[last:])
}

// lastSentence is where the sentence begins that may still grow. Markers behind a full stop,
// whole or begun, belong to the sentence before them.
func lastSentence(text []rune, spans []wenyuan.Span) int {
	last := spans[len(spans)-1]
	rest := string(text[last.Start:last.End])
	if onlyMarkers.MatchString(rest) {
		return spans[len(spans)-2].Start
	}
	return last.Start + utf8.RuneCountInString(leadingMarkers.FindString(rest))
}

// releaseAll cuts text into sentences, gives each its markers, and releases them in order.
func (w *work) releaseAll(text string) {
	runes := []rune(text)
	at := 0
	var pending *draft
	for _, span := range check.Sentences(text) {
		sentence := string(runes[span.Start:span.End])
		if lead := leadingMarkers.FindString(sentence); lead != "" && pending != nil {
			_, cited := takeMarkers(lead)
			pending.passages = union(pending.passages, w.valid(cited))
			sentence = sentence[len(lead):]
		}
		plain, cited := takeMarkers(sentence)
		if strings.TrimSpace(plain) != "" {
			if pending != nil {
				w.release(*pending)
			}
			pending = &draft{text: strings.TrimSpace(plain), separator: w.gap(string(runes[at:span.Start])), passages: w.valid(cited)}
		}
		at = span.End
	}
	if pending != nil {
		w.release(*pending)
	}
}

// gap is the white space between two sentences as the model wrote it, without markers.
func (w *work) gap(s string) string {
	if len(w.answer.Sentences) == 0 && w.text.Len() == 0 {
		return ""
	}
	if n := strings.Count(s, "\n"); n > 0 {
		return strings.Repeat("\n", min(n, 2))
	}
	return " "
}

// valid keeps what was in the prompt, each once, as indexes into found.Kept.
func (w *work) valid(cited []int) []int {
	var out []int
	seen := map[int]bool{}
	for _, n := range cited {
		if n >= 1 && n <= len(w.found.Kept) && !seen[n] {
			seen[n] = true
			out = append(out, n-1)
		}
	}
	return out
}

func union(a, b []int) []int {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

var (
	onlyMarkers    = regexp.MustCompile(`^[\s\d\[\]【】,，、\-–]*$`)
	marker         = regexp.MustCompile(`\s*[\[【]\s*\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*\s*[\]】]`)
	leadingMarkers = regexp.MustCompile(`^(?:\s*[\[【]\s*\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*\s*[\]】])+[。．.]?`)
	numberOrRange  = regexp.MustCompile(`(\d{1,3})(?:\s*[\-–]\s*(\d{1,3}))?`)
)

// takeMarkers takes the citation markers out of a sentence and says which originals, from 1,
// they name: [1], [1][3], [1, 3], [1-3], 【1】. Code is left as it is.
func takeMarkers(s string) (plain string, cited []int) {
	if strings.Contains(s, "```") {
		return s, nil
	}
	plain = marker.ReplaceAllStringFunc(s, func(m string) string {
		for _, r := range numberOrRange.FindAllStringSubmatch(m, -1) {
			from, _ := strconv.Atoi(r[1]) // one to three digits
			to := from
			if r[2] != "" {
				to, _ = strconv.Atoi(r[2])
			}
			for n := from; n <= to; n++ {
				cited = append(cited, n)
			}
		}
		return ""
	})
	return plain, cited
}
