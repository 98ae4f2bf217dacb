package server

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan/answer"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/web"
)

func TestInOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, chosen, want []string }{
		{[]string{"c", "a"}, []string{"a", "c"}, []string{"c", "a"}},
		{[]string{"c", "a"}, []string{"a", "b", "c"}, []string{"c", "a", "b"}},
		{[]string{"c", "a"}, []string{"b", ""}, []string{"b"}},
		{nil, []string{"a"}, []string{"a"}},
		{[]string{"a"}, nil, []string{}},
	} {
		if d := cmp.Diff(c.want, inOrder(c.before, c.chosen)); d != "" {
			t.Errorf("%v, %v: %s", c.before, c.chosen, d)
		}
	}
}

// TestFormKeepsAll: what is shown and sent back unchanged is the assistant that it was.
func TestFormKeepsAll(t *testing.T) {
	t.Parallel()
	live := draft{Assistant: answer.Assistant{Name: "a", Title: "T", Corpora: []string{"c"}, Model: "gone", Judge: "gone too", Unsupported: answer.Withhold, Extractive: true, Notice: "n",
		Filters: retrieve.Filters{Floor: -1, Conflict: 0.25}.WithDefaults(), Engine: prompt.Settings{Budget: 4000, Order: prompt.BestLast, Values: map[string]any{"tone": "dry"}},
		Examples: []prompt.Example{{ID: "x", Question: "Is 2 < 3?", Answer: "Yes & no."}}, Recall: answer.Recall{Rounds: -1, Judge: answer.ByModel}}, words: "one\ntwo\n"}
	k := &desk{live: live, trusted: func(string) (answer.Agreement, bool) { return answer.Agreement{}, false }}
	sent := url.Values{}
	for _, g := range k.form(live, nil, nil).Groups {
		for _, f := range g.Fields {
			if f.Changed() || f.Fault != nil {
				t.Errorf("%s has changed by itself: %q, %q", f.Name, f.Live, f.Draft)
			}
			if f.Kind == "choice" {
				for _, o := range f.Options {
					if o.Chosen {
						sent.Add(f.Name, o.Value)
					}
				}
				continue
			}
			sent.Set(f.Name, strings.ReplaceAll(f.Draft, "\n", "\r\n"))
		}
	}
	sent.Set("corpora", "c")
	d, faults := k.read(sent)
	if len(faults) > 0 {
		t.Errorf("faults: %v", faults)
	}
	want := live
	if d := cmp.Diff(want, d, cmp.AllowUnexported(draft{}, answer.Assistant{})); d != "" {
		t.Error(d)
	}
}

// TestNumbers: each number is taken as people write it, and refused with its bound.
func TestNumbers(t *testing.T) {
	t.Parallel()
	var n int
	var f float64
	count := whole("keep", 1, 64, "8", func(*draft) *int { return &n })
	part := share("floor", -1, 1, "0.42", func(*draft) *float64 { return &f })
	for text, want := range map[string]string{"12": "", "": "", "0": "between", "65": "between", "x": "whole", "1e3": "whole", "1.5": "whole"} {
		if fault := count.take(&draft{}, text); key(fault) != want {
			t.Errorf("whole %q: %q, want %q", text, key(fault), want)
		}
	}
	for text, want := range map[string]string{"0.5": "", "": "", "−1": "", "-1": "", "0": "zero", "1.1": "between", "0,5": "number", "NaN": "number", "Inf": "between"} {
		if fault := part.take(&draft{}, text); key(fault) != want {
			t.Errorf("share %q: %q, want %q", text, key(fault), want)
		}
	}
}

func key(f *web.Fault) string {
	if f == nil {
		return ""
	}
	return f.Key
}
