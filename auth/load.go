package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"wenyuan/store"
)

// fresh makes the state at least as new as the snapshot of tx.
func (d *Directory) fresh(ctx context.Context, tx *store.Tx) error {
	_, err := d.lastChange(ctx, tx)
	return err
}

// lastChange is the number of the last change in the snapshot of tx, which the state then knows.
func (d *Directory) lastChange(ctx context.Context, tx *store.Tx) (number int64, err error) {
	if err := tx.QueryRow(ctx, `SELECT value FROM counter WHERE name = 'access'`).Scan(&number); err != nil {
		return 0, fmt.Errorf("auth: number of the last change: %w", err)
	}
	return number, d.upTo(ctx, tx, number)
}

// upTo makes the state know all changes up to a number, which is the last one in the snapshot of
// tx. One goroutine reads, and others that need it wait.
func (d *Directory) upTo(ctx context.Context, tx *store.Tx, number int64) error {
	if d.number.Load() >= number {
		return nil
	}
	d.reading.Lock()
	defer d.reading.Unlock()
	if d.number.Load() >= number {
		return nil
	}
	c, err := d.since(ctx, tx, d.number.Load(), number)
	if err != nil {
		return fmt.Errorf("auth: who may see what: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = c.apply(d.state)
	d.state.number = number
	d.number.Store(number)
	return nil
}

// news is what has changed, read but not yet in force. A nil value stands for what is gone.
type news struct {
	all     bool // it is everything there is
	people  map[string]*person
	groups  map[string]*group
	spaces  map[string]*room
	classes map[string]*classNews
	docs    map[string]docNews
}

// classNews is a class with its space.
type classNews struct {
	rule
	space string
}

// docNews is a document with its class; both "" where it is gone.
type docNews struct{ space, class string }

func newNews() *news {
	return &news{people: map[string]*person{}, groups: map[string]*group{}, spaces: map[string]*room{}, classes: map[string]*classNews{}, docs: map[string]docNews{}}
}

// maxNews is how many things that changed are read one by one; beyond, everything is.
const maxNews = 20_000

// since reads what changed after one number up to another.
func (d *Directory) since(ctx context.Context, tx *store.Tx, from, to int64) (*news, error) {
	var oldest sql.NullInt64
	if err := tx.QueryRow(ctx, `SELECT MIN(number) FROM access_change`).Scan(&oldest); err != nil {
		return nil, err
	}
	if from < 0 || !oldest.Valid || oldest.Int64 > from+1 {
		return readAll(ctx, tx)
	}
	ids, many, err := changedSince(ctx, tx, from)
	if err != nil {
		return nil, err
	}
	if many || len(ids[changedAll]) > 0 {
		return readAll(ctx, tx)
	}
	n := newNews()
	for _, corpus := range ids[ChangedCorpus] {
		if err := n.readCorpus(ctx, tx, corpus); err != nil {
			return nil, err
		}
	}
	for kind, read := range map[string]func(context.Context, *store.Tx, string, []any) error{
		ChangedPerson: n.readPeople, ChangedGroup: n.readGroups, ChangedSpace: n.readSpaces, ChangedClass: n.readClasses, ChangedDocument: n.readDocuments,
	} {
		n.gone(kind, ids[kind])
		for part := range slices.Chunk(ids[kind], 1000) {
			if err := read(ctx, tx, " IN ("+store.Marks(1, len(part))+")", part); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// gone takes for granted that what changed is no more, until it is read.
func (n *news) gone(kind string, ids []any) {
	for _, id := range ids {
		switch id := id.(string); kind {
		case ChangedPerson:
			n.people[id] = nil
		case ChangedGroup:
			n.groups[id] = nil
		case ChangedSpace:
			n.spaces[id] = nil
		case ChangedClass:
			n.classes[id] = nil
		case ChangedDocument:
			n.docs[id] = docNews{}
		}
	}
}

// changedSince lists what changed, by its kind.
func changedSince(ctx context.Context, tx *store.Tx, from int64) (ids map[string][]any, many bool, err error) {
	ids = map[string][]any{}
	total := 0
	err = each(ctx, tx, func(scan func(...any) error) error {
		var kind, id string
		err := scan(&kind, &id)
		ids[kind] = append(ids[kind], id)
		total++
		return err
	}, `SELECT DISTINCT kind, id FROM access_change WHERE number > $1 LIMIT $2`, from, maxNews+1)
	return ids, total > maxNews, err
}

// readCorpus reads all classes and documents of a corpus. Those that are gone are named among
// the changes by themselves.
func (n *news) readCorpus(ctx context.Context, tx *store.Tx, corpus any) error {
	if err := n.readClasses(ctx, tx, " IN (SELECT id FROM access_class WHERE corpus = $1)", []any{corpus}); err != nil {
		return err
	}
	return n.readDocuments(ctx, tx, " IN (SELECT document FROM access WHERE corpus = $1)", []any{corpus})
}

// readAll reads everything.
func readAll(ctx context.Context, tx *store.Tx) (*news, error) {
	n := newNews()
	n.all = true
	for _, read := range []func(context.Context, *store.Tx, string, []any) error{n.readPeople, n.readGroups, n.readSpaces, n.readClasses, n.readDocuments} {
		if err := read(ctx, tx, " <> ''", nil); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// each runs a query and has f scan each row.
func each(ctx context.Context, tx *store.Tx, f func(scan func(...any) error) error, query string, args ...any) error {
	return tx.Each(ctx, func(r store.Row) error { return f(r.Scan) }, query, args...)
}

// readPeople reads those whose ids fit the condition.
func (n *news) readPeople(ctx context.Context, tx *store.Tx, which string, args []any) error {
	err := each(ctx, tx, func(scan func(...any) error) error {
		p := &person{}
		err := scan(&p.id, &p.kind, &p.name, &p.fold, &p.email, &p.operator, &p.disabled)
		n.people[p.id] = p
		return err
	}, `SELECT id, kind, name, fold, email, operator, disabled FROM person WHERE id`+which, args...)
	if err != nil {
		return err
	}
	return readPlaces(ctx, tx, "person", which, args, func(id string) *place {
		if p := n.people[id]; p != nil {
			return &p.place
		}
		return &place{}
	})
}

func (n *news) readGroups(ctx context.Context, tx *store.Tx, which string, args []any) error {
	err := each(ctx, tx, func(scan func(...any) error) error {
		g := &group{}
		err := scan(&g.id, &g.name, &g.fold)
		n.groups[g.id] = g
		return err
	}, `SELECT id, name, fold FROM person_group WHERE id`+which, args...)
	if err != nil {
		return err
	}
	return readPlaces(ctx, tx, "group", which, args, func(id string) *place {
		if g := n.groups[id]; g != nil {
			return &g.place
		}
		return &place{}
	})
}

// readPlaces reads where people or groups belong.
func readPlaces(ctx context.Context, tx *store.Tx, kind, which string, args []any, at func(id string) *place) error {
	where := ` WHERE kind = '` + kind + `' AND member` + which
	err := each(ctx, tx, func(scan func(...any) error) error {
		var id, group string
		err := scan(&id, &group)
		at(id).groups = append(at(id).groups, group)
		return err
	}, `SELECT DISTINCT member, grp FROM group_member`+where, args...)
	if err != nil {
		return err
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var id, space, role string
		err := scan(&id, &space, &role)
		p := at(id)
		if p.roles == nil {
			p.roles = map[string]roles{}
		}
		p.roles[space] |= roleOf(role)
		return err
	}, `SELECT member, space, role FROM space_member`+where, args...)
	if err != nil {
		return err
	}
	return each(ctx, tx, func(scan func(...any) error) error {
		var id, space, assistant string
		err := scan(&id, &space, &assistant)
		p := at(id)
		if p.shares == nil {
			p.shares = map[string][]string{}
		}
		p.shares[space] = append(p.shares[space], assistant)
		return err
	}, `SELECT member, space, assistant FROM assistant_share`+where, args...)
}

func (n *news) readSpaces(ctx context.Context, tx *store.Tx, which string, args []any) error {
	return each(ctx, tx, func(scan func(...any) error) error {
		r, settings := newRoom(), ""
		if err := scan(&r.id, &r.name, &settings, &r.created); err != nil {
			return err
		}
		n.spaces[r.id] = r
		return json.Unmarshal([]byte(settings), &r.settings)
	}, `SELECT id, name, settings, created FROM space WHERE id`+which, args...)
}

func (n *news) readClasses(ctx context.Context, tx *store.Tx, which string, args []any) error {
	return each(ctx, tx, func(scan func(...any) error) error {
		c, readers := &classNews{}, ""
		if err := scan(&c.id, &c.space, &c.corpus, &c.layer, &c.origin, &readers, &c.problem); err != nil {
			return err
		}
		n.classes[c.id] = c
		if err := json.Unmarshal([]byte(readers), &c.readers); err != nil {
			return fmt.Errorf("readers of %s: %w", c.id, err)
		}
		for i, r := range c.readers {
			c.readers[i] = foldReader(r)
		}
		slices.Sort(c.readers)
		c.readers = slices.Compact(c.readers)
		return nil
	}, `SELECT id, space, corpus, layer, origin, readers, problem FROM access_class WHERE id`+which, args...)
}

func (n *news) readDocuments(ctx context.Context, tx *store.Tx, which string, args []any) error {
	return each(ctx, tx, func(scan func(...any) error) error {
		var id string
		var p docNews
		err := scan(&id, &p.space, &p.class)
		n.docs[id] = p
		return err
	}, `SELECT document, space, class FROM access WHERE document`+which, args...)
}
