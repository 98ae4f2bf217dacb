package openai

import (
	"context"
	"encoding/json"
	"errors"
)

// tokenize asks in both forms at once: llama.cpp reads content, vLLM and SGLang model and
// prompt, and each leaves the others aside.
type tokenize struct {
	Model      string `json:"model"`
	Prompt     string `json:"prompt"`
	Content    string `json:"content"`
	AddSpecial bool   `json:"add_special_tokens"` // false: the marks around a whole prompt are not the text's
}

// Count asks the server's own /tokenize, which llama.cpp, vLLM and SGLang have, how many
// tokens the model makes of a text. Errors are those of [wire.Server.Post].
func (m *Client) Count(ctx context.Context, text string) (int, error) {
	if text == "" {
		return 0, nil // vLLM takes no empty prompt
	}
	k, err := m.s.Post(ctx, m.root+"/tokenize", tokenize{Model: m.s.RemoteName, Prompt: text, Content: text})
	if err != nil {
		return 0, err
	}
	defer k.End()
	var reply struct {
		Count  *int               `json:"count"`
		Tokens *[]json.RawMessage `json:"tokens"`
	}
	if err := k.Whole(&reply); err != nil {
		return 0, err
	}
	switch {
	case reply.Count != nil && *reply.Count >= 0:
		return *reply.Count, nil
	case reply.Tokens != nil:
		return len(*reply.Tokens), nil
	}
	return 0, k.Rubbish(errors.New("neither count nor tokens"))
}
