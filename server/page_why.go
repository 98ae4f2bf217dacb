package server

import (
	"io"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/web"
)

// choices is how many people or documents are offered where several fit.
const choices = 20

// whyPage says whether somebody may read a document, and what decided it. An owner may ask about
// everybody, others about themselves.
func whyPage(s *Server, w http.ResponseWriter, r *request) (err error) {
	q := r.URL.Query()
	p := web.WhyPage{Person: strings.TrimSpace(q.Get("person")), Document: strings.TrimSpace(q.Get("document"))}
	if p.Frame, err = s.framed(r, r.URL.RequestURI()); err != nil {
		return err
	}
	if !r.scope.May(scope.Own) {
		p.Self, p.Person = true, r.who.ID
	}
	if err := s.whoIsMeant(r, &p); err != nil {
		return err
	}
	if err := s.whatIsMeant(r, &p); err != nil {
		return err
	}
	if err := s.decided(r, &p); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Why(b, p) })
}

// whoIsMeant finds the person, or those who may be meant.
func (s *Server) whoIsMeant(r *request, p *web.WhyPage) error {
	if p.Person == "" {
		return nil
	}
	find := func() (auth.Account, error) {
		if p.Self {
			return s.Auth.Me(r.Context(), r.identity)
		}
		return s.Auth.FindPerson(r.Context(), r.scope, p.Person)
	}
	a, err := find()
	if err == nil {
		row := personRow(r, a, p.Space)
		p.Who = &row
		return nil
	}
	if wenyuan.CodeOf(err) != wenyuan.NotFound || p.Self {
		if p.Self && wenyuan.CodeOf(err) == wenyuan.NotFound {
			return nil
		}
		return err
	}
	list, _, err := s.Auth.People(r.Context(), r.scope, auth.PeopleFilter{Query: p.Person, Limit: choices})
	if wenyuan.CodeOf(err) == wenyuan.Invalid {
		return nil // nobody has so long a name
	}
	for _, a := range list {
		p.People = append(p.People, personRow(r, a, p.Space))
	}
	if len(p.People) == 1 {
		p.Who = &p.People[0]
	}
	return err
}

// whatIsMeant finds the document, or those that may be meant. Only what who asks sees is looked at.
func (s *Server) whatIsMeant(r *request, p *web.WhyPage) error {
	if p.Document == "" {
		return nil
	}
	d, err := s.Library.Document(r.Context(), r.scope, p.Document)
	if err == nil {
		p.What = whyDocument(d)
		return nil
	}
	if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	all, err := s.Library.Corpora(r.Context(), r.scope)
	if err != nil {
		return err
	}
	for _, c := range all {
		list, _, err := s.Library.Documents(r.Context(), r.scope, c.Name, corpus.DocumentFilter{Query: p.Document, Limit: choices})
		if err != nil {
			return err
		}
		for _, d := range list {
			if len(p.Documents) < choices {
				p.Documents = append(p.Documents, *whyDocument(d))
			}
		}
	}
	if len(p.Documents) == 1 {
		p.What = &p.Documents[0]
	}
	return nil
}

func whyDocument(d corpus.Document) *web.WhyDocument {
	return &web.WhyDocument{ID: d.ID, Title: d.Title, Source: d.Source, Corpus: d.Corpus}
}

// decided fills in the decision and, for an owner, every layer that was looked at.
func (s *Server) decided(r *request, p *web.WhyPage) error {
	if p.Who == nil || p.What == nil {
		return nil
	}
	d, err := s.Auth.Can(r.Context(), r.scope, r.identity, p.Who.ID, p.What.ID)
	if err != nil {
		return err
	}
	p.Decision = &web.Decision{Allowed: d.Allowed, Because: d.Because}
	if !r.scope.May(scope.Own) {
		return nil
	}
	p.Decision.Layers, err = s.layers(r, p.What.ID)
	return err
}

// layers are what says who reads a document that who asks was found to see.
func (s *Server) layers(r *request, document string) (out []web.Layer, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		out = nil
		all, err := s.Auth.Layers(r.Context(), tx, document)
		for _, l := range all {
			out = append(out, layerView(l))
		}
		return err
	})
	return out, err
}

func layerView(l auth.Looked) web.Layer {
	v := web.Layer{Name: l.Layer, Origin: l.Origin, Said: l.Said, Holds: l.Holds, Problem: l.Problem}
	if l.Layer == auth.Default {
		v.Origin = ""
	}
	v.Readers = readerViews(l.Readers)
	return v
}

func readerViews(readers []string) (out []web.Reader) {
	for _, x := range readers {
		out = append(out, web.ReaderOf(x))
	}
	return out
}
