package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Group is a set of people, services and other groups.
type Group struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	External string   `json:"external,omitempty"` // what a sign-in provider or SCIM calls it
	Members  []string `json:"members"`            // person:NAME, service:NAME, group:NAME, sorted
	Created  int64    `json:"created"`            // UTC microseconds
}

// GroupChange is what is changed of a group; what is nil stays.
type GroupChange struct {
	Name     *string `json:"name"`
	External *string `json:"external"`
}

// Bounds of groups.
const (
	maxMembers = 10_000 // that one call may name
	maxGroups  = 100_000
)

// byHand is the source of what people said of groups; providers have sources of their own.
const byHand = "hand"

// AddGroup makes a group. Needs Operate. A name that is in use is Conflict; a member that is
// not there is NotFound, and one that would put a group into itself, be it through others,
// Invalid.
func (d *Directory) AddGroup(ctx context.Context, sc scope.Scope, name string, members []string) (Group, error) {
	return d.changeGroup(ctx, sc, "", func(tx *store.Tx, _ string) (string, error) {
		id, err := insertGroup(ctx, tx, name, "")
		if err != nil {
			return "", err
		}
		if err := addMembers(ctx, tx, id, members); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Act{Action: "group.add", Object: name, Detail: map[string]any{"members": members}})
	})
}

// changeGroup runs a change of a group, or makes one where none is named, and gives the group back.
func (d *Directory) changeGroup(ctx context.Context, sc scope.Scope, group string, f func(tx *store.Tx, id string) (string, error)) (Group, error) {
	if !sc.May(scope.Operate) {
		return Group{}, errNotOperator
	}
	var id string
	err := d.store.Write(ctx, func(tx *store.Tx) (err error) {
		if group != "" {
			if id, err = findGroup(ctx, tx, group); err != nil {
				return err
			}
		}
		id, err = f(tx, id)
		return err
	})
	if err != nil {
		return Group{}, err
	}
	return d.group(ctx, id)
}

func insertGroup(ctx context.Context, tx *store.Tx, name, external string) (id string, err error) {
	if name, err = cleanName(name); err != nil {
		return "", err
	}
	if err := checkExternal(external); err != nil {
		return "", err
	}
	id = store.NewID("grp")
	if err := checkGroupFree(ctx, tx, id, name); err != nil {
		return "", err
	}
	if err := checkExternalFree(ctx, tx, "person_group", id, external); err != nil {
		return "", err
	}
	if err := checkMany(ctx, tx, 1); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO person_group (id, name, fold, external, created, updated) VALUES ($1, $2, $3, $4, $5, $5)`, id, name, Fold(name), external, tx.Now)
	if err != nil {
		return "", fmt.Errorf("auth: add a group: %w", err)
	}
	return id, Changed(ctx, tx, ChangedGroup, id)
}

// checkMany says whether there is room for more groups.
func checkMany(ctx context.Context, tx *store.Tx, more int) error {
	var many int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM person_group`).Scan(&many); err != nil {
		return fmt.Errorf("auth: count groups: %w", err)
	}
	if many+more > maxGroups {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("there are %d groups already", many), Hint: "remove some that nobody needs"}
	}
	return nil
}

func checkGroupFree(ctx context.Context, tx *store.Tx, id, name string) error {
	var taken string
	err := tx.QueryRow(ctx, `SELECT name FROM person_group WHERE fold = $1 AND id <> $2`, Fold(name), id).Scan(&taken)
	switch {
	case err == nil:
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("there is a group named %q already", taken), Hint: "choose another name; upper and lower case do not tell groups apart"}
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return fmt.Errorf("auth: look for a group: %w", err)
}

func findGroup(ctx context.Context, tx *store.Tx, name string) (id string, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM person_group WHERE id = $1 OR fold = $2 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, name, Fold(strings.TrimSpace(name))).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no group named %q", shorten(name)), Hint: "wenyuan group list shows the groups"}
	}
	if err != nil {
		return "", fmt.Errorf("auth: look for a group: %w", err)
	}
	return id, nil
}

// A subject is a person, service or group, as the tables name it.
type subject struct{ kind, id string }

// findSubject reads person:NAME, service:NAME or group:NAME; instead of a name an id or an
// e-mail may stand.
func findSubject(ctx context.Context, tx *store.Tx, text string) (s subject, err error) {
	kind, name, ok := strings.Cut(text, ":")
	switch {
	case ok && kind == "group":
		s.kind = "group"
		s.id, err = findGroup(ctx, tx, name)
	case ok && (kind == Person || kind == Service):
		s.kind = "person"
		s.id, err = findKind(ctx, tx, kind, name)
	default:
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q names nobody", shorten(text)), Hint: "write person:NAME, service:NAME or group:NAME"}
	}
	return s, err
}

// findKind finds a person, or a service, and not the other.
func findKind(ctx context.Context, tx *store.Tx, kind, name string) (id string, err error) {
	if id, err = findPerson(ctx, tx, name); err != nil {
		return "", err
	}
	var is string
	if err := tx.QueryRow(ctx, `SELECT kind FROM person WHERE id = $1`, id).Scan(&is); err != nil {
		return "", fmt.Errorf("auth: look for a person: %w", err)
	}
	if is != kind {
		return "", noPerson(name)
	}
	return id, nil
}

