package corpus

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/parse"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Revision is what was read from one content of a document.
type Revision struct {
	Document string         `json:"document"`
	Revision string         `json:"revision"` // SHA-256 of the bytes
	Title    string         `json:"title"`
	Text     string         `json:"text"`
	Blocks   []parse.Block  `json:"blocks"`
	Pages    int            `json:"pages"`
	Chars    int64          `json:"chars"`
	Type     string         `json:"type"`
	Charset  string         `json:"charset"`
	Removed  map[string]int `json:"removed"` // what cleaning took out, by reason, in code points
	Hidden   []parse.Hidden `json:"hidden"`  // what its readers do not see, and what it says of itself
	Parser   string         `json:"parser"`
	Created  int64          `json:"created"`
}

// Disguised counts the places where text is kept from the document's readers, by how.
func (r *Revision) Disguised() map[string]int { return disguised(r.Hidden) }

func disguised(all []parse.Hidden) map[string]int {
	out := map[string]int{}
	for _, h := range all {
		if h.Why.Disguises() {
			out[string(h.Why)]++
		}
	}
	return out
}

// Revision reads one revision of a document; "" is the current one. A revision may be
// named by the first six digits of its hash or more.
func (l *Library) Revision(ctx context.Context, sc scope.Scope, id, revision string) (Revision, error) {
	r := Revision{Document: id}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		r.Revision, err = l.resolveRevision(ctx, tx, sc, d, revision)
		if err != nil {
			return err
		}
		var blocks, removed, hidden string
		err = tx.QueryRow(ctx, `SELECT title, text, blocks, pages, chars, type, charset, removed, hidden, parser, created
			FROM revision WHERE document = $1 AND revision = $2`, id, r.Revision).
			Scan(&r.Title, &r.Text, &blocks, &r.Pages, &r.Chars, &r.Type, &r.Charset, &removed, &hidden, &r.Parser, &r.Created)
		if err != nil {
			return err
		}
		return errors.Join(json.Unmarshal([]byte(blocks), &r.Blocks), json.Unmarshal([]byte(removed), &r.Removed), json.Unmarshal([]byte(hidden), &r.Hidden))
	})
	return r, err
}

// resolveRevision finds a revision of a document that the asker sees. An earlier one that named
// its own readers is there for those of them only, unless what was set by hand decides.
func (l *Library) resolveRevision(ctx context.Context, tx *store.Tx, sc scope.Scope, d Document, revision string) (string, error) {
	if revision == "" {
		if d.Revision == "" {
			return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s has no text: %s", d.Source, d.Reason), Hint: d.Hint}
		}
		return d.Revision, nil
	}
	missing := &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s has no revision %q", d.Source, revision),
		Hint: "without a revision the current one is shown"}
	if len(revision) < 6 || strings.Trim(revision, "0123456789abcdef") != "" {
		return "", missing
	}
	var found, said string
	err := tx.QueryRow(ctx, `SELECT revision, readers FROM revision WHERE document = $1 AND revision LIKE $2 ORDER BY created DESC LIMIT 1`,
		d.ID, revision+"%").Scan(&found, &said)
	if errors.Is(err, sql.ErrNoRows) {
		return "", missing
	}
	if err != nil || found == d.Revision || said == "" {
		return found, err
	}
	var readers []string
	if err := json.Unmarshal([]byte(said), &readers); err != nil {
		return "", fmt.Errorf("corpus: readers of a revision of %s: %w", d.ID, err)
	}
	rule, err := l.auth.RuleOf(ctx, tx, d.ID)
	if err != nil {
		return "", err
	}
	if rule.Layer != auth.Hand && !sc.Reads(readers) {
		return "", missing
	}
	return found, nil
}

// errUnread refuses the bytes of a file that could not be read.
var errUnread = &wenyuan.Error{Code: wenyuan.Denied, Message: "the original of a file that could not be read is only for who sees every document of the space", Hint: "ask an owner of the space"}

// Original opens the bytes that a revision was read from.
func (l *Library) Original(ctx context.Context, sc scope.Scope, id, revision string) (io.ReadSeekCloser, string, int64, error) {
	var hash, media string
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if revision == "" && d.Revision == "" {
			if d.State == Failed && !sc.All(sc.Space()) {
				return errUnread // it might have said that not everybody may read it
			}
			hash, media = d.Hash, d.Type
			return nil
		}
		if hash, err = l.resolveRevision(ctx, tx, sc, d, revision); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT type FROM revision WHERE document = $1 AND revision = $2`, id, hash).Scan(&media)
	})
	if err != nil {
		return nil, "", 0, err
	}
	f, err := l.store.Blobs().Open(hash)
	if err != nil {
		return nil, "", 0, fmt.Errorf("corpus: original of %s: %w", id, err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, "", 0, fmt.Errorf("corpus: original of %s: %w", id, err)
	}
	return f, media, size, nil
}
