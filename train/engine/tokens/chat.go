package tokens

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of a conversation.
const (
	maxTurns   = 1 << 12
	maxContent = 1 << 24 // bytes of all turns
)

// Chat gives the tokens of a conversation by the chat template, and which of them are the
// assistant's, its end mark included. Each of its turns is made into tokens apart from what stands
// before it, as a model makes them one by one.
func (t *Tokenizer) Chat(messages []Message) (ids []int32, learn []bool, err error) {
	done := "" // what has tokens already
	put := func(text string, learned bool) error {
		if !strings.HasPrefix(text, done) {
			return errors.New("tokens: the chat template writes earlier turns otherwise once later ones follow, so it cannot be said what is to be learned")
		}
		_, mark := t.lastMark(done)
		part := t.encodeMarked(text[len(done):], done == "" || mark)
		if done == "" && t.addBOS && t.bos >= 0 && (len(part) == 0 || part[0] != t.bos) {
			part = append([]int32{t.bos}, part...)
		}
		for range part {
			learn = append(learn, learned)
		}
		ids, done = append(ids, part...), text
		return nil
	}
	for i, m := range messages {
		if m.Role != "assistant" {
			continue
		}
		before, err := t.Render(messages[:i], true)
		if err != nil {
			return nil, nil, err
		}
		after, err := t.Render(messages[:i+1], false)
		if err != nil {
			return nil, nil, err
		}
		if err := put(before, false); err != nil {
			return nil, nil, err
		}
		// A blank or break after the end mark belongs to the next turn.
		end := strings.TrimRight(after, " \n")
		if !strings.HasPrefix(end, done) {
			end = after
		}
		if _, k := t.lastMark(end); k {
			after = end
		}
		if err := put(after, true); err != nil {
			return nil, nil, err
		}
	}
	rest, err := t.Render(messages, false)
	if err == nil && len(strings.TrimRight(rest, " \n")) > len(done) {
		err = put(rest, false)
	}
	return ids, learn, err
}

// lastMark says whether a text ends with a mark.
func (t *Tokenizer) lastMark(text string) (int32, bool) {
	for _, s := range t.special {
		if strings.HasSuffix(text, t.texts[s]) {
			return s, true
		}
	}
	return -1, false
}

// Prompt gives the tokens of a conversation up to where the assistant begins to speak.
func (t *Tokenizer) Prompt(messages []Message) ([]int32, error) {
	text, err := t.Render(messages, true)
	if err != nil {
		return nil, err
	}
	ids := t.EncodeMarked(text)
	if t.addBOS && t.bos >= 0 && (len(ids) == 0 || ids[0] != t.bos) {
		ids = append([]int32{t.bos}, ids...)
	}
	return ids, nil
}

// Render gives the text of a conversation by the chat template; with prompt, up to where the
// assistant begins to speak. What holds a mark of the model is refused: it would be read as one.
func (t *Tokenizer) Render(messages []Message, prompt bool) (string, error) {
	if t.template == nil {
		return "", errors.New("tokens: the model has no chat template")
	}
	if len(messages) > maxTurns {
		return "", fmt.Errorf("tokens: a conversation of %d turns", len(messages))
	}
	list, size := make([]any, len(messages)), 0
	for i, m := range messages {
		if s, ok := t.marked(m.Content); ok {
			return "", fmt.Errorf("tokens: turn %d holds %q, which is a mark of the model", i+1, s)
		}
		size += len(m.Content)
		list[i] = map[string]any{"role": m.Role, "content": m.Content}
	}
	if size > maxContent {
		return "", fmt.Errorf("tokens: a conversation of %d bytes", size)
	}
	values := map[string]any{"messages": list, "add_generation_prompt": prompt, "tools": nil, "bos_token": "", "eos_token": ""}
	if t.bos >= 0 {
		values["bos_token"] = t.texts[t.bos]
	}
	if t.eos >= 0 {
		values["eos_token"] = t.texts[t.eos]
	}
	return t.template.render(values)
}
