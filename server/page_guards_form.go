package server

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan/gateway"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/guard/rule"
	"wenyuan/web"
)

// maxLines is how many lines of a policy a form is read for.
const maxLines = 200

// read takes a posted form over the newest version. Rule sets have a page of their own.
func (k *guardDesk) read(form url.Values) {
	get := func(name string) string { return strings.TrimSpace(held(form, name)) }
	p := k.newest.Policy
	p.Title = get("gtitle")
	p.Hosts = strings.Fields(get("hosts"))
	p.Fence = guard.Fence{Mode: get("fence_mode"), About: get("fence_about"), At: decimalOf(get("fence_at")), Small: get("fence_small") != "", Model: get("fence_model")}
	if p.Fence.Mode != guard.FenceModel {
		p.Fence.Model = ""
	}
	if p.Fence.Mode == guard.FenceOff {
		p.Fence.At = 0
	}
	p.Checks = nil
	for n := 0; n < maxLines && form.Has(lineName(n, "check")); n++ {
		p.Checks = append(p.Checks, readLine(form, n))
	}
	k.draft = p
}

func lineName(n int, what string) string { return "c" + strconv.Itoa(n) + "." + what }

// readLine reads one check. What it has no use for is left out, whatever was sent.
func readLine(form url.Values, n int) guard.Check {
	get := func(name string) string { return strings.TrimSpace(form.Get(lineName(n, name))) }
	c := guard.Check{Check: get("check"), Action: guard.Action(get("action")), At: decimalOf(get("at"))}
	for _, place := range form[lineName(n, "places")] {
		c.Places = append(c.Places, guard.Place(place))
	}
	c.Kinds = form[lineName(n, "kinds")]
	t, _ := guard.TraitOf(c.Check)
	if t.Kinds == nil {
		c.Kinds = words(get("kinds"))
	}
	if t.Severity {
		c.Severity = get("severity")
	}
	if t.Covers && c.Action == guard.Mask {
		c.How = get("how")
	}
	if t.Outside {
		c.Fail, c.Model = get("fail"), get("model")
		if v := get("timeout"); v != "" {
			var err error
			if c.Timeout, err = strconv.Atoi(minus.Replace(v)); err != nil {
				c.Timeout = -1 // which the room refuses
			}
		}
	}
	return c
}

// words are those of a line, apart by spaces or commas.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;，、；\t", r) })
}

// decimalOf is a number as it was typed; one that is none is -1, which the room refuses, and an empty
// one 0, for which it takes what is usual.
func decimalOf(s string) float64 {
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(minus.Replace(s), 64)
	if err != nil {
		return -1
	}
	return f
}

// fill lays out the draft beside what holds.
func (k *guardDesk) fill(r *request, p *web.PolicyPage, form url.Values) {
	faults := k.s.Guards.Validate(r.scope.Space(), k.draft)
	p.Form = k.form(faults, form)
	was, gone := k.pairs()
	for n, c := range k.draft.Checks {
		p.Lines = append(p.Lines, k.line(n, c, was[n], faults, form))
	}
	for _, c := range gone {
		p.Gone = append(p.Gone, checkView(c))
	}
	for _, f := range faults {
		if !strings.HasPrefix(f.Path, "checks[") && !strings.HasPrefix(f.Path, "rules[") && fieldOf(f.Path) == "" {
			p.Faults = append(p.Faults, f.Message)
		}
	}
	p.Sets = k.sets()
}

// pairs finds for each line of the draft the line that it was, and the lines that it has no more.
func (k *guardDesk) pairs() (was []*guard.Check, gone []guard.Check) {
	was = make([]*guard.Check, len(k.draft.Checks))
	if k.live == nil {
		return was, nil
	}
	rest := slices.Clone(k.live.Checks)
	take := func(fits func(a, b guard.Check) bool) {
		for n, c := range k.draft.Checks {
			i := slices.IndexFunc(rest, func(o guard.Check) bool { return fits(c, o) })
			if was[n] == nil && i >= 0 {
				was[n] = &rest[i]
				rest = append(slices.Clone(rest[:i]), rest[i+1:]...)
			}
		}
	}
	take(func(a, b guard.Check) bool { return checkView(a).Is(checkView(b)) })
	take(func(a, b guard.Check) bool { return a.Check == b.Check && slices.Equal(a.Places, b.Places) })
	take(func(a, b guard.Check) bool { return a.Check == b.Check })
	return was, rest
}

