package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"wenyuan/dataset/attack"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/stat"
)

// confidence of what is shown; the verdicts hang on the policy's alpha.
const confidence = 0.95

// A result is how one version did on one set: by item.
type result struct {
	run     string
	answers []record.Answered
	byID    map[string]record.Answered
}

func resultOf(run string, answers []record.Answered) *result {
	r := &result{run, answers, make(map[string]record.Answered, len(answers))}
	for _, a := range answers {
		r.byID[a.Item.ID] = a
	}
	return r
}

// side counts.
func (r *result) side() Side {
	s := Side{Run: r.run, N: len(r.answers)}
	for _, a := range r.answers {
		s.Score += a.Score
		if a.Right {
			s.Right++
		}
		if a.Refused {
			s.Refused++
		}
		if a.Broken != "" {
			s.Broken++
		}
	}
	if s.N > 0 {
		s.Share, s.Score = float64(s.Right)/float64(s.N), s.Score/float64(s.N)
	}
	s.Interval = stat.Wilson(s.Right, s.N, confidence)
	return s
}

// paired gives the items that both answered, in the order of the first.
func paired(a, b *result, each func(a, b record.Answered)) {
	for _, x := range a.answers {
		if y, ok := b.byID[x.Item.ID]; ok {
			each(x, y)
		}
	}
}

// A judging is one part with what was answered.
type judging struct {
	Policy
	part                   Part
	subject, against, base *result // nil: there is none
	clean, cleanBefore     map[string]record.Answered
	out                    PartReport
}

// judge says what came out of a part.
func (j *judging) judge() PartReport {
	j.out = PartReport{Name: j.part.Name, Set: j.part.Set, Margin: j.part.Margin, Verdict: stat.Pass, Why: []string{}, Subject: j.subject.side()}
	if len(j.subject.answers) == 0 {
		j.because(stat.TooFew, "no item of the set could be asked")
		return j.out
	}
	j.floors()
	j.compare()
	j.forgetting()
	j.dropping()
	j.slices()
	if len(j.out.Why) == 0 {
		j.because(stat.TooFew, "there is nothing to compare with, and no floor")
	}
	return j.out
}

// because adds a reason. The worst verdict of all reasons holds.
func (j *judging) because(v stat.Verdict, why string) {
	j.out.Why = append(j.out.Why, why)
	if v == stat.Fail || v == stat.TooFew && j.out.Verdict == stat.Pass {
		j.out.Verdict = v
	}
}

func points(x float64) string { return fmt.Sprintf("%.1f", 100*x) }

// floors are what holds whatever it is compared with.
func (j *judging) floors() {
	s := j.out.Subject
	if broken := float64(s.Broken) / float64(s.N); broken > j.part.MaxBroken {
		j.because(stat.Fail, fmt.Sprintf("%d of %d answers are none at all: empty, failed, garbled or the same words over and over", s.Broken, s.N))
	}
	switch {
	case j.part.Floor == 0:
	case s.Share < j.part.Floor:
		j.because(stat.Fail, fmt.Sprintf("%s %% right, below the floor of %s %%", points(s.Share), points(j.part.Floor)))
	default:
		j.because(stat.Pass, fmt.Sprintf("%s %% right, above the floor of %s %%", points(s.Share), points(j.part.Floor)))
	}
}

// compare looks whether it is no worse than what is in use.
func (j *judging) compare() {
	if j.against == nil {
		return
	}
	side := j.against.side()
	j.out.Against = &side
	p, f, scores := j.tested(j.against, j.part.Margin)
	j.out.Pairs, j.out.Difference, j.out.Scores = &p, &f, scores
	paired(j.subject, j.against, func(a, b record.Answered) {
		if a.Right != b.Right {
			j.out.Changed = append(j.out.Changed, Change{a.Item.ID, a.Item.Slice, b.Right})
		}
	})
	slices.SortStableFunc(j.out.Changed, func(a, b Change) int { return cmp.Compare(bit(b.Was), bit(a.Was)) })
	j.out.Changed = j.out.Changed[:min(len(j.out.Changed), 200)]
	j.out.Needs = f.Needs
	switch f.Verdict {
	case stat.Pass:
		j.because(stat.Pass, fmt.Sprintf("shown to be no more than %s points worse than before: %s points, p = %.2g", points(j.part.Margin), signed(f.Difference), f.P))
	case stat.TooFew:
		j.because(stat.TooFew, fmt.Sprintf("%s points beside before, and too few items to tell whether that is within %s: %d more would be needed", signed(f.Difference), points(j.part.Margin), f.Needs))
	default:
		j.because(stat.Fail, fmt.Sprintf("%s points beside before, not shown to be within %s", signed(f.Difference), points(j.part.Margin)))
	}
}

