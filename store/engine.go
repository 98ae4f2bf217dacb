package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"wenyuan"
)

// An engine is the kind of database. What differs between them stands in sqlite.go
// and postgres.go; everything else is written once.
type engine int

const (
	sqliteFile engine = iota
	postgres
)

// again says whether a transaction that failed so may simply be begun again.
func (e engine) again(err error) bool {
	if e == sqliteFile {
		return sqliteAgain(err)
	}
	return postgresAgain(err)
}

// explain turns what only an operator can mend into an Error that says how. Errors
// that already are one, and a context that ended, pass as they are.
func (e engine) explain(s *Store, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*wenyuan.Error](err); ok {
		return err
	}
	if e == sqliteFile {
		return sqliteExplain(s.dir, err)
	}
	return postgresExplain(err)
}

// refused says whether the engine found a value that its table may not hold.
func (e engine) refused(err error) bool {
	if e == sqliteFile {
		return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.HasPrefix(pg.Code, "23")
}

func (e engine) check(ctx context.Context, db *sql.DB) error {
	if e == sqliteFile {
		return sqliteCheck(ctx, db)
	}
	return postgresCheck(ctx, db)
}

// folderError says what is wrong with a folder of the data.
func folderError(dir string, err error) error {
	e := &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the data folder " + dir + " cannot be used", Hint: "see the cause in the log", Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Message = "the disk that holds " + dir + " is full"
		e.Hint = "free some space there, or move the data folder to a larger disk; what was reported done is kept"
	case errors.Is(err, syscall.EROFS):
		e.Message = "the disk that holds " + dir + " is read-only"
		e.Hint = "mount it for writing, or choose another data folder with --data"
	case errors.Is(err, fs.ErrPermission):
		e.Message = "the data folder " + dir + " may not be written"
		e.Hint = "make this user its owner, or choose another one with --data"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		e.Code = wenyuan.Invalid
		e.Message = dir + " is not a folder"
		e.Hint = "choose another data folder with --data"
	}
	return e
}
