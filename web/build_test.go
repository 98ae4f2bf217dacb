package web

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHostileBuild puts markup into every text of the places Build and Run.
func TestHostileBuild(t *testing.T) {
	t.Parallel()
	r := New()
	problem := &Problem{hostile, hostile, hostile}
	row := AssistantRow{Name: hostile, Title: hostile, Corpora: []string{hostile}, Model: hostile, Prompt: hostile, Unsupported: "mark", Hash: hostile, Moved: 1}
	diff := []DiffLine{{"d", 1, 0, []DiffPart{{hostile, true}}}, {"a", 0, 1, []DiffPart{{hostile, false}}}}
	form := Form{Live: hostile, Problem: problem, Groups: []Group{{"who", []Field{
		{Name: "title", Kind: "text", Live: hostile, Draft: hostile + "x", Default: hostile, Fault: &Fault{Problem: problem}},
		{Name: "corpora", Kind: "many", Options: []Option{{Value: hostile, Live: true}}, Fault: &Fault{Key: "unknown", Args: []any{hostile}}},
		{Name: "model", Kind: "choice", Live: hostile, Options: []Option{{Value: hostile, Chosen: true}}, Note: &Remark{Key: "note.closed", Args: []any{hostile}}},
		{Name: "keep", Kind: "number", Live: hostile, Draft: hostile + "9", Default: hostile},
		{Name: "prompt", Kind: "long", Live: "x", Draft: hostile, Default: hostile, Diff: diff, Fault: &Fault{Key: "json", Args: []any{hostile}}},
	}}}}
	plan := &Plan{Model: hostile, Order: "edges", Format: hostile, Budget: 9, Parts: []Part{{"system", 3, 0}},
		Items: []Memory{{Kind: "knowledge", Title: hostile, Document: hostile, Kept: true, Score: 2}, {Kind: "tools", Title: hostile, Code: hostile, Why: hostile}},
		Sent:  []Sent{{"user", hostile + strings.Repeat(hostile+"\n", 100)}}, Tools: []Sent{{hostile, hostile}}}
	model := Model{Name: hostile, Tokenizer: hostile, Can: []string{"chat"}, Price: hostile, Declared: hostile, Hash: hostile, Fault: hostile, Requests: 1, Cost: hostile,
		Replicas: []Replica{{URL: hostile, Dialect: hostile, RemoteName: hostile, KeyEnv: hostile}},
		Test:     &ModelTest{At: 1, Checks: []ModelCheck{{What: "chat", URL: hostile, Problem: problem}, {What: "key", URL: hostile}}}}
	pages := map[string]func(*bytes.Buffer, Frame) error{
		"assistants": func(b *bytes.Buffer, f Frame) error {
			return r.Assistants(b, AssistantsPage{Frame: f, Assistants: []AssistantRow{row}})
		},
		"assistant": func(b *bytes.Buffer, f Frame) error {
			return r.Assistant(b, AssistantPage{Frame: f, Assistant: row, Form: form, Saved: hostile, Before: hostile})
		},
		"versions": func(b *bytes.Buffer, f Frame) error {
			return r.Versions(b, VersionsPage{Frame: f, Assistant: row, From: hostile, To: hostile, Compared: &form, Moved: hostile, Before: hostile, Problem: problem,
				Versions: []VersionRow{{Hash: hostile, By: hostile, Labels: []string{hostile}, Changes: []string{"model"}}, {Hash: "b", First: true}}})
		},
		"engine": func(b *bytes.Buffer, f Frame) error {
			return r.Engine(b, EnginePage{Frame: f, Assistant: row, Question: hostile, Trace: hostile, Corpus: hostile, Plan: plan, Problem: problem})
		},
		"gateway": func(b *bytes.Buffer, f Frame) error {
			return r.Gateway(b, GatewayPage{Frame: f, Models: []Model{model}, Looked: true, Found: []Model{model}, Default: hostile, Notice: "added", Changed: hostile, Problem: problem, Figures: []Figure{{"cost", hostile, hostile}}})
		},
		"model": func(b *bytes.Buffer, f Frame) error {
			return r.Model(b, ModelPage{Frame: f, Model: model, Form: form, Replicas: []ReplicaDraft{{Replica: model.Replicas[0], Live: &model.Replicas[0], Fault: map[string]*Fault{"url": {Problem: problem}}}}})
		},
	}
	for name, write := range pages {
		for _, l := range Langs {
			var b bytes.Buffer
			if err := write(&b, Frame{Lang: l, Path: hostile}); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			page := b.String()
			for _, bad := range []string{"<script>alert", "<img", `href="javascript`, " style=", " onclick=", "onerror=alert(1)>\""} {
				if i := strings.Index(page, bad); i >= 0 {
					t.Errorf("%s: the page holds %q: …%s…", name, bad, page[max(0, i-60):min(len(page), i+60)])
				}
			}
			if n := strings.Count(page, "<script"); n != 2 {
				t.Errorf("%s: %d scripts, not the module and the words", name, n)
			}
		}
	}
}

