package audit_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"wenyuan/auth/audit"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestKilled kills a process that appends: what it reported is there, and the chain holds.
func TestKilled(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("AUDIT_TEST_DIR"); dir != "" {
		s := storetest.Open(t, store.Config{Dir: dir, URL: os.Getenv("AUDIT_TEST_URL")})
		for range 10_000 {
			add(t, s, ann, audit.Act{Action: "backup"})
			fmt.Println(list(t, s, audit.Filter{Limit: 1})[0].Number)
		}
		return
	}
	storetest.Each(t, func(t *testing.T, c store.Config) {
		chance, reported := rand.New(rand.NewPCG(3, 3)), int64(0)
		for range 4 {
			child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
			child.Env = append(os.Environ(), "AUDIT_TEST_DIR="+c.Dir, "AUDIT_TEST_URL="+c.URL)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			said := bufio.NewScanner(out)
			for lines := 1 + chance.IntN(20); said.Scan(); lines-- {
				if n, err := strconv.ParseInt(said.Text(), 10, 64); err == nil {
					reported = n
				}
				if lines == 0 {
					child.Process.Kill() // it may have ended
				}
			}
			child.Wait() // killed
			s := storetest.Open(t, c)
			if v := verify(t, s, ""); !v.OK || v.To < reported {
				t.Fatalf("%d were reported: %+v", reported, v)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
