package server

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan/corpus"
	"wenyuan/internal/scope"
	"wenyuan/session"
	"wenyuan/web"
)

// pageRoutes are the doors for people: the console. Forms post to the address of the page
// they stand on, so that everything works without a script.
func pageRoutes() []route {
	return []route{
		{"GET", "/{$}", "To the page where one asks, or where one may only read to the corpora", page(firstPage).needs(scope.Read, scope.Ask)},
		{"GET", "/ask", "The page where one asks", page(askPage).needs(scope.Ask)},
		{"POST", "/ask", "Ask from the page, without a script", page(askForm).asAnswer().needs(scope.Ask)},
		{"GET", "/ask/all", "The conversations of who asks", page(talksPage).needs(scope.Read, scope.Ask)},
		{"GET", "/ask/memories", "What is remembered of who asks", page(memoriesPage).needs(scope.Read, scope.Ask)},
		{"POST", "/ask/memories", "Have something remembered from the page", page(rememberForm).needs(scope.Ask)},
		{"POST", "/ask/memories/{memory}/remove", "Have something forgotten from the page", page(forgetForm).needs(scope.Read, scope.Ask)},
		{"GET", "/ask/{id}", "A conversation, or a finished answer with its originals", page(talkPage).needs(scope.Read, scope.Ask)},
		{"POST", "/ask/{id}/rename", "Give a conversation another title from the page", page(renameTalkForm).needs(scope.Read, scope.Ask)},
		{"POST", "/ask/{id}/delete", "Delete a conversation from the page", page(deleteTalkForm).needs(scope.Read, scope.Ask)},
		{"POST", "/ask/{id}/feedback", "Say from the page what one thinks of an answer", page(feedbackForm).needs(scope.Ask)},
		{"GET", "/library", "The corpora", page(libraryPage).needs(scope.Read)},
		{"POST", "/library", "Make a corpus from the page", page(createForm).needs(scope.Edit)},
		{"GET", "/library/{corpus}", "The documents of a corpus", page(corpusPage).needs(scope.Read)},
		{"POST", "/library/{corpus}", "Add files from the page, without a script", uploadForm().asLong().needs(scope.Edit).about(ofCorpus)},
		{"GET", "/library/{corpus}/{document}", "A document as it was extracted, the words lit", page(documentPage).needs(scope.Read)},
		{"POST", "/library/{corpus}/{document}/remove", "Remove a document from the page", page(removeForm).needs(scope.Edit).about(ofDocument)},
		{"POST", "/library/{corpus}/closed", "Close a corpus from the page, or open it", page(closedForm).needs(scope.Edit).about(ofCorpus)},
		{"GET", "/assistants", "Whom one can ask", page(assistantsPage).needs(scope.Read, scope.Ask)},
		{"GET", "/assistants/new", "The form of a new assistant", page(newAssistantPage).needs(scope.Edit)},
		{"POST", "/assistants/new", "Make an assistant from the page", page(newAssistantForm).needs(scope.Edit)},
		{"GET", "/assistants/{name}", "The settings of an assistant beside a draft", page(assistantPage).needs(scope.Edit)},
		{"POST", "/assistants/{name}", "Compare a draft, or save it as a version", page(settingsForm).needs(scope.Edit)},
		{"POST", "/assistants/{name}/remove", "Take an assistant out of use from the page", page(dropAssistantForm).needs(scope.Edit)},
		{"GET", "/assistants/{name}/engine", "What a model is sent for a question", page(enginePage).asAnswer().needs(scope.Edit, scope.Review)},
		{"GET", "/assistants/{name}/versions", "What an assistant was, and two versions beside each other", page(versionsPage).needs(scope.Edit, scope.Review)},
		{"POST", "/assistants/{name}/versions", "Point the label at another version", page(labelForm).needs(scope.Edit)},
		{"GET", "/assistants/{name}/channels", "Where strangers may ask an assistant", page(channelsPage).needs(scope.Edit)},
		{"POST", "/assistants/{name}/channels", "Open a channel from the page", page(openChannelForm).needs(scope.Edit)},
		{"POST", "/assistants/{name}/channels/{id}/remove", "Close a channel from the page", page(closeChannelForm).needs(scope.Edit)},
		{"GET", "/gateway", "The models and their figures", page(gatewayPage).needs(scope.Edit, scope.Operate)},
		{"POST", "/gateway/discover", "Look for servers of models on this machine", page(discoverForm).asAnswer().needs(scope.Operate)},
		{"GET", "/gateway/new", "The form of a new model", page(modelPage).needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/new", "Add a model from the page", page(saveModelForm).needs(scope.Own, scope.Operate)},
		{"GET", "/gateway/models/{model}", "The form of a model", page(modelPage).needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/models/{model}", "Save a model from the page", page(saveModelForm).needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/models/{model}/test", "Try a model from the page", page(testForm).asAnswer().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/models/{model}/remove", "Remove a model from the page", page(dropModelForm).needs(scope.Own, scope.Operate)},
		{"GET", "/records", "The recorded answers", page(tracesPage).needs(scope.Read, scope.Ask)},
		{"GET", "/records/{trace}", "What happened for one answer", page(tracePage).needs(scope.Read, scope.Ask)},
		{"GET", "/signin", "The page where people come in", page(signInPage).asOpen()},
		{"POST", "/signin", "Come in by a password", page(signInForm).asOpen()},
		{"GET", keyPath, "Have the browser ask for a key", page(signInWithKey).forAll()},
		{"GET", "/signin/{provider}", "To a provider who says who one is", page(toProvider).asOpen()},
		{"GET", "/signin/{provider}/callback", "Back from a provider", page(fromProvider).asOpen()},
		{"POST", "/signout", "End the session of this browser", page(signOutForm).asOpen()},
		{"GET", "/account", "One's own account: password and sessions", page(accountPage).forAll()},
		{"POST", "/account/password", "Change one's own password", page(passwordForm).forAll()},
		{"POST", "/account/sessions", "End other sessions of one's own", page(sessionsForm).forAll()},
		{"POST", "/preferences", "Choose language, theme and keys", page(preferences).asLight().asOpen()},
		{"GET", "/widget.js", "The script that puts an assistant on a page", endpoint{open: true, light: true, visitor: true, serve: widgetScript}},
		{"GET", "/p/{name}", "A public page of an assistant", public(publicPage)},
		{"POST", "/p/{name}", "Ask from a public page", public(publicAsk).asAnswer()},
		{"GET", "/assets/", "Style, script and icon of the console", endpoint{open: true, light: true, serve: func(_ *Server, w http.ResponseWriter, r *request) error {
			web.Assets().ServeHTTP(w, r.Request)
			return nil
		}}},
	}
}

// firstPage is where somebody who just comes has something to do.
func firstPage(_ *Server, w http.ResponseWriter, r *request) error {
	if !r.scope.May(scope.Ask) {
		return seeOther(w, r, "/library")
	}
	return seeOther(w, r, "/ask")
}

// page is an endpoint for people: its errors are pages too.
func page(f func(*Server, http.ResponseWriter, *request) error) endpoint {
	return endpoint{serve: f, fail: failPage}
}

// failPage says what went wrong inside the console.
func failPage(s *Server, w http.ResponseWriter, r *request, err error) {
	p, status := explain(err, r.id)
	f := s.preferred(r)
	s.reportLost(r, s.show(w, r, status, func(b io.Writer) error {
		return s.web.Error(b, web.ErrorPage{Frame: f, Status: status, Problem: problemView(p)})
	}))
}

// forPeople says that a browser asks for a page, and not a program for JSON.
func forPeople(r *request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func problemView(p problem) web.Problem {
	return web.Problem{Code: string(p.Code), Message: p.Message, Hint: p.Hint}
}

// show sends a page once it is whole. That a reader has left is noted and no error: the
// page that would say so had nobody to read it.
func (s *Server) show(w http.ResponseWriter, r *request, status int, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if b.Len() > worthPacking && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		z := gzip.NewWriter(w)
		_, err := b.WriteTo(z)
		s.reportLost(r, errors.Join(err, z.Close()))
		return nil
	}
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	s.reportLost(r, err)
	return nil
}

// worthPacking is how many bytes a page has before it is sent packed: less fits one packet.
const worthPacking = 1400

func seeOther(w http.ResponseWriter, r *request, address string) error {
	http.Redirect(w, r.Request, address, http.StatusSeeOther)
	return nil
}

// The cookies that hold what somebody chose.
const (
	langCookie  = "wenyuan_lang"
	themeCookie = "wenyuan_theme"
	keysCookie  = "wenyuan_keys"
)

// preferred is the frame as far as the request alone says it.
func (s *Server) preferred(r *request) web.Frame {
	chosen := func(name string) string {
		c, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return c.Value
	}
	f := web.Frame{Path: r.URL.RequestURI(), KeysOff: chosen(keysCookie) == "off"}
	if theme := chosen(themeCookie); theme == "light" || theme == "dark" {
		f.Theme = theme
	}
	lang, ok := web.ParseLang(chosen(langCookie))
	if !ok {
		lang = web.AcceptLang(r.Header.Get("Accept-Language"))
	}
	f.Lang = lang
	s.surround(r, &f)
	return f
}

// recentTalks is how many conversations the rail lists.
const recentTalks = 8

// frame is what stands around a page, with the corpora that it counts.
func (s *Server) frame(r *request) (web.Frame, []corpus.Corpus, error) {
	f := s.preferred(r)
	all, err := s.Library.Corpora(r.Context(), r.scope)
	if err != nil {
		return f, nil, err
	}
	for _, c := range all {
		f.Documents += c.Documents
	}
	if err := s.choose(r, &f); err != nil {
		return f, nil, err
	}
	if s.Guards != nil {
		if f.Waits, err = s.Guards.Waits(r.Context(), r.scope, r.who); err != nil {
			return f, nil, err
		}
	}
	if s.Judging != nil && !f.Shows(web.LearningPlace) {
		if f.Judges, err = s.Judging.Waits(r.Context(), r.scope, r.who); err != nil {
			return f, nil, err
		}
	}
	if f.ViewAs != "" {
		return f, all, nil // the conversations are those of who looks, and no part of the view
	}
	list, err := s.Answerer.Sessions.List(r.Context(), r.scope, r.who, session.Page{Limit: recentTalks})
	for _, c := range list {
		f.Recent = append(f.Recent, web.Recent{ID: c.ID, Title: c.Title})
	}
	return f, all, err
}

// aYear is how long a choice is remembered, in seconds.
const aYear = 365 * 24 * 3600

// maxSpaceName bounds the name of a space that is kept in a cookie, in bytes.
const maxSpaceName = 300

// preferences keeps a choice in a cookie and goes back to where it was made.
func preferences(s *Server, w http.ResponseWriter, r *request) error {
	keep := func(cookie, field string, allowed ...string) {
		for _, v := range allowed {
			if r.PostFormValue(field) == v {
				http.SetCookie(w, &http.Cookie{Name: cookie, Value: v, Path: "/", MaxAge: aYear, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			}
		}
	}
	keep(themeCookie, "theme", "light", "dark")
	keep(langCookie, "lang", string(web.English), string(web.Chinese))
	keep(keysCookie, "keys", "on", "off")
	if space := r.PostFormValue("space"); space != "" && len(space) <= maxSpaceName {
		http.SetCookie(w, &http.Cookie{Name: spaceCookie, Value: url.QueryEscape(space), Path: "/", MaxAge: aYear, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	return seeOther(w, r, ownAddress(r.PostFormValue("back")))
}

// ownAddress is an address on this server; anything else becomes the first page.
func ownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return "/ask"
	}
	return address
}
