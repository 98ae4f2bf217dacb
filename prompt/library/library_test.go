package library_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
	"wenyuan/prompt/library"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var (
	li    = wenyuan.Principal{ID: "psn_li", Name: "li"}
	whole = scope.Space("main")
)

func quiet(dataset.Progress) error { return nil }

// A house is a store with libraries.
type house struct {
	*library.Libraries
	t testing.TB
}

func open(t testing.TB, c store.Config) *house {
	t.Helper()
	s := storetest.Open(t, c)
	sets := dataset.Open(dataset.Config{Store: s})
	h := &house{library.New(library.Config{Store: s, Sets: sets, Judging: judge.New(judge.Config{Store: s, Sets: sets})}), t}
	h.run(`INSERT INTO corpus (id, space, name, created) VALUES ('cor_1', 'main', 'docs', 1)`)
	for _, id := range []string{"pump", "valve"} {
		h.run(`INSERT INTO document (id, space, corpus, source, state, revision, created, updated) VALUES ($1, 'main', 'cor_1', $1, 'ready', 'r1', 1, 1)`, id)
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

func chat(asked, answer string) form.Row {
	return form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: asked}, {Role: form.Assistant, Content: answer}}}
}

// judged keeps a sample that li judged, made from documents in their revision r1.
func (h *house) judged(row form.Row, documents ...string) (id string) {
	h.t.Helper()
	return h.put(dataset.Sample{Origin: dataset.Judged, Row: row}, documents...)
}

func (h *house) put(x dataset.Sample, documents ...string) (id string) {
	h.t.Helper()
	x.Space, x.Principal = "main", li.ID
	for _, d := range documents {
		x.Documents = append(x.Documents, dataset.Document{ID: d, Revision: "r1"})
	}
	storetest.Write(h.t, h.Store, func(tx *store.Tx) (err error) {
		id, _, err = dataset.Put(h.t.Context(), tx, x)
		return err
	})
	return id
}

func (h *house) add(o library.Order) library.Added {
	h.t.Helper()
	out, err := h.Add(h.t.Context(), whole, li, "desk", o)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// near are the samples that are shown beside a question, and why others are not.
func (h *house) near(sc scope.Scope, which, asked string) ([]string, map[string]int) {
	h.t.Helper()
	got, err := h.Nearest(h.t.Context(), sc, library.Question{Library: which, Text: asked, Most: 5})
	if err != nil {
		h.t.Fatal(err)
	}
	ids := []string{}
	for _, x := range got.Examples {
		if x.Question == "" || x.Answer == "" {
			h.t.Errorf("%+v", x)
		}
		ids = append(ids, x.Sample)
	}
	return ids, got.Left
}

func (h *house) want(sc scope.Scope, which, asked string, want ...string) map[string]int {
	h.t.Helper()
	got, left := h.near(sc, which, asked)
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		h.t.Errorf("%q: %v, not %v (%v)", asked, got, want, left)
	}
	return left
}

const asked = "How is the filter of the pump replaced?"

