package trace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// An Outcome is how an answer of a version of a model turned out, without a word of it.
type Outcome struct {
	Hash    string // of the model's version
	Refused bool
	Claims  int // sentences that claim something, where the space keeps them
	Carried int // of them: those that the originals carry
}

// A Said is what somebody said of an answer of a version of a model.
type Said struct {
	Hash  string
	Liked bool
}

// Outcomes are those of the answers that versions of a model gave which were there after one time and
// up to another, in UTC microseconds, in the order in which they were. What came from a cache, and
// what something else wrote in the model's place, is left out. An answer that took over half an hour is
// not found. Needs Review: they are of everybody's questions.
func Outcomes(ctx context.Context, tx *store.Tx, sc scope.Scope, model string, after, until int64) (all []Outcome, err error) {
	if err := mayCount(sc); err != nil {
		return nil, err
	}
	const longest = 30 * 60 * 1e6
	err = tx.Each(ctx, func(r store.Row) error {
		var refused bool
		var answer, steps string
		if err := r.Scan(&refused, &answer, &steps); err != nil {
			return err
		}
		if !strings.Contains(answer, `"name":`+quoted(model)) || strings.Contains(steps, `"cached":{`) {
			return nil // mostly other models: not worth being read
		}
		hash, a, err := by(answer, model)
		if err != nil {
			return err
		}
		if hash == "" {
			return nil
		}
		o := Outcome{Hash: hash, Refused: refused}
		for _, s := range a.Sentences {
			if s.Verdict != wenyuan.None && s.Verdict != "" {
				o.Claims++
			}
			if s.Verdict == wenyuan.Supported {
				o.Carried++
			}
		}
		all = append(all, o)
		return nil
	}, `SELECT refused, answer, steps FROM trace WHERE space = $1 AND id > $2 AND created + took > $3 AND created + took <= $4 ORDER BY created + took, id`,
		sc.Space(), store.FirstID("trc", after-longest), after, until)
	if err != nil {
		return nil, fmt.Errorf("trace: outcomes: %w", err)
	}
	return all, nil
}

// Opinions are what was said of such answers, thumb up or down, between two times. Needs Review.
func Opinions(ctx context.Context, tx *store.Tx, sc scope.Scope, model string, after, until int64) (all []Said, err error) {
	if err := mayCount(sc); err != nil {
		return nil, err
	}
	err = tx.Each(ctx, func(r store.Row) error {
		var rating, answer string
		if err := r.Scan(&rating, &answer); err != nil {
			return err
		}
		hash, _, err := by(answer, model)
		if err != nil {
			return err
		}
		if hash != "" {
			all = append(all, Said{hash, rating == Up})
		}
		return nil
	}, `SELECT f.rating, t.answer FROM feedback f JOIN trace t ON t.id = f.trace WHERE f.space = $1 AND f.created > $2 AND f.created <= $3 AND f.rating <> '' ORDER BY f.created, f.trace`, sc.Space(), after, until)
	if err != nil {
		return nil, fmt.Errorf("trace: opinions: %w", err)
	}
	return all, nil
}

// by reads an answer, and which version of a model wrote it; "" for none.
func by(answer, model string) (hash string, a wenyuan.Answer, err error) {
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		return "", a, err
	}
	if a.Degraded != "" {
		return "", a, nil
	}
	for _, v := range a.Versions {
		if v.Kind == "model" && v.Name == model {
			hash = v.Hash
		}
	}
	return hash, a, nil
}

func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always can
	return string(raw)
}

func mayCount(sc scope.Scope) error {
	if sc.May(scope.Review) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "how answers turned out is for reviewers of the space", Hint: "ask an owner of the space for this role"}
}
