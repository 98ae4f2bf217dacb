package wenyuan_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the plan of the house. A room imports only floors below its own; rooms on one
// floor do not know each other. What lies in a room (a sub-package that has no line of its
// own) stands on the room's floor, and packages of one room may import each other.
var floors = map[string]struct {
	floor int
	why   string
}{
	"internal":       {0, "leaves: one idea each, with no knowledge of the product"},
	"internal/scope": {0, "says what an asker may see; every room that returns content takes one"},
	"manual":         {0, "text: what the first corpus of a new house is filled with"},
	"":               {1, "the words that several rooms exchange; a noun that one room needs stays in that room"},
	"store":          {2, "the database and the blobs; knows no noun of the rooms above, which bring their own SQL"},
	"index":          {2, "words and vectors over passage ids; derived, so it must not reach for the truth itself"},
	"check":          {2, "text in, verdict out; knows nothing of models, documents or the database"},
	"web":            {2, "pages from typed views; it renders what it is given and asks nobody"},
	"corpus/parse":   {2, "bytes to blocks; a leaf, so that a parser can be tested and fuzzed alone"},
	"corpus/cut":     {2, "blocks to passages; a leaf, so that measuring cuts as ingestion does"},
	"deploy":         {2, "settings to manifests: text in, text out; it speaks to no cluster and knows no room"},
	"guard/reading":  {2, "text in, what may be read in it out; a leaf"},
	"guard/rule":     {2, "words and patterns over a text; a leaf"},
	"guard/linear":   {2, "weights over the features of a text; a leaf"},
	"guard/inject":   {2, "instructions to the model in what somebody asks; a leaf"},
	"guard/indirect": {2, "instructions to the model in what was retrieved; a leaf"},
	"guard/content":  {2, "unsafe questions and words; a leaf"},
	"guard/pii":      {2, "personal data and secrets in a text; a leaf"},
	"guard/sketch":   {2, "resemblance of texts; a leaf"},
	"guard/form":     {2, "whether an answer has the form that was asked for; a leaf"},
	"dataset/form":   {2, "rows of a data set and the formats they come and go in; a leaf"},
	"dataset/risk":   {3, "what is wrong with a row before somebody learns from it; reads texts with the leaves of guard"},
	"dataset/attack": {3, "texts as an attacker would spoil them; sounds and parts of characters are those of guard/rule"},
	"dataset/agree":  {2, "what several people say of one thing, and what they mean together; a leaf"},
	"dataset/rouge":  {2, "overlap of texts, and which of many are alike; a leaf"},
	"dataset/mine":   {2, "pairs and scores from what people did with answers; a leaf"},
	"eval/stat":      {2, "whether a difference is one: tests over counts; a leaf"},
	"eval/item":      {3, "what is asked in an evaluation, and what is right about an answer; asks nobody"},
	"eval/record":    {4, "what was asked in evaluations, and what came out; below the rooms that take words away again"},
	"guard/train":    {4, "makes the models that ship with the leaves; not on the road of a question"},
	"guard":          {4, "policies, decisions and incidents; below everything that a text passes through"},
	"version":        {3, "immutable versions; stored, so above store"},
	"auth":           {3, "who may see what; the only maker of scopes"},
	"limit":          {3, "how much may be used; models are called through it, so it stands below the gateway"},
	"trace":          {3, "what happened in a request; read by whoever may see its documents"},
	"job":            {4, "durable background work; does not know what the work is"},
	"prompt":         {4, "what a model is told: selects, orders and formats; sees passages, not where they come from"},
	"prompt/library": {5, "examples of how to answer, taken from samples; above prompt, which orders them, and dataset, which keeps them"},
	"session":        {4, "conversations; holds who said what when, and reads the answers back from their traces"},
	"dataset":        {4, "samples with their origin, and sets of them as versions; it trains nothing"},
	"channel":        {4, "doors for strangers: where an assistant may be asked without signing in, and how often"},
	"gateway":        {4, "the way to models; rooms hold a wenyuan.Model and app hands them this one"},
	"privacy":        {5, "everything that is kept of a person, to give it out and to take it away; above the rooms that keep it"},
	"corpus":         {5, "the life of a document; it writes, so it stands below everything that only reads"},
	"train/engine":   {2, "trains and runs small language models on this processor: tokens in, weights out; a leaf"},
	"train":          {6, "runs: a recipe, an engine and a data set; it serves nothing"},
	"retrieve":       {6, "question to passages; reads what corpus keeps"},
	"answer":         {7, "the spine: one question to one cited, checked answer"},
	"eval":           {7, "runs a subject over a data set; the subject is at most retrieve"},
	"release":        {8, "an adapter on its way to who asks, and back; counts how answers turn out and reads none"},
	"server":         {9, "the doors; decodes, calls one room, encodes"},
	"app":            {10, "the wiring diagram: every part and who holds whom"},
	"cmd":            {11, "the verbs; the only reader of flags, files of settings and the environment"},
}

