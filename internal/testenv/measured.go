package testenv

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// MeasuringData is the folder of the measuring data: WENYUAN_SHARED_DATA, else shared/data
// beside the checkout. Without it the test is skipped: it measures, and the data is no part
// of the project.
func MeasuringData(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join(moduleRoot(tb), "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "retrieval")); err != nil {
		tb.Skip("the measuring data is absent: set WENYUAN_SHARED_DATA to its folder")
	}
	return dir
}

// NamedData is the folder of the measuring data where WENYUAN_SHARED_DATA names one, and nothing
// else: for what takes long, or holds more than a figure. Without it the test is skipped.
func NamedData(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		tb.Skip("WENYUAN_SHARED_DATA does not name the measuring data")
	}
	return dir
}

// moduleRoot is the nearest folder above the test's own that has a go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if isFile(filepath.Join(dir, "go.mod")) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	tb.Fatalf("testenv: no go.mod above the test: %v", err)
	return ""
}

// maxRow bounds one line of a file of JSON lines, in bytes.
const maxRow = 1 << 26

// Rows reads a file of JSON lines. The path is joined.
func Rows[T any](tb testing.TB, path ...string) (out []T) {
	tb.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, maxRow)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			tb.Fatal(err)
		}
		out = append(out, row)
	}
	if err := sc.Err(); err != nil {
		tb.Fatal(err)
	}
	return out
}
