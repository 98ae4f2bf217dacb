package judge_test

import (
	"fmt"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// sample keeps one as capture does.
func (h *house) sample(s dataset.Sample) (id string) {
	h.t.Helper()
	s.Space = "main"
	storetest.Write(h.t, h.Store, func(tx *store.Tx) (err error) {
		id, _, err = dataset.Put(h.t.Context(), tx, s)
		return err
	})
	return id
}

func chat(q, a string) form.Row {
	return form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: q}, {Role: form.Assistant, Content: a}}}
}

// correct judges everything that somebody is given, with one answer.
func (h *house) correct(name string, sc scope.Scope, task, answer string) (n int) {
	h.t.Helper()
	for {
		w, err := h.Next(h.t.Context(), sc, who(name), task)
		if err != nil {
			h.t.Fatal(err)
		}
		if w == nil {
			return n
		}
		n++
		if err := h.Give(h.t.Context(), sc, who(name), task, w.Item.ID, judge.Given{Answer: answer + " " + w.Item.ID}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// TestErase: erasing who asked, who judged, a document, or a sample takes items, judgements and what was made of
// them along.
func TestErase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		sets := map[string]string{}
		sets["asker"] = h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("a secret of dee?", "old one"), Principal: "psn_dee", Trace: "trc_1", Conversation: "cnv_1"})
		sets["document"] = h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("what says the paper?", "old two"), Principal: "psn_cyd", Trace: "trc_2", Conversation: "cnv_2", Documents: []dataset.Document{{ID: "doc_1", Revision: "r1"}}, Versions: []wenyuan.Version{{Kind: "model", Hash: "aa"}}})
		sets["rest"] = h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("what else?", "old three"), Principal: "psn_cyd", Trace: "trc_3", Conversation: "cnv_3", Licence: "MIT"})
		h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("what was talked of?", "old four"), Principal: "psn_cyd", Trace: "trc_4", Conversation: "cnv_4"})
		st := h.create(judge.Order{Name: "fix", Kind: judge.Answer, Gold: none(), Judges: []string{"ann"}, From: &judge.Source{}})
		if st.Items != 4 {
			t.Fatalf("%+v", st)
		}
		if n := h.correct("ann", scope.All("main", scope.Ask|scope.Read), "fix", "word of ann"); n != 4 {
			t.Fatalf("ann was given %d", n)
		}
		done, err := h.Finish(ctx, whole, boss, "fix", false)
		if err != nil || done.Samples != 8 {
			t.Fatalf("%+v, %v", done, err)
		}
		made := func(q string) (x dataset.Sample) {
			page, err := h.Sets.Samples(ctx, whole, boss, dataset.Filter{Origins: []string{dataset.Judged}, State: dataset.Ready}, "", 200)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.Samples {
				if s.Row.Messages[0].Content == q {
					if x, err = h.Sets.Sample(ctx, whole, boss, s.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			return x
		}
		x := made("what says the paper?")
		if len(x.Documents) != 1 || len(x.Versions) != 1 || x.Conversation != "cnv_2" || x.Trace != "trc_2" || fmt.Sprint(x.People) != "[psn_ann psn_cyd]" {
			t.Errorf("%+v", x)
		}
		if got := made("what else?").Licence; got != "MIT" {
			t.Errorf("licence %q", got)
		}
		if made("what was talked of?").ID == "" {
			t.Error("nothing was made of a conversation")
		}
		storetest.Write(t, h.Store, func(tx *store.Tx) error { // as deleting a conversation does
			return trace.Delete(ctx, tx, []string{"trc_4"})
		})
		if made("what was talked of?").ID != "" || h.count(`SELECT COUNT(*) FROM judge_item WHERE body LIKE '%talked%'`) != 0 || h.count(`SELECT COUNT(*) FROM sample WHERE row LIKE '%talked%'`) != 0 ||
			h.count(`SELECT COUNT(*) FROM judge_item WHERE body <> ''`) != 3 || h.count(`SELECT COUNT(*) FROM judge_judgement`) != 3 {
			t.Error("what was made of a conversation stays behind it")
		}
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			held, err := dataset.Withdraw(ctx, tx, "main", "doc_1")
			if held.Samples != 3 {
				t.Errorf("%+v", held)
			}
			return err
		})
		if made("what says the paper?").ID != "" || h.count(`SELECT COUNT(*) FROM judge_item WHERE body <> ''`) != 2 || h.count(`SELECT COUNT(*) FROM judge_judgement`) != 2 {
			t.Error("what was made of a document stays behind it")
		}
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			_, err := dataset.Erase(ctx, tx, "psn_dee")
			return err
		})
		if made("a secret of dee?").ID != "" || h.count(`SELECT COUNT(*) FROM judge_item WHERE body LIKE '%secret%'`) != 0 {
			t.Error("what somebody asked stays behind them")
		}
		if made("what else?").ID == "" {
			t.Error("too much is gone")
		}
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			_, err := dataset.Erase(ctx, tx, "psn_ann")
			return err
		})
		if made("what else?").ID != "" {
			t.Error("what somebody judged stays behind them")
		}
		st = h.show("fix")
		if st.Erased != 3 || st.Items != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// TestSeen: who may not see a document of an item does not get it; who is not named gets nothing; who judges sees
