package signin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/store"
)

// maxName bounds what is typed for a name, in bytes.
const maxName = 400

// An account is what is kept of a person for signing in.
type account struct{ id, name, email, password string }

// byName finds a person by name or e-mail address, in any case.
func byName(ctx context.Context, tx *store.Tx, name string) (a account, err error) {
	fold := auth.Fold(strings.TrimSpace(name))
	err = tx.QueryRow(ctx, `SELECT id, name, email, password FROM person WHERE kind = 'person' AND disabled = 0 AND (fold = $1 OR email <> '' AND email = $1)
		ORDER BY CASE WHEN fold = $1 THEN 0 ELSE 1 END LIMIT 1`, fold).Scan(&a.id, &a.name, &a.email, &a.password)
	return a, err
}

// ByPassword signs in who knows the password of a name. A wrong password, a name that is not
// known and a person who may not come in are refused in the same words after the same time.
// Who tried too often is Limited, and the cause is a Wait.
func (s *Sessions) ByPassword(ctx context.Context, name, password string, v Visit) (token string, err error) {
	if s.closed {
		return "", &wenyuan.Error{Code: wenyuan.Denied, Message: "nobody signs in with a password here", Hint: "sign in through the provider of your house"}
	}
	if len(name) > maxName || len(password) > 4*MaxPassword || strings.ContainsRune(name, 0) {
		return "", refused(nil)
	}
	name = strings.ToValidUTF8(name, "?")
	try := from(name, v.Address)
	if err := s.begin(ctx, try); err != nil {
		return "", fmt.Errorf("signin: %w", err)
	}
	a, err := s.verify(ctx, name, password)
	if err != nil {
		if wenyuan.CodeOf(err) == wenyuan.Denied {
			err = errors.Join(err, s.noteFailure(ctx, v))
		}
		return "", fmt.Errorf("signin: %w", err)
	}
	if err := s.store.Write(ctx, func(tx *store.Tx) error { return try.succeeded(ctx, tx) }); err != nil {
		return "", fmt.Errorf("signin: %w", err)
	}
	v.Way = "password"
	return s.Begin(ctx, a.id, v)
}

// verify finds who has the name and the password, and makes the hash anew where its cost is not
// the present one any more.
func (s *Sessions) verify(ctx context.Context, name, password string) (a account, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if a, err = byName(ctx, tx, name); errors.Is(err, sql.ErrNoRows) {
			return nil // it takes as long as for anybody
		}
		return err
	})
	if err != nil {
		return a, err
	}
	ok, stale, err := s.matches(ctx, a.password, password)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, refused(nil)
	}
	if !stale {
		return a, nil
	}
	fresh, err := s.protect(ctx, password)
	if err != nil {
		return a, err
	}
	return a, s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE person SET password = $3 WHERE id = $1 AND password = $2`, a.id, a.password, fresh)
		return err
	})
}

// noteFailure records that somebody was not let in. The name is not recorded: it may be a
// password that was typed into the wrong field.
func (s *Sessions) noteFailure(ctx context.Context, v Visit) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(auth.Identity{}.By(ctx, v.Address), tx, audit.Act{Action: "signin.failed", Detail: map[string]string{"way": "password"}})
	})
}

// SetPassword gives a person another password, by name; "" takes it away. Somebody's own needs
// the one before, where there is one; that of others needs an operator. Every other session of
// the person ends, and a wrong password before counts as an attempt.
func (s *Sessions) SetPassword(ctx context.Context, by auth.Identity, operator bool, name, before, password string) error {
	if err := s.setPassword(ctx, by, operator, name, before, password); err != nil {
		return fmt.Errorf("signin: password: %w", err)
	}
	return nil
}

func (s *Sessions) setPassword(ctx context.Context, by auth.Identity, operator bool, name, before, password string) error {
	a, err := s.account(ctx, name)
	own := by.Kind == auth.Person && by.Behind == nil && by.Principal.ID == a.id
	switch {
	case err == nil && !own && !operator, errors.Is(err, sql.ErrNoRows) && !operator:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "you may not set the password of somebody else", Hint: "ask an operator"}
	case errors.Is(err, sql.ErrNoRows):
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is nobody named %q", name), Hint: "wenyuan person list shows who there is"}
	case err != nil:
		return err
	}
	if own && a.password != "" && !(operator && by.Session == "") {
		if err := s.confirm(ctx, a, before); err != nil {
			return err
		}
	}
	fresh := ""
	if password != "" {
		if err := checkPassword(password, a.name, a.email); err != nil {
			return err
		}
		if fresh, err = s.protect(ctx, password); err != nil {
			return err
		}
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return s.replace(ctx, tx, by, a, fresh) })
}

func (s *Sessions) account(ctx context.Context, name string) (a account, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		a, err = byName(ctx, tx, name)
		return err
	})
	return a, err
}

// confirm asks for the password before: whoever finds an open browser must not take it over.
func (s *Sessions) confirm(ctx context.Context, a account, before string) error {
	try := within(a.id)
	if err := s.begin(ctx, try); err != nil {
		return err
	}
	ok, _, err := s.matches(ctx, a.password, before)
	if err != nil {
		return err
	}
	if !ok {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "the present password is wrong", Hint: "look at it; who looks after this server can set a new one"}
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return try.succeeded(ctx, tx) })
}

// replace keeps the new hash and ends the person's other sessions. Its own gets a new token.
func (s *Sessions) replace(ctx context.Context, tx *store.Tx, by auth.Identity, a account, fresh string) error {
	if _, err := tx.Exec(ctx, `UPDATE person SET password = $2, updated = $3 WHERE id = $1`, a.id, fresh, tx.Now); err != nil {
		return err
	}
	ids, err := idsOf(ctx, tx, a.id)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id == by.Session {
			_, err = tx.Exec(ctx, `UPDATE signin_session SET rotated = 0 WHERE id = $1`, id)
		} else {
			err = s.end(ctx, tx, id)
		}
		if err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, audit.Act{Action: "person.change", Object: a.name, Detail: map[string]bool{"password": fresh != ""}})
}

// refused says that nobody was let in, and not why.
func refused(cause error) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "the name or the password is wrong", Hint: "look at both; who looks after this server can set a new password", Err: cause}
}
