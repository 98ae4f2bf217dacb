package dataset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/dataset/instruct"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// A seed is a task that a model may be shown.
type seed struct {
	instruct.Task
	sample string // "" for one that was brought along
	made   bool   // by a model
}

// maxTask is how many bytes a task has at most that is shown: eight have to fit beside what is written.
const maxTask = 4000

// taskOf is a row as a task: one turn, asked by a person and answered well.
func taskOf(r form.Row) (t instruct.Task, why string) {
	said := slices.DeleteFunc(slices.Clone(r.Messages), func(m form.Message) bool { return m.Role == form.System })
	switch {
	case r.Kind == form.Label && (r.Good == nil || !*r.Good):
		return t, "bad"
	case r.Kind == form.Preference:
		said = append(said, r.Chosen...)
	}
	if len(said) != 2 || said[0].Role != form.User || said[1].Role != form.Assistant || said[1].Calls != nil {
		return t, "not one turn"
	}
	t = instruct.Task{Instruction: said[0].Content, Answer: said[1].Content}
	if len(t.Instruction)+len(t.Answer) > maxTask {
		return t, "long"
	}
	return t, ""
}

// readSeeds reads what the model is shown first, and counts by why rows that it is not.
func (w *instructing) readSeeds(ctx context.Context) error {
	w.run.SeedsLeft, w.run.Licences = map[string]int{}, map[string]int{}
	for _, r := range w.run.order.Seeds {
		if t, why := taskOf(r); why != "" {
			w.run.SeedsLeft[why]++
		} else {
			w.seeds = append(w.seeds, seed{Task: t})
		}
	}
	if w.run.From != "" {
		if err := w.seedsOfSet(ctx); err != nil {
			return err
		}
	}
	slices.SortFunc(w.seeds, func(a, b seed) int {
		return cmp.Or(cmp.Compare(a.Instruction, b.Instruction), cmp.Compare(a.sample, b.sample))
	})
	w.run.Seeds = len(w.seeds)
	if len(w.seeds) < fewestSeeds {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d rows can be shown to a model as examples, and %d are needed", len(w.seeds), fewestSeeds), Hint: "rows of one question with its answer, under a licence that allows it, from people who allow it"}
	}
	if w.run.Language = w.run.order.Language; w.run.Language == "" {
		w.run.Language = w.mostly()
	}
	return nil
}

// mostly is the language of most seeds.
func (w *instructing) mostly() string {
	chinese := 0
	for _, s := range w.seeds {
		if language(form.Row{Messages: []form.Message{{Role: form.User, Content: s.Instruction}}}) == "zh" {
			chinese++
		}
	}
	if 2*chinese > len(w.seeds) {
		return "zh"
	}
	return "en"
}

// seedsOfSet reads the training rows of the set that may be shown: as far as who ordered sees them, as their
// licences allow it, and as the space still allows learning from what was asked in it.
func (w *instructing) seedsOfSet(ctx context.Context) error {
	set, err := w.sets.Get(ctx, w.scope, w.run.From)
	if err != nil {
		return err
	}
	rows, seen := map[string]instruct.Task{}, 0
	var ids []string
	for r, err := range w.sets.Rows(ctx, w.scope, w.who.Principal, w.run.From, Train) {
		if err != nil {
			return err
		}
		seen++
		t, why := taskOf(r.Row)
		if why == "" && len(ids) == MaxSeeds {
			why = "more"
		}
		if why != "" {
			w.run.SeedsLeft[why]++
			continue
		}
		rows[r.Sample], ids = t, append(ids, r.Sample)
	}
	if hidden := set.Set.Counts.Split[Train] - seen; hidden > 0 {
		w.run.SeedsLeft["hidden"] = hidden
	}
	for part := range slices.Chunk(ids, captureBatch) {
		var found []Sample
		var policy trace.Policy
		err := w.sets.Store.Read(ctx, func(tx *store.Tx) (err error) {
			found = nil
			if policy, err = trace.PolicyOf(ctx, tx, w.scope.Space()); err != nil {
				return err
			}
			for _, id := range part {
				x, err := whole(ctx, tx, id)
				if err != nil {
					return err
				}
				found = append(found, x)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, x := range found {
			w.takeSeed(x, rows[x.ID], policy)
		}
	}
	return nil
}

func (w *instructing) takeSeed(x Sample, t instruct.Task, policy trace.Policy) {
	switch {
	case x.State == Erased:
		w.run.SeedsLeft["hidden"]++
		return
	case x.Trace != "" && !policy.Learn:
		w.run.SeedsLeft["consent"]++
		return
	case !derivable(x.Licence, w.run.Licence):
		w.run.SeedsLeft["licence"]++
		return
	}
	w.run.Licences[x.Licence]++
	w.seeds = append(w.seeds, seed{Task: t, sample: x.ID, made: x.Teacher != ""})
}

// madeBefore reads what was written under the name before, to be shown and not to be written again, and puts what
// models wrote elsewhere in the space into the pool.
func (w *instructing) madeBefore(ctx context.Context) error {
	for _, s := range w.seeds {
		w.pool.Add(s.sample+"/"+s.Instruction, s.Instruction)
	}
	w.line = 0
	return w.sets.walk(ctx, w.scope, w.who.Principal, Filter{Origins: []string{Instruct}}, func(x Sample, seen bool) error {
		mine := x.Source == w.run.Name
		if mine {
			w.line = max(w.line, x.Line)
		}
		t, why := taskOf(x.Row)
		if why != "" || !seen {
			return nil
		}
		w.pool.Add(x.ID, t.Instruction)
		if mine && x.State == Ready {
			w.made = append(w.made, seed{Task: t, sample: x.ID, made: true})
		}
		return nil
	})
}

// belongings are the documents and the people whose words a row may have that was written beside some others.
// gone says that one of these was erased in the meantime.
func belongings(ctx context.Context, tx *store.Tx, sc scope.Scope, shown []seed) (documents []Document, people []string, gone bool, err error) {
	for _, s := range shown {
		if s.sample == "" {
			continue
		}
		x, err := whole(ctx, tx, s.sample)
		if err != nil || x.Space != sc.Space() || x.State == Erased {
			if wenyuan.CodeOf(err) == wenyuan.NotFound {
				err = nil
			}
			return nil, nil, true, err
		}
		for _, d := range x.Documents {
			if !slices.ContainsFunc(documents, func(o Document) bool { return o.ID == d.ID }) {
				documents = append(documents, d)
			}
		}
		people = append(people, x.People...)
		if x.Principal != "" && x.Origin != Import && x.Origin != Instruct {
			people = append(people, x.Principal)
		}
	}
	slices.Sort(people)
	return documents, slices.Compact(people), false, nil
}
