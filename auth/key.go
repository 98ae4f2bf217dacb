package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Key lets a program in as a person or a service.
type Key struct {
	ID      string   `json:"id"`
	Person  string   `json:"person"` // name of whose it is
	Kind    string   `json:"kind"`   // Person or Service
	Name    string   `json:"name"`
	Can     []string `json:"can"`     // rights it is held to, as ParseRights reads them; empty: all that its person has
	Space   string   `json:"space"`   // name of the only space it opens; "" for any
	Created int64    `json:"created"` // UTC microseconds, as all times here
	Expires int64    `json:"expires"` // 0: never
	Used    int64    `json:"used"`    // last, to the hour; 0: never
	Revoked int64    `json:"revoked"` // 0: it is in force
}

// NewKey is a key to be made. With neither Person nor Service it is for who asks.
type NewKey struct {
	Person  string   `json:"person"`
	Service string   `json:"service"` // is made where there is none of that name
	Name    string   `json:"name"`
	Can     []string `json:"can"`
	Space   string   `json:"space"`   // name of the only space it opens
	Role    string   `json:"role"`    // of a new service in that space, or in that of the scope; "" is Asker
	Expires int64    `json:"expires"` // UTC microseconds; 0: never
}

// Bounds of keys.
const (
	maxKeys = 1000   // of one person or service, revoked ones too
	maxList = 10_000 // keys of a list
)

// keyOf is a key to be written down.
type keyOf struct {
	person, holder, kind string // id, name and kind of whose it is
	name                 string
	rights               scope.Right // none: all that its holder has
	space, opens         string      // id and name of the only space it opens
	expires              int64
}

// CreateKey makes a key and gives its secret, which is kept nowhere. Anybody may make keys for
// themselves, who may do no more with them than they may now. Keys of other people need Operate;
// those of services need Operate, or Own, and then open that space only. The right Act is for
// services, and given by who may Operate.
func (d *Directory) CreateKey(ctx context.Context, sc scope.Scope, id Identity, n NewKey) (Key, string, error) {
	if err := d.checkNewKey(id, n); err != nil {
		return Key{}, "", err
	}
	rights, err := ParseRights(n.Can)
	if err != nil {
		return Key{}, "", err
	}
	k := keyOf{name: n.Name, rights: rights, opens: n.Space, expires: n.Expires}
	if n.Space != "" {
		opened, err := d.Scope(ctx, id, n.Space)
		if err != nil {
			return Key{}, "", err
		}
		k.space = opened.Space()
	}
	var made Key
	var secret string
	err = d.store.Write(ctx, func(tx *store.Tx) error {
		k := k
		if err := d.holder(ctx, tx, sc, id, n, &k); err != nil {
			return err
		}
		if err := k.bound(ctx, tx, sc, id); err != nil {
			return err
		}
		made, secret, err = insertKey(ctx, tx, k)
		return err
	})
	return made, secret, err
}

// checkNewKey checks what is said of a key, and that who asks comes as themselves.
func (d *Directory) checkNewKey(id Identity, n NewKey) error {
	switch own := n.Person == "" && n.Service == ""; {
	case !id.self():
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "keys are made and ended by who comes as themselves", Hint: "come with your own key, and without looking through the eyes of another"}
	case n.Person != "" && n.Service != "":
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the key is for a person and for a service", Hint: "give one of the two"}
	case own && id.Kind != Person && id.Kind != Service:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "it is not said whose key it is", Hint: "name a person or a service: --person NAME or --service NAME"}
	case utf8.RuneCountInString(n.Name) > maxName || strings.IndexFunc(n.Name, unprintable) >= 0:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "what the key is for cannot be kept like that", Hint: "use up to 200 characters that can be seen"}
	case n.Expires != 0 && n.Expires <= d.store.Now():
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the key would have run out already", Hint: "give a time to come, or none"}
	}
	return nil
}

// self says that somebody comes as themselves.
func (id Identity) self() bool { return id.Behind == nil && id.ViewAs == "" }

