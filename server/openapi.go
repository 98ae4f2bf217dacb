package server

import (
	"reflect"
	"regexp"
	"strings"

	"wenyuan/auth"
	"wenyuan/internal/jsonschema"
	"wenyuan/internal/scope"
)

// A description is an OpenAPI 3.1 document.
type description map[string]any

// openAPI describes the table it is served from.
func openAPI(s *Server, _ *request, _ nothing) (description, error) {
	return describe(apiRoutes(), s.Program), nil
}

func describe(routes []route, version string) description {
	g := jsonschema.New("json", "#/components/schemas/")
	problems := description{"description": "What went wrong, and what to do", "content": description{jsonBody: description{"schema": g.Of(reflect.TypeFor[problemBody]())}}}
	paths := map[string]description{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = description{}
		}
		paths[r.path][strings.ToLower(r.method)] = operation(g, r)
	}
	return description{
		"openapi": "3.1.0",
		"info":    description{"title": "Wenyuan", "version": version, "description": "Ask your documents and get cited, checked answers."},
		"paths":   paths,
		"components": description{
			"schemas":         g.Defs,
			"responses":       description{"Problem": problems},
			"parameters":      description{"space": header(SpaceHeader, "name of the space that the request is for; that of the key, or the first of the asker's, where it is left out"), "behalf": header(BehalfHeader, "name, e-mail or id of the person that a service with the right act asks for")},
			"securitySchemes": description{"key": description{"type": "http", "scheme": "bearer", "description": "Needed once there are people, or keys in the settings file"}},
		},
		"security": []description{{"key": []string{}}, {}},
	}
}

func operation(g *jsonschema.Generator, r route) description {
	op := description{
		"operationId": operationID(r),
		"summary":     r.summary,
		"responses":   description{"200": description{"description": "Done", "content": replies(g, r)}, "default": description{"$ref": "#/components/responses/Problem"}},
	}
	if params := parameters(g, r.in); len(params) > 0 {
		op["parameters"] = params
	}
	switch r.takes {
	case jsonBody:
		op["requestBody"] = description{"required": true, "content": description{jsonBody: description{"schema": g.Of(r.in)}}}
	case multipartForm:
		files := jsonschema.Schema{"type": "object", "properties": jsonschema.Schema{
			"file": jsonschema.Schema{"type": "array", "items": jsonschema.Schema{"type": "string", "format": "binary"}, "description": "one document each; its file name is its source"}}}
		op["requestBody"] = description{"required": true, "content": description{multipartForm: description{"schema": files}}}
	case jsonLines:
		op["requestBody"] = description{"required": true, "content": description{jsonLines: description{"schema": jsonschema.Schema{"type": "string"}}}}
	}
	if r.open {
		op["security"] = []description{}
		return op
	}
	op["parameters"] = append(parameters(g, r.in), description{"$ref": "#/components/parameters/space"}, description{"$ref": "#/components/parameters/behalf"})
	if len(r.rights) > 0 && len(r.rights) < len(anything) {
		op["description"] = "Needs the right " + strings.Join(names(r.rights), " or ") + " in the space of the request."
	}
	return op
}

func header(name, doc string) description {
	return description{"name": name, "in": "header", "required": false, "schema": description{"type": "string"}, "description": doc + "; percent-encoded where it has letters beyond ASCII"}
}

// names are those of rights.
func names(rights []scope.Right) (out []string) {
	for _, x := range rights {
		out = append(out, auth.RightNames(x)...)
	}
	return out
}

func replies(g *jsonschema.Generator, r route) description {
	content := description{}
	if r.out != nil {
		content[jsonBody] = description{"schema": g.Of(r.out)}
	}
	for _, media := range r.gives {
		content[media] = description{"schema": jsonschema.Schema{"type": "string"}}
	}
	return content
}

func parameters(g *jsonschema.Generator, in reflect.Type) []description {
	var out []description
	for f := range in.Fields() {
		for _, where := range []string{"path", "query"} {
			name := f.Tag.Get(where)
			if name == "" {
				continue
			}
			p := description{"name": name, "in": where, "required": where == "path", "schema": g.Field(f)}
			if doc := f.Tag.Get("doc"); doc != "" {
				p["description"] = doc
			}
			out = append(out, p)
		}
	}
	return out
}

var notLetters = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// operationID names an operation for generated clients: get_api_documents_id.
func operationID(r route) string {
	return strings.Trim(strings.ToLower(r.method)+"_"+notLetters.ReplaceAllString(r.path, "_"), "_")
}
