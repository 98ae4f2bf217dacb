package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Filter says which entries are wanted. Empty fields want any.
type Filter struct {
	Actor  string // id, name or e-mail address
	Action string // such as document.remove, or document for all that was done to documents
	Object string
	Space  string // id or name
	From   int64  // UTC microseconds, inclusive
	To     int64  // exclusive
	Before int64  // only entries with a smaller number: the last of the page before
	Limit  int    // 1 to MaxList; 0 for 50
}

// MaxList is the most entries that one List gives.
const MaxList = 500

// An Entry is what somebody did. One that was erased has only number, time and digest.
type Entry struct {
	Number  int64           `json:"number"` // from 1, without gaps
	At      int64           `json:"at"`     // UTC microseconds
	Space   string          `json:"space,omitempty"`
	Actor   Actor           `json:"actor"`
	Action  string          `json:"action,omitempty"`
	Object  string          `json:"object,omitempty"`
	Version string          `json:"version,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	Erased  bool            `json:"erased,omitempty"`
	Digest  string          `json:"digest"`
}

// A Sealed entry has with it what its digest is made of.
type Sealed struct {
	Entry
	Salt    string `json:"salt,omitempty"`
	Payload string `json:"payload,omitempty"` // the bytes that were sealed
	Seal    string `json:"sealed"`
}

// A Checkpoint stands for the entries up to its number, which were dropped.
type Checkpoint struct {
	Number int64  `json:"number"`
	Digest string `json:"digest"` // of the last entry that was dropped
	At     int64  `json:"at"`     // when, UTC microseconds
}

// A Line is one line of an export: a checkpoint, where there is one and all spaces are wanted, and
// then entries, oldest first.
type Line struct {
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
	*Sealed
}

// List gives the newest entries that are wanted: of its space to whoever owns it, of the whole house
// to an operator. Others are Denied.
func List(ctx context.Context, tx *store.Tx, sc scope.Scope, f Filter) ([]Entry, error) {
	where, args, err := f.where(sc)
	if err != nil {
		return nil, err
	}
	if f.Before > 0 {
		args = append(args, f.Before)
		where += fmt.Sprintf(" AND number < $%d", len(args))
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	found, err := read(ctx, tx, fmt.Sprintf("%s ORDER BY number DESC LIMIT %d", where, min(f.Limit, MaxList)), args...)
	all := make([]Entry, len(found))
	for i := range found {
		all[i] = found[i].Entry
	}
	return all, err
}

// Export gives the entries that are wanted, all of them, oldest first, to whom List would. Limit and
// Before do not count. It reads page by page and holds no snapshot while give works.
func Export(ctx context.Context, s *store.Store, sc scope.Scope, f Filter, give func(Line) error) error {
	where, args, err := f.where(sc)
	if err != nil {
		return err
	}
	if where == everything {
		if err := giveCheckpoint(ctx, s, give); err != nil {
			return err
		}
	}
	for after := int64(0); ; {
		var page []Sealed
		err := s.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = read(ctx, tx, fmt.Sprintf("%s AND number > %d ORDER BY number LIMIT %d", where, after, MaxList), args...)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := give(Line{Sealed: &page[i]}); err != nil {
				return err
			}
		}
		after = page[len(page)-1].Number
	}
}

func giveCheckpoint(ctx context.Context, s *store.Store, give func(Line) error) error {
	var c Checkpoint
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = checkpoint(ctx, tx)
		return err
	})
	if err != nil || c.Number == 0 {
		return err
	}
	return give(Line{Checkpoint: &c})
}

// everything is the condition of a filter that wants all.
const everything = " WHERE 1 = 1"

// where is the condition of a filter, held to what the scope may know.
func (f Filter) where(sc scope.Scope) (string, []any, error) {
	where, args := strings.Builder{}, []any(nil)
	where.WriteString(everything)
	add := func(clause string, values ...any) {
		marks := make([]any, len(values))
		for i := range values {
			marks[i] = len(args) + i + 1
		}
		fmt.Fprintf(&where, clause, marks...)
		args = append(args, values...)
	}
	switch {
	case sc.May(scope.Operate):
	case sc.May(scope.Own):
		add(" AND space = $%d", sc.Space())
	default:
		return "", nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "the audit record is for the owners of a space and for operators", Hint: "ask one of them"}
	}
	if f.Space != "" {
		add(" AND (space = $%[1]d OR space IN (SELECT id FROM space WHERE name = $%[1]d))", clip(f.Space))
	}
	if f.Actor != "" {
		add(" AND (actor = $%[1]d OR actor IN (SELECT id FROM person WHERE fold = $%[2]d OR email = $%[2]d))", clip(f.Actor), strings.ToLower(clip(f.Actor)))
	}
	if f.Action != "" {
		prefix := clip(f.Action) + "."
		add(fmt.Sprintf(" AND (action = $%%d OR SUBSTR(action, 1, %d) = $%%d)", len([]rune(prefix))), clip(f.Action), prefix)
	}
	if f.Object != "" {
		add(" AND object = $%d", clip(f.Object))
	}
	if f.From > 0 {
		add(" AND at >= $%d", f.From)
	}
	if f.To > 0 {
		add(" AND at < $%d", f.To)
	}
	return where.String(), args, nil
}

// read gives the entries of a condition.
func read(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Sealed, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (e Sealed, err error) {
		if err := r.Scan(&e.Number, &e.At, &e.Space, &e.Actor.ID, &e.Action, &e.Object, &e.Payload, &e.Salt, &e.Seal, &e.Digest); err != nil {
			return e, err
		}
		return e.said(), nil
	}, `SELECT number, at, space, actor, action, object, payload, salt, sealed, digest FROM audit`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return all, nil
}

// said fills in what only the payload says. One that is not as it was written says nothing, which
// Verify finds.
func (e Sealed) said() Sealed {
	if e.Payload == "" {
		e.Erased = true
		return e
	}
	var p struct {
		Act struct {
			Detail  json.RawMessage `json:"detail"`
			Version string          `json:"version"`
		} `json:"act"`
		Actor Actor `json:"actor"`
	}
	if json.Unmarshal([]byte(e.Payload), &p) == nil && p.Actor.ID == e.Actor.ID {
		e.Actor, e.Version, e.Detail = p.Actor, p.Act.Version, p.Act.Detail
	}
	return e
}
