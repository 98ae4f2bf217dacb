package corpus

import (
	"context"
	"encoding/json"
	"slices"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// countedIDs is how many classes or documents one statement counts.
const countedIDs = 1000

// count fills in how many documents the asker sees in which state, and how many files wait.
func (l *Library) count(ctx context.Context, tx *store.Tx, sc scope.Scope, c *Corpus) error {
	if err := l.countSeen(ctx, tx, sc, c); err != nil {
		return err
	}
	var err error
	if sc.All(c.Space) {
		c.Open, err = waiting(ctx, tx, c.Space, c.ID, nil)
		return err
	}
	if !sc.May(scope.Edit) {
		return nil
	}
	c.Open, err = waiting(ctx, tx, c.Space, c.ID, func(source string) (bool, error) {
		rule, err := l.auth.RuleAt(ctx, tx, c.ID, source)
		return sc.Reads(rule.Readers), err
	})
	return err
}

// countSeen counts documents by their states, and where the asker does not see all the passages.
func (l *Library) countSeen(ctx context.Context, tx *store.Tx, sc scope.Scope, c *Corpus) error {
	table, _ := sc.Classes()
	if table == nil {
		return countEach(ctx, tx, sc, c)
	}
	seen := l.auth.SeenClasses(sc, c.ID)
	n, err := l.tally(ctx, tx, sc, *c, seen)
	if err != nil {
		return err
	}
	c.Documents, c.Passages = n.documents, n.passages
	// Few cannot be read, so that they are counted beside the others.
	err = counts(ctx, tx, `SELECT document.state, access.class, COUNT(*), 0 FROM document JOIN access ON access.document = document.id
		WHERE document.corpus = $1 AND document.state IN ('failed', 'skipped') GROUP BY document.state, access.class`, []any{c.ID}, func(r countRow) {
		if _, sees := slices.BinarySearch(seen, r.class); sees {
			c.inState(r.state, r.documents)
		}
	})
	c.Ready = max(c.Documents-c.Failed-c.Skipped, 0)
	return err
}

// inState counts documents in a state.
func (c *Corpus) inState(state string, n int) {
	switch state {
	case Ready:
		c.Ready += n
	case Failed:
		c.Failed += n
	case Skipped:
		c.Skipped += n
	}
}

// countEach counts for who sees all, or names the documents.
func countEach(ctx context.Context, tx *store.Tx, sc scope.Scope, c *Corpus) error {
	query, args := `SELECT document.state, '', COUNT(*), 0 FROM document WHERE document.corpus = $1 GROUP BY document.state`, []any{c.ID}
	if !sc.All(c.Space) {
		in, err := seenDocuments(ctx, tx, sc, c.ID)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(in, countedIDs) {
			query = `SELECT document.state, '', COUNT(*), SUM(access.passages) FROM document JOIN access ON access.document = document.id
				WHERE document.corpus = $1 AND document.id IN (` + store.Marks(2, len(some)) + `) GROUP BY document.state`
			if err := counts(ctx, tx, query, append(args, store.Args(some)...), c.add); err != nil {
				return err
			}
		}
		return nil
	}
	return counts(ctx, tx, query, args, c.add)
}

func (c *Corpus) add(r countRow) {
	c.Documents, c.Passages = c.Documents+r.documents, c.Passages+r.passages
	c.inState(r.state, r.documents)
}

// A counted is what a count depends on: the corpus as of a change, and what is seen of it.
type counted struct {
	corpus, scope string
	change        int64
}

// A tally is how much of a corpus somebody sees.
type tally struct{ documents, passages int }

// maxCounted is how many tallies are remembered.
const maxCounted = 10_000

// tally counts what the asker sees. It is remembered until the corpus or what they see changes.
func (l *Library) tally(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, seen []string) (n tally, err error) {
	key := counted{c.ID, sc.Key(), c.change}
	l.counting.Lock()
	n, known := l.counts[key]
	l.counting.Unlock()
	if known {
		return n, nil
	}
	for some := range slices.Chunk(seen, countedIDs) {
		err := counts(ctx, tx, `SELECT '', '', COUNT(*), COALESCE(SUM(passages), 0) FROM access WHERE corpus = $1 AND document <> $1 AND class IN (`+store.Marks(2, len(some))+`)`,
			append([]any{c.ID}, store.Args(some)...), func(r countRow) { n.documents, n.passages = n.documents+r.documents, n.passages+r.passages })
		if err != nil {
			return n, err
		}
	}
	l.counting.Lock()
	defer l.counting.Unlock()
	if len(l.counts) >= maxCounted {
		clear(l.counts)
	}
	l.counts[key] = n
	return n, nil
}

// countIndexed fills in the passages of a corpus of which the asker sees all: the index has
// counted them already, and the database would count each time.
func (l *Library) countIndexed(ctx context.Context, sc scope.Scope, c *Corpus) error {
	if !sc.All(c.Space) {
		return nil
	}
	s, err := l.shelf(ctx, c.ID)
	if err != nil {
		return err
	}
	c.Passages = s.index.Stats().Passages
	return nil
}

// A countRow is how many documents with how many passages are in one state or of one class.
type countRow struct {
	state, class        string
	documents, passages int
}

func counts(ctx context.Context, tx *store.Tx, query string, args []any, add func(countRow)) error {
	return tx.Each(ctx, func(row store.Row) error {
		var r countRow
		if err := row.Scan(&r.state, &r.class, &r.documents, &r.passages); err != nil {
			return err
		}
		add(r)
		return nil
	}, query, args...)
}

func seenDocuments(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string) ([]string, error) {
	var out []string
	err := tx.Each(ctx, func(r store.Row) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		if sc.Sees(sc.Space(), id) {
			out = append(out, id)
		}
		return nil
	}, `SELECT id FROM document WHERE corpus = $1`, corpus)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// waiting counts the files of a corpus's orders that are not done, as far as counted says so; an
// order has one at least.
func waiting(ctx context.Context, tx *store.Tx, space, corpus string, counted func(source string) (bool, error)) (n int, err error) {
	open, err := openItems(ctx, tx, space, corpus)
	if err != nil || counted == nil {
		return len(open), err
	}
	for _, it := range open {
		yes, err := counted(it.Source)
		if err != nil {
			return 0, err
		}
		if yes {
			n++
		}
	}
	return n, nil
}

func openItems(ctx context.Context, tx *store.Tx, space, corpus string) (open []item, err error) {
	err = tx.Each(ctx, func(r store.Row) error {
		var payload string
		var o order
		if err := r.Scan(&payload); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(payload), &o); err != nil {
			return err
		}
		open = append(open, o.Items...)
		return nil
	}, `SELECT payload FROM job WHERE space = $1 AND kind = 'ingest' AND state IN ('queued', 'running') AND payload LIKE $2`,
		space, "%"+corpus+"%")
	if err != nil {
		return nil, err
	}
	return open, nil
}
