package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"wenyuan"
)

// FileName is the settings file in the data folder.
const FileName = "wenyuan.yaml"

// maxFile bounds the size of a settings file.
const maxFile = 1 << 20

// An Origin says where a value came from.
type Origin struct {
	Kind string `json:"kind"`           // "default", "file", "env" or "flag"
	Line int    `json:"line,omitempty"` // in the file
	Name string `json:"name,omitempty"` // of the variable or flag
}

// Input is where settings come from.
type Input struct {
	Path     string // of the file; "" where there is none
	Explicit bool   // somebody named the file, so it has to be there
	Env      func(string) string
	Flags    map[string]string // by path: {"listen": "127.0.0.1:0"}; only those that were given
	Away     bool              // the variables that hold secrets are those of another machine, and are not looked at
}

// Effective are the settings that hold, with where each came from.
type Effective struct {
	File
	Path   string            // of the file that was read; "" where there was none
	Origin map[string]Origin // by path of the key

	env  func(string) string
	away bool // see Input
}

// problems are everything that is wrong, in the order of the lines.
type problems struct {
	path string
	all  []problem
}

type problem struct {
	line       int
	path, text string
}

func (p *problems) add(line int, path, text string) {
	p.all = append(p.all, problem{line, path, text})
}

// err tells all problems at once; nil where there are none.
func (p *problems) err() error {
	if len(p.all) == 0 {
		return nil
	}
	slices.SortStableFunc(p.all, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var lines []string
	for _, x := range p.all {
		text := x.text
		if x.path != "" {
			text = x.path + ": " + text
		}
		if x.line > 0 {
			text = fmt.Sprintf("%s:%d: %s", p.path, x.line, text)
		}
		lines = append(lines, text)
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: strings.Join(lines, "\n"), Hint: "wenyuan config schema describes every key"}
}

// Load reads, layers and checks the settings. Its error tells everything that is wrong.
func Load(in Input) (*Effective, error) {
	e := &Effective{Origin: map[string]Origin{}, env: in.Env, away: in.Away}
	p := &problems{path: in.Path}
	setDefaults(reflect.ValueOf(&e.File).Elem())
	data, err := read(in)
	if err != nil {
		return nil, err
	}
	if data != nil {
		e.Path = in.Path
		decode(data, &e.File, e.Origin, p)
	}
	e.environment(reflect.ValueOf(&e.File).Elem(), "", p)
	e.flags(in.Flags, p)
	e.check(p)
	return e, p.err()
}

func read(in Input) ([]byte, error) {
	if in.Path == "" {
		return nil, nil
	}
	info, err := os.Stat(in.Path)
	if errors.Is(err, fs.ErrNotExist) && !in.Explicit {
		return nil, nil
	}
	if err == nil && info.Size() > maxFile {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: in.Path + " is larger than 1 MiB", Hint: "a settings file has some dozen lines; is it the right one?"}
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(in.Path)
	}
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the settings file " + in.Path + " cannot be read", Hint: "look whether it is there and may be read; it was named by --config, WENYUAN_CONFIG or stands in the data folder", Err: err}
	}
	return data, nil
}

// setDefaults fills what the tags say.
func setDefaults(v reflect.Value) {
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		if text, ok := t.Tag.Lookup("default"); ok {
			if err := setScalar(f, text); err != nil {
				panic(fmt.Sprintf("config: default of %s: %v", t.Name, err)) // a test loads the defaults
			}
		} else if f.Kind() == reflect.Struct {
			setDefaults(f)
		}
	}
}

// EnvName is the environment variable of a key: limits.pages is WENYUAN_LIMITS_PAGES.
func EnvName(path string) string {
	return "WENYUAN_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// environment lets variables beat the file. An empty variable is as good as none.
func (e *Effective) environment(v reflect.Value, path string, p *problems) {
	for i := range v.NumField() {
		f, at := v.Field(i), join(path, v.Type().Field(i).Tag.Get("yaml"))
		switch {
		case scalar(f.Type()):
			e.variable(f, at, p)
		case f.Kind() == reflect.Struct:
			e.environment(f, at, p)
		case f.Type() == reflect.TypeFor[*Embedder]():
			e.embedder(f, at, p)
		}
	}
}

func (e *Effective) variable(f reflect.Value, at string, p *problems) {
	name := EnvName(at)
	text := e.env(name)
	if text == "" {
		return
	}
	if err := setScalar(f, text); err != nil {
		p.add(0, "", fmt.Sprintf("%s is %q: %v", name, text, err))
	}
	e.Origin[at] = Origin{Kind: "env", Name: name}
}

// embedder comes into being when one of its variables is set.
func (e *Effective) embedder(f reflect.Value, at string, p *problems) {
	fresh := Embedder{}
	if e.Embedder != nil {
		fresh = *e.Embedder
	}
	before := fresh
	e.environment(reflect.ValueOf(&fresh).Elem(), at, p)
	if fresh != before {
		f.Set(reflect.ValueOf(&fresh))
	}
}

func (e *Effective) flags(given map[string]string, p *problems) {
	for path, text := range given {
		v, flag := reflect.ValueOf(&e.File).Elem(), "--"+strings.ReplaceAll(path, ".", "-")
		for key := range strings.SplitSeq(path, ".") {
			v, _ = byTag(v, key)
		}
		if err := setScalar(v, text); err != nil {
			p.add(0, "", fmt.Sprintf("%s is %q: %v", flag, text, err))
		}
		e.Origin[path] = Origin{Kind: "flag", Name: flag}
	}
}

// Secret reads the variable that a key_env names.
func (e *Effective) Secret(keyEnv string) string {
	if keyEnv == "" {
		return ""
	}
	return e.env(keyEnv)
}

// PromptText is the template; "" for the built-in one.
func (e *Effective) PromptText() (string, error) {
	if e.Prompt == "" {
		return "", nil
	}
	path := e.Prompt
	if !filepath.IsAbs(path) && e.Path != "" && e.Origin["prompt"].Kind == "file" {
		path = filepath.Join(filepath.Dir(e.Path), path)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "the prompt " + path + " cannot be read", Hint: "put prompt right in the configuration", Err: err}
	}
	return string(data), nil
}
