package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
)

// The headers that say for which space a request is, and for whom a service asks.
const (
	SpaceHeader  = "Wenyuan-Space"
	BehalfHeader = "Wenyuan-On-Behalf-Of"
)

// spaceCookie is the space that somebody chose in the console.
const spaceCookie = "wenyuan_space"

// A request is an HTTP request of somebody who was let in.
type request struct {
	*http.Request
	id       string
	route    *route
	identity auth.Identity
	who      wenyuan.Principal // the identity's
	scope    scope.Scope       // zero for routes of no space
	from     *manner.Told      // where the model's part of an answer came from; nil before there is one
	watch    *auth.Watch       // of routes that answer: what they stand on; nil for others
	ctx      context.Context   // in which it goes on; nil: that of Request
	name     [1]string         // its id, as a header has it
	paced    pacedReader       // its body
}

// Context is that of the request, with all that is known of it until now.
func (q *request) Context() context.Context {
	if q.ctx != nil {
		return q.ctx
	}
	return q.Request.Context()
}

// within has the request go on in another context. A copy of it for each would cost more than all that is in them.
func (q *request) within(ctx context.Context) { q.ctx = ctx }

// enter is everything that happens before the handler of a route: who comes and what they may
// see and do, their turn, the limit on the body.
func (s *Server) enter(w http.ResponseWriter, q *request, t *route) error {
	label(q.Context(), t.path)
	if !t.open {
		if err := s.admit(w, q); err != nil {
			return err
		}
		if err := onlyLooks(q, t); err != nil {
			return err
		}
	}
	if !t.light {
		leave, err := s.turnsOf(t.endpoint).take(q.Context())
		if err != nil {
			return err
		}
		defer leave()
	}
	if !t.open && !t.anyone {
		if err := s.entitled(q, t); err != nil {
			return err
		}
	}
	if err := s.bounded(w, q, t); err != nil {
		return err
	}
	if !t.open && !t.light {
		over, err := s.counted(w, q)
		if err != nil {
			return err
		}
		defer over()
	}
	if t.open || !t.answers && !t.long {
		return t.serve(s, w, q)
	}
	return s.watched(w, q, t)
}

// known makes the request one of somebody, for the record too.
func (q *request) known(id auth.Identity, sc scope.Scope) {
	q.identity, q.who, q.scope = id, id.Principal, sc
	q.within(id.By(q.Context(), q.address()))
}

// address is where a request comes from; "" in memory.
func (q *request) address() string {
	if at := addressOf(q.Request); at.IsValid() {
		return at.String()
	}
	return ""
}

// space is the name of the space that a request is for, "" for the first of the asker's; chosen
// says that it was chosen in the console some time before.
func (q *request) space() (name string, chosen bool) {
	if name := q.PathValue("space"); name != "" {
		return name, false
	}
	if name := q.named(SpaceHeader); name != "" && !q.route.anyone {
		return name, false
	}
	if c, err := q.Cookie(spaceCookie); err == nil && bearer(q.Request) == "" {
		if name, err := url.QueryUnescape(c.Value); err == nil {
			return name, true
		}
	}
	return "", false
}

// named is the name in a header. Many clients can send no letters there but those of English, so
// it may be percent-encoded where it has others.
func (q *request) named(header string) string {
	name := q.Header.Get(header)
	plain, err := url.PathUnescape(name)
	if err != nil || !utf8.ValidString(plain) || len(plain) == utf8.RuneCountInString(plain) {
		return name
	}
	return plain
}

// inSpace asks for a space the way the request names it. A choice of days ago must not shut
// anybody out: where it leads nowhere any more, the first space holds.
func (q *request) inSpace(enter func(space string) error) error {
	name, chosen := q.space()
	err := enter(name)
	if chosen && wenyuan.CodeOf(err) == wenyuan.NotFound {
		return enter("")
	}
	return err
}

// entitled asks for the rights of a route. What its path names and is not seen is not found,
// whatever rights are missing; to who sees nothing at all, nothing is there.
func (s *Server) entitled(q *request, t *route) error {
	if q.scope.Key() == "" {
		return errNowhere
	}
	if slices.ContainsFunc(t.rights, q.scope.May) {
		return nil
	}
	if t.seen != nil {
		if err := t.seen(s, q); err != nil {
			return err
		}
	}
	return errMissing
}

// errMissing says that somebody may not do what they ask for. It does not say which right is
// missing: the manual does, and who gives rights.
var errMissing = &wenyuan.Error{Code: wenyuan.Denied, Message: "you may not do this in this space", Hint: "ask an owner of the space for a role that may; wenyuan me shows yours"}

var errNowhere = &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is nothing here that you may see", Hint: "ask an owner of a space for a role in it"}

// bounded limits the body.
func (s *Server) bounded(w http.ResponseWriter, q *request, t *route) error {
	limit := max(s.Limits.Body, t.body)
	if t.takes == multipartForm || t.takes == jsonLines {
		limit = s.Limits.Upload
	}
	if q.ContentLength > limit+farTooLarge {
		return &http.MaxBytesError{Limit: limit}
	}
	q.paced = pacedReader{q.Body, *http.NewResponseController(w), s.Limits.Stall}
	q.Body = http.MaxBytesReader(w, &q.paced, limit)
	return nil
}

// ofDocument, ofCorpus and ofAssistant look for what a path names as {id} or {document}, {corpus}
// and {name}.
func ofDocument(s *Server, q *request) error {
	id := q.PathValue("document")
	if id == "" {
		id = q.PathValue("id")
	}
	_, err := s.Library.Document(q.Context(), q.scope, id)
	return err
}

func ofCorpus(s *Server, q *request) error {
	_, err := s.Library.Counted(q.Context(), q.scope, q.PathValue("corpus"))
	return err
}

func ofAssistant(s *Server, q *request) error {
	_, err := s.Answerer.Assistant(q.Context(), q.scope, q.PathValue("name"))
	return err
}
