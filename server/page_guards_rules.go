package server

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/rule"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// newSet is the name in an address under which a set is made.
const newSet = "new"

// rulesPage is the editor of a set of rules, of the newest version of its policy.
func rulesPage(s *Server, w http.ResponseWriter, r *request) error {
	k, err := s.guardDesk(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	p, err := k.rules(r.PathValue("set"))
	if err != nil {
		return err
	}
	p.Saved = oneOf(r.URL.Query().Get("saved"), k.newest.Hash)
	return s.showRules(w, r, http.StatusOK, k, p)
}

// rules is a set of the draft.
func (k *guardDesk) rules(set string) (web.RulesPage, error) {
	p := web.RulesPage{Policy: k.newest.Policy.Name, Set: set, New: set == newSet, Base: k.newest.Hash}
	if p.New {
		p.Set = ""
		return p, nil
	}
	n := k.set(set)
	if n < 0 {
		return p, &wenyuan.Error{Code: wenyuan.NotFound, Message: "the policy has no such set of rules", Hint: "its page lists those that it has"}
	}
	p.Text = k.draft.Rules[n].Text
	return p, nil
}

func (k *guardDesk) set(name string) int {
	return slices.IndexFunc(k.draft.Rules, func(s guard.RuleSet) bool { return s.Name == name })
}

func (s *Server) showRules(w http.ResponseWriter, r *request, status int, k *guardDesk, p web.RulesPage) (err error) {
	if p.Frame, err = s.framed(r, p.Address()); err != nil {
		return err
	}
	p.Owns = r.scope.May(scope.Own)
	if p.Text != "" {
		set, err := rule.Parse(p.Set, p.Text)
		if p.Faults = lineFaults(p.Text, err); err == nil {
			p.Rules = set.Rules()
		}
	}
	if len(p.Faults) > 0 {
		status = http.StatusBadRequest
	}
	if k.live != nil {
		if n := slices.IndexFunc(k.live.Rules, func(x guard.RuleSet) bool { return x.Name == p.Set }); n >= 0 && k.live.Rules[n].Text != p.Text {
			p.Diff = difference(k.live.Rules[n].Text, p.Text)
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Rules(b, p) })
}

// faultsShown is how many faults of one set a page lists.
const faultsShown = 100

// lineFaults are the faults of a set with the lines that they are in.
func lineFaults(text string, err error) (out []web.LineFault) {
	if err == nil {
		return nil
	}
	list, ok := errors.AsType[*rule.Faults](err)
	if !ok {
		return []web.LineFault{{Message: err.Error()}}
	}
	lines := strings.Split(text, "\n")
	for _, f := range list.List[:min(len(list.List), faultsShown)] {
		x := web.LineFault{Line: f.Line, Message: f.Message}
		if f.Line > 0 && f.Line <= len(lines) {
			x.Text = lines[f.Line-1]
		}
		out = append(out, x)
	}
	return out
}

// rulesForm checks a set, tries it on a text, or saves it in a new version of its policy.
func rulesForm(s *Server, w http.ResponseWriter, r *request) error {
	k, err := s.guardDesk(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	p, err := k.rules(r.PathValue("set"))
	if err != nil {
		return err
	}
	p.Text, p.Try, p.Base = held(r.PostForm, "text"), held(r.PostForm, "try"), r.PostForm.Get("base")
	if p.New {
		p.Set = strings.TrimSpace(r.PostForm.Get("set"))
	}
	switch r.PostForm.Get("do") {
	case "try":
		return s.tryRules(w, r, k, p)
	case "remove":
		k.draft.Rules = slices.DeleteFunc(slices.Clone(k.draft.Rules), func(x guard.RuleSet) bool { return x.Name == p.Set })
		return s.saveRules(w, r, k, p, policyAddress(p.Policy))
	case "save":
		if p.New && (k.set(p.Set) >= 0 || p.Set == newSet) {
			return s.rulesProblem(w, r, k, p, &wenyuan.Error{Code: wenyuan.Conflict, Message: "there is a set of rules with this name", Hint: "choose another name"})
		}
		k.put(p.Set, p.Text)
		return s.saveRules(w, r, k, p, policyAddress(p.Policy)+"/rules/"+url.PathEscape(p.Set))
	}
	p.Checked = true
	return s.showRules(w, r, http.StatusOK, k, p)
}

// put gives the draft the text of a set.
func (k *guardDesk) put(set, text string) {
	sets := slices.Clone(k.draft.Rules)
	if n := k.set(set); n >= 0 {
		sets[n].Text = text
	} else {
		sets = append(sets, guard.RuleSet{Name: set, Text: text})
	}
	k.draft.Rules = sets
}

// saveRules saves the draft with its sets.
func (s *Server) saveRules(w http.ResponseWriter, r *request, k *guardDesk, p web.RulesPage, next string) error {
	if p.Base != k.newest.Hash {
		return s.rulesProblem(w, r, k, p, &wenyuan.Error{Code: wenyuan.Conflict, Message: "somebody else saved the policy in the meantime", Hint: "copy what you wrote, open the page again, and put it in"})
	}
	saved, err := saveGuardPolicy(s, r, guardPolicyBody{Name: k.draft.Name, Policy: k.draft})
	if err != nil {
		return s.rulesProblem(w, r, k, p, err)
	}
	return seeOther(w, r, savedPolicy(next, k.newest.Hash, saved.Hash))
}

// rulesProblem shows the editor as it was sent, with why it was not saved.
func (s *Server) rulesProblem(w http.ResponseWriter, r *request, k *guardDesk, p web.RulesPage, why error) error {
	view, status, err := s.told(w, r, why)
	if err != nil {
		return err
	}
	if _, err := rule.Parse(p.Set, p.Text); err == nil || p.Text == "" { // else the faults say it, line by line
		p.Problem = view
	}
	return s.showRules(w, r, status, k, p)
}

// tryRules shows what the rules of the set alone find in a text.
func (s *Server) tryRules(w http.ResponseWriter, r *request, k *guardDesk, p web.RulesPage) error {
	status := http.StatusOK
	if _, err := rule.Parse(p.Set, p.Text); p.Try != "" && err == nil && p.Text != "" {
		alone := guard.Policy{Name: k.draft.Name, Checks: []guard.Check{{Check: guard.Rules, Action: guard.Flag, Places: []guard.Place{guard.Input}}}, Rules: []guard.RuleSet{{Name: cmp.Or(p.Set, newSet), Text: p.Text}}}
		if p.Tried, p.Problem, status, err = s.tryText(w, r, guardTryRequest{Text: p.Try, Policy: &alone}); err != nil {
			return err
		}
	}
	return s.showRules(w, r, status, k, p)
}
