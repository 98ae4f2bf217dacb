package index

import (
	"wenyuan/index/analysis"
	"wenyuan/internal/scope"
)

// A Term is one distinct search term of a text and how much it tells apart.
type Term struct {
	Text     string
	Weight   float64 // ln(1+(n-df+0.5)/(df+0.5)) over the sections of the index, as in BM25
	Sections int     // that have it
	Present  bool    // a section that the scope sees has it
}

// Weigh gives the distinct terms of a text, in order of first use; none when the index is closed.
func (x *Index) Weigh(sc scope.Scope, text string) []Term {
	s, err := x.acquire()
	if err != nil {
		return nil
	}
	defer s.release()
	sees := make([]bitset, len(s.parts))
	for i, p := range s.parts {
		sees[i] = p.sees(x.o.Space, sc)
	}
	seen := map[string]bool{}
	var out []Term
	for _, t := range analysis.Terms(text) {
		if !seen[t] {
			seen[t] = true
			out = append(out, s.weighTerm(t, sees))
		}
	}
	return out
}

func (s *snapshot) weighTerm(term string, sees []bitset) Term {
	ords := make([]uint32, len(s.parts))
	df := s.frequency("w"+term, ords)
	t := Term{Text: term, Weight: idf(float64(df), float64(s.sections)), Sections: int(df)}
	for i, p := range s.parts {
		if ords[i] == 0 || t.Present {
			continue
		}
		for ps := p.seg.postings(ords[i] - 1); !t.Present && ps.next(); {
			t.Present = sees[i].has(ps.sec)
		}
	}
	return t
}

// Rarity is the weight of a term that so many of all sections have, as in BM25.
func Rarity(with, sections int) float64 { return idf(float64(with), float64(sections)) }
