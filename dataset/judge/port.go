package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Ported says what became of a file.
type Ported struct {
	Items      int             `json:"items"` // new ones
	Known      int             `json:"known"` // that were there before
	Judgements int             `json:"judgements"`
	Broken     int             `json:"broken"`
	Faults     []dataset.Fault `json:"faults,omitempty"` // of the first broken ones
	Taken      bool            `json:"taken"`            // false: nothing was taken in, as something is broken
}

const (
	maxFaults = 100
	portBatch = 100 // items of one transaction
)

func checkFormat(format string) error {
	if format == Lines || format == Studio {
		return nil
	}
	return bad(fmt.Sprintf("there is no format %q", format), "lines or studio")
}

// Import takes items with what was said of them from a file. First all are read: where one is broken nothing is
// taken in, unless broken ones are to be left out. Who judged is somebody of the file, and nobody of this house. licence
// holds for items that name none. Needs Edit or Own.
func (q *Queue) Import(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, format, licence string, leave bool, file io.ReadSeeker) (out Ported, err error) {
	if err := manage(sc); err != nil {
		return out, err
	}
	if err := checkFormat(format); err != nil {
		return out, err
	}
	if licence, err = cut(licence); err != nil {
		return out, err
	}
	var t Task
	err = q.Store.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = find(ctx, tx, sc, name)
		return err
	})
	if err != nil {
		return out, err
	}
	n := 0
	err = t.lines(ctx, format, file, func(_ portedLine, line int, fault error) error {
		if n++; fault != nil {
			if out.Broken++; len(out.Faults) < maxFaults {
				out.Faults = append(out.Faults, faultOf(line, fault))
			}
		}
		return nil
	})
	if err != nil || out.Broken > 0 && !leave {
		return out, err
	}
	if n == 0 {
		return out, bad("the file holds no item", "give JSON lines, or a list of tasks of Label Studio")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return out, fmt.Errorf("judge: import: %w", err)
	}
	if err := q.takeIn(ctx, t, format, licence, file, &out); err != nil {
		return out, err
	}
	out.Taken = true
	return out, q.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.import", Object: t.Name, Detail: map[string]any{"format": format, "items": out.Items, "judgements": out.Judgements, "licence": licence}})
	})
}

// A portedLine is a line that was read, with its text where writing it would not give that again.
type portedLine struct {
	Line
	raw string
}

// lines goes through a file.
func (t Task) lines(ctx context.Context, format string, file io.Reader, f func(l portedLine, line int, fault error) error) error {
	r := form.NewReader(t.Name, file, form.Own)
	for at := 1; ; at++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text, line, err := r.Text()
		var broken *form.Fault
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			if err := f(portedLine{}, line, broken.Err); err != nil || broken.Last {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("judge: import: %w", err)
		}
		l, err := t.one(format, text, at)
		if err := f(l, line, err); err != nil {
			return err
		}
	}
}

// one reads a line, and keeps its text where it says more than is written of it.
func (t Task) one(format string, text []byte, at int) (l portedLine, err error) {
	if len(text) > maxBody {
		return l, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("an item has %d bytes, more than %d", len(text), maxBody), Hint: "cut it, or leave it out"}
	}
	if l.Line, err = readAs(format, text); err != nil {
		return l, err
	}
	if err := l.fit(t); err != nil {
		return l, err
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return l, bad("the line is no JSON", "one object a line")
	}
	again, err := l.write(format, at)
	if err == nil && !bytes.Equal(again, b.Bytes()) {
		l.raw = format + " " + b.String()
	}
	return l, err
}

func faultOf(line int, err error) dataset.Fault {
	out := dataset.Fault{Line: line, Why: err.Error()}
	var e *wenyuan.Error
	if errors.As(err, &e) {
		out.Why, out.Hint = e.Message, e.Hint
	}
	return out
}

// takeIn keeps what is whole.
func (q *Queue) takeIn(ctx context.Context, t Task, format, licence string, file io.Reader, out *Ported) error {
	var batch []portedLine
	keep := func() error {
		var done Ported
		err := q.Store.Write(ctx, func(tx *store.Tx) error {
			done = Ported{}
			return t.keepLines(ctx, tx, batch, licence, &done)
		})
		out.Items, out.Known, out.Judgements = out.Items+done.Items, out.Known+done.Known, out.Judgements+done.Judgements
		batch = batch[:0]
		return err
	}
	err := t.lines(ctx, format, file, func(l portedLine, _ int, fault error) error {
		if fault != nil {
			return nil
		}
		if batch = append(batch, l); len(batch) == portBatch {
			return keep()
		}
		return nil
	})
	if err == nil && len(batch) > 0 {
		err = keep()
	}
	return err
}