// TestShown: an example is shown to who sees every document of its sample, as that is now, and in the language of
// the question first; what is erased, removed, changed, set aside or taken out is shown to nobody, whatever version is named.
func TestShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		open := h.judged(chat("How is the filter of the pump cleaned?", "With water."), "pump")
		both := h.judged(chat("Who replaces the filter of the pump?", "The fitter."), "pump", "valve")
		chinese := h.judged(chat("pump 的 filter 怎么更换？", "先关泵。"), "pump")
		far := h.judged(chat("When is the canteen open?", "At noon."))
		added := h.add(library.Order{Samples: []string{open, both, chinese, far}})
		if added.Added != 4 || added.Library.Examples != 4 {
			t.Fatalf("%+v", added)
		}
		all, err := h.Pin(ctx, whole, "desk")
		if err != nil || !library.Named(all) {
			t.Fatal(all, err)
		}
		pumps := scope.Documents("main", []string{"pump"})
		h.want(whole, all, asked, both, open, chinese)
		h.want(whole, "desk", "pump 的 filter 怎么更换？cleaned", chinese, open, both)
		if left := h.want(pumps, all, asked, open, chinese); len(left) > 0 {
			t.Errorf("tells of what is not seen: %v", left)
		}
		h.want(scope.Documents("main", nil), all, asked)
		h.want(scope.Documents("main", nil), all, "Is the canteen open?", far)
		if _, err := h.Nearest(ctx, scope.Space("other"), library.Question{Library: all, Text: asked}); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("another space: %v", err)
		}
		got, err := h.Nearest(ctx, whole, library.Question{Library: all, Text: "Who replaces the filter of the pump?", Most: 5, Apart: true})
		if err != nil || len(got.Examples) != 2 || got.Left[library.LeftAsked] != 1 {
			t.Errorf("%+v, %v", got, err)
		}

		h.run(`UPDATE document SET revision = 'r2' WHERE id = 'valve'`)
		if left := h.want(whole, all, asked, open, chinese); left[dataset.LeftChanged] != 1 {
			t.Errorf("%v", left)
		}
		if left := h.want(pumps, all, asked, open, chinese); len(left) > 0 {
			t.Errorf("tells of what is not seen: %v", left)
		}
		if _, err := h.Remove(ctx, whole, li, "desk", []string{chinese}); err != nil {
			t.Fatal(err)
		}
		if left := h.want(whole, all, asked, open); left[library.LeftTaken] != 1 {
			t.Errorf("%v", left)
		}
		if _, err := h.Sets.SetAside(ctx, whole, li, []string{open}, false, ""); err != nil {
			t.Fatal(err)
		}
		if left := h.want(whole, all, asked); left[dataset.LeftAside] != 1 {
			t.Errorf("%v", left)
		}
		if _, err := h.Sets.SetAside(ctx, whole, li, []string{open}, true, ""); err != nil {
			t.Fatal(err)
		}
		h.want(whole, all, asked, open)
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			_, err := dataset.Withdraw(ctx, tx, "main", "pump")
			return err
		})
		h.want(whole, all, asked)
		one, err := h.Show(ctx, whole, li, "desk", "")
		if err != nil || len(one.All) != 3 || len(one.History) != 2 {
			t.Fatalf("%+v, %v", one, err)
		}
		for _, x := range one.All {
			if x.Sample == open && (x.Left != dataset.LeftErased || x.Question != "" || x.Answer != "") {
				t.Errorf("%+v", x)
			}
		}
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			_, err := dataset.Erase(ctx, tx, li.ID)
			return err
		})
		h.want(whole, all, "Is the canteen open?")
		again := h.add(library.Order{Samples: []string{h.judged(chat("What is a valve?", "A tap."))}})
		if again.Added != 1 || again.Dropped != 3 || again.Library.Examples != 1 {
			t.Errorf("%+v", again)
		}
		if err := h.Drop(ctx, whole, "desk"); err != nil {
			t.Fatal(err)
		}
		h.want(whole, all, "What is a valve?")
		if _, err := h.Nearest(ctx, whole, library.Question{Library: "desk", Text: asked}); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// TestAdd: people's answers are taken, the best of a ranking, and each once; what nobody judged, what was called bad, what has
// several turns and what a gate asks is left out, and it is said why.
func TestAdd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		said := func(text string) []form.Message { return []form.Message{{Role: form.Assistant, Content: text}} }
		asked := func(text string) []form.Message { return []form.Message{{Role: form.User, Content: text}} }
		pair := func(better, worse string) form.Row {
			return form.Row{Kind: form.Preference, Messages: asked("What is a pump?"), Chosen: said(better), Rejected: said(worse)}
		}
		label := func(q string, good bool) form.Row {
			return form.Row{Kind: form.Label, Messages: append(asked(q), said("Yes.")...), Good: &good}
		}
		feedback := func(r form.Row) string { return h.put(dataset.Sample{Origin: dataset.Feedback, Source: li.ID, Row: r}) }
		h.run(`INSERT INTO judge_task (id, space, name, kind, guidelines, overlap, blind, gold, least, seed, state, created) VALUES ('jtk_1', 'main', 'better', 'rank', 'g', 1, 1, 0, 0, 0, 'open', 1)`)
		h.run(`INSERT INTO judge_item (id, task, number, body, hash, created) VALUES ('jit_1', 'jtk_1', 1, '{}', 'h', 1)`)
		for _, r := range []form.Row{pair("A", "B"), pair("A", "C"), pair("B", "C")} {
			h.run(`INSERT INTO judge_made (item, sample) VALUES ('jit_1', $1)`, h.judged(r))
		}
		if _, err := h.Add(ctx, whole, li, "desk", library.Order{Task: "better"}); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("%v", err)
		}
		h.run(`UPDATE judge_task SET state = 'finished'`)
		if got := h.add(library.Order{Task: "better"}); got.Added != 1 || got.Known != 1 || got.Left[dataset.LeftOutranked] != 1 {
			t.Errorf("%+v", got)
		}
		if got := h.add(library.Order{Task: "better"}); got.Added != 0 || got.Known != 2 {
			t.Errorf("%+v", got)
		}

		h.judged(chat("How high is the tower of the old mill, and who is it that built it in those days?", "Ten metres; the miller."))
		feedback(chat("What is corrected?", "This."))
		liked := feedback(label("What is liked?", true))
		feedback(label("What is disliked?", false))
		turns := h.judged(form.Row{Kind: form.Chat, Messages: append(append(asked("One?"), said("1")...), append(asked("And two?"), said("2")...)...)})
		traced := h.put(dataset.Sample{Origin: dataset.Trace, Row: chat("What did nobody judge?", "This.")})
		for _, r := range []dataset.Recipe{{Name: "all"}, {Name: "asked", From: dataset.Filter{Origins: []string{dataset.Judged}, Kinds: []string{form.Chat}}}} {
			if _, err := h.Sets.Build(ctx, whole, li, r, quiet); err != nil {
				t.Fatal(err)
			}
		}
		got := h.add(library.Order{Dataset: "all"})
		if got.Added != 2 || got.Left[dataset.LeftTurns] != 1 || got.Left[dataset.LeftOutranked] != 1 || got.Left[dataset.LeftLiked] != 0 {
			t.Errorf("%+v", got)
		}
		if got = h.add(library.Order{Dataset: "all", Liked: true}); got.Added != 1 || got.Left[dataset.LeftDisliked] != 1 {
			t.Errorf("%+v", got)
		}
		if got = h.add(library.Order{Samples: []string{traced, turns, liked, "smp_none"}}); got.Added != 1 || got.Known != 1 || got.Left[dataset.LeftTurns] != 1 || got.Left[dataset.LeftHidden] != 1 {
			t.Errorf("%+v", got)
		}
		one, err := h.Show(ctx, whole, li, "desk", "")
		if err != nil || len(one.All) != 5 || one.Hidden != 0 {
			t.Fatalf("%+v, %v", one, err)
		}
		from := map[string]int{}
		for _, x := range one.All {
			kind, _, _ := strings.Cut(x.From, ":")
			from[kind]++
		}
		if from["judging"] != 1 || from["dataset"] != 3 || from[""] != 1 {
			t.Errorf("%v", from)
		}
		first, err := h.Show(ctx, whole, li, "desk", one.History[len(one.History)-1].Hash)
		if err != nil || first.Current || len(first.All) != 1 {
			t.Errorf("%+v, %v", first, err)
		}

		if err := h.Sets.Label(ctx, whole, "asked", dataset.Gate, "asked"); err != nil {
			t.Fatal(err)
		}
		other, err := h.Add(ctx, whole, li, "other", library.Order{Dataset: "all"})
		if err != nil || other.Added != 2 || other.Left[dataset.LeftGate] != 1 {
			t.Errorf("%+v, %v", other, err)
		}
		list, err := h.List(ctx, whole)
		if err != nil || len(list) != 2 || list[0].Name != "desk" || list[0].Examples != 5 || list[1].Examples != 2 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestRights: who may not edit changes nothing, who may not look sees nothing, and what others asked is there for who may review.
