// Package store keeps what the house knows: records in a database, bytes in a
// folder. It opens the database (SQLite in the data folder, PostgreSQL by address),
// brings its schema forward, gives out transactions with a clock, keeps blobs by
// the hash of their content, holds the lock on the data folder, and writes and reads
// backups.
//
// It knows no nouns of the product beyond their tables: the SQL of a noun stands
// beside the noun, in the room that owns it.
//
// One SQL text serves both engines. A stranger would break that first, so: $1
// placeholders; TEXT, BIGINT and BYTEA; ON CONFLICT and RETURNING; LIKE with
// ESCAPE '\'; no function that only one engine has. Text sorts by its bytes and LIKE
// minds case on both. After a statement failed, the transaction is lost on both:
// say ON CONFLICT where a conflict is expected.
//
// Nothing that Write returned nil for is lost, also when the power fails: SQLite runs
// with synchronous=FULL, because NORMAL may lose the last commits of a
// write-ahead log.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"wenyuan"
)

// A Config says where the data is.
type Config struct {
	Dir   string           // the data folder; holds the blobs, and wenyuan.db with SQLite
	URL   string           // "" for SQLite at Dir/wenyuan.db, else "postgres://..."
	Clock func() time.Time // nil for the machine's, or the database server's; tests bring their own
}

// A Store is an open database with its blobs. It may be used from many goroutines.
type Store struct {
	dir      string
	engine   engine
	write    *sql.DB // with SQLite, one connection
	read     *sql.DB
	blobs    *Blobs
	clock    func() time.Time
	instance string
	writes   atomic.Int64 // see Writes
}

// Open opens the store, makes what is missing, and brings the schema forward. A
// schema newer than this program is refused with Conflict and left as it is. With SQLite
// the caller holds the lock on the data folder (LockDir), as long as the store is open.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// What a restore left that was killed; nothing of it was in use.
	if err := os.RemoveAll(filepath.Join(s.dir, restoring)); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", folderError(s.dir, err)), s.Close())
	}
	if err := s.migrate(ctx, latest); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), s.Close())
	}
	return s, nil
}

// connect opens folder and database without touching the schema.
func connect(ctx context.Context, c Config) (*Store, error) {
	dir, err := filepath.Abs(c.Dir)
	if c.Dir == "" || err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "no data folder is given", Hint: "name one with --data or WENYUAN_DATA", Err: err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, folderError(dir, err)
	}
	blobs, err := openBlobs(filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, blobs: blobs, clock: c.Clock, instance: NewID("run")}
	if c.URL == "" {
		err = s.openSQLite(ctx)
	} else {
		err = s.openPostgres(ctx, c.URL)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends all connections. Transactions that are under way fail.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Now is the time of the store's clock, in UTC microseconds since 1970.
func (s *Store) Now() int64 {
	if s.clock != nil {
		return s.clock().UnixMicro()
	}
	return time.Now().UnixMicro()
}

// Dir is the data folder, absolute.
func (s *Store) Dir() string { return s.dir }

// Blobs is the folder of bytes.
func (s *Store) Blobs() *Blobs { return s.blobs }

// Instance names this opening of the store; no other has the same name.
func (s *Store) Instance() string { return s.instance }

// Shared says whether other processes may use the same database now. With SQLite the
// lock on the data folder keeps them out.
func (s *Store) Shared() bool { return s.engine == postgres }

// Check asks the engine whether the database is whole, and whether every reference
// in it leads somewhere.
func (s *Store) Check(ctx context.Context) error {
	if err := s.engine.check(ctx, s.read); err != nil {
		return fmt.Errorf("store: check: %w", s.engine.explain(s, err))
	}
	return nil
}