// only says who alone may import a package, and why.
var only = map[string]struct {
	rooms []string
	why   string
}{
	"C":                              {nil, "the program builds without cgo for every platform"},
	"net/http":                       {[]string{"gateway", "server", "web", "app", "cmd", "internal/sse", "internal/memhttp", "auth/oidc"}, "lower rooms must not know that there is a network"},
	"wenyuan/gateway/wire":           {[]string{"gateway"}, "what is sent to a model goes through the gateway, which knows the addresses that are configured"},
	"wenyuan/gateway/openai":         {[]string{"gateway"}, "a dialect of its own making would be a second way out"},
	"wenyuan/gateway/anthropic":      {[]string{"gateway"}, "a dialect of its own making would be a second way out"},
	"wenyuan/gateway/ollama":         {[]string{"gateway"}, "a dialect of its own making would be a second way out"},
	"wenyuan/gateway/nli":            {[]string{"gateway"}, "a dialect of its own making would be a second way out"},
	"modernc.org/sqlite":             {[]string{"store"}, "one room knows the engines"},
	"github.com/jackc/pgx":           {[]string{"store"}, "one room knows the engines"},
	"github.com/redis/rueidis":       {[]string{"gateway/cache/redis"}, "one package knows the engine, and encrypts what it is given"},
	"github.com/pressly/goose":       {[]string{"store"}, "one room knows the engines"},
	"github.com/scim2/filter-parser": {[]string{"server"}, "what is read with it is bounded there"},
	"github.com/coreos/go-oidc":      {[]string{"auth/oidc"}, "whoever speaks to a provider must be held to its hosts"},
	"golang.org/x/oauth2":            {[]string{"auth/oidc"}, "whoever speaks to a provider must be held to its hosts"},
	"golang.org/x/crypto/argon2":     {[]string{"auth/signin"}, "it takes memory, which is bounded in one place"},
	"github.com/alecthomas/kong":     {[]string{"cmd"}, "flags belong to the verbs"},
	"testing":                        {nil, "test code does not belong into the program"},
}

// bucketNames say nothing about what is inside.
var bucketNames = []string{"util", "utils", "common", "types", "models", "service", "services", "repository", "pkg", "base", "helpers", "misc", "core"}

// A pkg is one package of the module, as its files say.
type pkg struct {
	dir   string // slash-separated; empty for the root
	files []*ast.File
}

// forTests says whether a package helps tests and is no part of the program: its name ends
// in test, as httptest's does, or it starts engines for them.
func forTests(dir string) bool {
	return strings.HasSuffix(path.Base(dir), "test") || within(dir, []string{"internal/testenv"})
}

// program is the house without what only tests import.
func program(t *testing.T) []pkg {
	t.Helper()
	return slices.DeleteFunc(house(t), func(p pkg) bool { return forTests(p.dir) })
}

