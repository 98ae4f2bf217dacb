package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"wenyuan/store"
)

const (
	eraseAction = houseOnly + "erase"
	pruneAction = houseOnly + "prune"
)

// Prune drops the entries of before a time (UTC microseconds), leaves a checkpoint in their place
// and tells of it in the record. It drops none where none is so old, never the last one, and up to
// Pruned at once: whoever wants all gone calls it until it drops none.
func Prune(ctx context.Context, tx *store.Tx, before int64) (dropped int64, err error) {
	// The record is dropped from its beginning up to the first entry that is young enough: with a
	// clock that went back, an older one may stand behind it.
	c := Checkpoint{At: tx.Now}
	err = tx.QueryRow(ctx, `SELECT COALESCE(MIN(number), (SELECT value FROM counter WHERE name = 'audit')) - 1 FROM audit WHERE at >= $1`, before).Scan(&c.Number)
	if err != nil {
		return 0, fmt.Errorf("audit: prune: %w", err)
	}
	first, err := read(ctx, tx, ` WHERE number <= $1 ORDER BY number LIMIT 1`, c.Number)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	c.Number = min(c.Number, first[0].Number+Pruned-1)
	last, err := read(ctx, tx, ` WHERE number = $1`, c.Number)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	c.Digest = last[0].Digest
	if dropped, err = tx.Exec(ctx, `DELETE FROM audit WHERE number <= $1`, c.Number); err != nil {
		return 0, fmt.Errorf("audit: prune: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO audit_checkpoint (number, digest, at) VALUES ($1, $2, $3)`, c.Number, c.Digest, c.At); err != nil {
		return 0, fmt.Errorf("audit: prune: %w", err)
	}
	return dropped, Append(ctx, tx, Act{Action: pruneAction, Detail: c})
}

// Pruned is how many entries one Prune drops at most: writers wait for it.
const Pruned = 50_000

// A Name is what somebody is known by. What is empty does not count.
type Name struct {
	ID    string
	Name  string
	Email string
	Also  []string // ids of their keys and sessions
}

// An erasure is what the record keeps of Erase: which entries, as ranges with both ends.
type erasure struct {
	Entries [][2]int64 `json:"entries"`
}

// Erase empties every entry that somebody made, and every other one that names them: by an id, the
// e-mail address, as a reader (person:NAME), or, where it is about people, by the name. Payload,
// salt and what the entry is found by go; number, time and digests stay, so the chain holds, and an
// entry tells which were emptied. What tells of erasing and dropping itself names nobody and stays.
func Erase(ctx context.Context, tx *store.Tx, who Name) (erased int64, err error) {
	var e erasure
	err = about(ctx, tx, who, 0, func(one Sealed) error {
		e.add(one.Number)
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, r := range e.Entries {
		n, err := tx.Exec(ctx, `UPDATE audit SET space = '', actor = '', action = '', object = '', payload = '', salt = ''
			WHERE number BETWEEN $1 AND $2`, r[0], r[1])
		if err != nil {
			return 0, fmt.Errorf("audit: erase: %w", err)
		}
		erased += n
	}
	for part := range slices.Chunk(e.Entries, rangesAtOnce) {
		if err := Append(ctx, tx, Act{Action: eraseAction, Detail: erasure{part}}); err != nil {
			return 0, err
		}
	}
	return erased, nil
}

// about gives the entries behind a number that are somebody's or name them, oldest first.
func about(ctx context.Context, tx *store.Tx, who Name, after int64, give func(Sealed) error) error {
	where, args := who.where()
	for {
		found, err := read(ctx, tx, fmt.Sprintf(` WHERE number > %d AND payload <> '' AND (%s) ORDER BY number LIMIT %d`, after, where, pageSize), args...)
		if err != nil {
			return err
		}
		for _, one := range found {
			if after = one.Number; who.in(one) {
				if err := give(one); err != nil {
					return err
				}
			}
		}
		if len(found) < pageSize {
			return nil
		}
	}
}

// About gives the entries that Erase would empty, oldest first: for a report on what is kept of
// somebody, to whoever may ask for that. What others did comes without where they were.
func About(ctx context.Context, s *store.Store, who Name, give func(Entry) error) error {
	for after, more := int64(0), true; more; {
		var page []Entry
		enough := errors.New("a page is full")
		err := s.Read(ctx, func(tx *store.Tx) error {
			page = page[:0]
			return about(ctx, tx, who, after, func(one Sealed) error {
				if one.Actor.ID != who.ID {
					one.Actor.Address, one.Actor.Key = "", ""
				}
				if page = append(page, one.Entry); len(page) == pageSize {
					return enough
				}
				return nil
			})
		})
		if more = errors.Is(err, enough); err != nil && !more {
			return err
		}
		for _, e := range page {
			after = e.Number
			if err := give(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// rangesAtOnce is how many ranges one entry tells of: so many fit into it whatever the numbers.
const rangesAtOnce = 1000

// add takes a number in, behind those before.
func (e *erasure) add(n int64) {
	if last := len(e.Entries) - 1; last >= 0 && e.Entries[last][1] == n-1 {
		e.Entries[last][1] = n
		return
	}
	e.Entries = append(e.Entries, [2]int64{n, n})
}

// words are what somebody is known by, in lower case.
func (n Name) words() []string {
	all := append([]string{n.ID, n.Name, n.Email}, n.Also...)
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// where is a condition on the entries that may name somebody: it lets too many through.
func (n Name) where() (string, []any) {
	where, args := []string{"actor = $1"}, []any{n.ID}
	for _, s := range n.words() {
		args = append(args, "%"+pattern(s)+"%")
		where = append(where, fmt.Sprintf(`LOWER(payload) LIKE $%d ESCAPE '!'`, len(args)))
	}
	return strings.Join(where, " OR "), args
}

// pattern finds a text in JSON. The engines do not agree on the case of letters beyond ASCII, so
// any sign may stand for one.
func pattern(s string) string {
	raw, err := marshal(s)
	if err != nil {
		return "" // finds all
	}
	var b strings.Builder
	for _, r := range strings.TrimSuffix(strings.TrimPrefix(raw, `"`), `"`) {
		switch {
		case strings.ContainsRune("%_!", r):
			b.WriteString("!" + string(r))
		case r > unicode.MaxASCII && (unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)):
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// aboutPeople are the nouns of actions whose objects and details may name a person by the name alone.
var aboutPeople = []string{"person", "group", "key", "signin", "space", "grant", "limit", "view_as"}

// in says whether an entry is somebody's, or names them.
func (n Name) in(e Sealed) bool {
	if strings.HasPrefix(e.Action, houseOnly) {
		return false
	}
	known := map[string]bool{}
	for _, s := range n.words() {
		known["person:"+s], known[s] = true, true
	}
	noun, _, _ := strings.Cut(e.Action, ".")
	if !slices.Contains(aboutPeople, noun) {
		delete(known, strings.ToLower(n.Name))
	}
	var detail any
	d := json.NewDecoder(bytes.NewReader(e.Detail))
	d.UseNumber()
	if e.Detail != nil && d.Decode(&detail) != nil {
		return true // it cannot be known whom it names
	}
	by := n.Name != "" && slices.Contains([]string{e.Actor.Behind, e.Actor.ViewAs}, n.Name)
	return by || names([]any{e.Actor.ID, e.Actor.Key, e.Actor.ViewAs, e.Object, detail}, known)
}

// rulesName says whether a text of rules has one of those known among its readers.
func rulesName(text string, known map[string]bool) bool {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",[]\n#", r) }) {
		if at := strings.LastIndex(part, "person:"); at >= 0 && known[strings.TrimSpace(part[at:])] {
			return true
		}
	}
	return false
}

// names says whether a text in a value is one of those known.
func names(v any, known map[string]bool) bool {
	switch v := v.(type) {
	case string:
		return known[strings.ToLower(v)] || rulesName(strings.ToLower(v), known)
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return names(e, known) })
	case map[string]any:
		for _, e := range v {
			if names(e, known) {
				return true
			}
		}
	}
	return false
}