func checkView(c guard.Check) web.PolicyCheck {
	out := web.PolicyCheck{Check: c.Check, Kinds: c.Kinds, Severity: c.Severity, At: strconv.FormatFloat(c.At, 'g', -1, 64), Action: string(c.Action), How: c.How, Fail: c.Fail, Model: c.Model}
	t, _ := guard.TraitOf(c.Check)
	if c.At == 0 {
		out.At = strconv.FormatFloat(t.At, 'g', -1, 64)
	}
	for _, place := range guard.Places() {
		if slices.Contains(c.Places, place) {
			out.Places = append(out.Places, string(place))
		}
	}
	if c.Timeout > 0 {
		out.Timeout = strconv.Itoa(c.Timeout)
	}
	return out
}

// line is one check with its controls.
func (k *guardDesk) line(n int, c guard.Check, was *guard.Check, faults []guard.Fault, form url.Values) web.PolicyLine {
	l := web.PolicyLine{N: n, Now: checkView(c)}
	if was != nil {
		v := checkView(*was)
		l.Was = &v
	}
	t, _ := guard.TraitOf(c.Check)
	l.AtUsual = strconv.FormatFloat(t.At, 'g', -1, 64)
	l.At = l.Now.At
	if name := lineName(n, "at"); form.Has(name) {
		l.At = form.Get(name)
	}
	for _, place := range t.Places {
		l.Places = append(l.Places, web.Option{Value: string(place), Chosen: slices.Contains(c.Places, place)})
	}
	for _, kind := range t.Kinds {
		l.Kinds = append(l.Kinds, web.Option{Value: kind, Chosen: slices.Contains(c.Kinds, kind)})
	}
	l.Typed = strings.Join(c.Kinds, ", ")
	for _, a := range guard.Actions() {
		if a != guard.Mask || t.Cuts || c.Action == a {
			l.Actions = append(l.Actions, web.Option{Value: string(a), Chosen: c.Action == a})
		}
	}
	if t.Severity {
		l.Levels = chosen(c.Severity, "", "low", "medium", "high")
	}
	if t.Covers {
		l.Hows = chosen(cmp.Or(c.How, string(pii.Mask)), string(pii.Mask), string(pii.Hash), string(pii.Token))
	}
	if t.Outside {
		l.Fails = chosen(c.Fail, "closed", "open")
		l.Models = k.models(c.Model, map[bool]string{true: gateway.Moderation, false: gateway.Chat}[c.Check == guard.Moderation])
	}
	for _, f := range faults {
		if at := fmt.Sprintf("checks[%d]", n); f.Path == at || strings.HasPrefix(f.Path, at+".") {
			l.Faults = append(l.Faults, f.Message)
		}
	}
	return l
}

func chosen(is string, values ...string) (out []web.Option) {
	for _, v := range values {
		out = append(out, web.Option{Value: v, Chosen: v == is})
	}
	return out
}

// models are those of the space that can do something, and the one that is named.
func (k *guardDesk) models(is, what string) (out []web.Option) {
	for _, m := range k.s.Gateway.List(k.space) {
		if m.Able(what) {
			out = append(out, web.Option{Value: m.Name, Chosen: m.Name == is})
		}
	}
	if !slices.ContainsFunc(out, func(o web.Option) bool { return o.Chosen }) {
		out = slices.Insert(out, 0, web.Option{Value: is, Chosen: true})
	}
	return out
}

