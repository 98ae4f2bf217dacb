package form

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of a choice.
const (
	maxChoices = 1000
	maxChoice  = 4 << 10 // bytes of one
)

// Choice is the form of a text that is one of several, to the letter.
func Choice(choices []string) (Form, error) {
	if len(choices) == 0 || len(choices) > maxChoices {
		return Form{}, unusable("choice", fmt.Errorf("it has %d texts, and 1 to %d are taken", len(choices), maxChoices))
	}
	for _, c := range choices {
		if c == "" || len(c) > maxChoice || !utf8.ValidString(c) {
			return Form{}, unusable("choice", errors.New("one of its texts is empty, longer than 4 KiB or no UTF-8"))
		}
	}
	choices = append([]string{}, choices...)
	return Form{kind: "choice", open: func() acceptor { return &chosen{left: choices, all: choices} }}, nil
}

// chosen are the choices that what was read is the beginning of.
type chosen struct {
	all, left []string
	read      int // bytes
}

func (c *chosen) write(chunk string) *Fault {
	var still []string
	for _, s := range c.left {
		if strings.HasPrefix(s[c.read:], chunk) {
			still = append(still, s)
		}
	}
	c.read += len(chunk)
	if c.left = still; len(still) == 0 {
		return &Fault{Want: c.want()}
	}
	return nil
}

func (c *chosen) close() *Fault {
	for _, s := range c.left {
		if len(s) == c.read {
			return nil
		}
	}
	return &Fault{Want: c.want()}
}

func (c *chosen) want() string {
	var names []string
	for _, s := range c.all[:min(len(c.all), 20)] {
		names = append(names, quotedShort(s))
	}
	return "expected exactly one of " + strings.Join(names, ", ")
}
