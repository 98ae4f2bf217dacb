package auth

import (
	"context"

	"wenyuan/internal/scope"
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

// CreateKey makes a key and gives its secret, which is kept nowhere. Anybody may make keys for
// themselves, who may do no more with them than they may now. Keys of other people need Operate;
// those of services need Operate, or Own, and then open that space only.
func (d *Directory) CreateKey(ctx context.Context, sc scope.Scope, id Identity, k NewKey) (Key, string, error) {
	return Key{}, "", errStranger
}

// Keys lists the keys of a person or service; "" stands for who asks, and for everybody where
// who asks has no account. Those of others need Operate, or Own for a service's keys to that space.
func (d *Directory) Keys(ctx context.Context, sc scope.Scope, id Identity, person string) ([]Key, error) {
	return nil, errStranger
}

// RevokeKey ends a key, for good; what runs by it ends within a second. A key that who asks may not
// list is NotFound.
func (d *Directory) RevokeKey(ctx context.Context, sc scope.Scope, id Identity, key string) error {
	return errStranger
}
