package judge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/dataset/judge"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// judged fills a task of n items that ann, bob and cyd have judged, each of them right in four of five.
func (h *house) judged(kind string, n int) {
	h.t.Helper()
	var rows []string
	for i := range n {
		rows = append(rows, pair(i))
	}
	h.file("pairs", rows...)
	names := []string{"ann", "bob", "cyd"}
	h.create(judge.Order{Name: "many", Kind: kind, Overlap: 3, Gold: none(), Judges: names, From: &judge.Source{Filter: dataset.Filter{Kinds: []string{form.Preference}}, Most: n}})
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error {
		items, err := store.Column[string](h.t.Context(), tx, `SELECT body FROM judge_item ORDER BY number`)
		if err != nil {
			return err
		}
		ids, err := store.Column[string](h.t.Context(), tx, `SELECT id FROM judge_item ORDER BY number`)
		if err != nil {
			return err
		}
		for i, text := range items {
			x := judge.Item{ID: ids[i], Number: i}
			if err := json.Unmarshal([]byte(text), &x); err != nil {
				return err
			}
			for k, name := range names {
				g := judge.Given{Took: 1000}
				right := knows(k, x, 0.8)
				if kind == judge.Rank {
					g.Order = order(x, right)
				} else if g.Answer = x.Answers[0].Text; !right {
					g.Answer = strings.Repeat(fmt.Sprint("an answer of ", name, " "), 10)
				}
				body, err := json.Marshal(g)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(h.t.Context(), `INSERT INTO judge_judgement (item, principal, guidelines, body, created, took) VALUES ($1, $2, '', $3, $4, 1000)`, x.ID, "psn_"+name, string(body), i); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// BenchmarkShow is Show of a task of 10,000 items that three people have judged.
func BenchmarkShow(b *testing.B) {
	for _, kind := range []string{judge.Rank, judge.Answer} {
		b.Run(kind, func(b *testing.B) {
			h := open(b, store.Config{Dir: b.TempDir()})
			h.judged(kind, 10_000)
			for b.Loop() {
				if st := h.show("many"); st.Items != 10_000 || st.Alpha == nil {
					b.Fatalf("%+v", st)
				}
			}
		})
	}
}
