package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wenyuan"
)

// restoring is the folder, inside the data folder, that a backup is unpacked into. A
// restore that was killed leaves it; the next one, or the next Open, removes it.
const restoring = "restoring"

// Restore reads a backup into an empty place: a data folder without data and, with
// PostgreSQL, a database without any. It takes the folder's lock itself. All of the backup
// is there afterwards, checked against its checksums, or nothing is; but nobody is signed in, and
// no server holds anything. A backup of an older schema is brought forward.
func Restore(ctx context.Context, c Config, r io.Reader, progress func(done, total int64)) (err error) {
	lock, err := LockDir(c.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := checkEmpty(c.Dir); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	work := filepath.Join(c.Dir, restoring)
	defer func() {
		if e := os.RemoveAll(work); e != nil && err == nil {
			err = fmt.Errorf("store: restore: %w", folderError(work, e))
		}
	}()
	if err := restore(ctx, c, work, r, progress); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return nil
}

// checkEmpty lets nothing stand in the data folder but what holds no data, and what a
// killed restore left, which it removes.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return folderError(dir, err)
	}
	harmless := []string{"lock", "wenyuan.yaml", "lost+found", "cache", "blobs", restoring}
	for _, e := range entries {
		if !slices.Contains(harmless, e.Name()) {
			return notEmpty(fmt.Sprintf("the data folder %s is not empty: it has %q", dir, e.Name()))
		}
	}
	if _, err := os.Stat(filepath.Join(dir, restoring)); err == nil {
		for _, left := range []string{"blobs", restoring} {
			if err := os.RemoveAll(filepath.Join(dir, left)); err != nil {
				return folderError(dir, err)
			}
		}
		return nil
	}
	for _, err := range (&Blobs{dir: filepath.Join(dir, "blobs")}).All() {
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		return notEmpty(fmt.Sprintf("the data folder %s is not empty: it has originals in %q", dir, "blobs"))
	}
	return nil
}

func notEmpty(message string) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: message, Hint: "restore into an empty place: name a new folder with --data, or a new database with WENYUAN_DATABASE"}
}

// restore unpacks into the folder work, then moves what is whole into place. The
// database comes last: with it the data folder is whole.
func restore(ctx context.Context, c Config, work string, r io.Reader, progress func(done, total int64)) error {
	in, err := openArchive(ctx, r, progress)
	if err != nil {
		return err
	}
	place := c
	place.Dir = work
	s, err := connect(ctx, place)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			s.Close() // the failure that led here is the one to report
		}
	}()
	if err := s.migrate(ctx, in.head.Schema); err != nil {
		return err
	}
	if found, err := s.schema(ctx); err != nil || found != in.head.Schema {
		return errors.Join(err, notEmpty(fmt.Sprintf("the database has schema %d already, the backup has %d", found, in.head.Schema)))
	}
	blobs := filepath.Join(c.Dir, "blobs")
	if err := s.load(ctx, in, blobs); err != nil {
		return err
	}
	if err := s.migrate(ctx, latest); err != nil {
		return err
	}
	if s.engine == postgres {
		return nil
	}
	if err := s.Check(ctx); err != nil {
		return err
	}
	closed = true
	if err := s.Close(); err != nil {
		return err
	}
	if _, err := os.Stat(s.file() + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errors.New("SQLite left its log behind"), err)
	}
	if err := os.Rename(s.file(), filepath.Join(c.Dir, "wenyuan.db")); err != nil {
		return errors.Join(folderError(c.Dir, err), os.RemoveAll(blobs))
	}
	return folderErrorOrNil(c.Dir, syncDir(c.Dir))
}

func folderErrorOrNil(dir string, err error) error {
	if err == nil {
		return nil
	}
	return folderError(dir, err)
}

