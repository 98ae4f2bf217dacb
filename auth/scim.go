package auth

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// scimSource marks what SCIM says of groups, so that it changes nothing that people said.
const scimSource = "scim"

// ScimExternal is how the id that SCIM gives somebody is kept in Account.External; "" stays.
func ScimExternal(id string) string {
	if id == "" {
		return ""
	}
	return scimSource + "|" + id
}

// A ScimUser is a person as SCIM sees one. Times are UTC microseconds.
type ScimUser struct {
	ID, Name, Email  string
	External         string // the id that SCIM gave; "" for none
	Active           bool
	Created, Updated int64
}

// A ScimMember is a person or a group in a group.
type ScimMember struct {
	ID, Name string
	Group    bool
}

// A ScimGroup is a group as SCIM sees one: with those members that SCIM put there.
type ScimGroup struct {
	ID, Name, External string
	Members            []ScimMember // by name
	Created, Updated   int64
}

// ScimUsers lists the people that keep says yes to, by the age of their account: count of them
// after the first skip, and how many there are. Needs Operate.
func (d *Directory) ScimUsers(ctx context.Context, sc scope.Scope, keep func(ScimUser) bool, skip, count int) (list []ScimUser, total int, err error) {
	if !sc.May(scope.Operate) {
		return nil, 0, errNotOperator
	}
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		list, total = nil, 0
		return each(ctx, tx, func(scan func(...any) error) error {
			var u ScimUser
			var external string
			var disabled bool
			if err := scan(&u.ID, &u.Name, &u.Email, &external, &disabled, &u.Created, &u.Updated); err != nil {
				return err
			}
			u.Active = !disabled
			u.External, _ = strings.CutPrefix(external, scimSource+"|")
			if u.External == external {
				u.External = ""
			}
			if keep(u) {
				if total++; total > skip && len(list) < count {
					list = append(list, u)
				}
			}
			return nil
		}, `SELECT id, name, email, external, disabled, created, updated FROM person WHERE kind = 'person' ORDER BY created, id`)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("auth: scim: %w", err)
	}
	return list, total, nil
}

// ScimGroups lists the groups that keep says yes to, as ScimUsers does. Needs Operate.
func (d *Directory) ScimGroups(ctx context.Context, sc scope.Scope, keep func(ScimGroup) bool, skip, count int) (list []ScimGroup, total int, err error) {
	if !sc.May(scope.Operate) {
		return nil, 0, errNotOperator
	}
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		list, total = nil, 0
		members, err := scimMembers(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(scan func(...any) error) error {
			var g ScimGroup
			if err := scan(&g.ID, &g.Name, &g.External, &g.Created, &g.Updated); err != nil {
				return err
			}
			if g.Members = members[g.ID]; keep(g) {
				if total++; total > skip && len(list) < count {
					list = append(list, g)
				}
			}
			return nil
		}, `SELECT id, name, external, created, updated FROM person_group ORDER BY created, id`)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("auth: scim: %w", err)
	}
	return list, total, nil
}

// scimMembers are the members that SCIM put into groups, by group.
func scimMembers(ctx context.Context, tx *store.Tx) (map[string][]ScimMember, error) {
	all := map[string][]ScimMember{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		var group string
		var m ScimMember
		var kind string
		err := scan(&group, &kind, &m.ID, &m.Name)
		m.Group = kind == "group"
		all[group] = append(all[group], m)
		return err
	}, `SELECT m.grp, m.kind, m.member, COALESCE(p.name, g.name) AS name FROM group_member m
		LEFT JOIN person p ON m.kind = 'person' AND p.id = m.member LEFT JOIN person_group g ON m.kind = 'group' AND g.id = m.member
		WHERE m.source = $1 AND (p.id IS NOT NULL OR g.id IS NOT NULL) ORDER BY name, m.member`, scimSource)
	return all, err
}

// ScimMembership changes who SCIM puts into a group, all by id: first it takes out remove, or
// everybody it put there where all is set, then it puts in add. Who is not there is Invalid. Needs
// Operate.
func (d *Directory) ScimMembership(ctx context.Context, sc scope.Scope, group string, all bool, remove, add []string) error {
	if len(remove)+len(add) > maxMembers {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the request names %d members", len(remove)+len(add)), Hint: fmt.Sprintf("name up to %d at once", maxMembers)}
	}
	_, err := d.changeGroup(ctx, sc, group, func(tx *store.Tx, id string) (string, error) {
		touched, out := map[subject]bool{}, map[string]bool{}
		for _, r := range remove {
			out[r] = true
		}
		members, err := scimMembers(ctx, tx)
		if err != nil {
			return "", err
		}
		for _, m := range members[id] {
			s := subject{"person", m.ID}
			if m.Group {
				s.kind = "group"
			}
			if all || out[m.ID] {
				touched[s] = true
				if _, err := tx.Exec(ctx, `DELETE FROM group_member WHERE grp = $1 AND kind = $2 AND member = $3 AND source = $4`, id, s.kind, s.id, scimSource); err != nil {
					return "", fmt.Errorf("auth: scim: %w", err)
				}
			}
		}
		nested := false
		for _, a := range add {
			s, err := scimSubject(ctx, tx, a)
			if err != nil {
				return "", err
			}
			nested = nested || s.kind == "group"
			touched[s] = true
			if _, err := tx.Exec(ctx, `INSERT INTO group_member (grp, kind, member, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, id, s.kind, s.id, scimSource); err != nil {
				return "", fmt.Errorf("auth: scim: %w", err)
			}
		}
		if nested {
			if err := checkCircle(ctx, tx, id); err != nil {
				return "", err
			}
		}
		var changed []subject
		for s := range touched {
			changed = append(changed, s)
		}
		if _, err := tx.Exec(ctx, `UPDATE person_group SET updated = $2 WHERE id = $1`, id, tx.Now); err != nil {
			return "", fmt.Errorf("auth: scim: %w", err)
		}
		if err := changedSubjects(ctx, tx, changed); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Act{Action: "group.members", Object: id, Detail: map[string]any{"by": scimSource, "all": all, "remove": len(remove), "add": len(add)}})
	})
	return err
}

// scimSubject finds a member by id.
func scimSubject(ctx context.Context, tx *store.Tx, id string) (s subject, err error) {
	var n int
	for _, try := range []struct{ kind, query string }{
		{"person", `SELECT COUNT(*) FROM person WHERE id = $1 AND kind = 'person'`}, {"group", `SELECT COUNT(*) FROM person_group WHERE id = $1`},
	} {
		if err := tx.QueryRow(ctx, try.query, id).Scan(&n); err != nil {
			return s, fmt.Errorf("auth: scim: %w", err)
		}
		if n > 0 {
			return subject{try.kind, id}, nil
		}
	}
	return s, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no member %q", shorten(id)), Hint: "name members by the id that this server gave them"}
}
