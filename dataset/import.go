package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// An ImportOrder says how a file is taken in.
type ImportOrder struct {
	Name    string      // of the import; 1 to 200 characters. Samples are found again by it
	Format  form.Format // "" for what the first row says
	Passed  []string    // fields to pass over
	Licence string
	Teacher string // the model that wrote the rows; "" for people
	Quality float64
	Broken  bool // leave broken rows out, in the place of taking in nothing
}

// An Imported says what became of a file.
type Imported struct {
	Name      string         `json:"name"`
	Format    form.Format    `json:"format"`
	Rows      int            `json:"rows"`  // that were read
	Added     int            `json:"added"` // the others were there before, or stand in the file twice
	Kinds     map[string]int `json:"kinds"`
	Languages map[string]int `json:"languages"`
	Broken    int            `json:"broken"`
	Faults    []Fault        `json:"faults,omitempty"`    // of the first broken rows
	Opposite  int            `json:"opposite"`            // pairs of rows that say the opposite of one another
	Opposites [][2]int       `json:"opposites,omitempty"` // the lines of the first of them
}

// A Fault is a row that is broken.
type Fault struct {
	Line int    `json:"line"`
	Why  string `json:"why"`
	Hint string `json:"hint,omitempty"`
}

// Progress says how far long work is.
type Progress struct {
	Stage string `json:"stage"` // check, import, screen, read, write, index, capture, instruct
	Done  int    `json:"done"`
	Of    int    `json:"of,omitempty"` // 0: not known
}

const (
	maxFaults   = 100  // that are told of one file
	importBatch = 1000 // rows of one transaction
	maxName     = 200  // characters of the name of an import
	maxSmall    = 200  // of a licence or a teacher
)

// Import takes in the rows of a file. First all of them are read: where one is broken nothing is taken in, unless
// broken ones are to be left out. Taking in the same file again changes nothing, so one that was broken off is
// gone on with by asking again. Needs Edit.
func (s *Sets) Import(ctx context.Context, sc scope.Scope, p wenyuan.Principal, o ImportOrder, file io.ReadSeeker, told func(Progress) error) (Imported, error) {
	out := Imported{Name: o.Name, Kinds: map[string]int{}, Languages: map[string]int{}}
	if err := mayEdit(sc); err != nil {
		return out, err
	}
	if err := o.check(); err != nil {
		return out, err
	}
	if err := s.look(ctx, &out, o, file, told); err != nil {
		return out, err
	}
	if out.Broken > 0 && !o.Broken {
		return out, nil
	}
	if out.Rows == 0 {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s holds no row", o.Name), Hint: "give a file of JSON lines, or a JSON list of rows"}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return out, fmt.Errorf("dataset: import: %w", err)
	}
	if err := s.takeIn(ctx, sc, p, &out, o, file, told); err != nil {
		return out, err
	}
	return out, s.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.import", Object: o.Name, Detail: map[string]any{"rows": out.Rows, "added": out.Added, "format": out.Format, "licence": o.Licence}})
	})
}

func (o ImportOrder) check() error {
	switch {
	case strings.TrimSpace(o.Name) == "" || utf8.RuneCountInString(o.Name) > maxName || strings.ContainsRune(o.Name, 0) || !utf8.ValidString(o.Name):
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("an import needs a name of 1 to %d characters", maxName), Hint: "the name of the file will do"}
	case o.Format != "" && !o.Format.Known():
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no format %q", o.Format), Hint: "one of " + form.Names()}
	case utf8.RuneCountInString(o.Licence) > maxSmall || utf8.RuneCountInString(o.Teacher) > maxSmall:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a licence and a model have up to %d characters", maxSmall), Hint: "give the short name, such as Apache-2.0"}
	}
	return nil
}

// rows goes through a file. f gets each row, or the fault of a broken one.
func (o ImportOrder) rows(ctx context.Context, file io.Reader, f func(form.Row, int, *form.Fault) error) (form.Format, error) {
	r := form.NewReader(o.Name, file, o.Format)
	r.Passed = o.Passed
	for n := 0; ; n++ {
		if n%importBatch == 0 && ctx.Err() != nil {
			return r.Format(), ctx.Err()
		}
		row, line, err := r.Next()
		var fault *form.Fault
		switch {
		case errors.Is(err, io.EOF):
			return r.Format(), nil
		case errors.As(err, &fault):
		case err != nil:
			return r.Format(), fmt.Errorf("dataset: import: %w", err)
		}
		if err := f(row, line, fault); err != nil || fault != nil && fault.Last {
			return r.Format(), err
		}
	}
}

