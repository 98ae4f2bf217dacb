package similar

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Known is what an index has learned in one space.
type Known struct {
	Bound          float64 `json:"bound" doc:"share of the hits that may be wrong, 0 to 1"`
	Pairs          int64   `json:"pairs" doc:"pairs of questions that it learned from"`
	Neighbourhoods int64   `json:"neighbourhoods" doc:"kinds of questions that have a bound of their own"`
	Judged         int64   `json:"judged" doc:"answers that it gave and people judged"`
	Wrong          int64   `json:"wrong" doc:"of those, the ones that they found wrong"`
}

// Known tells what was learned in the space of the scope: for its owners, and for operators. Of what
// was asked there it holds nothing.
func (x *Index) Known(ctx context.Context, sc scope.Scope) (Known, error) {
	k := Known{Bound: x.c.Wrong}
	if !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return k, &wenyuan.Error{Code: wenyuan.Denied, Message: "what the semantic cache has learned is for owners and operators", Hint: "ask an owner of the space"}
	}
	if x.c.Store == nil {
		return k, nil
	}
	err := x.c.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*), COUNT(DISTINCT near), COUNT(CASE WHEN id LIKE 'said!_%' ESCAPE '!' THEN 1 END), COUNT(CASE WHEN id LIKE 'said!_%' ESCAPE '!' AND good = 0 THEN 1 END)
			FROM cache_near WHERE space = $1`, sc.Space()).Scan(&k.Pairs, &k.Neighbourhoods, &k.Judged, &k.Wrong)
	})
	if err != nil {
		return k, fmt.Errorf("similar: %w", err)
	}
	return k, nil
}
