package store

import "context"

// A Row is one row of an answer, as it is handed to who reads it: *sql.Row and *sql.Rows are such.
type Row = interface{ Scan(into ...any) error }

// Each hands f every row that a query finds, in the order of the query. The first error of f ends
// it and is returned as it is. f must not ask the transaction anything: the rows are open until all have been read.
func (tx *Tx) Each(ctx context.Context, f func(Row) error, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return tx.fail(rows.Err())
}

// List is what scan makes of every row that a query finds, in the order of the query; without a row it is
// empty and not nil, so that JSON says []. How many there may be is for the query to bound.
func List[T any](ctx context.Context, tx *Tx, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	all := []T{}
	err := tx.Each(ctx, func(r Row) error {
		v, err := scan(r)
		all = append(all, v)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Column is List for a query of one column.
func Column[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	return List(ctx, tx, func(r Row) (v T, err error) {
		err = r.Scan(&v)
		return v, err
	}, query, args...)
}
