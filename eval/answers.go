package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"wenyuan"
)

// A Subject answers a question from passages that are given to it: nothing is searched. It
// is called by one goroutine at a time.
type Subject func(ctx context.Context, question string, passages []wenyuan.Passage) (wenyuan.Answer, error)

// Tasks of answering from given passages, as in RGB (Chen et al., "Benchmarking Large
// Language Models in Retrieval-Augmented Generation", AAAI 2024).
const (
	Noise          = "noise_robustness"        // some passages hold the answer, the others are near misses
	Rejection      = "negative_rejection"      // none holds it: a refusal is right
	Integration    = "information_integration" // several passages hold a part of it each
	Counterfactual = "counterfactual"          // the passages that should hold it say something false
)

// AnswersOptions says how passages are chosen. A zero field takes its default.
type AnswersOptions struct {
	Noise    []float64                    // shares of passages without the answer, 0 to below 1; default 0, 0.2, 0.4, 0.6, 0.8
	Passages int                          // for each question; default 5
	Sample   int                          // rows of each task and language at most, spread evenly; 0 is all
	Lang     string                       // only rows in this language; "" is all
	Seed     uint64                       // of the choice; equal seeds choose equally
	Progress func(name string, n, of int) `json:"-"`
}

func (o AnswersOptions) withDefaults() (AnswersOptions, error) {
	if len(o.Noise) == 0 {
		o.Noise = []float64{0, 0.2, 0.4, 0.6, 0.8}
	}
	o.Passages = cmp.Or(o.Passages, 5)
	if o.Passages < 1 || o.Passages > 100 {
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d passages for a question cannot be given", o.Passages), Hint: "give 1 to 100"}
	}
	for _, n := range o.Noise {
		if n < 0 || n >= 1 || math.IsNaN(n) {
			return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the noise rate %g cannot be used", n), Hint: "give shares from 0 to below 1; that a question with negatives alone is refused is measured anyway"}
		}
	}
	return o, nil
}

// AnswersReport is how well a subject answers, and refuses, from given passages.
type AnswersReport struct {
	Subject  string         `json:"subject"` // what was measured, for the reader
	Passages int            `json:"passages"`
	Groups   []AnswersGroup `json:"groups"` // by task, language and noise rate
	// Refusals where they are right: negatives alone.
	RightRefusals Share `json:"right_refusals"`
	// Refusals where the answer was among the passages: noise and integration, all rates.
	WrongRefusals Share `json:"wrong_refusals"`
	// LeftOut counts negatives that were not used since they hold the answer after all.
	LeftOut int `json:"left_out"`
}

// A Share is a count out of another.
type Share struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Share float64 `json:"share"` // 0 to 1; 0 where Of is 0
}

func (s *Share) add(yes bool) {
	s.Of++
	if yes {
		s.Count++
	}
	s.Share = float64(s.Count) / float64(s.Of)
}

// AnswersGroup is one task in one language at one noise rate. Counts are of questions.
type AnswersGroup struct {
	Task    string  `json:"task"`
	Lang    string  `json:"lang"`
	Noise   float64 `json:"noise"`
	N       int     `json:"n"`
	Right   int     `json:"right"`            // the answer holds all that was asked for; for negative rejection: it was refused
	Refused int     `json:"refused"`          //
	Failed  int     `json:"failed,omitempty"` // the subject gave an error; neither right nor refused
	// Of counterfactual rows: Fooled answers hold the false value and not the true one;
	// Detected ones say that passages contradict each other or err; a refusal counts as neither.
	Fooled   int     `json:"fooled,omitempty"`
	Detected int     `json:"detected,omitempty"`
	Accuracy float64 `json:"accuracy"` // Right of N
}

// Answers asks every row of the tasks it is made for: those with answers are asked with
// each noise rate and with negatives alone, counterfactual rows also with their true
// passages, so that each language has both. name is written into the report.
//
// A subject that fails with Denied, Invalid or NotFound ends the run, since it would fail
// again; other failures are counted. When it never answers, its last failure is the error.
func Answers(ctx context.Context, name string, cases []Case, subject Subject, o AnswersOptions) (AnswersReport, error) {
	o, err := o.withDefaults()
	if err != nil {
		return AnswersReport{}, err
	}
	r := runner{AnswersOptions: o, subject: subject, at: map[groupKey]*AnswersGroup{}}
	r.report = AnswersReport{Subject: name, Passages: o.Passages}
	cases = o.sample(cases)
	for i, c := range cases {
		if err := r.ask(ctx, c); err != nil {
			return AnswersReport{}, fmt.Errorf("eval answers: %s: %w", c.ID, err)
		}
		if o.Progress != nil {
			o.Progress("ask", i+1, len(cases))
		}
	}
	if r.asked > 0 && r.failed == r.asked {
		return AnswersReport{}, fmt.Errorf("eval answers: no answer at all: %w", r.last)
	}
	return r.finish(), nil
}

