package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Bounds of spaces.
const (
	maxSpaces    = 10_000
	maxRetention = 36_500 // days
)

// AddSpace makes a space. Needs Operate. A name that is in use is Conflict.
func (d *Directory) AddSpace(ctx context.Context, sc scope.Scope, name string) (Space, error) {
	if !sc.May(scope.Operate) {
		return Space{}, errNotOperator
	}
	name, err := cleanName(name)
	if err != nil {
		return Space{}, err
	}
	x := Space{ID: store.NewID("spc"), Name: name, Settings: Settings{Record: RecordAll}, Rights: RightNames(sc.Rights())}
	err = d.store.Write(ctx, func(tx *store.Tx) error {
		x.Created = tx.Now
		many, err := checkSpaceFree(ctx, tx, x.ID, name)
		if err != nil {
			return err
		}
		if many >= maxSpaces {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("there are %d spaces already", many), Hint: "remove some that nobody needs"}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO space (id, name, created) VALUES ($1, $2, $3)`, x.ID, name, tx.Now); err != nil {
			return fmt.Errorf("auth: add a space: %w", err)
		}
		if err := Changed(ctx, tx, ChangedSpace, x.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: x.ID, Action: "space.add", Object: name})
	})
	return x, err
}

// checkSpaceFree says whether no other space has the name, whatever the case, and how many there
// are.
func checkSpaceFree(ctx context.Context, tx *store.Tx, id, name string) (many int, err error) {
	taken := ""
	err = each(ctx, tx, func(scan func(...any) error) error {
		var other, called string
		err := scan(&other, &called)
		if many++; other != id && (Fold(called) == Fold(name) || other == name) {
			taken = called
		}
		return err
	}, `SELECT id, name FROM space`)
	if err != nil {
		return 0, fmt.Errorf("auth: look for a space: %w", err)
	}
	if taken != "" {
		return many, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("there is a space named %q already", taken), Hint: "choose another name; upper and lower case do not tell spaces apart"}
	}
	return many, nil
}

// findSpace finds a space by name, whatever the case, or id.
func findSpace(ctx context.Context, tx *store.Tx, name string) (id string, err error) {
	err = each(ctx, tx, func(scan func(...any) error) error {
		var one, called string
		err := scan(&one, &called)
		if Fold(called) == Fold(name) || one == name && id == "" {
			id = one
		}
		return err
	}, `SELECT id, name FROM space`)
	if err != nil {
		return "", fmt.Errorf("auth: look for a space: %w", err)
	}
	if id == "" {
		return "", noSpace(name)
	}
	return id, nil
}

// Spaces are those of which an identity sees something, by name.
func (d *Directory) Spaces(ctx context.Context, id Identity) ([]Space, error) {
	if err := d.refresh(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := []Space{}
	for _, r := range d.state.sorted() {
		if sc := d.state.scopeIn(id, r); sc.Space() != "" {
			list = append(list, r.space(sc))
		}
	}
	return list, nil
}

func (r *room) space(sc scope.Scope) Space {
	return Space{ID: r.id, Name: r.name, Settings: r.settings.full(), Rights: RightNames(sc.Rights()), Created: r.created}
}

// full says what is in force where nothing was set.
func (s Settings) full() Settings {
	if s.Record == "" {
		s.Record = RecordAll
	}
	return s
}

// FindSpace is the space of a scope.
func (d *Directory) FindSpace(ctx context.Context, sc scope.Scope) (Space, error) {
	if err := d.refresh(ctx); err != nil {
		return Space{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if r := d.state.spaces[sc.Space()]; r != nil {
		return r.space(sc), nil
	}
	return Space{}, noSpace(sc.Space())
}

// SettingsOf are the settings of a space, by its id, as they are in force now.
func (d *Directory) SettingsOf(ctx context.Context, space string) (Settings, error) {
	if err := d.refresh(ctx); err != nil {
		return Settings{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if r := d.state.spaces[space]; r != nil {
		return r.settings.full(), nil
	}
	return Settings{}, noSpace(space)
}

// GateOf says what the versions of a space's assistants need before they are in use: GateRequired, or nothing.
func GateOf(ctx context.Context, tx *store.Tx, space string) (string, error) {
	var text string
	err := tx.QueryRow(ctx, `SELECT settings FROM space WHERE id = $1`, space).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	var s Settings
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		return "", fmt.Errorf("auth: settings of a space: %w", err)
	}
	return s.Gate, nil
}

// ChangeSpace changes the space of the scope. Needs Own. The space main keeps its name.
func (d *Directory) ChangeSpace(ctx context.Context, sc scope.Scope, c SpaceChange) (Space, error) {
	if !sc.May(scope.Own) {
		return Space{}, errNotOwner
	}
	err := d.store.Write(ctx, func(tx *store.Tx) error { return changeSpace(ctx, tx, sc.Space(), c) })
	if err != nil {
		return Space{}, err
	}
	return d.FindSpace(ctx, sc)
}

func changeSpace(ctx context.Context, tx *store.Tx, id string, c SpaceChange) error {
	var before, text string
	err := tx.QueryRow(ctx, `SELECT name, settings FROM space WHERE id = $1`, id).Scan(&before, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return noSpace(id)
	}
	if err != nil {
		return fmt.Errorf("auth: change a space: %w", err)
	}
	name, settings := before, Settings{}
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		return fmt.Errorf("auth: settings of a space: %w", err)
	}
	set(&name, c.Name)
	set(&settings.Record, c.Record)
	set(&settings.RetentionDays, c.RetentionDays)
	set(&settings.LearnDrop, c.LearnDrop)
	set(&settings.Gate, c.Gate)
	if c.Learn != nil && *c.Learn != settings.Learn {
		if settings.Learn, settings.LearnSince = *c.Learn, 0; settings.Learn {
			settings.LearnSince = tx.Now
		}
	}
	if name, err = checkSpace(id, name, before, settings); err != nil {
		return err
	}
	if _, err := checkSpaceFree(ctx, tx, id, name); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE space SET name = $2, settings = $3 WHERE id = $1`, id, name, asJSON(settings)); err != nil {
		return fmt.Errorf("auth: change a space: %w", err)
	}
	if err := Changed(ctx, tx, ChangedSpace, id); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Space: id, Action: "space.change", Object: before, Detail: c})
}

