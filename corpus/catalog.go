package corpus

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
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
		return Corpus{}, auth.NoCorpus(name)
	}
	if !sc.May(scope.Edit) {
		return Corpus{}, errNotEditor
	}
	if !corpusName.MatchString(name) {
		return Corpus{}, &wenyuan.Error{Code: wenyuan.Invalid,
			Message: fmt.Sprintf("%q cannot be the name of a corpus", name),
			Hint:    "a name has up to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit"}
	}
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		id := store.NewID("cor")
		n, err := tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, settings, created)
			VALUES ($1, $2, $3, '', '{}', $4) ON CONFLICT (space, name) DO NOTHING`, id, sc.Space(), name, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		if err := l.auth.PlaceCorpus(ctx, tx, sc.Space(), id, name); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "corpus.create", Object: name})
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
		c, err = l.findCorpus(ctx, tx, sc, name)
		return err
	})
	return c, err
}

// Counted is a corpus of the asker's space with its counts, which [Library.Corpus] leaves out.
func (l *Library) Counted(ctx context.Context, sc scope.Scope, name string) (Corpus, error) {
	var c Corpus
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if c, err = l.findCorpus(ctx, tx, sc, name); err != nil {
			return err
		}
		return l.count(ctx, tx, sc, &c)
	})
	if err != nil {
		return Corpus{}, err
	}
	return c, l.countIndexed(ctx, sc, &c)
}

// Corpora lists the corpora of the asker's space by name. A corpus that holds nothing for the
// asker is not there, and the counts are of what they see.
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
			if seen, err := l.auth.SeesCorpus(ctx, tx, sc, c.ID); err != nil || !seen {
				if err != nil {
					return err
				}
				continue
			}
			if err := l.count(ctx, tx, sc, &c); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: list: %w", err)
	}
	for i := range out {
		if err := l.countIndexed(ctx, sc, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// findCorpus finds a corpus that exists for the asker.
func (l *Library) findCorpus(ctx context.Context, tx *store.Tx, sc scope.Scope, name string) (Corpus, error) {
	c, settings := Corpus{Space: sc.Space(), Name: name}, ""
	err := tx.QueryRow(ctx, `SELECT id, created, settings, (SELECT COALESCE(MAX(number), 0) FROM change WHERE change.corpus = corpus.id)
		FROM corpus WHERE space = $1 AND name = $2`, c.Space, name).Scan(&c.ID, &c.Created, &settings, &c.change)
	if errors.Is(err, sql.ErrNoRows) {
		return c, auth.NoCorpus(name)
	}
	if err != nil {
		return c, err
	}
	if seen, err := l.auth.SeesCorpus(ctx, tx, sc, c.ID); err != nil || !seen {
		return Corpus{}, cmp.Or(err, auth.NoCorpus(name))
	}
	return c, l.settle(&c, settings)
}

func (l *Library) allCorpora(ctx context.Context, tx *store.Tx) ([]Corpus, error) {
	return store.List(ctx, tx, func(r store.Row) (c Corpus, err error) {
		var settings string
		if err := r.Scan(&c.ID, &c.Space, &c.Name, &c.Created, &settings, &c.change); err != nil {
			return c, err
		}
		if err := l.settle(&c, settings); err != nil {
			return c, err
		}
		return c, nil
	}, `SELECT id, space, name, created, settings, (SELECT COALESCE(MAX(number), 0) FROM change WHERE change.corpus = corpus.id)
		FROM corpus ORDER BY name`)
}