// fieldOf is the setting that a fault is about; "" where it is about none.
func fieldOf(path string) string {
	switch {
	case path == "title":
		return "gtitle"
	case strings.HasPrefix(path, "hosts"):
		return "hosts"
	case strings.HasPrefix(path, "fence."):
		return "fence_" + strings.TrimPrefix(path, "fence.")
	}
	return ""
}

// form are the settings beside the checks.
func (k *guardDesk) form(faults []guard.Fault, raw url.Values) web.Form {
	at := func(f guard.Fence) string {
		if f.At == 0 {
			return ""
		}
		return strconv.FormatFloat(f.At, 'g', -1, 64)
	}
	on := map[bool]string{true: "on"}
	show := func(p guard.Policy) map[string]string {
		return map[string]string{"gtitle": p.Title, "hosts": strings.Join(p.Hosts, "\n"), "fence_mode": cmp.Or(p.Fence.Mode, guard.FenceOff), "fence_about": p.Fence.About, "fence_at": at(p.Fence), "fence_small": on[p.Fence.Small], "fence_model": p.Fence.Model}
	}
	now, was := show(k.draft), map[string]string{}
	f := web.Form{Live: k.hash}
	if k.live != nil {
		was = show(*k.live)
	}
	field := func(name, kind, usual string, options ...string) web.Field {
		x := web.Field{Name: name, Kind: kind, Live: was[name], Draft: now[name], Default: usual, Rows: 4}
		if kind == "number" && raw.Has(name) {
			x.Draft = raw.Get(name)
		}
		for _, o := range options {
			x.Options = append(x.Options, web.Option{Value: o, Word: "choice." + name + "_" + o, Live: o == x.Live && k.live != nil, Chosen: o == x.Draft})
		}
		if kind == "long" && k.live != nil && x.Live != x.Draft {
			x.Diff = difference(x.Live, x.Draft)
		}
		for _, fault := range faults {
			if fieldOf(fault.Path) == name {
				x.Fault = &web.Fault{Problem: &web.Problem{Message: fault.Message}}
			}
		}
		return x
	}
	model := field("fence_model", "choice", "")
	model.Options = append([]web.Option{{Word: "choice.none", Live: was["fence_model"] == "" && k.live != nil, Chosen: now["fence_model"] == ""}}, k.chatModels(now["fence_model"], was["fence_model"])...)
	f.Groups = []web.Group{
		{Name: "fence", Fields: []web.Field{field("fence_mode", "choice", "", guard.FenceOff, guard.FenceCorpus, guard.FenceModel), field("fence_about", "text", ""), field("fence_at", "number", "0.6"), field("fence_small", "flag", ""), model}},
		{Name: "hosts", Fields: []web.Field{field("hosts", "long", "example.com")}},
		{Name: "gpolicy", Fields: []web.Field{field("gtitle", "text", "")}},
	}
	return f
}

// chatModels are those that can be asked, and the ones that are named.
func (k *guardDesk) chatModels(now, was string) (out []web.Option) {
	names := []string{}
	for _, m := range k.s.Gateway.List(k.space) {
		if m.Able(gateway.Chat) {
			names = append(names, m.Name)
		}
	}
	for _, held := range []string{now, was} {
		if held != "" && !slices.Contains(names, held) {
			names = append(names, held)
		}
	}
	for _, n := range names {
		out = append(out, web.Option{Value: n, Live: n == was, Chosen: n == now})
	}
	return out
}

// sets are the rule sets of the draft.
func (k *guardDesk) sets() (out []web.RuleSetRow) {
	for _, s := range k.draft.Rules {
		row := web.RuleSetRow{Name: s.Name, Changed: true}
		if set, err := rule.Parse(s.Name, s.Text); err == nil {
			row.Rules = set.Rules()
		} else {
			row.Faults = len(lineFaults(s.Text, err))
		}
		if k.live != nil {
			row.Changed = !slices.Contains(k.live.Rules, s)
		}
		out = append(out, row)
	}
	return out
}
