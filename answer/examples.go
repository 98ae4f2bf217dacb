package answer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/prompt/library"
)

// examples gives those of the assistant's library that are nearest to the question, of which the prompt engine
// chooses. They are of samples all of whose documents the asker sees now.
func (w *work) examples(ctx context.Context) ([]prompt.Example, error) {
	if w.assistant.Library == "" {
		return nil, nil
	}
	if w.offered == nil {
		near, err := w.answerer.Examples.Nearest(ctx, w.scope, library.Question{Library: w.assistant.Library, Text: w.asked, Most: library.MaxNearest, Apart: w.question.Apart})
		if err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
		for i := range near.Examples {
			x := &near.Examples[i]
			for _, text := range []*string{&x.Question, &x.Answer} {
				if *text, err = w.told(ctx, *text); err != nil {
					return nil, fmt.Errorf("answer: %w", err)
				}
			}
		}
		w.offered = &near
	}
	var all []prompt.Example
	for _, x := range w.offered.Examples {
		all = append(all, prompt.Example{ID: x.Sample, Question: x.Question, Answer: x.Answer})
	}
	return all, nil
}

// exampled is what a trace keeps of the examples of a library: no word of them, as these stay where they can be
// erased. By its documents the trace is for who sees them too, and forgets with them.
type exampled struct {
	Library wenyuan.Version `json:"library"`
	Shown   []shownExample  `json:"shown"`
	Left    map[string]int  `json:"left,omitempty"` // others as near, by why they are left out
	Near    int             `json:"near"`           // that the prompt engine chose from
}

type shownExample struct {
	Sample    string        `json:"sample"`
	Hash      string        `json:"hash"`
	Near      float64       `json:"near"` // to the question, 0 to 1
	Foreign   bool          `json:"foreign,omitempty"`
	Documents []exampleFrom `json:"from,omitempty"`
}

type exampleFrom struct {
	Document string `json:"document"`
	Revision string `json:"revision,omitempty"`
}

// showed notes which examples of the library are in the prompt.
func (w *work) showed(b prompt.Built) {
	if w.offered == nil {
		return
	}
	w.exemplars = nil
	detail := exampled{Library: w.offered.Library, Shown: []shownExample{}, Left: w.offered.Left, Near: len(w.offered.Examples)}
	for _, i := range b.Plan.Items {
		at := slices.IndexFunc(w.offered.Examples, func(x library.Near) bool { return i.Kind == prompt.Examples && i.Kept && x.Sample == i.ID })
		if at < 0 {
			continue
		}
		x := w.offered.Examples[at]
		one := shownExample{Sample: x.Sample, Hash: x.Hash, Near: x.Near, Foreign: x.Foreign}
		for _, d := range x.Documents {
			one.Documents = append(one.Documents, exampleFrom{d.ID, d.Revision})
			w.hold(d.ID)
		}
		w.exemplars, detail.Shown = append(w.exemplars, x.Exemplar), append(detail.Shown, one)
	}
	summary := fmt.Sprintf("%s: %d of %d", w.offered.Library.Name, len(detail.Shown), detail.Near)
	if len(detail.Left) > 0 {
		summary += ", left out: " + strings.Join(slices.Sorted(maps.Keys(detail.Left)), ", ")
	}
	w.step("examples")(summary, detail)
}

// madeOf adds the documents of examples to those that a prompt was made from.
func madeOf(all []manner.Made, examples []dataset.Exemplar) []manner.Made {
	for _, x := range examples {
		for _, d := range x.Documents {
			if one := (manner.Made{Document: d.ID, Revision: d.Revision}); !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// pinLibrary puts the version that is in use now in the place of a library's name.
func (a *Answerer) pinLibrary(ctx context.Context, sc scope.Scope, as *Assistant) (err error) {
	if as.Library != "" {
		as.Library, err = a.Examples.Pin(ctx, sc, as.Library)
	}
	return err
}
