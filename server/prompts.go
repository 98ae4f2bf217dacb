package server

import (
	"wenyuan/answer"
	"wenyuan/prompt"
)

type promptList struct {
	Prompts []prompt.Listed `json:"prompts" doc:"the default one first, the others by name"`
}

func prompts(s *Server, r *request, _ nothing) (promptList, error) {
	list, err := s.Prompts.List(r.Context(), r.scope)
	return promptList{list}, err
}

// A versionRequest names something that has versions, and one of these.
type versionRequest struct {
	Name    string `path:"name"`
	Version string `query:"version" doc:"hash of a version; without it the one in use"`
}

func onePrompt(s *Server, r *request, in versionRequest) (prompt.Listed, error) {
	return s.Prompts.Find(r.Context(), r.scope, in.Name, in.Version)
}

type savePromptRequest struct {
	Name string `path:"name"`
	Text string `json:"text" doc:"the whole file: front matter between lines of ---, then a Go text/template that defines system and user"`
}

func savePrompt(s *Server, r *request, in savePromptRequest) (prompt.Listed, error) {
	t, err := prompt.ParseTemplate(in.Name, in.Text)
	if err != nil {
		return prompt.Listed{}, err
	}
	if err := s.Prompts.Save(r.Context(), r.scope, t); err != nil {
		return prompt.Listed{}, err
	}
	return s.Prompts.Find(r.Context(), r.scope, t.Name, "")
}

type renderRequest struct {
	Name         string `path:"name"`
	Question     string `json:"question"`
	Version      string `json:"version,omitempty" doc:"hash of the assistant; without it the one in use"`
	Conversation string `json:"conversation,omitempty" doc:"id of a conversation of yours that the question would be part of"`
}

func render(s *Server, r *request, in renderRequest) (prompt.Built, error) {
	return s.Answerer.Render(r.Context(), r.scope, r.who, answer.Question{Assistant: in.Name, Text: in.Question, Version: in.Version, Conversation: in.Conversation, Hold: r.hold})
}
