package parse

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sharedData is the folder with the measuring data; the test is skipped without it.
func sharedData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "files", "manifest.jsonl")); err != nil {
		t.Skipf("the measuring data is not there (%v); set WENYUAN_SHARED_DATA", err)
	}
	return dir
}

// letters leaves what carries the words: letters and digits, in one form. Markup,
// punctuation and space differ between truths and say nothing about reading.
func letters(s string) []rune {
	var out []rune
	for _, r := range norm.NFKC.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, unicode.ToLower(r))
		}
	}
	return out
}

// inOrder is the character accuracy: one minus the edit distance (insertions and
// deletions, Myers' algorithm) over the sum of both lengths. Texts that are thousands of
// edits apart have no figure: their parts stand in another order.
func inOrder(a, b []rune) float64 {
	n, m := len(a), len(b)
	if n+m == 0 {
		return 1
	}
	worst := min(n+m, 6000)
	v := make([]int, 2*worst+3)
	for d := 0; d <= worst; d++ {
		for k := -d; k <= d; k += 2 {
			i := worst + 1 + k
			x := v[i-1] + 1
			if k == -d || k != d && v[i-1] < v[i+1] {
				x = v[i+1]
			}
			y := x - k
			for x < n && y < m && x >= 0 && y >= 0 && a[x] == b[y] {
				x, y = x+1, y+1
			}
			if v[i] = x; x >= n && y >= m {
				return 1 - float64(d)/float64(n+m)
			}
		}
	}
	return math.NaN()
}

// anyOrder compares the pairs of neighbouring letters, wherever they stand: recall, and
// precision.
func anyOrder(got, want []rune) (recall, precision float64) {
	count := func(s []rune) map[[2]rune]int {
		m := map[[2]rune]int{}
		for i := 1; i < len(s); i++ {
			m[[2]rune{s[i-1], s[i]}]++
		}
		return m
	}
	g, w := count(got), count(want)
	both := 0
	for k, n := range w {
		both += min(n, g[k])
	}
	return float64(both) / float64(max(1, len(want)-1)), float64(both) / float64(max(1, len(got)-1))
}

type manifestRow struct {
	File, Type, Features, Ref, Truth string
}

func readManifest(t testing.TB, path string) []manifestRow {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []manifestRow
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r manifestRow
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

func parseFile(t testing.TB, path string) (*Document, error) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parseBytes(t, filepath.Base(path), raw)
	if err == nil {
		checkDocument(t, doc)
		if dir := os.Getenv("WENYUAN_PARSE_DUMP"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)+".txt"), []byte(doc.Title+"\n=====\n"+outline(doc)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return doc, err
}

// TestQualityRendered holds the figures of pages with exact truth.
func TestQualityRendered(t *testing.T) {
	dir := filepath.Join(sharedData(t), "files", "zh_rendered")
	truths, err := filepath.Glob(filepath.Join(dir, "*.truth.md"))
	if err != nil || len(truths) == 0 {
		t.Fatal("no rendered pages", err)
	}
	for _, truth := range truths {
		stem := strings.TrimSuffix(truth, ".truth.md")
		want, err := parseFile(t, truth)
		if err != nil {
			t.Fatal(err)
		}
		for _, ext := range []string{".html", ".docx", ".pdf"} {
			got, err := parseFile(t, stem+ext)
			if err != nil {
				t.Errorf("%s: %v", ext, err)
				continue
			}
			a, b := letters(got.Text), letters(want.Text)
			order := inOrder(a, b)
			recall, precision := anyOrder(a, b)
			t.Logf("%-5s in order %.4f  recall %.4f  precision %.4f  %s", ext, order, recall, precision, filepath.Base(stem))
			if floor := map[string]float64{".html": 0.99, ".docx": 0.99, ".pdf": 0.96}[ext]; !(order >= floor) {
				t.Errorf("%s%s: %.4f in order, floor %.2f", filepath.Base(stem), ext, order, floor)
			}
		}
	}
}

// TestQualityFiles measures real files against what others read from them.
func TestQualityFiles(t *testing.T) {
	if os.Getenv("WENYUAN_SHARED_DATA") == "" {
		t.Skip("takes seconds and holds no floor; set WENYUAN_SHARED_DATA to see the figures")
	}
	dir := filepath.Join(sharedData(t), "files")
	sums := map[string][3]float64{}
	for _, row := range readManifest(t, filepath.Join(dir, "manifest.jsonl")) {
		if !slices.Contains([]string{"pdf", "docx", "xlsx", "html", "csv", "md", "txt"}, row.Type) {
			continue
		}
		got, err := parseFile(t, filepath.Join(dir, row.File))
		if err != nil {
			t.Logf("%-5s %v", row.Type, err)
			continue
		}
		other := row.Truth
		if other == "" {
			other = row.Ref
		}
		if other == "" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, other))
		if err != nil {
			t.Fatal(err)
		}
		a, b := letters(got.Text), letters(string(raw))
		order := inOrder(a, b)
		recall, precision := anyOrder(a, b)
		t.Logf("%-5s in order %.3f  recall %.3f  precision %.3f  %s (%s)", row.Type, order, recall, precision, row.File, strings.SplitN(other, "/", 2)[0])
		s := sums[row.Type]
		sums[row.Type] = [3]float64{s[0] + 1, s[1] + recall, s[2] + precision}
	}
	var kinds []string
	for kind := range sums {
		kinds = append(kinds, kind)
	}
	sort.Strings(kinds)
	for _, kind := range kinds {
		s := sums[kind]
		t.Logf("mean of %2.0f %-5s recall %.3f  precision %.3f", s[0], kind, s[1]/s[0], s[2]/s[0])
	}
}

// TestQualityDocs parses a real documentation as it is.
func TestQualityDocs(t *testing.T) {
	dir := filepath.Join(sharedData(t), "docs")
	pages := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		doc, err := parseFile(t, path)
		if err != nil {
			t.Errorf("%v", err)
			return nil
		}
		if strings.Contains(doc.Text, "<td") || strings.Contains(doc.Text, "\n:::") {
			t.Errorf("%s: markup was left", path)
		}
		pages++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pages", pages)
}