// holder finds, or makes, whose key it is to be, and says whether the asker may make it for them.
func (d *Directory) holder(ctx context.Context, tx *store.Tx, sc scope.Scope, id Identity, n NewKey, k *keyOf) (err error) {
	operates, owns := sc.May(scope.Operate), sc.May(scope.Own)
	switch {
	case n.Service != "" && !operates && !owns:
		return errNotOwner
	case n.Service != "":
		k.person, err = d.service(ctx, tx, sc, n)
	case n.Person == "":
		k.person = id.Principal.ID
	default:
		k.person, err = findPerson(ctx, tx, n.Person)
		if wenyuan.CodeOf(err) == wenyuan.NotFound && !operates {
			return errNotOperator // as for somebody who is there
		}
	}
	if err != nil {
		return err
	}
	var operator bool
	err = tx.QueryRow(ctx, `SELECT kind, name, operator FROM person WHERE id = $1`, k.person).Scan(&k.kind, &k.holder, &operator)
	if errors.Is(err, sql.ErrNoRows) {
		return noPerson(k.person)
	}
	if err != nil {
		return fmt.Errorf("auth: whose key: %w", err)
	}
	if k.person == id.Principal.ID || operates {
		return nil
	}
	if k.kind != Service || operator || !owns || k.space != "" && k.space != sc.Space() {
		return errNotOperator
	}
	switch alone, err := worksOnlyIn(ctx, tx, k.person, sc.Space()); {
	case err != nil:
		return err
	case !alone:
		return errNotOperator
	}
	k.space = sc.Space()
	return tx.QueryRow(ctx, `SELECT name FROM space WHERE id = $1`, k.space).Scan(&k.opens)
}

// worksOnlyIn says whether a service has a role of its own in a space and in no other: who owns the
// space may come in its name, and nobody else's work is done under that name.
func worksOnlyIn(ctx context.Context, tx *store.Tx, service, space string) (bool, error) {
	var here, elsewhere int
	err := tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN space = $2 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN space <> $2 THEN 1 ELSE 0 END), 0)
		FROM space_member WHERE kind = 'person' AND member = $1`, service, space).Scan(&here, &elsewhere)
	if err != nil {
		return false, fmt.Errorf("auth: whose key: %w", err)
	}
	return here > 0 && elsewhere == 0, nil
}

// service finds a service by name, or makes it with a role in the space that the key opens, or in
// that of the scope.
func (d *Directory) service(ctx context.Context, tx *store.Tx, sc scope.Scope, n NewKey) (id string, err error) {
	id, err = findKind(ctx, tx, Service, n.Service)
	if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return id, err
	}
	p := NewPerson{Kind: Service, Name: n.Service, Space: n.Space, Role: n.Role}
	if p.Space == "" {
		p.Space = sc.Space()
	}
	if err := p.clean(); err != nil {
		return "", err
	}
	in, err := findSpace(ctx, tx, p.Space)
	if err != nil {
		return "", err
	}
	if in != sc.Space() && !sc.May(scope.Operate) {
		return "", errNotOperator
	}
	return d.insertPerson(ctx, tx, p)
}

// bound holds a key to what the asker may: nobody gives a right that they do not have.
func (k *keyOf) bound(ctx context.Context, tx *store.Tx, sc scope.Scope, id Identity) error {
	may := sc.Rights()
	if k.person == id.Principal.ID {
		may = id.Rights
		if id.Space != "" && k.space == "" {
			k.space = id.Space
			if err := tx.QueryRow(ctx, `SELECT name FROM space WHERE id = $1`, k.space).Scan(&k.opens); err != nil {
				return fmt.Errorf("auth: the space of a key: %w", err)
			}
		}
		if id.Key != "" && id.Expires != 0 && (k.expires == 0 || k.expires > id.Expires) {
			k.expires = id.Expires // a key makes none that outlives it
		}
	}
	if k.rights == 0 && may&scope.Every != scope.Every {
		k.rights = may
	}
	if k.kind == Service && sc.May(scope.Operate) {
		may |= scope.Act
	}
	if over := k.rights &^ may; over != 0 {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("this key would be given what cannot be given here: %s", strings.Join(RightNames(over), ", ")), Hint: "nobody gives a right that they do not have; act is for services, and given by an operator"}
	}
	return nil
}

// insertKey makes a key.
func insertKey(ctx context.Context, tx *store.Tx, k keyOf) (Key, string, error) {
	var many int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_key WHERE person = $1`, k.person).Scan(&many); err != nil {
		return Key{}, "", fmt.Errorf("auth: count keys: %w", err)
	}
	if many >= maxKeys {
		return Key{}, "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%s has %d keys already", k.holder, many), Hint: "use one of them, or another service"}
	}
	secret := newSecret()
	made := Key{ID: store.NewID("key"), Person: k.holder, Kind: k.kind, Name: k.name, Can: RightNames(k.rights), Space: k.opens, Created: tx.Now, Expires: k.expires}
	_, err := tx.Exec(ctx, `INSERT INTO access_key (id, person, name, hash, can, space, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		made.ID, k.person, k.name, hashKey(secret), strings.Join(made.Can, ","), k.space, tx.Now, k.expires)
	if err != nil {
		return Key{}, "", fmt.Errorf("auth: make a key: %w", err)
	}
	return made, secret, audit.Append(ctx, tx, audit.Act{Space: k.space, Action: "key.create", Object: made.ID, Detail: map[string]any{"for": k.holder, "can": made.Can, "expires": k.expires}})
}