// house parses every package of this module without its test files.
func house(t *testing.T) []pkg {
	t.Helper()
	byDir := map[string]*pkg{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipFolder(file)
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), ".")
		if byDir[dir] == nil {
			byDir[dir] = &pkg{dir: dir}
		}
		byDir[dir].files = append(byDir[dir].files, parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		all = append(all, *byDir[dir])
	}
	return all
}

// skipFolder leaves out what the go command leaves out, and modules of their own.
func skipFolder(dir string) error {
	if dir == "." {
		return nil
	}
	name := filepath.Base(dir)
	if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

// imports lists what a package imports, without repetition.
func (p pkg) imports() []string {
	set := map[string]bool{}
	for _, f := range p.files {
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err == nil {
				set[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// room finds the line of the plan that a folder stands under.
func room(dir string) (name string, ok bool) {
	for name = dir; ; name = path.Dir(name) {
		if _, ok := floors[name]; ok && (name != "" || dir == "") {
			return name, true
		}
		if name == "" || name == "." {
			return "", false
		}
	}
}

// within says whether a folder is one of the named ones or lies below one.
func within(dir string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return dir == n || strings.HasPrefix(dir, n+"/") })
}

// top is the first part of a folder's path.
func top(dir string) string { return strings.SplitN(dir, "/", 2)[0] }

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, p := range program(t) {
		from, ok := room(p.dir)
		if !ok {
			t.Errorf("package %s stands on no floor: give it a line in the plan, with a reason", p.dir)
			continue
		}
		for _, name := range p.imports() {
			if name != "wenyuan" && !strings.HasPrefix(name, "wenyuan/") {
				continue
			}
			dir := strings.TrimPrefix(strings.TrimPrefix(name, "wenyuan"), "/")
			to, ok := room(dir)
			if !ok || top(dir) == top(p.dir) {
				continue
			}
			if floors[to].floor >= floors[from].floor {
				t.Errorf("%s (floor %d: %s) imports %s (floor %d: %s); a room imports only floors below its own",
					p.dir, floors[from].floor, floors[from].why, name, floors[to].floor, floors[to].why)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	t.Parallel()
	for _, p := range program(t) {
		for _, name := range p.imports() {
			if strings.HasPrefix(name, "wenyuan/") && forTests(strings.TrimPrefix(name, "wenyuan/")) {
				t.Errorf("%s imports %s, which is for tests", p.dir, name)
			}
			for guarded, rule := range only {
				if (name == guarded || strings.HasPrefix(name, guarded+"/")) && !within(p.dir, rule.rooms) {
					t.Errorf("%s imports %s, which is for %v alone: %s", p.dir, name, rule.rooms, rule.why)
				}
			}
			if p.dir == "" && (strings.Contains(name, ".") || strings.HasPrefix(name, "wenyuan")) {
				t.Errorf("the root package imports %s: it holds words, on the standard library alone", name)
			}
		}
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	for _, p := range house(t) {
		if slices.Contains(bucketNames, path.Base(p.dir)) {
			t.Errorf("%s: a name that says nothing about what is inside; name it for its one idea", p.dir)
		}
		documented := slices.ContainsFunc(p.files, func(f *ast.File) bool { return len(strings.TrimSpace(f.Doc.Text())) > 40 })
		if !documented {
			t.Errorf("package %s says nowhere what it is for, what it never does, and what a stranger would break", p.dir)
		}
	}
}

// TestEnvironment: settings come in through the verbs, so that a room's behaviour is what
// its caller handed it.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	for _, p := range program(t) {
		if within(p.dir, []string{"cmd"}) {
			continue
		}
		for _, name := range []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"} {
			if p.calls("os", []string{name}) != "" {
				t.Errorf("%s reads the environment (os.%s): only cmd does, and hands down plain values", p.dir, name)
			}
		}
	}
}

// wayOut are the packages that may make connections to elsewhere. The database's driver is
// the only other thing that does, and store alone imports it.
var wayOut = map[string]string{
	"gateway":      "the one way to models: it knows the addresses that are configured and refuses all others",
	"gateway/wire": "the client that a dialect has where it is tried alone; the gateway always brings its own",
	"auth/oidc":    "asks the declared providers who somebody is, and no other host; nothing of a document is sent",
	"cmd/wenyuan":  "a verb is the client of the server that its person named",
}

// dials are the names that connect, or make something that does, without asking whether the
// address is configured.
var dials = map[string][]string{
	"http": {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
	"net":  {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "ListenPacket"},
	"tls":  {"Dial", "DialWithDialer"},
	"smtp": {"Dial", "SendMail"},
	"rpc":  {"Dial", "DialHTTP"},
}

// diallers are the types that connect once somebody makes one.
var diallers = []string{"http.Client", "http.Transport", "net.Dialer", "tls.Dialer"}

// TestOneWayOut: nothing leaves the program but through rooms that know where it may go.
func TestOneWayOut(t *testing.T) {
	t.Parallel()
	held := 0
	for _, p := range program(t) {
		found := p.makes(diallers)
		for name, functions := range dials {
			if f := p.calls(name, functions); f != "" {
				found = name + "." + f
			}
		}
		if found == "" {
			continue
		}
		held++
		if wayOut[p.dir] == "" {
			t.Errorf("%s uses %s: what leaves the program goes through the gateway, or a closed corpus may cross the border", p.dir, found)
		}
	}
	if held < len(wayOut) {
		t.Errorf("%d packages connect, %d may: the rule above holds less than it says", held, len(wayOut))
	}
}

// makes finds a composite literal, or a new, of one of the named types.
func (p pkg) makes(names []string) (found string) {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			var typ ast.Expr
			switch n := n.(type) {
			case *ast.CompositeLit:
				typ = n.Type
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && fn.Name == "new" && len(n.Args) == 1 {
					typ = n.Args[0]
				}
			case *ast.ValueSpec:
				typ = n.Type
			}
			if typ != nil && slices.Contains(names, types.ExprString(typ)) {
				found = types.ExprString(typ)
			}
			return found == ""
		})
	}
	return found
}

// TestOnlyAuthMakesScopes: what an asker may see is decided in one place.
func TestOnlyAuthMakesScopes(t *testing.T) {
	t.Parallel()
	all := program(t)
	makers := scopeMakers(t, all)
	for _, p := range all {
		if p.dir == "auth" || p.dir == "internal/scope" {
			continue
		}
		if name := p.calls("scope", makers); name != "" {
			t.Errorf("%s uses scope.%s: only auth makes a scope; take one as a parameter", p.dir, name)
		}
	}
}

// scopeMakers are the functions of internal/scope that give a Scope.
func scopeMakers(t *testing.T, all []pkg) []string {
	t.Helper()
	var makers []string
	for _, p := range all {
		if p.dir != "internal/scope" {
			continue
		}
		for f := range p.functions() {
			if f.Recv == nil && slices.Contains(fields(f.Type.Results), "Scope") {
				makers = append(makers, f.Name.Name)
			}
		}
	}
	if len(makers) == 0 {
		t.Fatal("internal/scope makes no scopes: the rule above holds nothing")
	}
	return makers
}

// calls finds a use of one of a package's names; empty when there is none. Rooms do not
// rename the packages asked for, so the name before the dot suffices.
func (p pkg) calls(pkgName string, names []string) (found string) {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == pkgName && slices.Contains(names, s.Sel.Name) {
					found = s.Sel.Name
				}
			}
			return found == ""
		})
	}
	return found
}

