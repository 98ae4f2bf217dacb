package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// A Batch keeps several blobs for the price of a few: the disk is waited for once, not
// once for each. It holds one open file for each blob, so a hundred is a good size. It
// belongs to one goroutine.
type Batch struct {
	blobs *Blobs
	files []written
}

// written is a blob that is whole but not in its place.
type written struct {
	f    *os.File
	hash string
}

// syncs is how many files wait for the disk at once; it writes them together.
const syncs = 16

// Batch begins an empty batch. The caller ends it with Commit or Discard.
func (b *Blobs) Batch() *Batch { return &Batch{blobs: b} }

// Put writes what it reads to the end. The blob is not there before Commit.
func (b *Batch) Put(ctx context.Context, r io.Reader) (hash string, size int64, err error) {
	f, err := os.CreateTemp(b.blobs.temp(), "put-")
	if err != nil {
		return "", 0, folderError(b.blobs.dir, err)
	}
	// The lock shows that the file is being written; it ends with f, or with the process.
	if err = flock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err = folderError(b.blobs.dir, err)
	} else {
		hash, size, err = b.fill(ctx, f, r)
	}
	if err != nil {
		return "", 0, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	b.files = append(b.files, written{f, hash})
	return hash, size, nil
}

// fill copies r into f and says what went through.
func (b *Batch) fill(ctx context.Context, f *os.File, r io.Reader) (string, int64, error) {
	sum := sha256.New()
	in := &reading{ctx: ctx, r: r}
	size, err := io.Copy(io.MultiWriter(f, sum), in)
	if in.err != nil {
		return "", 0, in.err // the source failed, not the folder
	}
	if err != nil {
		return "", 0, folderError(b.blobs.dir, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

// Commit puts the blobs in their places. When it returns nil, they are on the disk;
// otherwise some of them may be.
func (b *Batch) Commit() error {
	err := b.commit()
	b.Discard()
	if err != nil {
		return folderError(b.blobs.dir, err)
	}
	return nil
}

func (b *Batch) commit() error {
	var group errgroup.Group
	group.SetLimit(syncs)
	for _, w := range b.files {
		group.Go(w.f.Sync)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	dirs := map[string]bool{}
	for _, w := range b.files {
		dir := filepath.Join(b.blobs.dir, w.hash[:2])
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			dirs[b.blobs.dir] = true
		} else if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := b.blobs.place(w.f.Name(), w.hash); err != nil {
			return err
		}
		dirs[dir] = true
	}
	for dir := range dirs {
		group.Go(func() error { return syncDir(dir) })
	}
	return group.Wait()
}

// place renames a finished file to its name. It does so also when the blob is there
// already: that mends a damaged one, and makes it young, so that SweepBlobs leaves it.
func (b *Blobs) place(file, hash string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, hash)
	return os.Rename(file, b.path(hash))
}

// Discard drops what is not committed. After Commit it does nothing.
func (b *Batch) Discard() {
	for _, w := range b.files {
		// One that has been renamed is not there under this name. What cannot be removed
		// goes when the store is opened next.
		os.Remove(w.f.Name())
		w.f.Close()
	}
	b.files = nil
}
