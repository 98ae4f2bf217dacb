package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
)

// maxArguments bounds the strings of one call's arguments that are looked at one by one.
const maxArguments = 10_000

// calls looks at the calls that a model makes as at what it writes: whoever carries them out does it
// with their arguments. What tokens stand for is put back first. What is covered is covered within the
// strings of the arguments, so that they stay JSON; an address that stands nowhere in the conversation
// is taken out unless its host is allowed, as it is in an answer. d says why none of them goes on.
func (p *plainGuard) calls(ctx context.Context, calls []wenyuan.ToolCall) (out []wenyuan.ToolCall, d *guard.Decision, err error) {
	out = slices.Clone(calls)
	for i, c := range out {
		if p.vault != nil {
			out[i].Arguments = p.vault.RestoreJSON(c.Arguments, nil)
		}
		if p.guard == nil || !p.guard.Checks(guard.Output) {
			continue
		}
		found, err := p.guard.Look(ctx, guard.Output, c.Name+"\n"+strings.Join(valuesOf(out[i].Arguments), "\n"), p.outgoing())
		if err != nil {
			return nil, nil, err
		}
		if found.Stops() {
			return nil, &found, nil
		}
		if found.Action == guard.Mask {
			if out[i].Arguments, err = p.coverArguments(ctx, out[i].Arguments); err != nil {
				return nil, nil, err
			}
		}
	}
	return out, nil, nil
}

// outgoing is what is known of what a model writes: what was said before is its source.
func (p *plainGuard) outgoing() guard.About {
	about := p.about
	about.Passages, about.Plain = p.said, !p.tools
	return about
}

// coverArguments covers what stands in the strings of a call's arguments.
func (p *plainGuard) coverArguments(ctx context.Context, arguments string) (string, error) {
	about := p.outgoing()
	about.Dry = true // the incident is of the whole
	return withStrings(arguments, func(s string) (string, error) {
		d, err := p.guard.Look(ctx, guard.Output, s, about)
		return d.Text, err
	})
}

// valuesOf are the strings of a JSON text; the text itself where it is none.
func valuesOf(text string) (all []string) {
	_, err := withStrings(text, func(s string) (string, error) {
		all = append(all, s)
		return s, nil
	})
	if err != nil {
		return []string{text}
	}
	return all
}

// withStrings puts others in the place of the strings of a JSON text that are no names of fields, and
// leaves everything else as it is. What is no JSON is one string.
func withStrings(text string, f func(string) (string, error)) (string, error) {
	if !json.Valid([]byte(text)) {
		return f(text)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // a number of any length is one
	var b strings.Builder
	at, n := int64(0), 0
	for {
		before := d.InputOffset()
		t, err := d.Token()
		if err != nil {
			break // the end: it is valid
		}
		s, ok := t.(string)
		end := d.InputOffset()
		if !ok || isName(text[end:]) {
			continue
		}
		if n++; n > maxArguments {
			return "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the model calls a tool with more than %d texts", maxArguments), Hint: "ask for less at once"}
		}
		made, err := f(s)
		if err != nil {
			return "", err
		}
		if made == s {
			continue
		}
		quoted, err := json.Marshal(made)
		if err != nil {
			return "", err
		}
		b.WriteString(text[at : before+int64(strings.IndexByte(text[before:end], '"'))])
		b.Write(quoted)
		at = end
	}
	b.WriteString(text[at:])
	return b.String(), nil
}

// isName says whether what stands before rest is the name of a field.
func isName(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, ":")
}
