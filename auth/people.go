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

// Bounds of a list of people.
const (
	defaultPage = 100
	maxPage     = 1000
)

// Init makes the first operator, and a key for them, which is shown this once. A house that has
// an operator already is Conflict; other people and services may be there.
func (d *Directory) Init(ctx context.Context, name string) (a Account, k Key, secret string, err error) {
	p := NewPerson{Kind: Person, Name: name, Operator: true}
	if err := p.clean(); err != nil {
		return a, k, "", err
	}
	var id string
	ctx = Machine().By(ctx, audit.Who(ctx).Address)
	err = d.store.Write(ctx, func(tx *store.Tx) error {
		var operators int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM person WHERE kind = 'person' AND operator = 1`).Scan(&operators); err != nil {
			return err
		}
		if operators > 0 {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "this house has an operator already", Hint: "an operator adds more with wenyuan person add, and keys with wenyuan key create"}
		}
		if id, err = d.insertPerson(ctx, tx, p); err != nil {
			return err
		}
		k, secret, err = insertKey(ctx, tx, keyOf{person: id, holder: p.Name, kind: Person, name: "init"})
		return err
	})
	if err != nil {
		return a, k, "", err
	}
	a, err = d.account(ctx, id)
	return a, k, secret, err
}

// AddPerson adds somebody. Needs Operate. A name or e-mail that is in use is Conflict.
func (d *Directory) AddPerson(ctx context.Context, sc scope.Scope, p NewPerson) (Account, error) {
	if !sc.May(scope.Operate) {
		return Account{}, errNotOperator
	}
	if err := p.clean(); err != nil {
		return Account{}, err
	}
	var id string
	err := d.store.Write(ctx, func(tx *store.Tx) (err error) {
		id, err = d.insertPerson(ctx, tx, p)
		return err
	})
	if err != nil {
		return Account{}, err
	}
	return d.account(ctx, id)
}

// clean checks what is said of somebody new, and fills in what is left out.
func (p *NewPerson) clean() (err error) {
	if p.Kind == "" {
		p.Kind = Person
	}
	if p.Kind != Person && p.Kind != Service {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is neither a person nor a service", shorten(p.Kind)), Hint: "one of person, service"}
	}
	if p.Space != "" && p.Role == "" {
		p.Role = Asker
	}
	if p.Role != "" {
		if err := checkRole(p.Role); err != nil {
			return err
		}
	}
	if p.Email, err = cleanEmail(p.Email); err != nil {
		return err
	}
	if err = checkExternal(p.External); err != nil {
		return err
	}
	p.Name, err = cleanName(p.Name)
	return err
}

// maxExternal is how many bytes a provider's name for somebody may have.
const maxExternal = 1000

func checkExternal(external string) error {
	if len(external) > maxExternal {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a provider's name for a person or group is too long", Hint: "use up to 1000 bytes"}
	}
	return nil
}

// insertPerson adds somebody who was checked.
func (d *Directory) insertPerson(ctx context.Context, tx *store.Tx, p NewPerson) (id string, err error) {
	id = store.NewID("per")
	if err := checkFree(ctx, tx, id, Fold(p.Name), p.Email); err != nil {
		return "", err
	}
	if err := checkExternalFree(ctx, tx, "person", id, p.External); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO person (id, kind, name, fold, email, operator, external, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		id, p.Kind, p.Name, Fold(p.Name), p.Email, p.Operator, p.External, tx.Now)
	if err != nil {
		return "", fmt.Errorf("auth: add a person: %w", err)
	}
	detail := map[string]any{"kind": p.Kind, "operator": p.Operator}
	if p.Space != "" {
		space, err := findSpace(ctx, tx, p.Space)
		if err != nil {
			return "", err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO space_member (space, kind, member, role) VALUES ($1, 'person', $2, $3)`, space, id, p.Role); err != nil {
			return "", fmt.Errorf("auth: add a person: %w", err)
		}
		detail["space"], detail["role"] = p.Space, p.Role
	}
	if err := Changed(ctx, tx, ChangedPerson, id); err != nil {
		return "", err
	}
	return id, audit.Append(ctx, tx, audit.Act{Action: "person.add", Object: p.Name, Detail: detail})
}

