package server

import (
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/version"
)

type assistantList struct {
	Assistants []answer.Assistant `json:"assistants" doc:"by name: those that were saved, and the default ones of the other corpora"`
}

func assistants(s *Server, r *request, _ nothing) (assistantList, error) {
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	if list == nil {
		list = []answer.Assistant{}
	}
	return assistantList{list}, err
}

type assistantRequest struct {
	Name    string `path:"name"`
	Version string `query:"version" doc:"hash of a version; without it what holds now"`
}

func assistant(s *Server, r *request, in assistantRequest) (answer.Assistant, error) {
	if in.Version != "" {
		return s.Answerer.AssistantAt(r.Context(), r.scope, in.Name, in.Version)
	}
	return s.Answerer.Assistant(r.Context(), r.scope, in.Name)
}

// A savedAssistant is an assistant as a body, with the name that stands in the path. What the
// body leaves out is as in a default assistant, where both switches are on.
type savedAssistant struct {
	answer.Assistant
	Extractive *bool  `json:"extractive,omitempty"`
	Smalltalk  *bool  `json:"smalltalk,omitempty"`
	Path       string `json:"-" path:"name"`
}

func saveAssistant(s *Server, r *request, in savedAssistant) (answer.Assistant, error) {
	if in.Name != "" && in.Name != in.Path {
		return answer.Assistant{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the body names the assistant %q, the path %q", in.Name, in.Path), Hint: "leave the name out of the body"}
	}
	in.Assistant.Name = in.Path
	in.Assistant.Extractive = in.Extractive == nil || *in.Extractive
	in.Assistant.Smalltalk = in.Smalltalk == nil || *in.Smalltalk
	return s.Answerer.SaveAssistant(r.Context(), r.scope, in.Assistant)
}

type assistantName struct {
	Name string `path:"name"`
}

func removeAssistant(s *Server, r *request, in assistantName) (removed, error) {
	return removed{in.Name}, s.Answerer.RemoveAssistant(r.Context(), r.scope, in.Name)
}

type removed struct {
	Removed string `json:"removed"`
}

// A shareRequest says with whom an assistant is shared, or is no more.
type shareRequest struct {
	Name string   `json:"-" path:"name"`
	With []string `json:"with" doc:"person:NAME, service:NAME and group:NAME"`
}

// An unshareRequest names in the address with whom an assistant is shared no more, or in a body.
type unshareRequest struct {
	Name string   `path:"name"`
	With []string `query:"with" doc:"person:NAME, service:NAME and group:NAME, with commas or given again; without it everybody"`
}

// subjects are those that are named; none where all are meant.
func (in unshareRequest) subjects(r *request) (with []string, err error) {
	if in.With == nil && r.ContentLength != 0 {
		var body shareRequest
		err := readJSON(r.Body, &body, false)
		return body.With, err
	}
	for _, said := range in.With {
		for name := range strings.SplitSeq(said, ",") {
			if name = strings.TrimSpace(name); name != "" {
				with = append(with, name)
			}
		}
	}
	if in.With != nil && with == nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "with names nobody", Hint: "name person:NAME, service:NAME or group:NAME, or leave with out for everybody"}
	}
	return with, nil
}

type shareList struct {
	With []string `json:"with" doc:"whom it is shared with: they may ask it, and get answers from what they may read"`
}

func assistantShares(s *Server, r *request, in assistantName) (shareList, error) {
	if _, err := s.Answerer.Assistant(r.Context(), r.scope, in.Name); err != nil {
		return shareList{}, err
	}
	list, err := s.Auth.Shares(r.Context(), r.scope, in.Name)
	out := shareList{[]string{}}
	for _, share := range list {
		out.With = append(out.With, share.Subject)
	}
	return out, err
}

// shareAssistant shares it with these too.
func shareAssistant(s *Server, r *request, in shareRequest) (shareList, error) {
	if _, err := s.Answerer.Assistant(r.Context(), r.scope, in.Name); err != nil {
		return shareList{}, err
	}
	if err := s.Auth.ShareAssistant(r.Context(), r.scope, in.Name, in.With); err != nil {
		return shareList{}, err
	}
	return assistantShares(s, r, assistantName{in.Name})
}

func unshareAssistant(s *Server, r *request, in unshareRequest) (shareList, error) {
	with, err := in.subjects(r)
	if err != nil {
		return shareList{}, err
	}
	if err := s.Auth.Unshare(r.Context(), r.scope, in.Name, with...); err != nil {
		return shareList{}, err
	}
	return assistantShares(s, r, assistantName{in.Name})
}

type versionList struct {
	Versions []version.Kept `json:"versions" doc:"newest first"`
}

func assistantVersions(s *Server, r *request, in assistantName) (versionList, error) {
	list, err := s.Answerer.Versions(r.Context(), r.scope, in.Name)
	return versionList{list}, err
}
