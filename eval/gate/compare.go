package gate

import (
	"context"

	"wenyuan"
	"wenyuan/eval/record"
	"wenyuan/eval/stat"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Compare holds two evaluations of one set beside one another, the first against the second, with a
// margin of five points. It holds no word of an answer.
func Compare(ctx context.Context, st *store.Store, sc scope.Scope, first, second string) (out PartReport, err error) {
	err = st.Read(ctx, func(tx *store.Tx) error {
		var sides [2]*result
		var runs [2]record.Run
		for i, id := range []string{first, second} {
			if runs[i], err = record.Find(ctx, tx, sc, id); err != nil {
				return err
			}
			answers, err := record.Answers(ctx, tx, id)
			if err != nil {
				return err
			}
			sides[i] = resultOf(id, answers)
		}
		if runs[0].SetHash != runs[1].SetHash {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the two evaluations asked different sets", Hint: "compare two of the same set, sample and seed"}
		}
		part := Part{Name: runs[0].Set, Set: runs[0].Set, Margin: stat.DefaultDrop, MaxBroken: 1}
		j := &judging{Policy: Policy{}.withDefaults(), part: part, subject: sides[0], against: sides[1]}
		out = j.judge()
		out.SetHash = runs[0].SetHash
		return nil
	})
	return out, err
}
