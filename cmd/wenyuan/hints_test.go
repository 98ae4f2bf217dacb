package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A verb is a command with the commands below it; nil where it has none.
type verb map[string]verb

// verbsOf reads the grammar.
func verbsOf(t reflect.Type) verb {
	var v verb
	for f := range t.Fields() {
		if _, ok := f.Tag.Lookup("cmd"); !ok {
			continue
		}
		name := f.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(innerCapital.ReplaceAllString(f.Name, "$1-$2"))
		}
		if v == nil {
			v = verb{}
		}
		v[name] = verbsOf(f.Type)
	}
	return v
}

var (
	innerCapital = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	commandLine  = regexp.MustCompile(`\bwenyuan((?: [a-z][a-z-]+)+)`)
)

// notVerbs are what follows the program's name as prose.
var notVerbs = map[string]bool{"is": true, "and": true, "that": true, "of": true, "in": true, "on": true, "to": true, "again": true, "has": true, "with": true, "carries": true}

// TestHintsNameVerbs: whoever is told to call a command finds that there is one.
func TestHintsNameVerbs(t *testing.T) {
	t.Parallel()
	all, seen := verbsOf(reflect.TypeFor[cli]()), 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			field, named := kv.Key.(*ast.Ident)
			text, literal := kv.Value.(*ast.BasicLit)
			if !named || !literal || field.Name != "Hint" && field.Name != "Message" {
				return true
			}
			said, err := strconv.Unquote(text.Value)
			if err != nil {
				return true
			}
			for _, m := range commandLine.FindAllStringSubmatch(said, -1) {
				words := strings.Fields(m[1])
				if notVerbs[words[0]] {
					continue
				}
				seen++
				for at := all; at != nil; words = words[1:] {
					next, ok := at[words[0]]
					if !ok {
						t.Errorf("%s says %q: there is no command %q", path, said, words[0])
						break
					}
					if at = next; len(words) == 1 {
						break
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || seen < 40 {
		t.Errorf("%d commands are named, %v", seen, err)
	}
}
