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
