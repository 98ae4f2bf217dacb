package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Keys lists the keys of a person or service; "" stands for who asks, and for everybody where
// who asks has no account. Those of others need Operate, or Own for a service's keys to that space.
func (d *Directory) Keys(ctx context.Context, sc scope.Scope, id Identity, person string) (list []Key, err error) {
	operates, owns := sc.May(scope.Operate), sc.May(scope.Own)
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		whose, only := id.Principal.ID, ""
		if person != "" {
			if whose, err = findPerson(ctx, tx, person); err != nil && (operates || wenyuan.CodeOf(err) != wenyuan.NotFound) {
				return err
			}
			if whose == "" { // nobody, of whom an owner is told no more than of somebody without keys
				whose = person
			}
		}
		switch account := id.Kind == Person || id.Kind == Service; {
		case operates && person == "" && !account:
			whose = ""
		case operates, account && id.self() && whose == id.Principal.ID:
		case owns:
			only = sc.Space()
		default:
			return errNotOperator
		}
		list, err = keys(ctx, tx, whose, only)
		return err
	})
	return list, err
}

// keys reads the keys of somebody, or of everybody; or those of services that open one space only.
func keys(ctx context.Context, tx *store.Tx, person, space string) ([]Key, error) {
	list := []Key{}
	err := each(ctx, tx, func(scan func(...any) error) error {
		var k Key
		var can string
		err := scan(&k.ID, &k.Person, &k.Kind, &k.Name, &can, &k.Space, &k.Created, &k.Expires, &k.Used, &k.Revoked)
		k.Can = strings.FieldsFunc(can, func(r rune) bool { return r == ',' })
		list = append(list, k)
		return err
	}, `SELECT k.id, p.name, p.kind, k.name, k.can, COALESCE(s.name, ''), k.created, k.expires, k.used, k.revoked
		FROM access_key k JOIN person p ON p.id = k.person LEFT JOIN space s ON s.id = k.space
		WHERE ($1 = '' OR k.person = $1) AND ($2 = '' OR k.space = $2 AND p.kind = 'service') ORDER BY k.id LIMIT $3`, person, space, maxList)
	if err != nil {
		return nil, fmt.Errorf("auth: read keys: %w", err)
	}
	return list, nil
}

// RevokeKey ends a key, for good; what runs by it ends within a second. A key that who asks may not
// list is NotFound. By a key that is held to less than its holder may do, it ends itself only.
func (d *Directory) RevokeKey(ctx context.Context, sc scope.Scope, id Identity, key string) error {
	if !id.self() {
		return d.checkNewKey(id, NewKey{})
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		var person, kind, holder, space string
		var revoked int64
		err := tx.QueryRow(ctx, `SELECT k.person, p.kind, p.name, k.space, k.revoked FROM access_key k JOIN person p ON p.id = k.person WHERE k.id = $1`, key).Scan(&person, &kind, &holder, &space, &revoked)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("auth: end a key: %w", err)
		}
		of := sc.May(scope.Operate) || sc.May(scope.Own) && kind == Service && space == sc.Space()
		if err != nil || !of && person != id.Principal.ID {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no key %q", shorten(key)), Hint: "wenyuan key list shows the keys and their ids"}
		}
		if !of && key != id.Key && id.Held() {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "a key that is held to less ends itself and no other", Hint: "sign in, or use a key that is held to nothing"}
		}
		if revoked != 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE access_key SET revoked = $2 WHERE id = $1`, key, tx.Now); err != nil {
			return fmt.Errorf("auth: end a key: %w", err)
		}
		if err := Changed(ctx, tx, ChangedKey, key); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: space, Action: "key.revoke", Object: key, Detail: map[string]string{"of": holder}})
	})
}