// checkSpace checks what a space would be called and how it would be set.
func checkSpace(id, name, before string, s Settings) (string, error) {
	switch {
	case id == wenyuan.DefaultSpace && name != before:
		return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: "the space main keeps its name", Hint: "make another space"}
	case s.Record != "" && s.Record != RecordAll && s.Record != RecordMetadata && s.Record != RecordNone:
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q does not say what is recorded", shorten(s.Record)), Hint: "one of all, metadata, none"}
	case s.Gate != "" && s.Gate != GateRequired:
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q does not say whether versions have to be admitted", shorten(s.Gate)), Hint: "required, or nothing"}
	case s.RetentionDays < 0 || s.RetentionDays > maxRetention:
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "the number of days is out of its range", Hint: "give 1 to 36500, or 0 to keep everything"}
	}
	return cleanName(name)
}

// asJSON is for what cannot fail to be JSON.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// RemoveSpace removes the space of the scope with its roles, shares, rules and the keys that open
// it alone. Before, and in the same transaction, empty takes away what others keep of it and gives
// what the audit says of that, or says what stands in the way. Needs Operate; main is Conflict.
func (d *Directory) RemoveSpace(ctx context.Context, sc scope.Scope, empty func(tx *store.Tx, name string) (detail any, err error)) error {
	if !sc.May(scope.Operate) {
		return errNotOperator
	}
	if sc.Space() == wenyuan.DefaultSpace {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the space main stays", Hint: "remove its documents instead"}
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		var name string
		err := tx.QueryRow(ctx, `SELECT name FROM space WHERE id = $1`, sc.Space()).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return noSpace(sc.Space())
		}
		if err != nil {
			return fmt.Errorf("auth: remove a space: %w", err)
		}
		detail, err := empty(tx, name)
		if err != nil {
			return err
		}
		return removeSpace(ctx, tx, sc.Space(), name, detail)
	})
}

func removeSpace(ctx context.Context, tx *store.Tx, id, name string, detail any) error {
	members, err := subjectsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM space_member WHERE space = $1`,
		`DELETE FROM assistant_share WHERE space = $1`,
		`DELETE FROM access_key WHERE space = $1`,
		`DELETE FROM access_glob WHERE space = $1`,
		`DELETE FROM access_file WHERE space = $1`,
		`DELETE FROM access WHERE space = $1`,
		`DELETE FROM access_class WHERE space = $1`,
		`DELETE FROM space WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return fmt.Errorf("auth: remove a space: %w", err)
		}
	}
	if err := changedSubjects(ctx, tx, members); err != nil {
		return err
	}
	if err := Changed(ctx, tx, ChangedSpace, id); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Space: id, Action: "space.remove", Object: name, Detail: detail})
}

// subjectsOf are those that have a role in a space or a share of it.
func subjectsOf(ctx context.Context, tx *store.Tx, space string) (all []subject, err error) {
	err = each(ctx, tx, func(scan func(...any) error) error {
		var s subject
		err := scan(&s.kind, &s.id)
		all = append(all, s)
		return err
	}, `SELECT kind, member FROM space_member WHERE space = $1 UNION SELECT kind, member FROM assistant_share WHERE space = $1`, space)
	if err != nil {
		return nil, fmt.Errorf("auth: members of a space: %w", err)
	}
	return all, nil
}
