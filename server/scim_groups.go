package server

import (
	"encoding/json"
	"net/http"
	"strings"

	"wenyuan/auth"
)

// A scimTeam is a group as a provider sends one.
type scimTeam struct {
	ExternalID  *string         `json:"externalId"`
	DisplayName string          `json:"displayName"`
	Members     json.RawMessage `json:"members"`
}

// groupOf is a group as SCIM shows one; without its members where these were not asked for.
func (s *Server) groupOf(r *request, g auth.ScimGroup) map[string]any {
	out := map[string]any{"schemas": []string{scimGroupSchema}, "id": g.ID, "displayName": g.Name,
		"meta": map[string]any{"resourceType": "Group", "created": scimTime(g.Created), "lastModified": scimTime(g.Updated), "location": s.scimAt(r, "Groups", g.ID)}}
	if g.External != "" {
		out["externalId"] = g.External
	}
	if !withMembers(r) {
		return out
	}
	members := []any{}
	for _, m := range g.Members {
		kind := "User"
		if m.Group {
			kind = "Group"
		}
		members = append(members, map[string]any{"value": m.ID, "display": m.Name, "type": kind, "$ref": s.scimAt(r, kind+"s", m.ID)})
	}
	out["members"] = members
	return out
}

// withMembers says whether the members of groups are asked for (RFC 7644, 3.9).
func withMembers(r *request) bool {
	q := r.URL.Query()
	names := func(list string) bool {
		for name := range strings.SplitSeq(strings.ToLower(list), ",") {
			if name = strings.TrimSpace(name); name == "members" || strings.HasPrefix(name, "members.") {
				return true
			}
		}
		return false
	}
	return !names(q.Get("excludedAttributes")) && (q.Get("attributes") == "" || names(q.Get("attributes")))
}

func groupFacts(g auth.ScimGroup) facts {
	x := facts{"id": {g.ID}, "displayname": {g.Name}}
	if g.External != "" {
		x["externalid"] = []any{g.External}
	}
	for _, m := range g.Members {
		x["members"] = append(x["members"], m.ID)
	}
	x["members.value"] = x["members"]
	return x
}

// membersOf are the ids in a list of members, or of one.
func membersOf(raw json.RawMessage) (ids []string, err error) {
	type member struct {
		Value string `json:"value"`
	}
	var list []member
	var one member
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if json.Unmarshal(raw, &list) != nil {
		if json.Unmarshal(raw, &one) != nil {
			return nil, badScim("invalidValue", "members is no list of members", `send it as [{"value": "ID"}]`)
		}
		list = []member{one}
	}
	for _, m := range list {
		ids = append(ids, m.Value)
	}
	return ids, nil
}

func scimAddGroup(s *Server, r *request) (scimReply, error) {
	var t scimTeam
	if err := readScim(r, &t); err != nil {
		return scimReply{}, err
	}
	members, err := membersOf(t.Members)
	if err != nil {
		return scimReply{}, err
	}
	g, err := s.Auth.AddGroup(r.Context(), r.scope, t.DisplayName, nil)
	if err != nil {
		return scimReply{}, err
	}
	if t.ExternalID != nil {
		_, err = s.Auth.ChangeGroup(r.Context(), r.scope, g.ID, auth.GroupChange{External: t.ExternalID})
	}
	if err == nil && len(members) > 0 {
		err = s.Auth.ScimMembership(r.Context(), r.scope, g.ID, false, nil, members)
	}
	if err != nil { // half a group would stand in the way of the next try
		_ = s.Auth.RemoveGroup(r.Context(), r.scope, g.ID) // the error that led here is the one to tell
		return scimReply{}, err
	}
	return scimTeams.show(s, r, g.ID, http.StatusCreated)
}

