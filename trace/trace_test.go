package trace_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// asker is who asked in most tests.
var asker = wenyuan.Principal{ID: "single"}

func answer(cited string, read ...string) wenyuan.Answer {
	a := wenyuan.Answer{Answer: "端口是 7700 [1]。", Citations: []wenyuan.Citation{}, Sentences: []wenyuan.Sentence{}, Versions: []wenyuan.Version{}}
	if cited != "" {
		a.Citations = append(a.Citations, wenyuan.Citation{N: 1, Document: cited, Revision: "r_" + cited, Quote: "7700"})
	}
	for _, d := range read {
		a.Passages = append(a.Passages, wenyuan.Passage{ID: "p_" + d, Document: d, Revision: "r_" + d, Text: "文 " + d})
	}
	return a
}

// record makes a trace the way the road does.
func record(question string, a wenyuan.Answer, details ...any) trace.Trace {
	r := trace.Start(trace.Trace{Space: "main", Corpus: "手册", Assistant: "手册", Principal: "single", Question: question})
	for i, d := range details {
		r.Step(fmt.Sprint("step ", i))("一行", d)
	}
	return r.End(a)
}

func save(t testing.TB, s *store.Store, traces ...trace.Trace) {
	t.Helper()
	for _, tr := range traces {
		storetest.Write(t, s, func(tx *store.Tx) error { return trace.Save(t.Context(), tx, tr) })
	}
}

func find(t testing.TB, s *store.Store, sc scope.Scope, id string) (tr trace.Trace, err error) {
	t.Helper()
	err = s.Read(t.Context(), func(tx *store.Tx) (err error) {
		tr, err = trace.Get(t.Context(), tx, sc, asker, id)
		return err
	})
	return tr, err
}

func list(t testing.TB, s *store.Store, sc scope.Scope, f trace.Filter) (ids []string) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) error {
		traces, err := trace.List(t.Context(), tx, sc, asker, f)
		for _, tr := range traces {
			ids = append(ids, tr.ID)
		}
		return err
	})
	return ids
}

func TestSaveAndGet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		want := record("在哪里监听？", answer("d1", "d1", "d2"), map[string]any{"query": "监听", "hits": []any{map[string]any{"document": "d3", "score": 0.5}}}, nil)
		save(t, s, want)
		got, err := find(t, s, scope.Space("main"), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return trace.Save(t.Context(), tx, want) }); err == nil {
			t.Error("a trace was saved twice")
		}
		if _, err := find(t, s, scope.Space("main"), "trc_no"); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("a trace that is not there: %v", err)
		}
	})
}

