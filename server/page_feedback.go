package server

import (
	"net/http"
	"net/url"
	"slices"

	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/web"
)

// feedbackForm keeps what the reader thinks of an answer. A button says how it was found and
// leaves what was said beside it; the form says all of it; an empty rating takes all back.
func feedbackForm(s *Server, w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := r.PostForm
	err := s.Store.Write(r.Context(), func(tx *store.Tx) error {
		f := trace.Feedback{Trace: id, Rating: form.Get("rating"), Reason: form.Get("reason"), Corrected: form.Get("corrected")}
		if f.Rating != "" && !form.Has("words") {
			all, err := trace.FeedbackOf(r.Context(), tx, r.scope, r.who, id)
			if err != nil {
				return err
			}
			if i := slices.IndexFunc(all, func(f trace.Feedback) bool { return f.Principal == r.who.ID }); i >= 0 {
				f.Reason, f.Corrected = all[i].Reason, all[i].Corrected
			}
		}
		f, err := trace.SaveFeedback(r.Context(), tx, r.scope, r.who, f)
		if err != nil {
			return err
		}
		return s.opined(r, tx, f)
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, "/ask/"+url.PathEscape(id)+"#fb-"+url.PathEscape(id))
}

func feedbackView(f trace.Feedback) web.Feedback {
	return web.Feedback{By: f.Principal, Rating: f.Rating, Reason: f.Reason, Corrected: f.Corrected, Created: f.Created}
}
