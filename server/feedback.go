package server

import (
	"wenyuan/auth/audit"
	"wenyuan/store"
	"wenyuan/trace"
)

type (
	feedbackRequest struct {
		ID        string `path:"id"`
		Rating    string `json:"rating,omitempty" doc:"up, down, or nothing" enum:"up,down"`
		Corrected string `json:"corrected,omitempty" doc:"the answer as it should have been, up to 8000 characters"`
		Reason    string `json:"reason,omitempty" doc:"up to 2000 characters"`
	}
	feedbackList struct {
		Feedback []trace.Feedback `json:"feedback" doc:"newest first"`
	}
	feedbackFilter struct {
		Rating string `query:"rating" doc:"only feedback with this rating" enum:"up,down"`
		Limit  int    `query:"limit" doc:"most to list, up to 500" default:"50"`
		Offset int    `query:"offset" doc:"how many to pass over"`
	}
)

// giveFeedback keeps what the asker thinks of an answer, in the place of what was thought before.
func giveFeedback(s *Server, r *request, in feedbackRequest) (f trace.Feedback, err error) {
	err = s.Store.Write(r.Context(), func(tx *store.Tx) error {
		f, err = trace.SaveFeedback(r.Context(), tx, r.scope, r.who, trace.Feedback{Trace: in.ID, Rating: in.Rating, Corrected: in.Corrected, Reason: in.Reason})
		if err != nil {
			return err
		}
		return s.opined(r, tx, f)
	})
	return f, err
}

// opined keeps in the record that somebody said what they think, without their words, and has the cache
// learn of it where the answer is another question's.
func (s *Server) opined(r *request, tx *store.Tx, f trace.Feedback) error {
	if l := likeOf(r.Context(), tx, r, f.Trace); l != nil {
		tx.After(func() { s.judged(r, f, *l) })
	}
	return audit.Append(r.Context(), tx, audit.Act{Space: r.scope.Space(), Action: "feedback", Object: f.Trace, Detail: map[string]string{"rating": f.Rating}})
}

func feedbackOf(s *Server, r *request, in idRequest) (out feedbackList, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out.Feedback, err = trace.FeedbackOf(r.Context(), tx, r.scope, r.who, in.ID)
		return err
	})
	return out, err
}

func allFeedback(s *Server, r *request, in feedbackFilter) (out feedbackList, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out.Feedback, err = trace.ListFeedback(r.Context(), tx, r.scope, r.who, trace.FeedbackFilter{Rating: in.Rating, Limit: in.Limit, Offset: in.Offset})
		return err
	})
	return out, err
}
