// Package audit keeps who did what to which version, when and from where.
//
// Entries are appended in the transaction of what they tell of, so that neither is there without
// the other, and each is chained to the one before by a digest: what is changed, put in or left
// out afterwards shows. The digest is made of a salted digest of the payload, so that the payload
// of an entry can be erased, with its salt, without breaking the chain. Nothing else ever changes
// an entry, and what a document says, what was asked and what was answered never stand in one.
//
// The chain can be checked without this program. Payload, salt, sealed and digest are kept as
// text; digests are SHA-256, written as 64 lower-case hexadecimal digits:
//
//	sealed = SHA-256( salt payload )
//	digest = SHA-256( before "\n" number "\n" at "\n" sealed "\n" )
//
// salt is the text of 64 hexadecimal digits (256 random bits), directly followed by the bytes of
// the payload; before is the digest of the entry before, of the checkpoint where the entries before
// were dropped, and the empty text for entry 1; number and at are decimal, at in UTC microseconds.
// The payload is JSON with sorted keys and no white space: {"act":{"action","detail","object",
// "version"},"actor":{"address","behind","id","key","name","view_as"},"at","space"}, empty ones
// left out.
package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan/store"
)

// An Actor is who does something.
type Actor struct {
	Address string `json:"address,omitempty"` // where the request came from
	Behind  string `json:"behind,omitempty"`  // the service that acts in the person's place
	ID      string `json:"id,omitempty"`      // of the principal
	Key     string `json:"key,omitempty"`     // id of the key that was shown
	Name    string `json:"name,omitempty"`
	ViewAs  string `json:"view_as,omitempty"` // the person whose view was looked at
}

type actorKey struct{}

// By puts into ctx who does what follows.
func By(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// Who is who does it; the zero Actor is the house itself, in background work.
func Who(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// An Act is what was done. Its texts are cut at 1,000 bytes.
type Act struct {
	Space   string `json:"-"`                 // id; "" for the house
	Action  string `json:"action"`            // noun.verb, such as document.remove
	Detail  any    `json:"detail,omitempty"`  // as JSON, of up to 64 KiB; a larger one is left out, and its size told
	Object  string `json:"object,omitempty"`  // id or name
	Version string `json:"version,omitempty"` // hash
}

// A payload is what an entry says. The fields stand in the order of their names.
type payload struct {
	Act   Act    `json:"act"`
	Actor Actor  `json:"actor"`
	At    int64  `json:"at"`
	Space string `json:"space,omitempty"`
}

const (
	maxText   = 1000     // bytes of a name or an id
	maxDetail = 64 << 10 // bytes of JSON
	saltBytes = 32
	houseOnly = "audit." // actions on the record itself, which tell of erasing and dropping and are never erased
	visitors  = "channel:"
)

// Append records an act of who stands in ctx, when tx commits. It costs two statements.
func Append(ctx context.Context, tx *store.Tx, a Act) error {
	p := payload{Act: a.clean(), Actor: Who(ctx).clean(a.Action), At: tx.Now, Space: clip(a.Space)}
	text, err := p.encode()
	if err != nil {
		return fmt.Errorf("audit: %s: %w", a.Action, err)
	}
	salt := newSalt()
	number, before, err := next(ctx, tx)
	if err != nil {
		return fmt.Errorf("audit: %s: %w", a.Action, err)
	}
	sealed := seal(salt, text)
	_, err = tx.Exec(ctx, `INSERT INTO audit (number, at, space, actor, action, object, payload, salt, sealed, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		number, p.At, p.Space, p.Actor.ID, p.Act.Action, p.Act.Object, text, salt, sealed, chain(before, number, p.At, sealed))
	if err != nil {
		return fmt.Errorf("audit: %s: %w", a.Action, err)
	}
	return nil
}

// next is the number of the entry to come, and the digest of the last one. The counter's row is
// held until the transaction ends, so that numbers have no gaps and the chain one end.
func next(ctx context.Context, tx *store.Tx) (number int64, before string, err error) {
	err = tx.QueryRow(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'audit' RETURNING value,
		COALESCE((SELECT digest FROM audit WHERE audit.number = counter.value - 1), (SELECT digest FROM audit_checkpoint c WHERE c.number = counter.value - 1), '')`).Scan(&number, &before)
	return number, before, err
}

// encode is the payload as it is sealed and kept.
func (p payload) encode() (string, error) {
	if p.Act.Detail != nil {
		raw, err := sorted(p.Act.Detail)
		if err != nil {
			return "", err
		}
		p.Act.Detail = json.RawMessage(raw)
		if len(raw) > maxDetail {
			p.Act.Detail = map[string]int{"left_out_bytes": len(raw)}
		}
	}
	return marshal(p)
}

// sorted is a value as JSON with sorted keys.
func sorted(v any) (string, error) {
	raw, err := marshal(v)
	if err != nil {
		return "", err
	}
	var plain any
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&plain); err != nil {
		return "", err
	}
	return marshal(plain)
}

// marshal is a value as one line of JSON in which no sign is escaped that need not be.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// clean makes the texts fit for every database, and not too long.
func (a Act) clean() Act {
	a.Action, a.Object, a.Version = clip(a.Action), clip(a.Object), clip(a.Version)
	return a
}

// clean leaves out what a record must not hold: what a visitor is known by would admit whoever
// reads it, and an entry that is never erased names nobody.
func (a Actor) clean(action string) Actor {
	if strings.HasPrefix(action, houseOnly) {
		a = Actor{ID: a.ID}
	}
	if rest, ok := strings.CutPrefix(a.ID, visitors); ok {
		channel, _, _ := strings.Cut(rest, ":")
		a.ID = visitors + channel
	}
	return Actor{Address: clip(a.Address), Behind: clip(a.Behind), ID: clip(a.ID), Key: clip(a.Key), Name: clip(a.Name), ViewAs: clip(a.ViewAs)}
}

func clip(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

func newSalt() string {
	var b [saltBytes]byte
	rand.Read(b[:]) // never fails: the program ends where there is no randomness
	return hex.EncodeToString(b[:])
}

func seal(salt, payload string) string { return sum(salt + payload) }

func chain(before string, number, at int64, sealed string) string {
	return sum(fmt.Sprintf("%s\n%d\n%d\n%s\n", before, number, at, sealed))
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}
