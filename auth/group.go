package auth

import (
	"context"

	"wenyuan/internal/scope"
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

// AddGroup makes a group. Needs Operate. A name that is in use is Conflict; a member that is
// not there is NotFound, and one that would put a group into itself, be it through others,
// Invalid.
func (d *Directory) AddGroup(ctx context.Context, sc scope.Scope, name string, members []string) (Group, error) {
	return Group{}, errStranger
}

// Groups lists all groups by name. Needs Edit, Own or Operate.
func (d *Directory) Groups(ctx context.Context, sc scope.Scope) ([]Group, error) {
	return nil, errStranger
}

// FindGroup finds a group by name or id. Needs what Groups needs.
func (d *Directory) FindGroup(ctx context.Context, sc scope.Scope, group string) (Group, error) {
	return Group{}, errStranger
}

// ChangeGroup changes a group. Needs Operate.
func (d *Directory) ChangeGroup(ctx context.Context, sc scope.Scope, group string, c GroupChange) (Group, error) {
	return Group{}, errStranger
}

// AddMembers puts members into a group; who is in it already stays. Needs Operate.
func (d *Directory) AddMembers(ctx context.Context, sc scope.Scope, group string, members []string) (Group, error) {
	return Group{}, errStranger
}

// RemoveMembers takes members out of a group, whoever put them there; who is not in it is passed
// over. Needs Operate.
func (d *Directory) RemoveMembers(ctx context.Context, sc scope.Scope, group string, members []string) (Group, error) {
	return Group{}, errStranger
}

// RemoveGroup removes a group with its roles. Rules that name it let nobody read by it any more.
// Needs Operate.
func (d *Directory) RemoveGroup(ctx context.Context, sc scope.Scope, group string) error {
	return errStranger
}
