package train

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan/guard/indirect"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
	"wenyuan/internal/testenv"
)

type attacked struct{ Question, Context, Label, Attack, Category, Position, Task string }

// category joins the payloads of code, of which there are one or two in each category.
func (a attacked) category() string {
	if a.Task == "code" {
		return "code payloads"
	}
	return a.Category
}

func bipia(t testing.TB, dir string) (rows []attacked) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(bipiaFile)))
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row attacked
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// TestCategoriesLeftOut measures on BIPIA's contexts, which no model ever saw, by models that
// saw no instruction of the category either; and by one that saw nothing of BIPIA at all.
func TestCategoriesLeftOut(t *testing.T) {
	if testing.Short() {
		t.Skip("the test is to be short")
	}
	dir := testenv.NamedData(t)
	t.Parallel()
	r := indirectly()
	rows, _, err := r.rows(dir)
	if err != nil {
		t.Fatal(err)
	}
	test := bipia(t, dir)
	parts := map[string]map[string]bool{} // instructions of each category
	for _, a := range test {
		if a.Label == "attack" {
			if parts[a.category()] == nil {
				parts[a.category()] = map[string]bool{}
			}
			parts[a.category()][a.Attack] = true
		}
	}
	n, hit := map[string]int{}, map[string]int{}
	count := func(key string, is bool) {
		n[key]++
		if is {
			hit[key]++
		}
	}
	shipped := thresholdOf(t)
	for name, left := range parts {
		m := trainedWithout(t, r, rows, func(row Row) bool { return left[row.Text] })
		for _, a := range test {
			if a.Label == "attack" && a.category() == name {
				is := indirect.Score(m, a.Question, reading.Fold(a.Context)) >= shipped
				for _, key := range []string{"all", "category " + name, "position " + a.Position, "task " + a.Task} {
					count(key, is)
				}
			}
		}
	}
	m := trainedWithout(t, r, rows, func(row Row) bool { return row.Source == "BIPIA" })
	for _, a := range test {
		count("nothing of BIPIA seen, "+a.Label, indirect.Score(m, a.Question, reading.Fold(a.Context)) >= shipped)
	}
	for key := range n {
		t.Logf("%-44s %4d of %4d %.3f", key, hit[key], n[key], float64(hit[key])/float64(n[key]))
	}
	if got := float64(hit["all"]) / float64(n["all"]); got < 0.9 {
		t.Errorf("%.3f are caught of categories that were left out", got)
	}
}

func trainedWithout(t testing.TB, r Recipe, rows []Row, left func(Row) bool) *linear.Model {
	t.Helper()
	var rest []Row
	for _, row := range rows {
		if !left(row) {
			rest = append(rest, row)
		}
	}
	m, err := r.train(context.Background(), r.Spread(rest))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// thresholdOf is the threshold of the model that ships.
func thresholdOf(t testing.TB) float64 {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "indirect", "model.bin"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := linear.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return m.Thresholds[0]
}

func TestPutKeepsThePassage(t *testing.T) {
	t.Parallel()
	const passage = "One line.\nAnother one? Yes.\n\nThe last."
	for where := range 4 {
		for seed := uint64(1); seed < 40; seed++ {
			random := seed
			got, from, to := put("Sing!", passage, where, &random)
			if got[from:to] != "Sing!" {
				t.Fatalf("%d: %q stands in %q", where, got[from:to], got)
			}
			rest := strings.Join(strings.Fields(got[:from]+" "+got[to:]), " ")
			if rest != strings.Join(strings.Fields(passage), " ") {
				t.Fatalf("%d: %q is left of the passage", where, rest)
			}
		}
	}
}
