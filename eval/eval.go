// Package eval runs a subject over labelled data and scores it: retrieval over
// judged questions, and the sentence checker over labelled sentences.
//
// It reads files of others strictly (a wrong line is an error that names file and
// line) and never changes what it measures: a set is indexed in a temporary folder, a
// real corpus is only searched.
package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"wenyuan"
)

// Limits of what is read. A line is one document, so it may be long.
const (
	maxLine = 64 << 20
	maxRows = 5_000_000
)

// A Row is one document of a set in BEIR form.
type Row struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A Question is one query with its judgements.
type Question struct {
	ID   string
	Text string
	Rel  map[string]float64 // gain above 0 of each relevant document, by its identifier
}

// A Set is a collection with judged questions.
type Set struct {
	Rows      []Row
	Questions []Question // those with at least one relevant document, in file order
	Unjudged  int        // questions left out because nothing is relevant to them
	Unknown   int        // judgements left out because their document or question is not in the set
}

// LoadBEIR reads corpus.jsonl, queries.jsonl and qrels.tsv of a folder.
func LoadBEIR(dir string) (*Set, error) {
	rows, err := readRows(filepath.Join(dir, "corpus.jsonl"))
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(rows))
	for _, r := range rows {
		known[r.ID] = true
	}
	s := &Set{Rows: rows}
	return s, s.judge(filepath.Join(dir, "queries.jsonl"), filepath.Join(dir, "qrels.tsv"), known)
}

// LoadQuestions reads questions and judgements that name documents which are not
// at hand, such as the sources of a real corpus.
func LoadQuestions(queries, qrels string) (*Set, error) {
	s := &Set{}
	return s, s.judge(queries, qrels, nil)
}

// judge fills in the questions; known nil means that every document is.
func (s *Set) judge(queries, qrels string, known map[string]bool) error {
	all, err := readQueries(queries)
	if err != nil {
		return err
	}
	at := make(map[string]int, len(all))
	for i, q := range all {
		at[q.ID] = i
	}
	err = readQrels(qrels, func(query, doc string, gain float64) {
		i, ok := at[query]
		switch {
		case !ok || known != nil && !known[doc]:
			s.Unknown++
		case gain > 0:
			all[i].Rel[doc] = gain
		}
	})
	if err != nil {
		return err
	}
	for _, q := range all {
		if len(q.Rel) > 0 {
			s.Questions = append(s.Questions, q)
		}
	}
	s.Unjudged = len(all) - len(s.Questions)
	if len(s.Questions) == 0 {
		return invalid(qrels, 0, "no judgement names a question of "+filepath.Base(queries)+" and a known document", nil)
	}
	return nil
}

func readRows(path string) ([]Row, error) {
	var rows []Row
	seen := map[string]bool{}
	err := readLines(path, func(n int, line []byte) error {
		var r Row
		if err := json.Unmarshal(line, &r); err != nil {
			return invalid(path, n, "is not a JSON object with the strings _id, title and text", err)
		}
		if r.ID == "" || seen[r.ID] {
			return invalid(path, n, fmt.Sprintf("has an _id that is empty or was used before: %q", r.ID), nil)
		}
		seen[r.ID] = true
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func readQueries(path string) ([]Question, error) {
	var out []Question
	seen := map[string]bool{}
	err := readLines(path, func(n int, line []byte) error {
		var r Row
		if err := json.Unmarshal(line, &r); err != nil {
			return invalid(path, n, "is not a JSON object with the strings _id and text", err)
		}
		if r.ID == "" || seen[r.ID] || strings.TrimSpace(r.Text) == "" {
			return invalid(path, n, fmt.Sprintf("has an empty text, or an _id that is empty or was used before: %q", r.ID), nil)
		}
		seen[r.ID] = true
		out = append(out, Question{ID: r.ID, Text: r.Text, Rel: map[string]float64{}})
		return nil
	})
	return out, err
}

// readQrels hands on the judgements. The first line may be a header.
func readQrels(path string, each func(query, doc string, gain float64)) error {
	return readLines(path, func(n int, line []byte) error {
		f := strings.Split(string(line), "\t")
		if len(f) != 3 {
			return invalid(path, n, fmt.Sprintf("has %d columns, want query, document and score with tabs between", len(f)), nil)
		}
		gain, err := strconv.ParseFloat(strings.TrimSpace(f[2]), 64)
		if err != nil {
			if n == 1 {
				return nil
			}
			return invalid(path, n, fmt.Sprintf("has the score %q, want a number", f[2]), nil)
		}
		each(f[0], f[1], gain)
		return nil
	})
}

// readRowsOf is readLines for a file that stands for itself.
func readRowsOf(path string, each func(n int, line []byte) error) error {
	err := readLines(path, each)
	if e, ok := errors.AsType[*wenyuan.Error](err); ok && e.Code == wenyuan.NotFound {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: e.Message, Hint: "look whether the path is right", Err: e.Err}
	}
	return err
}

// readLines hands on the lines that are not blank, numbered from 1.
func readLines(path string, each func(n int, line []byte) error) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no file %s", path), Hint: "a folder in BEIR form holds corpus.jsonl, queries.jsonl and qrels.tsv", Err: err}
	}
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	defer f.Close()
	return scan(f, path, each)
}

func scan(r io.Reader, path string, each func(n int, line []byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	n := 0
	for sc.Scan() {
		n++
		if n > maxRows {
			return invalid(path, n, fmt.Sprintf("is beyond the limit of %d lines", maxRows), nil)
		}
		line := bytes.TrimRight(sc.Bytes(), "\r")
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := each(n, line); err != nil {
			return err
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return invalid(path, n+1, fmt.Sprintf("is longer than %d MiB", maxLine>>20), sc.Err())
	}
	return sc.Err()
}

// invalid names the file and, from 1, the line.
func invalid(path string, line int, what string, err error) error {
	where := path
	if line > 0 {
		where = fmt.Sprintf("%s:%d", path, line)
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: where + " " + what, Hint: "correct the file and measure again", Err: err}
}
