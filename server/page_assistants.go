package server

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/corpus"
	"wenyuan/gateway"
	"wenyuan/guard"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/version"
	"wenyuan/web"
)

// A desk is what the settings of one assistant are edited with: what holds now, and what
// there is to choose from. live is empty for a new one.
type desk struct {
	live    draft
	corpora []corpus.Corpus
	models  []gateway.Listed
	trusted func(judge string) (answer.Agreement, bool)

	policies []string // guard policies that hold
}

// desk prepares the page of an assistant; "" of a new one.
func (s *Server) desk(r *request, all []corpus.Corpus, name string) (*desk, error) {
	k := &desk{corpora: all, models: s.Gateway.List(r.scope.Space())}
	k.trusted = func(judge string) (answer.Agreement, bool) {
		if s.Answerer.Trusted == nil {
			return answer.Agreement{}, false
		}
		return s.Answerer.Trusted(r.Context(), r.scope.Space(), judge)
	}
	if err := s.policiesOf(r, k); err != nil || name == "" {
		return k, err
	}
	as, err := s.Answerer.Assistant(r.Context(), r.scope, name)
	if err != nil {
		return nil, err
	}
	k.live, err = s.drafted(r, as)
	return k, err
}

// policiesOf are the guard policies that an assistant can name.
func (s *Server) policiesOf(r *request, k *desk) error {
	if s.Guards == nil {
		return nil
	}
	list, err := s.Guards.Policies(r.Context(), r.scope)
	for _, l := range list {
		if l.Holds != "" || l.Policy.Name == guard.DefaultName {
			k.policies = append(k.policies, l.Policy.Name)
		}
	}
	return err
}

// drafted is an assistant with the words of its prompt; where it has none, with those that
// a model would be told.
func (s *Server) drafted(r *request, as answer.Assistant) (draft, error) {
	d := draft{Assistant: as}
	t, err := s.Answerer.Template(r.Context(), r.scope, as.Prompt)
	if err != nil {
		return d, err
	}
	d.words = t.Text
	return d, nil
}

// note is what is known about a setting as it is drafted.
func (k *desk) note(name string, d draft) *web.Remark {
	i := slices.IndexFunc(k.models, func(m gateway.Listed) bool { return m.Name == d.Model })
	switch {
	case name == "judge" && d.Judge != "":
		if a, ok := k.trusted(d.Judge); ok {
			return &web.Remark{Key: "note.judge.measured", Args: []any{strconv.FormatFloat(a.Kappa, 'f', 2, 64), a.N}}
		}
		return &web.Remark{Key: "note.judge.unmeasured"}
	case name == "model" && i >= 0 && k.models[i].Location == gateway.Outside:
		for _, c := range k.corpora {
			if c.Closed && slices.Contains(d.Corpora, c.Name) {
				return &web.Remark{Key: "note.closed", Args: []any{c.Name}}
			}
		}
		return &web.Remark{Key: "note.outside"}
	}
	return nil
}

// moves are when the assistants' labels were moved, by name.
func (s *Server) moves(ctx context.Context, r *request) (map[string]version.Labelled, error) {
	out := map[string]version.Labelled{}
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		inUse, err := version.InUse(ctx, tx, r.scope.Space(), answer.Kind, "")
		for _, l := range inUse {
			out[l.Name] = l
		}
		return err
	})
	return out, err
}

func assistantRow(as answer.Assistant, moves map[string]version.Labelled) web.AssistantRow {
	return web.AssistantRow{Name: as.Name, Title: as.Title, Description: as.Description, Corpora: as.Corpora, Model: as.Model, Prompt: as.Prompt,
		Unsupported: as.Unsupported, Hash: as.Hash, Moved: moves[as.Name].Moved}
}

func assistantsPage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	if err != nil {
		return err
	}
	moves, err := s.moves(r.Context(), r)
	if err != nil {
		return err
	}
	p := web.AssistantsPage{Frame: f}
	for _, as := range list {
		p.Assistants = append(p.Assistants, assistantRow(as, moves))
		p.Partial = p.Partial || as.Partial
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Assistants(b, p) })
}

// assistantPage shows what holds, after a save with what was done.
func assistantPage(s *Server, w http.ResponseWriter, r *request) error {
	p, k, err := s.assistantView(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	p.Form = k.form(k.live, nil, nil)
	q := r.URL.Query()
	if saved := q.Get("saved"); saved == k.live.Hash {
		p.Saved, p.Before = saved, q.Get("before")
	}
	p.Same = q.Get("same") != ""
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Assistant(b, p) })
}

func (s *Server) assistantView(r *request, name string) (web.AssistantPage, *desk, error) {
	p := web.AssistantPage{New: name == ""}
	f, all, err := s.frame(r)
	if err != nil {
		return p, nil, err
	}
	p.Frame = f
	k, err := s.desk(r, all, name)
	if err != nil || p.New {
		return p, k, err
	}
	moves, err := s.moves(r.Context(), r)
	p.Assistant = assistantRow(k.live.Assistant, moves)
	return p, k, err
}

