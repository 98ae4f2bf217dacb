package server

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
)

// ofTools looks at what a request says of its tools: clients often have it from elsewhere, and models
// read it as instructions. It is looked at as what people ask, and not as what tools give back: a
// description tells what to do, which nothing that was looked up does. What is covered in instructions
// is covered there.
func (p *plainGuard) ofTools(ctx context.Context, q *wenyuan.Request) (err error) {
	q.Tools = slices.Clone(q.Tools)
	for i := range q.Tools {
		t := &q.Tools[i]
		if p.guard.Checks(guard.Input) {
			said := strings.Join(append([]string{t.Description}, proseOf(t.Parameters)...), "\n")
			d, err := p.guard.Again(ctx, guard.Input, said, p.theirs())
			if err != nil {
				return err
			}
			if d.Stops() {
				return &wenyuan.Error{Code: guardRefused, Message: "the guards do not let the description of the tool " + t.Name + " through", Hint: "leave the tool out, or put its description in other words"}
			}
		}
		if t.Description, err = p.guard.Cover(ctx, guard.Input, t.Description, p.about); err != nil {
			return err
		}
		if t.Parameters, err = p.coverJSON(ctx, t.Parameters); err != nil {
			return err
		}
	}
	return nil
}

// proseOf are the strings of a schema that are more than a word: what could say something.
func proseOf(schema json.RawMessage) []string {
	if len(schema) == 0 {
		return nil
	}
	return slices.DeleteFunc(valuesOf(string(schema)), func(s string) bool { return len(s) < 12 })
}

// coverJSON covers the strings of a JSON text.
func (p *plainGuard) coverJSON(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return raw, nil
	}
	text, err := withStrings(string(raw), func(s string) (string, error) { return p.guard.Cover(ctx, guard.Input, s, p.about) })
	return json.RawMessage(text), err
}

// coverForm covers what a model is told of the form of its answer.
func (p *plainGuard) coverForm(ctx context.Context, w *wantedForm) (err error) {
	if p.guard == nil {
		return nil
	}
	if w.schema != nil {
		s := *w.schema
		if s.Schema, err = p.coverJSON(ctx, s.Schema); err != nil {
			return err
		}
		w.schema = &s
	}
	w.told, err = p.guard.Cover(ctx, guard.Input, w.told, p.about)
	return err
}
