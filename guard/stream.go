package guard

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard/reading"
)

// MaxHeld is how many characters of a stream are held back at most before they are decided on.
const MaxHeld = 400

// lookBack is how much of what went out is looked at again with what comes, in bytes, so that what
// spans two pieces is found.
const lookBack = 1200

// A Stream looks at a text while it comes. It holds back at most a sentence or MaxHeld characters;
// what it gives out has been looked at together with what went before. How the text was cut into
// pieces on its way changes nothing of what comes out. It belongs to one goroutine.
//
// Models and services that the policy names are asked once, at the end, about all that was let out: each
// sentence would have to wait for them otherwise. What they refuse is an error of Close.
type Stream struct {
	guard *Guard
	ctx   context.Context
	place Place
	about About

	pending string // what has come and is not decided on
	run     run
	told    map[string]bool // kinds of findings of which there is an incident
	ended   error
}

// A run is what is known of a stream's past.
type run struct {
	before string // the end of what was decided on, as it came
	whole  strings.Builder
	prompt *source // of the system prompt
	drop   bool    // what comes belongs to an address that was taken out
	last   string  // the end of what was looked at, as far as loops go
	rows   int     // bytes of rows that go in circles
	echo   echo    // of all of it
	came   int     // bytes in all
	key    string  // the end of a private key that is taken out and goes on; "" where there is none
}

// Stream begins to look at a text that comes in pieces.
func (g *Guard) Stream(ctx context.Context, place Place, about About) *Stream {
	return &Stream{guard: g, ctx: ctx, place: place, about: about, told: map[string]bool{}}
}

// Write takes the next piece and gives out what may go on, masked where the policy says so. d is not
// nil where something was found in it: the strictest decision. Where its action is Ask or Refuse, err
// says so in words for people, nothing of that sentence or behind it comes out, and every later call
// gives the same error.
func (s *Stream) Write(text string) (ready string, d *Decision, err error) {
	if s.ended != nil {
		return "", nil, s.ended
	}
	s.pending += text
	var out strings.Builder
	for {
		n := cut(s.pending)
		if n == 0 {
			return out.String(), d, nil
		}
		unit := s.pending[:n]
		s.pending = s.pending[n:]
		if d, err = s.unit(unit, d, &out); err != nil {
			return out.String(), d, err
		}
	}
}

// Flush gives out what was still held back: whoever writes knows that a sentence ends here. The text
// goes on.
func (s *Stream) Flush() (ready string, d *Decision, err error) {
	if s.ended != nil {
		return "", nil, s.ended
	}
	var out strings.Builder
	rest := s.pending
	s.pending = ""
	if rest != "" {
		d, err = s.unit(rest, nil, &out)
	}
	return out.String(), d, err
}

// Close gives out what was still held back, and asks whom the policy names about the whole.
func (s *Stream) Close() (ready string, d *Decision, err error) {
	ready, d, err = s.Flush()
	if err != nil {
		return ready, d, err
	}
	if asked, x := s.askWhole(); asked != nil {
		if s.guard.keep(s.ctx, asked, x); asked.Action.rank() >= Ask.rank() {
			s.ended = asked.Err()
			return ready, asked, s.ended
		}
		d = stricter(d, asked)
	}
	s.ended = errClosed
	return ready, d, nil
}

var errClosed = &wenyuan.Error{Code: wenyuan.Conflict, Message: "the text has ended already", Hint: "begin another"}

// unit decides on the next sentence.
func (s *Stream) unit(unit string, d *Decision, out *strings.Builder) (*Decision, error) {
	if !s.guard.Checks(s.place) {
		out.WriteString(unit)
		return d, nil
	}
	s.run.came += len(unit)
	if s.run.drop {
		unit = s.dropped(unit)
	}
	if s.run.key != "" {
		unit = s.keyed(unit)
	}
	if unit == "" && s.run.came > maxAnswer { // nothing goes on without an end, not even what is taken out
		unit = " "
	}
	if unit == "" {
		return d, nil
	}
	x := &look{g: s.guard, ctx: s.ctx, place: s.place, raw: s.run.before + unit, about: s.about, run: &s.run, tail: len(s.run.before)}
	now, err := x.decide()
	if err != nil {
		s.ended = err
		return d, err
	}
	if s.run.whole.Len() < maxScreen {
		s.run.whole.WriteString(now.Text)
	}
	s.run.drop = x.open
	s.run.before = x.raw[boundary(x.raw, len(x.raw)-lookBack):]
	if x.key && slices.ContainsFunc(x.edits, func(e edit) bool { return e.check == Secrets }) { // unless a reviewer let it pass
		_, body, _ := strings.Cut(x.raw[strings.LastIndex(x.raw, armourBegin)+len(armourBegin):], armourDash)
		s.run.before, s.run.key = "", lastLine("\n"+body)
	}
	if len(now.Findings) > 0 {
		if s.news(now) {
			s.guard.keep(s.ctx, &now, x)
		}
		d = stricter(d, &now)
	}
	if now.Action.rank() >= Ask.rank() {
		s.ended = now.Err()
		return d, s.ended
	}
	out.WriteString(now.Text)
	return d, nil
}

// news says whether a decision holds something of which there is no incident yet.
func (s *Stream) news(d Decision) (fresh bool) {
	for _, f := range d.Findings {
		key := f.Check + "/" + f.Kind + "/" + string(f.Action)
		if f.Action != Allow && !s.told[key] {
			s.told[key], fresh = true, true
		}
	}
	return fresh
}

func stricter(a, b *Decision) *Decision {
	if a == nil || b.Action.rank() > a.Action.rank() {
		return b
	}
	return a
}

// dropped is what stands behind an address that was taken out.
func (s *Stream) dropped(unit string) string {
	i := strings.IndexFunc(unit, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`)>"'`, r) })
	if i < 0 {
		return ""
	}
	s.run.drop = false
	if unit[i] > ' ' {
		i++
	}
	return unit[i:]
}

// askWhole asks whom the policy names about all that came; nil where it names nobody or they said
// nothing.
func (s *Stream) askWhole() (*Decision, *look) {
	var ask []Check
	for _, c := range s.guard.lines[s.place] {
		if traits[c.Check].outside {
			ask = append(ask, c)
		}
	}
	if len(ask) == 0 || s.run.whole.Len() == 0 {
		return nil, nil
	}
	x := &look{g: s.guard, ctx: s.ctx, place: s.place, raw: s.run.whole.String(), about: s.about}
	x.hash = fingerprint(reading.Fold(x.raw))
	x.ask()
	if len(x.findings) == 0 {
		return nil, nil
	}
	d := x.decision()
	return &d, x
}

// cut is the end of the first sentence of a text that is certain to be one whatever follows, in bytes;
// 0 where there is none yet. What has no end for MaxHeld characters is cut at a space, or anywhere.
func cut(s string) int {
	n, space := 0, 0
	for i, r := range s {
		if !utf8.FullRuneInString(s[i:]) {
			return 0
		}
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		end := i + size
		n++
		switch {
		case r == '\n', strings.ContainsRune("。！？", r):
			return end
		case strings.ContainsRune(".!?;", r):
			if end >= len(s) || !utf8.FullRuneInString(s[end:]) {
				return 0 // what comes next says whether it is an end
			}
			if next, _ := utf8.DecodeRuneInString(s[end:]); n > 1 && (next == ' ' || next == '\n') {
				return end
			}
		case unicode.IsSpace(r) && n > MaxHeld/2:
			space = end
		}
		if n == MaxHeld {
			return cmp.Or(space, end)
		}
	}
	return 0
}