func (t Task) keepLines(ctx context.Context, tx *store.Tx, all []portedLine, licence string, out *Ported) error {
	var have, last int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MAX(number), 0) FROM judge_item WHERE task = $1`, t.ID).Scan(&have, &last); err != nil {
		return fmt.Errorf("judge: import: %w", err)
	}
	if have+len(all) > MaxItems {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a task has up to %d items", MaxItems), Hint: "make another task"}
	}
	for _, l := range all {
		x := Item{Messages: l.Messages, Answers: l.Answers, Passages: l.Passages, Licence: l.Licence, Teacher: l.Teacher}
		if x.Licence == "" {
			x.Licence = licence
		}
		gold := ""
		if l.Gold != nil {
			b, err := json.Marshal(l.Gold)
			if err != nil {
				return fmt.Errorf("judge: import: %w", err)
			}
			gold = string(b)
		}
		id, there, err := t.keepItem(ctx, tx, x, last+1, l.raw, gold)
		if err != nil {
			return err
		}
		last, out.Items, out.Known = last+int(number(!there)), out.Items+int(number(!there)), out.Known+int(number(there))
		for _, j := range l.Judgements {
			j.Person = imported + j.Person
			if err := t.put(ctx, tx, id, j, j.Given.Took); err != nil {
				return err
			}
			out.Judgements++
		}
	}
	return nil
}

// Export writes the items of a task that p may see with what was said of them, one a line; in the format studio as one
// list. Nothing is written before all was read. Needs Edit or Own.
func (q *Queue) Export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, format string, begin func(Task) (io.Writer, error)) error {
	if err := manage(sc); err != nil {
		return err
	}
	if err := checkFormat(format); err != nil {
		return err
	}
	var t Task
	var out bytes.Buffer
	err := q.Store.Write(ctx, func(tx *store.Tx) (err error) {
		out.Reset()
		if t, err = find(ctx, tx, sc, name); err != nil {
			return err
		}
		if err := t.write(ctx, tx, sc, p, format, &out); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.export", Object: t.Name, Detail: map[string]any{"format": format}})
	})
	if err != nil {
		return err
	}
	w, err := begin(t)
	if err == nil {
		_, err = out.WriteTo(w)
	}
	return err
}

// maxExport is how many bytes are written of one task.
const maxExport = 256 << 20

func (t Task) write(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, format string, out *bytes.Buffer) error {
	w, err := t.weigh(ctx, tx)
	if err != nil {
		return err
	}
	unseen, err := t.unseen(ctx, tx, sc, p)
	if err != nil {
		return err
	}
	first := true
	for _, x := range w.items {
		if unseen[x.ID] {
			continue
		}
		text, err := t.line(ctx, tx, x, format)
		if err != nil {
			return err
		}
		switch {
		case format == Studio && first:
			out.WriteString("[\n")
		case format == Studio:
			out.WriteString(",\n")
		case !first:
			out.WriteByte('\n')
		}
		first = false
		if out.Write(text); out.Len() > maxExport {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the items have more than %d bytes", maxExport), Hint: "make several tasks"}
		}
	}
	switch {
	case format == Studio && first:
		out.WriteString("[]\n")
	case format == Studio:
		out.WriteString("\n]\n")
	case !first:
		out.WriteByte('\n')
	}
	return nil
}

// line is an item as it is written: as the file had it, while that still says what holds.
func (t Task) line(ctx context.Context, tx *store.Tx, x *weighed, format string) ([]byte, error) {
	l := Line{Messages: x.Messages, Answers: x.Answers, Passages: x.Passages, Licence: x.Licence, Teacher: x.Teacher, Gold: x.gold}
	told, err := toldOf(ctx, tx, x.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range told {
		o.Person = strings.TrimPrefix(o.Person, imported)
		l.Judgements = append(l.Judgements, o)
	}
	text, err := l.write(format, x.Number)
	if err != nil {
		return nil, err
	}
	var raw string
	if err := tx.QueryRow(ctx, `SELECT raw FROM judge_item WHERE id = $1`, x.ID).Scan(&raw); err != nil {
		return nil, fmt.Errorf("judge: export: %w", err)
	}
	if raw, ok := strings.CutPrefix(raw, format+" "); ok {
		before, err := t.one(format, []byte(raw), x.Number)
		if err == nil {
			again, err := before.write(format, x.Number)
			if err == nil && bytes.Equal(again, text) {
				return []byte(raw), nil
			}
		}
	}
	return text, nil
}
