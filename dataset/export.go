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
