// Package table keeps a cache's answers in the database, where all servers of the house find them, and
// tells these servers what was purged. A stranger would break this: the tables are derived, so that
// a backup leaves them out and nothing else refers to them.
package table

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"wenyuan/gateway/cache"
	"wenyuan/store"
)

// A Table is the database as a cache's engine.
type Table struct {
	store *store.Store
	limit int64
	puts  atomic.Int64
}

// DefaultLimit is how many bytes of answers the database keeps.
const DefaultLimit = 1 << 30

// Open makes an engine that keeps so many bytes of answers; 0: DefaultLimit.
func Open(s *store.Store, limit int64) *Table {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Table{store: s, limit: limit}
}

// Name is "database".
func (t *Table) Name() string { return "database" }

// Get finds an entry; see [cache.Engine].
func (t *Table) Get(ctx context.Context, space string, key cache.Key) (*cache.Entry, error) {
	var data string
	err := t.store.Read(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(ctx, `SELECT data FROM cache_entry WHERE space = $1 AND key = $2 AND ends > $3`, space, hex.EncodeToString(key[:]), tx.Now).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || data == "" {
		return nil, err
	}
	e, err := cache.Decode(space, key, []byte(data))
	if err != nil {
		return nil, nil // none, as it cannot be read
	}
	return e, nil
}

// Put keeps entries; see [cache.Engine].
func (t *Table) Put(ctx context.Context, all ...*cache.Entry) error {
	rows := make([]string, len(all))
	for i, e := range all {
		data, err := cache.Encode(e)
		if err != nil {
			return err
		}
		rows[i] = string(data)
	}
	n := t.puts.Add(1)
	return t.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM cache_entry WHERE ends <= $1`, tx.Now); err != nil {
			return err
		}
		for i, e := range all {
			if e.Ends <= tx.Now || len(rows[i]) > cache.MaxData {
				continue
			}
			if err := put(ctx, tx, e, rows[i]); err != nil {
				return err
			}
		}
		if n%checkEvery == 0 {
			return t.shrink(ctx, tx)
		}
		return nil
	})
}

// put writes one entry with what it is purged by.
func put(ctx context.Context, tx *store.Tx, e *cache.Entry, data string) error {
	key := hex.EncodeToString(e.Key[:])
	_, err := tx.Exec(ctx, `INSERT INTO cache_entry (space, key, model, hash, data, size, created, fresh, ends) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (space, key) DO UPDATE SET model = excluded.model, hash = excluded.hash, data = excluded.data, size = excluded.size,
		created = excluded.created, fresh = excluded.fresh, ends = excluded.ends`,
		e.Space, key, e.Model, e.Hash, data, int64(len(data)), e.Created, e.Fresh, e.Ends)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cache_made WHERE space = $1 AND key = $2`, e.Space, key); err != nil {
		return err
	}
	made := func(kind, id string) error {
		_, err := tx.Exec(ctx, `INSERT INTO cache_made (space, key, kind, id) VALUES ($1, $2, $3, $4) ON CONFLICT (space, key, kind, id) DO NOTHING`, e.Space, key, kind, id)
		return err
	}
	for _, m := range e.Made {
		if err := made(cache.OfDocument, m.Document); err != nil {
			return err
		}
	}
	for _, s := range e.Sources {
		if err := made(s.Kind, s.Name); err != nil {
			return err
		}
	}
	return nil
}

const (
	checkEvery = 64 // writes between two looks at how much there is
	shrunk     = 8  // the part of the entries that is dropped at once where it is too much
)

// shrink drops entries, those that end next, until there is no more than the limit, and what the lists
// of sources hold of entries that are gone.
func (t *Table) shrink(ctx context.Context, tx *store.Tx) error {
	for {
		var size sql.NullInt64
		var entries int64
		if err := tx.QueryRow(ctx, `SELECT SUM(size), COUNT(*) FROM cache_entry`).Scan(&size, &entries); err != nil {
			return err
		}
		if size.Int64 <= t.limit {
			break
		}
		if _, err := tx.Exec(ctx, `DELETE FROM cache_entry WHERE ends <= (SELECT MAX(ends) FROM (SELECT ends FROM cache_entry ORDER BY ends LIMIT $1) AS first)`, entries/shrunk+1); err != nil {
			return err
		}
	}
	return sweep(ctx, tx)
}

