package server

import (
	"encoding/json"
	"net/http"

	"wenyuan/session"
)

type (
	conversationsRequest struct {
		Before string `query:"before" doc:"only conversations after this one: the last id of the page before"`
		Limit  int    `query:"limit" doc:"most conversations to list, up to 200" default:"50"`
	}
	conversationList struct {
		Conversations []session.Conversation `json:"conversations" doc:"the one that was last spoken in first"`
	}
)

func conversations(s *Server, r *request, in conversationsRequest) (conversationList, error) {
	list, err := s.Answerer.Sessions.List(r.Context(), r.scope, r.who, session.Page{Before: in.Before, Limit: in.Limit})
	return conversationList{list}, err
}

type (
	conversationRequest struct {
		ID     string `path:"id"`
		Before int    `query:"before" doc:"only turns before this number; 0 for the newest"`
		Limit  int    `query:"limit" doc:"most turns to show, up to 100" default:"100"`
	}
	wholeConversation struct {
		Conversation session.Conversation `json:"conversation"`
		Turns        []session.Turn       `json:"turns" doc:"oldest first, with the answers as they may be seen now"`
	}
)

func conversation(s *Server, r *request, in conversationRequest) (out wholeConversation, err error) {
	if out.Conversation, err = s.Answerer.Sessions.Find(r.Context(), r.scope, r.who, in.ID); err != nil {
		return out, err
	}
	out.Turns, err = s.Answerer.Turns(r.Context(), r.scope, r.who, in.ID, in.Before, in.Limit)
	return out, err
}

type renameRequest struct {
	ID    string `path:"id"`
	Title string `json:"title"`
}

func renameConversation(s *Server, r *request, in renameRequest) (session.Conversation, error) {
	return s.Answerer.Sessions.Rename(r.Context(), r.scope, r.who, in.ID, in.Title)
}

// deleteConversation gives back the conversation as it was.
func deleteConversation(s *Server, r *request, in idRequest) (session.Conversation, error) {
	c, err := s.Answerer.Sessions.Find(r.Context(), r.scope, r.who, in.ID)
	if err != nil {
		return c, err
	}
	return c, s.Answerer.Sessions.Delete(r.Context(), r.scope, r.who, in.ID)
}

// jsonLines is a value on each line.
const jsonLines = "application/x-ndjson"

// exportConversations writes while it reads: what is exported may be much.
func exportConversations(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="conversations.jsonl"`)
	lines := json.NewEncoder(flushing(w))
	lines.SetEscapeHTML(false)
	return s.Answerer.Export(r.Context(), r.scope, r.who, func(e session.Exported) error { return lines.Encode(e) })
}

type memoryList struct {
	Memories []session.Memory `json:"memories" doc:"newest first"`
}

func memories(s *Server, r *request, _ nothing) (memoryList, error) {
	list, err := s.Answerer.Sessions.Memories(r.Context(), r.scope, r.who)
	return memoryList{list}, err
}

type rememberRequest struct {
	Text         string `json:"text" doc:"1 to 500 characters"`
	Conversation string `json:"conversation,omitempty" doc:"in which it was said"`
}

// remember keeps what the guards let through, covered as records are: it is told to models in every
// later conversation.
func remember(s *Server, r *request, in rememberRequest) (session.Memory, error) {
	p, err := s.plainGuards(r)
	if err != nil {
		return session.Memory{}, err
	}
	if p.guard != nil {
		if in.Text, err = p.memorable(r.Context(), in.Text); err != nil {
			return session.Memory{}, err
		}
	}
	return s.Answerer.Sessions.Remember(r.Context(), r.scope, r.who, in.Text, in.Conversation)
}

type forgotten struct {
	ID string `json:"id" doc:"of what is forgotten now"`
}

func forget(s *Server, r *request, in idRequest) (forgotten, error) {
	return forgotten{in.ID}, s.Answerer.Sessions.Forget(r.Context(), r.scope, r.who, in.ID)
}
