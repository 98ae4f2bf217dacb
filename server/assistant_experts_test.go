package server

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan/answer"
	"wenyuan/gateway"
	"wenyuan/web"
)

// expertForm is what a browser sends of the experts that a form shows.
func expertForm(rows []web.ExpertRow) url.Values {
	sent := url.Values{}
	for _, r := range rows {
		at := fmt.Sprintf("experts.%d.", r.N)
		sent.Set(at+"name", r.Name)
		sent.Set(at+"about", strings.ReplaceAll(r.About, "\n", "\r\n"))
		for _, o := range r.Models {
			if o.Chosen {
				sent.Set(at+"model", o.Value)
			}
		}
		for _, o := range r.Corpora {
			if o.Chosen {
				sent.Add(at+"corpora", o.Value)
			}
		}
		if r.Many && !r.New {
			sent.Set(at+"at", fmt.Sprint(r.Place()))
		}
	}
	return sent
}

// TestExpertRows: experts come back from the form as they were, are added, removed and put in another order, and what
// is missing is said by name.
func TestExpertRows(t *testing.T) {
	t.Parallel()
	experts := []answer.Expert{
		{Name: "leave", Model: "gone", About: []string{"How many days\nof leave?", "Who signs?"}, Corpora: []string{"b", "a"}},
		{Name: "制度", Model: "small", About: []string{"<b>年假</b>"}},
	}
	k := &desk{live: draft{Assistant: answer.Assistant{Name: "x", Model: "large", Corpora: []string{"a", "b", "c"}, Experts: experts}},
		models: []gateway.Listed{{Spec: gateway.Spec{Name: "small"}}, {Spec: gateway.Spec{Name: "large"}}}}
	rows := k.expertRows(k.live, nil)
	if len(rows) != 3 || !rows[2].New || rows[2].Name != "" {
		t.Fatalf("%+v", rows)
	}
	read := func(change func(url.Values)) ([]answer.Expert, *web.Fault) {
		sent, d := expertForm(rows), k.live
		change(sent)
		fault := k.readExperts(sent, &d)
		return d.Experts, fault
	}
	for name, c := range map[string]struct {
		change func(url.Values)
		want   []answer.Expert
		fault  string
	}{
		"as they were": {func(url.Values) {}, experts, ""},
		"one removed":  {func(v url.Values) { v.Set("remove", "0") }, experts[1:], ""},
		"turned":       {func(v url.Values) { v.Set("experts.0.at", "9") }, []answer.Expert{experts[1], experts[0]}, ""},
		"one more": {func(v url.Values) {
			v.Set("experts.2.name", " new ")
			v.Set("experts.2.model", "small")
			v.Set("experts.2.about", "One?\r\n\r\n Two? ")
		}, append(experts[:2:2], answer.Expert{Name: "new", Model: "small", About: []string{"One?", "Two?"}}), ""},
		"no name":      {func(v url.Values) { v.Set("experts.2.model", "small") }, append(experts[:2:2], answer.Expert{Model: "small"}), "expert.name"},
		"no model":     {func(v url.Values) { v.Set("experts.2.name", "n") }, append(experts[:2:2], answer.Expert{Name: "n"}), "expert.model"},
		"for nothing":  {func(v url.Values) { v.Set("experts.1.about", " ") }, []answer.Expert{experts[0], {Name: "制度", Model: "small"}}, "expert.about"},
		"twice":        {func(v url.Values) { v.Set("experts.1.name", "leave") }, nil, "expert.twice"},
		"its own":      {func(v url.Values) { v.Set("experts.1.model", "large") }, nil, "expert.same"},
		"none at all":  {func(v url.Values) { clear(v) }, nil, ""},
		"one corpus":   {func(v url.Values) { v["experts.0.corpora"] = []string{"a"} }, []answer.Expert{{Name: "leave", Model: "gone", About: experts[0].About, Corpora: []string{"a"}}, experts[1]}, ""},
		"other words":  {func(v url.Values) { v.Set("experts.1.about", "年假\n病假") }, []answer.Expert{experts[0], {Name: "制度", Model: "small", About: []string{"年假", "病假"}}}, ""},
		"another name": {func(v url.Values) { v.Set("experts.1.name", "hr") }, []answer.Expert{experts[0], {Name: "hr", Model: "small", About: experts[1].About}}, ""},
	} {
		got, fault := read(c.change)
		key := ""
		if fault != nil {
			key = fault.Key
		}
		if d := cmp.Diff(c.want, got); key != c.fault || d != "" && (c.want != nil || c.fault == "") {
			t.Errorf("%s: fault %q, want %q: %s", name, key, c.fault, d)
		}
	}
}
