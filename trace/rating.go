package trace

import (
	"context"
	"encoding/json"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Rated is how many answers of a version people found good, and bad.
type Rated struct {
	Up   int64 `json:"up"`
	Down int64 `json:"down"`
}

// maxRated is how many ratings are looked at, the newest first.
const maxRated = 500

// Ratings counts the newest ratings of a space by the versions that the answers were made from, of
// one kind and name: of an assistant or a model. For who edits, reviews or owns the space.
func Ratings(ctx context.Context, tx *store.Tx, sc scope.Scope, kind, name string) (map[string]Rated, error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Review) && !sc.May(scope.Own) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or a reviewer of the space may see how its versions are rated", Hint: "ask an owner of the space for one of these roles"}
	}
	out := map[string]Rated{}
	err := tx.Each(ctx, func(r store.Row) error {
		var rating, text string
		if err := r.Scan(&rating, &text); err != nil {
			return err
		}
		var a struct{ Versions []wenyuan.Version }
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return err
		}
		for _, v := range a.Versions {
			if v.Kind != kind || v.Name != name {
				continue
			}
			r := out[v.Hash]
			switch rating {
			case Up:
				r.Up++
			case Down:
				r.Down++
			}
			out[v.Hash] = r
		}
		return nil
	}, `SELECT f.rating, t.answer FROM feedback f JOIN trace t ON t.id = f.trace
		WHERE f.space = $1 AND f.rating <> '' ORDER BY f.created DESC LIMIT $2`, sc.Space(), maxRated)
	if err != nil {
		return nil, fmt.Errorf("trace: ratings: %w", err)
	}
	return out, nil
}