// contentRooms return what documents say, or what was answered from them.
var contentRooms = []string{"index", "trace", "session", "corpus", "retrieve", "answer", "privacy"}

// content are the types, as these rooms write them, that hold what documents say or which
// documents there are.
var content = []string{
	"wenyuan.Passage", "wenyuan.Answer", "wenyuan.Citation", "wenyuan.Sentence",
	"Document", "Revision", "Corpus", "Trace", "Feedback", "Conversation", "Turn", "History", "Memory", "Hit", "Found", "io.ReadCloser", "io.ReadSeekCloser", "index.Index",
}

// scopeless are functions of those rooms that give back content and need no scope.
var scopeless = map[string]string{
	"index.Open":         "opens a corpus's index as a whole; searching it takes a scope",
	"trace.Recorder.End": "gives the asker's own request back, made of what the scope let through",
}

// scoped must be there and take a scope: should one be renamed, the rule above might hold
// nothing any more.
var scoped = []string{
	"index.Index.Search", "trace.Get", "trace.List", "trace.Answers", "trace.FeedbackOf", "trace.ListFeedback", "session.Sessions.History", "session.Sessions.Turns", "session.Sessions.Export", "retrieve.Retriever.Search", "retrieve.Retriever.Retrieve", "answer.Answerer.Ask",
	"privacy.Keeper.Export", "privacy.Keeper.Erase", "corpus.Library.Corpora", "corpus.Library.Documents", "corpus.Library.Document", "corpus.Library.Revision", "corpus.Library.DocumentPassages",
	"corpus.Library.Original", "corpus.Library.Passages", "corpus.Library.Index", "corpus.Library.Add", "corpus.Library.Remove", "corpus.Library.Move",
}

