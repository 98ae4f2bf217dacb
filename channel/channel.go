// Package channel keeps the doors through which strangers ask: widgets on other people's
// pages and public pages of our own. Each leads to one assistant.
//
// A channel is a promise to strangers and holds no content: who comes through it is made a
// visitor by auth, and sees through the assistant and nothing else. The key of a widget stands
// in the source of a public page, so it is no secret; it is still kept as a hash only, because
// nothing here has to know it. What a stranger would break first: a limit that grows with the
// number of strangers. Limiter forgets the least recent of them.
package channel

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The kinds of channels.
const (
	Widget = "widget" // a script on pages of the named origins
	Page   = "page"   // a page of this server at /p/NAME
)

// KeyPrefix begins every key of a widget.
const KeyPrefix = "wy_"

// A Channel is a door to one assistant. A limit of 0 takes its default when it is added.
type Channel struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"widget,page"`
	Name      string `json:"name" doc:"of a page also its address, /p/NAME; empty makes one that cannot be guessed"`
	Assistant string `json:"assistant"`
	Created   int64  `json:"created" doc:"UTC microseconds"`
	Settings

	space string
}

// Settings are what is kept of a channel as JSON.
type Settings struct {
	Origins   []string `json:"origins,omitempty" doc:"of a widget: the pages it may stand on, as scheme://host or scheme://host:port"`
	Notice    string   `json:"notice,omitempty" doc:"shown beside the answers; empty: the assistant's, else the house's own words"`
	Lang      string   `json:"lang,omitempty" enum:"en,zh" doc:"where the page says none; empty: the visitor's"`
	Index     bool     `json:"index,omitempty" doc:"of a page: search engines may list it"`
	PerMinute int      `json:"per_minute" doc:"questions of one visitor, 1 to 1000" default:"10"`
	PerDay    int      `json:"per_day" doc:"questions of one visitor, 1 to 100000" default:"200"`
	AllMinute int      `json:"all_per_minute" doc:"questions of all visitors, 1 to 100000" default:"120"`
	AllDay    int      `json:"all_per_day" doc:"questions of all visitors, 1 to 1000000" default:"5000"`
}

// Space is the space that the assistant is in.
func (c Channel) Space() string { return c.space }

// Allows says whether a page of this origin may ask.
func (c Channel) Allows(origin string) bool {
	return c.Kind == Widget && origin != "" && slices.Contains(c.Origins, origin)
}

// Channels are the channels of the house. They may be used by many goroutines.
type Channels struct{ store *store.Store }

// Open makes the room.
func Open(s *store.Store) *Channels { return &Channels{s} }

// most is how many channels a space may have.
const most = 200

// Add keeps a new channel. The key is that of a widget and is given this once; a page has
// none. That the assistant exists is for the caller to know.
func (cs *Channels) Add(ctx context.Context, sc scope.Scope, c Channel) (_ Channel, key string, err error) {
	if !sc.May(scope.Edit) {
		return Channel{}, "", denied()
	}
	if c, err = c.settled(); err != nil {
		return Channel{}, "", err
	}
	c.ID, c.space = store.NewID("chn"), sc.Space()
	hash := ""
	if c.Kind == Widget {
		key = KeyPrefix + rand.Text()
		hash = hashOf(key)
	}
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return Channel{}, "", fmt.Errorf("channel: add: %w", err)
	}
	err = cs.store.Write(ctx, func(tx *store.Tx) error {
		all, err := find(ctx, tx, `WHERE space = $1 ORDER BY name`, c.space)
		if err != nil {
			return err
		}
		if len(all) >= most {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d channels already", len(all)), Hint: "remove one that nobody uses"}
		}
		if slices.ContainsFunc(all, func(other Channel) bool { return other.Name == c.Name }) {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("there is a channel named %q already", c.Name), Hint: "choose another name, or remove that one first"}
		}
		c.Created = tx.Now
		_, err = tx.Exec(ctx, `INSERT INTO channel (id, space, kind, name, assistant, key_hash, settings, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, c.space, c.Kind, c.Name, c.Assistant, hash, string(settings), c.Created)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: c.space, Action: "channel.add", Object: c.ID, Detail: map[string]string{"name": c.Name, "kind": c.Kind, "assistant": c.Assistant}})
	})
	if err != nil {
		return Channel{}, "", fmt.Errorf("channel: add: %w", err)
	}
	return c, key, nil
}

