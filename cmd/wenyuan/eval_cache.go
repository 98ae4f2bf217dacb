package main

import (
	"errors"
	"fmt"
	"io"

	"wenyuan/eval"
)

type evalCacheCmd struct {
	File  string  `arg:"" help:"eval_pairs" type:"path"`
	Words bool    `help:"eval_cache_words"`
	Learn bool    `help:"eval_cache_learn"`
	Wrong float64 `help:"eval_cache_wrong" default:"0.01" placeholder:"SHARE"`
}

func (evalCacheCmd) Help() string {
	return "  $ wenyuan eval cache pairs.jsonl --json\n  $ wenyuan eval cache pairs.jsonl --words"
}

// Validate wants a share.
func (v *evalCacheCmd) Validate() error {
	if !(v.Wrong > 0 && v.Wrong < 1) {
		return errors.New("--wrong is a share over 0 and below 1, such as 0.01")
	}
	return nil
}

// Run measures how well answers serve questions that mean the same.
func (v *evalCacheCmd) Run(s *session) error {
	pairs, err := eval.LoadCachePairs(v.File)
	if err != nil {
		return err
	}
	o := eval.CacheOptions{Wrong: v.Wrong, Learn: v.Learn}
	if !v.Words {
		embedder, done, err := s.embedder()
		if err != nil {
			return err
		}
		defer done()
		o.Embedder = embedder
	}
	bars := s.progress()
	defer bars.end()
	o.Progress = bars.step
	report, err := eval.Cache(s.ctx, pairs, o)
	bars.end()
	if err != nil {
		return err
	}
	return s.give(report, func(w io.Writer) { writeCache(w, report) })
}

func writeCache(w io.Writer, r eval.CacheReport) {
	t := &table{}
	t.row("", "pairs", "hits", "hit rate", "wrong", "wrong hit rate", "95 %")
	write := func(name string, f *eval.CacheFigures) {
		ci := ""
		if f.WrongCI != nil {
			ci = fmt.Sprintf("%.4f-%.4f", f.WrongCI[0], f.WrongCI[1])
		}
		t.row(name, f.Pairs, f.Hits, fmt.Sprintf("%.4f", f.HitRate), f.Wrong, fmt.Sprintf("%.4f", f.WrongHitRate), ci)
	}
	write("all", &r.CacheFigures)
	for _, lang := range sortedKeys(r.By) {
		write(lang, r.By[lang])
	}
	write("equal strings", &r.Exact)
	t.line("")
	t.row("measure", r.Measure)
	t.row("p50", fmt.Sprintf("%.1f µs", r.P50))
	t.row("p99", fmt.Sprintf("%.1f µs", r.P99))
	t.write(w)
}
