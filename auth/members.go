package auth

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Members lists who has a role in the space of the scope. Needs Edit or Own.
func (d *Directory) Members(ctx context.Context, sc scope.Scope) ([]Member, error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Own) {
		return nil, errNotEditor
	}
	list := []Member{}
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		return each(ctx, tx, func(scan func(...any) error) error {
			var kind, name, role string
			if err := scan(&kind, &name, &role); err != nil {
				return err
			}
			if n := len(list); n > 0 && list[n-1].Subject == kind+":"+name {
				list[n-1].Roles = append(list[n-1].Roles, role)
				return nil
			}
			list = append(list, Member{Subject: kind + ":" + name, Roles: []string{role}})
			return nil
		}, `SELECT p.kind AS kind, p.name AS name, m.role AS role FROM space_member m JOIN person p ON m.kind = 'person' AND p.id = m.member WHERE m.space = $1
			UNION SELECT 'group', g.name, m.role FROM space_member m JOIN person_group g ON m.kind = 'group' AND g.id = m.member WHERE m.space = $1
			ORDER BY 1, 2, 3`, sc.Space())
	})
	if err != nil {
		return nil, fmt.Errorf("auth: members: %w", err)
	}
	return list, nil
}

func checkRole(role string) error {
	if roleOf(role) == 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no role %q", shorten(role)), Hint: "one of viewer, asker, editor, reviewer, owner"}
	}
	return nil
}

// SetRole gives a person, service or group a role in the space of the scope, in place of those
// it has. Needs Own.
func (d *Directory) SetRole(ctx context.Context, sc scope.Scope, subject, role string) error {
	if err := checkRole(role); err != nil {
		return err
	}
	return d.setRole(ctx, sc, subject, role)
}

// DropRole takes every role in the space of the scope away. Needs Own.
func (d *Directory) DropRole(ctx context.Context, sc scope.Scope, subject string) error {
	return d.setRole(ctx, sc, subject, "")
}

func (d *Directory) setRole(ctx context.Context, sc scope.Scope, text, role string) error {
	if !sc.May(scope.Own) {
		return errNotOwner
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		s, err := findSubject(ctx, tx, text)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM space_member WHERE space = $1 AND kind = $2 AND member = $3`, sc.Space(), s.kind, s.id); err != nil {
			return fmt.Errorf("auth: set a role: %w", err)
		}
		if role != "" {
			if _, err := tx.Exec(ctx, `INSERT INTO space_member (space, kind, member, role) VALUES ($1, $2, $3, $4)`, sc.Space(), s.kind, s.id, role); err != nil {
				return fmt.Errorf("auth: set a role: %w", err)
			}
		}
		if err := changedSubjects(ctx, tx, []subject{s}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "space.role", Object: text, Detail: map[string]string{"role": role}})
	})
}