// TestPlan: the bar adds up to the whole, pieces stand in their places, nothing is lost in
// folding.
func TestPlan(t *testing.T) {
	t.Parallel()
	p := *samplePlan(English)
	var got []string
	for _, s := range p.Bar() {
		got = append(got, s.Class+" "+s.Wide)
	}
	want := []string{"m0 5.03%", "m1 8.28%", "m2 8.40%", "m3 2.61%", "m4 35.06%", "m0 0.59%", "mf 21.73%", "ma 18.31%"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got = nil
	for _, c := range p.Columns() {
		got = append(got, fmt.Sprintf("%s %d %s%s", c.Class, c.High, c.Word, c.Label))
	}
	want = []string{"m0 30 part.system", "m1 36 part.session", "m1 36 part.session", "m1 36 part.session", "m2 71 .71", "m2 66 .66", "m3 62 .62",
		"m4 93 .93", "m4 84 .84", "m4 66 .66", "m4 57 .58", "m4 71 .71", "m4 91 .91", "m0 30 part.question"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got = nil
	for _, m := range (EnginePage{Plan: &p}).Memories() {
		got = append(got, fmt.Sprintf("%s %d %d %d of %d", m.Kind, len(m.Kept), len(m.Left), len(m.Rest), m.All()))
	}
	want = []string{"knowledge 6 4 38 of 48", "tools 1 2 0 of 3", "examples 2 1 0 of 3", "session 3 1 0 of 4"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	over := Plan{Budget: 100, Reserve: 50, Parts: []Part{{"knowledge", 400, 0}}}
	if bar := over.Bar(); over.Free() != 0 || bar[0].Wide != "88.89%" || bar[1].Wide != "11.11%" {
		t.Errorf("a prompt over its budget: %v", bar)
	}
	for _, text := range []string{"", "short", strings.Repeat("字", 5000), strings.Repeat("one line of it\n", 300), "\n\n" + strings.Repeat("x", 1300)} {
		s := Sent{Content: text}
		joined := s.Open() + s.Folded()
		if strings.ReplaceAll(joined, "\n", "") != strings.ReplaceAll(text, "\n", "") || len([]rune(s.Open())) > openChars {
			t.Errorf("%.20q: %d open, %d folded of %d", text, len(s.Open()), len(s.Folded()), len(text))
		}
	}
}

// TestForm counts what differs and what cannot be.
func TestForm(t *testing.T) {
	t.Parallel()
	f := sampleForm(English, true)
	if f.Changes() != 9 || f.Faults() != 3 {
		t.Errorf("%d changes, %d faults", f.Changes(), f.Faults())
	}
	if len(f.First().Groups) != 1 || len(f.Rest().Groups) != len(f.Groups)-1 || len((Form{}).First().Groups) != 0 {
		t.Error("a form does not come apart into its first group and the rest")
	}
	var words []string
	for _, o := range f.Groups[0].Fields[1].Drafted() {
		words = append(words, o.Value)
	}
	if d := cmp.Diff([]string{"handbook", "alarms-2026", "manual"}, words); d != "" {
		t.Error(d)
	}
}
