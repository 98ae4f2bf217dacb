package trace_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// secret is what document "gone" says, and keep what the others say.
const secret = "SECRET-9090"

// told is an answer of four sentences: from the document that will go, from another, from both, and
// one that nothing carries.
func told() wenyuan.Answer {
	sentence := func(text string, v wenyuan.Verdict, cites ...int) wenyuan.Sentence {
		return wenyuan.Sentence{Text: text, Citations: cites, Verdict: v}
	}
	passage := func(id string) wenyuan.Passage {
		p := wenyuan.Passage{ID: "p_" + id, Document: id, Revision: "r_" + id, Source: id + ".md", Title: "Title of " + id, Text: "keep this of " + id}
		if id == "gone" {
			p.Text = "The port is " + secret + "."
		}
		return p
	}
	a := wenyuan.Answer{
		Answer:    "The port is " + secret + ".[1] The name is kept.[2]\n\nBoth say " + secret + ".[1][2] Perhaps " + secret + ".",
		Sentences: []wenyuan.Sentence{sentence("The port is "+secret+".", wenyuan.Supported, 1), sentence("The name is kept.", wenyuan.Supported, 2), sentence("Both say "+secret+".", wenyuan.Supported, 1, 2), sentence("Perhaps "+secret+".", wenyuan.Unverified)},
		Passages:  []wenyuan.Passage{passage("gone"), passage("left")},
		Versions:  []wenyuan.Version{{Kind: "assistant", Name: "手册", Hash: "h"}, {Kind: "revision", Name: "gone.md", Hash: "r_gone"}, {Kind: "revision", Name: "left.md", Hash: "r_left"}},
		Conflicts: []wenyuan.Disagreement{{Passages: [2]string{"p_gone", "p_left"}, Sides: [2]string{secret, "7700"}, About: secret + " / 7700"}},
	}
	for i, p := range a.Passages {
		a.Citations = append(a.Citations, wenyuan.Citation{N: i + 1, Document: p.Document, Revision: p.Revision, Source: p.Source, Title: p.Title, Quote: p.Text})
	}
	return a
}

// walk is a trace with all that the steps of the road record.
func walk() trace.Trace {
	a := told()
	r := trace.Start(trace.Trace{Space: "main", Corpus: "手册", Assistant: "手册", Principal: "single", Question: "What is the port?"})
	dropped := []any{
		map[string]any{"passage": a.Passages[0], "stage": "floor", "code": "below_floor", "why": "too far"},
		map[string]any{"passage": wenyuan.Passage{ID: "p_third", Document: "third", Source: "third.md", Text: "keep the third"}, "stage": "duplicates", "code": "near_duplicate", "why": "95 % the same as a better passage of gone.md"},
	}
	for name, d := range map[string]any{
		"retrieve":       map[string]any{"kept": a.Passages, "dropped": dropped, "ranked": []any{map[string]any{"passage": "p_gone", "score": 0.5}, map[string]any{"passage": "p_left", "score": 0.25}}, "index": "abc", "conflicts": a.Conflicts},
		"prompt":         map[string]any{"items": []any{map[string]any{"kind": "knowledge", "id": "p_gone", "document": "gone", "title": "Title of gone"}, map[string]any{"kind": "knowledge", "id": "p_left", "document": "left", "title": "Title of left"}}, "used": map[string]int{"system": 12}},
		"generate":       map[string]any{"messages": []wenyuan.Message{{Role: "system", Content: "keep to the originals: " + secret}, {Role: "user", Content: "What is the port?"}}, "usage": wenyuan.Usage{Prompt: 9}},
		"rewrite":        map[string]any{"question": "And " + secret + "?", "documents": []string{"gone", "left"}},
		"second opinion": map[string]any{"document": "gone", "said": secret},
	} {
		summary := "one line"
		if name == "rewrite" {
			summary = "asked instead: " + secret
		}
		r.Step(name)(summary, d)
	}
	return r.End(a)
}

func withdraw(t testing.TB, s *store.Store, document string) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error { return trace.Withdraw(t.Context(), tx, "main", document) })
}

// stored is all that the database holds of traces.
func stored(t testing.TB, s *store.Store) (all string) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT t.question, t.answer, t.steps, COALESCE(f.corrected, ''), COALESCE(f.reason, '') FROM trace t LEFT JOIN feedback f ON f.trace = t.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c [5]string
			if err := rows.Scan(&c[0], &c[1], &c[2], &c[3], &c[4]); err != nil {
				return err
			}
			all += strings.Join(c[:], "\n")
		}
		return rows.Err()
	})
	return all
}

