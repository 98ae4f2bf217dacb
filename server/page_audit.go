package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/web"
)

// auditRoutes are the pages of who did what.
func auditRoutes() []route {
	return []route{
		{"GET", "/records/audit", "Who did what", page(auditPage).needs(scope.Own, scope.Operate)},
		{"POST", "/records/audit/verify", "Verify from the page that the record is as it was written", page(verifyForm).asAnswer().needs(scope.Operate)},
		{"GET", "/records/audit/{number}", "One entry with what was recorded", page(auditEntryPage).needs(scope.Own, scope.Operate)},
	}
}

// auditShown is how many entries a page lists.
const auditShown = 50

func auditPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showAudit(w, r, nil)
}

func (s *Server) showAudit(w http.ResponseWriter, r *request, verdict *audit.Verdict) (err error) {
	q := r.URL.Query()
	p := web.AuditPage{Actor: q.Get("actor"), Action: q.Get("action"), Object: q.Get("object"), From: q.Get("from"), To: q.Get("to"), Before: q.Get("before")}
	if p.Frame, err = s.framed(r, "/records/audit"); err != nil {
		return err
	}
	f, status := auditFilter(q), http.StatusOK
	list, head, err := s.auditRows(r, f)
	if err != nil {
		if p.Problem, status, err = s.told(w, r, err); err != nil {
			return err
		}
	}
	if len(list) > auditShown {
		list = list[:auditShown]
		p.Next = strconv.FormatInt(list[auditShown-1].Number, 10)
	}
	names, err := s.spaceNames(r)
	if err != nil {
		return err
	}
	for _, e := range list {
		p.Entries = append(p.Entries, s.entryView(r, e, names))
	}
	p.Export = exportAddress(f)
	if r.scope.May(scope.Operate) {
		p.Chain = chainView(head, verdict)
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Audit(b, p) })
}

// auditFilter reads the filter of an address. A day that cannot be read is no bound.
func auditFilter(q url.Values) audit.Filter {
	day := func(name string, later int) int64 {
		t, err := time.Parse(time.DateOnly, q.Get(name))
		if err != nil {
			return 0
		}
		return t.AddDate(0, 0, later).UnixMicro()
	}
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	return audit.Filter{Actor: q.Get("actor"), Action: q.Get("action"), Object: q.Get("object"), From: day("from", 0), To: day("to", 1), Before: max(before, 0), Limit: auditShown + 1}
}

// exportAddress is where the entries that a filter wants are had as JSON lines.
func exportAddress(f audit.Filter) string {
	q := url.Values{}
	for name, v := range map[string]string{"actor": f.Actor, "action": f.Action, "object": f.Object} {
		if v != "" {
			q.Set(name, v)
		}
	}
	for name, at := range map[string]int64{"from": f.From, "to": f.To} {
		if at != 0 {
			q.Set(name, strconv.FormatInt(at, 10))
		}
	}
	return strings.TrimSuffix("/api/audit/export?"+q.Encode(), "?")
}

// auditRows gives a page of entries, and the newest of all that the asker may know of.
func (s *Server) auditRows(r *request, f audit.Filter) (list, head []audit.Entry, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		if list, err = audit.List(r.Context(), tx, r.scope, f); err != nil {
			return err
		}
		head, err = audit.List(r.Context(), tx, r.scope, audit.Filter{Limit: 1})
		return err
	})
	return list, head, err
}

// spaceNames are the names of the spaces that who asks sees, by id.
func (s *Server) spaceNames(r *request) (map[string]string, error) {
	list, err := s.Auth.Spaces(r.Context(), r.identity)
	names := map[string]string{}
	for _, x := range list {
		names[x.ID] = x.Name
	}
	return names, err
}

func (s *Server) entryView(r *request, e audit.Entry, spaces map[string]string) web.AuditEntry {
	v := web.AuditEntry{Number: e.Number, At: e.At, Actor: cmp.Or(e.Actor.Name, e.Actor.ID), Action: e.Action, Object: e.Object, Version: e.Version, Space: cmp.Or(spaces[e.Space], e.Space),
		Address: e.Actor.Address, Key: e.Actor.Key, Behind: e.Actor.Behind, Machine: e.Actor.ID == auth.Single.ID, Erased: e.Erased, Digest: e.Digest}
	if e.Actor.ViewAs != "" {
		v.ViewAs = s.viewName(r, e.Actor.ViewAs)
	}
	return v
}

// chainView says how far the chain reaches, and what was found if it was just verified.
func chainView(head []audit.Entry, v *audit.Verdict) *web.Chain {
	c := &web.Chain{}
	if len(head) > 0 {
		c.Last, c.Head = head[0].Number, head[0].Digest
	}
	if v == nil {
		return c
	}
	c.First, c.Last, c.Head, c.At = v.From, v.To, v.Head, time.Now().UnixMicro()
	c.Dropped = max(v.From-1, 0)
	if !v.OK {
		c.Problem = cmp.Or(v.Why, "the record is not as it was written")
		if v.BrokenAt > 0 {
			c.Problem = fmt.Sprintf("entry %d: %s", v.BrokenAt, c.Problem)
		}
	}
	return c
}

// verifyForm walks through the whole record and shows what was found.
func verifyForm(s *Server, w http.ResponseWriter, r *request) error {
	v, err := audit.Verify(r.Context(), s.Store, "")
	if err != nil {
		return err
	}
	return s.showAudit(w, r, &v)
}

// auditEntryPage is one entry. One that is not there, and one of another space, read the same.
func auditEntryPage(s *Server, w http.ResponseWriter, r *request) error {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	list := []audit.Entry(nil)
	if err == nil && n > 0 {
		list, _, err = s.auditRows(r, audit.Filter{Before: n + 1, Limit: 1})
		if err != nil {
			return err
		}
	}
	if len(list) == 0 || list[0].Number != n {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no entry %q", r.PathValue("number")), Hint: "the page before lists them"}
	}
	names, err := s.spaceNames(r)
	if err != nil {
		return err
	}
	p := web.AuditEntryPage{Entry: s.entryView(r, list[0], names)}
	if p.Frame, err = s.framed(r, r.URL.Path); err != nil {
		return err
	}
	var text bytes.Buffer
	if len(list[0].Detail) > 0 && json.Indent(&text, list[0].Detail, "", "  ") == nil {
		p.Text = text.String()
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.AuditEntry(b, p) })
}
