package form

import (
	"strings"
	"unicode"
)

// A Barer is [Form.Bare] for a text that comes in pieces. It is for one goroutine.
type Barer struct {
	tidy   bool
	begun  bool
	fenced bool
	held   string // what may belong to a fence or to nothing
}

// Barer begins a text.
func (f Form) Barer() *Barer { return &Barer{tidy: f.tidy} }

const (
	fence    = "```"
	maxHeld  = 1 << 10        // bytes that are held back: more is no end of a fence
	maxHead  = 16             // bytes of the line that opens a fence
	atTheEnd = "` \t\r\n\v\f" // what the end of a fence is made of
)

// Write takes the next piece and gives what certainly belongs to the text.
func (b *Barer) Write(chunk string) string {
	if !b.tidy {
		return chunk
	}
	text := b.held + chunk
	if !b.begun {
		if text, b.begun = b.begin(text); !b.begun {
			b.held = text
			return ""
		}
	}
	at := len(strings.TrimRight(text, atTheEnd))
	if len(text)-at > maxHeld {
		at = len(text)
	}
	b.held = text[at:]
	return text[:at]
}

// begin takes off what opens a fence. ok is false while it may still come.
func (b *Barer) begin(text string) (rest string, ok bool) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	if len(text) < len(fence) && strings.HasPrefix(fence, text) {
		return text, false
	}
	rest, opens := strings.CutPrefix(text, fence)
	if !opens {
		return text, true
	}
	head, body, lines := strings.Cut(rest, "\n")
	if !lines {
		return text, len(rest) > maxHead
	}
	if head = strings.TrimSpace(head); head != "" && !strings.EqualFold(head, "json") {
		return text, true
	}
	b.fenced = true
	return body, true
}

// Close gives what is left. Where a fence was not closed it is what opened it, so that the text does
// not have its form.
func (b *Barer) Close() string {
	rest := strings.TrimSpace(b.held)
	if b.held = ""; !b.fenced {
		return rest
	}
	if body, closed := strings.CutSuffix(rest, fence); closed {
		return strings.TrimSpace(body)
	}
	return rest + fence
}