// TestScope: a trace is there only for those who may see every document in it, cited
// or read or only named in a step.
func TestScope(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		type hit struct{ Document, Passage string } // without JSON tags
		cited := record("cited", answer("d1"))
		read := record("read", answer("d1", "d1", "d2"))
		dropped := record("dropped", answer("d1", "d1"), map[string]any{"dropped": []any{map[string]any{"passage": map[string]any{"document": "d3"}, "why": "floor"}}})
		plain := record("plain", answer("d1"), []hit{{Document: "d4"}})
		listed := record("listed", answer("d1"), map[string]any{"documents": []string{"d5"}})
		nothing := record("nothing", wenyuan.Answer{Refused: true})
		save(t, s, cited, read, dropped, plain, listed, nothing)
		all := []trace.Trace{cited, read, dropped, plain, listed, nothing}
		for name, c := range map[string]struct {
			scope scope.Scope
			sees  string
		}{
			"the whole space":   {scope.Space("main"), "cited read dropped plain listed nothing"},
			"another space":     {scope.Space("other"), ""},
			"the zero scope":    {scope.Scope{}, ""},
			"d1":                {scope.Documents("main", []string{"d1"}), "cited nothing"},
			"d1 and d2":         {scope.Documents("main", []string{"d1", "d2"}), "cited read nothing"},
			"d1 and d3":         {scope.Documents("main", []string{"d1", "d3"}), "cited dropped nothing"},
			"d1, d4 and d5":     {scope.Documents("main", []string{"d1", "d4", "d5"}), "cited plain listed nothing"},
			"d2 alone":          {scope.Documents("main", []string{"d2"}), "nothing"},
			"d1, another space": {scope.Documents("other", []string{"d1"}), ""},
			"no document":       {scope.Documents("main", nil), "nothing"},
		} {
			var want []string
			for _, tr := range all {
				sees := strings.Contains(" "+c.sees+" ", " "+tr.Question+" ")
				if sees {
					want = append(want, tr.ID)
				}
				got, err := find(t, s, c.scope, tr.ID)
				if sees && err != nil {
					t.Errorf("%s does not see %q: %v", name, tr.Question, err)
				}
				if !sees && (wenyuan.CodeOf(err) != wenyuan.NotFound || got.Question != "") {
					t.Errorf("%s sees %q: %v", name, tr.Question, err)
				}
			}
			got := list(t, s, c.scope, trace.Filter{})
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s lists (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var ids []string
		for i := range 12 {
			tr := record(fmt.Sprint(i), answer(fmt.Sprint("d", i%3)))
			tr.ID = fmt.Sprintf("trc_%02d", i)
			if i == 11 {
				tr.Corpus = "other"
			}
			save(t, s, tr)
			ids = append([]string{tr.ID}, ids...) // newest first
		}
		all := scope.Space("main")
		some := scope.Documents("main", []string{"d0"})
		for name, c := range map[string]struct {
			scope  scope.Scope
			filter trace.Filter
			want   []string
		}{
			"all":             {all, trace.Filter{}, ids},
			"a page":          {all, trace.Filter{Limit: 5}, ids[:5]},
			"the next page":   {all, trace.Filter{Limit: 5, Before: ids[4]}, ids[5:10]},
			"the last page":   {all, trace.Filter{Limit: 5, Before: ids[9]}, ids[10:]},
			"a document":      {all, trace.Filter{Document: "d0"}, []string{"trc_09", "trc_06", "trc_03", "trc_00"}},
			"a corpus":        {all, trace.Filter{Corpus: "other"}, []string{"trc_11"}},
			"both":            {all, trace.Filter{Corpus: "手册", Document: "d2", Limit: 2}, []string{"trc_08", "trc_05"}},
			"full pages":      {some, trace.Filter{Limit: 3}, []string{"trc_09", "trc_06", "trc_03"}},
			"the rest of it":  {some, trace.Filter{Limit: 3, Before: "trc_03"}, []string{"trc_00"}},
			"a hidden one":    {some, trace.Filter{Document: "d1"}, nil},
			"an unknown one":  {all, trace.Filter{Document: "nothing"}, nil},
			"an odd name":     {all, trace.Filter{Corpus: "' OR 1 = 1 --"}, nil},
			"far too many":    {all, trace.Filter{Limit: 1 << 30}, ids},
			"less than none":  {all, trace.Filter{Limit: -1}, ids},
			"the zero scope":  {scope.Scope{}, trace.Filter{}, nil},
			"before them all": {all, trace.Filter{Before: "a"}, nil},
		} {
			if diff := cmp.Diff(c.want, list(t, s, c.scope, c.filter)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

// TestTooLarge: a record stays of a bounded size, says that it was cut, and hides
// as much as the whole one would.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	a := answer("d1", "d1")
	for i := range 60 {
		p := wenyuan.Passage{Document: fmt.Sprint("x", i), Text: strings.Repeat("长", 40_000)}
		a.Passages = append([]wenyuan.Passage{p}, a.Passages...)
	}
	steps := []any{strings.Repeat("x", 300<<10), map[string]any{"document": "secret", "text": strings.Repeat("y", 300<<10)}, "short"}
	for range 8 {
		steps = append(steps, strings.Repeat("z", 200<<10))
	}
	tr := record("long", a, steps...)
	save(t, s, tr)
	got, err := find(t, s, scope.Space("main"), tr.ID)
	if err != nil || !got.Cut {
		t.Fatalf("cut: %v, %v", got.Cut, err)
	}
	last := got.Answer.Passages[len(got.Answer.Passages)-1]
	if n := len(got.Answer.Passages); n < 10 || n > 40 || last.Document != "d1" {
		t.Errorf("%d passages are left, the last of %s", n, last.Document)
	}
	if len(got.Steps) != len(steps) || got.Steps[2].Detail != "short" || fmt.Sprint(got.Steps[0].Detail) != fmt.Sprint(map[string]any{"left_out_bytes": 307202}) {
		t.Errorf("%d steps, %v", len(got.Steps), got.Steps[0].Detail)
	}
	var size int
	storetest.Read(t, s, func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT LENGTH(CAST(answer AS BYTEA)) + LENGTH(CAST(steps AS BYTEA)) FROM trace WHERE id = $1`, tr.ID).Scan(&size)
	})
	if size > 6<<20 {
		t.Errorf("the record has %d bytes", size)
	}
	everythingButSecret := []string{"d1"}
	for i := range 60 {
		everythingButSecret = append(everythingButSecret, fmt.Sprint("x", i))
	}
	if _, err := find(t, s, scope.Documents("main", everythingButSecret), tr.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("a document in what was cut does not count: %v", err)
	}
	odd := record("什么\x00\xff"+strings.Repeat("？", 64<<10), wenyuan.Answer{Answer: "a\x00b"})
	odd.Steps = slices.Repeat([]trace.Step{{Name: "n", Summary: strings.Repeat("长\x00", 2<<10)}}, 600)
	save(t, s, odd)
	if got, err = find(t, s, scope.Space("main"), odd.ID); err != nil || !got.Cut || len(got.Steps) != 500 || len(got.Question) > 64<<10 || !strings.HasPrefix(got.Question, "什么\uFFFD\uFFFD？") || got.Answer.Answer != "a\x00b" {
		t.Errorf("odd: %v, %v, %d steps, a question of %d bytes: %.20q", err, got.Cut, len(got.Steps), len(got.Question), got.Question)
	}
	huge := record("huge", wenyuan.Answer{Answer: strings.Repeat("x", 5<<20)})
	err = s.Write(t.Context(), func(tx *store.Tx) error { return trace.Save(t.Context(), tx, huge) })
	if wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("a huge answer: %v", err)
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := trace.Start(trace.Trace{Space: "main", Question: "q"})
		begun := time.Now()
		search := r.Step("search")
		time.Sleep(3 * time.Millisecond) // on the bubble's clock
		fuse := r.Step("fuse")
		time.Sleep(time.Millisecond)
		fuse("2 lists", nil)
		step := search("10 passages", []int{1})
		got := r.End(wenyuan.Answer{Refused: true})
		want := []trace.Step{{Name: "fuse", Start: 3000, Took: 1000, Summary: "2 lists"}, {Name: "search", Took: 4000, Summary: "10 passages", Detail: []int{1}}}
		if diff := cmp.Diff(want, got.Steps); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want[1], step); diff != "" {
			t.Error(diff)
		}
		if got.ID != r.ID() || got.Took != 4000 || got.Created != begun.UnixMicro() || !got.Refused || got.Question != "q" {
			t.Errorf("%+v", got)
		}
	})
}

// What was told of a conversation is for the person who had it; that an answer was given, and
// from what, is for all who see its documents.
func TestReadBySomebodyElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx, st, sc := t.Context(), storetest.Open(t, c), scope.Space("main")
		li, wang := wenyuan.Principal{ID: "key:li"}, wenyuan.Principal{ID: "key:wang"}
		save := func(before ...string) string {
			r := trace.Start(trace.Trace{Space: "main", Principal: li.ID, Question: "and in version 4?"})
			for _, name := range before {
				r.Step(name)("", nil)
			}
			r.Step("rewrite")("what Li asked before", map[string]string{"text": "what Li asked before"})
			r.Step("retrieve")("2 kept", nil)
			r.Step("generate")("m", map[string]string{"messages": "Li wants to be called Lili"})
			tr := r.End(wenyuan.Answer{Answer: "Yes.", Conversation: "cnv_1"})
			tr.Conversation = "cnv_1"
			if err := st.Write(ctx, func(tx *store.Tx) error { return trace.Save(ctx, tx, tr) }); err != nil {
				t.Fatal(err)
			}
			return tr.ID
		}
		read := func(p wenyuan.Principal, id string) (tr trace.Trace, text string) {
			err := st.Read(ctx, func(tx *store.Tx) (err error) {
				tr, err = trace.Get(ctx, tx, sc, p, id)
				return err
			})
			b, failed := json.Marshal(tr)
			if err != nil || failed != nil {
				t.Fatal(err, failed)
			}
			return tr, string(b)
		}
		own, first, visitor := save("history"), save(), save("channel", "history")
		for id, private := range map[string]bool{own: true, first: false, visitor: false} {
			if tr, text := read(li, id); tr.Private || !strings.Contains(text, "Lili") || tr.Conversation == "" {
				t.Errorf("Li reads %s", text)
			}
			tr, text := read(wang, id)
			if tr.Private != private || strings.Contains(text, "Lili") == private || strings.Contains(text, "asked before") == private || strings.Contains(text, "cnv_1") == private {
				t.Errorf("Wang reads %s", text)
			}
			if tr.Answer.Answer != "Yes." || len(tr.Steps) < 3 || !strings.Contains(text, "2 kept") {
				t.Errorf("Wang does not read what is for all: %s", text)
			}
		}
	})
}
