package dataset_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"wenyuan/dataset"
	"wenyuan/store"
)

// BenchmarkRows takes in b.N rows, makes a set of them and goes through it: -benchtime 1000000x is a
// million. It reports CPU time a row for each, and the most memory that the process held.
func BenchmarkRows(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "rows.jsonl")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range b.N {
		x := uint64(i) * 0x9E3779B97F4A7C15
		fmt.Fprintf(w, "{\"instruction\": \"Say what part %d of machine %x is for, and when it was changed.\", \"input\": \"\", \"output\": \"It is for %x and %x; it was changed in week %d by team %x.\"}\n", i, x>>40, x>>20&0xffff, x&0xffff, i%53, x>>50)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	h := open(b, store.Config{Dir: dir})
	if _, err := f.Seek(0, 0); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	at := spent()
	lap := func(name string) {
		now := spent()
		b.ReportMetric((now-at)/float64(b.N)*1e6, name+"-µs/row")
		at = now
	}
	out, err := h.Import(b.Context(), h.sc, li, dataset.ImportOrder{Name: "rows"}, f, quiet)
	if err != nil || out.Added != b.N {
		b.Fatalf("%+v, %v", out, err)
	}
	lap("import")
	rep, err := h.Build(b.Context(), h.sc, li, dataset.Recipe{Name: "rows"}, quiet)
	if err != nil {
		b.Fatal(err)
	}
	lap("build")
	n := 0
	for _, err := range h.Rows(b.Context(), h.sc, li, "rows", "") {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != rep.Set.Rows {
		b.Fatalf("%d rows of %d", n, rep.Set.Rows)
	}
	lap("read")
	b.ReportMetric(float64(highest())/1024, "MiB-at-most")
	b.ReportMetric(float64(rep.Set.Rows), "rows")
}

// spent is the CPU time of this process, in seconds.
func spent() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// highest is the most memory that this process held, in KiB; 0 where the system does not tell.
func highest() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.Fields(v)[0])
			if err == nil {
				return n
			}
		}
	}
	return 0
}
