package prompt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/lang"
)

// twin is how near two questions of examples are that show the same.
const twin = 0.8

// kindHead is the tokens of the line above a block, paid with its first piece.
const kindHead = 20

// examples takes those whose question is nearest to this one, in its language before others, and unlike each other.
func (e *engine) examples() {
	type rated struct {
		Example
		bag     bag
		rel     float64
		foreign bool
		item    Item
	}
	var all []rated
	var texts []bag
	for i, x := range slices.Concat(e.in.Examples, e.in.Away) {
		b := e.bags.of(x.Question)
		texts = append(texts, b)
		item := Item{Kind: Examples, ID: cmp.Or(x.ID, fmt.Sprint(i+1)), Title: title(x.Question)}
		if i >= len(e.in.Examples) {
			item.Title, e.away[item.ID] = item.ID, true
		}
		all = append(all, rated{x, b, 0, (lang.Of(x.Question) == lang.Chinese) != e.style.chinese, item})
	}
	rare := rarityOf(texts)
	for i := range all {
		all[i].rel = rare.near(e.question, all[i].bag)
		all[i].item.Score = score(all[i].rel)
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Or(byBool(a.foreign, b.foreign), cmp.Compare(b.rel, a.rel)) })
	var taken []rated
	for _, x := range all {
		near, to := 0.0, ""
		for _, t := range taken {
			if n := alike(x.bag, t.bag); n > near {
				near, to = n, t.item.Title
			}
		}
		x.item.Tokens = e.count.guess.count(x.Question) + e.count.guess.count(x.Answer)
		switch {
		case !e.template.shows[Examples]:
			e.leave(x.item, NotShown, "the template has no place for it")
			continue
		case near >= twin:
			e.leave(x.item, LessNew, fmt.Sprintf("%.0f %% the same as “%s”", 100*near, to))
			continue
		case len(taken) >= e.set.Most:
			e.leave(x.item, AtMost, fmt.Sprintf("the %d examples that were kept are nearer to the question", e.set.Most))
			continue
		}
		x.item.Tokens = e.count.of(e.style.example(len(taken)+1, x.Example))
		if len(taken) == 0 {
			x.item.Tokens += kindHead
		}
		if room := e.room(Examples, e.set.Examples); x.item.Tokens > room {
			e.leave(x.item, OverBudget, overBudget(x.item.Tokens, room))
			continue
		}
		e.take(Examples, x.item.Tokens)
		taken = append(taken, x)
		e.shown = append(e.shown, pick[Example]{x.Example, x.item})
	}
}

// tools offers those that the question may need. Words say nothing about a tool that is
// described in the other language: such tools are offered in their order, as there is room.
func (e *engine) tools() {
	rated := e.rateTools()
	slices.SortStableFunc(rated, func(a, b pick[wenyuan.Tool]) int { return cmp.Compare(b.item.Score, a.item.Score) })
	for _, t := range rated {
		foreign := (lang.Of(t.what.Name+" "+t.what.Description) == lang.Chinese) != e.style.chinese
		if t.item.Score < e.set.Floor && !foreign {
			e.leave(t.item, BelowFloor, fmt.Sprintf("%.0f %% near to the question, the floor is %.0f %%", 100*t.item.Score, 100*e.set.Floor))
			continue
		}
		t.item.Tokens = e.count.of(t.what.Name+" "+t.what.Description+" "+string(t.what.Parameters)) + 2*perMessage
		if room := e.room(Tools, e.set.Tools); t.item.Tokens > room {
			e.leave(t.item, OverBudget, overBudget(t.item.Tokens, room))
			continue
		}
		e.take(Tools, t.item.Tokens)
		e.offered = append(e.offered, t)
	}
}

// rateTools says how near each tool is to the question: how much of its name and description
// the question holds and the other way round.
func (e *engine) rateTools() []pick[wenyuan.Tool] {
	names, all := make([]bag, len(e.in.Tools)), make([]bag, len(e.in.Tools))
	for i, t := range e.in.Tools {
		name := strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(t.Name)
		names[i] = e.bags.of(name)
		all[i] = e.bags.of(name, t.Description, described(t.Parameters))
	}
	rare := rarityOf(all)
	out := make([]pick[wenyuan.Tool], len(e.in.Tools))
	for i, t := range e.in.Tools {
		near := max(rare.near(e.question, all[i]), rare.covers(e.question, all[i]), 0.8*rare.near(e.question, names[i]))
		t.Description, t.Parameters = clean(t.Description), cleanJSON(t.Parameters)
		out[i] = pick[wenyuan.Tool]{t, Item{Kind: Tools, ID: t.Name, Title: t.Name, Score: score(near)}}
	}
	return out
}

// described are the texts of a schema: the names of its properties and their descriptions.
func described(schema json.RawMessage) string {
	var b strings.Builder
	each(decoded(schema), func(s string) string { b.WriteString(s + " "); return s })
	return b.String()
}

func decoded(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// each calls f on every text of a JSON value, keys included, and puts what it gives in the
// place of the values.
func each(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = each(v[i], f)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			f(k)
			v[k] = each(v[k], f)
		}
	}
	return v
}

// cleanJSON cleans the texts of a schema. One with nothing to clean stays as it was written.
func cleanJSON(raw json.RawMessage) json.RawMessage {
	dirty := false
	v := each(decoded(raw), func(s string) string {
		c := clean(s)
		dirty = dirty || c != s
		return c
	})
	if !dirty {
		return raw
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}
