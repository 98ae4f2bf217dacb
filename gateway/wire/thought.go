package wire

import "strings"

const (
	thoughtBegin = "<think>"
	thoughtEnd   = "</think>"
	space        = " \t\r\n"
)

// A thought is the reasoning that models write before their answer, between <think> and
// </think>, where their server does not send it apart. It is no part of the answer: nothing in it is
// cited, and no reader asked for it. Only one at the very beginning is taken out.
type thought struct {
	held   string // what may still be a mark, or its beginning
	inside bool
	past   bool // the thought has ended, the answer not begun
	over   bool // from here on everything is the answer
}

// pass takes the next piece and gives what of it belongs to the answer.
func (t *thought) pass(piece string) string {
	if t.over {
		return piece
	}
	t.held += piece
	if !t.inside && !t.past {
		t.held = strings.TrimLeft(t.held, space)
		if strings.HasPrefix(thoughtBegin, t.held) && t.held != thoughtBegin {
			return "" // it may still become the mark
		}
		if t.held, t.inside = strings.CutPrefix(t.held, thoughtBegin); !t.inside {
			return t.begin()
		}
	}
	if _, answer, ended := strings.Cut(t.held, thoughtEnd); ended {
		t.held, t.inside, t.past = answer, false, true
	}
	if t.past {
		if t.held = strings.TrimLeft(t.held, space); t.held == "" {
			return ""
		}
		return t.begin()
	}
	t.held = t.held[max(0, len(t.held)-len(thoughtEnd)+1):] // the mark may come in pieces
	return ""
}

func (t *thought) begin() string {
	answer := t.held
	t.held, t.over = "", true
	return answer
}

// rest gives what is still held when the stream is over. A thought without an end is none
// of the answer.
func (t *thought) rest() string {
	if t.inside {
		return ""
	}
	return t.held
}
