package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits on what rules say.
const (
	maxReaders    = 1000     // of one rule
	maxAccessFile = 64 << 10 // bytes of a .access file
	maxLines      = 2000     // of a .access file
)

const accessName = ".access"

// nobody stands alone, and for no reader at all.
const nobody = "nobody"

// ParseReaders reads a list of readers as people write it: parted by commas, in any order and
// case. What it gives is sorted, in lower case and without repetition; nobody is the empty list.
// An error says what cannot be read; its text is for the person.
//
// A name may hold blanks. Where something behind a blank could be a reader of its own, a comma
// was forgotten: to guess would let in somebody who was not meant.
func ParseReaders(s string) ([]string, error) {
	out, none, named := []string{}, false, false
	for piece := range strings.FieldsFuncSeq(s, isComma) {
		words := strings.Fields(piece)
		if len(words) == 0 {
			continue
		}
		named = true
		for _, w := range words[1:] {
			if k := Fold(w); k == "space" || k == "public" || k == nobody || strings.Contains(w, ":") {
				return nil, fmt.Errorf("a comma is missing before %q", shorten(w))
			}
		}
		r, err := parseReader(strings.Join(words, " "))
		if err != nil {
			return nil, err
		}
		if r == nobody {
			none = true
			continue
		}
		if out = append(out, r); len(out) > maxReaders {
			return nil, fmt.Errorf("more than %d readers are named", maxReaders)
		}
	}
	switch {
	case !named:
		return nil, errors.New("no reader is named")
	case none && len(out) > 0:
		return nil, errors.New("nobody and somebody are both named")
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func isComma(r rune) bool { return r == ',' || r == '，' }

// Unread stands for what a file says of its readers where that could not be read.
const Unread = "?"

// parseOwn reads what a document says of its readers; where it says it several times, each line
// has to say the same.
func parseOwn(own string) ([]string, error) {
	if own == Unread {
		return nil, errors.New("what the file says of its readers could not be read")
	}
	var first []string
	for i, said := range strings.Split(own, "\n") {
		readers, err := ParseReaders(said)
		if err != nil {
			return nil, err
		}
		if i > 0 && !slices.Equal(readers, first) {
			return nil, errors.New("the file names different readers in different places")
		}
		first = readers
	}
	return first, nil
}

// SaidReaders is what a document says of its readers, as a list in JSON: of nobody, where it
// cannot be read, and "" where the document says nothing, which is an empty layer.
func SaidReaders(layer, own string) (string, error) {
	if layer == "" {
		return "", nil
	}
	readers, err := parseOwn(own)
	if err != nil {
		readers = nil
	}
	text, err := json.Marshal(append([]string{}, readers...))
	return string(text), err
}

// parseReader reads one reader.
func parseReader(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
		return "", errors.New("a name holds what is no letter")
	}
	s = strings.Replace(Fold(s), "：", ":", 1)
	if s == "space" || s == "public" || s == nobody {
		return s, nil
	}
	kind, name, ok := strings.Cut(s, ":")
	name = strings.TrimSpace(name)
	switch {
	case !ok || kind != "group" && kind != "person" && kind != "service":
		return "", fmt.Errorf("%q is no reader", shorten(s))
	case name == "" || utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, ":#"):
		return "", fmt.Errorf("%q has no name that there could be", shorten(s))
	}
	return kind + ":" + name, nil
}

// A line is what a line of a .access file says.
type line struct {
	number  int
	glob    glob
	all     bool // it names no glob: it is about the whole folder
	broken  bool // what it is about cannot be read
	readers []string
	problem string
}

// An accessFile is a .access file that was read.
type accessFile struct {
	folder string
	lines  []line
}

// name is the file's path in the corpus.
func (f accessFile) name() string { return path.Join(f.folder, accessName) }

