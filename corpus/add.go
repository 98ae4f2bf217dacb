package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

const (
	ingestJob = "ingest"
	learnJob  = "learn"
	embedJob  = "embed"

	maxSource = 1024 // bytes of a source's name
)

// An Upload is a file to be added. Source is its slash-separated name in the corpus.
type Upload struct {
	Source string
	Body   io.Reader
}

// Add is Take for files among which no .access file is of interest.
func (l *Library) Add(ctx context.Context, sc scope.Scope, corpus string, ups []Upload) ([]Document, error) {
	added, err := l.Take(ctx, sc, corpus, ups)
	return added.Documents, err
}

// Added is what became of an upload.
type Added struct {
	Documents []Document   // in the order of the files; those that the asker may not see have no id
	Access    []AccessFile // that were taken over
}

// Take takes files into a corpus and returns when each has ended as ready, failed or
// skipped. What it has taken in survives the process: after a crash the next Start goes on
// with it. A file whose bytes are those already read is not read again.
//
// A file named .access is no document: it says who may read what lies in its folder, and holds
// before the other files become visible. A table that names readers row by row gives a document
// for each set of readers. Needs Edit; it is Denied, and takes none of the files in, where one
// of them would lie at a place that is hidden from the asker.
func (l *Library) Take(ctx context.Context, sc scope.Scope, corpus string, ups []Upload) (added Added, err error) {
	c, err := l.Corpus(ctx, sc, corpus)
	if err != nil {
		return added, err
	}
	if !sc.May(scope.Edit) {
		return added, errNotEditor
	}
	rules, ups, err := partUploads(ups)
	if err != nil {
		return added, err
	}
	if added.Access, err = l.setAccess(ctx, sc, c, rules); err != nil {
		return added, fmt.Errorf("corpus: add to %s: %w", corpus, err)
	}
	if err := l.mayAdd(ctx, sc, c, ups); err != nil {
		return added, err
	}
	var items []item
	var orders []string
	for len(ups) > 0 {
		n := min(groupFiles, len(ups))
		o, key, err := l.accept(ctx, c, ups[:n])
		if err != nil {
			return added, fmt.Errorf("corpus: add to %s: %w", corpus, err)
		}
		items, orders, ups = append(items, o.Items...), append(orders, key), ups[n:]
	}
	if err := l.wait(ctx, c, orders); err != nil {
		return added, fmt.Errorf("corpus: add to %s: %w", corpus, err)
	}
	added.Documents, err = l.bySource(ctx, sc, c, items)
	return added, err
}

// wait returns when the orders are done; one that was given up is an error.
func (l *Library) wait(ctx context.Context, c Corpus, orders []string) error {
	if len(orders) == 0 {
		return nil
	}
	f := job.Filter{Space: c.Space, Kind: ingestJob, Keys: orders}
	if err := l.queue.Drain(ctx, f); err != nil {
		return err
	}
	f.States = []job.State{job.Failed}
	return l.store.Read(ctx, func(tx *store.Tx) error {
		failed, err := job.List(ctx, tx, f, 1)
		if err != nil || len(failed) == 0 {
			return err
		}
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("not every file could be taken into %s: %s", c.Name, failed[0].Error),
			Hint: "mend that and add the files again; those that are in already are passed over"}
	})
}

func (l *Library) bySource(ctx context.Context, sc scope.Scope, c Corpus, items []item) ([]Document, error) {
	out := make([]Document, 0, len(items))
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out = out[:0]
		for _, it := range items {
			docs, err := l.outcome(ctx, tx, sc, c, it)
			if err != nil {
				return err
			}
			out = append(out, docs...)
		}
		return nil
	})
	return out, err
}

// outcome is what became of one file, as far as the asker may see it. Of what they may not see,
// they hear how the reading of what they sent ended, and no more.
func (l *Library) outcome(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, it item) ([]Document, error) {
	all, err := twins(ctx, tx, c.ID, it.Source)
	if err != nil {
		return nil, err
	}
	var out []Document
	hidden := Document{Corpus: c.Name, Source: it.Source, State: Ready}
	for _, t := range all {
		if t.file != "" {
			hidden.File = it.Source
		}
		d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.id = $1`, t.id))
		if err != nil {
			return nil, err
		}
		rule, err := l.auth.RuleOf(ctx, tx, t.id)
		if err != nil {
			return nil, err
		}
		if rule.Problem != "" && d.State == Ready {
			d.Reason, d.Hint = fmt.Sprintf("who may read %s cannot be read, so nobody may: %s", it.Source, rule.Problem), readersHint
		}
		if l.seesNow(sc, t.id, rule) {
			out = append(out, d)
		} else if hidden.Reason == "" {
			hidden.State, hidden.Reason, hidden.Hint = d.State, d.Reason, d.Hint
		}
	}
	if len(out) == 0 || hidden.Reason != "" {
		out = append(out, hidden)
	}
	return out, nil
}

const readersHint = "name group:NAME, person:NAME, service:NAME, space, public or nobody, with commas between"

// seesNow says whether the asker sees a document that may have come, or have got other readers,
// since their scope was made.
func (l *Library) seesNow(sc scope.Scope, id string, rule auth.Rule) bool {
	if table, _ := sc.Classes(); table != nil {
		return sc.Reads(rule.Readers)
	}
	return sc.Sees(sc.Space(), id)
}

func logChange(ctx context.Context, tx *store.Tx, space, corpus, document, kind, revision string) error {
	n, err := tx.NextChange(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO change (number, space, corpus, document, kind, revision, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (number, document) DO UPDATE SET kind = excluded.kind, revision = excluded.revision`,
		n, space, corpus, document, kind, revision, tx.Now)
	return err
}

// problem turns the reason a file could not be read into what its document will say.
func problem(source string, err error) (reason, hint string) {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message, e.Hint
	}
	return fmt.Sprintf("%s could not be read", source), "the log of the program says more"
}
