package engine

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What stands in the arguments for an adapter.
const (
	adapterFile   = "{adapter}" // path of the file in llama.cpp's form
	adapterFolder = "{peft}"    // path of the folder in PEFT's form
	adapterName   = "{name}"    // how the engine is to call it
)

// llamaServer is llama.cpp's server, which takes an adapter when it starts and none after.
const llamaServer = "llama-server"

// adapterArguments are those with which a known program takes an adapter, also where another program runs it;
// nil where it is not known.
func (s Spec) adapterArguments() []string {
	if slices.ContainsFunc(s.Command, func(a string) bool { return strings.TrimSuffix(filepath.Base(a), ".exe") == llamaServer }) {
		return []string{"--lora", adapterFile}
	}
	return nil
}

// adapterFaults looks at what an engine is given of an adapter.
func (s Spec) adapterFaults(bad func(field, form string, args ...any)) {
	if len(s.Adapter) == 0 {
		return
	}
	names := func(a string) bool { return strings.Contains(a, adapterFile) || strings.Contains(a, adapterFolder) }
	if !slices.ContainsFunc(s.Adapter, names) {
		bad("adapter", "has neither {adapter} nor {peft}: say where the engine takes the adapter's file or folder, such as [--lora, \"{adapter}\"]")
	}
	if len(s.Adapter) > maxArguments || slices.ContainsFunc(s.Adapter, func(a string) bool { return len(a) > maxArgument || strings.ContainsRune(a, 0) }) {
		bad("adapter", "may have %d arguments of %d bytes", maxArguments, maxArgument)
	}
	if i := slices.IndexFunc(s.Adapter, anywhere.MatchString); i >= 0 {
		bad("adapter", "%q lets other machines reach the engine, which asks nobody for a key: write 127.0.0.1", s.Adapter[i])
	}
}

// With is the engine with an adapter: its file in llama.cpp's form, its folder in PEFT's, and the name
// under which it is to be served, which is then that of the model where the arguments give it. An instance
// at least runs always.
func (s Spec) With(file, folder, name string) Spec {
	r := strings.NewReplacer(adapterFile, file, adapterFolder, folder, adapterName, name)
	s.Command = slices.Clone(s.Command)
	for _, a := range s.Adapter {
		if strings.Contains(a, adapterName) {
			s.RemoteName = name
		}
		s.Command = append(s.Command, r.Replace(a))
	}
	s.Min, s.Max, s.Adapter = max(s.Min, 1), max(s.Max, 1), nil
	return s
}

// Weights is the path of the model file in the command, as llama.cpp takes it; "" where there is none.
func (s Spec) Weights() string {
	for i, a := range s.Command {
		path := ""
		if name, value, ok := strings.Cut(a, "="); ok && name == "--model" {
			path = value
		} else if (a == "-m" || a == "--model") && i+1 < len(s.Command) {
			path = s.Command[i+1]
		}
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) && s.Dir != "" {
			path = filepath.Join(s.Dir, path)
		}
		return path
	}
	return ""
}

// failsTwice is how many starts in a row have to fail for [Engine.Await] to take it that the next will: the
// port of a first one may have been taken by another program.
const failsTwice = 2

// Await has an instance started where there is none, and waits until one is ready. Where it cannot be
// started the error has what it wrote last, which is for operators: see [Broken].
func (e *Engine) Await(ctx context.Context) error {
	e.mu.Lock()
	if !e.held && !e.closed && e.count(Ready) == 0 {
		e.failures, e.failed, e.why, e.notBefore = 0, nil, nil, time.Time{}
		e.target = max(e.target, 1)
		e.changed = time.Now()
	}
	e.mu.Unlock()
	e.wake()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if over, err := e.decided(); over {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// decided says whether it is known that an instance is ready, or that none will be.
func (e *Engine) decided() (over bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.count(Ready) > 0:
		return true, nil
	case e.held || e.closed:
		return true, e.halted()
	case e.why != nil && (e.failures >= failsTwice || e.failed != nil):
		return true, e.why
	}
	return false, nil
}

// Gone is closed when the engine starts nothing any more and all its processes have ended: after
// [Engine.Retire] or [Engine.Close].
func (e *Engine) Gone() <-chan struct{} { return e.done }
