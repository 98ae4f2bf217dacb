package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"wenyuan"
)

// Blobs keeps bytes under the SHA-256 of their content, in lower-case hexadecimal:
// dir/ab/cdef... A blob is there whole or not at all, and never changes.
type Blobs struct {
	dir string
	mu  sync.Mutex // between looking at a blob and renaming or removing it
	// While a backup runs, removals wait here until it is through.
	holds   int
	waiting map[string]bool
}

// openBlobs makes the folder and sweeps away what a crash left half written.
func openBlobs(dir string) (*Blobs, error) {
	b := &Blobs{dir: dir, waiting: map[string]bool{}}
	if err := os.MkdirAll(b.temp(), 0o700); err != nil {
		return nil, folderError(dir, err)
	}
	if err := b.sweepTemp(); err != nil {
		return nil, folderError(dir, err)
	}
	return b, nil
}

// sweepTemp removes temporary files that nobody is writing.
func (b *Blobs) sweepTemp() error {
	files, err := os.ReadDir(b.temp())
	if err != nil {
		return err
	}
	for _, entry := range files {
		f, err := os.OpenFile(filepath.Join(b.temp(), entry.Name()), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if flock(f, unix.LOCK_EX|unix.LOCK_NB) == nil {
			err = os.Remove(f.Name())
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (b *Blobs) temp() string { return filepath.Join(b.dir, "tmp") }

// Put keeps what it reads to the end. When it returns, the bytes are on the disk.
// For several at once, a Batch is many times faster.
func (b *Blobs) Put(ctx context.Context, r io.Reader) (hash string, size int64, err error) {
	batch := b.Batch()
	defer batch.Discard()
	if hash, size, err = batch.Put(ctx, r); err != nil {
		return "", 0, err
	}
	return hash, size, batch.Commit()
}

// reading stops with the context, and tells a failing source from a failing disk.
type reading struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (r *reading) Read(p []byte) (int, error) {
	if r.err = r.ctx.Err(); r.err != nil {
		return 0, r.err
	}
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (b *Blobs) path(hash string) string { return filepath.Join(b.dir, hash[:2], hash[2:]) }

// Open reads a blob. One that is not there is NotFound. The caller closes it.
func (b *Blobs) Open(hash string) (io.ReadSeekCloser, error) {
	if !isHash(hash) {
		return nil, noBlob(hash, nil)
	}
	f, err := os.Open(b.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noBlob(hash, err)
	}
	if err != nil {
		return nil, folderError(b.dir, err)
	}
	return f, nil
}

// Has says whether a blob is there.
func (b *Blobs) Has(hash string) (bool, error) {
	if !isHash(hash) {
		return false, nil
	}
	_, err := os.Stat(b.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, folderError(b.dir, err)
	}
	return true, nil
}

// Delete removes a blob; one that is not there is no error. While a backup runs the
// removal waits for its end.
func (b *Blobs) Delete(hash string) error {
	if !isHash(hash) {
		return noBlob(hash, nil)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holds > 0 {
		b.waiting[hash] = true
		return nil
	}
	return b.remove(hash)
}

// hold makes removals wait until the function it gives is called. Holds may overlap.
func (b *Blobs) hold() (release func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holds++
	return func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.holds--; b.holds > 0 {
			return nil
		}
		var errs []error
		for hash := range b.waiting {
			errs = append(errs, b.remove(hash))
		}
		clear(b.waiting)
		return errors.Join(errs...)
	}
}

func (b *Blobs) remove(hash string) error {
	if err := os.Remove(b.path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderError(b.dir, err)
	}
	return nil
}

// All yields the hash of every blob, in order. An error ends it.
func (b *Blobs) All() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		groups, err := os.ReadDir(b.dir)
		if err != nil {
			yield("", folderError(b.dir, err))
			return
		}
		for _, g := range groups {
			if len(g.Name()) != 2 {
				continue
			}
			files, err := os.ReadDir(filepath.Join(b.dir, g.Name()))
			if err != nil {
				yield("", folderError(b.dir, err))
				return
			}
			for _, f := range files {
				if hash := g.Name() + f.Name(); isHash(hash) && !yield(hash, nil) {
					return
				}
			}
		}
	}
}

// isHash says whether a name is a SHA-256 as Put gives it; anything else could lead
// out of the folder.
func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func noBlob(hash string, err error) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: "the original file " + hash + " is not kept here", Hint: "add the document again", Err: err}
}
