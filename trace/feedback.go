package trace

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The ratings of an answer.
const (
	Up   = "up"
	Down = "down"
)

// Bounds on what a person may say about an answer, in code points.
const (
	MaxCorrected = 8000
	MaxReason    = 2000
)

// Feedback is what one person thinks of one answer.
type Feedback struct {
	Trace     string `json:"trace"`
	Principal string `json:"principal"`
	Question  string `json:"question,omitempty"`  // that was asked; filled in when read
	Rating    string `json:"rating"`              // Up, Down, or "" where only words are given
	Corrected string `json:"corrected,omitempty"` // the answer as it should have been
	Reason    string `json:"reason,omitempty"`
	Created   int64  `json:"created"` // UTC microseconds
}

// SaveFeedback keeps what p thinks of an answer that p may see, in the place of what
// p thought before. Feedback that says nothing takes the earlier one back.
func SaveFeedback(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Feedback) (Feedback, error) {
	f.Principal, f.Created = p.ID, tx.Now
	if err := f.check(); err != nil {
		return Feedback{}, err
	}
	answers, err := Answers(ctx, tx, sc, p, []string{f.Trace})
	if err != nil {
		return Feedback{}, err
	}
	t, ok := answers[f.Trace]
	if !ok {
		return Feedback{}, notFound(f.Trace)
	}
	f.Question = t.Question
	if err := unsaid(ctx, tx, f.Trace, f.Principal); err != nil {
		return Feedback{}, err
	}
	if f.Rating == "" && f.Corrected == "" && f.Reason == "" {
		_, err = tx.Exec(ctx, `DELETE FROM feedback WHERE trace = $1 AND principal = $2`, f.Trace, f.Principal)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO feedback (trace, principal, space, rating, corrected, reason, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (trace, principal) DO UPDATE SET rating = excluded.rating, corrected = excluded.corrected, reason = excluded.reason, created = excluded.created`,
			f.Trace, f.Principal, t.Space, f.Rating, f.Corrected, f.Reason, f.Created)
	}
	if err != nil {
		return Feedback{}, fmt.Errorf("trace: feedback on %s: %w", f.Trace, err)
	}
	return f, nil
}

// check holds feedback against its bounds and trims it.
func (f *Feedback) check() error {
	f.Corrected, f.Reason = strings.TrimSpace(f.Corrected), strings.TrimSpace(f.Reason)
	switch {
	case f.Rating != "" && f.Rating != Up && f.Rating != Down:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no rating %q", f.Rating), Hint: "give up, down, or none"}
	case utf8.RuneCountInString(f.Corrected) > MaxCorrected:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a corrected answer has up to %d characters", MaxCorrected), Hint: "longer material belongs into a document"}
	case utf8.RuneCountInString(f.Reason) > MaxReason:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a reason has up to %d characters", MaxReason), Hint: "say it in fewer words"}
	}
	return nil
}

// FeedbackOf lists what p thinks of one answer, and with the right Review what everybody does,
// newest first. An answer that p may not see is NotFound.
func FeedbackOf(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id string) ([]Feedback, error) {
	seen, err := Visible(ctx, tx, sc, p, []string{id})
	if err != nil {
		return nil, err
	}
	if !seen[id] {
		return nil, notFound(id)
	}
	return feedback(ctx, tx, `f.trace = $1 AND ($2 = '' OR f.principal = $2) ORDER BY f.created DESC, f.principal`, id, whose(sc, p))
}

// whose feedback p may read; "" for everybody's.
func whose(sc scope.Scope, p wenyuan.Principal) string {
	if sc.May(scope.Review) {
		return ""
	}
	return cmp.Or(p.ID, "-") // who is nobody reads none
}

// A FeedbackFilter says which feedback ListFeedback shows.
type FeedbackFilter struct {
	Rating string // Up or Down; "" for any
	Limit  int    // 1 to MaxList; 0 for 50
	Offset int
}

// ListFeedback shows the newest feedback of p's, and with the right Review of everybody's, on answers
// that p may see.
func ListFeedback(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f FeedbackFilter) ([]Feedback, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, MaxList)
	all, skip := []Feedback{}, max(0, f.Offset)
	for at := 0; sc.Space() != ""; at += MaxList {
		page, err := feedback(ctx, tx, fmt.Sprintf(`f.space = $1 AND ($2 = '' OR f.rating = $2) AND ($3 = '' OR f.principal = $3) ORDER BY f.created DESC, f.trace DESC, f.principal LIMIT %d OFFSET %d`, MaxList, at), sc.Space(), f.Rating, whose(sc, p))
		if err != nil || len(page) == 0 {
			return all, err
		}
		ids := make([]string, len(page))
		for i, one := range page {
			ids[i] = one.Trace
		}
		seen, err := Visible(ctx, tx, sc, p, ids)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			switch {
			case !seen[one.Trace]:
			case skip > 0:
				skip--
			default:
				all = append(all, one)
			}
			if len(all) == f.Limit {
				return all, nil
			}
		}
	}
	return all, nil
}

func feedback(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Feedback, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (f Feedback, err error) {
		err = r.Scan(&f.Trace, &f.Principal, &f.Question, &f.Rating, &f.Corrected, &f.Reason, &f.Created)
		return f, err
	}, `SELECT f.trace, f.principal, t.question, f.rating, f.corrected, f.reason, f.created
		FROM feedback f JOIN trace t ON t.id = f.trace WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("trace: feedback: %w", err)
	}
	return all, nil
}
