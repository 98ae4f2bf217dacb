package corpus

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"wenyuan"
	"wenyuan/corpus/parse"
	"wenyuan/guard"
	"wenyuan/store"
)

// guard is the policy that looks at what is read into a space; nil where nobody looks. That it
// cannot be had stops no document: what was retrieved is looked at again before it is used.
func (l *Library) guard(ctx context.Context, space string) *guard.Guard {
	if l.guards == nil {
		return nil
	}
	g, err := l.guards.For(ctx, space, "")
	if err != nil {
		l.log.Error("hidden text of documents is not looked at", "space", space, "error", err)
		return nil
	}
	if !g.Checks(guard.Retrieved) {
		return nil
	}
	return g
}

// screen looks at what a file, or each part of a table, holds beside its passages.
func (l *Library) screen(ctx context.Context, g *guard.Guard, r *reading) {
	if g == nil || r.err != nil {
		return
	}
	for i := range r.parts {
		l.screen(ctx, g, &r.parts[i])
	}
	if r.parts != nil {
		return
	}
	for _, u := range beside(r.Source, r.document) {
		d, err := g.Unseen(ctx, u, guard.About{Dry: true})
		if err != nil {
			return // ctx ended
		}
		if d.Action != guard.Allow {
			r.suspect = append(r.suspect, u)
		}
	}
}

// maxNames is how many names of a document are looked at: its headings are, after all, in its
// passages too.
const maxNames = 200

// beside is what of a document is in no passage, or what its passages are called.
func beside(source string, d *parse.Document) []guard.Unseen {
	all := unseen(d.Hidden)
	names := []string{source}
	if d.Title != "" {
		names = append(names, d.Title)
	}
	for _, b := range d.Blocks {
		if len(names) == maxNames {
			break
		}
		if n := len(b.Heading); n > 0 && !slices.Contains(names[max(0, len(names)-8):], b.Heading[n-1]) {
			names = append(names, b.Heading[n-1])
		}
	}
	for _, s := range names {
		all = append(all, guard.Unseen{Text: s})
	}
	return all
}

// unseen is hidden text as guards take it.
func unseen(hidden []parse.Hidden) (all []guard.Unseen) {
	for _, h := range hidden {
		all = append(all, guard.Unseen{Text: h.Text, Why: string(h.Why), Disguised: h.Why.Disguises()})
	}
	return all
}

// tell keeps an incident for everything suspect that was found beside the passages of documents that
// are in now. That it cannot be kept fails nothing.
func (l *Library) tell(ctx context.Context, s *shelf, readings []reading) {
	for i := range readings {
		r := &readings[i]
		l.tell(ctx, s, r.parts)
		if len(r.suspect) == 0 || ctx.Err() != nil {
			continue
		}
		g := l.guard(ctx, s.space)
		if g == nil {
			return
		}
		var p wenyuan.Passage
		err := l.store.Read(ctx, func(tx *store.Tx) error {
			err := tx.QueryRow(ctx, `SELECT id, revision, source, title FROM document WHERE corpus = $1 AND source = $2`, s.corpus, r.Source).Scan(&p.Document, &p.Revision, &p.Source, &p.Title)
			if errors.Is(err, sql.ErrNoRows) {
				return nil // removed meanwhile
			}
			return err
		})
		if err != nil {
			l.log.Error("hidden instructions are not kept as incidents", "source", r.Source, "error", err)
			continue
		}
		if p.Document == "" {
			continue
		}
		for _, u := range r.suspect {
			if _, err := g.Unseen(ctx, u, guard.About{Passage: &p, Keep: true}); err != nil {
				return // ctx ended
			}
		}
	}
}
