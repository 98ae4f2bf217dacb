package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"wenyuan"
	"wenyuan/eval"
	"wenyuan/gateway"
	"wenyuan/index"
)

type evalCmd struct {
	Retrieval evalRetrievalCmd `cmd:"" help:"eval_retrieval"`
	Support   evalSupportCmd   `cmd:"" help:"eval_support"`
	Answers   evalAnswersCmd   `cmd:"" help:"eval_answers"`
	Judge     evalJudgeCmd     `cmd:"" help:"eval_judge"`
	Cache     evalCacheCmd     `cmd:"" help:"eval_cache"`
	Run       evalRunCmd       `cmd:"" help:"eval_run"`
	List      evalListCmd      `cmd:"" help:"eval_list"`
	Show      evalShowCmd      `cmd:"" help:"eval_show"`
	Stop      evalStopCmd      `cmd:"" help:"eval_stop"`
}

func (evalCmd) Help() string {
	return "  $ wenyuan eval run writer --set logic\n  $ wenyuan eval retrieval --beir sets/duretrieval\n  $ wenyuan eval support sentences.jsonl\n  $ wenyuan eval answers rgb.jsonl\n  $ wenyuan eval judge nli --set labelled.jsonl\n  $ wenyuan eval cache pairs.jsonl"
}

type evalRetrievalCmd struct {
	BEIR    string `name:"beir" help:"eval_beir" placeholder:"DIR"`
	Arm     string `help:"search_arm" default:"fused" enum:"fused,words,vectors"`
	Corpus  string `help:"corpus" placeholder:"NAME"`
	Queries string `help:"eval_queries" placeholder:"FILE"`
	Qrels   string `help:"eval_qrels" placeholder:"FILE"`
}

func (evalRetrievalCmd) Help() string {
	return "  $ wenyuan eval retrieval --beir sets/duretrieval --arm words --json\n  $ wenyuan eval retrieval --corpus rocketmq --queries queries.jsonl --qrels qrels.tsv"
}

// Validate wants one of the two ways to measure, whole.
func (v *evalRetrievalCmd) Validate() error {
	real := v.Corpus != "" && v.Queries != "" && v.Qrels != ""
	part := v.Corpus != "" || v.Queries != "" || v.Qrels != ""
	if v.BEIR != "" && part || v.BEIR == "" && !real {
		return errors.New("give --beir DIR, or --corpus NAME with --queries FILE and --qrels FILE")
	}
	return nil
}

var arms = map[string]index.Arm{"fused": index.Fused, "words": index.Words, "vectors": index.Vectors}

// Run measures.
func (v *evalRetrievalCmd) Run(s *session) error {
	bars := s.progress()
	defer bars.end()
	o := eval.Options{Arm: arms[v.Arm], Progress: bars.step}
	var report eval.Report
	var err error
	if v.BEIR != "" {
		report, err = v.set(s, o)
	} else {
		err = s.with(func(c *client) error {
			report, err = v.corpus(s, c, o)
			return err
		})
	}
	bars.end()
	if err != nil {
		return err
	}
	return s.give(report, func(w io.Writer) { writeReport(w, report) })
}

// set measures a folder in BEIR form, with the configured embedder where there is one.
func (v *evalRetrievalCmd) set(s *session, o eval.Options) (eval.Report, error) {
	embedder, done, err := s.embedder()
	if err != nil {
		return eval.Report{}, err
	}
	defer done()
	o.Embedder = embedder
	set, err := eval.LoadBEIR(v.BEIR)
	if err != nil {
		return eval.Report{}, err
	}
	return eval.Retrieval(s.ctx, set, o)
}

// embedder is the one that the settings name; nil where they name none.
func (s *session) embedder() (e wenyuan.Embedder, done func(), err error) {
	c, err := s.settings(nil)
	if err != nil {
		return nil, nil, err
	}
	models, err := gateway.Open(s.ctx, gateway.Config{Embedder: c.EmbedderSpec(), Allow: c.Outbound, Proxy: c.Proxy,
		Key: func(env string) gateway.Secret { return gateway.Secret(c.Secret(env)) }})
	if err != nil {
		return nil, nil, err
	}
	e, _ = models.Embedder()
	return e, func() { models.Close() }, nil
}

func (v *evalRetrievalCmd) corpus(s *session, c *client, o eval.Options) (eval.Report, error) {
	set, err := eval.LoadQuestions(v.Queries, v.Qrels)
	if err != nil {
		return eval.Report{}, err
	}
	var list struct {
		Total int `json:"total"`
	}
	if err := c.call(s.ctx, http.MethodGet, address("/api/documents", "corpus", v.Corpus, "state", "ready", "limit", "1"), nil, &list); err != nil {
		return eval.Report{}, err
	}
	search := func(ctx context.Context, query string, limit int) ([]wenyuan.Passage, error) {
		var found passageList
		err := c.call(ctx, http.MethodPost, "/api/search", searchBody{query, v.Corpus, limit, v.Arm}, &found)
		return found.Passages, err
	}
	return eval.Corpus(s.ctx, set, search, list.Total, o)
}

func writeReport(w io.Writer, r eval.Report) {
	t := &table{}
	for _, row := range []struct {
		name  string
		value float64
	}{{"nDCG@10", r.NDCG10}, {"recall@1", r.Recall1}, {"recall@5", r.Recall5}, {"recall@10", r.Recall10}, {"recall@100", r.Recall100}, {"MRR@10", r.MRR10}} {
		t.row(row.name, fmt.Sprintf("%.4f", row.value))
	}
	t.row("queries", r.Queries)
	t.row("documents", r.Documents)
	t.row("p50", fmt.Sprintf("%.2f ms", r.P50))
	t.row("p99", fmt.Sprintf("%.2f ms", r.P99))
	t.write(w)
}

type evalSupportCmd struct {
	File   string `arg:"" help:"eval_file"`
	Scores string `help:"eval_scores" type:"path" placeholder:"FILE"`
}

func (evalSupportCmd) Help() string {
	return "  $ wenyuan eval support sentences.jsonl --json --scores scores.jsonl"
}

// Run measures the sentence checker.
func (v *evalSupportCmd) Run(s *session) (err error) {
	in, err := os.Open(v.File)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: s.say("%s cannot be read", "无法读取 %s", v.File), Hint: s.say("look whether it is there and may be read", "看看它是否存在、是否可读"), Err: err}
	}
	defer in.Close()
	var scores io.Writer
	if v.Scores != "" {
		f, err := os.Create(v.Scores)
		if err != nil {
			return s.unwritable(v.Scores, err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		scores = f
	}
	r, err := eval.Support(s.ctx, in, scores)
	if err != nil {
		return err
	}
	return s.give(r, func(w io.Writer) { writeSupport(w, r) })
}

func writeSupport(w io.Writer, r eval.SupportReport) {
	t := &table{}
	if r.AUROC != nil {
		t.row("AUROC", fmt.Sprintf("%.4f", *r.AUROC))
	}
	t.row("F1", fmt.Sprintf("%.4f", r.F1))
	t.row("p50", fmt.Sprintf("%.1f µs", r.P50))
	t.row("p99", fmt.Sprintf("%.1f µs", r.P99))
	t.line("")
	t.row("kind", "n", "flagged", "unsupported")
	for _, name := range sortedKeys(r.By) {
		k := r.By[name]
		t.row(name, k.N, k.Flagged, k.Unsupported)
	}
	t.write(w)
}
