package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// Backup writes everything that the store holds at one moment, while others go on
// writing: every row of the database and every original that a document speaks of.
// Restore reads it into either engine. progress, which may be nil, is told how many
// rows and originals are through.
//
// An original that is missing or damaged makes it fail with the name of the document,
// so that no backup looks whole and is not.
func (s *Store) Backup(ctx context.Context, w io.Writer, progress func(done, total int64)) (err error) {
	a, err := newArchive(ctx, w, progress)
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	release := s.blobs.hold() // from before the snapshot on, or a removal could slip in between
	err = s.Read(ctx, func(tx *Tx) error { return s.backup(ctx, tx, a) })
	if e := release(); err == nil {
		err = e
	}
	if err == nil {
		err = a.end()
	}
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, tx *Tx, a *archive) error {
	tables, err := s.tables(ctx, tx)
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(name string) bool { return slices.Contains(derived, name) })
	hashes, err := referenced(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := countRows(ctx, tx, tables)
	if err != nil {
		return err
	}
	if err := a.begin(head{Format: archiveFormat, Version: archiveVersion, Schema: latest, Created: tx.Now, Pieces: rows + int64(len(hashes))}); err != nil {
		return err
	}
	for _, table := range tables {
		if err := backupTable(ctx, tx, a, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(hashes)) {
		if err := s.backupBlob(ctx, tx, a, hash, hashes[hash]); err != nil {
			return err
		}
	}
	return nil
}

// versionTable is where the migrations are counted; it is made, not restored.
const versionTable = "schema_version"

// derived are the tables that a backup leaves out: copies of answers, which the models give again, and
// which should not outlive in a backup what they were made from.
var derived = []string{"cache_entry", "cache_made", "cache_purge", "cache_secret"}

// tables are the names of the tables with data, in order.
func (s *Store) tables(ctx context.Context, tx *Tx) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
	if s.engine == postgres {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	}
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if name != versionTable {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, rows.Err()
}

func countRows(ctx context.Context, tx *Tx, tables []string) (int64, error) {
	var all int64
	for _, table := range tables {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM "`+table+`"`).Scan(&n); err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

// columnsOf are the columns of a table, or of a query's rows.
func columnsOf(rows *sql.Rows) ([]column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	columns := make([]column, len(types))
	for i, t := range types {
		columns[i] = column{Name: t.Name(), Type: strings.ToLower(t.DatabaseTypeName())}
		switch columns[i].Type {
		case "text", "bytea", "bigint":
		case "int8":
			columns[i].Type = "bigint"
		default:
			return nil, fmt.Errorf("column %s has the type %s, which a backup does not know", t.Name(), t.DatabaseTypeName())
		}
	}
	return columns, nil
}

// backupTable writes the rows of a table in pieces.
func backupTable(ctx context.Context, tx *Tx, a *archive, table string) error {
	rows, err := tx.Query(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := columnsOf(rows)
	if err != nil {
		return err
	}
	values := newRow(columns)
	var chunk bytes.Buffer
	number := 0
	flush := func() error {
		number++
		_, err := a.add(fmt.Sprintf("tables/%s/%06d.jsonl", table, number), int64(chunk.Len()), &chunk)
		chunk.Reset()
		return err
	}
	lines := json.NewEncoder(&chunk)
	lines.SetEscapeHTML(false)
	for rows.Next() {
		if chunk.Len() == 0 {
			if err := lines.Encode(columns); err != nil {
				return err
			}
		}
		if err := values.read(rows); err != nil {
			return err
		}
		if err := lines.Encode(values.values); err != nil {
			return err
		}
		a.piece()
		if chunk.Len() >= chunkSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil || chunk.Len() == 0 {
		return err
	}
	return flush()
}

// A rowOf is one row: a string, an int64, bytes or nil in each column.
type rowOf struct {
	columns []column
	values  []any
	targets []any
}

func newRow(columns []column) *rowOf {
	r := &rowOf{columns: columns, values: make([]any, len(columns)), targets: make([]any, len(columns))}
	for i := range r.values {
		r.targets[i] = &r.values[i]
	}
	return r
}

func (r *rowOf) read(rows *sql.Rows) error {
	clear(r.values)
	if err := rows.Scan(r.targets...); err != nil {
		return err
	}
	for i, v := range r.values {
		ok := v == nil
		switch v := v.(type) {
		case string:
			ok = r.columns[i].Type == "text" && utf8.ValidString(v)
		case int64:
			ok = r.columns[i].Type == "bigint"
		case []byte:
			ok = r.columns[i].Type == "bytea"
		}
		if !ok {
			return fmt.Errorf("column %s (%s) holds a %T, or text that is not UTF-8", r.columns[i].Name, r.columns[i].Type, v)
		}
	}
	return nil
}

// backupBlob writes an original, and compares it with its hash.
func (s *Store) backupBlob(ctx context.Context, tx *Tx, a *archive, hash string, must bool) error {
	defer a.piece()
	has, err := s.blobs.Has(hash)
	if err != nil || !has && !must {
		return err
	}
	found := ""
	if has {
		if found, err = s.copyBlob(a, hash); err != nil {
			return err
		}
	}
	if found == hash {
		return nil
	}
	source := "a waiting job"
	err = tx.QueryRow(ctx, `SELECT d.source FROM document d WHERE d.hash = $1 OR EXISTS (SELECT 1 FROM revision r WHERE r.document = d.id AND r.revision = $1) ORDER BY d.source LIMIT 1`, hash).Scan(&source)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	what := "missing"
	if has {
		what = "damaged"
	}
	return &wenyuan.Error{
		Code: wenyuan.Internal, Message: fmt.Sprintf("the original of %q is %s (%s)", source, what, hash),
		Hint: "add the document again, or remove it; then make the backup again",
	}
}

func (s *Store) copyBlob(a *archive, hash string) (string, error) {
	f, err := s.blobs.Open(hash)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", folderError(s.dir, err)
	}
	return a.add("blobs/"+hash, size, f)
}
