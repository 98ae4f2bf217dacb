package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
	"wenyuan/version"
)

var li = wenyuan.Principal{ID: "psn_li", Name: "li"}

func quiet(dataset.Progress) error { return nil }

// A house is a store with data sets.
type house struct {
	*dataset.Sets
	t  testing.TB
	sc scope.Scope
}

func open(t testing.TB, c store.Config) *house {
	t.Helper()
	s := storetest.Open(t, c)
	return &house{dataset.Open(dataset.Config{Store: s}), t, scope.Space("main")}
}

func (h *house) write(f func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.Store.Write(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

// learn lets models learn from the space main, as its owner does.
func (h *house) learn(settings string) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE space SET settings = $1 WHERE id = 'main'`, settings)
		return err
	})
}

// file imports rows.
func (h *house) file(o dataset.ImportOrder, rows ...string) dataset.Imported {
	h.t.Helper()
	out, err := h.Import(h.t.Context(), h.sc, li, o, strings.NewReader(strings.Join(rows, "\n")), quiet)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *house) build(r dataset.Recipe) dataset.Report {
	h.t.Helper()
	out, err := h.Build(h.t.Context(), h.sc, li, r, quiet)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// rows are those of a split that somebody sees.
func (h *house) rows(sc scope.Scope, p wenyuan.Principal, which, split string) (all []dataset.Row) {
	h.t.Helper()
	for r, err := range h.Rows(h.t.Context(), sc, p, which, split) {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func qa(q, a string) string { return fmt.Sprintf(`{"question": %q, "answer": %q}`, q, a) }

// many are rows that have nothing in common but a few words.
func many(n int) (rows []string) {
	for i := range n {
		w := func(k int) string { return fmt.Sprintf("w%dx%d", i*7919%1009, k) }
		rows = append(rows, qa(fmt.Sprintf("what is %s of the %s and %s beside %s number %d?", w(1), w(2), w(3), w(4), i), fmt.Sprintf("it is %s, %s, %s and %s", w(5), w(6), w(7), w(8))))
	}
	return rows
}

func left(r dataset.Report, why string) (n int) {
	for _, l := range r.Left {
		if l.Why == why {
			n += l.Count
		}
	}
	return n
}

func TestImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		good := []string{qa("a?", "b"), qa("你好？", "好"), qa("a?", "b")}
		out := h.file(dataset.ImportOrder{Name: "x.jsonl", Licence: "MIT"}, good...)
		if out.Rows != 3 || out.Added != 2 || out.Format != form.Pairs || out.Languages["zh"] != 1 {
			t.Errorf("%+v", out)
		}
		if again := h.file(dataset.ImportOrder{Name: "x.jsonl", Licence: "MIT"}, good...); again.Added != 0 {
			t.Errorf("again: %+v", again)
		}
		if other := h.file(dataset.ImportOrder{Name: "y.jsonl"}, good...); other.Added != 2 {
			t.Errorf("under another name: %+v", other)
		}
		broken := []string{qa("c?", "d"), `{"question": 7`, qa("e?", "f")}
		if out := h.file(dataset.ImportOrder{Name: "z"}, broken...); out.Added != 0 || out.Broken != 1 || out.Faults[0].Line != 2 {
			t.Errorf("broken: %+v", out)
		}
		if out := h.file(dataset.ImportOrder{Name: "z", Broken: true}, broken...); out.Added != 2 || out.Broken != 1 {
			t.Errorf("broken, left out: %+v", out)
		}
		against := h.file(dataset.ImportOrder{Name: "o"},
			`{"prompt": "s", "chosen": "a", "rejected": "b"}`, `{"prompt": "s", "chosen": "b", "rejected": "a"}`,
			`{"prompt": "s", "completion": "a", "label": true}`, `{"prompt": "s", "completion": "a", "label": false}`, `{"prompt": "t", "completion": "a", "label": false}`)
		if !reflect.DeepEqual(against.Opposites, [][2]int{{1, 2}, {3, 4}}) && !reflect.DeepEqual(against.Opposites, [][2]int{{3, 4}, {1, 2}}) {
			t.Errorf("opposites: %+v", against)
		}
		if _, err := h.Import(t.Context(), scope.All("main", scope.Read|scope.Review), li, dataset.ImportOrder{Name: "n"}, strings.NewReader(good[0]), quiet); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("a reviewer imports: %v", err)
		}
	})
}

// TestBuild: equal content is an equal version, splits are kept together, and nothing is left out
// without being told.
func TestBuild(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		h.file(dataset.ImportOrder{Name: "a", Licence: "MIT"}, many(300)...)
		h.file(dataset.ImportOrder{Name: "b", Licence: "NC"}, many(20)...)
		h.file(dataset.ImportOrder{Name: "m", Licence: "MIT", Teacher: "big"}, qa("who was it that wrote the long letter of march?", "mira did"), qa("where is the blue lamp of the tower kept now?", "downstairs"))
		r := dataset.Recipe{Name: "s", From: dataset.Filter{Origins: []string{dataset.Import}}, Licences: []string{"MIT"}, Synthetic: 0.003, Licence: "MIT"}
		one := h.build(r)
		if one.Set.Rows != 300 || left(one, "licence") != 20 || left(one, "synthetic") != 2 || one.Set.Counts.Licence["MIT"] != 300 || one.Known {
			t.Fatalf("%+v", one)
		}
		s := one.Set.Counts.Split
		if s["train"] < 210 || s["valid"] < 12 || s["test"] < 12 || s["train"]+s["valid"]+s["test"] != 300 {
			t.Errorf("splits: %v", s)
		}
		if two := h.build(r); !two.Known || two.Dataset != one.Dataset {
			t.Errorf("again: %+v", two.Dataset)
		}
		r.Split.Seed = 7
		other := h.build(r)
		if other.Dataset.Hash == one.Dataset.Hash || other.Set.Content == one.Set.Content {
			t.Error("another seed gives the same set")
		}
		all := h.rows(h.sc, li, "s", "")
		if len(all) != 300 || all[0].Number != 0 || all[299].Number != 299 || len(h.rows(h.sc, li, one.Dataset.Hash[:10], "test")) != s["test"] {
			t.Errorf("%d rows", len(all))
		}
		d, err := h.Diff(t.Context(), h.sc, one.Dataset.Hash, "s")
		if err != nil || d.Same != 300 || d.Added != 0 || d.Moved == 0 || d.Moved == 300 {
			t.Errorf("%+v, %v", d, err)
		}
		h.file(dataset.ImportOrder{Name: "a2", Licence: "MIT"}, qa("what is entirely new in here today?", "this row"))
		h.build(r)
		if d, err = h.Diff(t.Context(), h.sc, other.Dataset.Hash, "s"); err != nil || d.Added != 1 || d.Removed != 0 || len(d.New) != 1 || d.Moved != 0 {
			t.Errorf("%+v, %v", d, err)
		}
		for range 2 { // found out, and known
			if back, err := h.Diff(t.Context(), h.sc, "s", other.Dataset.Hash); err != nil || back.Added != 0 || back.Removed != 1 || !slices.Equal(back.Gone, d.New) || len(back.New) != 0 {
				t.Errorf("the other way: %+v, %v", back, err)
			}
		}
		if _, err := h.Diff(t.Context(), scope.Space("other"), "s", other.Dataset.Hash); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("from another space: %v", err)
		}
		list, err := h.List(t.Context(), h.sc)
		if err != nil || len(list) != 1 || list[0].Set.Rows != 301 || len(list[0].Left) != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		if kept, err := h.History(t.Context(), h.sc, "s"); err != nil || len(kept) != 3 {
			t.Errorf("%v, %v", kept, err)
		}
	})
}

// TestTogether: what is nearly equal, answers the same or was said in one conversation stands in one split.
func TestTogether(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	long := "the pump of the third floor has to be primed before it is started, and after that the valve on its left side is opened slowly until the needle of the gauge stands still between the two marks"
	var rows []string
	for i := range 40 {
		rows = append(rows, qa(fmt.Sprintf("how is pump %d started", i), long), qa("what is asked often", fmt.Sprintf("answer %d", i)))
	}
	h.file(dataset.ImportOrder{Name: "near"}, append(rows, many(100)...)...)
	h.build(dataset.Recipe{Name: "near"})
	near, asked := map[string]int{}, map[string]int{}
	for _, r := range h.rows(h.sc, li, "near", "") {
		if r.Messages[1].Content == long {
			near[r.Split]++
		}
		if r.Messages[0].Content == "what is asked often" {
			asked[r.Split]++
		}
	}
	if len(near) != 1 || len(asked) != 1 {
		t.Errorf("near: %v, asked: %v", near, asked)
	}
	rep := h.build(dataset.Recipe{Name: "far", Near: dataset.Drop})
	if n := left(rep, "near"); n < 30 || n > 39 {
		t.Errorf("%d of 39 were dropped: %+v", n, rep.Left)
	}
	// What contradicts is left out.
	h.file(dataset.ImportOrder{Name: "o"}, `{"prompt": "s", "chosen": "a", "rejected": "b"}`, `{"prompt": "s", "chosen": "b", "rejected": "a"}`, `{"prompt": "t", "chosen": "b", "rejected": "a"}`)
	rep = h.build(dataset.Recipe{Name: "o", From: dataset.Filter{Sources: []string{"o"}}})
	if rep.Set.Rows != 1 || left(rep, "contradiction") != 2 {
		t.Errorf("%+v", rep)
	}
	if _, err := h.Build(t.Context(), h.sc, li, dataset.Recipe{Name: "n", From: dataset.Filter{Sources: []string{"nothing"}}}, quiet); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("of nothing: %v", err)
	}
}

// TestLeak: what a gate asks is in no set, neither word by word nor nearly.
func TestLeak(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	en := "Which valve of the feed pump has to be opened first when the boiler is cold and the tank is full?"
	zh := "锅炉冷态启动并且水箱已满时，给水泵的哪一个阀门必须首先打开？"
	h.file(dataset.ImportOrder{Name: "exam"}, qa(en, "the left one"), qa(zh, "左边的"))
	h.build(dataset.Recipe{Name: "exam", From: dataset.Filter{Sources: []string{"exam"}}})
	h.file(dataset.ImportOrder{Name: "t"}, append(many(50),
		qa("Please: which VALVE of the feed pump, has to be opened first when the boiler is cold... and more", "x"),
		qa("请问锅炉冷态启动并且水箱已满时给水泵的哪一个阀门必须先开", "y"),
		qa("Which valve is opened last?", "the right one"))...)
	r := dataset.Recipe{Name: "t", From: dataset.Filter{Sources: []string{"t"}}, Gates: []string{"exam"}}
	rep := h.build(r)
	if rep.Set.Rows != 51 || left(rep, "contaminated") != 2 || len(rep.Gates) != 1 || rep.Gates[0].Rows+rep.Gates[0].Near != 2 || rep.Gates[0].Reached != 2 {
		t.Errorf("%+v", rep)
	}
	// One that is labelled gate needs no naming.
	if err := h.Label(t.Context(), h.sc, "exam", dataset.Gate, "exam"); err != nil {
		t.Fatal(err)
	}
	r.Gates = nil
	if rep := h.build(r); left(rep, "contaminated") != 2 {
		t.Errorf("labelled: %+v", rep)
	}
	r.Gates = []string{"unknown"}
	if _, err := h.Build(t.Context(), h.sc, li, r, quiet); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("an unknown gate: %v", err)
	}
}

// TestScreen: what risk control finds is set aside with the reason, and comes back when a reviewer says so.
func TestScreen(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.Screen = func(_ context.Context, rows iter.Seq2[dataset.Candidate, error]) (all []dataset.Verdict, err error) {
		for c, err := range rows {
			if err != nil {
				return nil, err
			}
			if strings.Contains(c.Row.Messages[1].Content, "evil") {
				all = append(all, dataset.Verdict{Sample: c.Sample, Why: []dataset.Reason{{Kind: "noise", Score: 0.9}}})
			}
		}
		return all, nil
	}
	h.file(dataset.ImportOrder{Name: "s"}, append(many(10), qa("q", "evil"))...)
	rep := h.build(dataset.Recipe{Name: "s"})
	if rep.Set.Rows != 10 || left(rep, "screened") != 1 {
		t.Fatalf("%+v", rep)
	}
	page, err := h.Samples(t.Context(), h.sc, li, dataset.Filter{State: dataset.Aside}, "", 0)
	if err != nil || len(page.Samples) != 1 || page.Samples[0].Why[0].Kind != "noise" {
		t.Fatalf("%+v, %v", page, err)
	}
	if n, err := h.SetAside(t.Context(), h.sc, li, []string{page.Samples[0].ID}, true, ""); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if rep := h.build(dataset.Recipe{Name: "s"}); rep.Set.Rows != 11 || left(rep, "screened") != 0 {
		t.Errorf("what a reviewer put back: %+v", rep)
	}
	if _, err := h.SetAside(t.Context(), scope.All("main", scope.Edit), li, []string{page.Samples[0].ID}, false, ""); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an editor: %v", err)
	}
}

// TestBrokenOff: a build that was broken off is gone on with, and shows nothing before it is through.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		h.file(dataset.ImportOrder{Name: "a"}, many(6000)...)
		stop := errors.New("stop")
		r := dataset.Recipe{Name: "s"}
		_, err := h.Build(t.Context(), h.sc, li, r, func(p dataset.Progress) error {
			if p.Stage == "write" {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if _, err := h.Get(t.Context(), h.sc, "s"); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("half a set: %v", err)
		}
		if rep := h.build(r); rep.Set.Rows != 6000 || len(h.rows(h.sc, li, "s", "")) != 6000 {
			t.Errorf("%d rows", rep.Set.Rows)
		}
	})
}

// said keeps an answer as the asking road does.
func (h *house) said(tr trace.Trace) string {
	h.t.Helper()
	tr.ID, tr.Space = trace.NewID(), "main"
	h.write(func(tx *store.Tx) error {
		tr.Created = tx.Now
		if err := trace.Save(h.t.Context(), tx, tr); err != nil {
			return err
		}
		if tr.Conversation == "" {
			return nil
		}
		if _, err := tx.Exec(h.t.Context(), `INSERT INTO conversation (id, space, assistant, version, title, principal, created, updated) VALUES ($1, 'main', 'desk', '', '', $2, $3, $3) ON CONFLICT DO NOTHING`, tr.Conversation, tr.Principal, tx.Now); err != nil {
			return err
		}
		_, err := tx.Exec(h.t.Context(), `INSERT INTO turn (conversation, number, space, question, trace, created) VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM turn WHERE conversation = $1), 'main', $2, $3, $4)`, tr.Conversation, tr.Question, tr.ID, tx.Now)
		return err
	})
	return tr.ID
}

func answer(text string, documents ...string) wenyuan.Answer {
	a := wenyuan.Answer{Answer: text, Sentences: []wenyuan.Sentence{{Text: text, Verdict: wenyuan.Supported}}, Versions: []wenyuan.Version{{Kind: "model", Name: "m", Hash: "aa"}, {Kind: "revision", Name: "d", Hash: "bb"}}}
	for i, d := range documents {
		a.Citations = append(a.Citations, wenyuan.Citation{N: i + 1, Document: d, Revision: "r1"})
	}
	return a
}

func (h *house) capture() dataset.Captured {
	h.t.Helper()
	out, err := h.Capture(h.t.Context(), h.sc, quiet)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *house) samples(sc scope.Scope, p wenyuan.Principal, f dataset.Filter) []dataset.Sample {
	h.t.Helper()
	page, err := h.Samples(h.t.Context(), sc, p, f, "", 200)
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Samples
}

// TestCapture: answers become samples where the space allows it, with what people said of them.
func TestCapture(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		if _, err := h.Capture(ctx, h.sc, quiet); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Fatalf("without consent: %v", err)
		}
		old := h.said(trace.Trace{Principal: li.ID, Question: "before?", Answer: answer("Never learn this.")})
		h.learn(fmt.Sprintf(`{"learn": true, "learn_since": %d}`, h.Store.Now()))
		first := h.said(trace.Trace{Principal: li.ID, Assistant: "desk", Conversation: "cnv_1", Question: "How is it primed?", Answer: answer("Open the valve [1]. See [x].", "doc_a")})
		second := h.said(trace.Trace{Principal: li.ID, Assistant: "desk", Conversation: "cnv_1", Question: "And then?", Answer: answer("Wait.", "doc_b")})
		refused := wenyuan.Answer{Answer: "I cannot say.", Refused: true}
		h.said(trace.Trace{Principal: li.ID, Question: "Secret?", Refused: true, Answer: refused})
		out := h.capture()
		if out.Samples != 2 || out.Passed["refused"] != 1 {
			t.Fatalf("%+v", out)
		}
		all := h.samples(h.sc, li, dataset.Filter{})
		slices.SortFunc(all, func(a, b dataset.Sample) int { return len(a.Row.Messages) - len(b.Row.Messages) })
		if len(all) != 2 || all[0].Trace != first || all[0].Row.Messages[1].Content != "Open the valve. See [x]." || all[0].Quality != 1 || all[0].Trace == old {
			t.Fatalf("%+v", all)
		}
		x, err := h.Sample(ctx, h.sc, li, all[1].ID)
		if err != nil || len(x.Row.Messages) != 4 || x.Trace != second || len(x.Documents) != 2 || x.Documents[0] != (dataset.Document{ID: "doc_a", Revision: "r1"}) || len(x.Versions) != 1 || x.Versions[0].Kind != "model" || x.Conversation != "cnv_1" || x.Assistant != "desk" {
			t.Fatalf("%+v, %v", x, err)
		}
		if again := h.capture(); again.Samples != 0 {
			t.Errorf("again: %+v", again)
		}
		wang := wenyuan.Principal{ID: "psn_wang"}
		give := func(f trace.Feedback) {
			t.Helper()
			h.write(func(tx *store.Tx) error { _, err := trace.SaveFeedback(ctx, tx, h.sc, wang, f); return err })
		}
		give(trace.Feedback{Trace: second, Rating: trace.Down, Corrected: "Close it again."})
		if out = h.capture(); out.Samples != 3 {
			t.Fatalf("%+v", out)
		}
		kinds := map[string]int{}
		for _, x := range h.samples(h.sc, li, dataset.Filter{Origins: []string{dataset.Feedback}}) {
			kinds[x.Row.Kind]++
			if x.Row.Kind == form.Preference && (x.Row.Chosen[0].Content != "Close it again." || x.Row.Rejected[0].Content != "Wait.") || x.Row.Kind == form.Label && *x.Row.Good {
				t.Errorf("%+v", x.Row)
			}
		}
		if !reflect.DeepEqual(kinds, map[string]int{form.Chat: 1, form.Preference: 1, form.Label: 1}) {
			t.Errorf("%v", kinds)
		}
		if aside := h.samples(h.sc, li, dataset.Filter{State: dataset.Aside}); len(aside) != 1 || aside[0].Trace != second || aside[0].Why[0].Kind != "disliked" {
			t.Errorf("the disliked answer: %+v", aside)
		}
		// Said anew, the earlier word is forgotten.
		give(trace.Feedback{Trace: second, Rating: trace.Up})
		h.capture()
		said := h.samples(h.sc, li, dataset.Filter{Origins: []string{dataset.Feedback}, State: dataset.Ready})
		if len(said) != 1 || said[0].Row.Kind != form.Label || !*said[0].Row.Good {
			t.Errorf("said anew: %+v", said)
		}
		h.learn(`{}`)
		if _, err := h.Capture(ctx, h.sc, quiet); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("consent withdrawn: %v", err)
		}
	})
}

// TestSeen: a sample is seen by whoever would see its trace.
func TestSeen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		h.learn(`{"learn": true}`)
		wang := wenyuan.Principal{ID: "psn_wang"}
		h.said(trace.Trace{Principal: li.ID, Question: "one", Answer: answer("from a and b", "doc_a", "doc_b")})
		h.said(trace.Trace{Principal: wang.ID, Question: "two", Answer: answer("from a", "doc_a")})
		h.said(trace.Trace{Principal: wang.ID, Question: "three", Answer: answer("from nothing")})
		h.capture()
		h.build(dataset.Recipe{Name: "s"})
		for name, c := range map[string]struct {
			sc   scope.Scope
			who  wenyuan.Principal
			want string
		}{
			"who reviews all":       {h.sc, wenyuan.Principal{}, "one three two"},
			"li, who edits":         {scope.All("main", scope.Edit), li, "one"},
			"wang, who edits":       {scope.All("main", scope.Edit), wang, "three two"},
			"another space":         {scope.Space("other"), li, ""},
			"li through a document": {scope.Of("main", scope.Edit|scope.Review, scope.NewTable().With(map[string]int32{"doc_a": 0}), scope.Classes{}.Add(0)), li, "three two"},
			"nobody's documents":    {scope.Of("main", scope.Edit, scope.NewTable(), scope.Classes{}), wang, "three"},
		} {
			var got []string
			for _, x := range h.samples(c.sc, c.who, dataset.Filter{}) {
				got = append(got, x.Row.Messages[0].Content)
			}
			slices.Sort(got) // ids of one millisecond are in any order
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s sees %q, want %q", name, s, c.want)
			}
			if c.sc.Space() != "main" {
				continue
			}
			if rows := h.rows(c.sc, c.who, "s", ""); len(rows) != len(strings.Fields(c.want)) {
				t.Errorf("%s sees %d rows", name, len(rows))
			}
			for _, id := range h.ids() {
				x, err := h.Sample(t.Context(), c.sc, c.who, id)
				sees := err == nil && slices.Contains(strings.Fields(c.want), x.Row.Messages[0].Content)
				if !sees && wenyuan.CodeOf(err) != wenyuan.NotFound {
					t.Errorf("%s reads %+v, %v", name, x.Row, err)
				}
			}
		}
		if _, err := h.Samples(t.Context(), scope.All("main", scope.Read|scope.Ask), li, dataset.Filter{}, "", 0); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("who only asks: %v", err)
		}
		// Who builds takes what they see.
		mine, err := h.Build(t.Context(), scope.All("main", scope.Edit), wang, dataset.Recipe{Name: "mine"}, quiet)
		if err != nil || mine.Set.Rows != 2 || left(mine, "hidden") != 1 {
			t.Errorf("%+v, %v", mine, err)
		}
	})
}

func (h *house) ids() (all []string) {
	for _, x := range h.samples(h.sc, li, dataset.Filter{}) {
		all = append(all, x.ID)
	}
	return all
}

// TestErase: a person, a document or a conversation that goes takes its samples with it, and is told
// of what holds them.
func TestErase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		h.learn(`{"learn": true}`)
		wang := wenyuan.Principal{ID: "psn_wang"}
		a := h.said(trace.Trace{Principal: li.ID, Conversation: "cnv_1", Question: "mine one", Answer: answer("of a", "doc_a")})
		b := h.said(trace.Trace{Principal: wang.ID, Question: "his", Answer: answer("of b", "doc_b")})
		h.said(trace.Trace{Principal: wang.ID, Question: "plain", Answer: answer("of nothing")})
		h.write(func(tx *store.Tx) error {
			_, err := trace.SaveFeedback(ctx, tx, h.sc, li, trace.Feedback{Trace: b, Rating: trace.Up, Corrected: "better said by li"})
			return err
		})
		h.file(dataset.ImportOrder{Name: "f"}, many(3)...)
		h.capture()
		rep := h.build(dataset.Recipe{Name: "s"})
		if rep.Set.Rows != 8 {
			t.Fatalf("%+v", rep)
		}
		adapter := wenyuan.Version{}
		h.write(func(tx *store.Tx) (err error) {
			if adapter, err = version.Put(ctx, tx, "main", dataset.Adapter, "style", map[string]string{"name": "style"}); err != nil {
				return err
			}
			return version.Edge(ctx, tx, "main", rep.Dataset, adapter)
		})
		up, err := h.Holders(ctx, h.sc, li, dataset.Origin{Document: "doc_b"})
		if err != nil || up.Samples != 3 || len(up.Sets) != 1 || len(up.Adapters) != 1 || up.Adapters[0] != adapter {
			t.Fatalf("%+v, %v", up, err)
		}
		down, err := h.Lineage(ctx, h.sc, li, adapter.Hash)
		if err != nil || down.Rows != 8 || len(down.Sets) != 1 || len(down.Documents) != 2 || down.Conversations != 1 || len(down.Samples) != 5 {
			t.Errorf("%+v, %v", down, err)
		}
		if part, err := h.Lineage(ctx, scope.Of("main", scope.Edit, scope.NewTable(), scope.Classes{}), wang, "s"); err != nil || len(part.Documents) != 0 || part.Hidden != 2 || len(part.Samples) != 1 {
			t.Errorf("who sees no document: %+v, %v", part, err)
		}
		var gone dataset.Holders
		h.write(func(tx *store.Tx) error { gone, err = dataset.Withdraw(ctx, tx, "main", "doc_a"); return err })
		if gone.Samples != 1 || len(gone.Sets) != 1 || len(gone.Adapters) != 1 {
			t.Errorf("a document: %+v", gone)
		}
		h.write(func(tx *store.Tx) error { gone, err = dataset.Erase(ctx, tx, li.ID); return err })
		if gone.Samples != 2 || len(gone.Sets) != 1 {
			t.Errorf("a person: %+v", gone)
		}
		h.write(func(tx *store.Tx) error { return trace.Delete(ctx, tx, []string{a, b}) })
		f, err := h.Get(ctx, h.sc, "s")
		if err != nil || f.Erased != 4 || f.Set.Rows != 8 {
			t.Errorf("%+v, %v", f, err)
		}
		if left, err := h.Lineage(ctx, h.sc, li, "s"); err != nil || left.Erased != 4 || left.Rows != 8 || len(left.Documents) != 0 || len(left.Samples) >= len(down.Samples) {
			t.Errorf("what was known of a set is told after it was erased: %+v, %v", left, err)
		}
		rows := h.rows(h.sc, wang, "s", "")
		if len(rows) != 4 {
			t.Errorf("%d rows are left", len(rows))
		}
		storetest.Read(t, h.Store, func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM sample WHERE row LIKE '%mine one%' OR row LIKE '%by li%' OR principal = 'psn_li' OR source = 'psn_li'`).Scan(&n)
			if n != 0 {
				t.Errorf("%d samples still tell", n)
			}
			return err
		})
		// What was erased may come again from elsewhere, and the same set with what is left is another one.
		if next := h.build(dataset.Recipe{Name: "s"}); next.Set.Rows != 4 || next.Dataset == rep.Dataset {
			t.Errorf("%+v", next)
		}
	})
}

