package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"wenyuan"
)

//go:embed migrations
var migrationFiles embed.FS

// latest is the newest schema that this program knows: the number of the last file
// in migrations. Files are never changed once released, and never removed.
const latest = 6

// migrate brings the schema forward to the given number. Going back is not offered:
// what a newer program wrote cannot be unwritten without loss.
func (s *Store) migrate(ctx context.Context, to int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	found, err := provider.GetDBVersion(ctx)
	if err != nil {
		return s.engine.explain(s, fmt.Errorf("read the schema: %w", err))
	}
	if found > latest {
		return &wenyuan.Error{
			Code:    wenyuan.Conflict,
			Message: fmt.Sprintf("the database has schema %d, written by a newer Wenyuan; this program knows schema %d at most", found, latest),
			Hint:    "run the newer program, or restore a backup that was made with this one into an empty place",
		}
	}
	if _, err := provider.UpTo(ctx, to); err != nil {
		return s.engine.explain(s, fmt.Errorf("bring the schema from %d to %d: %w", found, to, err))
	}
	return nil
}

// schema is the number of the last migration that the database has had.
func (s *Store) schema(ctx context.Context) (int64, error) {
	provider, err := s.provider()
	if err != nil {
		return 0, err
	}
	found, err := provider.GetDBVersion(ctx)
	return found, s.engine.explain(s, err)
}

func (s *Store) provider() (*goose.Provider, error) {
	migrations, err := s.migrations()
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithGoMigrations(migrations...), goose.WithDisableGlobalRegistry(true), goose.WithTableName(versionTable)}
	dialect := goose.DialectSQLite3
	if s.engine == postgres {
		dialect = goose.DialectPostgres
		// Several processes may start at once: one migrates, the others wait.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, s.write, nil, options...)
}

// text is the type whose order differs: PostgreSQL sorts by the language that the
// database was made for, unless told to sort by bytes, as SQLite does.
var text = regexp.MustCompile(`\bTEXT\b`)

// migrations are the files, each as one transaction.
func (s *Store) migrations() ([]*goose.Migration, error) {
	files, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	var all []*goose.Migration
	for _, f := range files {
		number, err := strconv.ParseInt(f.Name()[:4], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", f.Name(), err)
		}
		body, err := migrationFiles.ReadFile("migrations/" + f.Name())
		if err != nil {
			return nil, err
		}
		query := string(body)
		if s.engine == postgres {
			query = text.ReplaceAllString(query, `TEXT COLLATE "C"`)
		}
		all = append(all, goose.NewGoMigration(number, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		}}, nil))
	}
	return all, nil
}
