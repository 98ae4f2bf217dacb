package parse

import (
	"path"
	"strings"
)

// languages are the extensions of source code and of data that reads like it.
var languages = map[string]string{
	".go": "go", ".java": "java", ".kt": "kotlin", ".kts": "kotlin", ".scala": "scala", ".groovy": "groovy",
	".py": "python", ".rb": "ruby", ".php": "php", ".pl": "perl", ".lua": "lua", ".r": "r", ".jl": "julia",
	".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "jsx", ".ts": "typescript", ".tsx": "tsx", ".vue": "vue", ".svelte": "svelte",
	".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hpp": "cpp", ".hh": "cpp", ".m": "objc", ".mm": "objc",
	".cs": "csharp", ".fs": "fsharp", ".vb": "vb", ".rs": "rust", ".swift": "swift", ".dart": "dart", ".zig": "zig",
	".hs": "haskell", ".ml": "ocaml", ".ex": "elixir", ".exs": "elixir", ".erl": "erlang", ".clj": "clojure", ".lisp": "lisp", ".el": "lisp",
	".sh": "bash", ".bash": "bash", ".zsh": "bash", ".fish": "fish", ".ps1": "powershell", ".bat": "batch", ".cmd": "batch",
	".sql": "sql", ".proto": "protobuf", ".graphql": "graphql", ".thrift": "thrift", ".css": "css", ".scss": "scss", ".less": "less",
	".json": "json", ".jsonl": "json", ".ndjson": "json", ".json5": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini",
	".cfg": "ini", ".conf": "ini", ".properties": "properties", ".env": "ini", ".xml": "xml", ".xsd": "xml", ".wsdl": "xml", ".pom": "xml",
	".tf": "hcl", ".hcl": "hcl", ".nix": "nix", ".cmake": "cmake", ".mk": "make", ".gradle": "groovy", ".tex": "latex", ".log": "log", ".diff": "diff", ".patch": "diff", ".ipynb": "json",
}

// sourceNames are files that are known by their whole name.
var sourceNames = map[string]string{"makefile": "make", "dockerfile": "dockerfile", "jenkinsfile": "groovy", "cmakelists.txt": "cmake", "go.mod": "go"}

// codePiece is how much code a block holds before it may end at a border.
const codePiece = 600

// readCode takes source code and the like. Its blocks end where a declaration does: at
// an empty line that is followed by a line without indentation.
func readCode(f *file) (*Document, error) {
	t, err := f.decode("")
	if err != nil {
		return nil, err
	}
	lang := f.language()
	b := newTextBuilder(f, codeType(lang), t)
	b.title = path.Base(f.name)
	for s := t.string; s != "" && b.ok(); {
		n := codeBorder(s)
		b.code(lang, s[:n])
		s = s[n:]
	}
	return b.document()
}

// language is that of source code, by the file's name; empty where it is none.
func (f *file) language() string {
	if lang := sourceNames[strings.ToLower(path.Base(f.name))]; lang != "" {
		return lang
	}
	return languages[f.ext()]
}

func codeType(lang string) string {
	switch lang {
	case "":
		return "text/plain"
	case "json", "yaml", "toml", "xml", "sql":
		return "application/" + lang
	case "javascript", "css":
		return "text/" + lang
	case "log", "ini", "properties":
		return "text/plain"
	}
	return "text/x-" + lang
}

// codeBorder is the length of the first block of s.
func codeBorder(s string) int {
	empty := false
	for i := 0; i < len(s); {
		end := strings.IndexByte(s[i:], '\n')
		if end < 0 {
			return len(s)
		}
		line := s[i : i+end]
		blank := strings.TrimSpace(line) == ""
		if empty && !blank && i >= codePiece && !strings.ContainsAny(line[:1], " \t})]") {
			return i
		}
		empty = blank
		i += end + 1
	}
	return len(s)
}
