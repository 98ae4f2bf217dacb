// Learn makes what dataset/risk knows: the frequencies of words and of pairs of words,
// and what the signs in a text weigh.
//
//	go run ./dataset/risk/learn -data DIR -words FILE -pairs FILE -han FILE -model dataset/risk/model.gz
//	go run ./dataset/risk/learn -data DIR -weights dataset/risk/weights.json
//
// FILE of -words is frequency_dictionary_en_82_765.txt and that of -pairs
// frequency_bigramdictionary_en_243_342.txt of symspellpy 6.10.1 (MIT, made of Google Books
// Ngrams, CC BY 3.0, and SCOWL), that of -han dict.txt of jieba 0.42.1 (MIT). DIR
// is the folder of the measuring data, of which only files under licences that allow it are
// read: they are named in the output with digests. Equal input gives equal output.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/dataset/risk"
)

type options struct{ data, words, pairs, han, model, weights string }

func main() {
	var o options
	flag.StringVar(&o.data, "data", "", "folder of the measuring data")
	flag.StringVar(&o.words, "words", "", "frequencies of English words")
	flag.StringVar(&o.pairs, "pairs", "", "frequencies of pairs of English words")
	flag.StringVar(&o.han, "han", "", "frequencies of Chinese words")
	flag.StringVar(&o.model, "model", "", "write the frequencies to this file")
	flag.StringVar(&o.weights, "weights", "", "write the weights to this file")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options, out io.Writer) error {
	plain, err := readPlain(o.data)
	if err != nil {
		return err
	}
	switch {
	case o.model != "":
		file, err := makeModel(o, plain)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d bytes\n", len(file))
		return os.WriteFile(o.model, file, 0o644)
	case o.weights != "":
		file, err := json.MarshalIndent(makeWeights(plain, out), "", "\t")
		if err != nil {
			return err
		}
		return os.WriteFile(o.weights, append(file, '\n'), 0o644)
	}
	return errors.New("learn: name what to write, with -model or -weights")
}

// A set is a file of plain texts that may be learned from.
type set struct {
	path, licence string
	texts         func(row map[string]any) []string
}

// text takes fields as they are.
func text(fields ...string) func(map[string]any) []string {
	return func(row map[string]any) (out []string) {
		for _, f := range fields {
			if s, ok := row[f].(string); ok && s != "" {
				out = append(out, s)
			}
		}
		return out
	}
}

// asked takes what people say in a conversation.
func asked(row map[string]any) (out []string) {
	turns, _ := row["conversations"].([]any)
	for _, t := range turns {
		if m, ok := t.(map[string]any); ok && m["from"] == "human" {
			out = append(out, text("value")(m)...)
		}
	}
	return out
}

// harmless takes rows of prompts.jsonl that are questions under the MIT licence.
func harmless(row map[string]any) []string {
	source, _ := row["source"].(string)
	if row["label"] != "benign" || row["licence"] != "MIT" || !strings.Contains(source, "NotInject") && !strings.Contains(source, "PINT_") {
		return nil
	}
	return text("text")(row)
}

// calls takes the questions of BFCL.
func calls(row map[string]any) (out []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if v["role"] == "user" {
				out = append(out, text("content")(v)...)
			}
		}
	}
	walk(row["question"])
	return out
}

// sets are read in this order. The same as guard/train may learn from.
var sets = []set{
	{"instruct/gsm8k_train500.jsonl", "MIT", text("question")},
	{"instruct/toolcall_en.jsonl", "Apache-2.0", asked},
	{"instruct/toolcall_zh.jsonl", "Apache-2.0", asked},
	{"security/prompts.jsonl", "MIT", harmless},
	{"security/unsafe_questions.jsonl", "MIT", text("text")},
	{"tools/bfcl/live_simple.jsonl", "Apache-2.0", calls},
	{"tools/bfcl/live_irrelevance.jsonl", "Apache-2.0", calls},
	{"tools/bfcl/simple_python.jsonl", "Apache-2.0", calls},
	{"tools/bfcl/multiple.jsonl", "Apache-2.0", calls},
	{"cache/pawsx_zh.jsonl", "free for any use with credit (PAWS-X, Google)", text("a")},
	{"golden/rocketmq_faq.jsonl", "Apache-2.0", text("question")},
	{"retrieval/rocketmq_titles_zh/queries.jsonl", "Apache-2.0", text("text")},
	{"retrieval/rocketmq_titles_en/queries.jsonl", "Apache-2.0", text("text")},
}

// running are texts of which only the frequencies are taken.
var running = []set{
	{"retrieval/rocketmq_titles_zh/corpus.jsonl", "Apache-2.0", text("text")},
	{"retrieval/rocketmq_titles_en/corpus.jsonl", "Apache-2.0", text("text")},
	{"instruct/toolcall_zh.jsonl", "Apache-2.0", text("system")},
}

// A texts holds the texts of one file.
type texts struct {
	source risk.Source
	texts  []string
	plain  bool // questions that people ask, and not only running text
}

func readPlain(dir string) ([]texts, error) {
	var out []texts
	for i, s := range append(append([]set(nil), sets...), running...) {
		file, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(s.path)))
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s cannot be read", s.path), Hint: "name the folder of the measuring data with -data", Err: err}
		}
		t := texts{source: source(s.path, s.licence, file), plain: i < len(sets)}
		sc := bufio.NewScanner(bytes.NewReader(file))
		sc.Buffer(nil, 4<<20)
		for sc.Scan() {
			var row map[string]any
			if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
				return nil, fmt.Errorf("learn: %s: %w", s.path, err)
			}
			t.texts = append(t.texts, s.texts(row)...)
		}
		t.source.Rows = len(t.texts)
		out = append(out, t)
	}
	return out, nil
}

func source(name, licence string, file []byte) risk.Source {
	sum := sha256.Sum256(file)
	return risk.Source{Name: name, SHA256: hex.EncodeToString(sum[:]), Licence: licence}
}

// frequencies reads lines of so many words and a number.
func frequencies(path string, words int, licence string) (map[string]float64, risk.Source, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, risk.Source{}, fmt.Errorf("learn: %w", err)
	}
	out := map[string]float64{}
	for line := range strings.Lines(strings.TrimPrefix(string(file), "\ufeff")) {
		f := strings.Fields(line)
		if len(f) <= words {
			continue
		}
		n, err := strconv.ParseFloat(f[words], 64)
		if err != nil {
			continue // words with a space in them
		}
		out[strings.Join(f[:words], " ")] = n
	}
	s := source(filepath.Base(path), licence, file)
	s.Rows = len(out)
	return out, s, nil
}
