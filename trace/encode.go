package trace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// How large a record may grow.
const (
	maxQuestion = 64 << 10  // bytes
	maxSteps    = 500       // steps
	maxSummary  = 2 << 10   // bytes of one step
	maxDetail   = 256 << 10 // bytes of JSON of one step
	maxDetails  = 1 << 20   // of all steps
	maxAnswer   = 4 << 20   // bytes of JSON
)

// encode is the answer and the steps as JSON, cut to size.
func encode(t Trace) (answer, steps string, cut bool, err error) {
	answer, shorter, err := encodeAnswer(t.Answer)
	if err != nil {
		return "", "", false, err
	}
	steps, fewer, err := encodeSteps(t.Steps)
	return answer, steps, t.Cut || shorter || fewer, err
}

// clip makes a text fit for every database, and at most so many bytes long.
func clip(text string, most int) (string, bool) {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) <= most {
		return text, false
	}
	return strings.ToValidUTF8(text[:most], ""), true
}

// encodeSteps leaves out the details that are too large, and says how large they were.
func encodeSteps(steps []Step) (string, bool, error) {
	cut := len(steps) > maxSteps
	steps = steps[:min(len(steps), maxSteps)]
	out, room := make([]Step, 0, len(steps)), maxDetails
	for _, s := range steps {
		var long bool
		if s.Summary, long = clip(s.Summary, maxSummary); long {
			cut = true
		}
		raw, err := json.Marshal(s.Detail)
		if err != nil {
			return "", false, fmt.Errorf("detail of the step %q: %w", s.Name, err)
		}
		switch {
		case len(raw) > maxDetail || len(raw) > room:
			s.Detail = map[string]int{"left_out_bytes": len(raw)}
			cut = true
		case s.Detail != nil:
			s.Detail = json.RawMessage(raw)
			room -= len(raw)
		}
		out = append(out, s)
	}
	raw, err := json.Marshal(out)
	return string(raw), cut, err
}

// encodeAnswer leaves out passages from the end, cited ones last.
func encodeAnswer(a wenyuan.Answer) (string, bool, error) {
	raw, err := json.Marshal(a)
	if err != nil || len(raw) <= maxAnswer {
		return string(raw), false, err
	}
	cited := map[string]bool{}
	for _, c := range a.Citations {
		cited[c.Document] = true
	}
	over := len(raw) - maxAnswer
	passages := slices.Clone(a.Passages)
	for _, spare := range []bool{true, false} {
		for i := len(passages) - 1; i >= 0 && over > 0; i-- {
			if spare && cited[passages[i].Document] {
				continue
			}
			one, err := json.Marshal(passages[i])
			if err != nil {
				return "", false, err
			}
			over -= len(one)
			passages = slices.Delete(passages, i, i+1)
		}
	}
	if over > 0 {
		return "", false, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the answer has %d bytes without its passages, more than %d", over+maxAnswer, maxAnswer), Hint: "ask for a shorter answer"}
	}
	a.Passages = passages
	raw, err = json.Marshal(a)
	return string(raw), true, err
}

// A part is a document that had a part in an answer.
type part struct {
	document, revision string
	cited              bool
	held               bool // whoever wrote the answer had read it: the search did not only pass over it
}

// documentsOf finds every document that a trace says anything about: in the answer as
// it is before it is cut, and in the details of its steps.
func documentsOf(t Trace) ([]part, error) {
	parts := map[string]part{}
	add := func(document, revision string, cited, held bool) {
		p, ok := parts[document]
		if !ok || cited && !p.cited {
			p = part{document, revision, cited, p.held}
		}
		if p.held = p.held || held; document != "" {
			parts[document] = p
		}
	}
	for _, c := range t.Answer.Citations {
		add(c.Document, c.Revision, true, true)
	}
	for _, p := range t.Answer.Passages {
		add(p.Document, p.Revision, false, true)
	}
	for _, s := range t.Steps {
		raw, err := json.Marshal(s.Detail)
		if err != nil {
			return nil, fmt.Errorf("detail of the step %q: %w", s.Name, err)
		}
		var detail any
		if err := json.Unmarshal(raw, &detail); err != nil {
			return nil, fmt.Errorf("detail of the step %q: %w", s.Name, err)
		}
		walk(detail, false, func(document string, passed bool) { add(document, "", false, !passed) })
	}
	all := make([]part, 0, len(parts))
	for _, p := range parts {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b part) int { return strings.Compare(a.document, b.document) })
	return all, nil
}

// walk finds the documents that a detail names under "document" or "documents", in
// any case of letters: a struct without JSON tags counts as well. passed is what stands below
// "dropped" and "ranked": the search passed over it, and nobody read it.
func walk(v any, passed bool, found func(document string, passed bool)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			walk(e, passed, found)
		}
	case map[string]any:
		for key, e := range v {
			if strings.EqualFold(key, "document") || strings.EqualFold(key, "documents") {
				names(e, func(document string) { found(document, passed) })
			}
			walk(e, passed || strings.EqualFold(key, "dropped") || strings.EqualFold(key, "ranked"), found)
		}
	}
}

func names(v any, found func(document string)) {
	switch v := v.(type) {
	case string:
		found(v)
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				found(s)
			}
		}
	}
}