// settingsForm compares a draft with what holds, or saves it as a version.
func settingsForm(s *Server, w http.ResponseWriter, r *request) error {
	p, k, err := s.assistantView(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	d, faults := k.read(r.PostForm)
	if r.PostForm.Get("do") == "more" || r.PostForm.Has("remove") { // nobody says that it is ready
		clear(faults)
	}
	p.Moved = r.PostForm.Get("base") != k.live.Hash
	if r.PostForm.Get("do") == "save" && len(faults) == 0 && !p.Moved {
		saved, err := s.saveDraft(r, d)
		if err == nil {
			return seeOther(w, r, afterSave(k, saved))
		}
		if err := blame(err, faults, &p.Form, r); err != nil {
			return err
		}
	}
	p.Form = k.form(d, r.PostForm, faults).With(p.Form.Problem)
	return s.show(w, r, statusOf(p.Form), func(b io.Writer) error { return s.web.Assistant(b, p) })
}

func statusOf(f web.Form) int {
	if f.Faults() > 0 || f.Problem != nil {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// afterSave is the page that says what a save did.
func afterSave(k *desk, saved answer.Assistant) string {
	address := "/assistants/" + url.PathEscape(saved.Name)
	q := url.Values{"saved": {saved.Hash}}
	switch {
	case saved.Hash == k.live.Hash:
		q = url.Values{"same": {"1"}}
	case k.live.Name != "":
		q.Set("before", k.live.Hash)
	}
	return address + "?" + q.Encode()
}

// saveDraft keeps the words of the prompt, where they changed, and then the assistant.
func (s *Server) saveDraft(r *request, d draft) (answer.Assistant, error) {
	hash, err := s.keepWords(r, d)
	if err != nil {
		return answer.Assistant{}, err
	}
	d.Prompt = hash
	return s.Answerer.SaveAssistant(r.Context(), r.scope, d.Assistant)
}

// keepWords gives the version of the draft's prompt. What is not the words of the version
// that it names becomes a version of that prompt; the house's own becomes the assistant's.
func (s *Server) keepWords(r *request, d draft) (string, error) {
	if d.Model == "" || strings.TrimSpace(d.words) == "" {
		return "", nil
	}
	t, err := s.Answerer.Template(r.Context(), r.scope, d.Prompt)
	if err != nil {
		return "", err
	}
	if t.Text == d.words {
		return d.Prompt, nil
	}
	name := t.Name
	if name == prompt.DefaultName {
		name = d.Name
	}
	t, err = prompt.ParseTemplate(name, d.words)
	if err != nil {
		return "", wordsFault{err}
	}
	return t.Hash, s.Prompts.Save(r.Context(), r.scope, t)
}

// A wordsFault is an error that belongs under the prompt.
type wordsFault struct{ error }

func (w wordsFault) Unwrap() error { return w.error }

// blame puts an error of the person's under the setting it is about, else above the form.
// Any other error is given back.
func blame(err error, faults map[string]*web.Fault, f *web.Form, r *request) error {
	if code := wenyuan.CodeOf(err); code != wenyuan.Invalid && code != wenyuan.Conflict && code != wenyuan.Limited && code != wenyuan.Denied && code != wenyuan.TooLarge && code != wenyuan.NotFound {
		return err
	}
	said, _ := explain(err, r.id)
	view := problemView(said)
	if _, ok := err.(wordsFault); ok {
		faults["prompt"] = &web.Fault{Problem: &view}
		return nil
	}
	if strings.HasPrefix(said.Message, "the assistant's experts") {
		faults[expertsAt] = &web.Fault{Problem: &view}
		return nil
	}
	f.Problem = &view
	return nil
}

// newAssistantPage is the form with what a new assistant begins with.
func newAssistantPage(s *Server, w http.ResponseWriter, r *request) error {
	p, k, err := s.assistantView(r, "")
	if err != nil {
		return err
	}
	d, err := s.fresh(r)
	if err != nil {
		return err
	}
	p.Form = k.newForm(d, nil, nil)
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Assistant(b, p) })
}

// fresh is what a new assistant begins with: the default model and the house's prompt.
func (s *Server) fresh(r *request) (draft, error) {
	d := draft{Assistant: answer.Assistant{Extractive: true, Unsupported: answer.Mark, Smalltalk: true}}
	if m, ok := s.Gateway.Default(r.scope.Space()); ok {
		d.Model = m.Name()
	}
	return s.drafted(r, d.Assistant)
}

// newForm is a form with a field for the name.
func (k *desk) newForm(d draft, raw url.Values, faults map[string]*web.Fault) web.Form {
	f := k.form(d, raw, faults)
	name := web.Field{Name: "name", Kind: "text", Draft: d.Name, Fault: faults["name"]}
	f.Groups[0].Fields = slices.Insert(f.Groups[0].Fields, 0, name)
	return f
}

// newAssistantForm makes an assistant. One that is there already is not written over.
func newAssistantForm(s *Server, w http.ResponseWriter, r *request) error {
	p, k, err := s.assistantView(r, "")
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	d, faults := k.read(r.PostForm)
	d.Name = strings.TrimSpace(held(r.PostForm, "name"))
	if d.Name == "" {
		faults["name"] = &web.Fault{Key: "needed"}
	} else if _, err := s.Answerer.Assistant(r.Context(), r.scope, d.Name); err == nil || d.Name == "new" {
		faults["name"] = &web.Fault{Key: "taken", Args: []any{d.Name}}
	}
	if r.PostForm.Get("do") == "more" || r.PostForm.Has("remove") { // another row of its experts, or one fewer
		p.Form = k.newForm(d, r.PostForm, nil)
		return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Assistant(b, p) })
	}
	if len(faults) == 0 {
		saved, err := s.saveDraft(r, d)
		if err == nil {
			return seeOther(w, r, afterSave(k, saved))
		}
		if err := blame(err, faults, &p.Form, r); err != nil {
			return err
		}
	}
	p.Form = k.newForm(d, r.PostForm, faults).With(p.Form.Problem)
	return s.show(w, r, statusOf(p.Form), func(b io.Writer) error { return s.web.Assistant(b, p) })
}

// dropAssistantForm takes an assistant out of use.
func dropAssistantForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := s.Answerer.RemoveAssistant(r.Context(), r.scope, r.PathValue("name")); err != nil {
		return err
	}
	return seeOther(w, r, "/assistants")
}
