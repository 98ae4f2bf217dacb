package store

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"wenyuan"
)

// A backup is a tar file inside gzip, with these entries in this order:
//
//	wenyuan.json             the head: what it is, and of which schema
//	tables/NAME/000001.jsonl the rows of a table, in pieces: one line with the columns,
//	                         then one line a row, an array in the order of the columns
//	blobs/HASH               the bytes whose SHA-256 is HASH
//	manifest.json            name, size and SHA-256 of every entry before it
//
// TEXT is a JSON string, BIGINT a number, BYTEA a string in base 64. Nothing in it
// depends on the engine. Because the manifest comes last, a backup that was cut off has
// none; the checksum of gzip covers the manifest itself.
const (
	archiveFormat  = "wenyuan backup"
	archiveVersion = 1
	headName       = "wenyuan.json"
	manifestName   = "manifest.json"
	chunkSize      = 4 << 20 // a piece of a table is closed when it has grown to this many bytes
	maxEntry       = 4 << 30 // bytes of one piece of a table; a piece has one row at least
	maxManifest    = 1 << 30
)

// A head begins a backup.
type head struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Schema  int64  `json:"schema"`
	Created int64  `json:"created"` // UTC microseconds since 1970
	Pieces  int64  `json:"pieces"`  // rows and blobs, for the progress
}

// A manifest ends a backup.
type manifest struct {
	Entries []entry `json:"entries"`
}

type entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A column of a table as it stands in a backup.
type column struct {
	Name string `json:"name"`
	Type string `json:"type"` // "text", "bigint" or "bytea"
}

// An archive writes a backup.
type archive struct {
	ctx      context.Context
	zip      *gzip.Writer
	tar      *tar.Writer
	manifest manifest
	progress func(done, total int64)
	done     int64
	total    int64
}

func newArchive(ctx context.Context, w io.Writer, progress func(done, total int64)) (*archive, error) {
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // the server goes on answering beside it
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(done, total int64) {}
	}
	return &archive{ctx: ctx, zip: zip, tar: tar.NewWriter(zip), progress: progress}, nil
}

// add writes an entry of which the size is known, and says what its hash is.
func (a *archive) add(name string, size int64, r io.Reader) (string, error) {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if err := a.tar.WriteHeader(header); err != nil {
		return "", err
	}
	sum := sha256.New()
	// One byte more than promised is refused by the tar writer, one less below.
	n, err := io.Copy(io.MultiWriter(a.tar, sum), &reading{ctx: a.ctx, r: r})
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", err
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	a.manifest.Entries = append(a.manifest.Entries, entry{Name: name, Size: size, SHA256: hash})
	return hash, nil
}

func (a *archive) addJSON(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = a.add(name, int64(len(raw)), bytes.NewReader(raw))
	return err
}

// begin writes the head.
func (a *archive) begin(h head) error {
	a.total = h.Pieces
	a.progress(0, a.total)
	return a.addJSON(headName, h)
}

// piece counts one row or blob.
func (a *archive) piece() {
	a.done++
	if a.done%100 == 0 || a.done >= a.total {
		a.progress(a.done, a.total)
	}
}

// end writes the manifest and closes the archive.
func (a *archive) end() error {
	if err := a.addJSON(manifestName, a.manifest); err != nil {
		return err
	}
	if err := a.tar.Close(); err != nil {
		return err
	}
	return a.zip.Close()
}

// badBackup is the error of a file that is not a whole backup.
func badBackup(why string, err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", why, err)
	}
	return &wenyuan.Error{
		Code: wenyuan.Invalid, Message: "the backup cannot be restored: " + why,
		Hint: "nothing was changed; copy the file again, or use another backup", Err: err,
	}
}
