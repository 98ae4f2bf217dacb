package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"wenyuan/store"
)

// A Verdict says whether the record is as it was written.
type Verdict struct {
	OK       bool   `json:"ok"`
	Entries  int64  `json:"entries"`             // that were checked
	Erased   int64  `json:"erased"`              // of them, that say nothing any more
	From     int64  `json:"from"`                // number of the first; 0 for none
	To       int64  `json:"to"`                  // number of the last
	Head     string `json:"head"`                // digest of the last: whoever notes it elsewhere can prove later that nothing was cut off
	BrokenAt int64  `json:"broken_at,omitempty"` // number of the first entry that is not as it was
	Why      string `json:"why,omitempty"`
}

// pageSize is how many entries are read at once.
const pageSize = 1000

// Verify walks through the whole record, page by page, while entries may be added. head is the digest
// that was the last one some time ago, "" for none: it must stand in the record still, or entries
// were cut off its end. That the record is broken is a verdict and not an error.
//
// It finds an entry that was changed, exchanged, put in or taken out, and a payload that was
// emptied or entries that were dropped otherwise than by Erase and Prune, which tell of it in the
// record. Who can write to the database can make the whole chain anew from some entry on: only a head
// that was noted elsewhere shows that.
func Verify(ctx context.Context, s *store.Store, head string) (Verdict, error) {
	w := walk{told: map[int64]bool{}, want: strings.ToLower(strings.TrimSpace(head))}
	last, err := w.begin(ctx, s)
	if err != nil {
		return Verdict{}, err
	}
	for more := true; more && w.v.Why == ""; {
		err := s.Read(ctx, func(tx *store.Tx) (err error) {
			more, err = w.page(ctx, tx, last)
			return err
		})
		if err != nil {
			return Verdict{}, err
		}
	}
	if err := w.late(ctx, s, last); err != nil {
		return Verdict{}, err
	}
	return w.verdict(last), nil
}

// late hears of what was erased and dropped while the record was read.
func (w *walk) late(ctx context.Context, s *store.Store, last int64) error {
	return s.Read(ctx, func(tx *store.Tx) error {
		found, err := read(ctx, tx, ` WHERE number > $1 AND action IN ($2, $3)`, last, eraseAction, pruneAction)
		for _, e := range found {
			w.hear(e)
		}
		return err
	})
}

// A walk is a Verify under way.
type walk struct {
	v       Verdict
	at      int64  // number of the entry before
	digest  string // of it
	want    string // digest that has to come by
	emptied []int64
	told    map[int64]bool // entries that an erasure tells of
	dropped Checkpoint     // not told of yet
}

