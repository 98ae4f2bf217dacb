package dataset

import (
	"context"
	"fmt"
	"io"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// An Exported says what was written.
type Exported struct {
	Rows   int `json:"rows"`
	Hidden int `json:"hidden"` // rows that the asker may not see, or that were erased
}

// Export writes the rows of a split as JSON lines of a format; split "" means all. First all rows are tried: where the
// format cannot carry one nothing is written, and the error says which. begin is called before the first byte.
// Needs Edit, Review or Own.
func (s *Sets) Export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which, split string, f form.Format, begin func(Found) (io.Writer, error)) (out Exported, err error) {
	set, err := s.Get(ctx, sc, which)
	if err != nil {
		return out, err
	}
	of := set.Set.Rows
	switch split {
	case "":
	case Train, Valid, Test:
		of = set.Set.Counts.Split[split]
	default:
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no split %q", split), Hint: "train, valid or test"}
	}
	if !f.Known() {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no format %q", f), Hint: "one of " + form.Names()}
	}
	for r, err := range s.Rows(ctx, sc, p, set.Hash, split) {
		if err == nil {
			_, err = form.Write(f, r.Row)
		}
		if err != nil {
			return out, inRow(r, err)
		}
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.export", Object: set.Name, Version: set.Hash, Detail: map[string]any{"format": f, "split": split}})
	})
	if err != nil {
		return out, err
	}
	w, err := begin(set)
	if err != nil {
		return out, err
	}
	for r, err := range s.Rows(ctx, sc, p, set.Hash, split) {
		var line []byte
		if err == nil {
			line, err = form.Write(f, r.Row)
		}
		if err == nil {
			_, err = w.Write(append(line, '\n'))
		}
		if err != nil {
			return out, inRow(r, err)
		}
		out.Rows++
	}
	out.Hidden = of - out.Rows
	return out, nil
}

// inRow says in which row something is wrong.
func inRow(r Row, err error) error {
	if r.Sample == "" || wenyuan.CodeOf(err) != wenyuan.Invalid {
		return err
	}
	return fmt.Errorf("row %d (%s): %w", r.Number, r.Sample, err)
}

// A Diff says how two versions of sets differ.
type Diff struct {
	From    wenyuan.Version `json:"from"`
	To      wenyuan.Version `json:"to"`
	Added   int             `json:"added"`
	Removed int             `json:"removed"`
	Same    int             `json:"same"`
	Moved   int             `json:"moved"` // of these, rows that are in another split
	New     []string        `json:"new"`   // samples of the first rows that were added
	Gone    []string        `json:"gone"`
	Before  Counts          `json:"before"`
	After   Counts          `json:"after"`
}

const maxDiff = 50

// Diff compares two versions, by the hashes of their rows. Needs Edit, Review or Own.
func (s *Sets) Diff(ctx context.Context, sc scope.Scope, from, to string) (d Diff, err error) {
	a, err := s.Get(ctx, sc, from)
	if err != nil {
		return d, err
	}
	b, err := s.Get(ctx, sc, to)
	if err != nil {
		return d, err
	}
	d = Diff{From: a.Version, To: b.Version, Before: a.Set.Counts, After: b.Set.Counts}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		const both = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN x.split <> y.split THEN 1 ELSE 0 END), 0) FROM dataset_row x JOIN dataset_row y ON y.space = x.space AND y.dataset = $3 AND y.hash = x.hash WHERE x.space = $1 AND x.dataset = $2`
		if err := tx.QueryRow(ctx, both, sc.Space(), a.Hash, b.Hash).Scan(&d.Same, &d.Moved); err != nil {
			return fmt.Errorf("dataset: diff: %w", err)
		}
		d.Removed, d.Added = a.Set.Rows-d.Same, b.Set.Rows-d.Same
		if d.New, err = missing(ctx, tx, sc, b.Hash, a.Hash); err != nil {
			return err
		}
		d.Gone, err = missing(ctx, tx, sc, a.Hash, b.Hash)
		return err
	})
	return d, err
}

// missing are the samples of the first rows of one version that the other has not.
func missing(ctx context.Context, tx *store.Tx, sc scope.Scope, of, in string) ([]string, error) {
	all, err := texts(ctx, tx, fmt.Sprintf(`SELECT x.sample FROM dataset_row x WHERE x.space = $1 AND x.dataset = $2 AND x.hash NOT IN (SELECT y.hash FROM dataset_row y WHERE y.space = $1 AND y.dataset = $3) ORDER BY x.number LIMIT %d`, maxDiff), sc.Space(), of, in)
	return append([]string{}, all...), err
}

// Label moves a label of a set: gate on a version keeps its rows out of every other set, "" in which takes the label away.
// The label latest moves by building alone. Needs Edit.
func (s *Sets) Label(ctx context.Context, sc scope.Scope, name, label, which string) error {
	if err := mayEdit(sc); err != nil {
		return err
	}
	if !setName.MatchString(label) || label == Latest {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the label %q cannot be moved by hand", label), Hint: "gate keeps a set out of all others; latest follows what is built"}
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		v := wenyuan.Version{}
		var err error
		if which != "" {
			if v, err = resolve(ctx, tx, sc, which); err != nil {
				return err
			}
			err = version.Label(ctx, tx, sc.Space(), Kind, name, label, v.Hash)
		} else {
			err = version.Unlabel(ctx, tx, sc.Space(), Kind, name, label)
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.label", Object: name, Version: v.Hash, Detail: map[string]any{"label": label}})
	})
}
