package corpus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/job"
	"wenyuan/store"
)

// order is the payload of an ingest job: files whose bytes are safe in the blob store.
type order struct {
	Corpus string `json:"corpus"` // id
	Items  []item `json:"items"`
}

type item struct {
	Source string `json:"source"`
	Blob   string `json:"blob"` // SHA-256 of the bytes
	Size   int64  `json:"size"`
	Reason string `json:"reason,omitempty"` // set when the file was refused before it was read
	Hint   string `json:"hint,omitempty"`
}

// accept makes uploads durable: bytes first, then one job that names them.
func (l *Library) accept(ctx context.Context, c Corpus, ups []Upload) (o order, key string, err error) {
	l.blobs.RLock()
	defer l.blobs.RUnlock()
	o.Corpus = c.ID
	batch := l.store.Blobs().Batch()
	defer batch.Discard()
	for _, u := range ups {
		it, err := l.receive(ctx, batch, u)
		if err != nil {
			return o, "", err
		}
		o.Items = append(o.Items, it)
	}
	if err := batch.Commit(); err != nil {
		return o, "", err
	}
	payload, err := json.Marshal(o)
	if err != nil {
		return o, "", err
	}
	key = store.NewID("ord")
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		for _, it := range o.Items {
			if err := audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "document.add", Object: c.Name + "/" + it.Source, Version: it.Blob}); err != nil {
				return err
			}
		}
		_, err := l.queue.Enqueue(ctx, tx, job.Job{Space: c.Space, Kind: ingestJob, Key: key, Payload: payload, Priority: 1})
		return err
	})
	return o, key, err
}

// receive stores one upload, up to the limit on a file.
func (l *Library) receive(ctx context.Context, batch *store.Batch, u Upload) (item, error) {
	source, err := cleanSource(u.Source)
	if err != nil {
		return item{}, err
	}
	it := item{Source: source}
	limited := &io.LimitedReader{R: u.Body, N: l.limits.Bytes + 1}
	if it.Blob, it.Size, err = batch.Put(ctx, limited); err != nil {
		return it, err
	}
	if limited.N <= 0 {
		it.Reason = fmt.Sprintf("%s is larger than %d MiB", it.Source, l.limits.Bytes>>20)
		it.Hint = "split the file, or raise limits.file_bytes in the configuration"
	}
	if len(source) > maxSource {
		it.Source = shorten(source)
		it.Reason = fmt.Sprintf("%s has a name of more than %d bytes", it.Source, maxSource)
		it.Hint = "give it a shorter name, or put it into a folder nearer to the top"
	}
	return it, nil
}

// cleanSource makes a name safe to store and to show: relative, without "..", control
// characters or invalid UTF-8.
func cleanSource(source string) (string, error) {
	s := strings.ReplaceAll(strings.ToValidUTF8(source, "\uFFFD"), `\`, "/")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	s = strings.TrimPrefix(path.Clean("/"+s), "/")
	if s == "" {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%.80q cannot be the name of a document", source),
			Hint: "give each file its name or its path"}
	}
	return s, nil
}

// shorten makes a name that is too long fit, and keeps it apart from others that begin alike.
func shorten(source string) string {
	sum := sha256.Sum256([]byte(source))
	return strings.ToValidUTF8(source[:200], "") + "…" + hex.EncodeToString(sum[:4])
}
