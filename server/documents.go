package server

import (
	"cmp"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"time"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
)

func corpora(s *Server, r *request, _ nothing) (corpusList, error) {
	list, err := s.Library.Corpora(r.Context(), r.scope)
	if list == nil {
		list = []corpus.Corpus{}
	}
	for i := range list {
		list[i] = r.told(list[i])
	}
	return corpusList{list}, err
}

type createRequest struct {
	Name   string `json:"name"`
	Closed bool   `json:"closed,omitempty" doc:"nothing of it may reach what runs outside; false leaves one that is there as it is"`
}

func createCorpus(s *Server, r *request, in createRequest) (corpus.Corpus, error) {
	c, err := s.Library.Create(r.Context(), r.scope, in.Name)
	if err != nil || !in.Closed || c.Closed {
		return r.told(c), err
	}
	return setCorpus(s, r, settingsRequest{Corpus: in.Name, Closed: &in.Closed})
}

type settingsRequest struct {
	Corpus string   `path:"corpus"`
	Closed *bool    `json:"closed,omitempty" doc:"nothing of it may reach what runs outside"`
	Read   []string `json:"read,omitempty" doc:"who reads what no other rule is about: group:NAME, person:NAME, service:NAME, space, public, nobody"`
}

func setCorpus(s *Server, r *request, in settingsRequest) (corpus.Corpus, error) {
	if in.Closed == nil && in.Read == nil {
		return corpus.Corpus{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is nothing to set", Hint: "give closed or read"}
	}
	if in.Read != nil {
		if err := s.Library.SetReaders(r.Context(), r.scope, in.Corpus, in.Read); err != nil {
			return corpus.Corpus{}, err
		}
	}
	if in.Closed != nil {
		if err := s.Library.SetClosed(r.Context(), r.scope, in.Corpus, *in.Closed); err != nil {
			return corpus.Corpus{}, err
		}
	}
	c, err := s.Library.Counted(r.Context(), r.scope, in.Corpus)
	return r.told(c), err
}

// told says a corpus's notice in the reader's language.
func (r *request) told(c corpus.Corpus) corpus.Corpus {
	c.Notice = r.tell(c.Notice)
	return c
}

type listRequest struct {
	Corpus string `query:"corpus" doc:"which corpus; needed"`
	State  string `query:"state" doc:"only documents in this state" enum:"ready,failed,skipped"`
	Query  string `query:"query" doc:"only documents with this in their source or title"`
	Offset int    `query:"offset" doc:"documents to pass over"`
	Limit  int    `query:"limit" doc:"most documents to list; all where it is 0 or missing"`
}

func documents(s *Server, r *request, in listRequest) (documentList, error) {
	if in.Corpus == "" {
		return documentList{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the list names no corpus", Hint: "add ?corpus=NAME"}
	}
	list, total, err := s.Library.Documents(r.Context(), r.scope, in.Corpus, corpus.DocumentFilter{State: in.State, Query: in.Query, Offset: in.Offset, Limit: in.Limit})
	if list == nil {
		list = []corpus.Document{}
	}
	for i := range list {
		list[i].Reason, list[i].Hint = r.tell(list[i].Reason), r.tell(list[i].Hint)
	}
	return documentList{list, total}, err
}

type idRequest struct {
	ID string `path:"id"`
}

// A shownDocument is a document with who may read it, for who may change that.
type shownDocument struct {
	corpus.Document
	Readers []string     `json:"readers,omitempty" doc:"for who may edit; empty where only who sees every document of the space may read it"`
	From    *readersFrom `json:"readers_from,omitempty" doc:"for who may edit: what says so"`
}

type readersFrom struct {
	Layer   string `json:"layer" doc:"hand, front, column, file or default, the strongest first"`
	Origin  string `json:"origin" doc:"where it is written; empty where it is on or in the document itself"`
	Problem string `json:"problem" doc:"why what is written cannot be read, and so denies"`
}

func document(s *Server, r *request, in idRequest) (shownDocument, error) {
	d, err := s.Library.Document(r.Context(), r.scope, in.ID)
	d.Reason, d.Hint = r.tell(d.Reason), r.tell(d.Hint)
	out := shownDocument{Document: d}
	if err != nil || !r.scope.May(scope.Edit) {
		return out, err
	}
	rule, err := s.Library.Readers(r.Context(), r.scope, in.ID)
	out.Readers, out.From = rule.Readers, &readersFrom{rule.Layer, rule.Origin, r.tell(rule.Problem)}
	return out, err
}

func removeDocument(s *Server, r *request, in idRequest) (corpus.Removed, error) {
	return s.Library.Remove(r.Context(), r.scope, in.ID)
}

type moveRequest struct {
	ID     string `path:"id"`
	Source string `json:"source" doc:"where it is now: a path, slash-separated, relative to what was added"`
}

func moveDocument(s *Server, r *request, in moveRequest) (corpus.Document, error) {
	if err := s.Library.Move(r.Context(), r.scope, in.ID, in.Source); err != nil {
		return corpus.Document{}, err
	}
	return s.Library.Document(r.Context(), r.scope, in.ID)
}

type revisionRequest struct {
	ID       string `path:"id"`
	Revision string `query:"revision" doc:"hash of the revision, or its beginning; the current one where it is missing"`
}

// revisionHeader says which revision a text is of.
const revisionHeader = "X-Wenyuan-Revision"

func documentText(s *Server, w http.ResponseWriter, r *request, in revisionRequest) error {
	rev, err := s.Library.Revision(r.Context(), r.scope, in.ID, in.Revision)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(rev.Text)))
	w.Header().Set(revisionHeader, rev.Revision)
	_, err = io.WriteString(w, rev.Text)
	return err
}

func documentPassages(s *Server, r *request, in revisionRequest) (passageList, error) {
	list, err := s.Library.DocumentPassages(r.Context(), r.scope, in.ID, in.Revision)
	if list == nil {
		list = []wenyuan.Passage{}
	}
	return passageList{list}, err
}

// original gives the bytes as a download: what somebody uploaded must never run as a page
// of this server.
func original(s *Server, w http.ResponseWriter, r *request, in revisionRequest) error {
	d, err := s.Library.Document(r.Context(), r.scope, in.ID)
	if err != nil {
		return err
	}
	f, media, _, err := s.Library.Original(r.Context(), r.scope, in.ID, in.Revision)
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(cmp.Or(d.File, d.Source))}))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r.Request, "", time.Time{}, f)
	return nil
}

// backup sends the archive as it is written. When it fails on the way the connection
// breaks off, so that half a backup does not look whole.
func backup(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	if err := s.noted(r, "backup"); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/gzip")
	name := fmt.Sprintf("wenyuan-%s.backup", time.Now().UTC().Format("20060102-150405"))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return s.Store.Backup(r.Context(), flushing(w), nil)
}