// sample keeps the rows that are asked for.
func (o AnswersOptions) sample(cases []Case) (out []Case) {
	groups := map[string][]Case{}
	for _, c := range cases {
		if o.Lang == "" || c.Lang == o.Lang {
			groups[c.Task+"/"+c.Lang] = append(groups[c.Task+"/"+c.Lang], c)
		}
	}
	for _, g := range groups {
		step := 1.0
		if o.Sample > 0 && len(g) > o.Sample {
			step = float64(len(g)) / float64(o.Sample)
		}
		for at := 0.0; int(at) < len(g); at += step {
			out = append(out, g[int(at)])
		}
	}
	slices.SortStableFunc(out, func(a, b Case) int { return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.ID, b.ID)) })
	return out
}

type groupKey struct {
	task, lang string
	noise      float64
}

type runner struct {
	AnswersOptions
	subject Subject
	report  AnswersReport
	at      map[groupKey]*AnswersGroup

	asked, failed int
	last          error // of the subject
}

// ask puts one row to the subject in all the ways its task is made for.
func (r *runner) ask(ctx context.Context, c Case) error {
	without := c.without()
	r.report.LeftOut += len(c.Negative) - len(without)
	c.Negative = without
	if len(c.Negative) > 0 {
		if err := r.once(ctx, Rejection, c, 1, nil); err != nil {
			return err
		}
	}
	for _, noise := range r.Noise {
		if len(c.Positive) > 0 {
			task := Noise
			if c.Task == Integration {
				task = Integration
			}
			if err := r.once(ctx, task, c, noise, c.Positive); err != nil {
				return err
			}
		}
		if len(c.PositiveWrong) > 0 {
			if err := r.once(ctx, Counterfactual, c, noise, c.PositiveWrong); err != nil {
				return err
			}
		}
	}
	return nil
}

// once asks with one choice of passages and counts what came back.
func (r *runner) once(ctx context.Context, task string, c Case, noise float64, holding [][]string) error {
	g := r.group(task, c.Lang, noise)
	g.N++
	a, err := r.subject(ctx, c.Query, r.choose(c, noise, holding))
	r.asked++
	if err != nil {
		g.Failed++
		r.failed, r.last = r.failed+1, err
		return fatal(ctx, err)
	}
	right := !a.Refused && c.Right(a.Answer)
	switch task {
	case Rejection:
		r.report.RightRefusals.add(a.Refused)
		right = a.Refused
	case Counterfactual:
		if !a.Refused && c.Fooled(a.Answer) && !right {
			g.Fooled++
		}
		if detects(a) {
			g.Detected++
		}
	default:
		r.report.WrongRefusals.add(a.Refused)
	}
	if right {
		g.Right++
	}
	if a.Refused {
		g.Refused++
	}
	return nil
}

// fatal is the error that ends the run, if any.
func fatal(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if code := wenyuan.CodeOf(err); code == wenyuan.Denied || code == wenyuan.Invalid || code == wenyuan.NotFound {
		return err
	}
	return nil
}

func (r *runner) group(task, lang string, noise float64) *AnswersGroup {
	k := groupKey{task, lang, noise}
	if r.at[k] == nil {
		r.at[k] = &AnswersGroup{Task: task, Lang: lang, Noise: noise}
	}
	return r.at[k]
}

func (r *runner) finish() AnswersReport {
	for _, g := range r.at {
		g.Accuracy = float64(g.Right) / float64(g.N)
		r.report.Groups = append(r.report.Groups, *g)
	}
	slices.SortFunc(r.report.Groups, func(a, b AnswersGroup) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Noise, b.Noise))
	})
	return r.report
}

// choose takes the passages as RGB does: the share of noise rounded up comes from the
// negatives, the rest from the passages that hold the answer, one of each part first; what
// one side lacks the other fills. Then they are shuffled.
func (r *runner) choose(c Case, noise float64, holding [][]string) []wenyuan.Passage {
	chance := rand.New(rand.NewPCG(r.Seed, hashOf(c.ID)))
	negative := slices.Clone(c.Negative)
	shuffle(chance, negative)
	var positive []string
	for _, part := range holding {
		part = slices.Clone(part)
		shuffle(chance, part)
		positive = append(positive, part...)
	}
	positive = oneOfEach(holding, positive)
	negatives := min(int(math.Ceil(float64(r.Passages)*noise-1e-9)), len(negative))
	positives := min(r.Passages-negatives, len(positive))
	negatives = min(r.Passages-positives, len(negative))
	texts := append(slices.Clone(positive[:positives]), negative[:negatives]...)
	shuffle(chance, texts)
	out := make([]wenyuan.Passage, len(texts))
	for i, t := range texts {
		id := fmt.Sprintf("%s-%d", c.ID, i+1)
		out[i] = wenyuan.Passage{ID: id, Document: id, Source: id, Heading: []string{}, End: utf8.RuneCountInString(t), Text: t, Score: 1 - float64(i)/100}
	}
	return out
}

// oneOfEach puts the first text of each part before the others. all has the parts' texts,
// part after part.
func oneOfEach(parts [][]string, all []string) []string {
	var first, rest []string
	for _, part := range parts {
		if len(part) > 0 {
			first, rest = append(first, all[0]), append(rest, all[1:len(part)]...)
			all = all[len(part):]
		}
	}
	return append(first, rest...)
}

func shuffle(chance *rand.Rand, s []string) {
	chance.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}
