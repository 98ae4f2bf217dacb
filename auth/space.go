package auth

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The roles that a member of a space may have. Everybody but an owner sees only the documents
// whose readers include them.
const (
	Viewer   = "viewer"   // Read
	Asker    = "asker"    // Read and Ask
	Editor   = "editor"   // as an asker, and Edit
	Reviewer = "reviewer" // as an asker, and Review
	Owner    = "owner"    // all of these, and Own: sees every document
)

// A Space is a team with its corpora, assistants, prompts and conversations.
type Space struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Settings Settings `json:"settings"`
	Rights   []string `json:"rights"`  // what who asks may do there
	Created  int64    `json:"created"` // UTC microseconds
}

// Settings of a space.
type Settings struct {
	Record        string `json:"record"`         // RecordAll ("" too), RecordMetadata or RecordNone
	RetentionDays int    `json:"retention_days"` // how long traces and conversations are kept; 0: for good
}

// What is recorded of questions and answers.
const (
	RecordAll      = "all"
	RecordMetadata = "metadata" // no words of a question, an answer or a passage
	RecordNone     = "none"
)

// SpaceChange is what is changed of a space; what is nil stays.
type SpaceChange struct {
	Name          *string `json:"name"`
	Record        *string `json:"record"`
	RetentionDays *int    `json:"retention_days"`
}

// A Member has a role in a space, or several.
type Member struct {
	Subject string   `json:"subject"` // person:NAME, service:NAME or group:NAME
	Roles   []string `json:"roles"`
}

// A Share lets somebody ask an assistant of a space that they are no member of.
type Share struct {
	Assistant string `json:"assistant"`
	Subject   string `json:"subject"`
}

// AddSpace makes a space. Needs Operate.
func (d *Directory) AddSpace(ctx context.Context, sc scope.Scope, name string) (Space, error) {
	return Space{}, errStranger
}

// Spaces are those of which an identity sees something, by name.
func (d *Directory) Spaces(ctx context.Context, id Identity) ([]Space, error) {
	return nil, errStranger
}

// FindSpace is the space of a scope.
func (d *Directory) FindSpace(ctx context.Context, sc scope.Scope) (Space, error) {
	return Space{}, errStranger
}

// SettingsOf are the settings of a space, by its id, as they are in force now.
func (d *Directory) SettingsOf(ctx context.Context, space string) (Settings, error) {
	return Settings{}, nil
}

// ChangeSpace changes the space of the scope. Needs Own. The space main keeps its name.
func (d *Directory) ChangeSpace(ctx context.Context, sc scope.Scope, c SpaceChange) (Space, error) {
	return Space{}, errStranger
}

// RemoveSpace removes the space of the scope. Needs Operate. One that has corpora is Conflict,
// and so is main.
func (d *Directory) RemoveSpace(ctx context.Context, sc scope.Scope) error { return errStranger }

// Members lists who has a role in the space of the scope. Needs Edit or Own.
func (d *Directory) Members(ctx context.Context, sc scope.Scope) ([]Member, error) {
	return nil, errStranger
}

// SetRole gives a person, service or group a role in the space of the scope, in place of those
// it has. Needs Own.
func (d *Directory) SetRole(ctx context.Context, sc scope.Scope, subject, role string) error {
	return errStranger
}

// DropRole takes every role in the space of the scope away. Needs Own.
func (d *Directory) DropRole(ctx context.Context, sc scope.Scope, subject string) error {
	return errStranger
}

// ShareAssistant lets people, services or groups that are no members of the space ask one of its
// assistants, which answers from what they may read. Needs Own. Whether there is such an
// assistant is the caller's to know.
func (d *Directory) ShareAssistant(ctx context.Context, sc scope.Scope, assistant string, subjects []string) error {
	return errStranger
}

// Unshare takes that back; of everybody where no subject is named. Needs Own.
func (d *Directory) Unshare(ctx context.Context, sc scope.Scope, assistant string, subjects ...string) error {
	return errStranger
}

// Shares lists with whom assistants of the space are shared; of all assistants where none is
// named. Needs Edit or Own.
func (d *Directory) Shares(ctx context.Context, sc scope.Scope, assistant string) ([]Share, error) {
	return nil, errStranger
}

// DropShares forgets with whom an assistant was shared, in the transaction that removes it.
func (d *Directory) DropShares(ctx context.Context, tx *store.Tx, space, assistant string) error {
	return nil
}