func findSubjects(ctx context.Context, tx *store.Tx, texts []string) (all []subject, err error) {
	if len(texts) > maxMembers {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%d names are too many at once", len(texts)), Hint: "give up to 10000"}
	}
	for _, text := range texts {
		s, err := findSubject(ctx, tx, text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// changedSubjects tells of changes of where some belong.
func changedSubjects(ctx context.Context, tx *store.Tx, all []subject) error {
	ids := map[string][]string{}
	for _, s := range all {
		ids[s.kind] = append(ids[s.kind], s.id)
	}
	if err := Changed(ctx, tx, ChangedPerson, ids["person"]...); err != nil {
		return err
	}
	return Changed(ctx, tx, ChangedGroup, ids["group"]...)
}

// addMembers puts members into a group by hand.
func addMembers(ctx context.Context, tx *store.Tx, group string, members []string) error {
	all, err := findSubjects(ctx, tx, members)
	if err != nil {
		return err
	}
	for _, s := range all {
		_, err := tx.Exec(ctx, `INSERT INTO group_member (grp, kind, member, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, group, s.kind, s.id, byHand)
		if err != nil {
			return fmt.Errorf("auth: add members: %w", err)
		}
	}
	if slices.ContainsFunc(all, func(s subject) bool { return s.kind == "group" }) {
		if err := checkCircle(ctx, tx, group); err != nil {
			return err
		}
	}
	return changedSubjects(ctx, tx, all)
}

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

// AddMembers puts members into a group; who is in it already stays. Needs Operate.
func (d *Directory) AddMembers(ctx context.Context, sc scope.Scope, group string, members []string) (Group, error) {
	return d.changeGroup(ctx, sc, group, func(tx *store.Tx, id string) (string, error) {
		if err := addMembers(ctx, tx, id, members); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Act{Action: "group.add_members", Object: group, Detail: map[string]any{"members": members}})
	})
}

// RemoveMembers takes members out of a group, whoever put them there; who is not in it is passed
// over. Needs Operate.
func (d *Directory) RemoveMembers(ctx context.Context, sc scope.Scope, group string, members []string) (Group, error) {
	return d.changeGroup(ctx, sc, group, func(tx *store.Tx, id string) (string, error) {
		all, err := findSubjects(ctx, tx, members)
		if err != nil {
			return "", err
		}
		for _, s := range all {
			if _, err := tx.Exec(ctx, `DELETE FROM group_member WHERE grp = $1 AND kind = $2 AND member = $3`, id, s.kind, s.id); err != nil {
				return "", fmt.Errorf("auth: remove members: %w", err)
			}
		}
		if err := changedSubjects(ctx, tx, all); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Act{Action: "group.remove_members", Object: group, Detail: map[string]any{"members": members}})
	})
}

// ChangeGroup changes a group. Needs Operate. Rules that name it by the name before are about it
// no more.
func (d *Directory) ChangeGroup(ctx context.Context, sc scope.Scope, group string, c GroupChange) (Group, error) {
	return d.changeGroup(ctx, sc, group, func(tx *store.Tx, id string) (string, error) {
		var name, external string
		if err := tx.QueryRow(ctx, `SELECT name, external FROM person_group WHERE id = $1`, id).Scan(&name, &external); err != nil {
			return "", fmt.Errorf("auth: change a group: %w", err)
		}
		before := name
		set(&name, c.Name)
		set(&external, c.External)
		name, err := cleanName(name)
		if err != nil {
			return "", err
		}
		for _, err := range []error{checkExternal(external), checkGroupFree(ctx, tx, id, name), checkExternalFree(ctx, tx, "person_group", id, external)} {
			if err != nil {
				return "", err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE person_group SET name = $2, fold = $3, external = $4, updated = $5 WHERE id = $1`, id, name, Fold(name), external, tx.Now)
		if err != nil {
			return "", fmt.Errorf("auth: change a group: %w", err)
		}
		if err := Changed(ctx, tx, ChangedGroup, id); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Act{Action: "group.change", Object: before, Detail: c})
	})
}

// RemoveGroup removes a group with its roles. Rules that name it let nobody read by it any more.
// Needs Operate.
func (d *Directory) RemoveGroup(ctx context.Context, sc scope.Scope, group string) error {
	if !sc.May(scope.Operate) {
		return errNotOperator
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		id, err := findGroup(ctx, tx, group)
		if err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(ctx, `SELECT name FROM person_group WHERE id = $1`, id).Scan(&name); err != nil {
			return fmt.Errorf("auth: remove a group: %w", err)
		}
		all := []subject{{"group", id}}
		err = each(ctx, tx, func(scan func(...any) error) error {
			var s subject
			err := scan(&s.kind, &s.id)
			all = append(all, s)
			return err
		}, `SELECT DISTINCT kind, member FROM group_member WHERE grp = $1`, id)
		if err != nil {
			return fmt.Errorf("auth: remove a group: %w", err)
		}
		for _, statement := range []string{
			`DELETE FROM group_member WHERE grp = $1`,
			`DELETE FROM group_member WHERE kind = 'group' AND member = $1`,
			`DELETE FROM space_member WHERE kind = 'group' AND member = $1`,
			`DELETE FROM assistant_share WHERE kind = 'group' AND member = $1`,
			`DELETE FROM person_group WHERE id = $1`,
		} {
			if _, err := tx.Exec(ctx, statement, id); err != nil {
				return fmt.Errorf("auth: remove a group: %w", err)
			}
		}
		if err := changedSubjects(ctx, tx, all); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Action: "group.remove", Object: name})
	})
}

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
