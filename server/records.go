package server

import (
	"io"
	"net/http"
	"time"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/store"
	"wenyuan/trace"
)

type tracesRequest struct {
	Document string `query:"document" doc:"only answers this document had a part in"`
	Corpus   string `query:"corpus"`
	Before   string `query:"before" doc:"only answers before this one: the last id of the page before"`
	Limit    int    `query:"limit" doc:"most answers to list, up to 500" default:"50"`
}

func traces(s *Server, r *request, in tracesRequest) (traceList, error) {
	out := traceList{[]traceRow{}}
	err := s.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := trace.List(r.Context(), tx, r.scope, r.who, trace.Filter{Document: in.Document, Corpus: in.Corpus, Before: in.Before, Limit: in.Limit})
		out.Traces = out.Traces[:0]
		for _, t := range list {
			out.Traces = append(out.Traces, rowOf(t))
		}
		return err
	})
	if err == nil && in.Document != "" && in.Before == "" && len(out.Traces) == 0 { // of a removed one answers may be left
		_, err = s.Library.Document(r.Context(), r.scope, in.Document)
	}
	return out, err
}

func oneTrace(s *Server, r *request, in idRequest) (t trace.Trace, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		t, err = trace.Get(r.Context(), tx, r.scope, r.who, in.ID)
		return err
	})
	return t, err
}

// A serverStatus says what the house holds and how it runs.
type serverStatus struct {
	Program   string          `json:"program" doc:"version of the program"`
	Data      string          `json:"data" doc:"the data folder"`
	Database  string          `json:"database" doc:"sqlite or postgres"`
	Started   int64           `json:"started" doc:"UTC microseconds"`
	Models    []string        `json:"models" doc:"chat models that are configured; with none, answers quote the documents"`
	Documents int             `json:"documents"`
	Passages  int             `json:"passages"`
	Corpora   []corpus.Corpus `json:"corpora"`
}

func status(s *Server, r *request, _ nothing) (serverStatus, error) {
	list, err := corpora(s, r, nothing{})
	out := serverStatus{Program: s.Program, Data: s.Data, Database: "sqlite", Started: s.started.UnixMicro(), Models: []string{}, Corpora: list.Corpora}
	if s.Store.Shared() {
		out.Database = "postgres"
	}
	out.Models = append(out.Models, s.Gateway.Names(r.scope.Space())...)
	for _, c := range list.Corpora {
		out.Documents += c.Documents
		out.Passages += c.Passages
	}
	return out, err
}

func healthz(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	_, err := io.WriteString(w, "ok\n")
	return err
}

// readyz asks the database: a server that cannot read cannot answer.
func readyz(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	err := s.Store.Read(r.Context(), func(tx *store.Tx) error {
		var n int
		return tx.QueryRow(r.Context(), `SELECT COUNT(*) FROM space`).Scan(&n)
	})
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the database does not answer", Hint: "look at the log of the server", Err: err}
	}
	w.Header().Set("X-Wenyuan-Uptime", time.Since(s.started).Round(time.Second).String())
	_, err = io.WriteString(w, "ready\n")
	return err
}