// TestWithdraw: nothing of a removed document is left in a trace, and what other documents
// carry stays.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s, all := storetest.Open(t, c), scope.Space("main")
		tr, other := walk(), record("another", answer("left", "left"))
		save(t, s, tr, other)
		opinion(t, s, all, "single", trace.Feedback{Trace: tr.ID, Rating: trace.Down, Corrected: "it is " + secret, Reason: "not " + secret})
		before, err := find(t, s, all, other.ID)
		if err != nil {
			t.Fatal(err)
		}
		withdraw(t, s, "gone")
		if text := stored(t, s); strings.Contains(text, secret) || strings.Contains(text, "gone.md") || strings.Contains(text, "p_gone") || strings.Contains(text, "r_gone") {
			t.Errorf("something of it is left:\n%s", text)
		}
		got, err := find(t, s, all, tr.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := "[…] The name is kept.[2]\n\n[…]"; got.Answer.Answer != want {
			t.Errorf("the answer is %q, want %q", got.Answer.Answer, want)
		}
		if got.Withdrawn != 1 || !strings.Contains(got.Answer.Notice, "1 document was removed since") || got.Withheld() {
			t.Errorf("withdrawn %d, %q", got.Withdrawn, got.Answer.Notice)
		}
		if len(got.Answer.Sentences) != 1 || len(got.Answer.Citations) != 1 || got.Answer.Citations[0].N != 2 || len(got.Answer.Passages) != 1 || len(got.Answer.Versions) != 2 || len(got.Answer.Conflicts) != 0 {
			t.Errorf("%+v", got.Answer)
		}
		raw, _ := json.Marshal(got.Steps)
		for _, want := range []string{"keep this of left", "keep the third", "Title of left", "What is the port?", "below_floor", `"p_left"`} {
			if want == "below_floor" { // it stood with the document itself
				if strings.Contains(string(raw), want) {
					t.Errorf("the drop of the document itself is left:\n%s", raw)
				}
				continue
			}
			if !strings.Contains(string(raw), want) {
				t.Errorf("%q is lost:\n%s", want, raw)
			}
		}
		if ops := opinions(t, s, all, tr.ID); len(ops) != 1 || ops[0].Rating != trace.Down || ops[0].Corrected+ops[0].Reason != "" {
			t.Errorf("feedback: %+v", ops)
		}
		after, err := find(t, s, all, other.ID)
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Errorf("another trace changed: %v\n%s", err, diff)
		}
		if _, err := find(t, s, scope.Documents("main", []string{"left", "third"}), tr.ID); err != nil {
			t.Errorf("what is gone hides the rest from who asked: %v", err)
		}
		if _, err := find(t, s, scope.Documents("main", []string{"third"}), tr.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("by a removal the trace became visible: %v", err)
		}
		if ids := list(t, s, all, trace.Filter{Document: "gone"}); !slices.Equal(ids, []string{tr.ID}) {
			t.Errorf("the traces of a removed document: %v", ids)
		}
		withdraw(t, s, "gone") // again: nothing changes
		withdraw(t, s, "left")
		if got, err = find(t, s, all, tr.ID); err != nil || !got.Withheld() || got.Withdrawn != 2 || got.Answer.Notice != "2 documents were removed since; what came from them is no longer shown." {
			t.Errorf("%v, %+v", err, got.Answer)
		}
	})
}

// TestWithdrawPassedOver: a document that the search only passed over leaves no name behind, and
// the answer stays as it was.
func TestWithdrawPassedOver(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	tr := walk()
	save(t, s, tr)
	storetest.Read(t, s, func(tx *store.Tx) error {
		read, err := trace.Documents(t.Context(), tx, scope.Space("main"), asker, []string{tr.ID})
		if diff := cmp.Diff(map[string][]string{tr.ID: {"gone", "left"}}, read); diff != "" {
			t.Errorf("what had been read (-want +got):\n%s", diff)
		}
		return err
	})
	withdraw(t, s, "third")
	got, err := find(t, s, scope.Space("main"), tr.ID)
	if err != nil || got.Answer.Answer != tr.Answer.Answer || len(got.Answer.Sentences) != 4 {
		t.Errorf("%v: %+v", err, got.Answer)
	}
	if text := stored(t, s); strings.Contains(text, "third") || !strings.Contains(text, "keep to the originals") {
		t.Error(text)
	}
}

