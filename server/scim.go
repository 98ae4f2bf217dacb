package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
)

// SCIM 2.0 (RFC 7643, RFC 7644): a provider of identities keeps people and groups here as it has
// them. It is asked for with a key that may operate the house.
const (
	scimMedia = "application/scim+json"

	scimUserSchema   = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimGroupSchema  = "urn:ietf:params:scim:schemas:core:2.0:Group"
	scimErrorSchema  = "urn:ietf:params:scim:api:messages:2.0:Error"
	scimListSchema   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	scimPatchSchema  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	scimConfigSchema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	scimTypeSchema   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	scimSchemaSchema = "urn:ietf:params:scim:schemas:core:2.0:Schema"
)

// Bounds on SCIM.
const (
	scimPage   = 100     // resources of a page where nothing is said
	scimMost   = 1000    // of any page
	scimBody   = 4 << 20 // bytes of a request: a group has its members in it
	scimChange = 1000    // operations of a patch
)

// scimRoutes are the doors for providers of identities.
func scimRoutes() []route {
	return []route{
		{"GET", "/scim/v2/ServiceProviderConfig", "What of SCIM there is", scim(scimConfig)},
		{"GET", "/scim/v2/ResourceTypes", "What SCIM keeps here", scim(scimTypes)},
		{"GET", "/scim/v2/ResourceTypes/{id}", "One of them", scim(scimTypes)},
		{"GET", "/scim/v2/Schemas", "What SCIM knows of them", scim(scimSchemas)},
		{"GET", "/scim/v2/Schemas/{id}", "One of them", scim(scimSchemas)},
		{"POST", "/scim/v2/Bulk", "Says that many at once are not taken", scim(scimNoBulk)},
		{"GET", "/scim/v2/Users", "List people, by a filter", scim(scimPeople.page)},
		{"POST", "/scim/v2/Users", "Add a person", scim(scimAddUser)},
		{"GET", "/scim/v2/Users/{id}", "Show a person", scim(scimPeople.one)},
		{"PUT", "/scim/v2/Users/{id}", "Replace what is known of a person", scim(scimPutUser)},
		{"PATCH", "/scim/v2/Users/{id}", "Change a person", scim(scimPatchUser)},
		{"DELETE", "/scim/v2/Users/{id}", "Remove a person", scim(scimRemoveUser)},
		{"GET", "/scim/v2/Groups", "List groups, by a filter", scim(scimTeams.page)},
		{"POST", "/scim/v2/Groups", "Add a group", scim(scimAddGroup)},
		{"GET", "/scim/v2/Groups/{id}", "Show a group", scim(scimTeams.one)},
		{"PUT", "/scim/v2/Groups/{id}", "Replace a group", scim(scimPutGroup)},
		{"PATCH", "/scim/v2/Groups/{id}", "Change a group", scim(scimPatchGroup)},
		{"DELETE", "/scim/v2/Groups/{id}", "Remove a group", scim(scimRemoveGroup)},
	}
}

// scim is an endpoint of SCIM: its errors have SCIM's form.
func scim(f func(*Server, *request) (scimReply, error)) endpoint {
	e := endpoint{body: scimBody, fail: failScim, serve: func(s *Server, w http.ResponseWriter, r *request) error {
		out, err := f(s, r)
		if err != nil {
			return err
		}
		if out.at != "" {
			w.Header().Set("Location", out.at)
		}
		return writeScim(w, out.status, out.body)
	}}
	return e.needs(scope.Operate)
}

// A scimReply is what goes back; a body of nil is none.
type scimReply struct {
	status int
	at     string // address of what was made
	body   any
}

// writeScim sends a resource.
func writeScim(w http.ResponseWriter, status int, body any) error {
	if body == nil {
		w.WriteHeader(status)
		return nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	w.Header().Set("Content-Type", scimMedia+"; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(append(b, '\n'))
	return err
}

// A scimFault is an error with a word of SCIM's own for it (RFC 7644, 3.12).
type scimFault struct {
	kind string
	err  *wenyuan.Error
}

// Error is the sentence.
func (f *scimFault) Error() string { return f.err.Error() }

// Unwrap gives the error as the rest of the house knows it.
func (f *scimFault) Unwrap() error { return f.err }

// badScim is a request that SCIM calls by a word: invalidFilter, invalidPath, invalidValue,
// invalidSyntax, mutability or noTarget.
func badScim(kind, message, hint string) error {
	return &scimFault{kind, &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}}
}

// failScim says what went wrong in SCIM's form.
func failScim(s *Server, w http.ResponseWriter, r *request, err error) {
	p, status := explain(err, r.id)
	p = p.told(r)
	said := map[string]any{"schemas": []string{scimErrorSchema}, "status": strconv.Itoa(status), "detail": p.Message + ": " + p.Hint}
	if f, ok := errors.AsType[*scimFault](err); ok {
		said["scimType"] = f.kind
	} else if status == http.StatusConflict {
		said["scimType"] = "uniqueness"
	} else if status == http.StatusBadRequest {
		said["scimType"] = "invalidValue"
	}
	s.reportLost(r, writeScim(w, status, said))
}

// readScim reads a body. What we do not know is passed over (RFC 7644, 3.1): providers send much
// that is kept nowhere here.
func readScim(r *request, into any) error {
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, scimMedia) && !strings.HasPrefix(kind, "application/json") {
		return badScim("invalidSyntax", "the body is "+kind, "send it as "+scimMedia)
	}
	if err := readJSON(r.Body, into, true); err != nil {
		if wenyuan.CodeOf(err) == wenyuan.Invalid {
			return badScim("invalidSyntax", "the body is not the JSON that is expected here", "RFC 7644 describes it")
		}
		return err
	}
	return nil
}

// scimTime is a moment as SCIM writes one.
func scimTime(us int64) string { return time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.000Z") }

// scimAt is our own address of a resource.
func (s *Server) scimAt(r *request, kind, id string) string {
	return s.outside(r.Request, "/scim/v2/"+kind+"/"+id)
}

// scimBounds are the page that is asked for: how many resources come before it, and how many are in it.
func scimBounds(r *request) (skip, count int, err error) {
	q := r.URL.Query()
	number := func(name string, otherwise int) (int, error) {
		if q.Get(name) == "" {
			return otherwise, nil
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil {
			return 0, badScim("invalidValue", name+" is no whole number", "leave it out, or give one")
		}
		return n, nil
	}
	start, err := number("startIndex", 1)
	if err != nil {
		return 0, 0, err
	}
	if count, err = number("count", scimPage); err != nil {
		return 0, 0, err
	}
	return max(start, 1) - 1, min(max(count, 0), scimMost), nil
}

// scimList is one page.
func scimList(skip, total int, page []any) scimReply {
	if page == nil {
		page = []any{}
	}
	return scimReply{status: http.StatusOK, body: map[string]any{"schemas": []string{scimListSchema}, "totalResults": total, "startIndex": skip + 1, "itemsPerPage": len(page), "Resources": page}}
}

// scimNone says that there is no such resource.
func scimNone(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no resource %q", id), Hint: "list them with a filter"}
}
