package web

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"wenyuan"
)

// A spoken is a sentence of an answer as the page shows it.
type spoken struct {
	wenyuan.Sentence
	Number int    // from 1 within the answer
	Bullet string // the mark of a list item, taken off the text
}

// A paragraph is a run of sentences, and the notes that stand below it.
type paragraph struct {
	Item      bool // a list item
	Sentences []spoken
	Notes     []spoken
}

var bullet = regexp.MustCompile(`^(?:[-*•]|\d{1,2}[.)、])\s+`)

// Paragraphs lays the sentences out as the answer's text has them. An unsupported
// sentence ends its paragraph, so that its reason stands right below it.
func (t Turn) Paragraphs() []paragraph {
	breaks := breaksIn(t.Answer.Answer, t.Answer.Sentences)
	var out []paragraph
	open := false
	for i, s := range t.Answer.Sentences {
		sp := spoken{Sentence: s, Number: i + 1}
		if mark := bullet.FindString(s.Text); mark != "" {
			sp.Bullet = strings.TrimSpace(mark)
			sp.Sentence = without(s, len([]rune(mark)))
		}
		if !open || breaks[i] {
			out = append(out, paragraph{Item: sp.Bullet != ""})
			open = true
		}
		p := &out[len(out)-1]
		p.Sentences = append(p.Sentences, sp)
		if sp.Noted() {
			p.Notes = append(p.Notes, sp)
		}
		if s.Verdict == wenyuan.Unsupported {
			open = false
		}
	}
	return out
}

// without takes the first n code points off a sentence.
func without(s wenyuan.Sentence, n int) wenyuan.Sentence {
	s.Text = string([]rune(s.Text)[n:])
	moved := make([]wenyuan.Span, 0, len(s.Disagree))
	for _, d := range s.Disagree {
		moved = append(moved, wenyuan.Span{Start: max(d.Start-n, 0), End: d.End - n})
	}
	s.Disagree = moved
	return s
}

// breaksIn says before which sentences the answer's text starts a new line. It walks
// both texts over the characters they share; what stands between two sentences in the
// answer (spaces, markers) decides.
func breaksIn(answer string, sentences []wenyuan.Sentence) []bool {
	out := make([]bool, len(sentences))
	rest := answer
	for i, s := range sentences {
		at := strings.Index(rest, firstWords(s.Text))
		if at < 0 {
			continue
		}
		out[i] = strings.ContainsRune(rest[:at], '\n')
		rest = rest[at+len(firstWords(s.Text)):]
	}
	return out
}

// firstWords is enough of a sentence to find it by, before any marker inside it.
func firstWords(s string) string {
	runes := []rune(strings.TrimSpace(s))
	for i, r := range runes {
		if i >= 12 && (unicode.IsSpace(r) || i >= 24) {
			return string(runes[:i])
		}
	}
	return string(runes)
}

// Refusal parts the words of a refusal into the fact, its first sentence, and the rest.
func (t Turn) Refusal() (r struct{ Fact, Rest string }) {
	text := strings.TrimSpace(t.Answer.Answer)
	for i, stop := range text {
		end := i + len(string(stop))
		if stop == '。' || stop == '.' && end < len(text) && text[end] == ' ' {
			r.Fact, r.Rest = text[:end], strings.TrimSpace(text[end:])
			return r
		}
	}
	r.Fact = text
	return r
}

// Count is how many sentences have a verdict.
func (t Turn) Count(v string) int {
	n := 0
	for _, s := range t.Answer.Sentences {
		if string(s.Verdict) == v {
			n++
		}
	}
	return n
}

// An original is a passage beside the answer, with the numbers that cite it.
type original struct {
	wenyuan.Passage
	N       []int
	Runs    []lit
	Open    string    // address of the document, the words lit
	Hidden  bool      // was read, is not cited: the text stays folded
	Against []against // other originals that contradict it
}