// TestWithdrawOdd: whatever stands in a trace, its document can be withdrawn.
func TestWithdrawOdd(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	lost := told()
	lost.Answer = "the sentences of it are not in it " + secret
	refused := wenyuan.Answer{Answer: "no answer", Refused: true, Passages: told().Passages}
	big := told()
	big.Passages = append([]wenyuan.Passage{{Document: "left", Text: strings.Repeat("x", 5<<20)}}, big.Passages...)
	named := record("named", wenyuan.Answer{Answer: "x " + secret}, map[string]any{"gone": secret, "document": map[string]any{"document": "gone"}}, []string{"gone"}, "gone", nil, 7)
	cut := record("cut", answer("left"), map[string]any{"document": "gone", "text": strings.Repeat(secret, 30<<10)}, map[string]any{"said": secret})
	all := []trace.Trace{record("lost", lost), record("refused", refused), record("big", big), named, cut, record("中文问题？", told())}
	save(t, s, all...)
	withdraw(t, s, "gone")
	withdraw(t, s, "never")
	if text := stored(t, s); strings.Contains(text, "9090") {
		t.Errorf("left:\n%.2000s", text)
	}
	for i, want := range []string{"", "no answer", "[…] The name is kept.[2]\n\n[…]", "", "", "[…] The name is kept.[2]\n\n[…]"} {
		got, err := find(t, s, scope.Space("main"), all[i].ID)
		if err != nil || got.Answer.Answer != want || got.Withheld() != (want == "") {
			t.Errorf("%s: %v, %q, want %q", all[i].Question, err, got.Answer.Answer, want)
		}
		if i == 5 && got.Answer.Notice != "此后移除了 1 个文档，出自其中的内容不再显示。" {
			t.Error(got.Answer.Notice)
		}
	}
}

// TestWithdrawMany: a document that thousands of answers came from is taken out of all of them.
func TestWithdrawMany(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			for range 500 {
				if err := trace.Save(t.Context(), tx, walk()); err != nil {
					return err
				}
			}
			return nil
		})
		begun := time.Now()
		withdraw(t, s, "gone")
		t.Logf("500 traces in %v", time.Since(begun))
		if text := stored(t, s); strings.Contains(text, secret) {
			t.Error("something is left")
		}
	})
}

// TestSettle: what was removed while an answer was made is withdrawn from it as soon as it is saved.
func TestSettle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		tr := walk()
		storetest.Write(t, s, func(tx *store.Tx) error {
			for _, q := range []string{
				`INSERT INTO corpus (id, space, name, created) VALUES ('c', 'main', 'c', 0)`,
				`INSERT INTO document (id, space, corpus, source, state, created, updated) VALUES ('left', 'main', 'c', 'left.md', 'ready', 0, 0), ('third', 'main', 'c', 'third.md', 'ready', 0, 0)`,
			} {
				if _, err := tx.Exec(t.Context(), q); err != nil {
					return err
				}
			}
			if err := trace.Save(t.Context(), tx, tr); err != nil {
				return err
			}
			return trace.Settle(t.Context(), tx, tr.ID)
		})
		got, err := find(t, s, scope.Space("main"), tr.ID)
		if err != nil || got.Withdrawn != 1 || strings.Contains(stored(t, s), secret) || !strings.Contains(got.Answer.Answer, "kept") {
			t.Errorf("%v: %+v", err, got)
		}
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s, all := storetest.Open(t, c), scope.Space("main")
		one, two := walk(), walk()
		save(t, s, one, two)
		opinion(t, s, all, "single", trace.Feedback{Trace: one.ID, Rating: trace.Up})
		storetest.Write(t, s, func(tx *store.Tx) error { return trace.Delete(t.Context(), tx, []string{one.ID, "trc_no"}) })
		storetest.Write(t, s, func(tx *store.Tx) error { return trace.Delete(t.Context(), tx, nil) })
		if ids := list(t, s, all, trace.Filter{}); !slices.Equal(ids, []string{two.ID}) {
			t.Errorf("left: %v", ids)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// opinion says what somebody thinks of an answer.
func opinion(t testing.TB, s *store.Store, sc scope.Scope, who string, f trace.Feedback) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := trace.SaveFeedback(t.Context(), tx, sc, wenyuan.Principal{ID: who}, f)
		return err
	})
}

