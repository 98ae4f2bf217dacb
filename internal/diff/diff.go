// Package diff says how one text became another, line by line, and within a changed line
// word by word.
//
// It compares by Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations",
// Algorithmica 1 (1986): the shortest list of removals and additions. It knows nothing of
// what the texts mean and never joins lines that only look alike. What a stranger would
// break: the lines that are no addition are the old text, those that are no removal the
// new one, to the last byte.
package diff

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Op says what happened to a line.
type Op string

const (
	Same    Op = "same"
	Removed Op = "removed"
	Added   Op = "added"
)

// A Line is one line of either text, without its line break.
type Line struct {
	Op     Op      `json:"op"`
	Old    int     `json:"old,omitempty"` // its number in the old text, from 1; 0 where it is added
	New    int     `json:"new,omitempty"` // its number in the new text, from 1; 0 where it is removed
	Pieces []Piece `json:"pieces"`        // the text of the line
}

// A Piece is a part of a line.
type Piece struct {
	Text    string `json:"text"`
	Changed bool   `json:"changed,omitempty"` // these words the other line does not have
}

// Text is the whole line.
func (l Line) Text() string {
	var b strings.Builder
	for _, p := range l.Pieces {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Lines compares two texts. Where lines were removed and others stand in their place, the
// pairs are compared word by word. A line break at the end of a text makes no line.
func Lines(before, after string) []Line {
	a, b := split(before), split(after)
	var out []Line
	i, j := 0, 0
	for _, m := range append(matches(a, b), match{len(a), len(b), 0}) {
		out = appendChange(out, a[i:m.a], b[j:m.b], i, j)
		for k := range m.n {
			out = append(out, Line{Same, m.a + k + 1, m.b + k + 1, plain(a[m.a+k])})
		}
		i, j = m.a+m.n, m.b+m.n
	}
	return out
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func plain(text string) []Piece { return []Piece{{Text: text}} }

// appendChange adds lines that were removed and the lines that took their place.
func appendChange(out []Line, old, now []string, i, j int) []Line {
	olds, news := make([][]Piece, len(old)), make([][]Piece, len(now))
	for k := range max(len(old), len(now)) {
		switch {
		case k < len(old) && k < len(now):
			olds[k], news[k] = words(old[k], now[k])
		case k < len(old):
			olds[k] = plain(old[k])
		default:
			news[k] = plain(now[k])
		}
	}
	for k, pieces := range olds {
		out = append(out, Line{Removed, i + k + 1, 0, pieces})
	}
	for k, pieces := range news {
		out = append(out, Line{Added, 0, j + k + 1, pieces})
	}
	return out
}

// alike is the least part of its words that a line must keep for the change to be shown
// word by word: below, the marks would hide more than they show.
const alike = 0.3

// words marks what two lines do not share.
func words(old, now string) (a, b []Piece) {
	x, y := cut(old), cut(now)
	found := matches(x, y)
	kept := 0
	for _, m := range found {
		for _, w := range x[m.a : m.a+m.n] {
			kept += len(strings.TrimSpace(w))
		}
	}
	if float64(kept) < alike*float64(max(len(old), len(now))) {
		return plain(old), plain(now)
	}
	i, j := 0, 0
	for _, m := range append(found, match{len(x), len(y), 0}) {
		a, b = appendPiece(a, x[i:m.a], true), appendPiece(b, y[j:m.b], true)
		a, b = appendPiece(a, x[m.a:m.a+m.n], false), appendPiece(b, y[m.b:m.b+m.n], false)
		i, j = m.a+m.n, m.b+m.n
	}
	return a, b
}

func appendPiece(out []Piece, words []string, changed bool) []Piece {
	if len(words) == 0 {
		return out
	}
	return append(out, Piece{strings.Join(words, ""), changed})
}

// cut takes a line apart: words of letters and digits, each Chinese character, each other
// sign. Joined again they are the line.
func cut(line string) []string {
	var out []string
	start, inWord := 0, false
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		word := (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') && !unicode.Is(unicode.Han, r)
		if i > start && (!word || !inWord) {
			out = append(out, line[start:i])
			start = i
		}
		inWord = word
		i += n
	}
	if start < len(line) {
		out = append(out, line[start:])
	}
	return out
}
