// Command report reads what go test -json says and writes it for people and for a program
// that counts: a line a test, what a failed or skipped test said under it, a line a
// package, and the counts at the end with what failed, and once more what it said: who has
// only the end of a long log has the reason. It ends with 1 when anything failed.
//
//	go test -json ./... | go run ./internal/testenv/report
//
// It invents nothing: a line that is no event (a compiler's message, say) is passed on.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	failed, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

// An event is one line of go test -json; see go doc test2json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// A test is what was heard of one test, or of a package where Test is empty.
type test struct{ pkg, name string }

// A reporter holds what running tests said until they end.
type reporter struct {
	out    io.Writer
	said   map[test]*strings.Builder
	counts map[string]int
	failed []failure
}

// A failure is what failed, and the end of what it said.
type failure struct{ what, said string }

// saidAgain is how much of what a failure said is said again at the end, in bytes.
const saidAgain = 4000

func (r *reporter) fails(what string, said *strings.Builder) {
	f := failure{what: what}
	if said != nil {
		f.said = said.String()
		if cut := len(f.said) - saidAgain; cut > 0 {
			f.said = "    …" + f.said[cut:]
		}
	}
	r.failed = append(r.failed, f)
}

// report copies events until the end and says whether anything failed.
func report(in io.Reader, out io.Writer) (failed bool, err error) {
	r := &reporter{out: out, said: map[test]*strings.Builder{}, counts: map[string]int{}}
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return true, readErr
		}
	}
	for key, said := range r.said { // a test binary that died leaves tests without an end
		if key.name != "" {
			r.fails("did not end: "+key.pkg+" "+key.name, said)
			fmt.Fprintf(out, "--- FAIL: %s did not end %s\n%s", key.name, key.pkg, said)
		}
	}
	fmt.Fprintf(out, "\ntests: %d passed, %d failed, %d skipped\n", r.counts["pass"], r.counts["fail"], r.counts["skip"])
	if len(r.failed) > 0 {
		fmt.Fprintln(out, "FAILED:")
		for _, f := range r.failed {
			fmt.Fprintf(out, "  %s\n%s", f.what, f.said)
		}
	}
	return len(r.failed) > 0, nil
}

// line takes one line.
func (r *reporter) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		r.out.Write(line)
		return
	}
	key := test{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.hear(key, e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "build-fail":
		r.fails("does not build: "+e.ImportPath, nil)
	case "pass", "fail", "skip":
		r.end(key, e)
	}
}

// hear keeps what a test says, without the runner's own marks.
func (r *reporter) hear(key test, output string) {
	for _, mark := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "} {
		if key.name != "" && strings.HasPrefix(strings.TrimLeft(output, " "), mark) {
			return
		}
	}
	if r.said[key] == nil {
		r.said[key] = &strings.Builder{}
	}
	r.said[key].WriteString(output)
}

// end writes the result of a test or of a package.
func (r *reporter) end(key test, e event) {
	said := r.said[key]
	delete(r.said, key)
	if key.name == "" {
		r.endPackage(e, said)
		return
	}
	r.counts[e.Action]++
	fmt.Fprintf(r.out, "--- %s: %s (%.2fs) %s\n", strings.ToUpper(e.Action), key.name, e.Elapsed, key.pkg)
	if e.Action != "pass" && said != nil {
		fmt.Fprint(r.out, said)
	}
	if e.Action == "fail" {
		r.fails(key.pkg+" "+key.name, said)
	}
}

// endPackage writes a line for a package, and all it said when it failed.
func (r *reporter) endPackage(e event, said *strings.Builder) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok  \t%s\t%.3fs\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprintf(r.out, "FAIL\t%s\t%.3fs\n", e.Package, e.Elapsed)
		if said != nil {
			fmt.Fprint(r.out, said)
		}
		r.fails(e.Package, nil)
	}
}