// List gives the channels by name; of one assistant, or of all where it is empty.
func (cs *Channels) List(ctx context.Context, sc scope.Scope, assistant string) ([]Channel, error) {
	if !sc.May(scope.Edit) {
		return nil, denied()
	}
	all, err := cs.find(ctx, `WHERE space = $1 ORDER BY name`, sc.Space())
	if err != nil {
		return nil, err
	}
	if assistant != "" {
		all = slices.DeleteFunc(all, func(c Channel) bool { return c.Assistant != assistant })
	}
	return all, nil
}

// Remove closes a channel for good, by its id or its name. What visitors asked stays in the
// records.
func (cs *Channels) Remove(ctx context.Context, sc scope.Scope, id string) (c Channel, err error) {
	if !sc.May(scope.Edit) {
		return Channel{}, denied()
	}
	err = cs.store.Write(ctx, func(tx *store.Tx) error {
		found, err := find(ctx, tx, `WHERE space = $1 AND (id = $2 OR name = $2)`, sc.Space(), clean(id))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no channel %q", id), Hint: "wenyuan channel list shows the channels"}
		}
		c = found[0]
		if _, err = tx.Exec(ctx, `DELETE FROM channel WHERE id = $1`, c.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: c.space, Action: "channel.remove", Object: c.ID, Detail: map[string]string{"name": c.Name, "assistant": c.Assistant}})
	})
	if err != nil {
		return Channel{}, fmt.Errorf("channel: remove: %w", err)
	}
	return c, nil
}

// ByKey finds the widget that a key belongs to. A key that belongs to none is Denied.
func (cs *Channels) ByKey(ctx context.Context, key string) (Channel, error) {
	refused := &wenyuan.Error{Code: wenyuan.Denied, Message: "this key opens no channel", Hint: "the operator of this server makes one with: wenyuan channel add"}
	if !strings.HasPrefix(key, KeyPrefix) {
		return Channel{}, refused
	}
	hash := hashOf(key)
	var c Channel
	err := cs.store.Read(ctx, func(tx *store.Tx) error {
		found, err := find(ctx, tx, `WHERE key_hash = $1`, hash)
		if err != nil || len(found) == 0 {
			return err
		}
		var kept string
		if err := tx.QueryRow(ctx, `SELECT key_hash FROM channel WHERE id = $1`, found[0].ID).Scan(&kept); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(kept), []byte(hash)) == 1 {
			c = found[0]
		}
		return nil
	})
	if err != nil {
		return Channel{}, fmt.Errorf("channel: %w", err)
	}
	if c.ID == "" {
		return Channel{}, refused
	}
	return c, nil
}

// ByName finds a public page.
func (cs *Channels) ByName(ctx context.Context, space, name string) (Channel, error) {
	found, err := cs.find(ctx, `WHERE space = $1 AND name = $2 AND kind = 'page'`, space, clean(name))
	if err != nil {
		return Channel{}, err
	}
	if len(found) == 0 {
		return Channel{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is nothing here", Hint: "look at the address again, or ask whoever gave it to you"}
	}
	return found[0], nil
}

// Find finds a channel by its id, whatever its space; ok is false where it was removed.
func (cs *Channels) Find(ctx context.Context, id string) (c Channel, ok bool, err error) {
	found, err := cs.find(ctx, `WHERE id = $1`, clean(id))
	if err != nil || len(found) == 0 {
		return Channel{}, false, err
	}
	return found[0], true, nil
}

// Named says whether any widget may stand on pages of this origin. A browser asks that before
// it shows its key.
func (cs *Channels) Named(ctx context.Context, origin string) (bool, error) {
	if origin == "" || origin == "null" {
		return false, nil
	}
	all, err := cs.find(ctx, `WHERE kind = 'widget'`)
	return slices.ContainsFunc(all, func(c Channel) bool { return c.Allows(origin) }), err
}

func (cs *Channels) find(ctx context.Context, where string, args ...any) (all []Channel, err error) {
	err = cs.store.Read(ctx, func(tx *store.Tx) error {
		all, err = find(ctx, tx, where, args...)
		return err
	})
	return all, err
}

func find(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Channel, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (c Channel, err error) {
		var settings string
		if err := r.Scan(&c.ID, &c.space, &c.Kind, &c.Name, &c.Assistant, &settings, &c.Created); err != nil {
			return c, err
		}
		if err := json.Unmarshal([]byte(settings), &c.Settings); err != nil {
			return c, errors.Join(fmt.Errorf("channel: settings of %s", c.ID), err)
		}
		return c, nil
	}, `SELECT id, space, kind, name, assistant, settings, created FROM channel `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("channel: find: %w", err)
	}
	return all, nil
}

func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func denied() error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may look at its channels and change them", Hint: "ask an owner of the space for the role of an editor"}
}

// clean makes a text fit for every database.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
