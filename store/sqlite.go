package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"wenyuan"
)

// readers is how many transactions may read a SQLite database at once; more wait.
const readers = 8

// openSQLite opens Dir/wenyuan.db with one connection that writes and several that
// read.
func (s *Store) openSQLite(ctx context.Context) (err error) {
	s.engine = sqliteFile
	if err := createPrivate(s.file()); err != nil {
		return folderError(s.dir, err)
	}
	if s.write, err = sqliteDB(s.file(), "immediate", 1); err != nil {
		return err
	}
	// The writer comes first: it makes the file, which a reader may not.
	if err := s.write.PingContext(ctx); err != nil {
		return s.engine.explain(s, err)
	}
	s.read, err = sqliteDB(s.file(), "deferred", readers, "query_only(1)")
	return err
}

// createPrivate makes an empty file that only its owner reads: SQLite would let everybody,
// and its log takes after it. A file that is there is not opened, because closing it
// would end the locks that SQLite holds on it in this process.
func createPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// file is where the SQLite database is.
func (s *Store) file() string { return filepath.Join(s.dir, "wenyuan.db") }

func sqliteDB(file, lock string, conns int, pragmas ...string) (*sql.DB, error) {
	pragmas = append([]string{
		"busy_timeout(10000)",          // ms; only while another program looks into the file
		"journal_mode(WAL)",            // readers and the writer do not wait for each other
		"synchronous(FULL)",            // a commit is on the disk when it returns
		"fullfsync(1)",                 // macOS: also out of the cache of the disk itself
		"foreign_keys(1)",              // as PostgreSQL does
		"case_sensitive_like(1)",       // as PostgreSQL does
		"journal_size_limit(67108864)", // bytes; a long reader lets the log grow, afterwards it shrinks again
		"temp_store(MEMORY)",           // nothing is written outside the data folder
		"secure_delete(1)",             // what is deleted is overwritten in the file too
	}, pragmas...)
	q := url.Values{"_txlock": {lock}, "_dqs": {"0"}, "_defensive": {"1"}, "_error_rc": {"1"}, "_pragma": pragmas}
	connector, err := sqlite.NewConnector((&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(min(conns, 4)) // each has a cache of up to two megabytes
	return db, nil
}

// sqliteCode is the primary result code, 0 for none.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func sqliteAgain(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func sqliteExplain(dir string, err error) error {
	e := &wenyuan.Error{Code: wenyuan.Unavailable, Err: err}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_FULL:
		e.Message = "the disk that holds " + dir + " is full"
		e.Hint = "free some space there, or move the data folder to a larger disk; what was reported done is kept"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		e.Code = wenyuan.Internal
		e.Message = "the database in " + dir + " is damaged"
		e.Hint = "keep a copy of the folder, then restore the last backup into an empty one with: wenyuan restore FILE --data DIR"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		e.Code = wenyuan.Conflict
		e.Message = "another program holds the database in " + dir
		e.Hint = "end that program, or let it finish, and try again"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		e.Message = "the database in " + dir + " may not be written"
		e.Hint = "make this user the owner of the folder and the files in it, or choose another one with --data"
	case sqlite3.SQLITE_CANTOPEN:
		e.Message = "the database in " + dir + " cannot be opened"
		e.Hint = "look whether the folder exists and this user may write there"
	case sqlite3.SQLITE_IOERR:
		e.Message = "the disk that holds " + dir + " fails to read or write"
		e.Hint = "look whether it is full or broken; what was reported done is kept"
	case sqlite3.SQLITE_TOOBIG:
		e.Code = wenyuan.TooLarge
		e.Message = "a text is larger than the database can keep in one piece"
		e.Hint = "split it; the limit is 1,000,000,000 bytes"
	default:
		return err
	}
	return e
}

func sqliteCheck(ctx context.Context, db *sql.DB) error {
	found, err := firstColumn(ctx, db, `PRAGMA integrity_check(10)`)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return damaged(strings.Join(found, "; "))
	}
	found, err = firstColumn(ctx, db, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return damaged(fmt.Sprintf("%d rows point to rows that are not there, the first in table %s", len(found), found[0]))
	}
	return nil
}

// damaged is the error of a database that is not whole.
func damaged(how string) error {
	return &wenyuan.Error{
		Code: wenyuan.Internal, Message: "the database is damaged", Err: errors.New(how),
		Hint: "keep a copy of it, then restore the last backup into an empty place with: wenyuan restore FILE",
	}
}

// firstColumn is the first column of a query, as text.
func firstColumn(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var first []string
	var value string
	dest := make([]any, len(columns))
	for i := range dest {
		dest[i] = new(any)
	}
	dest[0] = &value
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		first = append(first, value)
	}
	return first, rows.Err()
}
