package guard

import (
	"context"
	"crypto/sha256"
	"fmt"
	"unicode"

	"wenyuan/guard/indirect"
	"wenyuan/guard/inject"
	"wenyuan/guard/reading"
)

// An Unseen is a text of a document that is in no passage of it: what its readers do not see, or
// what it is called.
type Unseen struct {
	Text      string
	Why       string // they do not see it, as reasons name it; "" for a name: of the file, a title, a heading
	Disguised bool   // it was kept from them, and is not only beside the page, as a comment is
}

// Unseen says what is to be done with such a text. It stands alone, so only what speaks to whoever
// reads it for somebody else counts, and counts more where it was disguised. What is more than
// allowed is kept as an incident of the document that is about.Passage.
func (g *Guard) Unseen(ctx context.Context, u Unseen, about About) (Decision, error) {
	if u.Why == "" && !instructs(u.Text) {
		return g.nothing(u), ctx.Err()
	}
	m, err := g.guards.learn(ctx, g.space)
	if err != nil {
		return Decision{Place: Retrieved, Action: Refuse, Policy: g.version}, err
	}
	// Files of a folder have the same headings, and versions of a file the same remarks.
	key := sha256.Sum256(fmt.Appendf(nil, "unseen\x00%s\x00%s\x00%d\x00%s\x00%s", g.version.Hash, g.space, m.number, u.Why, u.Text))
	if _, clean := g.guards.clean.get(key); clean {
		return g.nothing(u), ctx.Err()
	}
	about.unseen = &u
	d, err := g.Look(ctx, Retrieved, u.Text, about)
	if err == nil && len(d.Findings) == 0 {
		g.guards.clean.add(key, struct{}{})
	}
	return d, err
}

// nothing is the decision on a text in which nothing was found.
func (g *Guard) nothing(u Unseen) Decision {
	return Decision{Place: Retrieved, Action: Allow, Findings: []Finding{}, Text: u.Text, Policy: g.version}
}

// instructs says whether a name is long enough to tell anybody anything: most headings are not. Words
// without end may be a code.
func instructs(name string) bool {
	words, letters, han := 0, 0, 0
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			han++
		case unicode.IsLetter(r) || r > unicode.MaxLatin1: // also letters in disguise
			if letters++; letters == 1 {
				words++
			}
			if letters >= 20 {
				return true
			}
			continue
		}
		letters = 0
	}
	return words >= 3 || han >= 5
}

// What inject finds counts by itself where it is this certain, and otherwise where the text speaks
// to a reader as far as that: manuals of safety tell of attacks in their comments as well.
const (
	certain = 0.9
	speaks  = 0.25
	eager   = 0.6 // of what is missing to 1 stays, where it was disguised
)

// findUnseen looks for instructions in a text that stands alone.
func (x *look) findUnseen() {
	u := x.about.unseen
	for _, p := range x.parts {
		raw := p.text.Raw
		hits := indirect.FindName(raw[:boundary(raw, min(len(raw), maxNames))])
		if u.Why != "" {
			hits = append(hits, indirect.Find("", p.text)...)
		}
		spoken := strongest(hits).Score
		for _, h := range inject.Find(p.text) {
			if h.Score >= certain || u.Why != "" && spoken >= speaks {
				hits = append(hits, h)
			}
		}
		if best := strongest(hits); best.Score > 0 {
			if u.Disguised {
				best.Score = 1 - (1-best.Score)*eager
			}
			if u.Why != "" {
				best.Layer, best.Reason = "hidden", unseenReason(u)
			}
			x.hit(Indirect, p, best, "")
		}
	}
}

func strongest(hits []reading.Hit) (best reading.Hit) {
	for _, h := range hits {
		if h.Score > best.Score {
			best = h
		}
	}
	return best
}

// unseenReason says where it was found.
func unseenReason(u *Unseen) string {
	if why, ok := unseenReasons[u.Why]; ok {
		return why
	}
	return "This instruction stands where readers of the document do not see it."
}

// unseenReasons are sentences for the reasons that the parsers of documents give.
var unseenReasons = map[string]string{
	"not shown":            "This instruction stands in a part of the document that is not shown.",
	"invisible":            "This instruction is written in ink that is not seen.",
	"tiny":                 "This instruction is written in letters that are too small to be seen.",
	"background colour":    "This instruction is written in the colour of what is behind it.",
	"off the page":         "This instruction stands off the page, where nobody sees it.",
	"clipped":              "This instruction stands in a part of the page that is cut away.",
	"hidden cells":         "This instruction stands in a hidden sheet, row or column.",
	"invisible characters": "This instruction is written in characters that have no shape.",
	"comment":              "This instruction stands in a comment of the document.",
	"annotation":           "This instruction stands in a remark on the page.",
	"title of a link":      "This instruction stands in the title of a link.",
	"alt text":             "This instruction stands in the description of a picture.",
	"property":             "This instruction stands in what the file says of itself.",
	"data of the page":     "This instruction stands in the data that a page holds for programs.",
}
