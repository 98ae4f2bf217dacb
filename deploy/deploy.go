// Package deploy writes what other systems need to run this program and the engines of its models:
// manifests for Kubernetes, a file for Compose, a unit for systemd.
//
// It is handed the settings file and plain values, and gives files back: the same input gives the
// same bytes. It speaks to no cluster. No secret is ever in what it writes: what the settings name
// by a variable is taken from a Secret or the environment by that name, and a password that stands
// in the settings is taken out. What a stranger would break: the tests hold every manifest to the
// schemas that Kubernetes, KEDA, the Prometheus operator and Compose publish.
package deploy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"wenyuan"
)

// The targets.
const (
	Kubernetes = "kubernetes"
	Compose    = "compose"
	Systemd    = "systemd"
)

// A Plan is what is to be run.
type Plan struct {
	Settings []byte   // the settings file, as it is written; may be empty
	Prompt   string   // text of the file that it names under prompt; "" where it names none
	Path     string   // of the settings file, for a unit of systemd
	Program  string   // version of this program
	Models   []Model  // those with an engine
	Set      []string // KEY=VALUE, see Values
}

// A Model is one whose engine is run.
type Model struct {
	Name       string
	Command    []string // as it is declared, with {port}
	Env        []string // names of variables
	Min, Max   int
	Idle       time.Duration
	Ready      string        // path
	StartTime  time.Duration // until a replica has to be ready; 0: as its engine takes, its weights and their download included
	StopTime   time.Duration
	Dialect    string
	Location   string // inside or outside, as it holds for the whole model
	RemoteName string // how the engine calls the model; the name where it is empty
	Context    int    // tokens; 0 where it is not known
	Adapters   bool   // vLLM is to take adapters while it runs
}

// A File is one that was rendered.
type File struct {
	Name    string // without a folder
	Content []byte
}

// Render gives the files of a target. The error says everything that is wrong with what was set.
func Render(p Plan, target string) ([]File, error) {
	v, err := valuesOf(p)
	if err != nil {
		return nil, err
	}
	h := &house{Plan: p, v: v}
	if err := h.read(target); err != nil {
		return nil, err
	}
	switch target {
	case Kubernetes:
		return h.kubernetes()
	case Compose:
		return h.compose()
	case Systemd:
		return h.systemd()
	}
	return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("nothing can be rendered for %q", target), Hint: "take kubernetes, compose or systemd"}
}

// A house is a plan that is being rendered.
type house struct {
	Plan
	v         values
	settings  yaml.MapSlice // without secrets
	variables []string      // that hold secrets of the program, sorted
	all       []string      // with those of the engines
	database  bool          // the settings name PostgreSQL, or are to
	engines   []server
}

// m makes a mapping whose keys keep their order; those without a value are left out.
func m(pairs ...any) yaml.MapSlice {
	var out yaml.MapSlice
	for i := 0; i+1 < len(pairs); i += 2 {
		if empty(pairs[i+1]) {
			continue
		}
		out = append(out, yaml.MapItem{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func empty(x any) bool {
	switch x := x.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case yaml.MapSlice:
		return x == nil
	case []any:
		return x == nil
	case []string:
		return x == nil
	}
	return false
}

// list makes a sequence of mappings; those without a value are left out.
func list(items ...any) []any {
	return slices.DeleteFunc(slices.Clone(items), empty)
}

// A document is one manifest with what is said above it.
type document struct {
	comment string
	body    yaml.MapSlice
}

// write joins documents to one file.
func write(head string, all ...document) ([]byte, error) {
	var b bytes.Buffer
	remark(&b, head)
	for i, d := range all {
		if i > 0 || head != "" {
			b.WriteString("---\n")
		}
		remark(&b, d.comment)
		text, err := yaml.MarshalWithOptions(d.body, yaml.Indent(2), yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
		if err != nil {
			return nil, err
		}
		b.Write(text)
	}
	return b.Bytes(), nil
}

func remark(b *bytes.Buffer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "# %s\n", strings.TrimRight(line, "\n"))
	}
}
