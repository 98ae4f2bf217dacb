package server

import (
	"cmp"
	"strings"

	"wenyuan"
	"wenyuan/auth"
)

type grantsRequest struct {
	Corpus string `query:"corpus" doc:"which corpus; needed"`
}

// A grantList is everything that says who reads what in a corpus, beside the documents.
type grantList struct {
	Grants  []auth.Grant      `json:"grants" doc:"by hand: globs first, the one set last before the others; then documents"`
	Files   []auth.AccessFile `json:"files" doc:".access files"`
	Default []string          `json:"default" doc:"who reads what nothing else is about"`
}

func grants(s *Server, r *request, in grantsRequest) (grantList, error) {
	if in.Corpus == "" {
		return grantList{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the list names no corpus", Hint: "add ?corpus=NAME"}
	}
	list, files, standard, err := s.Auth.Grants(r.Context(), r.scope, in.Corpus)
	for _, f := range files {
		for i := range f.Problems {
			f.Problems[i] = r.tell(f.Problems[i])
		}
	}
	return grantList{list, files, standard}, err
}

// A grantRequest names what it is about by on, or by document, or by corpus and glob.
type grantRequest struct {
	On       string   `json:"on,omitempty" doc:"a document's id, or CORPUS/GLOB"`
	Document string   `json:"document,omitempty" doc:"a document's id, in place of on"`
	Corpus   string   `json:"corpus,omitempty" doc:"name of a corpus, with glob in place of on"`
	Glob     string   `json:"glob,omitempty" doc:"* and ? stand for letters of a name, ** for folders; without a slash it is about the name of a file"`
	Read     []string `json:"read,omitempty" doc:"group:NAME, person:NAME, service:NAME, space, public or nobody; needed to set"`
}

func (in grantRequest) on() (string, error) {
	glob := ""
	if in.Corpus != "" || in.Glob != "" {
		glob = in.Corpus + "/" + in.Glob
	}
	on := cmp.Or(in.On, in.Document, glob)
	named := 0
	for _, s := range []string{in.On, in.Document, glob} {
		if s != "" {
			named++
		}
	}
	if named != 1 || strings.HasPrefix(on, "/") || strings.HasSuffix(on, "/") && in.On == "" {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "it is not said what is to be read", Hint: "give on: a document's id, or CORPUS/GLOB"}
	}
	return on, nil
}

// A granted is what holds after a change by hand.
type granted struct {
	On   string   `json:"on"`
	Read []string `json:"read" doc:"empty: nobody but who sees every document of the space"`
}

func setGrant(s *Server, r *request, in grantRequest) (granted, error) {
	on, err := in.on()
	if err != nil {
		return granted{}, err
	}
	if in.Read == nil {
		return granted{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "no reader is named", Hint: "give read: group:NAME, person:NAME, service:NAME, space, public or nobody"}
	}
	g, err := s.Auth.Grant(r.Context(), r.scope, auth.Grant{On: on, Read: in.Read})
	return granted{g.On, g.Read}, err
}

// A clearRequest names what it is about as a grantRequest does: in the address, or in a body.
type clearRequest struct {
	On       string `query:"on" doc:"a document's id, or CORPUS/GLOB"`
	Document string `query:"document" doc:"a document's id, in place of on"`
	Corpus   string `query:"corpus" doc:"name of a corpus, with glob in place of on"`
	Glob     string `query:"glob" doc:"as it was set"`
}

func clearGrant(s *Server, r *request, in clearRequest) (granted, error) {
	what := grantRequest{On: in.On, Document: in.Document, Corpus: in.Corpus, Glob: in.Glob}
	if in == (clearRequest{}) && r.ContentLength != 0 {
		if err := readJSON(r.Body, &what, false); err != nil {
			return granted{}, err
		}
	}
	on, err := what.on()
	if err != nil {
		return granted{}, err
	}
	return granted{On: on, Read: []string{}}, s.Auth.Ungrant(r.Context(), r.scope, on)
}
