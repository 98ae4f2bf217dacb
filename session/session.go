// Package session keeps conversations: who asked what in which order, what the person asked
// to be remembered, and what is told to a model of all that.
//
// It never holds an answer: that is read back from its trace, for whoever reads now, so that
// what was withdrawn or removed since is withdrawn from the history too. The one thing that is
// kept of answers, a summary of the turns that grew too many, names what it was made from and
// is thrown away when a single one of these may no longer be seen. A stranger would break that
// first, by keeping a copy.
package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Bounds on what is kept.
const (
	MaxTitle    = 200      // code points of a title
	MaxTurns    = 500      // turns of one conversation
	MaxQuestion = 64 << 10 // bytes of one question
	MaxList     = 200      // conversations of one page
)

// A Conversation belongs to one person. It keeps the version of the assistant it began with.
type Conversation struct {
	ID        string `json:"id"`
	Space     string `json:"space"`
	Principal string `json:"principal"`
	Assistant string `json:"assistant"`
	Version   string `json:"version"`         // hash of the assistant
	Model     string `json:"model,omitempty"` // hash of its model when it began; "" where nobody wrote
	Title     string `json:"title"`
	Created   int64  `json:"created"` // UTC microseconds
	Updated   int64  `json:"updated"`
	Turns     int    `json:"turns"`
}

// Sessions are the conversations of the house. They may be used by many goroutines.
type Sessions struct {
	store *store.Store
	count func(string) int
}

// New makes the room. count estimates the tokens of a text, rather too many than too few.
func New(s *store.Store, count func(string) int) *Sessions { return &Sessions{s, count} }

// Begin starts a conversation with an assistant. A title that is too long is cut; without
// one the first question becomes the title. A conversation in which nothing was answered
// within a day is taken away again.
func (s *Sessions) Begin(ctx context.Context, sc scope.Scope, p wenyuan.Principal, assistant wenyuan.Version, title string) (Conversation, error) {
	return s.BeginWith(ctx, sc, p, assistant, "", title)
}

// BeginWith is Begin where the version of the model is known that the conversation stays with.
func (s *Sessions) BeginWith(ctx context.Context, sc scope.Scope, p wenyuan.Principal, assistant wenyuan.Version, model, title string) (Conversation, error) {
	c := Conversation{ID: store.NewID("cnv"), Space: sc.Space(), Principal: p.ID, Assistant: assistant.Name, Version: assistant.Hash, Model: model, Title: titleOf(title)}
	if err := somebody(sc, p); err != nil {
		return Conversation{}, err
	}
	kept, err := json.Marshal(settings{Model: model})
	if err != nil {
		return Conversation{}, fmt.Errorf("session: begin: %w", err)
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		c.Created, c.Updated = tx.Now, tx.Now
		if _, err := tx.Exec(ctx, `DELETE FROM conversation WHERE space = $1 AND principal = $2 AND updated < $3
			AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.conversation = conversation.id)`, c.Space, c.Principal, tx.Now-day); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO conversation (id, space, principal, assistant, version, title, created, updated, settings)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, c.ID, c.Space, c.Principal, c.Assistant, c.Version, c.Title, c.Created, c.Updated, string(kept))
		return err
	})
	if err != nil {
		return Conversation{}, fmt.Errorf("session: begin: %w", err)
	}
	return c, nil
}

// settings are kept beside a conversation.
type settings struct {
	Model string `json:"model,omitempty"`
}

const day = 24 * 60 * 60 * 1_000_000 // microseconds

// somebody refuses who is nobody, or may look nowhere.
func somebody(sc scope.Scope, p wenyuan.Principal) error {
	if sc.Space() == "" || p.ID == "" {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "conversations belong to somebody who may look into a space", Hint: "sign in"}
	}
	return nil
}

// titleOf makes a title of a text: one line, not too long.
func titleOf(text string) string {
	text = clean(strings.Join(strings.Fields(text), " "))
	if utf8.RuneCountInString(text) <= shortTitle {
		return text
	}
	return string([]rune(text)[:shortTitle-1]) + "…"
}

// shortTitle is how many code points a title has at most that nobody chose.
const shortTitle = 120

// clean makes a text fit for every database.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

const conversationColumns = `SELECT id, space, principal, assistant, version, title, created, updated, settings,
	(SELECT COUNT(*) FROM turn WHERE turn.conversation = conversation.id) FROM conversation`

func scanConversation(row store.Row) (c Conversation, err error) {
	var kept string
	if err = row.Scan(&c.ID, &c.Space, &c.Principal, &c.Assistant, &c.Version, &c.Title, &c.Created, &c.Updated, &kept, &c.Turns); err != nil {
		return c, err
	}
	var s settings
	if err := json.Unmarshal([]byte(kept), &s); err != nil {
		return c, fmt.Errorf("session: settings of %s: %w", c.ID, err)
	}
	c.Model = s.Model
	return c, nil
}

// Find finds a conversation of p's; somebody else's is NotFound.
func (s *Sessions) Find(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) (c Conversation, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		c, err = find(ctx, tx, sc, p, id)
		return err
	})
	return c, err
}

// find is the one place that says whose conversation an id is.
func find(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id string) (Conversation, error) {
	c, err := scanConversation(tx.QueryRow(ctx, conversationColumns+` WHERE id = $1 AND space = $2 AND principal = $3`, clean(id), sc.Space(), p.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return Conversation{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no conversation %q", id), Hint: "wenyuan conversation list shows your conversations"}
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("session: find %s: %w", id, err)
	}
	return c, nil
}

// A Page is a part of a list.
type Page struct {
	Before string // what comes after this one: the last of the page before
	Limit  int    // 1 to MaxList; 0 for 50
}

// List shows p's conversations that have a turn, the one that was last spoken in first.
func (s *Sessions) List(ctx context.Context, sc scope.Scope, p wenyuan.Principal, page Page) ([]Conversation, error) {
	all := []Conversation{}
	if page.Limit <= 0 {
		page.Limit = 50
	}
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		query, args := conversationColumns+` WHERE space = $1 AND principal = $2 AND EXISTS (SELECT 1 FROM turn WHERE turn.conversation = conversation.id)`, []any{sc.Space(), p.ID}
		if page.Before != "" {
			before, err := find(ctx, tx, sc, p, page.Before)
			if err != nil {
				return err
			}
			query, args = query+` AND (updated < $3 OR updated = $3 AND id < $4)`, append(args, before.Updated, before.ID)
		}
		err := tx.Each(ctx, func(r store.Row) error {
			c, err := scanConversation(r)
			if err != nil {
				return err
			}
			all = append(all, c)
			return nil
		}, query+fmt.Sprintf(` ORDER BY updated DESC, id DESC LIMIT %d`, min(page.Limit, MaxList)), args...)
		if err != nil {
			return fmt.Errorf("session: list: %w", err)
		}
		return nil
	})
	return all, err
}

// Rename gives a conversation of p's another title.
func (s *Sessions) Rename(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id, title string) (c Conversation, err error) {
	title = clean(strings.Join(strings.Fields(title), " "))
	if n := utf8.RuneCountInString(title); n == 0 || n > MaxTitle {
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a title has 1 to %d characters, this one has %d", MaxTitle, n), Hint: "say in a few words what the conversation is about"}
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		if c, err = find(ctx, tx, sc, p, id); err != nil {
			return err
		}
		c.Title = title
		if _, err := tx.Exec(ctx, `UPDATE conversation SET title = $1 WHERE id = $2`, title, c.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "conversation.rename", Object: c.ID})
	})
	return c, err
}
