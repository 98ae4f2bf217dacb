package auth

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/store"
)

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
