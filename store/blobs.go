package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
func (b *Blobs) Put(ctx context.Context, r io.Reader) (hash string, size int64, err error) {
	f, err := os.CreateTemp(b.temp(), "put-")
	if err != nil {
		return "", 0, folderError(b.dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	// The lock shows that the file is being written; it ends with f, or with the process.
	if err := flock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return "", 0, errors.Join(folderError(b.dir, err), f.Close())
	}
	hash, size, err = b.fill(ctx, f, r)
	if err != nil {
		return "", 0, err
	}
	if err := b.place(f.Name(), hash); err != nil {
		return "", 0, folderError(b.dir, err)
	}
	return hash, size, nil
}

// fill copies r into f, closes f, and says what went through.
func (b *Blobs) fill(ctx context.Context, f *os.File, r io.Reader) (string, int64, error) {
	sum := sha256.New()
	in := &reading{ctx: ctx, r: r}
	size, err := io.Copy(io.MultiWriter(f, sum), in)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if in.err != nil {
		return "", 0, in.err // the source failed, not the folder
	}
	if err != nil {
		return "", 0, folderError(b.dir, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
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

// place renames a finished file to its name. It does so also when the blob is there
// already: that mends a damaged one, and makes it young, so that Sweep leaves it.
func (b *Blobs) place(file, hash string) error {
	dir := filepath.Join(b.dir, hash[:2])
	if err := os.Mkdir(dir, 0o700); err == nil {
		err = syncDir(b.dir)
		if err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, hash)
	if err := os.Rename(file, b.path(hash)); err != nil {
		return err
	}
	return syncDir(dir)
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