// neither models nor what others said.
func TestSeen(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("open?", "yes"), Principal: "psn_cyd", Trace: "trc_1", Documents: []dataset.Document{{ID: "doc_open"}}, Versions: []wenyuan.Version{{Kind: "model", Name: "qwen", Hash: "aa"}}})
	h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat("closed?", "yes"), Principal: "psn_cyd", Trace: "trc_2", Documents: []dataset.Document{{ID: "doc_closed"}}})
	some := scope.Documents("main", []string{"doc_open"})
	h.create(judge.Order{Name: "blind", Kind: judge.Answer, Overlap: 2, Gold: none(), Judges: []string{"ann", "bob"}, From: &judge.Source{}})
	h.create(judge.Order{Name: "open", Kind: judge.Answer, Overlap: 2, Open: true, Gold: none(), Judges: []string{"ann", "bob"}, From: &judge.Source{}})
	for _, c := range []struct {
		task  string
		model string
		told  int
	}{{"blind", "", 0}, {"open", "aa", 1}} {
		if n := h.correct("ann", some, c.task, "mine"); n != 1 {
			t.Errorf("%s: ann was given %d", c.task, n)
		}
		w, err := h.Next(ctx, some, who("bob"), c.task)
		if err != nil || w == nil || w.Item.Messages[0].Content != "open?" {
			t.Fatalf("%s: %+v, %v", c.task, w, err)
		}
		if w.Item.Answers[0].Model != c.model || len(w.Others) != c.told {
			t.Errorf("%s: %+v, %+v", c.task, w.Item.Answers, w.Others)
		}
		for _, f := range []func() error{
			func() error { _, err := h.Next(ctx, some, who("dee"), c.task); return err },
			func() error { _, err := h.Show(ctx, some, who("dee"), c.task); return err },
			func() error { return h.Give(ctx, some, who("dee"), c.task, w.Item.ID, judge.Given{Answer: "x"}) },
			func() error { _, err := h.Show(ctx, scope.All("other", scope.Every), boss, c.task); return err },
		} {
			if err := f(); wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("%s: %v", c.task, err)
			}
		}
		if _, _, err := h.Dispute(ctx, some, who("bob"), c.task); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%v", err)
		}
		st, err := h.Show(ctx, some, who("ann"), c.task)
		if err != nil || st.Judges != nil || st.Alpha != nil || st.Mine != 1 || st.Waiting != 0 {
			t.Errorf("%+v, %v", st, err)
		}
	}
	edits := scope.All("main", scope.Edit|scope.Read)
	page, err := h.Items(ctx, edits, wenyuan.Principal{ID: "psn_dee"}, "blind", 0, 0)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("an editor sees %d items of others, %v", len(page.Items), err)
	}
	if list, err := h.List(ctx, some, who("dee")); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := h.List(ctx, some, who("bob")); err != nil || len(list) != 2 || list[0].Waiting != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestHeld: two people do not get one item where one is enough; a draft is there again; what was skipped goes to