// look reads the file and takes in nothing.
func (s *Sets) look(ctx context.Context, out *Imported, o ImportOrder, file io.Reader, told func(Progress) error) (err error) {
	against := opposites{}
	out.Format, err = o.rows(ctx, file, func(r form.Row, line int, fault *form.Fault) error {
		if fault == nil {
			if text, err := json.Marshal(r); err != nil || len(text) > MaxRow {
				fault = &form.Fault{Line: line, Err: &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the row has more than %d bytes", MaxRow), Hint: "cut it, or leave it out"}}
			}
		}
		if fault != nil {
			if out.Broken++; len(out.Faults) < maxFaults {
				out.Faults = append(out.Faults, faultOf(fault))
			}
			return nil
		}
		out.Rows++
		out.Kinds[r.Kind]++
		out.Languages[language(r)]++
		against.add(r, uint32(line))
		if out.Rows%importBatch == 0 {
			return told(Progress{Stage: "check", Done: out.Rows})
		}
		return nil
	})
	pairs := against.find()
	out.Opposite = len(pairs)
	for _, p := range pairs[:min(len(pairs), maxFaults)] {
		out.Opposites = append(out.Opposites, [2]int{int(p[0]), int(p[1])})
	}
	return err
}

func faultOf(f *form.Fault) Fault {
	out := Fault{Line: f.Line, Why: f.Err.Error()}
	var e *wenyuan.Error
	if errors.As(f.Err, &e) {
		out.Why, out.Hint = e.Message, e.Hint
	}
	return out
}

// takeIn keeps the rows, many in a transaction.
func (s *Sets) takeIn(ctx context.Context, sc scope.Scope, p wenyuan.Principal, out *Imported, o ImportOrder, file io.Reader, told func(Progress) error) error {
	var batch []Sample
	done := 0
	keep := func() error {
		added := 0
		err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			added, err = putMany(ctx, tx, batch)
			return err
		})
		done += len(batch)
		out.Added += added
		if batch = batch[:0]; err != nil {
			return err
		}
		return told(Progress{Stage: "import", Done: done, Of: out.Rows})
	}
	_, err := o.rows(ctx, file, func(r form.Row, line int, fault *form.Fault) error {
		if fault != nil {
			return nil
		}
		batch = append(batch, Sample{Space: sc.Space(), Origin: Import, Row: r, Principal: p.ID, Source: o.Name, Line: line, Licence: o.Licence, Teacher: o.Teacher, Quality: o.Quality})
		if len(batch) == importBatch {
			return keep()
		}
		return nil
	})
	if err == nil && len(batch) > 0 {
		err = keep()
	}
	return err
}

// putMany keeps samples that belong to no document and no other people, and says how many were not
// there before.
func putMany(ctx context.Context, tx *store.Tx, all []Sample) (added int, err error) {
	const cells, atOnce = 17, 50
	ids := make([]string, len(all)) // rising, so that rows keep the order in which they came
	for i := range ids {
		ids[i] = store.NewID("smp")
	}
	slices.Sort(ids)
	for i := 0; i < len(all); i += atOnce {
		part := all[i:min(i+atOnce, len(all))]
		args := make([]any, 0, cells*len(part))
		var b strings.Builder
		b.WriteString(insertSample + ` VALUES `)
		for n, s := range part {
			text, err := json.Marshal(s.Row)
			if err != nil {
				return added, fmt.Errorf("dataset: %w", err)
			}
			if len(text) > MaxRow {
				continue // told of as broken
			}
			if s.Hash, err = s.Row.Hash(); err != nil {
				return added, err
			}
			if s.Language == "" {
				s.Language = language(s.Row)
			}
			s.ID = ids[i+n]
			if len(args) > 0 {
				b.WriteString(", ")
			}
			at := len(args)
			b.WriteByte('(')
			for c := 1; c < cells; c++ {
				fmt.Fprintf(&b, "$%d, ", at+c)
			}
			fmt.Fprintf(&b, "'ready', '', $%d)", at+cells)
			args = append(args, s.cells(string(text), tx.Now)...)
		}
		if len(args) == 0 {
			continue
		}
		n, err := tx.Exec(ctx, b.String()+` ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return added, fmt.Errorf("dataset: import: %w", err)
		}
		added += int(n)
	}
	return added, nil
}
