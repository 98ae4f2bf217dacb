// Package version keeps what answers are made of as immutable versions, named by the
// hash of their content: prompts, assistants, indexes, models. A label is a pointer to
// a version and the only thing that moves. An edge says that one version was made from
// another.
//
// It never changes or deletes a version. A stranger would break the hash: it is taken
// from the canonical JSON (sorted keys, no spaces, no HTML escapes), so equal content has
// one hash whatever order its fields were written in.
package version

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/store"
)

// MaxSize is the most bytes of canonical JSON that one version may have.
const MaxSize = 4 << 20

// Hash is the name of data: the SHA-256 of its canonical JSON, in hexadecimal.
func Hash(data any) (string, error) {
	_, hash, err := canonical(data)
	return hash, err
}

// Put keeps data as a version. Putting the same content again is no error and changes
// nothing, not even the name that it was first put under.
func Put(ctx context.Context, tx *store.Tx, space, kind, name string, data any) (wenyuan.Version, error) {
	text, hash, err := canonical(data)
	if err != nil {
		return wenyuan.Version{}, err
	}
	if space == "" || kind == "" || name == "" {
		return wenyuan.Version{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a version needs a space, a kind and a name", Hint: "give all three"}
	}
	if len(text) > MaxSize {
		return wenyuan.Version{}, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the %s %q has %d bytes, more than %d", kind, name, len(text), MaxSize), Hint: "make it smaller"}
	}
	_, err = tx.Exec(ctx, `INSERT INTO version (space, kind, hash, name, data, created) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (space, kind, hash) DO NOTHING`, space, kind, hash, name, text, tx.Now)
	if err != nil {
		return wenyuan.Version{}, fmt.Errorf("version: put %s %q: %w", kind, name, err)
	}
	return wenyuan.Version{Kind: kind, Name: name, Hash: hash}, nil
}

// Get finds a version and decodes its content into data, unless that is nil.
func Get(ctx context.Context, tx *store.Tx, space, kind, hash string, data any) (wenyuan.Version, error) {
	v := wenyuan.Version{Kind: kind, Hash: hash}
	var text string
	err := tx.QueryRow(ctx, `SELECT name, data FROM version WHERE space = $1 AND kind = $2 AND hash = $3`, space, kind, hash).Scan(&v.Name, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return wenyuan.Version{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no %s with the version %q", kind, hash), Hint: "look at the versions that there are"}
	}
	if err != nil {
		return wenyuan.Version{}, fmt.Errorf("version: get %s %s: %w", kind, hash, err)
	}
	if data == nil {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), data); err != nil {
		return wenyuan.Version{}, fmt.Errorf("version: decode %s %s: %w", kind, hash, err)
	}
	return v, nil
}

// canonical is the JSON of data with sorted keys, and its hash.
func canonical(data any) (text, hash string, err error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return "", "", fmt.Errorf("version: encode: %w", err)
	}
	// Structs keep the order of their fields; maps are written sorted. Numbers keep their text.
	var plain any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&plain); err != nil {
		return "", "", fmt.Errorf("version: encode: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return "", "", fmt.Errorf("version: encode: %w", err)
	}
	line := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	sum := sha256.Sum256(line)
	return string(line), hex.EncodeToString(sum[:]), nil
}
