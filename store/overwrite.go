package store

import (
	"context"
	"fmt"
)

// Overwrite makes sure that what was deleted is on the disk no more, as far as the engine can: a
// SQLite database overwrites it in its file, and this empties the log beside, which holds the pages
// of before. It is false where a reader holds on to them, and on PostgreSQL, whose next vacuum frees
// the rows.
func (s *Store) Overwrite(ctx context.Context) (bool, error) {
	if s.engine == postgres {
		return false, nil
	}
	var busy, log, moved int64
	if err := s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
		return false, fmt.Errorf("store: empty the log: %w", s.engine.explain(s, err))
	}
	return busy == 0, nil
}
