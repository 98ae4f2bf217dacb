package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"wenyuan/check"
)

// A document is one file, cut into the sentences that edits are made of.
type document struct {
	group     int // which fold of the cross-validation it belongs to
	sentences []sentence
	names     []string // capitalised words inside sentences, and Latin words in Chinese text
	idents    []string
}

type sentence struct {
	text string // without Markdown marks at its ends
	zh   bool
}

// Lengths of the sentences that are taken, in code points: shorter ones claim little,
// longer ones are lists that were not recognised.
const (
	shortestZH, longestZH = 12, 140
	shortestEN, longestEN = 35, 320
)

// readDocuments reads the Markdown and text files below dir.
func readDocuments(dir string) ([]document, error) {
	var out []document
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name() == "corpus.jsonl" {
			rows, err := readCorpus(path, seen)
			out = append(out, rows...)
			return err
		}
		if !strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, ".txt") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("learn: %w", err)
		}
		doc := document{group: groupOf(path)}
		doc.take(string(b), seen)
		if len(doc.sentences) > 0 {
			out = append(out, doc)
		}
		return nil
	})
	return out, err
}

// readCorpus takes each row of a collection for a document.
func readCorpus(path string, seen map[string]bool) (out []document, err error) {
	err = readJSONLines(path, func(line []byte) error {
		var r struct{ Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		d := document{group: len(out) * 7919 % 1000}
		d.take(r.Text, seen)
		if len(d.sentences) > 0 {
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

// groupOf keeps the versions and translations of one page in one fold.
func groupOf(path string) int {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(strings.TrimLeft(filepath.Base(path), "0123456789"))))
	return int(h.Sum32() % 1000)
}

var (
	noise    = regexp.MustCompile("(?s:^---.*?\n---|```.*?```|<!--.*?-->|</?[a-zA-Z][^>]*>)|!\\[[^]]*\\]\\([^)]*\\)|(?m:^\\s*(#|\\||:::|import )[^\n]*$)")
	linkText = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	listHead = regexp.MustCompile(`^([-*+>]|[(（]?\d{1,2}[.)）、])\s*`)
	ident    = regexp.MustCompile(`\b([a-z]+[A-Z]\w+|\w+_\w+|[a-z]+(\.[a-z]+\w*){2,})\b`)
	latin    = regexp.MustCompile(`[A-Za-z][A-Za-z]+`)
)

// take cuts a text into sentences and gathers its names and identifiers.
func (d *document) take(text string, seen map[string]bool) {
	text = html.UnescapeString(text)
	text = linkText.ReplaceAllString(noise.ReplaceAllString(text, "\n"), "$1")
	r := []rune(text)
	for _, span := range check.Sentences(text) {
		s := strings.TrimSpace(string(r[span.Start:span.End]))
		for listHead.MatchString(s) {
			s = strings.TrimSpace(listHead.ReplaceAllString(s, ""))
		}
		s = strings.ReplaceAll(s, "\n", " ")
		n, zh := len([]rune(s)), isChinese(s)
		if zh && (n < shortestZH || n > longestZH) || !zh && (n < shortestEN || n > longestEN || strings.Count(s, " ") < 5) || seen[s] {
			continue
		}
		seen[s] = true
		d.sentences = append(d.sentences, sentence{s, zh})
		d.idents = append(d.idents, ident.FindAllString(s, -1)...)
		d.names = append(d.names, properNames(s, zh)...)
	}
}

// properNames are the words of a sentence that name something: capitalised after its
// beginning, or Latin in Chinese text.
func properNames(s string, zh bool) (out []string) {
	for _, m := range latin.FindAllStringIndex(s, -1) {
		w := s[m[0]:m[1]]
		if m[0] > 0 && len(w) > 2 && !notNames[strings.ToLower(w)] && (zh && s[m[0]-1] != '-' || w[0] >= 'A' && w[0] <= 'Z' && s[m[0]-1] == ' ' && m[0] > 1 && s[m[0]-2] != '.') {
			out = append(out, w)
		}
	}
	return out
}

// notNames are capitalised often and name nothing.
var notNames = wordSet("the when you for and then this that these those with not are can use see how what why where after before once all any some each every more only also but from into may must should will http https www com org html etc none true false null yes message messages while even based there here if in on at it by its they his her you your our one two three four five six seven eight nine ten new most many such so no an as is be do to of or we he she note also than let just both other into over under between during first last next step each")

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

func isChinese(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n*5 > len([]rune(s))
}
