package corpus

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Corpus is a named collection of documents in a space.
type Corpus struct {
	ID        string `json:"id"`
	Space     string `json:"space"`
	Name      string `json:"name"`
	Created   int64  `json:"created"` // UTC microseconds
	Documents int    `json:"documents"`
	Ready     int    `json:"ready"`
	Failed    int    `json:"failed"`
	Skipped   int    `json:"skipped"`
	Passages  int    `json:"passages"`
	Open      int    `json:"open"`             // files taken in and not yet done
	Closed    bool   `json:"closed"`           // nothing of it reaches what runs outside
	Declared  bool   `json:"declared"`         // it is the settings file that closes it
	Notice    string `json:"notice,omitempty"` // what the operator should know

	change int64 // number of the last change
}

// corpusName allows letters of any script, digits and . _ - after the first, up to 64 characters.
var corpusName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)

// Create makes a corpus, or finds the one that has the name already.
func (l *Library) Create(ctx context.Context, sc scope.Scope, name string) (Corpus, error) {
	if sc.Space() == "" {
		return Corpus{}, noCorpus(name)
	}
	if !corpusName.MatchString(name) {
		return Corpus{}, &wenyuan.Error{Code: wenyuan.Invalid,
			Message: fmt.Sprintf("%q cannot be the name of a corpus", name),
			Hint:    "a name has up to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit"}
	}
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, settings, created)
			VALUES ($1, $2, $3, '', '{}', $4) ON CONFLICT (space, name) DO NOTHING`,
			store.NewID("cor"), sc.Space(), name, tx.Now)
		return err
	})
	if err != nil {
		return Corpus{}, fmt.Errorf("corpus: create %s: %w", name, err)
	}
	return l.Corpus(ctx, sc, name)
}

// Corpus finds a corpus by its name.
func (l *Library) Corpus(ctx context.Context, sc scope.Scope, name string) (Corpus, error) {
	var c Corpus
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		c, err = l.findCorpus(ctx, tx, sc.Space(), name)
		return err
	})
	return c, err
}

// Counted is a corpus of the asker's space with its counts, which [Library.Corpus] leaves out.
func (l *Library) Counted(ctx context.Context, sc scope.Scope, name string) (Corpus, error) {
	var c Corpus
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if c, err = l.findCorpus(ctx, tx, sc.Space(), name); err != nil {
			return err
		}
		return count(ctx, tx, &c)
	})
	if err != nil {
		return Corpus{}, err
	}
	s, err := l.shelf(ctx, c.ID)
	if err != nil {
		return Corpus{}, err
	}
	c.Passages = s.index.Stats().Passages
	return c, nil
}

// Corpora lists the corpora of the asker's space by name, with their counts.
func (l *Library) Corpora(ctx context.Context, sc scope.Scope) ([]Corpus, error) {
	var out []Corpus
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out = nil
		all, err := l.allCorpora(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Space != sc.Space() {
				continue
			}
			if err := count(ctx, tx, &c); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: list: %w", err)
	}
	for i := range out { // the index has counted its passages already; the database would count each time
		s, err := l.shelf(ctx, out[i].ID)
		if err != nil {
			return nil, err
		}
		out[i].Passages = s.index.Stats().Passages
	}
	return out, nil
}

func noCorpus(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no corpus named %q", name),
		Hint: "wenyuan status lists the corpora; wenyuan add PATH --corpus NAME makes one"}
}

func (l *Library) findCorpus(ctx context.Context, tx *store.Tx, space, name string) (Corpus, error) {
	c, settings := Corpus{Space: space, Name: name}, ""
	err := tx.QueryRow(ctx, `SELECT id, created, settings, (SELECT COALESCE(MAX(number), 0) FROM change WHERE change.corpus = corpus.id)
		FROM corpus WHERE space = $1 AND name = $2`, space, name).Scan(&c.ID, &c.Created, &settings, &c.change)
	if errors.Is(err, sql.ErrNoRows) {
		return c, noCorpus(name)
	}
	if err != nil {
		return c, err
	}
	return c, l.settle(&c, settings)
}

func (l *Library) allCorpora(ctx context.Context, tx *store.Tx) ([]Corpus, error) {
	rows, err := tx.Query(ctx, `SELECT id, space, name, created, settings FROM corpus ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Corpus
	for rows.Next() {
		var c Corpus
		var settings string
		if err := rows.Scan(&c.ID, &c.Space, &c.Name, &c.Created, &settings); err != nil {
			return nil, err
		}
		if err := l.settle(&c, settings); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// count fills in how many documents stand in which state, and how many files wait.
func count(ctx context.Context, tx *store.Tx, c *Corpus) error {
	err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE state WHEN 'ready' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE state WHEN 'failed' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE state WHEN 'skipped' THEN 1 ELSE 0 END), 0)
		FROM document WHERE corpus = $1`, c.ID).Scan(&c.Documents, &c.Ready, &c.Failed, &c.Skipped)
	if err != nil {
		return err
	}
	c.Open, err = waiting(ctx, tx, c.Space, c.ID)
	return err
}

// waiting counts the files of a corpus's orders that are not done; an order has one at least.
func waiting(ctx context.Context, tx *store.Tx, space, corpus string) (n int, err error) {
	rows, err := tx.Query(ctx, `SELECT payload FROM job WHERE space = $1 AND kind = 'ingest' AND state IN ('queued', 'running') AND payload LIKE $2`,
		space, "%"+corpus+"%")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var payload string
		var o order
		if err := rows.Scan(&payload); err != nil {
			return 0, err
		}
		if err := json.Unmarshal([]byte(payload), &o); err != nil {
			return 0, err
		}
		n += len(o.Items)
	}
	return n, rows.Err()
}
