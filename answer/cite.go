package answer

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/check"
)

// between is the original's text from one position to another, in code points of the revision.
func between(p wenyuan.Passage, from, to int) string {
	r := []rune(p.Text)
	from, to = max(0, from-p.Start), min(len(r), to-p.Start)
	if from >= to {
		return ""
	}
	return string(r[from:to])
}

type quoted struct{ passage, start, end int }

// renumber turns the places of originals in a reason into citation numbers; an original that
// is not cited has none and is called by its title.
func (w *work) renumber(reason string) string {
	return place.ReplaceAllStringFunc(reason, func(m string) string {
		i, err := strconv.Atoi(strings.Trim(m, " []"))
		if err != nil || i < 1 || i > len(w.passages) {
			return m
		}
		if n, ok := w.number[i-1]; ok {
			return strings.Replace(m, strconv.Itoa(i), strconv.Itoa(n), 1)
		}
		return w.say(strings.Replace(m, strings.Trim(m, " "), "“"+w.passages[i-1].Title+"”", 1), "《"+w.passages[i-1].Title+"》")
	})
}

// place is how a reason of the checker names evidence.
var place = regexp.MustCompile(` ?\[\d{1,3}\] ?`)

// cite gives a passage its number, in the order of first use.
func (w *work) cite(passage int) (n int, isNew bool) {
	if n, ok := w.number[passage]; ok {
		return n, false
	}
	p := w.passages[passage]
	n = len(w.answer.Citations) + 1
	w.number[passage] = n
	w.answer.Citations = append(w.answer.Citations, wenyuan.Citation{N: n, Document: p.Document, Revision: p.Revision,
		Source: p.Source, Title: p.Title, Heading: p.Heading, Page: p.Page, Start: p.Start, End: p.End, Quote: p.Text})
	return n, true
}

// widen makes a citation reach over the words that carry a sentence. The first sentence
// narrows it from the whole passage to its own words.
func (w *work) widen(n int, q quoted, first bool) {
	c := &w.answer.Citations[n-1]
	if w.screening.masked[w.passages[q.passage].ID] && !w.whole(w.passages[q.passage]) {
		return // of what was covered the places are not those of the document
	}
	if first {
		c.Start, c.End = q.start, q.end
	} else {
		c.Start, c.End = min(c.Start, q.start), max(c.End, q.end)
	}
	c.Quote = between(w.passages[q.passage], c.Start, c.End)
}

// whole says whether a passage's text is as long as its place in the document.
func (w *work) whole(p wenyuan.Passage) bool { return utf8.RuneCountInString(p.Text) == p.End-p.Start }

// locate finds, in each passage a sentence cites, the sentence that carries it best.
func (w *work) locate(text string, passages []int) []quoted {
	var out []quoted
	for _, p := range passages {
		passage := w.passages[p]
		runes := []rune(passage.Text)
		spans := check.Sentences(passage.Text)
		ev := make([]check.Evidence, len(spans))
		for i, s := range spans {
			ev[i] = check.Evidence{N: i + 1, Text: string(runes[s.Start:s.End])}
		}
		if best := check.Prepare(ev).Check(text, nil).Best; best > 0 {
			out = append(out, quoted{p, passage.Start + spans[best-1].Start, passage.Start + spans[best-1].End})
		} else {
			out = append(out, quoted{p, passage.Start, passage.End})
		}
	}
	return out
}
