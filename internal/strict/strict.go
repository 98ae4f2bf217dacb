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
// not have, one that stands twice, a fraction where whole numbers are kept, a second document, and an
// anchor or alias, by which little text makes much, are errors. Nothing but blanks leaves it as it is.
func Decode(data []byte, into any) error {
	started := false
	for _, t := range lexer.Tokenize(string(data)) {
		switch {
		case t.Type == token.AnchorType || t.Type == token.AliasType:
			return at(t, "it uses an anchor or alias (& or *)")
		case t.Type == token.DocumentHeaderType && started:
			return at(t, "a second document begins")
		case t.Type != token.CommentType && t.Type != token.DocumentHeaderType:
			started = true
		}
	}
	err := yaml.UnmarshalWithOptions(data, into, yaml.Strict(), yaml.CustomUnmarshaler(whole[int]), yaml.CustomUnmarshaler(whole[int64]))
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	line, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	return errors.New(line)
}

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
