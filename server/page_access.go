package server

import (
	"context"
	"net/http"
	"net/url"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// accessRoutes are the pages that say who may do what.
func accessRoutes() []route {
	return []route{
		{"GET", "/access", "To the people, or to one's own keys", page(accessFirst).needs(scope.Read, scope.Ask, scope.Operate)},
		{"GET", "/access/people", "Who may come in", page(peoplePage).needs(scope.Own, scope.Operate)},
		{"POST", "/access/people", "Add a person from the page", page(addPersonForm).needs(scope.Operate)},
		{"GET", "/access/people/{name}", "A person with their roles, groups and keys", page(personPage).needs(scope.Own, scope.Operate)},
		{"POST", "/access/people/{name}", "Change a person from the page", page(changePersonForm).needs(scope.Operate)},
		{"POST", "/access/people/{name}/role", "Give a person a role from the page", page(roleForm).needs(scope.Own, scope.Operate)},
		{"POST", "/access/people/{name}/disabled", "Disable a person from the page, or enable them", page(disableForm).needs(scope.Operate)},
		{"POST", "/access/people/{name}/remove", "Remove a person from the page", page(removePersonForm).needs(scope.Operate)},
		{"POST", "/access/people/{name}/erase", "Erase a person from the page", page(erasePersonForm).needs(scope.Operate)},
		{"POST", "/access/people/{name}/view", "Look at the console as a person sees it", page(viewForm).needs(scope.Own, scope.Operate)},
		{"POST", "/access/view/end", "Look at the console as oneself again", page(endViewForm).forAll()},
		{"GET", "/access/groups", "The groups", page(groupsPage).needs(scope.Own, scope.Operate)},
		{"POST", "/access/groups", "Add a group from the page", page(addGroupForm).needs(scope.Operate)},
		{"GET", "/access/groups/{group}", "A group with its members", page(groupPage).needs(scope.Own, scope.Operate)},
		{"POST", "/access/groups/{group}/members", "Put somebody into a group from the page", page(joinForm).needs(scope.Operate)},
		{"POST", "/access/groups/{group}/members/remove", "Take somebody out of a group from the page", page(leaveForm).needs(scope.Operate)},
		{"POST", "/access/groups/{group}/remove", "Remove a group from the page", page(removeGroupForm).needs(scope.Operate)},
		{"GET", "/access/spaces", "The spaces", page(spacesPage).needs(scope.Own, scope.Operate)},
		{"POST", "/access/spaces", "Add a space from the page", page(addSpaceForm).needs(scope.Operate)},
		{"GET", "/access/spaces/{space}", "A space: members, what is recorded, what is shared", page(spacePage).needs(scope.Own)},
		{"POST", "/access/spaces/{space}/members", "Save the roles of a space from the page", page(rolesForm).needs(scope.Own)},
		{"POST", "/access/spaces/{space}/members/add", "Give somebody a role in a space from the page", page(addMemberForm).needs(scope.Own)},
		{"POST", "/access/spaces/{space}/policy", "Say from the page what a space records", page(policyForm).needs(scope.Own)},
		{"POST", "/access/spaces/{space}/shares", "Share an assistant from the page", page(shareForm).needs(scope.Own)},
		{"POST", "/access/spaces/{space}/shares/remove", "End the sharing of an assistant from the page", page(unshareForm).needs(scope.Own)},
		{"GET", "/access/keys", "The keys of who asks, of services, or of all", page(keysPage).needs(scope.Read, scope.Ask, scope.Operate)},
		{"POST", "/access/keys", "Make a key from the page; it is shown this once", page(addKeyForm).needs(scope.Read, scope.Ask, scope.Operate)},
		{"POST", "/access/keys/{id}/revoke", "Revoke a key from the page", page(revokeKeyForm).needs(scope.Read, scope.Ask, scope.Operate)},
		{"GET", "/access/why", "Why somebody may read a document, or may not", page(whyPage).needs(scope.Read, scope.Operate)},
		{"POST", "/library/{corpus}/readers", "Set from the page who reads what no rule is about", page(defaultReadersForm).needs(scope.Own).about(ofCorpus)},
		{"POST", "/library/{corpus}/readers/clear", "Take back from the page what was set by hand for a path", page(clearGlobForm).needs(scope.Own).about(ofCorpus)},
		{"POST", "/library/{corpus}/{document}/readers", "Set the readers of a document from the page", page(readersForm).needs(scope.Edit).about(ofDocument)},
		{"POST", "/library/{corpus}/{document}/readers/clear", "Take back from the page what was set by hand", page(clearReadersForm).needs(scope.Edit).about(ofDocument)},
	}
}

func accessFirst(_ *Server, w http.ResponseWriter, r *request) error {
	if r.scope.May(scope.Own) || r.scope.May(scope.Operate) {
		return seeOther(w, r, "/access/people")
	}
	return seeOther(w, r, "/access/keys")
}

// surround says of a frame who looks, and what they can use.
func (s *Server) surround(r *request, f *web.Frame) {
	f.Hidden = hiddenFrom(r.scope)
	f.Audits = r.scope.May(scope.Own) || r.scope.May(scope.Operate)
	f.ReadsOnly, f.Reviews = !r.scope.May(scope.Edit), r.scope.May(scope.Review)
	if kind := r.identity.Kind; kind == "" || kind == auth.Local {
		return
	}
	f.Who = &web.Viewer{Name: r.who.Name, Role: strongest(r.scope), Out: r.identity.Session != ""}
	if r.identity.ViewAs == "" {
		return
	}
	f.Who.Role, f.ViewAs = "", s.viewName(r, r.identity.ViewAs)
}

// viewName is the name of a person whose view is shown or was; the id where nobody has it now.
func (s *Server) viewName(r *request, id string) string {
	a, err := s.Auth.Me(r.Context(), auth.Identity{Principal: wenyuan.Principal{ID: id}})
	if err != nil {
		return id
	}
	return a.Name
}

// hiddenFrom are the places that a scope has no use for.
func hiddenFrom(sc scope.Scope) (hidden []string) {
	only, held := sc.Only()
	for _, p := range []struct {
		place string
		shown bool
	}{
		{web.AskPlace, sc.May(scope.Ask) || held && len(only) > 0},
		{web.LibraryPlace, sc.May(scope.Read)},
		{web.AssistantsPlace, sc.May(scope.Edit) || sc.May(scope.Review)},
		{web.GuardsPlace, sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own)},
		{web.LearningPlace, sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own)},
		{web.GatewayPlace, sc.May(scope.Edit) || sc.May(scope.Operate)},
		{web.RecordsPlace, sc.May(scope.Review)},
		{web.AccessPlace, sc.May(scope.Own) || sc.May(scope.Operate)},
	} {
		if !p.shown {
			hidden = append(hidden, p.place)
		}
	}
	return hidden
}

