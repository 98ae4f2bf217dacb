package server

import (
	"context"
	"encoding/json"

	"wenyuan/gateway/manner"
	"wenyuan/store"
	"wenyuan/trace"
)

// likeOf finds in the record of an answer that it was given because its question is like another one;
// nil where it was not, or where the record does not say.
func likeOf(ctx context.Context, tx *store.Tx, r *request, id string) *manner.Like {
	t, err := trace.Get(ctx, tx, r.scope, r.who, id)
	if err != nil {
		return nil
	}
	for _, s := range t.Steps {
		if s.Name != "generate" || s.Detail == nil {
			continue
		}
		b, err := json.Marshal(s.Detail)
		if err != nil {
			return nil
		}
		var d struct {
			Like *manner.Like `json:"like"`
		}
		if json.Unmarshal(b, &d) == nil && d.Like != nil {
			return d.Like
		}
	}
	return nil
}

// judged tells the cache what somebody thinks of an answer that it gave. That it does not get to know
// is no reason to refuse the feedback.
func (s *Server) judged(r *request, f trace.Feedback, l manner.Like) {
	var right *bool
	if f.Rating != "" {
		right = new(f.Rating == trace.Up)
	}
	by := r.scope.Space() + " " + f.Principal + " " + l.Measure + " " + l.Near // one vote each, however often somebody asks the same
	if err := s.Gateway.Judge(r.Context(), r.scope.Space(), by, l, right); err != nil {
		s.Log.Warn("the cache does not know what somebody thinks of its answer", "trace", f.Trace, "reason", err)
	}
}