// TestExpire: samples outlive the traces they are made from, unless the space says otherwise.
func TestExpire(t *testing.T) {
	t.Parallel()
	for settings, left := range map[string]int{`{"learn": true}`: 1, `{"learn": true, "learn_drop": true}`: 0} {
		h := open(t, store.Config{Dir: t.TempDir()})
		h.learn(settings)
		h.said(trace.Trace{Principal: li.ID, Question: "q", Answer: answer("a")})
		h.capture()
		h.write(func(tx *store.Tx) error {
			_, err := trace.Expire(t.Context(), tx, "main", tx.Now+1, 100)
			return err
		})
		if n := len(h.samples(h.sc, li, dataset.Filter{State: dataset.Ready})); n != left {
			t.Errorf("%s: %d samples", settings, n)
		}
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	line := `{"instruction":"Add.","input":"2 and 2","output":"4"}`
	h.file(dataset.ImportOrder{Name: "a"}, line)
	h.build(dataset.Recipe{Name: "a", Split: dataset.Split{Train: 1}})
	export := func(f form.Format) (string, error) {
		var b strings.Builder
		_, err := h.Export(t.Context(), h.sc, li, "a", dataset.Train, f, func(dataset.Found) (io.Writer, error) { return &b, nil })
		return b.String(), err
	}
	if out, err := export(form.Alpaca); err != nil || out != line+"\n" {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := export(form.OpenAIPreference); wenyuan.CodeOf(err) != wenyuan.Invalid || out != "" {
		t.Errorf("%q, %v", out, err)
	}
	near, err := h.Nearest(t.Context(), h.sc, li, "a", "add 2 and 2 please", 3)
	if err != nil || len(near.Rows) != 1 || near.Rows[0].Share < 0.5 || near.Rows[0].Source != "a" || near.Rows[0].Line != 1 {
		t.Errorf("%+v, %v", near, err)
	}
}

// TestSeenAsTraces: over random documents, readers and questions, a sample is seen by exactly those who
// see the trace that it was made from.
func TestSeenAsTraces(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.learn(`{"learn": true}`)
	r := rand.New(rand.NewPCG(7, 11))
	people := []wenyuan.Principal{li, {ID: "psn_wang"}, {ID: "psn_zhao"}, {}}
	docs := []string{"d0", "d1", "d2", "d3", "d4"}
	classes := map[string]int32{}
	for i, d := range docs {
		classes[d] = int32(i)
	}
	table := scope.NewTable().With(classes)
	for i := range 60 {
		var of []string
		for _, d := range docs {
			if r.IntN(3) == 0 {
				of = append(of, d)
			}
		}
		h.said(trace.Trace{Principal: people[r.IntN(3)].ID, Question: fmt.Sprint("question ", i), Answer: answer(fmt.Sprint("answer ", i), of...)})
	}
	h.capture()
	all := h.samples(h.sc, li, dataset.Filter{})
	if len(all) != 60 {
		t.Fatalf("%d samples", len(all))
	}
	h.build(dataset.Recipe{Name: "all"})
	seen, hidden := 0, 0
	for range 40 {
		rights, classes := scope.Edit, scope.Classes{}
		if r.IntN(2) == 0 {
			rights |= scope.Review
		}
		for i := range docs {
			if r.IntN(2) == 0 {
				classes = classes.Add(int32(i))
			}
		}
		sc, who := scope.Of("main", rights, table, classes), people[r.IntN(len(people))]
		mine := map[string]bool{}
		for _, x := range h.samples(sc, who, dataset.Filter{}) {
			mine[x.Trace] = true
		}
		inSet := map[string]bool{}
		for _, x := range h.rows(sc, who, "all", "") {
			inSet[x.Sample] = true
		}
		storetest.Read(t, h.Store, func(tx *store.Tx) error {
			for _, x := range all {
				sees, err := trace.Visible(t.Context(), tx, sc, who, []string{x.Trace})
				if err != nil {
					return err
				}
				if sees[x.Trace] != mine[x.Trace] || sees[x.Trace] != inSet[x.ID] {
					t.Errorf("%s is seen as a trace: %v, as a sample: %v, in a set: %v", x.Trace, sees[x.Trace], mine[x.Trace], inSet[x.ID])
				}
				if sees[x.Trace] {
					seen++
				} else {
					hidden++
				}
			}
			return nil
		})
	}
	if seen < 100 || hidden < 100 {
		t.Errorf("%d are seen and %d hidden: the rule holds less than it says", seen, hidden)
	}
}

// TestSamplesOfOthers: who may see none of very many samples is told where to go on, and does not have all of them looked
// through in one request.
func TestSamplesOfOthers(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.write(func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21000)
			INSERT INTO sample (id, space, kind, origin, row, hash, principal, created) SELECT 'smp_' || CAST(100000 + i AS TEXT), 'main', 'chat', 'feedback', '{}', CAST(i AS TEXT), 'psn_li', i FROM n`)
		return err
	})
	editor, wang := scope.Of("main", scope.Edit, scope.NewTable(), scope.Classes{}), wenyuan.Principal{ID: "psn_wang"}
	first, err := h.Samples(t.Context(), editor, wang, dataset.Filter{}, "", 0)
	if err != nil || len(first.Samples) != 0 || first.Next != "smp_120000" {
		t.Fatalf("%d samples, behind %q, %v", len(first.Samples), first.Next, err)
	}
	rest, err := h.Samples(t.Context(), editor, wang, dataset.Filter{}, first.Next, 0)
	if err != nil || len(rest.Samples) != 0 || rest.Next != "" {
		t.Errorf("%d samples, behind %q, %v", len(rest.Samples), rest.Next, err)
	}
}
