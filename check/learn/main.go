// Learn makes labelled sentences from documents, learns the weights of the sentence
// checker from them and measures it.
//
//	go run ./check/learn -docs DIR -begin FILE                    # cross-validated figures
//	go run ./check/learn -docs DIR -begin FILE -out check/weights.json
//	go run ./check/learn -docs DIR -measure                       # by the weights of the program
//	go run ./check/learn -docs DIR -rows rows.jsonl               # for "wenyuan eval support"
//	go run ./check/learn -docs DIR -begin FILE -miss zh/negation  # read what goes wrong
//
// DIR holds Markdown or text files in English and Chinese, or a corpus.jsonl in BEIR
// form. FILE holds the BEGIN
// sentences in JSON lines (knowledge, response, label). A CLIMATE-FEVER file given with
// -climate is measured and never learned from. The same input and seed give the same
// weights to the last figure on one kind of processor.
//
// An edit changes one thing in a sentence: a number, unit, date, version, identifier,
// name, direction, quantity, modality, negation or word; a rewriting changes only its
// form. The lists of both are edits.txt and rewrites.txt, and they are kept apart from
// the lists of the checker.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/check"
)

type options struct {
	docs, begin, climate, out, rows, miss string
	measure                               bool
	seed                                  uint64
}

func main() {
	var o options
	flag.StringVar(&o.docs, "docs", "", "folder of Markdown or text files that edits are made from")
	flag.StringVar(&o.begin, "begin", "", "BEGIN sentences, JSON lines")
	flag.StringVar(&o.climate, "climate", "", "CLIMATE-FEVER claims, JSON lines; measured only")
	flag.StringVar(&o.out, "out", "", "write the weights learned from everything to this file")
	flag.StringVar(&o.rows, "rows", "", "write the made rows to this file and stop")
	flag.StringVar(&o.miss, "miss", "", "print the rows of this lang/kind that are judged wrongly by the program's weights")
	flag.BoolVar(&o.measure, "measure", false, "judge by the weights of the program instead of cross-validating")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the edits")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options, out io.Writer) error {
	if o.docs == "" {
		return errors.New("learn: -docs is missing: name a folder of Markdown or text files")
	}
	if o.rows != "" {
		rows, err := makeRows(o)
		if err != nil {
			return err
		}
		return writeRows(o.rows, rows)
	}
	samples, err := gather(o)
	if err != nil {
		return err
	}
	switch {
	case o.miss != "":
		showMisses(out, samples, o.miss)
		return nil
	case o.out != "":
		return writeWeights(o.out, learn(samples))
	}
	if o.measure {
		judge(samples)
		report(out, samples)
	} else {
		report(out, crossValidate(samples))
	}
	if o.climate != "" {
		return reportClimate(out, o.climate)
	}
	return nil
}

// makeRows makes the edits and rewritings of the documents.
func makeRows(o options) ([]row, error) {
	docs, err := readDocuments(o.docs)
	if err != nil {
		return nil, err
	}
	rows := generate(docs, o.seed)
	if len(rows) == 0 {
		return nil, fmt.Errorf("learn: %s holds no sentence to edit", o.docs)
	}
	return rows, nil
}

// gather measures all that weights are learned from.
func gather(o options) ([]sample, error) {
	rows, err := makeRows(o)
	if err != nil {
		return nil, err
	}
	samples := measureAll(rows, func(r *row) string { return "edits " + r.Lang })
	if o.begin == "" {
		return samples, nil
	}
	begin, err := readBegin(o.begin)
	if err != nil {
		return nil, err
	}
	return append(samples, measureAll(begin, func(*row) string { return "begin" })...), nil
}

func writeRows(path string, rows []row) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	defer f.Close()
	e := json.NewEncoder(f)
	e.SetEscapeHTML(false)
	for i := range rows {
		if err := e.Encode(&rows[i]); err != nil {
			return fmt.Errorf("learn: %w", err)
		}
	}
	return f.Close()
}

func writeWeights(path string, w *check.Weights) error {
	b, err := w.JSON()
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// attributable is the label of the BEGIN sentences that the knowledge carries.
const attributable = "Fully attributable"

func readBegin(path string) ([]row, error) {
	var out []row
	err := readJSONLines(path, func(line []byte) error {
		var r struct{ ID, Knowledge, Response, Source, Label string }
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		label := unsupported
		if r.Label == attributable {
			label = supported
		}
		out = append(out, row{r.ID, "en", "begin " + r.Source, r.Response, []string{r.Knowledge}, label, len(out) * 7919 % 1000})
		return nil
	})
	return out, err
}

func readJSONLines(path string, each func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 4<<20)
	for n := 1; in.Scan(); n++ {
		if err := each(in.Bytes()); err != nil {
			return fmt.Errorf("learn: %s:%d: %w", path, n, err)
		}
	}
	return in.Err()
}

