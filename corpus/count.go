package corpus

import (
	"context"
	"encoding/json"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// countedClasses is how many classes one statement counts.
const countedClasses = 1000

// count fills in how many documents the asker sees in which state, and how many files wait.
func (l *Library) count(ctx context.Context, tx *store.Tx, sc scope.Scope, c *Corpus) error {
	err := l.eachSeen(ctx, tx, sc, c.ID, `SELECT document.state, COUNT(*) FROM document`, ` GROUP BY document.state`, func(state string, n int) {
		c.Documents += n
		switch state {
		case Ready:
			c.Ready += n
		case Failed:
			c.Failed += n
		case Skipped:
			c.Skipped += n
		}
	})
	if err != nil {
		return err
	}
	if sc.All(c.Space) {
		c.Open, err = waiting(ctx, tx, c.Space, c.ID, nil)
		return err
	}
	c.Passages, err = l.passages(ctx, tx, sc, *c)
	if err != nil || !sc.May(scope.Edit) {
		return err
	}
	c.Open, err = waiting(ctx, tx, c.Space, c.ID, func(source string) (bool, error) {
		rule, err := l.auth.RuleAt(ctx, tx, c.ID, source)
		return sc.Reads(rule.Readers), err
	})
	return err
}

// A counted is what a count of passages depends on.
type counted struct {
	corpus, scope string
	change        int64
}

// maxCounted is how many counts are remembered.
const maxCounted = 10_000

// passages counts the passages that the asker sees. It is remembered until the corpus or what
// they see changes: there may be millions.
func (l *Library) passages(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus) (n int, err error) {
	key := counted{c.ID, sc.Key(), c.change}
	l.counting.Lock()
	n, known := l.counts[key]
	l.counting.Unlock()
	if known {
		return n, nil
	}
	err = l.eachSeen(ctx, tx, sc, c.ID, `SELECT '', COUNT(*) FROM passage JOIN document ON document.id = passage.document AND document.revision = passage.revision`, ``,
		func(_ string, some int) { n += some })
	if err != nil {
		return 0, err
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

// eachSeen counts rows of the documents of a corpus that the asker sees. A scope that names its
// documents is asked about each.
func (l *Library) eachSeen(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, query, group string, add func(key string, n int)) error {
	where, args := ` WHERE document.corpus = $1`, []any{corpus}
	if sc.All(sc.Space()) {
		return counts(ctx, tx, query+where+group, args, add)
	}
	column, in := `access.class`, []string(nil)
	var err error
	if table, _ := sc.Classes(); table != nil {
		in, err = l.auth.SeenClasses(ctx, tx, sc, corpus)
	} else {
		column = `document.id`
		in, err = seenDocuments(ctx, tx, sc, corpus)
	}
	if err != nil {
		return err
	}
	for len(in) > 0 {
		some := in[:min(countedClasses, len(in))]
		in = in[len(some):]
		args := []any{corpus}
		for _, id := range some {
			args = append(args, id)
		}
		q := query + ` JOIN access ON access.document = document.id` + where + ` AND ` + column + ` IN (` + store.Marks(2, len(some)) + `)` + group
		if err := counts(ctx, tx, q, args, add); err != nil {
			return err
		}
	}
	return nil
}

func counts(ctx context.Context, tx *store.Tx, query string, args []any, add func(string, int)) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return err
		}
		add(key, n)
	}
	return rows.Err()
}

func seenDocuments(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM document WHERE corpus = $1`, corpus)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if sc.Sees(sc.Space(), id) {
			out = append(out, id)
		}
	}
	return out, rows.Err()
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
	rows, err := tx.Query(ctx, `SELECT payload FROM job WHERE space = $1 AND kind = 'ingest' AND state IN ('queued', 'running') AND payload LIKE $2`,
		space, "%"+corpus+"%")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var payload string
		var o order
		if err := rows.Scan(&payload); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(payload), &o); err != nil {
			return nil, err
		}
		open = append(open, o.Items...)
	}
	return open, rows.Err()
}