func signed(x float64) string { return fmt.Sprintf("%+.1f", 100*x) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// forgetting looks whether it still knows what its base knew.
func (j *judging) forgetting() {
	if j.base == nil || j.part.Forget == 0 {
		return
	}
	side := j.base.side()
	j.out.Base = &side
	_, f, _ := j.tested(j.base, j.part.Forget)
	j.out.Forgetting = &f
	switch f.Verdict {
	case stat.Pass:
		j.because(stat.Pass, fmt.Sprintf("shown to have forgotten no more than %s points of what its base knew: %s points", points(j.part.Forget), signed(f.Difference)))
	case stat.TooFew:
		j.because(stat.TooFew, fmt.Sprintf("%s points beside its base, and too few items to tell whether more than %s points are forgotten: %d more would be needed", signed(f.Difference), points(j.part.Forget), f.Needs))
		j.out.Needs = max(j.out.Needs, f.Needs)
	default:
		j.because(stat.Fail, fmt.Sprintf("%s points beside its base: what that knew is forgotten", signed(f.Difference)))
	}
}

// tested compares with another version on the same items: by what was right, or, where answers are
// graded, by the average score and its bootstrap interval.
func (j *judging) tested(other *result, margin float64) (p stat.Pairs, f stat.Finding, scores *stat.Interval) {
	var differences []float64
	graded := false
	paired(j.subject, other, func(a, b record.Answered) {
		p.Add(a.Right, b.Right)
		differences = append(differences, a.Score-b.Score)
		graded = graded || a.Item.Scorer == item.Reference || a.Item.Scorer == item.Supported
	})
	rule := stat.Rule{Margin: margin, Alpha: j.Alpha, Power: j.Power}
	f = stat.Judge(p, rule)
	if len(differences) >= 2 {
		i := stat.Bootstrap(differences, confidence, 0, 1)
		scores = &i
	}
	if graded && len(differences) >= 2 {
		f = gradedFinding(differences, f, rule)
	}
	return p, f, scores
}

// gradedFinding judges by average scores. What is worse by the share of right answers too is worse: an
// average moves little where many answers just miss being right.
func gradedFinding(d []float64, f stat.Finding, r stat.Rule) stat.Finding {
	mean, square := 0.0, 0.0
	for _, x := range d {
		mean, square = mean+x, square+x*x
	}
	n := float64(len(d))
	mean /= n
	if f.Verdict == stat.Fail {
		return f
	}
	f.Difference, f.Interval = mean, stat.Bootstrap(d, 1-2*r.Alpha, 0, 2)
	// The spread is taken as that of the scores, a little more so that a handful that agree is not proof.
	f.Planned = stat.Needed((square+1)/(n+2), 0, r)
	f.Needs = 0
	switch {
	case f.Interval.Low > -r.Margin && len(d) >= min(f.Planned, 20):
		f.Verdict = stat.Pass
	case f.Interval.High < -r.Margin || len(d) >= f.Planned:
		f.Verdict = stat.Fail
	default:
		f.Verdict, f.Needs = stat.TooFew, f.Planned-len(d)
	}
	f.P = 0 // the interval says it
	return f
}

// dropping looks at what an attack takes away.
func (j *judging) dropping() {
	drop, n := dropOf(j.subject, j.clean)
	if n == 0 {
		return
	}
	j.out.Drop = &drop
	if j.against != nil {
		if before, n := dropOf(j.against, j.cleanBefore); n > 0 {
			j.out.DropBefore = &before
		}
	}
	switch {
	case j.part.MaxDrop == 0:
	case drop > j.part.MaxDrop:
		j.because(stat.Fail, fmt.Sprintf("attacks take away %s %% of what is right without them, more than %s %%", points(drop), points(j.part.MaxDrop)))
	default:
		j.because(stat.Pass, fmt.Sprintf("attacks take away %s %% of what is right without them, at most %s %% may", points(drop), points(j.part.MaxDrop)))
	}
}

// dropOf is the performance drop rate over the items that were asked with and without attack.
func dropOf(r *result, clean map[string]record.Answered) (drop float64, n int) {
	var with, without int
	for _, a := range r.answers {
		c, ok := clean[a.Item.Of]
		if a.Item.Of == "" || !ok {
			continue
		}
		n++
		with, without = with+bit(a.Right), without+bit(c.Right)
	}
	if n == 0 {
		return 0, 0
	}
	return attack.Drop(float64(without)/float64(n), float64(with)/float64(n)), n
}

// slices tells the groups apart.
func (j *judging) slices() {
	by := map[string]*Slice{}
	at := func(name string) *Slice {
		if by[name] == nil {
			by[name] = &Slice{Name: name}
		}
		return by[name]
	}
	rights := map[string]int{}
	for _, a := range j.subject.answers {
		s := at(a.Item.Slice)
		s.N++
		rights[s.Name] += bit(a.Right)
	}
	before := map[string]int{}
	if j.against != nil {
		paired(j.subject, j.against, func(a, b record.Answered) {
			at(a.Item.Slice).Pairs.Add(a.Right, b.Right)
			before[a.Item.Slice] += bit(b.Right)
		})
	}
	var ps []float64
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := by[name]
		s.Share = float64(rights[name]) / float64(s.N)
		if n := s.Pairs.N(); n > 0 {
			share := float64(before[name]) / float64(n)
			s.Before = &share
		}
		ps = append(ps, stat.McNemar(s.Pairs))
		j.out.Slices = append(j.out.Slices, *s)
	}
	if j.against != nil {
		for i, p := range stat.Holm(ps) {
			j.out.Slices[i].P = p
		}
	}
}

// leftOut is the report of a part without a set.
func leftOut(t Part) PartReport {
	j := &judging{out: PartReport{Name: t.Name, Verdict: LeftOut, Margin: t.Margin}}
	j.because(LeftOut, "no set was named for it")
	return j.out
}

// overall is the verdict of all parts.
func overall(parts []PartReport) stat.Verdict {
	v, any := stat.Pass, false
	for _, p := range parts {
		switch p.Verdict {
		case stat.Fail:
			return stat.Fail
		case stat.TooFew:
			v = stat.TooFew
		}
		any = any || p.Verdict != LeftOut
	}
	if !any {
		return stat.TooFew
	}
	return v
}
