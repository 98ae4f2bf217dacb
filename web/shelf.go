package web

import (
	"net/url"
	"strconv"
)

// All is how many documents a corpus has.
func (c Corpus) All() int { return c.Ready + c.Failed + c.Skipped }

// Documents is how many documents all corpora have.
func (p LibraryPage) Documents() int {
	n := 0
	for _, c := range p.Corpora {
		n += c.All()
	}
	return n
}

// All is how many documents the corpus has, whatever the filter.
func (p CorpusPage) All() int { return p.Ready + p.Failed + p.Skipped }

// Link is the address of this list in a state, from a row on; the words that were
// searched for stay.
func (p CorpusPage) Link(state string, offset int) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if p.Query != "" {
		q.Set("q", p.Query)
	}
	if offset > 0 {
		q.Set("offset", strconv.Itoa(offset))
	}
	address := "/library/" + url.PathEscape(p.Name)
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return address
}

// Before is the first row of the list before this one.
func (p CorpusPage) Before() int { return max(p.Offset-p.Limit, 0) }

// After is the first row of the list after this one.
func (p CorpusPage) After() int { return p.Offset + p.Limit }

// Following is how many rows the next list has; 0 when this is the last.
func (p CorpusPage) Following() int { return max(min(p.Total-p.After(), p.Limit), 0) }