func TestRights(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		id := h.judged(chat("What is a pump?", "A machine."), "pump")
		h.add(library.Order{Samples: []string{id}})
		asks, edits := scope.All("main", scope.Ask|scope.Read), scope.All("main", scope.Edit)
		zoe := wenyuan.Principal{ID: "psn_zoe"}
		for i, err := range []error{
			second(h.List(ctx, asks)), second(h.Show(ctx, asks, li, "desk", "")), second(h.Add(ctx, asks, li, "desk", library.Order{Samples: []string{id}})),
			second(h.Remove(ctx, asks, li, "desk", []string{id})), h.Drop(ctx, asks, "desk"),
		} {
			if wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%d: %v", i, err)
			}
		}
		for i, err := range []error{
			second(h.Add(ctx, edits, zoe, "desk", library.Order{Samples: []string{id}})), second(h.Remove(ctx, edits, zoe, "desk", []string{id})), second(h.Remove(ctx, whole, li, "desk", []string{"smp_0"})),
			second(h.Show(ctx, whole, li, "none", "")), second(h.Show(ctx, whole, li, "desk", strings.Repeat("0", 64))), second(h.Remove(ctx, whole, li, "none", []string{id})), h.Drop(ctx, whole, "none"),
			second(h.Pin(ctx, whole, "none")), second(h.Pin(ctx, whole, "desk@"+strings.Repeat("0", 64))),
		} {
			if wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("%d: %v", i, err)
			}
		}
		many := make([]string, library.MaxExamples+1)
		for i := range many {
			many[i] = fmt.Sprint("smp_", i)
		}
		for i, err := range []error{
			second(h.Add(ctx, whole, li, "a b", library.Order{Samples: []string{id}})), second(h.Add(ctx, whole, li, "desk", library.Order{})), second(h.Add(ctx, whole, li, "desk", library.Order{Task: "t", Dataset: "d"})),
			second(h.Add(ctx, whole, li, "desk", library.Order{Samples: many})), second(h.Remove(ctx, whole, li, "desk", nil)),
		} {
			if wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("%d: %v", i, err)
			}
		}
		one, err := h.Show(ctx, edits, zoe, "desk", "")
		if err != nil || len(one.All) != 0 || one.Hidden != 1 {
			t.Errorf("%+v, %v", one, err)
		}
		if one, err = h.Show(ctx, scope.Documents("main", nil).Within(scope.Every), li, "desk", ""); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
