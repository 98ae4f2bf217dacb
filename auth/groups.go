package auth

import (
	"context"
	"fmt"
	"slices"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Groups lists all groups by name. Needs Edit, Own or Operate.
func (d *Directory) Groups(ctx context.Context, sc scope.Scope) (list []Group, err error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return nil, errNotEditor
	}
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		list, err = groups(ctx, tx, ` WHERE g.id <> $1`, "")
		return err
	})
	return list, err
}

// FindGroup finds a group by name or id. Needs what Groups needs.
func (d *Directory) FindGroup(ctx context.Context, sc scope.Scope, group string) (Group, error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return Group{}, errNotEditor
	}
	return d.group(ctx, group)
}

func (d *Directory) group(ctx context.Context, group string) (Group, error) {
	var list []Group
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		id, err := findGroup(ctx, tx, group)
		if err != nil {
			return err
		}
		list, err = groups(ctx, tx, ` WHERE g.id = $1`, id)
		return err
	})
	if err != nil {
		return Group{}, err
	}
	return list[0], nil
}

// groups reads groups with their members.
func groups(ctx context.Context, tx *store.Tx, where string, arg string) ([]Group, error) {
	list, at := []Group{}, map[string]int{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		g := Group{Members: []string{}}
		err := scan(&g.ID, &g.Name, &g.External, &g.Created)
		at[g.ID] = len(list)
		list = append(list, g)
		return err
	}, `SELECT g.id, g.name, g.external, g.created FROM person_group g`+where+` ORDER BY g.fold`, arg)
	if err != nil {
		return nil, fmt.Errorf("auth: read groups: %w", err)
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var id, kind, name string
		err := scan(&id, &kind, &name)
		list[at[id]].Members = append(list[at[id]].Members, kind+":"+name)
		return err
	}, `SELECT DISTINCT g.id, p.kind, p.name FROM person_group g JOIN group_member m ON m.grp = g.id JOIN person p ON m.kind = 'person' AND p.id = m.member`+where+`
		UNION SELECT DISTINCT g.id, 'group', i.name FROM person_group g JOIN group_member m ON m.grp = g.id JOIN person_group i ON m.kind = 'group' AND i.id = m.member`+where, arg)
	if err != nil {
		return nil, fmt.Errorf("auth: read members: %w", err)
	}
	for _, g := range list {
		slices.Sort(g.Members)
	}
	return list, nil
}