func opinions(t testing.TB, s *store.Store, sc scope.Scope, id string) (all []trace.Feedback) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) (err error) {
		all, err = trace.FeedbackOf(t.Context(), tx, sc, asker, id)
		return err
	})
	return all
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s, all, some := storetest.Open(t, c), scope.Space("main"), reviewer("d1")
		one, two := record("one", answer("d1")), record("two", answer("d2"))
		save(t, s, one, two)
		opinion(t, s, all, "li", trace.Feedback{Trace: one.ID, Rating: trace.Up})
		opinion(t, s, some, "wang", trace.Feedback{Trace: one.ID, Rating: trace.Down, Corrected: " 端口是 9090 ", Reason: "旧版本"})
		opinion(t, s, all, "li", trace.Feedback{Trace: two.ID, Rating: trace.Down})
		opinion(t, s, all, "li", trace.Feedback{Trace: one.ID, Rating: trace.Down, Reason: "on second thought"})
		got := opinions(t, s, some, one.ID)
		if len(got) != 2 || got[0].Principal != "li" || got[0].Rating != trace.Down || got[0].Question != "one" || got[1].Corrected != "端口是 9090" {
			t.Errorf("%+v", got)
		}
		listed := func(sc scope.Scope, f trace.FeedbackFilter) (who string) {
			storetest.Read(t, s, func(tx *store.Tx) error {
				list, err := trace.ListFeedback(t.Context(), tx, sc, asker, f)
				for _, f := range list {
					who += f.Principal + " on " + f.Question + " " + f.Rating + "; "
				}
				return err
			})
			return who
		}
		for _, x := range []struct {
			sc     scope.Scope
			filter trace.FeedbackFilter
			want   string
		}{
			{all, trace.FeedbackFilter{}, "li on one down; li on two down; wang on one down; "},
			{all, trace.FeedbackFilter{Limit: 1, Offset: 1}, "li on two down; "},
			{all, trace.FeedbackFilter{Rating: trace.Up}, ""},
			{some, trace.FeedbackFilter{Rating: trace.Down}, "li on one down; wang on one down; "},
			{some, trace.FeedbackFilter{Offset: 1}, "wang on one down; "},
			{scope.Space("other"), trace.FeedbackFilter{}, ""},
			{scope.Scope{}, trace.FeedbackFilter{}, ""},
		} {
			if got := listed(x.sc, x.filter); got != x.want {
				t.Errorf("%+v: %q, want %q", x.filter, got, x.want)
			}
		}
		opinion(t, s, all, "li", trace.Feedback{Trace: one.ID}) // takes it back
		if got := opinions(t, s, all, one.ID); len(got) != 1 || got[0].Principal != "wang" {
			t.Errorf("%+v", got)
		}
		for name, f := range map[string]struct {
			feedback trace.Feedback
			sc       scope.Scope
			code     wenyuan.Code
		}{
			"hidden":          {trace.Feedback{Trace: two.ID, Rating: trace.Up}, some, wenyuan.NotFound},
			"another space":   {trace.Feedback{Trace: two.ID, Rating: trace.Up}, scope.Space("other"), wenyuan.NotFound},
			"not there":       {trace.Feedback{Trace: "trc_no", Rating: trace.Up}, all, wenyuan.NotFound},
			"a rating":        {trace.Feedback{Trace: one.ID, Rating: "5 stars"}, all, wenyuan.Invalid},
			"a long answer":   {trace.Feedback{Trace: one.ID, Corrected: strings.Repeat("长", trace.MaxCorrected+1)}, all, wenyuan.TooLarge},
			"a long reason":   {trace.Feedback{Trace: one.ID, Reason: strings.Repeat("长", trace.MaxReason+1)}, all, wenyuan.TooLarge},
			"what cannot be":  {trace.Feedback{Trace: one.ID, Reason: "a\x00b"}, all, wenyuan.Invalid},
			"invalid letters": {trace.Feedback{Trace: one.ID, Reason: "a\xffb"}, all, wenyuan.Invalid},
		} {
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				_, err := trace.SaveFeedback(t.Context(), tx, f.sc, wenyuan.Principal{ID: "li"}, f.feedback)
				return err
			})
			if wenyuan.CodeOf(err) != f.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.Read(t.Context(), func(tx *store.Tx) error {
			_, err := trace.FeedbackOf(t.Context(), tx, some, asker, two.ID)
			return err
		}); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("feedback on what may not be seen: %v", err)
		}
	})
}
