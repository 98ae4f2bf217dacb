// Package strict reads what people write in files: YAML, of which JSON is a part. What is not known is not
// passed over, as a slip of the pen would vanish so, and every error begins with the place, [line:column].
package strict

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Decode fills a struct from one document of YAML or JSON, by the names of its tags yaml or json. A field that it does
// not have, one that stands twice, a fraction where whole numbers are kept, a second document, an
// anchor or alias, by which little text makes much, a tag (!), and more than 100 levels, which take the library the
// square of their number, are errors. Nothing but blanks leaves it as it is.
func Decode(data []byte, into any) (err error) {
	if err := plain(string(data)); err != nil {
		return err
	}
	defer func() {
		if recover() != nil { // the library's own, over text that is not well formed
			err = errors.New("[1:1] it is no YAML and no JSON")
		}
	}()
	err = yaml.UnmarshalWithOptions(data, into, yaml.Strict(), yaml.CustomUnmarshaler(whole[int]), yaml.CustomUnmarshaler(whole[int64]))
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	line, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	return errors.New(line)
}

// maxDepth is how many levels lists and objects may stand in each other.
const maxDepth = 100

// plain refuses what no file of ours needs.
func plain(text string) error {
	started, open, entries, line := false, 0, 0, 0
	for _, t := range lexer.Tokenize(text) {
		switch t.Type {
		case token.AnchorType, token.AliasType:
			return at(t, "it uses an anchor or alias (& or *)")
		case token.TagType:
			return at(t, "it uses a tag (!)")
		case token.DocumentHeaderType:
			if started {
				return at(t, "a second document begins")
			}
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
		case token.SequenceEntryType, token.MappingKeyType: // several on a line stand in each other
			if t.Position.Line != line {
				line, entries = t.Position.Line, 0
			}
			entries++
		}
		if open > maxDepth || entries > maxDepth || t.Position.IndentNum > maxIndent {
			return at(t, fmt.Sprintf("more than %d levels stand in each other", maxDepth))
		}
		started = started || t.Type != token.CommentType && t.Type != token.DocumentHeaderType
	}
	return nil
}

// maxIndent is how many blanks may stand before a line: a level takes one at least, and people take up to eight.
const maxIndent = 8 * maxDepth

func at(t *token.Token, what string) error {
	return fmt.Errorf("[%d:%d] %s", t.Position.Line, t.Position.Column, what)
}

// whole reads a whole number, of which the library would else cut off the fraction.
func whole[T int | int64](into *T, text []byte) error {
	said := strings.TrimSpace(string(text))
	n, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no whole number", said)
	}
	*into = T(n)
	return nil
}
