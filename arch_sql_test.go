package wenyuan_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// contentTables hold what documents say, or what was asked and answered from them.
var contentTables = []string{"document", "revision", "passage", "trace", "trace_document", "turn", "conversation", "memory", "feedback", "version", "access", "sample", "judge_item", "judge_judgement", "judge_lease"}

// readsContent finds a statement that reads one of them. What only writes gives nothing out.
var readsContent = regexp.MustCompile(`(?is)\b(?:SELECT|RETURNING|EXISTS)\b.*\b(?:FROM|JOIN)\s+(` + strings.Join(contentTables, "|") + `)\b|\b(?:INTO|UPDATE|FROM)\s+(` + strings.Join(contentTables, "|") + `)\b.*\bRETURNING\b`)

// unscopedRooms read content without a scope everywhere in them.
var unscopedRooms = map[string]string{
	"store": "carries whole tables, into a backup and out of it, and sweeps what nothing names; hands no row to a person",
	"auth":  "makes the scopes, from who may read a document; never reads what a document says",
}

// unscoped are functions that reach content without a scope, and why that tells nobody anything.
var unscoped = map[string]string{
	"corpus.New":                   "names the background work, which reads what it indexes and gives it to the index alone",
	"corpus.Library.Start":         "opens the indexes and goes on with background work; gives nothing back",
	"corpus.Library.DeclareClosed": "closes corpora, which changes what their indexes are made with; gives nothing back",
	"privacy.Keeper.Start":         "drops what is older than a space keeps; gives nothing back",
	"privacy.Keeper.Drop":          "drops what is older than a space keeps, and says how much",
	"session.Withdraw":             "forgets summaries that a removed document had a part in; gives nothing back",
	"trace.Withdraw":               "takes the words of a removed document out of traces; gives nothing back",
	"trace.Removed":                "says whether documents are gone; tells nothing of them",
	"trace.Settle":                 "the same, of a trace that was just saved; gives nothing back",
	"trace.Erase":                  "takes away the traces of somebody, and says how many",
	"trace.Expire":                 "takes away old traces, and says how many",
	"trace.Save":                   "asks for the policy of its space and writes; gives nothing back",
	"trace.Delete":                 "takes away traces with the samples made from them; gives nothing back",
	"dataset.Put":                  "keeps a sample, and gives the id of one that is there already",
	"dataset.Erase":                "empties the samples of somebody, and names the sets and adapters that hold them",
	"dataset.Withdraw":             "empties the samples of a removed document, and names what holds them",
	"dataset.Own":                  "gives a person what has their own words, as far as the scopes see it that it is handed",
	"dataset.Sets.Start":           "has the background work asked for in spaces that may be learned from; gives nothing back",
	"dataset.Sets.InstructWork":    "has rows written for who ordered them, in the scope that is made of who that is; gives nothing back",
	"dataset.Sets.MineWork":        "makes pairs for who ordered them, in the scope that is made of who that is; gives nothing back",
	"dataset.Instructed.Again":     "looks at the run that it is of; reads no table",
	"dataset.ByRisk":               "looks at the samples that it is handed; reads no table",
	"guard.Erase":                  "takes away what guards met of somebody, and says how much",
	"guard.Expire":                 "takes away what guards met long ago, and says how much",
	"version.Get":                  versions, "version.Label": versions, "version.Labels": versions, "version.InUse": versions,
	"version.Parents": versions, "version.Children": versions, "version.History": versions, "version.Find": versions,
	"version.SetSplit": versions, "version.Splits": versions, "version.SharesOf": versions, "version.ResolveFor": versions,
	"version.Propose": versions, "version.Moves": versions, "version.WaitsFor": versions,
	"version.Servers.Start": versions, "version.Servers.Settle": versions, "version.Servers.Await": versions,
}

const versions = "how assistants and prompts are set, in the space that the caller names from its scope; no words of documents"

// TestContentIsReadWithScope: SQL that reads what documents say is reached through functions
// that take a scope, or through those that are listed with a reason.
func TestContentIsReadWithScope(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, p := range program(t) {
		if unscopedRooms[p.dir] != "" {
			continue
		}
		for name, table := range p.open() {
			met[name] = true
			if unscoped[name] == "" {
				t.Errorf("%s reaches the table %s and takes no scope.Scope: take one and ask it, or name the function here with the reason why it tells nobody what they may not see", name, table)
			}
		}
	}
	for name := range unscoped {
		if !met[name] {
			t.Errorf("%s reaches no content without a scope: take it off the list", name)
		}
	}
}

// open are the functions without a scope through which a package's content can be reached from
// elsewhere, with the table: those that others can call, or that nobody in the package names.
func (p pkg) open() map[string]string {
	reads := p.kept() // by name: of functions, methods, constants and variables
	var bare []*ast.FuncDecl
	for f := range p.functions() {
		if !slices.Contains(fields(f.Type.Params), "scope.Scope") {
			bare = append(bare, f)
		}
	}
	for grown := true; grown; {
		grown = false
		for _, f := range bare {
			if table := readBy(f, reads); table != "" && reads[f.Name.Name] == "" {
				reads[f.Name.Name], grown = table, true
			}
		}
	}
	out := map[string]string{}
	for _, f := range bare {
		name, exported := nameOf(p.dir, f)
		if table := readBy(f, reads); table != "" && (exported || !p.names(f.Name.Name)) {
			out[name] = table
		}
	}
	return out
}

// names says whether a function of the package names another.
func (p pkg) names(name string) (found bool) {
	for f := range p.functions() {
		if f.Body == nil {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == name {
				found = true
			}
			return !found
		})
	}
	return found
}

// readBy is the table of content that a function reads, itself or through what it names; "" for none.
func readBy(f *ast.FuncDecl, reads map[string]string) (table string) {
	if f.Body == nil {
		return ""
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if table == "" {
			table = tableIn(statement(n))
		}
		if id, ok := n.(*ast.Ident); ok && table == "" && id.Name != f.Name.Name {
			table = reads[id.Name]
		}
		return table == ""
	})
	return table
}

// kept are the constants and variables of a package that hold a statement, with its table.
func (p pkg) kept() map[string]string {
	out := map[string]string{}
	for _, f := range p.files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok == token.IMPORT {
				continue
			}
			for _, spec := range g.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, value := range v.Values {
					ast.Inspect(value, func(n ast.Node) bool {
						if table := tableIn(statement(n)); table != "" && i < len(v.Names) {
							out[v.Names[i].Name] = table
						}
						return true
					})
				}
			}
		}
	}
	return out
}

func tableIn(s string) string {
	found := readsContent.FindStringSubmatch(s)
	if found == nil {
		return ""
	}
	return found[1] + found[2]
}

// statement is the text of a string, or of strings that are put together with something between.
func statement(n ast.Node) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind == token.STRING {
			s, err := strconv.Unquote(n.Value)
			if err == nil {
				return s
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			return statement(n.X) + " ? " + statement(n.Y)
		}
	}
	return ""
}