// begin finds where the record begins and ends.
func (w *walk) begin(ctx context.Context, s *store.Store) (last int64, err error) {
	var there int64
	err = s.Read(ctx, func(tx *store.Tx) error {
		w.dropped, err = checkpoint(ctx, tx)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT value, COALESCE((SELECT MAX(number) FROM audit), 0) FROM counter WHERE name = 'audit'`).Scan(&last, &there)
	})
	if there > last {
		w.faulty(last+1, "there are more entries than were written")
	}
	w.at, w.digest = w.dropped.Number, w.dropped.Digest
	if w.want == w.digest {
		w.want = ""
	}
	return last, err
}

// checkpoint is the newest one; its zero value where nothing was dropped.
func checkpoint(ctx context.Context, tx *store.Tx) (c Checkpoint, err error) {
	err = tx.QueryRow(ctx, `SELECT number, digest, at FROM audit_checkpoint ORDER BY number DESC LIMIT 1`).Scan(&c.Number, &c.Digest, &c.At)
	if errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return c, fmt.Errorf("audit: checkpoint: %w", err)
	}
	return c, nil
}

// page checks the next entries. Where they were dropped meanwhile it goes on behind them.
func (w *walk) page(ctx context.Context, tx *store.Tx, last int64) (more bool, err error) {
	c, err := checkpoint(ctx, tx)
	if err != nil {
		return false, err
	}
	if c.Number > w.at {
		w.at, w.digest = c.Number, c.Digest
	}
	from := w.at
	if w.v.Entries == 0 {
		from = -1 << 62 // also what should not be there
	}
	found, err := read(ctx, tx, fmt.Sprintf(" WHERE number > %d AND number <= %d ORDER BY number LIMIT %d", from, max(last, w.at), pageSize), []any{}...)
	for _, e := range found {
		if w.entry(e); w.v.Why != "" {
			return false, err
		}
	}
	return len(found) == pageSize, err
}

// entry checks one, and takes in what it tells of the record itself.
func (w *walk) entry(e Sealed) {
	switch {
	case e.Number != w.at+1 && e.Number > w.at:
		w.faulty(w.at+1, "entries are missing from here on")
	case e.Number != w.at+1:
		w.faulty(e.Number, "an entry stands where entries were dropped")
	case chain(w.digest, e.Number, e.At, e.Seal) != e.Digest:
		w.faulty(e.Number, "the digest does not follow from the entry before and what this one says")
	case e.Erased != (e.Salt == "") || e.Erased && (e.Space+e.Actor.ID+e.Action+e.Object != ""):
		w.faulty(e.Number, "the entry is erased in part")
	case !e.Erased && seal(e.Salt, e.Payload) != e.Seal:
		w.faulty(e.Number, "the payload is not the one that was sealed")
	case !e.Erased && !e.agrees():
		w.faulty(e.Number, "what the entry is found by is not what its payload says")
	}
	if w.v.Why != "" {
		return
	}
	w.v.Entries++
	if w.v.From == 0 {
		w.v.From = e.Number
	}
	w.at, w.digest = e.Number, e.Digest
	if w.want == e.Digest {
		w.want = ""
	}
	if e.Erased {
		w.v.Erased++
		w.emptied = append(w.emptied, e.Number)
	}
	w.hear(e)
}

// hear takes in what an entry tells of erasing and dropping.
func (w *walk) hear(e Sealed) {
	switch e.Action {
	case eraseAction:
		var d erasure
		if json.Unmarshal(e.Detail, &d) == nil {
			for _, r := range d.Entries {
				for n := r[0]; n <= r[1] && n < e.Number; n++ {
					w.told[n] = true
				}
			}
		}
	case pruneAction:
		var d Checkpoint
		if json.Unmarshal(e.Detail, &d) == nil && d.Number == w.dropped.Number && d.Digest == w.dropped.Digest {
			w.dropped = Checkpoint{}
		}
	}
}

// agrees says whether the columns say the same as the payload.
func (e Sealed) agrees() bool {
	p := payload{Act: Act{Detail: new(json.RawMessage)}}
	return json.Unmarshal([]byte(e.Payload), &p) == nil && p.At == e.At && p.Space == e.Space &&
		p.Actor.ID == e.Actor.ID && p.Act.Action == e.Action && p.Act.Object == e.Object
}

func (w *walk) faulty(number int64, why string) { w.v.BrokenAt, w.v.Why = number, why }

// verdict says what is known only at the end.
func (w *walk) verdict(last int64) Verdict {
	w.v.To, w.v.Head = w.at, w.digest
	for _, n := range w.emptied {
		if w.v.Why == "" && !w.told[n] {
			w.faulty(n, "the entry is empty, and no erasure tells of it")
		}
	}
	switch {
	case w.v.Why != "":
	case w.at < last:
		w.faulty(w.at+1, "entries are missing at the end")
	case w.dropped.Number > 0:
		w.faulty(w.dropped.Number, "entries were dropped, and no entry tells of it")
	case w.want != "":
		w.faulty(w.at+1, "no entry has the digest that was noted: entries were cut off the end, or it is older than what was dropped")
	}
	w.v.OK = w.v.Why == ""
	return w.v
}
