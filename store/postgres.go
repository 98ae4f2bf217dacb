package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"wenyuan"
)

// takeTurn makes writers take turns over all processes: an advisory lock that ends
// with the transaction. With it, the default isolation suffices, nothing has to be
// repeated, and a writer on PostgreSQL sees just what it would see on SQLite. The
// number is the eight bytes "wenyuan ".
//
// It says the time of the server, so that all processes count by one clock.
const takeTurn = `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(8603404131100618272))
	SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) FROM turn`

// How many connections one process may hold to PostgreSQL. Readers have their own, so
// that one who reads while it writes never waits for those who wait for its turn to end.
const (
	postgresReaders = 12
	postgresWriters = 2 // one has the turn, one stands ready for it
)

// openPostgres connects to a database.
func (s *Store) openPostgres(ctx context.Context, address string) error {
	s.engine = postgres
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the address of the database cannot be read", Hint: "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE", Err: err}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	// A process that hangs in the middle of a write would keep all others waiting.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "300000" // ms
	config.RuntimeParams["application_name"] = "wenyuan"
	s.read, s.write = stdlib.OpenDB(*config), stdlib.OpenDB(*config)
	s.read.SetMaxOpenConns(postgresReaders)
	s.read.SetMaxIdleConns(postgresReaders / 2)
	s.write.SetMaxOpenConns(postgresWriters)
	s.write.SetMaxIdleConns(postgresWriters)
	if err := s.write.PingContext(ctx); err != nil {
		return postgresExplain(err)
	}
	return postgresUTF8(ctx, s.write)
}

// postgresUTF8 refuses a database that cannot hold every text.
func postgresUTF8(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return postgresExplain(err)
	}
	if encoding != "UTF8" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the database has the encoding " + encoding + ", which cannot hold every text", Hint: "make one with: CREATE DATABASE wenyuan ENCODING 'UTF8' TEMPLATE template0"}
	}
	return nil
}

// postgresAgain: serialization failure, deadlock.
func postgresAgain(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

func postgresExplain(err error) error {
	e := &wenyuan.Error{Code: wenyuan.Unavailable, Err: err}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case pg.Code == "53100":
			e.Message, e.Hint = "the disk of the PostgreSQL server is full", "free some space there; what was reported done is kept"
		case pg.Code == "53300":
			e.Message, e.Hint = "the PostgreSQL server has no connection left", "raise its max_connections, or end other programs that use it"
		case pg.Code == "3D000":
			e.Message, e.Hint = "the PostgreSQL server has no such database", "make it with: CREATE DATABASE wenyuan ENCODING 'UTF8' TEMPLATE template0"
		case strings.HasPrefix(pg.Code, "28"):
			e.Message, e.Hint = "the PostgreSQL server refuses this user or password", "correct WENYUAN_DATABASE"
		case pg.Code == "42501":
			e.Message, e.Hint = "the PostgreSQL user may not do this", "make it the owner of the database: ALTER DATABASE wenyuan OWNER TO ..."
		case pg.Code == "25006":
			e.Message, e.Hint = "the PostgreSQL server only reads", "give the address of the primary server"
		case pg.Code == "54000":
			e.Code = wenyuan.TooLarge
			e.Message, e.Hint = "a name is too long for an index of the database", "shorten it to 2,000 bytes"
		case strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "08"):
			e.Message, e.Hint = "the PostgreSQL server has closed the connection", "try again when it is up"
		case strings.HasPrefix(pg.Code, "XX"):
			return damaged(pg.Message)
		default:
			return err
		}
		return e
	}
	if _, ok := errors.AsType[net.Error](err); ok || isConnectError(err) {
		e.Message, e.Hint = "the PostgreSQL server cannot be reached", "look whether it is up, and whether WENYUAN_DATABASE is right"
		return e
	}
	return err
}

func isConnectError(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// postgresCheck reads every row, which makes the server verify its pages and unpack
// what is stored compressed. References are held by the server itself.
func postgresCheck(ctx context.Context, db *sql.DB) error {
	names, err := firstColumn(ctx, db, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`)
	if err != nil {
		return postgresExplain(err)
	}
	for _, name := range names {
		var hash sql.NullInt64
		query := fmt.Sprintf(`SELECT sum(hashtext(t::text)) FROM %s AS t`, pgx.Identifier{name}.Sanitize())
		if err := db.QueryRowContext(ctx, query).Scan(&hash); err != nil {
			return postgresExplain(err)
		}
	}
	return nil
}
