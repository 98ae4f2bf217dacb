package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/store"
)

// checkCircle fails when a group has come to contain itself.
func checkCircle(ctx context.Context, tx *store.Tx, group string) error {
	inside, names := map[string][]string{}, map[string]string{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		var outer, inner, name string
		err := scan(&outer, &inner, &name)
		inside[outer], names[inner] = append(inside[outer], inner), name
		return err
	}, `SELECT DISTINCT m.grp, m.member, g.name FROM group_member m JOIN person_group g ON g.id = m.member WHERE m.kind = 'group'`)
	if err != nil {
		return fmt.Errorf("auth: groups in groups: %w", err)
	}
	from := map[string]string{}
	for todo := []string{group}; len(todo) > 0; todo = todo[1:] {
		for _, inner := range inside[todo[0]] {
			if inner == group {
				return circle(names, from, group, todo[0])
			}
			if _, known := from[inner]; !known {
				from[inner] = todo[0]
				todo = append(todo, inner)
			}
		}
	}
	return nil
}

// circle tells how a group contains itself.
func circle(names, from map[string]string, group, last string) error {
	name := names[group]
	if last == group {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the group %q cannot be a member of itself", name), Hint: "leave it out"}
	}
	var through []string
	for ; last != group; last = from[last] {
		through = append(through, names[last])
	}
	slices.Reverse(through)
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the group %q would contain itself through %s", name, strings.Join(through, ", ")), Hint: "take one of them out of the other first"}
}
