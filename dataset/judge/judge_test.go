package judge_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var (
	boss  = wenyuan.Principal{ID: "psn_boss", Name: "boss"}
	whole = scope.Space("main")
	asks  = scope.All("main", scope.Ask|scope.Read)
)

func quiet(dataset.Progress) error { return nil }

// A house is a store with a queue.
type house struct {
	*judge.Queue
	t testing.TB
}

func open(t testing.TB, c store.Config) *house {
	t.Helper()
	s := storetest.Open(t, c)
	h := &house{judge.New(judge.Config{Store: s, Sets: dataset.Open(dataset.Config{Store: s})}), t}
	for _, id := range []string{"ann", "bob", "cyd", "dee", "boss"} {
		h.run(`INSERT INTO person (id, name, fold, created, updated) VALUES ($1, $2, $2, 1, 1)`, "psn_"+id, id)
	}
	return h
}

func (h *house) run(query string, args ...any) {
	h.t.Helper()
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), query, args...)
		return err
	})
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	storetest.Read(h.t, h.Store, func(tx *store.Tx) error { return tx.QueryRow(h.t.Context(), query, args...).Scan(&n) })
	return n
}

func (h *house) file(name string, rows ...string) {
	h.t.Helper()
	_, err := h.Sets.Import(h.t.Context(), whole, boss, dataset.ImportOrder{Name: name, Licence: "MIT"}, strings.NewReader(strings.Join(rows, "\n")), quiet)
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) create(o judge.Order) judge.Standing {
	h.t.Helper()
	if o.Guidelines == "" {
		o.Guidelines = "The better answer is the one that is right."
	}
	st, _, err := h.Create(h.t.Context(), whole, boss, o)
	if err != nil {
		h.t.Fatal(err)
	}
	return st
}

func (h *house) show(name string) judge.Standing {
	h.t.Helper()
	st, err := h.Show(h.t.Context(), whole, boss, name)
	if err != nil {
		h.t.Fatal(err)
	}
	return st
}

func who(name string) wenyuan.Principal { return wenyuan.Principal{ID: "psn_" + name, Name: name} }

func none() *float64 { return new(float64) }

// nonsense is words that have nothing in common with others.
func nonsense(seed, n int) string {
	var all []string
	for k := range n {
		all = append(all, fmt.Sprintf("w%dx%d", seed*7919%10007, k))
	}
	return strings.Join(all, " ")
}

// pair is a preference: the answer that begins with good is right.
func pair(i int) string {
	return fmt.Sprintf(`{"prompt":"What is %s?","chosen":"good %s","rejected":"bad %s"}`, nonsense(i, 6), nonsense(i+20000, 6), nonsense(i+40000, 6))
}

// order is what somebody says of an item who is right with so much likelihood.
func order(x judge.Item, right bool) [][]string {
	a, b := x.Answers[0], x.Answers[1]
	if strings.HasPrefix(a.Text, "good") != right {
		a, b = b, a
	}
	return [][]string{{a.ID}, {b.ID}}
}

// knows says whether somebody is right about an item, of whom that holds with so much likelihood: by the item's number, because
// in which order items are given differs from run to run.
func knows(who int, x judge.Item, share float64) bool {
	return rand.New(rand.NewPCG(uint64(who)+1, uint64(x.Number))).Float64() < share
}

