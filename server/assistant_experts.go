package server

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan/answer"
	"wenyuan/gateway"
	"wenyuan/web"
)

// expertsAt is the name of the experts in the form: experts.0.name and so on.
const expertsAt = "experts"

// maxExpertRows is how many rows of a form are read.
const maxExpertRows = 100

// showExperts are the experts of a draft as text, in which versions are compared.
func showExperts(d draft) string {
	var b strings.Builder
	for _, e := range d.Experts {
		fmt.Fprintf(&b, "%s: %s\n", e.Name, e.Model)
		for _, line := range e.About {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
		if len(e.Corpora) > 0 {
			fmt.Fprintf(&b, "  + %s\n", strings.Join(e.Corpora, ", "))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// readExperts takes the rows of the form over those that hold now: all but those that say nothing and the one that is
// removed, in the order that their places give.
func (k *desk) readExperts(form url.Values, d *draft) *web.Fault {
	type placed struct {
		answer.Expert
		at int
	}
	var rows []placed
	removed := form.Get("remove")
	for i := range maxExpertRows {
		at := func(name string) string { return fmt.Sprintf("%s.%d.%s", expertsAt, i, name) }
		if !form.Has(at("name")) {
			break
		}
		e := answer.Expert{Name: strings.TrimSpace(form.Get(at("name"))), Model: form.Get(at("model")), About: saidLines(held(form, at("about"))), Corpora: form[at("corpora")]}
		if removed == strconv.Itoa(i) || e.Name == "" && e.Model == "" && len(e.About)+len(e.Corpora) == 0 {
			continue
		}
		rows = append(rows, placed{k.asBefore(e), cmp.Or(number(form.Get(at("at"))), maxExpertRows)})
	}
	slices.SortStableFunc(rows, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	d.Experts = nil
	for _, r := range rows {
		d.Experts = append(d.Experts, r.Expert)
	}
	return expertFault(d)
}

// asBefore keeps what a control cannot say of the expert of that name, where it was not touched: lines with a break
// in them, and the order of its corpora.
func (k *desk) asBefore(e answer.Expert) answer.Expert {
	i := slices.IndexFunc(k.live.Experts, func(o answer.Expert) bool { return o.Name == e.Name })
	if i < 0 {
		return e
	}
	before := k.live.Experts[i]
	if slices.Equal(saidLines(strings.Join(before.About, "\n")), e.About) {
		e.About = before.About
	}
	if e.Corpora = inOrder(before.Corpora, e.Corpora); len(e.Corpora) == 0 {
		e.Corpora = nil
	}
	return e
}

// saidLines are the lines of a text that say something.
func saidLines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// expertFault says what is missing of the first expert that cannot be. Bounds are the room's to say.
func expertFault(d *draft) *web.Fault {
	for i, e := range d.Experts {
		switch {
		case e.Name == "":
			return &web.Fault{Key: "expert.name", Args: []any{i + 1}}
		case slices.ContainsFunc(d.Experts[:i], func(o answer.Expert) bool { return o.Name == e.Name }):
			return &web.Fault{Key: "expert.twice", Args: []any{e.Name}}
		case e.Model == "":
			return &web.Fault{Key: "expert.model", Args: []any{e.Name}}
		case e.Model == d.Model:
			return &web.Fault{Key: "expert.same", Args: []any{e.Name}}
		case len(e.About)+len(e.Corpora) == 0:
			return &web.Fault{Key: "expert.about", Args: []any{e.Name}}
		}
	}
	return nil
}

// expertRows are the experts of a draft as rows of the form, with an empty one behind them.
func (k *desk) expertRows(d draft, raw url.Values) (all []web.ExpertRow) {
	for i, e := range append(slices.Clone(d.Experts), answer.Expert{}) {
		row := web.ExpertRow{N: i, Name: e.Name, About: strings.Join(e.About, "\n"), New: i == len(d.Experts), Open: raw.Get("do") == "more", Many: len(d.Experts) > 1}
		for _, o := range able("choice.expert", gateway.Chat)(k) {
			o.Chosen = o.Value == e.Model
			row.Models = append(row.Models, o)
		}
		if !slices.ContainsFunc(row.Models, func(o web.Option) bool { return o.Chosen }) {
			row.Models = append(row.Models, web.Option{Value: e.Model, Chosen: true})
		}
		for _, name := range inOrder(d.Corpora, append(slices.Clone(d.Corpora), e.Corpora...)) {
			row.Corpora = append(row.Corpora, web.Option{Value: name, Chosen: slices.Contains(e.Corpora, name)})
		}
		all = append(all, row)
	}
	return all
}