// Originals is what stands beside the answer: cited passages in the order of their
// first number, then what was read without being cited. A citation whose passage was
// not handed over stands with its quote alone.
func (t Turn) Originals() []original {
	rest := append([]wenyuan.Passage(nil), t.Answer.Passages...)
	var out []original
	taken := map[int]bool{}
	for _, c := range t.Answer.Citations {
		if taken[c.N] {
			continue
		}
		p := quoted(c)
		for i, q := range rest {
			if q.Document == c.Document && q.Revision == c.Revision && q.Start <= c.Start && c.End <= q.End {
				p = q
				rest = append(rest[:i], rest[i+1:]...)
				break
			}
		}
		out = append(out, t.cited(p, taken))
	}
	for _, p := range rest {
		o := original{Against: t.againstIn(p), Passage: p, Runs: light(p.Text, p.Start, nil), Open: t.open(p.Document, p.Revision, p.Start, p.End, 0), Hidden: !t.Answer.Refused}
		out = append(out, o)
	}
	return out
}

func quoted(c wenyuan.Citation) wenyuan.Passage {
	return wenyuan.Passage{Document: c.Document, Revision: c.Revision, Source: c.Source, Title: c.Title, Heading: c.Heading, Page: c.Page, Start: c.Start, End: c.End, Text: c.Quote}
}

// cited gathers every citation that lies in a passage.
func (t Turn) cited(p wenyuan.Passage, taken map[int]bool) original {
	o := original{Passage: p, Against: t.againstIn(p)}
	start, end := p.Start, p.End
	for _, c := range t.Answer.Citations {
		if taken[c.N] || c.Document != p.Document || c.Revision != p.Revision || c.Start < p.Start || c.End > p.End {
			continue
		}
		taken[c.N] = true
		if len(o.N) == 0 {
			start, end = c.Start, c.End
		}
		o.N = append(o.N, c.N)
	}
	o.Runs = light(p.Text, p.Start, t.marks(o.N))
	o.Open = t.open(p.Document, p.Revision, start, end, 0)
	return o
}

// marks are the words that the sentences stand on, in the originals of these numbers. A
// citation whose words no sentence names is marked whole.
func (t Turn) marks(ns []int) []mark {
	var out []mark
	for _, n := range ns {
		before := len(out)
		for i, s := range t.Answer.Sentences {
			for _, q := range s.Quotes {
				if q.N == n {
					out = append(out, mark{q.Start, q.End, i + 1})
				}
			}
		}
		if c := t.Of(n); len(out) == before {
			out = append(out, mark{c.Start, c.End, 0})
		}
	}
	return out
}

// OpenAt is where a sentence's citation opens its document: at that sentence's words.
func (t Turn) OpenAt(s spoken, n int) string {
	c := t.Of(n)
	start, end := c.Start, c.End
	for _, q := range s.Quotes {
		if q.N == n {
			start, end = q.Start, q.End
			break
		}
	}
	return t.open(c.Document, c.Revision, start, end, s.Number)
}

// open is the address of a document with a range lit and, by the trace and the number
// of the sentence, the way back to this answer.
func (t Turn) open(document, revision string, start, end, sentence int) string {
	q := url.Values{"revision": {revision}, "start": {strconv.Itoa(start)}, "end": {strconv.Itoa(end)}}
	if t.Trace != "" {
		q.Set("trace", t.Trace)
	}
	if sentence > 0 {
		q.Set("s", strconv.Itoa(sentence))
	}
	return "/library/" + url.PathEscape(t.Corpus) + "/" + url.PathEscape(document) + "?" + q.Encode() + "#lit"
}

// Of finds what a citation number points to, for its label.
func (t Turn) Of(n int) wenyuan.Citation {
	for _, c := range t.Answer.Citations {
		if c.N == n {
			return c
		}
	}
	return wenyuan.Citation{N: n}
}

// NotRead is how many passages were found and left out.
func (t Turn) NotRead() int { return max(t.Found-len(t.Answer.Passages), 0) }