func scimPutGroup(s *Server, r *request) (scimReply, error) {
	before, err := scimTeams.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	var t scimTeam
	if err := readScim(r, &t); err != nil {
		return scimReply{}, err
	}
	members, err := membersOf(t.Members)
	if err != nil {
		return scimReply{}, err
	}
	c := teamChange{after: before, all: true, add: members}
	if c.after.Name = t.DisplayName; t.ExternalID != nil {
		c.after.External = *t.ExternalID
	}
	if err := s.changeTeam(r, before, c); err != nil {
		return scimReply{}, err
	}
	return scimTeams.show(s, r, before.ID, http.StatusOK)
}

// A teamChange is what a patch comes to.
type teamChange struct {
	after       auth.ScimGroup // name and external id
	all         bool           // everybody whom SCIM put in is taken out
	remove, add []string       // ids
}

func (s *Server) changeTeam(r *request, before auth.ScimGroup, c teamChange) error {
	var g auth.GroupChange
	if c.after.Name != before.Name {
		g.Name = &c.after.Name
	}
	if c.after.External != before.External {
		g.External = &c.after.External
	}
	if g != (auth.GroupChange{}) {
		if _, err := s.Auth.ChangeGroup(r.Context(), r.scope, before.ID, g); err != nil {
			return err
		}
	}
	if c.all || len(c.remove)+len(c.add) > 0 {
		return s.Auth.ScimMembership(r.Context(), r.scope, before.ID, c.all, c.remove, c.add)
	}
	return nil
}

// scimPatchGroup changes a group and gives back nothing: it may have thousands of members.
func scimPatchGroup(s *Server, r *request) (scimReply, error) {
	before, err := scimTeams.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	all, err := readPatch(r)
	if err != nil {
		return scimReply{}, err
	}
	t := teamChange{after: before}
	for _, c := range all {
		if err := c.onTeam(&t, before.Members); err != nil {
			return scimReply{}, err
		}
	}
	return scimReply{status: http.StatusNoContent}, s.changeTeam(r, before, t)
}

// onTeam makes one change.
func (c scimChangeOf) onTeam(t *teamChange, members []auth.ScimMember) (err error) {
	switch c.name {
	case "displayname":
		if t.after.Name, err = c.text(); err == nil && t.after.Name == "" {
			err = badScim("mutability", "every group has a displayName", "replace it")
		}
	case "externalid":
		t.after.External, err = c.text()
	case "members":
		return c.onMembers(t, members)
	}
	return err
}

func (c scimChangeOf) onMembers(t *teamChange, members []auth.ScimMember) error {
	named, err := membersOf(c.value)
	if err != nil {
		return err
	}
	switch {
	case c.op == "replace" && c.which == nil:
		t.all, t.remove, t.add = true, nil, named
	case c.op == "add":
		t.add, t.remove = append(t.add, named...), without(t.remove, named)
	case c.op == "remove" && c.which == nil && len(named) == 0:
		t.all, t.remove, t.add = true, nil, nil
	case c.op == "remove" && c.which == nil: // as Entra may send it
		t.remove, t.add = append(t.remove, named...), without(t.add, named)
	case c.op == "remove":
		fits, err := compile(c.which, "members")
		if err != nil {
			return err
		}
		var out []string
		for _, id := range append(idsOfMembers(members), t.add...) {
			if fits(facts{"members.value": {id}}) {
				out = append(out, id)
			}
		}
		t.remove, t.add = append(t.remove, out...), without(t.add, out)
	default:
		return badScim("invalidPath", "a member cannot be replaced by another", "remove one, and add the other")
	}
	return nil
}

func idsOfMembers(members []auth.ScimMember) (ids []string) {
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids
}

// without are those of a list that are not in the other.
func without(list, other []string) (left []string) {
	out := map[string]bool{}
	for _, x := range other {
		out[x] = true
	}
	for _, x := range list {
		if !out[x] {
			left = append(left, x)
		}
	}
	return left
}

func scimRemoveGroup(s *Server, r *request) (scimReply, error) {
	g, err := scimTeams.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	return scimReply{status: http.StatusNoContent}, s.Auth.RemoveGroup(r.Context(), r.scope, g.ID)
}
