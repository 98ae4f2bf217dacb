package extract_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

func TestShow(t *testing.T) {
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	for _, lang := range []string{"zh", "en"} {
		files := map[string]string{}
		filepath.WalkDir(filepath.Join(dir, "docs", "rocketmq"), func(path string, d fs.DirEntry, err error) error {
			if strings.Contains(path, "-"+lang) && filepath.Ext(path) == ".md" {
				b, _ := os.ReadFile(path)
				files[path[len(dir)+15:]] = string(b)
			}
			return nil
		})
		c := retrievetest.New(t, files)
		qs, _ := os.ReadFile("/tmp/cutwork/q_" + lang + ".txt")
		for q := range strings.Lines(string(qs)) {
			q = strings.TrimSpace(q)
			found, err := c.Retrieve(t.Context(), c.Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpus: "c", Text: q}, retrieve.Filters{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			picked, refused, why := extract.Extract(q, found.Kept, extract.Settings{Weights: found.Weights})
			if refused {
				b.WriteString("REFUSED " + why)
			}
			for _, p := range picked {
				k := found.Kept[p.Passage]
				b.WriteString("  [" + k.Source + " " + strings.Join(k.Heading, ">") + "] " + p.Display + "\n")
			}
			t.Logf("%.2f kept %d\nQ: %s\n%s", found.Nearest, len(found.Kept), q, b.String())
		}
	}
}

type line struct {
	ID      string   `json:"_id"`
	Text    string   `json:"text"`
	Title   string   `json:"title"`
	Answers []string `json:"answers"`
}

func lines(t *testing.T, path string) (out []line) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<26)
	for sc.Scan() {
		var l line
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

func TestHoldsTheAnswer(t *testing.T) {
	dir := os.Getenv("WENYUAN_SHARED_DATA") + "/retrieval/"
	for _, set := range []string{"xquad_en", "xquad_zh", "cmrc_dev", "drcd_dev_slice"} {
		docs := map[string]line{}
		for _, l := range lines(t, dir+set+"/corpus.jsonl") {
			docs[l.ID] = l
		}
		rel := map[string]string{}
		b, _ := os.ReadFile(dir + set + "/qrels.tsv")
		for l := range strings.Lines(string(b)) {
			f := strings.Split(l, "\t")
			rel[f[0]] = f[1]
		}
		n, hold, refused, size, sentences, full := 0, 0, 0, 0, 0, 0
		for i, q := range lines(t, dir+set+"/queries.jsonl") {
			if i%4 != 0 || len(q.Answers) == 0 {
				continue
			}
			n++
			d := docs[rel[q.ID]]
			var ps []wenyuan.Passage
			for _, p := range cut.Cut(&parse.Document{Text: d.Text}, cut.Settings{}) {
				ps = append(ps, wenyuan.Passage{Title: d.Title, Text: p.Text, Start: p.Start, End: p.End})
			}
			picked, no, _ := extract.Extract(q.Text, ps, extract.Settings{})
			if no {
				refused++
				continue
			}
			full += utf8.RuneCountInString(d.Text)
			all := ""
			for _, p := range picked {
				all += p.Text + "\n"
			}
			sentences += len(picked)
			size += utf8.RuneCountInString(all)
			ok := false
			for _, a := range q.Answers {
				ok = ok || strings.Contains(all, a)
			}
			if ok {
				hold++
			} else if os.Getenv("SHOW") != "" && n%5 == 0 {
				t.Logf("Q: %s\nWANT %v\nGOT %s", q.Text, q.Answers, all)
			}
		}
		fmt.Printf("%s: %d questions, refused %.1f%%, hold %.1f%%, %.2f sentences, %.0f of %.0f characters\n", set, n, 100*float64(refused)/float64(n), 100*float64(hold)/float64(n), float64(sentences)/float64(n), float64(size)/float64(n), float64(full)/float64(n))
	}
}