// checkFree says whether somebody may be called so: no name of one is the name or e-mail of
// another, since rules name people by either.
func checkFree(ctx context.Context, tx *store.Tx, id, fold, email string) error {
	var name string
	err := tx.QueryRow(ctx, `SELECT name FROM person WHERE id <> $1 AND (fold = $2 OR fold = $3 OR email = $2 OR email = $3 AND email <> '') LIMIT 1`, id, fold, email).Scan(&name)
	switch {
	case err == nil:
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the name or e-mail is that of %q already", name), Hint: "choose another; upper and lower case do not tell people apart"}
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return fmt.Errorf("auth: look for a name: %w", err)
}

// checkExternalFree says whether nobody else has a provider's name.
func checkExternalFree(ctx context.Context, tx *store.Tx, table, id, external string) error {
	if external == "" {
		return nil
	}
	var name string
	err := tx.QueryRow(ctx, `SELECT name FROM `+table+` WHERE id <> $1 AND external = $2 LIMIT 1`, id, external).Scan(&name)
	switch {
	case err == nil:
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the provider's name is that of %q already", name), Hint: "each provider's name stands for one person or group"}
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return fmt.Errorf("auth: look for a provider's name: %w", err)
}

// findPerson finds somebody by id, name or e-mail.
func findPerson(ctx context.Context, tx *store.Tx, name string) (id string, err error) {
	fold := Fold(strings.TrimSpace(name))
	err = tx.QueryRow(ctx, `SELECT id FROM person WHERE id = $1 OR fold = $2 OR email = $2 AND email <> '' ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, name, fold).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noPerson(name)
	}
	if err != nil {
		return "", fmt.Errorf("auth: look for a person: %w", err)
	}
	return id, nil
}

// ChangePerson changes somebody, found as by FindPerson. Needs Operate. The last operator stays
// one, and enabled; who is disabled is signed out. Rules that name them by the name before are about them no more.
func (d *Directory) ChangePerson(ctx context.Context, sc scope.Scope, person string, c PersonChange) (Account, error) {
	if !sc.May(scope.Operate) {
		return Account{}, errNotOperator
	}
	var id string
	err := d.store.Write(ctx, func(tx *store.Tx) (err error) {
		if id, err = findPerson(ctx, tx, person); err != nil {
			return err
		}
		return changePerson(ctx, tx, id, c)
	})
	if err != nil {
		return Account{}, err
	}
	return d.account(ctx, id)
}

func changePerson(ctx context.Context, tx *store.Tx, id string, c PersonChange) (err error) {
	var p NewPerson
	var disabled bool
	err = tx.QueryRow(ctx, `SELECT kind, name, email, external, operator, disabled FROM person WHERE id = $1`, id).Scan(&p.Kind, &p.Name, &p.Email, &p.External, &p.Operator, &disabled)
	if err != nil {
		return fmt.Errorf("auth: change a person: %w", err)
	}
	before, looked, was := p.Name, p.Operator && !disabled, disabled
	set(&p.Name, c.Name)
	set(&p.Email, c.Email)
	set(&p.External, c.External)
	set(&p.Operator, c.Operator)
	set(&disabled, c.Disabled)
	if err := p.clean(); err != nil {
		return err
	}
	if err := checkFree(ctx, tx, id, Fold(p.Name), p.Email); err != nil {
		return err
	}
	if err := checkExternalFree(ctx, tx, "person", id, p.External); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE person SET name = $2, fold = $3, email = $4, external = $5, operator = $6, disabled = $7, updated = $8 WHERE id = $1`,
		id, p.Name, Fold(p.Name), p.Email, p.External, p.Operator, disabled, tx.Now)
	if err != nil {
		return fmt.Errorf("auth: change a person: %w", err)
	}
	if looked {
		if err := keepsOperator(ctx, tx, before); err != nil {
			return err
		}
	}
	if disabled && !was { // whoever is let in again signs in again
		if _, err := tx.Exec(ctx, `DELETE FROM signin_session WHERE person = $1`, id); err != nil {
			return fmt.Errorf("auth: change a person: %w", err)
		}
	}
	if err := Changed(ctx, tx, ChangedPerson, id); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Action: "person.change", Object: before, Detail: c})
}

// set takes over what is said.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// keepsOperator fails when tx has taken the house its last operator.
func keepsOperator(ctx context.Context, tx *store.Tx, who string) error {
	var operators int64
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM person WHERE kind = 'person' AND operator = 1 AND disabled = 0`).Scan(&operators)
	if err != nil {
		return fmt.Errorf("auth: count the operators: %w", err)
	}
	if operators > 0 {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s is the last operator: nobody could look after this house any more", who), Hint: "make somebody else an operator first"}
}

// RemovePerson removes somebody, their keys, sessions, roles and places in groups. What they
// wrote stays. Needs Operate. The last operator stays.
func (d *Directory) RemovePerson(ctx context.Context, sc scope.Scope, person string) error {
	if !sc.May(scope.Operate) {
		return errNotOperator
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		id, err := findPerson(ctx, tx, person)
		if err != nil {
			return err
		}
		return removePerson(ctx, tx, id)
	})
}

func removePerson(ctx context.Context, tx *store.Tx, id string) error {
	var name string
	var operator bool
	if err := tx.QueryRow(ctx, `SELECT name, operator FROM person WHERE id = $1`, id).Scan(&name, &operator); err != nil {
		return fmt.Errorf("auth: remove a person: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM access_key WHERE person = $1`,
		`DELETE FROM signin_session WHERE person = $1`,
		`UPDATE signin_session SET view_as = '' WHERE view_as = $1`,
		`DELETE FROM group_member WHERE kind = 'person' AND member = $1`,
		`DELETE FROM space_member WHERE kind = 'person' AND member = $1`,
		`DELETE FROM assistant_share WHERE kind = 'person' AND member = $1`,
		`DELETE FROM person WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return fmt.Errorf("auth: remove a person: %w", err)
		}
	}
	if operator {
		if err := keepsOperator(ctx, tx, name); err != nil {
			return err
		}
	}
	if err := Changed(ctx, tx, ChangedPerson, id); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Action: "person.remove", Object: name})
}
