package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"

	"wenyuan"
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

// Add takes files into a corpus and returns when each has ended as ready, failed or
// skipped. What it has taken in survives the process: after a crash the next Start goes on
// with it. A file whose bytes are those already read is not read again.
func (l *Library) Add(ctx context.Context, sc scope.Scope, corpus string, ups []Upload) ([]Document, error) {
	c, err := l.Corpus(ctx, sc, corpus)
	if err != nil {
		return nil, err
	}
	var items []item
	var orders []string
	for len(ups) > 0 {
		n := min(groupFiles, len(ups))
		o, key, err := l.accept(ctx, c, ups[:n])
		if err != nil {
			return nil, fmt.Errorf("corpus: add to %s: %w", corpus, err)
		}
		items, orders, ups = append(items, o.Items...), append(orders, key), ups[n:]
	}
	if err := l.wait(ctx, c, orders); err != nil {
		return nil, fmt.Errorf("corpus: add to %s: %w", corpus, err)
	}
	return l.bySource(ctx, sc, c, items)
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
			d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.corpus = $1 AND document.source = $2`, c.ID, it.Source))
			if err != nil {
				return err
			}
			if sc.Sees(c.Space, d.ID) {
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
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
