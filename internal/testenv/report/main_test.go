package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, out string
		failed        bool
	}{
		{"a test that passed is a line, whatever it logged", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: noise\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.01s)\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.01}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`, `--- PASS: TestA (0.01s) p
ok  	p	0.100s

tests: 1 passed, 0 failed, 0 skipped
`, false},
		{"a failure keeps its words together, a skip its reason", `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: want 1\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:2: no engine\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:2: want 2\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`, `--- SKIP: TestB (0.00s) p
    b_test.go:2: no engine
--- FAIL: TestA (0.00s) p
    a_test.go:1: want 1
    a_test.go:2: want 2
FAIL	p	0.000s

tests: 0 passed, 1 failed, 1 skipped
FAILED:
  p TestA
    a_test.go:1: want 1
    a_test.go:2: want 2
  p
`, true},
		{"what does not build fails, and says so", `{"ImportPath":"p","Action":"build-output","Output":"p/a.go:1:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
`, `p/a.go:1:1: syntax error
FAIL	p	0.000s
FAIL	p [build failed]

tests: 0 passed, 0 failed, 0 skipped
FAILED:
  does not build: p
  p
`, true},
		{"a test that never ended failed", `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: all is lost\n"}
not an event
`, `not an event
--- FAIL: TestA did not end p
panic: all is lost

tests: 0 passed, 0 failed, 0 skipped
FAILED:
  did not end: p TestA
panic: all is lost
`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			failed, err := report(strings.NewReader(c.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.out, out.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			if failed != c.failed {
				t.Errorf("failed is %v", failed)
			}
		})
	}
}
