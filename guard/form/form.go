// Package form says whether a text has the form that was asked for: a JSON Schema, a regular
// expression, one of several words, or a grammar.
//
// A form checks a text that is whole, and a text while it comes: then it says at the first
// piece after which no more text could make it valid. Every check is bounded in time and memory,
// whatever schema, pattern or grammar comes from outside: matching never goes back over the
// text, and work is counted. The package asks nothing outside, so a schema that refers to
// another place is refused.
package form

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// Bounds of forms and of the texts that they check.
const (
	maxSource = 64 << 10  // bytes of a schema or a grammar
	maxText   = 256 << 10 // bytes of a text that is checked
)

// A Form is what a text has to look like. The zero value takes every text. It may be used by
// many goroutines.
type Form struct {
	kind string
	tidy bool // white space and a fence around the text do not count
	open func() acceptor
}

// An acceptor reads a text from its beginning to its end.
type acceptor interface {
	write(chunk string) *Fault // a fault where the text can not become valid any more
	close() *Fault             // a fault where the text is not whole
}

// Kind is "json", "regexp", "choice" or "grammar"; "" of the zero value.
func (f Form) Kind() string { return f.kind }

// A Fault says where a text leaves its form, so that whoever wrote it can write it anew.
type Fault struct {
	Path string // of JSON: a JSON Pointer (RFC 6901); "" is the whole
	At   int    // code points of the text that were read when it was found
	Want string // what was expected, in English
}

// Error says where it is and what was expected.
func (f *Fault) Error() string {
	if f.Path != "" {
		return fmt.Sprintf("at %s: %s", f.Path, f.Want)
	}
	return fmt.Sprintf("at character %d: %s", f.At, f.Want)
}

// Check says what is wrong with a text that is whole; the error is a *Fault.
func (f Form) Check(text string) error {
	s := f.Stream()
	if err := s.Write(text); err != nil {
		return err
	}
	return s.Close()
}

// Bare is a text without what models put around JSON and nobody asked for: white space and
// the fence of a code block. Of another form it is the text itself.
func (f Form) Bare(text string) string {
	if !f.tidy {
		return text
	}
	bare := strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(bare, "```"); ok {
		head, body, lines := strings.Cut(rest, "\n")
		body, closed := strings.CutSuffix(strings.TrimSpace(body), "```")
		if head = strings.TrimSpace(head); lines && closed && (head == "" || strings.EqualFold(head, "json")) {
			return strings.TrimSpace(body)
		}
	}
	return bare
}

// A Stream checks a text while it comes. It is for one goroutine.
type Stream struct {
	a     acceptor
	bytes int
	runes int
	rest  string // the beginning of a code point
	dead  error
}

// Stream begins a text.
func (f Form) Stream() *Stream {
	if f.open == nil {
		return &Stream{}
	}
	return &Stream{a: f.open()}
}

// Write takes the next piece, cut anywhere. An error, a *Fault, says that the text can not
// become valid any more, whatever comes; it stays.
func (s *Stream) Write(chunk string) error {
	if s.a == nil || s.dead != nil || chunk == "" {
		return s.dead
	}
	if s.bytes += len(chunk); s.bytes > maxText {
		return s.fault(&Fault{Want: fmt.Sprintf("a text of at most %d KiB", maxText>>10)})
	}
	chunk, s.rest = whole(s.rest + chunk)
	if !utf8.ValidString(chunk) || len(s.rest) >= utf8.UTFMax {
		return s.fault(&Fault{Want: "text in UTF-8"})
	}
	if f := s.a.write(chunk); f != nil {
		return s.fault(f)
	}
	s.runes += utf8.RuneCountInString(chunk)
	return nil
}

// Close says what is missing at the end of the text; the error is a *Fault.
func (s *Stream) Close() error {
	if s.a == nil || s.dead != nil {
		return s.dead
	}
	if s.rest != "" {
		return s.fault(&Fault{Want: "text in UTF-8"})
	}
	if f := s.a.close(); f != nil {
		return s.fault(f)
	}
	return nil
}

func (s *Stream) fault(f *Fault) error {
	f.At += s.runes
	s.dead = f
	return f
}

// whole splits off a code point at the end whose last bytes are still to come.
func whole(text string) (head, rest string) {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if at := len(text) - i; utf8.RuneStart(text[at]) {
			if !utf8.FullRuneInString(text[at:]) {
				return text[:at], text[at:]
			}
			break
		}
	}
	return text, ""
}

// unusable is the error of a form that cannot be used.
func unusable(what string, err error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the " + what + " cannot be used: " + err.Error(), Hint: "correct it and send it again", Err: err}
}

// quotedShort is a piece of a text as it stands in a fault.
func quotedShort(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