// strongest is the role that comes nearest to what a scope may do.
func strongest(sc scope.Scope) string {
	for _, x := range []struct {
		right scope.Right
		role  string
	}{{scope.Operate, "operator"}, {scope.Own, auth.Owner}, {scope.Review, auth.Reviewer}, {scope.Edit, auth.Editor}, {scope.Ask, auth.Asker}, {scope.Read, auth.Viewer}} {
		if sc.May(x.right) {
			return x.role
		}
	}
	return ""
}

// choose fills in the spaces that a frame offers, and which of them is shown.
func (s *Server) choose(r *request, f *web.Frame) error {
	list, err := s.Auth.Spaces(r.Context(), r.identity)
	for _, x := range list {
		if x.ID == r.scope.Space() {
			f.Space = x.Name
		}
		f.Spaces = append(f.Spaces, x.Name)
	}
	return err
}

// framed is a frame for a page that counts nothing else. Path is where the page is had again when
// it is the reply to a form.
func (s *Server) framed(r *request, path string) (web.Frame, error) {
	f, _, err := s.frame(r)
	if r.Method != http.MethodGet {
		f.Path = path
	}
	return f, err
}

// told is a problem for the page that its form stands on; what is no fault of the form is an
// error still.
func (s *Server) told(w http.ResponseWriter, r *request, why error) (view *web.Problem, status int, err error) {
	said, status := explain(why, r.id)
	if status == http.StatusInternalServerError || status == statusGone {
		return nil, status, why
	}
	s.retryAfter(w, status, why)
	p := problemView(said)
	return &p, status, nil
}

// done is the address of a page that says what was just done.
func done(path, what, whom string) string {
	q := url.Values{"did": {what}}
	if whom != "" {
		q.Set("whom", whom)
	}
	return path + "?" + q.Encode()
}

// did reads that back; what is not known was not done.
func did(r *request, known ...string) string { return oneOf(r.URL.Query().Get("did"), known...) }

// subject is somebody as a form names them.
func subject(form url.Values) string {
	return oneOf(form.Get("kind"), auth.Person, auth.Service, "group") + ":" + form.Get("member")
}

// in is the scope of who asks in one of their spaces, by its name.
func (s *Server) in(ctx context.Context, r *request, space string) (scope.Scope, error) {
	return s.Auth.Scope(ctx, r.identity, space)
}
