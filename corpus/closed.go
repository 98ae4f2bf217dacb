package corpus

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// kept are a corpus's settings as the database holds them.
type kept struct {
	Builtin bool     `json:"builtin,omitempty"` // the program made it and keeps it up to date
	Files   []string `json:"files,omitempty"`   // that were put in by the program once; what was removed since stays away
	Closed  bool     `json:"closed,omitempty"`  // nothing of it leaves the house
}

// keep changes a corpus's settings.
func keep(ctx context.Context, tx *store.Tx, space, name string, change func(*kept)) error {
	var text string
	err := tx.QueryRow(ctx, `SELECT settings FROM corpus WHERE space = $1 AND name = $2`, space, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return auth.NoCorpus(name)
	}
	var k kept
	if err == nil {
		err = json.Unmarshal([]byte(text), &k)
	}
	if err != nil {
		return fmt.Errorf("corpus: settings of %s: %w", name, err)
	}
	change(&k)
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE corpus SET settings = $1 WHERE space = $2 AND name = $3`, string(b), space, name)
	return err
}

// settle reads what the settings say into a corpus.
func (l *Library) settle(c *Corpus, text string) error {
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return fmt.Errorf("corpus: settings of %s: %w", c.Name, err)
	}
	c.Declared = l.declaredClosed(c.Name)
	c.Closed = k.Closed || c.Declared
	if l.embedder != nil && c.Closed && !l.embedsInside() {
		c.Notice = "this corpus is closed and the embedder runs outside: only the vectors that are learned here are used"
	}
	return nil
}

// embedsInside says whether the embedder may be asked about closed corpora. One that does not
// say where it runs is outside.
func (l *Library) embedsInside() bool {
	e, ok := l.embedder.(interface{ Inside() bool })
	return ok && e.Inside()
}

// DeclareClosed says which corpora the settings file closes, whether they are there yet or
// not. Those stay closed until the file says otherwise; the embedder is then asked for what it
// could not be asked for.
func (l *Library) DeclareClosed(ctx context.Context, names []string) error {
	names = slices.Clone(names)
	l.closed.Store(&names)
	_, err := l.wantAll(ctx)
	return err
}

func (l *Library) declaredClosed(name string) bool {
	names := l.closed.Load()
	return names != nil && slices.Contains(*names, name)
}

// SetClosed closes or opens a corpus from the next request on. What is in a closed corpus
// reaches no model, embedder, reranker or judge that runs outside. Opening one asks the
// embedder for what it could not be asked for.
func (l *Library) SetClosed(ctx context.Context, sc scope.Scope, name string, closed bool) error {
	c, err := l.Corpus(ctx, sc, name)
	if err != nil {
		return err
	}
	if !sc.May(scope.Edit) {
		return errNotEditor
	}
	if !closed && l.declaredClosed(name) {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the corpus %q is closed by the settings file", name), Hint: "open it there, under corpora"}
	}
	s, err := l.shelf(ctx, c.ID)
	if err != nil {
		return err
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := keep(ctx, tx, sc.Space(), name, func(k *kept) { k.Closed = closed }); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "corpus.close", Object: name, Detail: map[string]any{"closed": closed}}); err != nil {
			return err
		}
		return l.wantFeatures(ctx, tx, s)
	})
}

// SetReaders says who reads what no other rule of a corpus is about, from the next request on.
// Needs Own.
func (l *Library) SetReaders(ctx context.Context, sc scope.Scope, name string, read []string) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		c, err := l.findCorpus(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		return l.auth.SetDefault(ctx, tx, sc, c.ID, read)
	})
}

// errNotEditor refuses a change to who sees what it is about.
var errNotEditor = &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or an owner of the space may do this", Hint: "ask an owner of the space for the role of an editor"}

// Inside marks ctx by [wenyuan.StayInside] when one of the corpora is closed. Whoever reads
// corpora for a request calls it before anything is read.
func (l *Library) Inside(ctx context.Context, sc scope.Scope, corpora ...string) (context.Context, error) {
	for _, name := range corpora {
		c, err := l.Corpus(ctx, sc, name)
		if err != nil {
			return nil, err
		}
		if c.Closed {
			return wenyuan.StayInside(ctx), nil
		}
	}
	return ctx, nil
}

// jobContext is the context in which a corpus's background work talks to an embedder. It is
// asked for before each request, so that closing a corpus holds from the next one on.
func (l *Library) jobContext(ctx context.Context, s *shelf) (context.Context, error) {
	c := Corpus{}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var text string
		if err := tx.QueryRow(ctx, `SELECT name, settings FROM corpus WHERE id = $1`, s.corpus).Scan(&c.Name, &text); err != nil {
			return err
		}
		return l.settle(&c, text)
	})
	if err != nil || !c.Closed {
		return ctx, err
	}
	return wenyuan.StayInside(ctx), nil
}
