package server

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/prompt/library"
)

// exampleRoutes are the doors of the libraries of examples, for programs and for people.
func exampleRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review}
	return append(examplePageRoutes(), []route{
		{"GET", "/api/examples", "List the example libraries of the space", reply(exampleLibraries).needs(reads...)},
		{"GET", "/api/examples/{name}", "Show an example library, as it is in use or an earlier version, with those of its examples that you may see", reply(exampleLibrary).needs(reads...)},
		{"POST", "/api/examples/{name}", "Add examples: what a task for judges became, what people judged of a data set, or samples by their ids", reply(addExamples).needs(scope.Edit)},
		{"POST", "/api/examples/{name}/remove", "Take examples out of a library; no assistant shows them any more", reply(removeExamples).needs(scope.Edit)},
		{"POST", "/api/examples/{name}/try", "Which examples an assistant would choose from for a question of yours", reply(tryExamples).needs(reads...)},
		{"DELETE", "/api/examples/{name}", "Take an example library out of use", reply(dropExamples).needs(scope.Edit)},
	}...)
}

type libraryList struct {
	Libraries []library.Listed `json:"libraries" doc:"by name"`
}

func exampleLibraries(s *Server, r *request, _ nothing) (libraryList, error) {
	list, err := s.Examples.List(r.Context(), r.scope)
	return libraryList{list}, err
}

func exampleLibrary(s *Server, r *request, in versionRequest) (library.Library, error) {
	return s.Examples.Show(r.Context(), r.scope, r.who, in.Name, in.Version)
}

type addExamplesRequest struct {
	Name string `json:"-" path:"name" doc:"of the library; a new one is made where there is none"`
	library.Order
}

func addExamples(s *Server, r *request, in addExamplesRequest) (library.Added, error) {
	return s.Examples.Add(r.Context(), r.scope, r.who, in.Name, in.Order)
}

type removeExamplesRequest struct {
	Name    string   `json:"-" path:"name"`
	Samples []string `json:"samples" doc:"ids of the samples, up to 500"`
}

func removeExamples(s *Server, r *request, in removeExamplesRequest) (library.Listed, error) {
	return s.Examples.Remove(r.Context(), r.scope, r.who, in.Name, in.Samples)
}

type tryExamplesRequest struct {
	Name     string `json:"-" path:"name"`
	Question string `json:"question"`
	Version  string `json:"version,omitempty" doc:"hash of a version; without it the one in use"`
}

// mostAsked is how many code points a question may have, as of an answer.
const mostAsked = 4000

func tryExamples(s *Server, r *request, in tryExamplesRequest) (library.Chosen, error) {
	which := in.Name
	if in.Version != "" {
		which += "@" + in.Version
	}
	if n := utf8.RuneCountInString(in.Question); strings.TrimSpace(in.Question) == "" || n > mostAsked {
		return library.Chosen{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a question has 1 to %d characters, this one has %d", mostAsked, n), Hint: "put the question in a few sentences; long material belongs into a document"}
	}
	return s.Examples.Nearest(r.Context(), r.scope, library.Question{Library: which, Text: in.Question, Most: library.MaxNearest})
}

type libraryName struct {
	Name string `path:"name"`
}

func dropExamples(s *Server, r *request, in libraryName) (removed, error) {
	return removed{in.Name}, s.Examples.Drop(r.Context(), r.scope, in.Name)
}
