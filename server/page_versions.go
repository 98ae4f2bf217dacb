package server

import (
	"io"
	"net/http"
	"net/url"

	"wenyuan"
	"wenyuan/version"
	"wenyuan/web"
)

// versionsCompared is how many versions of a history say what changed: each is read whole.
const versionsCompared = 50

// versionsPage is the history of an assistant, and two of its versions side by side.
func versionsPage(s *Server, w http.ResponseWriter, r *request) error {
	p, err := s.versionsView(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.Moved, p.Before = q.Get("moved"), q.Get("before")
	if p.Moved != p.Assistant.Hash {
		p.Moved, p.Before = "", ""
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Versions(b, p) })
}

func (s *Server) versionsView(r *request) (web.VersionsPage, error) {
	name := r.PathValue("name")
	page, k, err := s.assistantView(r, name)
	if err != nil {
		return web.VersionsPage{}, err
	}
	p := web.VersionsPage{Frame: page.Frame, Assistant: page.Assistant}
	kept, err := s.Answerer.Versions(r.Context(), r.scope, name)
	if err != nil {
		return p, err
	}
	for i, v := range kept {
		row := web.VersionRow{Hash: v.Hash, Created: v.Created, First: i == len(kept)-1}
		if v.Hash == p.Assistant.Hash && p.Assistant.Saved() {
			row.Labels = []string{version.Production}
		}
		if !row.First && i < versionsCompared {
			f, err := s.between(r, k, name, kept[i+1].Hash, v.Hash)
			if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
				return p, err
			}
			row.Changes = changed(f)
		}
		p.Versions = append(p.Versions, row)
	}
	q := r.URL.Query()
	p.From, p.To = q.Get("from"), q.Get("to")
	if p.From == "" && p.To == "" && len(kept) > 1 {
		p.From, p.To = kept[1].Hash, kept[0].Hash
		return p, nil
	}
	if p.From != "" && p.To != "" {
		f, err := s.between(r, k, name, p.From, p.To)
		if err != nil {
			return p, err
		}
		p.Compared = &f
	}
	return p, nil
}

// between compares two versions.
func (s *Server) between(r *request, k *desk, name, from, to string) (web.Form, error) {
	var two [2]draft
	for i, hash := range []string{from, to} {
		as, err := s.Answerer.AssistantAt(r.Context(), r.scope, name, hash)
		if err != nil {
			return web.Form{}, err
		}
		if two[i], err = s.drafted(r, as); err != nil {
			return web.Form{}, err
		}
	}
	pair := *k
	pair.live = two[0]
	return pair.form(two[1], nil, nil), nil
}

// changed are the names of the settings in which a form's two sides differ.
func changed(f web.Form) (names []string) {
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			if field.Changed() {
				names = append(names, field.Name)
			}
		}
	}
	return names
}

// labelForm points the label at another version, which is how a change is taken back.
func labelForm(s *Server, w http.ResponseWriter, r *request) error {
	name, hash := r.PathValue("name"), r.PostFormValue("hash")
	now, err := s.Answerer.Assistant(r.Context(), r.scope, name)
	if err != nil {
		return err
	}
	as, err := s.Answerer.AssistantAt(r.Context(), r.scope, name, hash)
	if err == nil {
		as, err = s.Answerer.SaveAssistant(r.Context(), r.scope, as)
	}
	if err != nil {
		return s.versionsProblem(w, r, err)
	}
	q := url.Values{"moved": {as.Hash}}
	if now.Hash != as.Hash {
		q.Set("before", now.Hash)
	}
	return seeOther(w, r, "/assistants/"+url.PathEscape(name)+"/versions?"+q.Encode())
}

// versionsProblem shows the history with why the label could not be moved.
func (s *Server) versionsProblem(w http.ResponseWriter, r *request, why error) error {
	p, err := s.versionsView(r)
	if err != nil {
		return err
	}
	said, status := explain(why, r.id)
	if status >= http.StatusInternalServerError {
		return why
	}
	view := problemView(said)
	p.Problem = &view
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Versions(b, p) })
}
