package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenyuan"
)

// A Tx is a transaction. It belongs to one goroutine and ends with the function it
// was given to.
//
// Once a statement has failed every later one fails too and nothing is committed:
// PostgreSQL does so, and a caller must not be able to tell the engines apart.
type Tx struct {
	Now int64 // when the transaction began, in UTC microseconds since 1970

	tx     *sql.Tx
	failed error
	after  []func()
	number int64
}

// Read gives f one consistent snapshot, taken by its first statement. Nothing can be
// written in it. f may call Write, whose effect it does not see, but not Read: there are
// only so many readers at once. A snapshot that is held for long makes the log grow.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if s.engine == postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	_, err := s.attempt(ctx, s.read, opts, "", f)
	return err
}

// retries is how often a transaction that the engine gave up for another's sake is
// begun again. Writers take turns, so even one such failure is rare.
const retries = 5

// Write runs f in a transaction and commits it; when it returns nil, what f did is
// durable. An error or a panic of f undoes everything. Writers take turns, on both
// engines and over all processes of one database: f sees the newest state, and
// nobody else changes it until f is through. So f must be short: no parsing, no
// network. f may run more than once. It may call Read, which shows the state before it,
// but not Write.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	return s.transact(ctx, f, func() { s.writes.Add(1) }) // also after an error: whether it was committed may not be known
}

// WriteSums is Write for tables that hold sums and nothing that anybody decides by, such as what was used
// in an hour: what a [Memo] keeps is not made old by it.
func (s *Store) WriteSums(ctx context.Context, f func(*Tx) error) error {
	return s.transact(ctx, f, func() {})
}

func (s *Store) transact(ctx context.Context, f func(*Tx) error, wrote func()) error {
	turn := ""
	if s.engine == postgres {
		turn = takeTurn
	}
	for try := 1; ; try++ {
		tx, err := s.attempt(ctx, s.write, nil, turn, f)
		wrote()
		if err == nil {
			for _, g := range tx.after {
				g()
			}
			return nil
		}
		if try == retries || !s.engine.again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 10 * time.Millisecond):
		}
	}
}

// attempt runs one transaction. Begin and commit do not hang on ctx, so that a caller
// who goes away cannot leave it open whether the commit took place.
func (s *Store) attempt(ctx context.Context, db *sql.DB, opts *sql.TxOptions, turn string, f func(*Tx) error) (_ *Tx, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, s.engine.explain(s, err)
	}
	defer conn.Close()
	sqlTx, err := conn.BeginTx(context.WithoutCancel(ctx), opts)
	if err != nil {
		return nil, s.engine.explain(s, err)
	}
	done := false
	defer func() {
		if !done {
			sqlTx.Rollback() // the failure that led here is the one to report
		}
	}()
	tx := &Tx{Now: s.Now(), tx: sqlTx}
	if turn != "" {
		var now int64
		if err := sqlTx.QueryRowContext(ctx, turn).Scan(&now); err != nil {
			return nil, s.engine.explain(s, err)
		}
		if tx.Now = now; s.clock != nil {
			tx.Now = s.Now()
		}
	}
	if err := tx.outcome(f(tx)); err != nil {
		return nil, s.engine.explain(s, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done = true
	if err := sqlTx.Commit(); err != nil {
		return nil, s.engine.explain(s, err)
	}
	return tx, nil
}

// Exec runs a statement and says how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	args, err := tx.prepare(args)
	if err != nil {
		return 0, err
	}
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	return n, tx.fail(err)
}

// Query runs a query. Close the rows before the next statement: PostgreSQL answers
// one at a time.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	args, err := tx.prepare(args)
	if err != nil {
		return nil, err
	}
	rows, err := tx.tx.QueryContext(ctx, query, args...)
	return rows, tx.fail(err)
}

// QueryRow runs a query for one row; sql.ErrNoRows comes from its Scan and leaves
// the transaction as it is.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	args, err := tx.prepare(args)
	if err != nil {
		// A Row cannot be made by hand: an ended context gives one that carries an error,
		// and the transaction keeps the true one.
		ended, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return tx.tx.QueryRowContext(ended, query)
	}
	row := tx.tx.QueryRowContext(ctx, query, args...)
	tx.fail(row.Err())
	return row
}

// NextChange is the number of the content change that this transaction makes: the
// same one however often it is asked. Numbers have no gaps and become visible in
// their order, because the counter is a row that the transaction holds until it
// commits.
func (tx *Tx) NextChange(ctx context.Context) (int64, error) {
	if tx.number != 0 {
		return tx.number, nil
	}
	err := tx.QueryRow(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'change' RETURNING value`).Scan(&tx.number)
	if err != nil {
		return 0, tx.fail(fmt.Errorf("number of the change: %w", err))
	}
	return tx.number, nil
}

// After has g called once the transaction is committed, and not at all if it fails.
func (tx *Tx) After(g func()) { tx.after = append(tx.after, g) }

// Marks is a list of n placeholders, "$3,$4,$5" for first 3, for an IN (...). Both
// engines take at least 32,000 of them.
func Marks(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// Args are values as the arguments of a statement, to go with Marks.
func Args[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// Like is the pattern that finds a text anywhere, for LIKE ... ESCAPE '\'. Both engines mind
// case, so whoever does not brings both sides to lower case.
func Like(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// outcome is the error of a function that ran in the transaction: a failed statement
// counts also when the function passed over it.
func (tx *Tx) outcome(err error) error {
	if tx.failed != nil && !errors.Is(err, tx.failed) {
		return tx.failed
	}
	return err
}

// fail remembers the first failure.
func (tx *Tx) fail(err error) error {
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	return err
}

// prepare makes arguments mean the same on both engines and refuses what one of them
// cannot keep.
func (tx *Tx) prepare(args []any) ([]any, error) {
	if tx.failed != nil {
		return nil, fmt.Errorf("an earlier statement failed: %w", tx.failed)
	}
	plain := make([]any, len(args))
	for i, a := range args {
		var err error
		if plain[i], err = argument(a); err != nil {
			return nil, tx.fail(err)
		}
	}
	return plain, nil
}

func argument(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, int, []byte:
		return a, nil
	case string:
		return v, checkText(v)
	case json.RawMessage:
		return string(v), checkText(string(v))
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		return nil, errors.New("a time is stored as microseconds, not as time.Time")
	}
	if v := reflect.ValueOf(a); v.Kind() == reflect.String {
		return v.String(), checkText(v.String())
	}
	return a, nil
}

// checkText refuses what PostgreSQL cannot keep.
func checkText(s string) error {
	if at := strings.IndexByte(s, 0); at >= 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the text holds the character U+0000 at byte %d, which a database cannot keep", at), Hint: "remove it"}
	}
	if !utf8.ValidString(s) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the text is not valid UTF-8", Hint: "convert it to UTF-8"}
	}
	return nil
}