// sweep drops what the list of sources holds of entries that are gone.
func sweep(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM cache_made WHERE NOT EXISTS (SELECT 1 FROM cache_entry e WHERE e.space = cache_made.space AND e.key = cache_made.key)`)
	return err
}

// Drop forgets an entry; see [cache.Engine].
func (t *Table) Drop(ctx context.Context, space string, key cache.Key) error {
	return t.store.Write(ctx, func(tx *store.Tx) error {
		for _, table := range []string{"cache_entry", "cache_made"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE space = $1 AND key = $2`, space, hex.EncodeToString(key[:])); err != nil {
				return err
			}
		}
		return nil
	})
}

// Purge forgets entries; see [cache.Engine].
func (t *Table) Purge(ctx context.Context, p cache.Purge) (n int64, err error) {
	err = t.store.Write(ctx, func(tx *store.Tx) error {
		n, err = PurgeIn(ctx, tx, p)
		return err
	})
	return n, err
}

// PurgeIn is Purge in a transaction.
func PurgeIn(ctx context.Context, tx *store.Tx, p cache.Purge) (n int64, err error) {
	where, args := `WHERE ($1 = '' OR space = $1)`, []any{p.Space}
	switch p.Kind {
	case "":
	case cache.OfModel:
		where, args = where+` AND model = $2`, append(args, p.Name)
	default:
		where += ` AND EXISTS (SELECT 1 FROM cache_made m WHERE m.space = cache_entry.space AND m.key = cache_entry.key AND m.kind = $2 AND m.id IN (` + store.Marks(3, 1+len(p.More)) + `))`
		args = append(append(args, p.Kind, p.Name), store.Args(p.More)...)
	}
	if n, err = tx.Exec(ctx, `DELETE FROM cache_entry `+where, args...); err != nil || n == 0 {
		return 0, err
	}
	return n, sweep(ctx, tx)
}

// Secret is what the servers of a house share and nobody else has. It is made when it is first asked for.
func Secret(ctx context.Context, s *store.Store) (secret [32]byte, err error) {
	err = s.Write(ctx, func(tx *store.Tx) error {
		rand.Read(secret[:]) // never fails: crypto/rand ends the program instead
		if _, err := tx.Exec(ctx, `INSERT INTO cache_secret (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, hex.EncodeToString(secret[:])); err != nil {
			return err
		}
		var text string
		if err := tx.QueryRow(ctx, `SELECT secret FROM cache_secret WHERE id = 1`).Scan(&text); err != nil {
			return err
		}
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(secret) {
			return errors.New("cache: the secret in the database is none")
		}
		secret = [32]byte(b)
		return nil
	})
	return secret, err
}

// remembered is for how long a purge is told to other servers, in microseconds: each asks every second.
const remembered = int64(3600e6)

// Tell has all servers of the house forget what a purge is about, once tx commits.
func Tell(ctx context.Context, tx *store.Tx, p cache.Purge) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cache_purge WHERE at < $1 AND number < (SELECT MAX(number) FROM cache_purge)`, tx.Now-remembered); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO cache_purge (number, purge, at) SELECT COALESCE(MAX(number), 0) + 1, $1, $2 FROM cache_purge`, string(text), tx.Now)
	return err
}

// Told gives what was purged after the purge of a number, and the number of the last one. With a
// number below 0 it gives the number alone. Who asks so late that some are not remembered any more is
// told to forget everything.
func Told(ctx context.Context, s *store.Store, after int64) (all []cache.Purge, last int64, err error) {
	last = max(after, 0)
	err = s.Read(ctx, func(tx *store.Tx) error {
		all, last = nil, max(after, 0)
		return tx.Each(ctx, func(r store.Row) error {
			var text string
			var p cache.Purge
			if err := r.Scan(&last, &text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				return fmt.Errorf("cache: a purge: %w", err)
			}
			if len(all) == 0 && last > after+1 && after >= 0 {
				p = cache.Purge{} // those between are forgotten: nobody knows what they were about
			}
			all = append(all, p)
			return nil
		}, `SELECT number, purge FROM cache_purge WHERE number > $1 ORDER BY number`, last)
	})
	if after < 0 {
		all = nil
	}
	return all, last, err
}

var _ cache.Engine = (*Table)(nil)
