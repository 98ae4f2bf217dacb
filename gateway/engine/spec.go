package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"wenyuan/internal/jsonschema"
)

// A Spec is an engine as it is declared. Its arguments may hold what not everybody is to see who
// sees a model: as JSON, the command is its program and a hash of the whole, so that another command
// is another version all the same.
type Spec struct {
	Command    []string `json:"command" doc:"the program, and a hash of what it is run with"`
	Dir        string   `json:"dir,omitempty" doc:"folder that it runs in; that of this server where it is empty"`
	Env        []string `json:"env,omitempty" doc:"variables of this server that it gets, beside PATH, HOME, TMPDIR and LANG"`
	Min        int      `json:"min" doc:"instances that always run"`
	Max        int      `json:"max" doc:"instances that may run at once"`
	Idle       Span     `json:"idle" doc:"after which an instance is stopped that is not needed"`
	Ready      string   `json:"ready" doc:"path that answers with 200 once it can be asked"`
	StartTime  Span     `json:"start_time" doc:"until it has to be ready"`
	StopTime   Span     `json:"stop_time" doc:"between the request to end and the end by force"`
	Dialect    string   `json:"dialect" doc:"what it speaks: openai, anthropic, ollama or nli; openai where it is empty"`
	RemoteName string   `json:"remote_name,omitempty" doc:"how it calls the model; the name where it is empty"`
	Adapter    []string `json:"-"` // what its command is given more to run the model with an adapter: see [Spec.With]
}

// A Span is a time that is written like 30s or 2m.
type Span time.Duration

// MarshalText writes it.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads it.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

// JSONSchema is a text.
func (Span) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"type": "string", "description": "a time such as 30s or 2m"}
}

// MarshalJSON writes it without the arguments.
func (s Spec) MarshalJSON() ([]byte, error) {
	type shown Spec
	sum := sha256.New()
	for _, a := range s.Command {
		fmt.Fprintf(sum, "%d:%s", len(a), a)
	}
	s.Command = []string{s.Program(), "sha256:" + hex.EncodeToString(sum.Sum(nil))}
	return json.Marshal(shown(s))
}

// Program is the name of the program that is run, also where it is behind env and its variables.
func (s Spec) Program() string {
	for _, a := range s.Command {
		if base := filepath.Base(a); base != "env" && !strings.Contains(a, "=") {
			return base
		}
	}
	return ""
}

// What holds where a declaration does not say.
const (
	defaultMax   = 1
	defaultIdle  = Span(10 * time.Minute)
	defaultStart = Span(2 * time.Minute)
	defaultStop  = Span(10 * time.Second)
)

// Limits of a declaration.
const (
	maxInstances = 64
	maxArguments = 256
	maxArgument  = 4096 // bytes
	maxSpan      = Span(24 * time.Hour)
)

// port and number are what stands in a command for the port and the number of an instance.
const (
	port   = "{port}"
	number = "{n}"
)

var (
	envName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	anywhere = regexp.MustCompile(`(^|[=/@\[])(0\.0\.0\.0|::)(\]?:|\]|$)`) // an address that others reach
)

// WithDefaults fills in what a declaration may leave out. dialect is the one of most engines.
func (s Spec) WithDefaults(dialect string) Spec {
	s.Command, s.Env, s.Adapter = slices.Clone(s.Command), slices.Clone(s.Env), slices.Clone(s.Adapter)
	if len(s.Adapter) == 0 {
		s.Adapter = s.adapterArguments()
	}
	if s.Dialect == "" {
		s.Dialect = dialect
	}
	if s.Max == 0 {
		s.Max = max(s.Min, defaultMax)
	}
	if s.Ready == "" {
		s.Ready = "/health" // llama.cpp, vLLM, text-embeddings-inference
		if s.Dialect == "ollama" {
			s.Ready = "/api/version"
		}
	}
	for _, d := range []struct {
		at *Span
		is Span
	}{{&s.Idle, defaultIdle}, {&s.StartTime, defaultStart}, {&s.StopTime, defaultStop}} {
		if *d.at == 0 {
			*d.at = d.is
		}
	}
	return s
}

// same says whether two declarations run the same thing, however many times.
func (s Spec) same(o Spec) bool {
	return slices.Equal(s.Command, o.Command) && slices.Equal(s.Env, o.Env) && s.Dir == o.Dir && s.Ready == o.Ready && s.Dialect == o.Dialect && s.RemoteName == o.RemoteName
}

// Faults tells everything that is wrong with a declaration, after [Spec.WithDefaults]: bad is
// given the field, as in the JSON form, and what to write.
func (s Spec) Faults(bad func(field, form string, args ...any)) {
	switch {
	case len(s.Command) == 0 || s.Command[0] == "":
		bad("command", "is empty: say what runs the model, such as [llama-server, -m, /models/x.gguf, --port, \"{port}\"]")
	case !slices.ContainsFunc(s.Command, func(a string) bool { return strings.Contains(a, port) }):
		bad("command", "has no {port}: say where the engine takes the port that it is to listen on")
	}
	if len(s.Command) > maxArguments || slices.ContainsFunc(s.Command, func(a string) bool { return len(a) > maxArgument || strings.ContainsRune(a, 0) }) {
		bad("command", "may have %d arguments of %d bytes", maxArguments, maxArgument)
	}
	if i := slices.IndexFunc(s.Command, anywhere.MatchString); i > 0 {
		bad("command", "%q lets other machines reach the engine, which asks nobody for a key: write 127.0.0.1", s.Command[i])
	}
	s.adapterFaults(bad)
	if s.Dir != "" && !filepath.IsAbs(s.Dir) {
		bad("dir", "is %q: write the whole path of the folder", s.Dir)
	}
	for _, name := range s.Env {
		if !envName.MatchString(name) {
			bad("env", "%q is not the name of a variable: names stand here, never values", name)
		} else if up := strings.ToUpper(name); strings.HasPrefix(up, "WENYUAN_") || up == "PGPASSWORD" { // the database's driver reads that one
			bad("env", "the variable %s holds a setting of this program", name)
		}
	}
	if s.Max < 1 || s.Max > maxInstances || s.Min < 0 || s.Min > s.Max {
		bad("max", "min is %d and max is %d: want 0 up to max, and max from 1 to %d", s.Min, s.Max, maxInstances)
	}
	if !strings.HasPrefix(s.Ready, "/") || strings.HasPrefix(s.Ready, "//") || len(s.Ready) > 256 || strings.ContainsFunc(s.Ready, func(c rune) bool { return c <= ' ' }) {
		bad("ready", "is %q: want a path such as /health", s.Ready)
	}
	for _, d := range []struct {
		field string
		is    Span
	}{{"idle", s.Idle}, {"start_time", s.StartTime}, {"stop_time", s.StopTime}} {
		if d.is < 0 || d.is > maxSpan {
			bad(d.field, "is %s: want a time up to %s", time.Duration(d.is), time.Duration(maxSpan))
		}
	}
}

// arguments are what is run, on a port.
func (s Spec) arguments(on, n int) []string {
	r := strings.NewReplacer(port, fmt.Sprint(on), number, fmt.Sprint(n))
	out := make([]string, len(s.Command))
	for i, a := range s.Command {
		out[i] = r.Replace(a)
	}
	return out
}
