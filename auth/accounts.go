package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// FindPerson finds somebody by id, name or e-mail. Needs Operate, or Own in some space.
func (d *Directory) FindPerson(ctx context.Context, sc scope.Scope, person string) (Account, error) {
	if !sc.May(scope.Operate) && !sc.May(scope.Own) {
		return Account{}, errNotOwner
	}
	return d.account(ctx, person)
}

// Me is the account of who asks; NotFound for who has none (Local, Declared, Stranger).
func (d *Directory) Me(ctx context.Context, id Identity) (Account, error) {
	return d.account(ctx, id.Principal.ID)
}

// account reads somebody's account.
func (d *Directory) account(ctx context.Context, person string) (Account, error) {
	var list []Account
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		id, err := findPerson(ctx, tx, person)
		if err != nil {
			return err
		}
		list, err = d.accounts(ctx, tx, `WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return Account{}, err
	}
	return list[0], nil
}

// People lists people and services, by id, which follows the time they were added, and says how many fit. Needs
// Operate, or Own in some space.
func (d *Directory) People(ctx context.Context, sc scope.Scope, f PeopleFilter) (people []Account, total int, err error) {
	if !sc.May(scope.Operate) && !sc.May(scope.Own) {
		return nil, 0, errNotOwner
	}
	if f.Limit == 0 {
		f.Limit = defaultPage
	}
	if f.Limit < 1 || f.Limit > maxPage || len(f.Query) > maxName || f.Kind != "" && f.Kind != Person && f.Kind != Service {
		return nil, 0, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the list of people is asked for in a way that is not known", Hint: "limit 1 to 1000, kind person or service, query up to 200 bytes"}
	}
	like := store.Like(Fold(f.Query))
	where := `WHERE (fold LIKE $1 ESCAPE '\' OR email LIKE $1 ESCAPE '\') AND ($2 = '' OR kind = $2)`
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM person `+where, like, f.Kind).Scan(&total); err != nil {
			return fmt.Errorf("auth: count people: %w", err)
		}
		people, err = d.accounts(ctx, tx, where+` AND id > $3 ORDER BY id LIMIT $4`, like, f.Kind, f.After, f.Limit)
		return err
	})
	return people, total, err
}

// accounts reads accounts, with the places that the directory knows.
func (d *Directory) accounts(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Account, err error) {
	if err := d.fresh(ctx, tx); err != nil {
		return nil, err
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var a Account
		err := scan(&a.ID, &a.Kind, &a.Name, &a.Email, &a.External, &a.Operator, &a.Disabled, &a.Created)
		list = append(list, a)
		return err
	}, `SELECT id, kind, name, email, external, operator, disabled, created FROM person `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("auth: read people: %w", err)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for i := range list {
		list[i].Groups, list[i].Roles = d.state.places(list[i].ID)
	}
	return list, nil
}

// places are the groups that hold somebody directly, and all their roles.
func (st *state) places(id string) (groups []string, all []Membership) {
	groups, all = []string{}, []Membership{}
	p := st.people[id]
	if p == nil {
		return groups, all
	}
	add := func(at place, group string) {
		for space, roles := range at.roles {
			if r := st.spaces[space]; r != nil {
				for _, role := range roles.names() {
					all = append(all, Membership{Space: r.name, Role: role, Group: group})
				}
			}
		}
	}
	add(p.place, "")
	for _, s := range st.reach(p) {
		if s.via < 0 {
			groups = append(groups, s.group.name)
		}
		add(s.group.place, s.group.name)
	}
	slices.Sort(groups)
	slices.SortFunc(all, func(a, b Membership) int {
		return strings.Compare(a.Space+"\n"+a.Role+"\n"+a.Group, b.Space+"\n"+b.Role+"\n"+b.Group)
	})
	return groups, all
}
