package server

import (
	"io"
	"net/http"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
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
	Data      string          `json:"data,omitempty" doc:"the data folder; for operators"`
	Database  string          `json:"database,omitempty" doc:"sqlite or postgres; for operators"`
	Started   int64           `json:"started,omitempty" doc:"UTC microseconds; for operators"`
	Models    []string        `json:"models" doc:"chat models that may be asked; with none, answers quote the documents"`
	Documents int             `json:"documents" doc:"that you may read, as all that follows"`
	Passages  int             `json:"passages"`
	Corpora   []corpus.Corpus `json:"corpora"`
}

// status counts what the asker sees. How the house runs is for who looks after it.
func status(s *Server, r *request, _ nothing) (serverStatus, error) {
	list, err := corpusList{[]corpus.Corpus{}}, error(nil)
	if r.scope.May(scope.Read) || r.scope.May(scope.Operate) {
		list, err = corpora(s, r, nothing{})
	}
	out := serverStatus{Program: s.Program, Models: []string{}, Corpora: list.Corpora}
	if r.scope.May(scope.Operate) {
		out.Data, out.Database, out.Started = s.Data, "sqlite", s.started.UnixMicro()
		if s.Store.Shared() {
			out.Database = "postgres"
		}
	}
	if r.scope.May(scope.Ask) || r.scope.May(scope.Operate) {
		if plainly(r) || r.scope.May(scope.Operate) {
			out.Models = append(out.Models, s.Gateway.Names(r.scope.Space())...)
		}
	}
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
	_, err = io.WriteString(w, "ready\n")
	return err
}
