package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"time"
)

// hashInText finds the names of blobs in the payload of a job.
var hashInText = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// referenced are the hashes of the blobs that the database speaks of: those of
// documents, of their revisions, of what training made, and whatever looks like one in the payload
// of an open job, which may be about to make a document of it. The value says whether the blob must
// be there: a document that failed may have been refused before its bytes were kept.
func referenced(ctx context.Context, tx *Tx) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT hash, 0 FROM document WHERE hash <> '' UNION ALL SELECT DISTINCT revision, 1 FROM revision
		UNION ALL SELECT data, 0 FROM version WHERE kind IN ('adapter', 'base')
		UNION ALL SELECT payload, 0 FROM job WHERE state IN ('queued', 'running')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hashes := map[string]bool{}
	for rows.Next() {
		var text string
		var must bool
		if err := rows.Scan(&text, &must); err != nil {
			return nil, err
		}
		for _, hash := range hashInText.FindAllString(text, -1) {
			hashes[hash] = hashes[hash] || must
		}
	}
	return hashes, rows.Err()
}

// SweepBlobs removes the blobs that nothing speaks of and that are older than age:
// what a crash left between Put and the transaction that was to follow it. A blob
// younger than that may still be waiting for its transaction, so age should be an hour or
// more. It says how many it removed.
func (s *Store) SweepBlobs(ctx context.Context, age time.Duration) (int, error) {
	var used map[string]bool
	err := s.Read(ctx, func(tx *Tx) (err error) {
		used, err = referenced(ctx, tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: sweep: %w", err)
	}
	limit, removed := time.Now().Add(-age), 0
	for hash, err := range s.blobs.All() {
		if err != nil {
			return removed, fmt.Errorf("store: sweep: %w", err)
		}
		if _, ok := used[hash]; ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		gone, err := s.blobs.removeOld(hash, limit)
		if err != nil {
			return removed, fmt.Errorf("store: sweep: %w", err)
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// removeOld removes a blob that was put before a time, unless a backup runs.
func (b *Blobs) removeOld(hash string, before time.Time) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	info, err := os.Stat(b.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, folderError(b.dir, err)
	}
	if b.holds > 0 || !info.ModTime().Before(before) {
		return false, nil
	}
	return true, b.remove(hash)
}
