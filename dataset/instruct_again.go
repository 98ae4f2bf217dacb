package dataset

import (
	"cmp"
	"context"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
)

// Again says whether a run can go on as it was ordered: seeds that were brought along are kept only until it is through.
func (r Instructed) Again() bool { return r.From != "" || len(r.order.Seeds) > 0 }

// InstructAgain has a run of somebody's own go on, or as an owner of the space, in the way that it was ordered, up to
// so many rows and tokens; 0 leaves these as they are. Needs Edit.
func (s *Sets) InstructAgain(ctx context.Context, sc scope.Scope, id auth.Identity, run string, rows int, tokens int64) (Instructed, error) {
	r, err := s.Instructed(ctx, sc, run)
	switch {
	case err != nil:
		return r, err
	case r.Principal != id.Principal.ID && !sc.May(scope.Own):
		return r, &wenyuan.Error{Code: wenyuan.Denied, Message: "somebody else has these rows written", Hint: "ask them, or an owner of the space"}
	case !r.Again():
		return r, &wenyuan.Error{Code: wenyuan.Conflict, Message: "the seeds of these rows were brought along and are kept no more", Hint: "bring them again under the same name"}
	}
	o := r.order
	o.From, o.Rows, o.Tokens = r.From, cmp.Or(rows, o.Rows), cmp.Or(tokens, o.Tokens)
	return s.Instruct(ctx, sc, id, o)
}
