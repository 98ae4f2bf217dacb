package extract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/index/analysis"
	"wenyuan/internal/testenv"
	"wenyuan/retrieve/question"
)

// A trial is a question with passages that hold its answer, or near misses alone.
type trial struct {
	query   string
	answers []string
	texts   []string
	holds   bool
}

// chunk cuts a text at sentences into pieces of about size code points.
func chunk(text string, size int) (out []string) {
	runes := []rune(text)
	from, to := 0, 0
	for _, s := range check.Sentences(text) {
		if s.End-from > size && to > from {
			out = append(out, string(runes[from:to]))
			from = s.Start
		}
		to = s.End
	}
	if to > from {
		out = append(out, string(runes[from:to]))
	}
	return out
}

// trials makes two trials of each question of a set: the piece of the paragraph that holds
// the answer among near misses, and near misses alone. The near misses are those pieces of
// all paragraphs that have most of the question's words.
func trials(t *testing.T, dir, set string, size, step int) (out []trial) {
	type row struct {
		ID      string `json:"_id"`
		Text    string
		Answers []string
	}
	type piece struct {
		doc, text string
		terms     map[string]bool
	}
	var pieces []piece
	df := map[string]int{}
	for _, d := range testenv.Rows[row](t, filepath.Join(dir, set, "corpus.jsonl")) {
		for _, c := range chunk(d.Text, size) {
			p := piece{d.ID, c, map[string]bool{}}
			for _, term := range analysis.Terms(c) {
				p.terms[term] = true
			}
			for term := range p.terms {
				df[term]++
			}
			pieces = append(pieces, p)
		}
	}
	gold := map[string]string{}
	b, _ := os.ReadFile(filepath.Join(dir, set, "qrels.tsv"))
	for l := range strings.Lines(string(b)) {
		f := strings.Split(l, "\t")
		gold[f[0]] = f[1]
	}
	for i, q := range testenv.Rows[row](t, filepath.Join(dir, set, "queries.jsonl")) {
		if i%step != 0 || len(q.Answers) == 0 {
			continue
		}
		type scored struct {
			i int
			s float64
		}
		var ranked []scored
		terms := analysis.Terms(q.Text)
		for k, p := range pieces {
			s := 0.0
			for _, term := range terms {
				if p.terms[term] {
					s += 1 / float64(1+df[term])
				}
			}
			ranked = append(ranked, scored{k, s})
		}
		slices.SortStableFunc(ranked, func(a, b scored) int { return cmp.Compare(b.s, a.s) })
		var with, without []string
		for _, r := range ranked {
			p := pieces[r.i]
			holds := slices.ContainsFunc(q.Answers, func(a string) bool { return strings.Contains(p.text, a) })
			switch {
			case holds && p.doc == gold[q.ID]:
				with = append(with, p.text)
			case !holds && len(without) < 5:
				without = append(without, p.text)
			}
		}
		if len(with) == 0 {
			continue
		}
		chance := rand.New(rand.NewPCG(1, uint64(i)))
		n := chance.IntN(5)
		mixed := append([]string{with[0]}, without[:n]...)
		if len(with) > 1 && n < 4 {
			mixed = append(mixed, with[1])
		}
		chance.Shuffle(len(mixed), func(a, b int) { mixed[a], mixed[b] = mixed[b], mixed[a] })
		out = append(out, trial{q.Text, q.Answers, mixed, true}, trial{q.Text, q.Answers, without, false})
	}
	return out
}

// measure makes the sentences of a trial with their traits.
func (tr trial) measure() (w *weigher, units []unit, all []traits) {
	var ps []wenyuan.Passage
	for _, x := range tr.texts {
		ps = append(ps, wenyuan.Passage{Text: x, End: len([]rune(x))})
	}
	q := question.Parse(tr.query, nil)
	units = unitsOf(ps)
	score(q, ps, units)
	if w = weigherOf(tr.query, ps, units); !w.typed() {
		return w, nil, nil
	}
	for i := range units {
		all = append(all, w.traits(i))
	}
	return w, units, all
}

// TestLearn writes the weights, learned on sets whose licence allows it:
//
//	WENYUAN_LEARN=weights.json go test ./answer/extract -run Learn -v
func TestLearn(t *testing.T) {
	path := os.Getenv("WENYUAN_LEARN")
	if path == "" {
		t.Skip("WENYUAN_LEARN names no file to write")
	}
	dir := filepath.Join(os.Getenv("WENYUAN_SHARED_DATA"), "retrieval")
	var f fitting
	for _, tr := range slices.Concat(trials(t, dir, "cmrc_dev", 150, 3), trials(t, dir, "drcd_dev_slice", 150, 2), trials(t, dir, "xquad_en", 300, 1), trials(t, dir, "xquad_zh", 120, 1)) {
		w, units, all := tr.measure()
		for i, u := range units {
			if u.role.answers() && !u.empty {
				f.add(w.asked, all[i], tr.holds && slices.ContainsFunc(tr.answers, func(a string) bool { return strings.Contains(u.text, a) }))
			}
		}
	}
	b, err := json.Marshal(f.fit())
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte("],"), []byte("],\n"))
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sentences", len(f.y))
}

// A fitting is a logistic regression with one set of weights for all sorts of things asked
// for, and one for each sort that departs from it as little as pays (a ridge), by Newton's method.
type fitting struct {
	x []traits
	a []asked
	y []float64
}

func (f *fitting) add(a asked, x traits, yes bool) {
	f.x, f.a, f.y = append(f.x, x), append(f.a, a), append(f.y, one(yes))
}

const (
	wide  = numTraits * (int(askedKinds) + 1)
	ridge = 2e-4
)

func (f *fitting) fit() (out [askedKinds]traits) {
	var b [wide]float64
	for range 20 {
		var g [wide]float64
		var h [wide][wide]float64
		for i := range b {
			g[i] = ridge * float64(len(f.y)) * b[i]
			h[i][i] = ridge * float64(len(f.y))
		}
		for n := range f.y {
			var at [2 * numTraits]int
			z := 0.0
			for k := range numTraits {
				at[k], at[numTraits+k] = k, numTraits*(int(f.a[n])+1)+k
				z += f.x[n][k] * (b[at[k]] + b[at[numTraits+k]])
			}
			p := 1 / (1 + math.Exp(-z))
			for i, row := range at {
				xi := f.x[n][i%numTraits]
				g[row] += (p - f.y[n]) * xi
				for j, column := range at {
					h[row][column] += p * (1 - p) * xi * f.x[n][j%numTraits]
				}
			}
		}
		solve(&h, &g)
		for i := range b {
			b[i] -= g[i]
		}
	}
	for a := range out {
		for k := range numTraits {
			out[a][k] = math.Round(1000*(b[k]+b[numTraits*(a+1)+k])) / 1000
		}
	}
	return out
}

// solve puts into g what h times it is g, by elimination; h is positive definite.
func solve(h *[wide][wide]float64, g *[wide]float64) {
	for i := range wide {
		for r := i + 1; r < wide; r++ {
			m := h[r][i] / h[i][i]
			for c := i; c < wide; c++ {
				h[r][c] -= m * h[i][c]
			}
			g[r] -= m * g[i]
		}
	}
	for i := wide - 1; i >= 0; i-- {
		for c := i + 1; c < wide; c++ {
			g[i] -= h[i][c] * g[c]
		}
		g[i] /= h[i][i]
	}
}
