package answer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"

	"wenyuan/gateway/manner"
	"wenyuan/internal/lang"
	"wenyuan/prompt"
)

// alike says which other questions may be served by the answer to this one: those to which the model
// would be sent exactly the same but for the words of the question, in the same language. So the
// evidence is the same, in the same order and under the same numbers, which the answer cites. nil where
// a question leans on more than itself: on the conversation, or on what somebody wants to be remembered.
func (w *work) alike(b prompt.Built) *manner.Alike {
	p := &w.past
	if len(p.Turns) > 0 || p.Summary != "" || len(p.Remembered) > 0 || len(b.Messages) == 0 {
		return nil
	}
	last := len(b.Messages) - 1
	asked := strings.TrimSpace(w.asking)
	at := strings.LastIndex(b.Messages[last].Content, asked)
	if asked == "" || at < 0 {
		return nil
	}
	h := sha256.New()
	field := func(s string) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	field(w.assistant.Hash)
	field(lang.Of(w.question.Text))
	for i, m := range b.Messages {
		field(m.Role)
		if i == last {
			field(m.Content[:at])
			field(m.Content[at+len(asked):])
			continue
		}
		field(m.Content)
	}
	tools, err := json.Marshal(b.Tools)
	if err != nil {
		return nil
	}
	field(string(tools))
	a := &manner.Alike{Question: asked}
	h.Sum(a.Place[:0])
	return a
}

// like says how the question is like the one whose answer was given, for the record: by it people's
// feedback finds what it is about.
func (w *work) like() *manner.Like {
	if w.from == nil || w.from.Level != manner.Alikes || w.from.Like == nil {
		return nil
	}
	l := *w.from.Like
	l.Question = ""
	return &l
}