// parseAccess reads a .access file. Whatever it holds, something comes out: a line that cannot
// be read denies what it is about, and the whole folder where not even that can be read.
func parseAccess(folder, text string) accessFile {
	f := accessFile{folder: folder}
	text = strings.TrimPrefix(text, "\ufeff")
	if len(text) > maxAccessFile {
		f.deny(1, "the file is larger than 64 KiB")
		return f
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for i, s := range strings.Split(text, "\n") {
		if i == maxLines {
			f.lines = nil
			f.deny(i+1, fmt.Sprintf("the file has more than %d lines", maxLines))
			return f
		}
		if s = strings.TrimSpace(s); s != "" && s[0] != '#' {
			f.lines = append(f.lines, parseLine(i+1, s))
		}
	}
	return f
}

// deny adds a line that denies the whole folder.
func (f *accessFile) deny(number int, problem string) {
	f.lines = append(f.lines, line{number: number, glob: everything, broken: true, problem: problem})
}

// parseLine reads "[GLOB] read: READERS".
func parseLine(number int, s string) line {
	broken := func(err error) line {
		return line{number: number, glob: everything, broken: true, problem: err.Error()}
	}
	pattern, rest, err := cutGlob(s)
	if err != nil {
		return broken(err)
	}
	l := line{number: number, glob: everything, all: pattern == nil}
	if pattern != nil {
		if l.glob, err = parseGlob(*pattern); err != nil {
			return broken(err)
		}
	}
	said, ok := cutRead(rest)
	if !ok {
		return broken(fmt.Errorf("%q is not [GLOB] read: READERS", shorten(s)))
	}
	if at := commentAt(said); at >= 0 {
		said = said[:at]
	}
	if l.readers, err = ParseReaders(said); err != nil {
		l.problem = err.Error()
	}
	return l
}

// cutGlob takes the glob off a line; nil where there is none. One with blanks stands in quotes.
func cutGlob(s string) (pattern *string, rest string, err error) {
	if _, ok := cutRead(s); ok {
		return nil, s, nil
	}
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		p, rest, ok := strings.Cut(quoted, `"`)
		if !ok {
			return nil, "", errors.New("the quotation mark of the glob is not closed")
		}
		return &p, strings.TrimSpace(rest), nil
	}
	at := strings.IndexFunc(s, unicode.IsSpace)
	if at < 0 {
		return nil, "", fmt.Errorf("%q is not [GLOB] read: READERS", shorten(s))
	}
	p := s[:at]
	return &p, strings.TrimSpace(s[at:]), nil
}

// cutRead takes "read:" off the beginning.
func cutRead(s string) (rest string, ok bool) {
	const word = "read"
	if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
		return "", false
	}
	rest = strings.TrimLeftFunc(s[len(word):], unicode.IsSpace)
	if after, ok := strings.CutPrefix(rest, ":"); ok {
		return after, true
	}
	return strings.CutPrefix(rest, "：")
}

// commentAt is where a comment behind the readers begins; -1 for none.
func commentAt(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '#' && (s[i-1] == ' ' || s[i-1] == '\t') {
			return i
		}
	}
	return -1
}

// problems are the lines that cannot be read, for people.
func (f accessFile) problems() []string {
	var out []string
	for _, l := range f.lines {
		if l.problem != "" {
			out = append(out, fmt.Sprintf("%s line %d: %s", f.name(), l.number, l.problem))
		}
	}
	return out
}

// rule is what the file says about a path in the corpus: of the lines with a glob that fit the
// last one holds, else the last one without. A line whose glob cannot be read denies the whole
// folder, whatever the others say.
func (f accessFile) rule(source string) (Rule, bool) {
	below := source
	if f.folder != "" {
		below = strings.TrimPrefix(source, f.folder+"/")
	}
	var found *line
	for i := range f.lines {
		l := &f.lines[i]
		switch {
		case l.broken:
			return f.said(l), true
		case l.all && (found == nil || found.all), !l.all && l.glob.fits(below):
			found = l
		}
	}
	if found == nil {
		return Rule{}, false
	}
	return f.said(found), true
}

// below are the rules of the file that may hold for something below a folder of its own, and
// whether one of them holds for whatever else there is.
func (f accessFile) below(folder string) (some []Rule, all bool) {
	for i := range f.lines {
		l := &f.lines[i]
		switch {
		case l.broken:
			return []Rule{f.said(l)}, true
		case l.glob.reaches(folder):
			some, all = append(some, f.said(l)), all || l.glob.always()
		}
	}
	return some, all
}

func (f accessFile) said(l *line) Rule {
	return Rule{Readers: append([]string{}, l.readers...), Layer: File, Origin: fmt.Sprintf("%s line %d", f.name(), l.number), Problem: l.problem}
}
