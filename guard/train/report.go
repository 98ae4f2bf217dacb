package train

import (
	"cmp"
	"context"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"sync"

	"wenyuan/guard/linear"
)

// A Report says what a model was made of and how good it is on rows that it did not see.
type Report struct {
	Model   linear.Head `json:"model"`
	Figures []Figure    `json:"figures"`
}

// A Figure is how many rows of one sort reach the threshold.
type Figure struct {
	How    string  `json:"how"`    // "cross-validated", "source left out", "held out"
	Class  string  `json:"class"`  // whose threshold
	Label  string  `json:"label"`  // "attack": rows that have the class; "benign": rows that have none
	Source string  `json:"source"` // or "all"
	Lang   string  `json:"lang"`   // or "all"
	Rows   int     `json:"rows"`
	Caught int     `json:"caught"`
	Rate   float64 `json:"rate"`
	Low    float64 `json:"low"` // Wilson's interval at 95 %
	High   float64 `json:"high"`
}

const folds = 10

// cross scores every row by a model that saw neither it nor a row of its family.
func (r Recipe) cross(ctx context.Context, rows []Row, o Options) ([][]float64, error) {
	fold := make([]int, len(rows))
	for i, row := range rows {
		family := row.Family
		if family == "" {
			family = row.Source + strconv.Itoa(i)
		}
		h := fnv.New32a()
		h.Write([]byte(family))
		fold[i] = int(h.Sum32()>>7) % folds
	}
	return r.without(ctx, "cross-validation", rows, fold, folds, o)
}

// without trains one model for each part on all rows but those of the part, two at a time,
// and scores the part by it.
func (r Recipe) without(ctx context.Context, what string, rows []Row, part []int, parts int, o Options) ([][]float64, error) {
	scores, errs := make([][]float64, len(rows)), make([]error, parts)
	var wait sync.WaitGroup
	var mu sync.Mutex
	done, slots := 0, make(chan struct{}, 2)
	for p := range parts {
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			errs[p] = r.part(ctx, rows, part, p, scores)
			mu.Lock()
			defer mu.Unlock()
			done++
			o.Progress(r.Name+" "+what, done, parts)
		}()
	}
	wait.Wait()
	return scores, cmp.Or(errs...)
}

func (r Recipe) part(ctx context.Context, rows []Row, part []int, p int, scores [][]float64) error {
	var seen, unseen []Row
	var at []int
	for i, row := range rows {
		if part[i] == p {
			unseen, at = append(unseen, row), append(at, i)
		} else {
			seen = append(seen, row)
		}
	}
	if len(unseen) == 0 || len(seen) == 0 {
		return nil
	}
	m, err := r.train(ctx, seen)
	if err != nil {
		return err
	}
	for i, s := range r.score(m, unseen) {
		scores[at[i]] = s
	}
	return nil
}

// leaveOut adds the figures of each source by a model that saw nothing of it.
func (r Recipe) leaveOut(ctx context.Context, rows []Row, report *Report, o Options) error {
	var names []string
	part := make([]int, len(rows))
	for i, row := range rows {
		if part[i] = slices.Index(names, row.Source); part[i] < 0 {
			part[i] = len(names)
			names = append(names, row.Source)
		}
	}
	scores, err := r.without(ctx, "leaving sources out", rows, part, len(names), o)
	if err != nil {
		return err
	}
	report.Figures = append(report.Figures, r.figures("source left out", rows, scores, report.Model.Thresholds)...)
	return nil
}

// thresholds are the scores that no more than the allowed share of benign rows reaches.
func (r Recipe) thresholds(rows []Row, scores [][]float64) []float64 {
	at := make([]float64, len(r.Train.Classes))
	for c := range at {
		var benign []float64
		for i, row := range rows {
			if len(row.Class) == 0 && scores[i] != nil && (r.Ordinary == nil || r.Ordinary(row)) {
				benign = append(benign, scores[i][c])
			}
		}
		at[c] = 0.5
		if len(benign) > 0 {
			slices.Sort(benign)
			at[c] = benign[max(0, len(benign)-1-int(r.FalseAlarms*float64(len(benign))))]
		}
		at[c] = math.Ceil(at[c]*1e4+1) / 1e4
	}
	return at
}

// figures counts by class, and by source and language within it.
func (r Recipe) figures(how string, rows []Row, scores [][]float64, at []float64) (out []Figure) {
	for c, class := range r.Train.Classes {
		by := map[Figure]*Figure{}
		for i, row := range rows {
			label := "benign"
			if slices.Contains(row.Class, class) {
				label = "attack"
			} else if len(row.Class) > 0 {
				continue
			}
			if scores[i] == nil {
				continue
			}
			for _, key := range []Figure{{Source: "all", Lang: "all"}, {Source: "all", Lang: row.Lang}, {Source: row.Source, Lang: "all"}} {
				key.How, key.Class, key.Label = how, class, label
				if by[key] == nil {
					f := key
					by[key] = &f
				}
				by[key].Rows++
				if scores[i][c] >= at[c] {
					by[key].Caught++
				}
			}
		}
		found := make([]Figure, 0, len(by))
		for _, f := range by {
			f.interval()
			found = append(found, *f)
		}
		slices.SortFunc(found, func(a, b Figure) int {
			return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Lang, b.Lang))
		})
		out = append(out, found...)
	}
	return out
}

// interval is Wilson's (1927) at 95 %.
func (f *Figure) interval() {
	const z = 1.959964
	n, p := float64(f.Rows), float64(f.Caught)/float64(f.Rows)
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	f.Rate, f.Low, f.High = p, max(0, (mid-half)/(1+z*z/n)), min(1, (mid+half)/(1+z*z/n))
}
