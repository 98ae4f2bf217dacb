package server

import (
	"net/http"
	"strings"
)

func scimConfig(s *Server, r *request) (scimReply, error) {
	no := map[string]any{"supported": false}
	return scimReply{status: http.StatusOK, body: map[string]any{
		"schemas": []string{scimConfigSchema}, "patch": map[string]any{"supported": true},
		"bulk":           map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":         map[string]any{"supported": true, "maxResults": scimMost},
		"changePassword": no, "sort": no, "etag": no,
		"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Key", "description": "a key that may operate the house, as Authorization: Bearer", "primary": true}},
		"meta":                  map[string]any{"resourceType": "ServiceProviderConfig", "location": s.outside(r.Request, "/scim/v2/ServiceProviderConfig")},
	}}, nil
}

func scimNoBulk(*Server, *request) (scimReply, error) {
	return scimReply{}, badScim("invalidSyntax", "many changes at once are not taken", "send them one by one, as ServiceProviderConfig says")
}

// oneOrAll gives the part that the path names, or all as a list.
func oneOrAll(r *request, all []map[string]any) (scimReply, error) {
	id := r.PathValue("id")
	if id == "" {
		var page []any
		for _, x := range all {
			page = append(page, x)
		}
		return scimList(0, len(all), page), nil
	}
	for _, x := range all {
		if name, _ := x["id"].(string); strings.EqualFold(name, id) {
			return scimReply{status: http.StatusOK, body: x}, nil
		}
	}
	return scimReply{}, scimNone(id)
}

func scimTypes(s *Server, r *request) (scimReply, error) {
	kind := func(name, path, schema string) map[string]any {
		return map[string]any{"schemas": []string{scimTypeSchema}, "id": name, "name": name, "endpoint": path, "schema": schema,
			"meta": map[string]any{"resourceType": "ResourceType", "location": s.outside(r.Request, "/scim/v2/ResourceTypes/"+name)}}
	}
	return oneOrAll(r, []map[string]any{kind("User", "/Users", scimUserSchema), kind("Group", "/Groups", scimGroupSchema)})
}

func scimSchemas(s *Server, r *request) (scimReply, error) {
	attribute := func(name, kind, mutability, uniqueness string, exact bool, parts ...map[string]any) map[string]any {
		a := map[string]any{"name": name, "type": kind, "multiValued": name == "emails" || name == "members", "required": name == "userName" || name == "displayName", "caseExact": exact,
			"mutability": mutability, "returned": "default", "uniqueness": uniqueness, "description": scimAbout[name]}
		if parts != nil {
			a["subAttributes"] = parts
		}
		return a
	}
	schema := func(id, name string, attributes ...map[string]any) map[string]any {
		return map[string]any{"schemas": []string{scimSchemaSchema}, "id": id, "name": name, "description": scimAbout[name], "attributes": attributes,
			"meta": map[string]any{"resourceType": "Schema", "location": s.outside(r.Request, "/scim/v2/Schemas/"+id)}}
	}
	return oneOrAll(r, []map[string]any{
		schema(scimUserSchema, "User", attribute("userName", "string", "readWrite", "server", false), attribute("displayName", "string", "readOnly", "none", false), attribute("active", "boolean", "readWrite", "none", false),
			attribute("emails", "complex", "readWrite", "none", false, attribute("value", "string", "readWrite", "none", false), attribute("primary", "boolean", "readOnly", "none", false))),
		schema(scimGroupSchema, "Group", attribute("displayName", "string", "readWrite", "server", false),
			attribute("members", "complex", "readWrite", "none", true, attribute("value", "string", "immutable", "none", true), attribute("type", "string", "immutable", "none", false))),
	})
}

// scimAbout says what is what.
var scimAbout = map[string]string{
	"User": "a person", "Group": "a group of people and groups", "userName": "the name that rules and roles use, in any case",
	"displayName": "the name", "active": "whether the person may come in", "emails": "one address", "value": "the address, or the id of a member",
	"primary": "true", "members": "those that were put there through SCIM", "type": "User or Group",
}
