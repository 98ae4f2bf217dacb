package form

import (
	"fmt"
	"slices"

	"wenyuan"
)

// Bounds on a row.
const (
	MaxMessages = 2000    // of one list
	MaxLine     = 8 << 20 // bytes of JSON
)

// Check says what is wrong with a row, whatever format it came in.
func (r Row) Check() error {
	for _, list := range [][]Message{r.Messages, r.Chosen, r.Rejected} {
		if len(list) > MaxMessages {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a conversation of %d messages, more than %d", len(list), MaxMessages), Hint: "cut it into several rows"}
		}
		for i, m := range list {
			if err := m.check(i); err != nil {
				return err
			}
		}
	}
	switch r.Kind {
	case Chat:
		return r.checkAnswered("a row to learn from ends with an answer of the assistant")
	case Label:
		if r.Good == nil {
			return bad("a row with a label does not say whether the answer is good", "give label: true or false")
		}
		return r.checkAnswered("a row with a label ends with an answer of the assistant")
	case Preference:
		return r.checkPair()
	}
	return bad(fmt.Sprintf("there is no kind of row %q", r.Kind), "chat, preference or label")
}

func (m Message) check(at int) error {
	switch {
	case !slices.Contains([]string{System, User, Assistant, Tool}, m.Role):
		return bad(fmt.Sprintf("message %d has the role %q", at+1, m.Role), "system, user, assistant or tool")
	case m.Content == "" && m.Calls == nil && m.Role != Tool && m.Role != System:
		return bad(fmt.Sprintf("message %d says nothing", at+1), "give it content, or leave the row out")
	case m.Calls != nil && m.Role != Assistant:
		return bad(fmt.Sprintf("message %d calls tools and is not of the assistant", at+1), "only the assistant calls tools")
	}
	return nil
}

func (r Row) checkAnswered(message string) error {
	if n := len(r.Messages); n == 0 || r.Messages[n-1].Role != Assistant {
		return bad(message, "put the answer at the end, or leave the row out")
	}
	if len(r.Chosen)+len(r.Rejected) > 0 {
		return bad("only a preference has a chosen and a rejected answer", "leave them out")
	}
	return nil
}

func (r Row) checkPair() error {
	for _, list := range [][]Message{r.Chosen, r.Rejected} {
		if len(list) == 0 || list[len(list)-1].Role != Assistant {
			return bad("a preference needs a chosen and a rejected answer of the assistant", "give both")
		}
	}
	if n := len(r.Messages); n == 0 || r.Messages[n-1].Role == Assistant {
		return bad("a preference needs what was asked, and both answers beside it", "end the prompt with the person's message")
	}
	if slices.EqualFunc(r.Chosen, r.Rejected, Message.equal) {
		return bad("the chosen and the rejected answer are the same", "leave the row out")
	}
	return nil
}

func (m Message) equal(o Message) bool {
	return m.Role == o.Role && m.Content == o.Content && m.Name == o.Name && m.CallID == o.CallID && string(m.Calls) == string(o.Calls)
}

func bad(message, hint string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
}
