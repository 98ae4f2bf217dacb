package pii

import (
	"cmp"
	"slices"
)

// A Row is one labelled text.
type Row struct {
	Text  string
	Lang  string // "en", "zh"; may be empty
	Spans []Labelled
}

// Labelled is one span that people labelled. Start and End are code points.
type Labelled struct {
	Type  string
	Start int
	End   int
}

// Counts are what was found and what was not.
type Counts struct {
	TP        int     `json:"tp"`
	FP        int     `json:"fp"`
	FN        int     `json:"fn"`
	Precision float64 `json:"precision"` // of what was found; 0 where nothing was
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// KindScore is the score of one kind. The counts take a span as found when both ends are
// right; Overlap when one code point is shared.
type KindScore struct {
	Counts
	Kind        string `json:"kind"` // our name for it
	Checksummed bool   `json:"checksummed"`
	Overlap     Counts `json:"overlap"`
}

// Report is how well personal data and secrets are found in labelled rows.
type Report struct {
	Rows    int                  `json:"rows"`
	Total   Counts               `json:"total"`   // over the kinds that are looked for
	Overlap Counts               `json:"overlap"` // the same, by overlap
	By      map[string]KindScore `json:"by"`      // by the rows' own names of the types
	Ignored map[string]int       `json:"ignored"` // labelled spans of types that are not looked for
}

// Score finds what is personal in each row and compares it with its labels. Only what has
// at least the score Threshold counts as found. What is found where a type is labelled that is not
// looked for counts neither as right nor as wrong when the two may well be one thing: a birth in a
// DATE_TIME. A name found in an organisation is wrong.
func Score(rows []Row) Report {
	s := scoring{by: map[string]*KindScore{}, ignored: map[string]int{}, names: typeNames(rows)}
	for _, row := range rows {
		s.row(row)
	}
	r := Report{Rows: len(rows), By: map[string]KindScore{}, Ignored: s.ignored}
	for name, k := range s.by {
		r.Total.add(k.Counts)
		r.Overlap.add(k.Overlap)
		k.Counts.rate()
		k.Overlap.rate()
		r.By[name] = *k
	}
	r.Total.rate()
	r.Overlap.rate()
	return r
}

type scoring struct {
	by      map[string]*KindScore
	ignored map[string]int
	names   map[string]string // of each of our kinds: the rows' most frequent name for it
}

// typeNames gives for each kind the name that most labels use for it.
func typeNames(rows []Row) map[string]string {
	counts := map[string]int{}
	for _, row := range rows {
		for _, l := range row.Spans {
			counts[l.Type]++
		}
	}
	names := map[string]string{}
	for name, n := range counts {
		best, ok := names[Alias(name)]
		if c := cmp.Or(cmp.Compare(n, counts[best]), cmp.Compare(best, name)); !ok || c > 0 {
			names[Alias(name)] = name
		}
	}
	return names
}

func (s *scoring) of(name string) *KindScore {
	k, ok := s.by[name]
	if !ok {
		kind, _ := known(Alias(name))
		k = &KindScore{Kind: kind.Name, Checksummed: kind.Checksummed}
		s.by[name] = k
	}
	return k
}

func (s *scoring) row(row Row) {
	found := slices.DeleteFunc(Find(row.Text), func(f Span) bool { return f.Score < Threshold })
	exact, near := make([]bool, len(found)), make([]bool, len(found))
	for _, l := range row.Spans {
		kind, ok := known(Alias(l.Type))
		if !ok {
			s.ignored[l.Type]++
			continue
		}
		k := s.of(l.Type)
		k.count(
			claim(found, exact, func(f Span) bool { return f.Kind == kind.Name && f.Start == l.Start && f.End == l.End }),
			claim(found, near, func(f Span) bool { return f.Kind == kind.Name && f.Start < l.End && l.Start < f.End }))
	}
	for i, f := range found {
		if excused(f, row.Spans) {
			continue
		}
		k := s.of(cmp.Or(s.names[f.Kind], f.Kind))
		if !exact[i] {
			k.FP++
		}
		if !near[i] {
			k.Overlap.FP++
		}
	}
}

// count counts one label.
func (k *KindScore) count(exact, near bool) {
	for _, c := range []struct {
		ok     bool
		counts *Counts
	}{{exact, &k.Counts}, {near, &k.Overlap}} {
		if c.ok {
			c.counts.TP++
		} else {
			c.counts.FN++
		}
	}
}

// claim marks the spans that answer a label, and says whether one does. In the count by
// overlap one long span may answer several labels, and several spans one.
func claim(found []Span, used []bool, fits func(Span) bool) bool {
	any := false
	for i, f := range found {
		if fits(f) {
			used[i], any = true, true
		}
	}
	return any
}

// excused says whether what was found lies only where a type is labelled that is not looked
// for, and may be the same thing.
func excused(f Span, labels []Labelled) bool {
	wider := false
	for _, l := range labels {
		if f.Start >= l.End || l.Start >= f.End {
			continue
		}
		if _, ours := known(Alias(l.Type)); ours {
			return false
		}
		wider = true
	}
	return wider && f.Kind != "PERSON"
}

func (c *Counts) add(o Counts) { c.TP, c.FP, c.FN = c.TP+o.TP, c.FP+o.FP, c.FN+o.FN }

func (c *Counts) rate() {
	c.Precision = ratio(c.TP, c.TP+c.FP)
	c.Recall = ratio(c.TP, c.TP+c.FN)
	c.F1 = ratio(2*c.TP, 2*c.TP+c.FP+c.FN)
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
