package privacy_test

import (
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

// TestJudged: what somebody judged and began to write is given out to them, and goes with them; also what a file
// says that they judged.
func TestJudged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx, op := t.Context(), wenyuan.Principal{ID: "op"}
		zoe := wenyuan.Principal{ID: h.zoe.ID, Name: h.zoe.Name}
		sets := dataset.Open(dataset.Config{Store: h.s})
		q := judge.New(judge.Config{Store: h.s, Sets: sets})
		none := 0.0
		_, _, err := q.Create(ctx, scope.Space("main"), op, judge.Order{Name: "fix", Kind: judge.Answer, Guidelines: "Be right.", Gold: &none, Judges: []string{zoe.Name}})
		if err != nil {
			t.Fatal(err)
		}
		file := `{"question":"one?"}` + "\n" + `{"question":"two?"}` + "\n" + `{"question":"three?","judgements":[{"person":"` + zoe.ID + `","given":{"answer":"` + word + ` of a file"}}]}`
		if got, err := q.Import(ctx, scope.Space("main"), op, "fix", judge.Lines, "", false, strings.NewReader(file)); err != nil || !got.Taken {
			t.Fatalf("%+v, %v", got, err)
		}
		asks := scope.All("main", scope.Ask)
		for _, do := range []func(string) error{
			func(item string) error {
				return q.Give(ctx, asks, zoe, "fix", item, judge.Given{Answer: word + " judged"})
			},
			func(item string) error {
				return q.Keep(ctx, asks, zoe, "fix", item, judge.Given{Answer: word + " begun"})
			},
		} {
			w, err := q.Next(ctx, asks, zoe, "fix")
			if err != nil || w == nil {
				t.Fatal(w, err)
			}
			if err := do(w.Item.ID); err != nil {
				t.Fatal(err)
			}
		}
		done, err := q.Finish(ctx, scope.Space("main"), op, "fix", true)
		if err != nil || done.Samples != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if _, err := q.Change(ctx, scope.Space("main"), op, "fix", judge.Change{Reopen: true}); err != nil {
			t.Fatal(err)
		}
		w, err := q.Next(ctx, asks, zoe, "fix")
		if err != nil || w == nil {
			t.Fatal(w, err)
		}
		if err := q.Keep(ctx, asks, zoe, "fix", w.Item.ID, judge.Given{Answer: word + " begun"}); err != nil {
			t.Fatal(err)
		}
		lines, err := h.export(scope.Scope{}, zoe, zoe.Name)
		if n := kinds(lines); err != nil || n["judgement"] != 1 || n["imported"] != 1 || n["draft"] != 1 || n["judge"] != 1 || n["sample"] != 2 {
			t.Errorf("%v, %v", n, err)
		}
		if _, err := h.keep.Erase(ctx, h.op, op, zoe.Name, zoe.Name); err != nil {
			t.Fatal(err)
		}
		for _, row := range dump(t, h.s) {
			if strings.Contains(row, word) || strings.Contains(row, zoe.ID) && !strings.HasPrefix(row, "access_change") && !strings.Contains(row, "person.erase") {
				t.Errorf("left: %s", row)
			}
		}
		page, err := sets.Samples(ctx, scope.Space("main"), op, dataset.Filter{Kinds: []string{form.Chat}, State: dataset.Ready}, "", 0)
		if err != nil || len(page.Samples) != 0 {
			t.Errorf("%d samples, %v", len(page.Samples), err)
		}
	})
}
