package server

import (
	"encoding/json"
	"net/http"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/store"
)

type (
	auditWanted struct {
		Actor  string `query:"actor" doc:"only what this one did: id, name or e-mail"`
		Action string `query:"action" doc:"only this action, as document.remove, or all of one noun, as document"`
		Object string `query:"object" doc:"only what was done to this: an id or a name, as it stands in the entry"`
		Space  string `query:"space" doc:"only in this space; without it, the whole house for an operator, and the space of the request for its owner"`
		From   int    `query:"from" doc:"only from this time on, UTC microseconds"`
		To     int    `query:"to" doc:"only before this time, UTC microseconds"`
	}
	auditQuery struct {
		Actor  string `query:"actor" doc:"only what this one did: id, name or e-mail"`
		Action string `query:"action" doc:"only this action, as document.remove, or all of one noun, as document"`
		Object string `query:"object" doc:"only what was done to this: an id or a name, as it stands in the entry"`
		Space  string `query:"space" doc:"only in this space; without it, the whole house for an operator, and the space of the request for its owner"`
		From   int    `query:"from" doc:"only from this time on, UTC microseconds"`
		To     int    `query:"to" doc:"only before this time, UTC microseconds"`
		Before int    `query:"before" doc:"only entries with a smaller number: the last of the page before"`
		Limit  int    `query:"limit" doc:"most entries to list, up to 500" default:"50"`
	}
	auditList struct {
		Entries []audit.Entry `json:"entries" doc:"newest first"`
	}
	verifyRequest struct {
		Head string `json:"head,omitempty" doc:"a digest that was the last one some time ago: it must still be there"`
	}
	pruneRequest struct {
		Before int `query:"before" doc:"entries from before this time are dropped, UTC microseconds"`
	}
	prunedAudit struct {
		Dropped int64 `json:"dropped" doc:"entries; a checkpoint stands in their place"`
	}
)

func auditEntries(s *Server, r *request, in auditQuery) (out auditList, err error) {
	f := audit.Filter{Actor: in.Actor, Action: in.Action, Object: in.Object, Space: in.Space, From: int64(in.From), To: int64(in.To), Before: int64(in.Before), Limit: in.Limit}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out.Entries, err = audit.List(r.Context(), tx, r.scope, f)
		return err
	})
	return out, err
}

// exportAudit writes while it reads: there may be much.
func exportAudit(s *Server, w http.ResponseWriter, r *request, in auditWanted) error {
	w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
	lines := json.NewEncoder(flushing(w))
	lines.SetEscapeHTML(false)
	f := audit.Filter{Actor: in.Actor, Action: in.Action, Object: in.Object, Space: in.Space, From: int64(in.From), To: int64(in.To)}
	return audit.Export(r.Context(), s.Store, r.scope, f, func(l audit.Line) error { return lines.Encode(l) })
}

// verifyAudit gives a verdict also where the record is broken: that is no error of the request.
func verifyAudit(s *Server, r *request, in verifyRequest) (audit.Verdict, error) {
	return audit.Verify(r.Context(), s.Store, in.Head)
}

func pruneAudit(s *Server, r *request, in pruneRequest) (out prunedAudit, err error) {
	if in.Before == 0 {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: "it is not said before which time entries are dropped", Hint: "give before, in UTC microseconds"}
	}
	out.Dropped, err = s.Privacy.Prune(r.Context(), int64(in.Before))
	return out, err
}

// noted keeps in the record what is done by something that writes nothing else.
func (s *Server) noted(r *request, action string) error {
	return s.Store.Write(r.Context(), func(tx *store.Tx) error {
		return audit.Append(r.Context(), tx, audit.Act{Action: action})
	})
}
