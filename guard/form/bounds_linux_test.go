package form_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"wenyuan/internal/testenv"
)

// TestBounded gives forms that would take for ever; the race detector makes all of it slower.
func TestBounded(t *testing.T) {
	t.Parallel()
	const most = 30 * time.Second // of a processor, not of the clock: others work beside it
	twice := `{"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["b"]},{"properties":{"a":{"$ref":"#"}},"required":["c"]}]}`
	for _, c := range []struct{ name, kind, source, text string }{
		{"a schema twice within itself", "json", twice, strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40)},
		{"a schema that is itself", "json", `{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`, `1`},
		{"nested stars", "regexp", `(a*)*(a*)*b`, strings.Repeat("a", 200_000)},
		{"an ambiguous grammar", "grammar", `root ::= root root | "a" | ""`, strings.Repeat("a", 100_000)},
		{"a grammar that goes round", "grammar", "root ::= x | \"a\"\nx ::= root", strings.Repeat("a", 1000)},
		{"megabytes", "json", `{}`, `"` + strings.Repeat("x", 4<<20)},
		{"brackets", "json", `{}`, strings.Repeat("[", 1<<16)},
		{"digits", "json", `{}`, strings.Repeat("1", 1<<16)},
		{"no UTF-8", "json", `{}`, "\"\xff\xfe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			begun := testenv.ThreadTime(t)
			if err := made(t, c.kind, c.source).Check(c.text); err == nil {
				t.Error("it was taken")
			}
			if took := testenv.ThreadTime(t) - begun; took > most {
				t.Errorf("it took %s of a processor", took)
			}
		})
	}
}
