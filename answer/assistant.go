package answer

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/version"
)

// An Assistant is what answers: a corpus, how it is searched, who writes, what is checked.
// It is a version: equal settings have an equal hash.
type Assistant struct {
	Name       string           `json:"name"`
	Corpus     string           `json:"corpus"`
	Model      string           `json:"model"`      // "" answers with the documents' own sentences
	Extractive bool             `json:"extractive"` // whether those may take the place of a model that fails
	Prompt     string           `json:"prompt"`     // hash of the template; "" without a model
	Filters    retrieve.Filters `json:"filters"`
	Extract    extract.Settings `json:"extract"`
	Unfounded  string           `json:"unsupported"` // what happens to an unsupported sentence: "mark"
	Hash       string           `json:"hash"`
}

// settings is what the hash is made of.
func (as Assistant) settings() Assistant {
	as.Hash = ""
	return as
}

// defaultAssistant is the assistant that every corpus has.
func (a *Answerer) defaultAssistant(corpus string, chat Chat) (Assistant, error) {
	as := Assistant{Name: corpus, Corpus: corpus, Extractive: true, Filters: a.Filters, Extract: a.Extract, Unfounded: "mark"}
	if chat.Model != nil {
		as.Model, as.Prompt = chat.Name, a.prompt.Load().hash
	}
	var err error
	as.Hash, err = version.Hash(as.settings())
	return as, err
}

// Assistants lists what the asker can put questions to: one assistant for each corpus.
func (a *Answerer) Assistants(ctx context.Context, sc scope.Scope) ([]Assistant, error) {
	corpora, err := a.Library.Corpora(ctx, sc)
	if err != nil {
		return nil, err
	}
	chat, _ := a.Chat()
	out := make([]Assistant, len(corpora))
	for i, c := range corpora {
		if out[i], err = a.defaultAssistant(c.Name, chat); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// assistant finds who is asked, and refuses a question that is none.
func (a *Answerer) assistant(ctx context.Context, sc scope.Scope, q Question, chat Chat) (Assistant, error) {
	if n := utf8.RuneCountInString(q.Text); strings.TrimSpace(q.Text) == "" || n > maxQuestion {
		return Assistant{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a question has 1 to %d characters, this one has %d", maxQuestion, n),
			Hint: "put the question in a few sentences; long material belongs into a document"}
	}
	name := q.Assistant
	if name == "" {
		name = q.Corpus
	}
	if name == "" {
		return Assistant{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names no corpus", Hint: "say which corpus is asked, or which assistant"}
	}
	c, err := a.Library.Corpus(ctx, sc, name)
	if err != nil {
		return Assistant{}, err
	}
	return a.defaultAssistant(c.Name, chat)
}