func TestContentTakesScope(t *testing.T) {
	t.Parallel()
	taking := map[string]bool{}
	built := map[string]bool{}
	for _, p := range program(t) {
		if !slices.Contains(contentRooms, p.dir) {
			continue
		}
		built[p.dir] = true
		for f := range p.functions() {
			name, exported := nameOf(p.dir, f)
			takes := slices.Contains(fields(f.Type.Params), "scope.Scope")
			taking[name] = takes
			if exported && !takes && givesContent(f) && scopeless[name] == "" {
				t.Errorf("%s returns content (%s) and takes no scope.Scope: who asks would see everything",
					name, strings.Join(fields(f.Type.Results), ", "))
			}
		}
	}
	for _, name := range scoped {
		takes, there := taking[name]
		switch {
		case !built[strings.SplitN(name, ".", 2)[0]]:
		case !there:
			t.Errorf("%s is gone or was renamed: see to it that its successor takes a scope, and name that here", name)
		case !takes:
			t.Errorf("%s takes no scope.Scope", name)
		}
	}
}

// functions yields the functions and methods of a package.
func (p pkg) functions() func(func(*ast.FuncDecl) bool) {
	return func(yield func(*ast.FuncDecl) bool) {
		for _, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && !yield(fn) {
					return
				}
			}
		}
	}
}

// nameOf is room.Function or room.Type.Method, and whether others can call it.
func nameOf(dir string, f *ast.FuncDecl) (name string, exported bool) {
	exported = f.Name.IsExported()
	if f.Recv == nil {
		return dir + "." + f.Name.Name, exported
	}
	recv := bare(types.ExprString(f.Recv.List[0].Type))
	return dir + "." + recv + "." + f.Name.Name, exported && token.IsExported(recv)
}

// givesContent says whether a function's results hold content.
func givesContent(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(fields(f.Type.Results), func(r string) bool { return slices.Contains(content, r) })
}

// fields lists the types of parameters or results, without pointer and slice signs.
func fields(list *ast.FieldList) []string {
	if list == nil {
		return nil
	}
	var out []string
	for _, f := range list.List {
		out = append(out, bare(types.ExprString(f.Type)))
	}
	return out
}

// bare takes the signs off a type.
func bare(typ string) string { return strings.TrimLeft(typ, "*[].") }