// load fills the tables in one transaction, and moves the originals into place just
// before it is committed.
func (s *Store) load(ctx context.Context, in *unarchive, blobs string) error {
	moved, tried := false, false
	err := s.Write(ctx, func(tx *Tx) error {
		if tried {
			return errors.New("the database gave the transaction up, and a backup can be read once only; try again")
		}
		tried = true
		tables, err := s.empty(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.loadEntries(ctx, tx, in, tables); err != nil {
			return err
		}
		if err := forgetFleeting(ctx, tx, tables); err != nil {
			return err
		}
		if err := os.RemoveAll(s.blobs.temp()); err != nil {
			return folderError(s.dir, err)
		}
		if err := os.RemoveAll(blobs); err != nil { // empty, as was seen
			return folderError(blobs, err)
		}
		if err := os.Rename(s.blobs.dir, blobs); err != nil {
			return folderError(blobs, err)
		}
		moved = true
		return folderErrorOrNil(blobs, syncDir(filepath.Dir(blobs)))
	})
	if err != nil && moved {
		err = errors.Join(err, os.RemoveAll(blobs))
	}
	return err
}

// fleeting are the tables of what was under way when the backup was made: sessions, which may have
// been ended since, sign-ins, and what servers held or had loaded that are not there any more.
var fleeting = []string{"signin_session", "signin_state", "limit_lease", "house_server", "label_ready"}

func forgetFleeting(ctx context.Context, tx *Tx, tables map[string][]column) error {
	for _, name := range fleeting {
		if tables[name] == nil {
			continue // the backup is of an older schema
		}
		if _, err := tx.Exec(ctx, `DELETE FROM `+name); err != nil {
			return err
		}
	}
	return nil
}

// empty makes sure that nobody's data is in the tables, and clears away the rows that
// the migrations made: the backup has them too. It gives the columns of each table.
func (s *Store) empty(ctx context.Context, tx *Tx) (map[string][]column, error) {
	names, err := s.tables(ctx, tx)
	if err != nil {
		return nil, err
	}
	tables := map[string][]column{}
	for _, name := range names {
		rows, err := tx.Query(ctx, `SELECT * FROM "`+name+`" LIMIT 0`)
		if err != nil {
			return nil, err
		}
		tables[name], err = columnsOf(rows)
		if err := errors.Join(err, rows.Close()); err != nil {
			// Another program's table has other types: the database is not ours alone.
			return nil, notEmpty(fmt.Sprintf("the database is not empty: it has the table %q", name))
		}
		if name == "counter" || name == "space" {
			continue
		}
		var n int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM "`+name+`"`).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			return nil, notEmpty(fmt.Sprintf("the database is not empty: its table %q has %d rows", name, n))
		}
	}
	for _, name := range []string{"counter", "space"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// loadEntries reads tables and originals, and makes sure at the end that all was there.
func (s *Store) loadEntries(ctx context.Context, tx *Tx, in *unarchive, tables map[string][]column) error {
	batch := s.blobs.Batch()
	defer batch.Discard()
	for {
		name, body, err := in.next()
		if err != nil {
			return err
		}
		kind, rest, _ := strings.Cut(name, "/")
		switch {
		case name == manifestName:
			if err := in.finish(body); err != nil {
				return err
			}
			return batch.Commit()
		case kind == "tables":
			table, _, _ := strings.Cut(rest, "/")
			columns, ok := tables[table]
			if !ok {
				return badBackup(fmt.Sprintf("it has a table %q, which schema %d does not know", table, in.head.Schema), nil)
			}
			if err := s.loadTable(ctx, tx, in, table, columns, bufio.NewReaderSize(body, 1<<16)); err != nil {
				return err
			}
		case kind == "blobs" && isHash(rest):
			if err := loadBlob(ctx, batch, in, rest, body); err != nil {
				return err
			}
		default:
			return badBackup(fmt.Sprintf("it has an entry %q, which this program does not know", name), nil)
		}
	}
}

// batchSize is how many originals are waited for at once.
const batchSize = 100

func loadBlob(ctx context.Context, batch *Batch, in *unarchive, name string, body io.Reader) error {
	hash, _, err := batch.Put(ctx, body)
	if err != nil {
		return in.explain("the original "+name, err)
	}
	if hash != name {
		return badBackup(fmt.Sprintf("the original %s is damaged", name), nil)
	}
	in.piece()
	if len(batch.files) < batchSize {
		return nil
	}
	return batch.Commit()
}