// TestSimulated: 200 items, three judges who are right in four of five, an adjudicator who is right in nineteen of
// twenty where they do not agree: at least 95 % of the labels are recovered, agreement is what such judges have, and
// the pairs of a finished task that answer one question stand in one split.
func TestSimulated(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	const n = 200
	var rows []string
	for i := range n {
		rows = append(rows, pair(i))
	}
	h.file("pairs", rows...)
	st := h.create(judge.Order{Name: "better", Kind: judge.Rank, Overlap: 3, Gold: none(), Judges: []string{"ann", "bob", "cyd"}, From: &judge.Source{Filter: dataset.Filter{Kinds: []string{form.Preference}}}})
	if st.Items != n || st.Open != n || len(st.Judges) != 3 {
		t.Fatalf("%+v", st)
	}
	first := 0
	for i, name := range []string{"ann", "bob", "cyd"} {
		for done := 0; ; done++ {
			w, err := h.Next(ctx, asks, who(name), "better")
			if err != nil {
				t.Fatal(err)
			}
			if w == nil {
				if done != n {
					t.Fatalf("%s was given %d items", name, done)
				}
				break
			}
			if i == 0 && strings.HasPrefix(w.Item.Answers[0].Text, "good") {
				first++
			}
			if w.Done != done || w.Of != n {
				t.Fatalf("%d of %d, not %d of %d", w.Done, w.Of, done, n)
			}
			if err := h.Give(ctx, asks, who(name), "better", w.Item.ID, judge.Given{Order: order(w.Item, knows(i, w.Item, 0.8))}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if first < n/3 || first > 2*n/3 {
		t.Errorf("the right answer stood first %d times of %d", first, n)
	}
	st = h.show("better")
	if st.Alpha == nil || *st.Alpha < 0.2 || *st.Alpha > 0.5 || st.Compared != n || st.Judged != n || st.Disputed == 0 {
		t.Fatalf("%+v", st)
	}
	if _, err := h.Finish(ctx, whole, boss, "better", false); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("finished with %d disputes: %v", st.Disputed, err)
	}
	decided := 0
	for {
		w, left, err := h.Dispute(ctx, whole, boss, "better")
		if err != nil {
			t.Fatal(err)
		}
		if w == nil {
			break
		}
		if decided++; left != st.Disputed-decided+1 && left <= 0 || len(w.Others) != 3 || w.Others[0].Person != "" {
			t.Fatalf("%d left, %+v", left, w.Others)
		}
		if err := h.Decide(ctx, whole, boss, "better", w.Item.ID, judge.Given{Order: order(w.Item, knows(3, w.Item, 0.95))}); err != nil {
			t.Fatal(err)
		}
	}
	done, err := h.Finish(ctx, whole, boss, "better", false)
	if err != nil || !done.Finished || done.Items != n || done.Samples != n {
		t.Fatalf("%+v, %v", done, err)
	}
	again, err := h.Finish(ctx, whole, boss, "better", false)
	if err != nil || again.Samples != 0 || again.Known != n {
		t.Errorf("again: %+v, %v", again, err)
	}
	page, err := h.Sets.Samples(ctx, whole, boss, dataset.Filter{Origins: []string{dataset.Judged}}, "", 200)
	if err != nil || len(page.Samples) != n {
		t.Fatalf("%d samples, %v", len(page.Samples), err)
	}
	right := 0
	for _, x := range page.Samples {
		if strings.HasPrefix(x.Row.Chosen[0].Content, "good") {
			right++
		}
	}
	t.Logf("alpha %.2f, %d decided, %d of %d right", *st.Alpha, decided, right, n)
	if right < n*95/100 {
		t.Errorf("%d of %d labels are right", right, n)
	}
	x, err := h.Sets.Sample(ctx, whole, boss, page.Samples[0].ID)
	if err != nil || len(x.People) < 3 || x.Licence != "MIT" || x.Source != "better" {
		t.Errorf("%+v, %v", x, err)
	}
}

// TestSplit: the pairs of one ranking stand in one split, and each pair says what most judges say.
func TestSplit(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	var lines []string
	for i := range 40 {
		var answers []string
		for k := range 4 {
			answers = append(answers, fmt.Sprintf("%q", fmt.Sprintf("%d %s", k, nonsense(i*10+k+50000, 5))))
		}
		lines = append(lines, fmt.Sprintf(`{"question":"Which of %s?","answers":[%s]}`, nonsense(i, 6), strings.Join(answers, ",")))
	}
	h.create(judge.Order{Name: "four", Kind: judge.Rank, Overlap: 1, Gold: none()})
	got, err := h.Import(ctx, whole, boss, "four", judge.Lines, "CC0-1.0", false, strings.NewReader(strings.Join(lines, "\n")))
	if err != nil || got.Items != 40 {
		t.Fatalf("%+v, %v", got, err)
	}
	for {
		w, err := h.Next(ctx, whole, boss, "four")
		if err != nil {
			t.Fatal(err)
		}
		if w == nil {
			break
		}
		sorted := slices.Clone(w.Item.Answers)
		slices.SortFunc(sorted, func(a, b judge.Candidate) int { return strings.Compare(a.Text, b.Text) })
		err = h.Give(ctx, whole, boss, "four", w.Item.ID, judge.Given{Order: [][]string{{sorted[0].ID}, {sorted[2].ID, sorted[1].ID}, {}, {sorted[3].ID}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	done, err := h.Finish(ctx, whole, boss, "four", false)
	if err != nil || done.Samples != 40*5 { // six pairs of which one is a tie
		t.Fatalf("%+v, %v", done, err)
	}
	rep, err := h.Sets.Build(ctx, whole, boss, dataset.Recipe{Name: "four", From: dataset.Filter{Origins: []string{dataset.Judged}}, Split: dataset.Split{Train: 0.5, Valid: 0.25, Test: 0.25}}, quiet)
	if err != nil || rep.Set.Rows != 200 || len(rep.Set.Counts.Split) != 3 || rep.Set.Counts.Licence["CC0-1.0"] != 200 {
		t.Fatalf("%+v, %v", rep, err)
	}
	split := map[string]string{}
	for r, err := range h.Sets.Rows(ctx, whole, boss, "four", "") {
		if err != nil {
			t.Fatal(err)
		}
		q := r.Messages[0].Content
		if split[q] != "" && split[q] != r.Split {
			t.Errorf("%s stands in %s and %s", q, split[q], r.Split)
		}
		split[q] = r.Split
		if r.Chosen[0].Content[0] >= r.Rejected[0].Content[0] {
			t.Errorf("%s above %s", r.Chosen[0].Content, r.Rejected[0].Content)
		}
	}
}

// TestRound: what is written is read again, and written as it was, byte by byte; also what came from elsewhere.
func TestRound(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	for i, c := range []struct{ kind, format, file string }{
		{judge.Rank, judge.Lines, `{"question":"Q one?","answers":["a","b","c"],"judgements":[{"person":"3","given":{"order":[[2],[1,3]],"note":"<b>"},"created":5}]}
{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"},{"role":"user","content":"问？"}],"answers":[{"id":"m","text":"好"},{"text":"坏","model":"qwen"}],"gold":{"order":[["m"],[2]]},"judgements":[{"person":"li","given":{"skip":"I do not know"},"created":7}]}
`},
		{judge.Rank, judge.Studio, `[{"id":11,"data":{"prompt":"p?","answer1":"left one","answer2":"right one"},"annotations":[{"id":4,"completed_by":{"id":3,"email":"a@b.c"},"result":[{"id":"x","from_name":"pw","to_name":"answer1,answer2","type":"pairwise","value":{"selected":"right"}}],"was_cancelled":false,"ground_truth":false,"created_at":"2026-03-09T22:16:08.728353Z","lead_time":4.288}],"predictions":[]},
{"id":12,"data":{"text":"q?","items":[{"id":"blog","title":"t","body":"one"},{"id":"mdn","title":"t","body":"two"}]},"annotations":[{"id":5,"completed_by":1,"result":[{"id":"y","from_name":"rank","to_name":"results","type":"ranker","value":{"ranker":{"rank":["mdn","blog"]}}}],"was_cancelled":false,"ground_truth":true}]}]`},
		{judge.Answer, judge.Studio, `[{"id":1,"data":{"question":"q?","answer":"old"},"annotations":[{"id":1,"completed_by":7,"result":[{"id":"z","from_name":"answer","to_name":"q","type":"textarea","value":{"text":["new"]}}],"was_cancelled":false,"ground_truth":false,"lead_time":1.5}]},{"id":2,"data":{"question":"r?"},"annotations":[{"id":2,"completed_by":7,"result":[],"was_cancelled":true,"ground_truth":false}]}]`},
	} {
		var files []string
		for k, from := range []string{"a", "b", "c"} {
			name := fmt.Sprintf("t%d%s", i, from)
			h.create(judge.Order{Name: name, Kind: c.kind})
			text := c.file
			if k > 0 {
				text = files[k-1]
			}
			got, err := h.Import(ctx, whole, boss, name, c.format, "", false, strings.NewReader(text))
			if err != nil || !got.Taken || got.Items != 2 || got.Judgements == 0 {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
			var out bytes.Buffer
			if err := h.Export(ctx, whole, boss, name, c.format, func(judge.Task) (io.Writer, error) { return &out, nil }); err != nil {
				t.Fatal(err)
			}
			files = append(files, out.String())
		}
		if files[0] != files[1] || files[1] != files[2] {
			t.Errorf("%s:\n%s\n%s\n%s", c.format, files[0], files[1], files[2])
		}
		flat := func(s string) string { return strings.NewReplacer("\n", "").Replace(s) }
		if flat(files[0]) != flat(c.file) {
			t.Errorf("%s is not as it came:\n%s\n%s", c.format, c.file, files[0])
		}
	}
	// From one format to the other and back.
	both := func(name, from, to string) string {
		var out, back bytes.Buffer
		if err := h.Export(ctx, whole, boss, name, to, func(judge.Task) (io.Writer, error) { return &out, nil }); err != nil {
			t.Fatal(err)
		}
		h.create(judge.Order{Name: name + "x", Kind: judge.Rank})
		if _, err := h.Import(ctx, whole, boss, name+"x", to, "", false, &nopSeeker{bytes.NewReader(out.Bytes())}); err != nil {
			t.Fatal(err)
		}
		if err := h.Export(ctx, whole, boss, name+"x", from, func(judge.Task) (io.Writer, error) { return &back, nil }); err != nil {
			t.Fatal(err)
		}
		return back.String()
	}
	h.create(judge.Order{Name: "plain", Kind: judge.Rank})
	const plain = `{"messages":[{"role":"user","content":"Q?"}],"answers":[{"id":"3e23e816","text":"b"},{"id":"ca978112","text":"a","model":"m"}],"passages":[{"document":"doc_1","source":"a.md","start":0,"end":3,"text":"abc"}],"licence":"MIT","gold":{"order":[["ca978112"],["3e23e816"]]},"judgements":[{"person":"psn_ann","given":{"order":[["3e23e816","ca978112"]],"note":"n","took_us":1234567},"created":1700000000000001,"guidelines":"abc"},{"person":"psn_bob","given":{"order":[["ca978112"],["3e23e816"]]},"decides":true,"created":1700000000000002}]}` + "\n"
	if got, err := h.Import(ctx, whole, boss, "plain", judge.Lines, "", false, strings.NewReader(plain)); err != nil || !got.Taken {
		t.Fatalf("%+v, %v", got, err)
	}
	if back := both("plain", judge.Lines, judge.Studio); back != plain {
		t.Errorf("\n%s\n%s", plain, back)
	}
}

type nopSeeker struct{ *bytes.Reader }

// TestBroken: what is broken is named with its line, and nothing is taken in unless that is asked for.
func TestBroken(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	h.create(judge.Order{Name: "r", Kind: judge.Rank})
	file := strings.Join([]string{
		`{"question":"q1?","answers":["a","b"]}`,
		`{"question":"q2?","answers":["a"]}`,
		`{"question":"","answers":["a","b"]}`,
		`{"question":"q3?","answers":["a","b"],"judgements":[{"person":"x","given":{"order":[[1]]}}]}`,
		`{"question":"q4?","answers":["a","b"],"extra":1}`,
		`{"question":"q5?","answers":["a","b"],"judgements":[{"person":"x","given":{"order":[[1],[9]]}}]}`,
		`{`,
	}, "\n")
	got, err := h.Import(ctx, whole, boss, "r", judge.Lines, "", false, strings.NewReader(file))
	if err != nil || got.Taken || got.Broken != 6 || h.show("r").Items != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, f := range got.Faults {
		if f.Line != i+2 || f.Why == "" {
			t.Errorf("%+v", f)
		}
	}
	if got, err = h.Import(ctx, whole, boss, "r", judge.Lines, "", true, strings.NewReader(file)); err != nil || got.Items != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = h.Import(ctx, whole, boss, "r", judge.Studio, "", false, strings.NewReader(`{"data": 3}`)); err != nil {
		t.Errorf("%v", err)
	}
}
