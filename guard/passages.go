package guard

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"

	"wenyuan"
)

// An Aside is a passage that was set aside, and why.
type Aside struct {
	Passage  wenyuan.Passage
	Decision Decision
}

// Passages looks at what was retrieved for a question: each passage with its title, its source and
// its headings. kept are those that may be read, in their order, masked where the policy says so;
// aside are the others. Each that is set aside is an incident, which the owners of its document
// see. A passage that was looked at before and in which nothing was found is not looked at again.
func (g *Guard) Passages(ctx context.Context, question string, passages []wenyuan.Passage, about About) (kept []wenyuan.Passage, aside []Aside, err error) {
	if !g.Checks(Retrieved) {
		return passages, nil, ctx.Err()
	}
	m, err := g.guards.learn(ctx, g.space)
	if err != nil {
		return nil, nil, err
	}
	about.Question = question
	kept = make([]wenyuan.Passage, 0, len(passages))
	for _, p := range passages {
		key := g.verdictKey(p, m)
		if _, clean := g.guards.clean.get(key); clean {
			kept = append(kept, p)
			continue
		}
		about.Passage = &p
		d, x, err := g.decide(ctx, Retrieved, p.Text, about)
		if err != nil {
			return nil, nil, err
		}
		if len(d.Findings) == 0 && !x.hung && d.Text == p.Text {
			g.guards.clean.add(key, struct{}{})
		}
		g.keep(ctx, &d, x)
		if d.Action == Refuse || d.Action == Ask {
			aside = append(aside, Aside{p, d})
			continue
		}
		p.Text = d.Text
		kept = append(kept, p)
	}
	return kept, aside, nil
}

// A verdict on a passage hangs on its words, the policy, and what people have confirmed.
func (g *Guard) verdictKey(p wenyuan.Passage, m *memory) [32]byte {
	parts := []string{g.version.Hash, g.space, strconv.FormatInt(m.number, 10), p.Document, p.Revision, p.Title, p.Source, strings.Join(p.Heading, "\n"), p.Context, p.Text}
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// maxNames is how much is looked at of what a passage is called, in bytes each.
const maxNames = 2000

// names is what a passage is called.
func names(p wenyuan.Passage) []string {
	all := make([]string, 0, len(p.Heading)+3)
	for _, s := range append([]string{p.Title, p.Source, p.Context}, p.Heading...) {
		if s != "" && len(all) < 20 {
			all = append(all, s[:boundary(s, min(len(s), maxNames))])
		}
	}
	return all
}
