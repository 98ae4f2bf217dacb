package zh

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTableFollowsSource holds the table against what the code can say: every form is
// recognised, and every pair is said somewhere.
func TestTableFollowsSource(t *testing.T) {
	t.Parallel()
	said, literals := formsOfModule(t)
	for _, form := range slices.Sorted(maps.Keys(said)) {
		if _, ok := Sentence(example(form)); !ok {
			t.Errorf("%s says %q, which has no Chinese in internal/zh", said[form], form)
		}
	}
	alike := map[string]bool{}
	for form := range said {
		alike[normal(form)] = true
	}
	for _, p := range table {
		if !alike[normal(p.en)] && !literals[p.en] && !slices.Contains(grammar[:len(grammar)-1], p) {
			t.Errorf("the table holds %q, which no code says", p.en)
		}
	}
}

var verb = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z]`)

// normal is a form with all its verbs alike, as a concatenation does not say which it is.
func normal(form string) string { return verb.ReplaceAllString(form, "%s") }

// example is a sentence of a form.
func example(form string) string {
	text := verb.ReplaceAllStringFunc(form, func(v string) string {
		return map[byte]string{'d': "7", 'f': "41", 'q': `"a b"`}[v[len(v)-1]] + map[byte]string{'s': "x", 'v': "x"}[v[len(v)-1]]
	})
	return strings.ReplaceAll(text, "%%", "%")
}

// fields are those whose text a person reads, by the type that has them. A type without a
// name here may have fields of these names that are written in both languages already.
var fields = map[string][]string{
	"Error":   {"Message", "Hint"},
	"Skipped": {"Reason", "Hint"},
	"Entry":   {"Reason", "Hint"},
	"Drop":    {"Why"},
	"problem": {"Message", "Hint"},
	"outcome": {"Reason", "Hint"},
	"Fault":   {"Message"},
}

// order is how the fields stand in a literal without names.
var order = map[string][]string{"problem": {"Code", "Message", "Hint"}}

// spoken are the functions inside functions that make a sentence of what they are given.
var spoken = map[string][]int{"because": {1}, "drop": {2}, "fail": {1, 2}, "faulty": {1}, "say": {2}}

// own are the rooms that write in the reader's language already, beside this one.
var own = []string{"../../check", "../../answer/extract", "../../internal/zh"}

// root is the folder of the module.
const root = "../.."

// skip leaves out what is no part of the program.
func skip(dir string) error {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	if err == nil || name == "testdata" || strings.HasPrefix(name, ".") || slices.Contains(own, filepath.ToSlash(dir)) {
		return filepath.SkipDir
	}
	return nil
}

// formsOfModule finds each form of a sentence with a place where it is said, and all
// texts of the code.
func formsOfModule(t *testing.T) (said map[string]string, literals map[string]bool) {
	t.Helper()
	said, literals = map[string]string{}, map[string]bool{}
	byDir := map[string]*room{}
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root {
			return skip(file)
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(file)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					literals[text] = true
				}
			}
			return true
		})
		if byDir[dir] == nil {
			byDir[dir] = &room{set: set, funcs: map[string]*ast.FuncDecl{}, consts: map[string]ast.Expr{}, said: said}
		}
		byDir[dir].add(parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		byDir[dir].read()
	}
	return said, literals
}
