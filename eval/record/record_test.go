package record_test

import (
	"encoding/json"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var (
	ann   = wenyuan.Principal{ID: "person_ann", Name: "Ann"}
	model = wenyuan.Version{Kind: "model", Name: "writer", Hash: strings.Repeat("a", 64)}
)

func items() []item.Item {
	return []item.Item{
		item.Short("one", "en", "x", "One?", item.Contains, "1"), item.Short("two", "en", "y", "Two?", item.Contains, "2"), item.Short("three", "en", "y", "Three?", item.Contains, "3"),
	}
}

func begun(t *testing.T, st *store.Store) (id string) {
	t.Helper()
	storetest.Write(t, st, func(tx *store.Tx) (err error) {
		id, err = record.Begin(t.Context(), tx, record.Run{Space: "main", Principal: ann.ID, Asker: json.RawMessage(`{}`), Subject: model, Set: "s", SetHash: "h", Options: record.Options{Seed: 1<<63 + 1}}, items())
		return err
	})
	return id
}

func find(t *testing.T, st *store.Store, id string) (r record.Run) {
	t.Helper()
	storetest.Read(t, st, func(tx *store.Tx) (err error) {
		r, err = record.Find(t.Context(), tx, scope.Space("main"), id)
		return err
	})
	return r
}

func answer(t *testing.T, st *store.Store, id string, n int, said item.Said) {
	t.Helper()
	storetest.Write(t, st, func(tx *store.Tx) error {
		return record.Keep(t.Context(), tx, id, n, said, item.Score(items()[n], said), 1500)
	})
}

func shown(t *testing.T, st *store.Store, sc scope.Scope, who wenyuan.Principal, id string, wrong bool) (all []record.Answered, err error) {
	t.Helper()
	storetest.Read(t, st, func(tx *store.Tx) error {
		r, gone := record.Get(t.Context(), tx, id)
		if gone != nil {
			return gone
		}
		all, err = record.Items(t.Context(), tx, sc, who, r, 0, 0, wrong)
		return nil
	})
	return all, err
}

// A run keeps what was answered, once; what was not is there to be asked.
func TestRunGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		st := storetest.Open(t, c)
		id := begun(t, st)
		answer(t, st, id, 1, item.Said{Text: "It is 2.", Usage: wenyuan.Usage{Prompt: 5, Completion: 3, Cost: 0.25, Currency: "CNY"}})
		answer(t, st, id, 1, item.Said{Text: "No, 4."}) // the first answer stays
		answer(t, st, id, 0, item.Said{Text: "bad \x00\xff"})
		storetest.Read(t, st, func(tx *store.Tx) error {
			left, err := record.Unanswered(t.Context(), tx, id)
			if err != nil || len(left) != 1 || left[0].ID != "three" || left[0].Number != 2 {
				t.Errorf("%+v, %v", left, err)
			}
			return err
		})
		r := find(t, st, id)
		want := record.Counts{Items: 3, Done: 2, Right: 1, Score: 0.5, TokensIn: 5, TokensOut: 3, Money: 0.25, Currency: "CNY", Took: 3000}
		if r.Counts != want || r.Options.Seed != 1<<63+1 || r.State != record.Queued {
			t.Errorf("%+v", r)
		}
		same := record.Run{Space: "main", Principal: ann.ID, Subject: model, SetHash: "h", Options: r.Options}
		for n, move := range []record.State{record.Running, record.Stopped, record.Failed, record.Done, record.Running} {
			storetest.Write(t, st, func(tx *store.Tx) error { return record.Move(t.Context(), tx, id, move, "why") })
			if got, want := find(t, st, id).State, []record.State{record.Running, record.Stopped, record.Stopped, record.Done, record.Done}[n]; got != want {
				t.Errorf("after %s it is %s", move, got)
			}
			storetest.Read(t, st, func(tx *store.Tx) error {
				got, ok, err := record.Open(t.Context(), tx, same)
				if ok != (n < 3) || ok && got != id {
					t.Errorf("after %s: %q, %v", move, got, ok)
				}
				return err
			})
		}
		storetest.Read(t, st, func(tx *store.Tx) error {
			all, err := record.List(t.Context(), tx, scope.Space("main"), 0)
			if err != nil || len(all) != 1 || all[0].Done != 2 {
				t.Errorf("%+v, %v", all, err)
			}
			other, err := record.List(t.Context(), tx, scope.Space("other"), 0)
			if err != nil || len(other) != 0 {
				t.Errorf("%+v, %v", other, err)
			}
			return err
		})
	})
}

// Answers are read by who began the run and by who reviews, each as far as they see the documents,
// and go with the document and the person.
func TestAnswersAreForWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		st := storetest.Open(t, c)
		id := begun(t, st)
		answer(t, st, id, 0, item.Said{Text: "Secret 1.", Documents: []string{"doc_a", "doc_a", "doc_b"}})
		answer(t, st, id, 1, item.Said{Text: "Plain."})
		editor := scope.All("main", scope.Edit)
		all, err := shown(t, st, editor, ann, id, false)
		if err != nil || len(all) != 2 || all[0].Output != "Secret 1." || !all[0].Right || all[1].Right {
			t.Errorf("%+v, %v", all, err)
		}
		if all, _ := shown(t, st, editor, ann, id, true); len(all) != 1 || all[0].Item.ID != "two" {
			t.Errorf("wrong ones: %+v", all)
		}
		if _, err := shown(t, st, editor, wenyuan.Principal{ID: "person_bob"}, id, false); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("another editor: %v", err)
		}
		if _, err := shown(t, st, scope.All("other", scope.Every), ann, id, false); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("another space: %v", err)
		}
		table := scope.NewTable().With(map[string]int32{"doc_a": 0, "doc_b": 1})
		half := scope.Of("main", scope.Edit|scope.Review, table, scope.Classes{1})
		all, err = shown(t, st, half, wenyuan.Principal{ID: "person_bob"}, id, false)
		if err != nil || len(all) != 2 || !all[0].Hidden || all[0].Output != "" || len(all[0].Item.Messages) != 0 || all[1].Output != "Plain." {
			t.Errorf("who sees one of two documents: %+v, %v", all, err)
		}
		storetest.Write(t, st, func(tx *store.Tx) error { return record.Withdraw(t.Context(), tx, "main", "doc_b") })
		if all, err = shown(t, st, scope.Space("main"), ann, id, false); err != nil || !all[0].Hidden || all[1].Hidden || !all[0].Right {
			t.Errorf("without the document: %+v, %v", all, err)
		}
		storetest.Write(t, st, func(tx *store.Tx) error {
			n, err := record.Erase(t.Context(), tx, ann.ID)
			if n != 1 {
				t.Errorf("%d runs were theirs", n)
			}
			return err
		})
		r := find(t, st, id)
		if all, err = shown(t, st, scope.Space("main"), ann, id, false); err != nil || all[1].Output != "" || r.Principal != "" || r.State != record.Stopped || r.Right != 1 {
			t.Errorf("without the person: %+v, %+v, %v", r, all, err)
		}
	})
}
