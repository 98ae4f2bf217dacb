package store

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"wenyuan"
)

// An unarchive reads a backup, entry by entry, and keeps account of what it read.
type unarchive struct {
	head     head
	zip      *gzip.Reader
	tar      *tar.Reader
	read     []entry
	open     *tally
	progress func(done, total int64)
	done     int64
}

// A tally is an entry while it is read.
type tally struct {
	r    io.Reader
	name string
	size int64
	sum  hash.Hash
}

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.size += int64(n)
	t.sum.Write(p[:n])
	return n, err
}

// openArchive reads the head, and refuses what is no backup or a newer one.
func openArchive(ctx context.Context, r io.Reader, progress func(done, total int64)) (*unarchive, error) {
	zip, err := gzip.NewReader(&reading{ctx: ctx, r: r})
	if err != nil {
		return nil, badBackup("it is no backup of Wenyuan", err)
	}
	in := &unarchive{zip: zip, tar: tar.NewReader(zip), progress: progress}
	if in.progress == nil {
		in.progress = func(done, total int64) {}
	}
	name, body, err := in.next()
	if err != nil || name != headName {
		return nil, badBackup("it is no backup of Wenyuan", err)
	}
	raw, err := io.ReadAll(io.LimitReader(body, 1<<16))
	if err != nil || json.Unmarshal(raw, &in.head) != nil || in.head.Format != archiveFormat {
		return nil, badBackup("it is no backup of Wenyuan", err)
	}
	if in.head.Version > archiveVersion || in.head.Schema > latest {
		return nil, &wenyuan.Error{
			Code:    wenyuan.Conflict,
			Message: fmt.Sprintf("the backup has format %d and schema %d, written by a newer Wenyuan; this program knows format %d and schema %d at most", in.head.Version, in.head.Schema, archiveVersion, latest),
			Hint:    "restore it with the newer program",
		}
	}
	if in.head.Version < 1 || in.head.Schema < 1 {
		return nil, badBackup("its head is damaged", nil)
	}
	in.progress(0, in.head.Pieces)
	return in, nil
}

// next is the next entry. The one before it is read to its end first, so that its
// checksum is whole.
func (in *unarchive) next() (string, io.Reader, error) {
	if err := in.close(); err != nil {
		return "", nil, err
	}
	h, err := in.tar.Next()
	if err == io.EOF {
		return "", nil, badBackup("it was cut off", nil)
	}
	if err != nil {
		return "", nil, in.explain("an entry", err)
	}
	if h.Typeflag != tar.TypeReg {
		return "", nil, badBackup(fmt.Sprintf("%q is not a plain entry", h.Name), nil)
	}
	limit := int64(maxEntry)
	if strings.HasPrefix(h.Name, "blobs/") {
		limit = h.Size // an original is copied, not held in memory
	}
	if h.Size > limit {
		return "", nil, badBackup(fmt.Sprintf("%q has %d bytes, more than %d", h.Name, h.Size, limit), nil)
	}
	in.open = &tally{r: in.tar, name: h.Name, sum: sha256.New()}
	return h.Name, in.open, nil
}

func (in *unarchive) close() error {
	t := in.open
	if t == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, t); err != nil {
		return in.explain(t.name, err)
	}
	in.read = append(in.read, entry{Name: t.name, Size: t.size, SHA256: hex.EncodeToString(t.sum.Sum(nil))})
	in.open = nil
	return nil
}

// explain says of an error in reading that the backup is damaged, unless the caller
// went away or the disk is at fault.
func (in *unarchive) explain(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*wenyuan.Error](err); ok {
		return err
	}
	return badBackup(name+" is damaged or cut off", err)
}

// finish compares what was read with the manifest, and reads on to the checksum of gzip.
func (in *unarchive) finish(body io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(body, maxManifest))
	if err != nil {
		return in.explain(manifestName, err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return badBackup("its manifest is damaged", err)
	}
	if !slices.Equal(m.Entries, in.read) {
		return badBackup("its entries are not those of its manifest", nil)
	}
	in.open = nil
	if _, err := in.tar.Next(); err != io.EOF {
		return badBackup("something follows its manifest, or its end is damaged", err)
	}
	if _, err := io.Copy(io.Discard, in.zip); err != nil {
		return in.explain("its end", err)
	}
	in.progress(in.head.Pieces, in.head.Pieces)
	return nil
}

func (in *unarchive) piece() {
	in.done++
	if in.done%100 == 0 {
		in.progress(in.done, in.head.Pieces)
	}
}

// rowsAtOnce is how many rows one statement inserts, unless they are large; with the
// columns of the widest table it stays far below what the engines take.
const rowsAtOnce = 100

// loadTable inserts one piece of a table.
func (s *Store) loadTable(ctx context.Context, tx *Tx, in *unarchive, table string, columns []column, r io.Reader) error {
	lines := json.NewDecoder(r)
	lines.UseNumber()
	var named []column
	if err := lines.Decode(&named); err != nil {
		return in.explain("the table "+table, err)
	}
	if !slices.Equal(named, columns) {
		return badBackup(fmt.Sprintf("the columns of its table %q are not those of schema %d", table, in.head.Schema), nil)
	}
	var args []any
	start := int64(0)
	insert := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, insertion(table, columns, len(args)/len(columns)), args...)
		args, start = args[:0], lines.InputOffset()
		if s.engine.refused(err) {
			return badBackup(fmt.Sprintf("a row of its table %q does not fit", table), err)
		}
		return err
	}
	for {
		var values []any
		err := lines.Decode(&values)
		if err == io.EOF {
			return insert()
		}
		if err != nil {
			return in.explain("the table "+table, err)
		}
		if args, err = appendRow(args, table, columns, values); err != nil {
			return err
		}
		in.piece()
		if len(args) == rowsAtOnce*len(columns) || lines.InputOffset()-start > chunkSize {
			if err := insert(); err != nil {
				return err
			}
		}
	}
}

// appendRow adds the values of a row as the columns keep them.
func appendRow(args []any, table string, columns []column, values []any) ([]any, error) {
	if len(values) != len(columns) {
		return nil, badBackup(fmt.Sprintf("a row of the table %q has %d values for %d columns", table, len(values), len(columns)), nil)
	}
	for i, v := range values {
		value, err := decode(columns[i].Type, v)
		if err != nil {
			return nil, badBackup(fmt.Sprintf("a row of the table %q has a wrong value for %q", table, columns[i].Name), err)
		}
		args = append(args, value)
	}
	return args, nil
}

// insertion is the statement for a number of rows.
func insertion(table string, columns []column, rows int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `INSERT INTO "%s" (`, table)
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `"%s"`, c.Name)
	}
	b.WriteString(") VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + Marks(1+i*len(columns), len(columns)) + ")")
	}
	return b.String()
}

// decode is a JSON value as the column keeps it.
func decode(kind string, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if kind == "text" {
			return v, nil
		}
		if kind == "bytea" {
			return base64.StdEncoding.DecodeString(v)
		}
	case json.Number:
		if kind == "bigint" {
			return v.Int64()
		}
	}
	return nil, fmt.Errorf("a %T for %s", v, kind)
}