// folds is the number of groups of documents in the cross-validation.
const folds = 5

// crossValidate judges each sample by weights learned from other documents.
func crossValidate(samples []sample) []sample {
	var out []sample
	for k := range folds {
		test := keep(samples, func(s *sample) bool { return s.group%folds == k })
		apply(test, learn(keep(samples, func(s *sample) bool { return s.group%folds != k })))
		out = append(out, test...)
	}
	return out
}

// judge applies the program as it is.
func judge(samples []sample) {
	for i := range samples {
		f := samples[i].prepared.Check(samples[i].Claim, nil)
		samples[i].score, samples[i].verdict = f.Score, f.Verdict
	}
}

// report prints the rates of each source and kind.
func report(out io.Writer, samples []sample) {
	for _, source := range []string{"edits en", "edits zh", "begin"} {
		of := keep(samples, func(s *sample) bool { return s.source == source })
		if len(of) == 0 {
			continue
		}
		fmt.Fprintf(out, "%s: AUROC %.4f\n", source, auroc(of))
		var keys []string
		for i := range of {
			keys = append(keys, of[i].Label+" "+of[i].Kind)
		}
		slices.Sort(keys)
		for _, k := range append([]string{unsupported, supported}, slices.Compact(keys)...) {
			n, flagged, against := 0., 0., 0.
			for i := range of {
				if s := &of[i]; s.Label == k || s.Label+" "+s.Kind == k {
					n++
					if s.verdict != wenyuan.Supported {
						flagged++
					}
					if s.verdict == wenyuan.Unsupported {
						against++
					}
				}
			}
			fmt.Fprintf(out, "  %-26s %6.0f  flagged %.4f  unsupported %.4f\n", k, n, flagged/n, against/n)
		}
	}
}

// reportClimate measures the weights of the program on claims that were written freely.
func reportClimate(out io.Writer, path string) error {
	var rows []row
	err := readJSONLines(path, func(line []byte) error {
		var r struct {
			ID, Claim string
			Evidence  []struct{ Text, Label string }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		for _, e := range r.Evidence {
			label := unsupported
			if e.Label == "SUPPORTS" {
				label = supported
			}
			rows = append(rows, row{r.ID, "en", e.Label, r.Claim, []string{e.Text}, label, 0})
		}
		return nil
	})
	if err != nil {
		return err
	}
	samples := measureAll(rows, func(*row) string { return "climate" })
	judge(samples)
	for _, label := range []string{"NOT_ENOUGH_INFO", "REFUTES"} {
		fmt.Fprintf(out, "climate: SUPPORTS against %s: AUROC %.4f\n", label, auroc(keep(samples, func(s *sample) bool { return s.good() || s.Kind == label })))
	}
	return nil
}

// clip keeps what fits on a screen.
func clip(s string) string {
	if r := []rune(s); len(r) > 400 {
		return string(r[:400]) + "…"
	}
	return s
}

// mostMisses is how many wrong rows are shown.
const mostMisses = 25

// showMisses prints rows that the program's own weights judge wrongly.
func showMisses(out io.Writer, samples []sample, kind string) {
	shown := 0
	for i := range samples {
		s := &samples[i]
		if !strings.HasPrefix(s.Lang+"/"+s.Kind, kind) || shown == mostMisses {
			continue
		}
		f := s.prepared.Check(s.Claim, nil)
		if (f.Verdict == wenyuan.Supported) == s.good() {
			continue
		}
		shown++
		fmt.Fprintf(out, "%s %s: %s %.3f %s\n  C %s\n", s.Label, s.Kind, f.Verdict, f.Score, f.Reason, s.Claim)
		for _, e := range s.Evidence {
			fmt.Fprintf(out, "  E %s\n", clip(e))
		}
		for k, v := range s.features {
			if v != 0 && k > 0 {
				fmt.Fprintf(out, "  %s=%.2f", check.FeatureNames[k], v)
			}
		}
		fmt.Fprintln(out)
	}
}