// somebody else; what is set aside is judged anew.
func TestHeld(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	h.file("f", `{"question":"one?","answer":"1"}`, `{"question":"two?","answer":"2"}`)
	h.create(judge.Order{Name: "fix", Kind: judge.Answer, Gold: none(), Judges: []string{"ann", "bob", "cyd"}, From: &judge.Source{Filter: dataset.Filter{Sources: []string{"f"}}}})
	next := func(name string) *judge.Work {
		t.Helper()
		w, err := h.Next(ctx, asks, who(name), "fix")
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	a, b := next("ann"), next("bob")
	if a == nil || b == nil || a.Item.ID == b.Item.ID || next("cyd") != nil {
		t.Fatalf("%+v, %+v", a, b)
	}
	if err := h.Keep(ctx, asks, who("ann"), "fix", a.Item.ID, judge.Given{Answer: "half"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Keep(ctx, asks, who("cyd"), "fix", a.Item.ID, judge.Given{Answer: "half"}); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("%v", err)
	}
	h.run(`UPDATE judge_lease SET until = 1`)
	if w := next("ann"); w == nil || w.Item.ID != a.Item.ID || w.Draft == nil || w.Draft.Answer != "half" {
		t.Fatalf("%+v", w)
	}
	if w := next("cyd"); w == nil || w.Item.ID != b.Item.ID {
		t.Fatalf("what bob let go is not given on: %+v", w)
	}
	if err := h.Give(ctx, asks, who("cyd"), "fix", b.Item.ID, judge.Given{Skip: "not my field"}); err != nil {
		t.Fatal(err)
	}
	if w := next("cyd"); w != nil {
		t.Errorf("given again: %+v", w)
	}
	for _, bad := range []judge.Given{{}, {Answer: " "}, {Order: [][]string{{"x"}}}, {Answer: strings.Repeat("x", 300_000)}} {
		if err := h.Give(ctx, asks, who("ann"), "fix", a.Item.ID, bad); wenyuan.CodeOf(err) != wenyuan.Invalid && wenyuan.CodeOf(err) != wenyuan.TooLarge {
			t.Errorf("%.20s: %v", bad.Answer, err)
		}
	}
	if err := h.Give(ctx, asks, who("ann"), "fix", a.Item.ID, judge.Given{Answer: "right"}); err != nil {
		t.Fatal(err)
	}
	if w, err := h.Look(ctx, asks, who("ann"), "fix", a.Item.ID); err != nil || w.Said == nil || w.Said.Answer != "right" {
		t.Errorf("%+v, %v", w, err)
	}
	st, err := h.SetAside(ctx, whole, boss, "fix", "psn_ann", false, "does not read")
	if err != nil || st.Open != 2 || !st.Judges[0].Aside {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := h.Next(ctx, asks, who("ann"), "fix"); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("%v", err)
	}
	if w := next("cyd"); w == nil || w.Item.ID != a.Item.ID {
		t.Errorf("%+v", w)
	}
	if _, err := h.SetAside(ctx, whole, boss, "fix", "psn_ann", true, ""); err != nil {
		t.Fatal(err)
	}
	if st := h.show("fix"); st.Judged != 1 || st.Judges[0].Note != "" {
		t.Errorf("%+v", st)
	}
}

// TestGold: who has too many gold items wrong is named, and gold items come as others do.
func TestGold(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	var lines []string
	for i := range 50 {
		gold := ""
		if i < 5 {
			gold = `,"gold":{"order":[[1],[2]]}`
		}
		lines = append(lines, fmt.Sprintf(`{"question":"Which %s?","answers":["good %d","bad %d"]%s}`, nonsense(i, 3), i, i, gold))
	}
	share := 0.2
	h.create(judge.Order{Name: "g", Kind: judge.Rank, Overlap: 2, Gold: &share, Judges: []string{"ann", "bob"}})
	if _, err := h.Import(ctx, whole, boss, "g", judge.Lines, "", false, strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	for name, right := range map[string]bool{"ann": true, "bob": false} {
		of := 0
		for range 20 {
			w, err := h.Next(ctx, asks, who(name), "g")
			if err != nil || w == nil {
				t.Fatal(w, err)
			}
			if of != 0 && w.Of != of {
				t.Errorf("the number of items tells which is gold: %d, then %d", of, w.Of)
			}
			of = w.Of
			if err := h.Give(ctx, asks, who(name), "g", w.Item.ID, judge.Given{Order: order(w.Item, right)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	fails := map[string]bool{}
	for _, j := range h.show("g").Judges {
		if fails[j.Name] = j.Fails; j.Gold < 4 || j.Gold > 5 {
			t.Errorf("%+v", j)
		}
	}
	if fails["ann"] || !fails["bob"] {
		t.Errorf("%v", fails)
	}
}

// TestMajority: of written answers what most say nearly the same of holds; where none does somebody decides who has not
// judged; guidelines are versions.
func TestMajority(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	h.file("f", `{"question":"one?","answer":"the old answer of the house"}`)
	st := h.create(judge.Order{Name: "fix", Kind: judge.Answer, Overlap: 2, Gold: none(), Judges: []string{"ann", "bob"}, From: &judge.Source{}})
	before := st.Guidelines
	text := "Say it shorter."
	if st, err := h.Change(ctx, whole, boss, "fix", judge.Change{Guidelines: &text}); err != nil || st.Guidelines == before || st.Text != text {
		t.Errorf("%+v, %v", st, err)
	}
	give := func(name, answer string) {
		t.Helper()
		w, err := h.Next(ctx, asks, who(name), "fix")
		if err != nil || w == nil {
			t.Fatal(w, err)
		}
		if err := h.Give(ctx, asks, who(name), "fix", w.Item.ID, judge.Given{Answer: answer}); err != nil {
			t.Fatal(err)
		}
	}
	give("ann", "the old answer of the house")
	give("bob", "a very different thing altogether")
	if st := h.show("fix"); st.Disputed != 1 {
		t.Fatalf("%+v", st)
	}
	if w, _, err := h.Dispute(ctx, whole, who("ann"), "fix"); err != nil || w != nil {
		t.Errorf("who judged decides: %+v, %v", w, err)
	}
	two := 3
	if _, err := h.Change(ctx, whole, boss, "fix", judge.Change{Overlap: &two, Add: []string{"cyd"}}); err != nil {
		t.Fatal(err)
	}
	give("cyd", "a very different thing all together")
	if st := h.show("fix"); st.Disputed != 0 || st.Alpha != nil && *st.Alpha > 0 {
		t.Fatalf("%+v", st)
	}
	done, err := h.Finish(ctx, whole, boss, "fix", false)
	if err != nil || done.Samples != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM sample WHERE origin = 'judged' AND row LIKE '%different thing%' AND kind = 'preference' AND row LIKE '%old answer%'`); n != 1 {
		t.Errorf("%d", n)
	}
	if _, err := h.Next(ctx, asks, who("ann"), "fix"); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("%v", err)
	}
}

// TestSource: items are made of answers that somebody disliked, or of which a sentence has no support, with the
// originals that they rest on, as far as the samples name these.
func TestSource(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	for i, v := range []wenyuan.Verdict{wenyuan.Unsupported, wenyuan.Supported, wenyuan.Unverified} {
		id := fmt.Sprintf("trc_%d", i)
		tr := trace.Trace{ID: id, Space: "main", Principal: "psn_cyd", Question: fmt.Sprintf("what is %d?", i), Answer: wenyuan.Answer{Answer: fmt.Sprintf("it is %d", i), Sentences: []wenyuan.Sentence{{Text: "x", Verdict: v}},
			Citations: []wenyuan.Citation{{N: 1, Document: "doc_a", Revision: "r1", Source: "a.md", Title: "A", End: 3, Quote: "abc"}, {N: 2, Document: "doc_b", Revision: "r1", Source: "b.md", Title: "B", End: 3, Quote: "bcd"}}}}
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			tr.Created = tx.Now
			return trace.Save(t.Context(), tx, tr)
		})
		h.sample(dataset.Sample{Origin: dataset.Trace, Row: chat(tr.Question, tr.Answer.Answer), Principal: "psn_cyd", Trace: id, Documents: []dataset.Document{{ID: "doc_a", Revision: "r1"}}})
	}
	no := false
	h.sample(dataset.Sample{Origin: dataset.Feedback, Row: form.Row{Kind: form.Label, Messages: chat("what is 1?", "it is 1").Messages, Good: &no}, Principal: "psn_dee", People: []string{"psn_cyd"}, Trace: "trc_1", Source: "psn_dee"})
	for name, c := range map[string]struct {
		from     judge.Source
		question string
		passages int
	}{
		"bare":     {judge.Source{Unsupported: true}, "what is 0?", 1},
		"disliked": {judge.Source{Disliked: true}, "what is 1?", 0},
	} {
		h.create(judge.Order{Name: name, Kind: judge.Answer, Gold: none(), From: &c.from})
		page, err := h.Items(t.Context(), whole, boss, name, 0, 0)
		if err != nil || len(page.Items) != 1 || page.Items[0].Messages[0].Content != c.question || len(page.Items[0].Passages) != c.passages {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	st := h.create(judge.Order{Name: "rank", Kind: judge.Rank, Gold: none(), From: &judge.Source{}})
	if st.Items != 0 {
		t.Errorf("one answer is ranked: %+v", st)
	}
}
