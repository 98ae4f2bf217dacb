package auth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"wenyuan/auth/audit"
	"wenyuan/store"
)

// join puts somebody into the groups that the provider names, and out of those it named before.
// Unfit are the names of groups that could not be made.
func (p Provisioned) join(ctx context.Context, tx *store.Tx, id string) (changed bool, unfit []string, err error) {
	want, unfit, err := p.groups(ctx, tx)
	if err != nil {
		return false, nil, err
	}
	var gone []any
	err = each(ctx, tx, func(scan func(...any) error) error {
		var group string
		err := scan(&group)
		if !want[group] {
			gone = append(gone, group)
		}
		delete(want, group)
		return err
	}, `SELECT grp FROM group_member WHERE kind = 'person' AND member = $1 AND source = $2`, id, p.Source)
	if err != nil {
		return false, nil, fmt.Errorf("auth: groups of a person: %w", err)
	}
	for part := range slices.Chunk(gone, 1000) {
		_, err := tx.Exec(ctx, `DELETE FROM group_member WHERE kind = 'person' AND member = $1 AND source = $2 AND grp IN (`+store.Marks(3, len(part))+`)`, append([]any{id, p.Source}, part...)...)
		if err != nil {
			return false, nil, fmt.Errorf("auth: leave groups: %w", err)
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(want)), 1000) {
		args, rows := []any{id, p.Source}, make([]string, len(part))
		for i, group := range part {
			args = append(args, group)
			rows[i] = "($" + strconv.Itoa(len(args)) + ",'person',$1,$2)"
		}
		_, err := tx.Exec(ctx, `INSERT INTO group_member (grp, kind, member, source) VALUES `+strings.Join(rows, ","), args...)
		if err != nil {
			return false, nil, fmt.Errorf("auth: join groups: %w", err)
		}
	}
	return len(gone) > 0 || len(want) > 0, unfit, nil
}

// groups are the ids of the groups that the provider names: by what it calls them, or else by
// their names.
func (p Provisioned) groups(ctx context.Context, tx *store.Tx) (ids map[string]bool, unfit []string, err error) {
	ids = map[string]bool{}
	claims := slices.Compact(slices.Sorted(slices.Values(p.Groups)))
	claims = slices.DeleteFunc(claims, func(c string) bool { return c == "" || len(c) > maxExternal || strings.ContainsRune(c, 0) })
	missing := map[string][2]string{} // name and external, by the folded name
	for part := range slices.Chunk(claims, 1000) {
		byExternal, byName, err := namedGroups(ctx, tx, part)
		if err != nil {
			return nil, nil, err
		}
		for _, claim := range part {
			id, ok := byExternal[claim]
			if !ok {
				id, ok = byName[foldClaim(claim)]
			}
			if ok {
				ids[id] = true
			} else if name, err := cleanName(claim); err == nil {
				missing[Fold(name)] = [2]string{name, claim}
			} else {
				unfit = append(unfit, shorten(claim))
			}
		}
	}
	if !p.MakeGroups {
		return ids, nil, nil
	}
	return ids, unfit, makeGroups(ctx, tx, missing, ids)
}

// foldClaim is the folded name of the group that a claim stands for.
func foldClaim(claim string) string {
	if name, err := cleanName(claim); err == nil {
		return Fold(name)
	}
	return Fold(claim)
}

// namedGroups finds groups by what a provider calls them, and by their folded names.
func namedGroups(ctx context.Context, tx *store.Tx, claims []string) (byExternal, byName map[string]string, err error) {
	byExternal, byName = map[string]string{}, map[string]string{}
	args := store.Args(claims)
	for _, claim := range claims {
		args = append(args, foldClaim(claim))
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var id, fold, external string
		err := scan(&id, &fold, &external)
		byExternal[external], byName[fold] = id, id
		return err
	}, `SELECT id, fold, external FROM person_group WHERE external IN (`+store.Marks(1, len(claims))+`) OR fold IN (`+store.Marks(1+len(claims), len(claims))+`)`, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("auth: look for groups: %w", err)
	}
	return byExternal, byName, nil
}

// makeGroups adds groups that are not there, and puts their ids to the others.
func makeGroups(ctx context.Context, tx *store.Tx, missing map[string][2]string, ids map[string]bool) error {
	if len(missing) == 0 {
		return nil
	}
	if err := checkMany(ctx, tx, len(missing)); err != nil {
		return err
	}
	var made []string
	for part := range slices.Chunk(slices.Sorted(maps.Keys(missing)), 1000) {
		args, rows := []any{tx.Now}, make([]string, len(part))
		for i, fold := range part {
			id := store.NewID("grp")
			made, ids[id] = append(made, id), true
			rows[i] = "(" + store.Marks(len(args)+1, 4) + ",$1,$1)"
			args = append(args, id, missing[fold][0], fold, missing[fold][1])
		}
		_, err := tx.Exec(ctx, `INSERT INTO person_group (id, name, fold, external, created, updated) VALUES `+strings.Join(rows, ","), args...)
		if err != nil {
			return fmt.Errorf("auth: make groups: %w", err)
		}
	}
	if err := Changed(ctx, tx, ChangedGroup, made...); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Action: "group.add", Object: missing[slices.Sorted(maps.Keys(missing))[0]][0], Detail: map[string]any{"count": len(made)}})
}
