package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A table that names the readers of its rows becomes a document for each set of readers. Its
// source is that of the file, '#', and the readers as rules write them: staff.csv#group:hr. The
// file is added, moved and removed as a whole; the table itself is no document, and its bytes are
// not kept.
const (
	partMark   = "#"
	restRows   = "rest"       // rows that name nobody: the rules of the place hold for them
	unreadRows = "unreadable" // rows whose readers cannot be read: nobody has them
)

// partKey says which rows of a table belong together.
func partKey(cell string) string {
	if cell == "" {
		return restRows
	}
	var first string
	for i, said := range strings.Split(cell, "\n") {
		readers, err := auth.ParseReaders(said)
		if err != nil {
			return unreadRows
		}
		key := strings.Join(readers, ",")
		if key == "" {
			key = "nobody"
		}
		if i > 0 && key != first {
			return unreadRows
		}
		first = key
	}
	return first
}

// partSource is the source of a part of a file.
func partSource(file, key string) string {
	source := file + partMark + key
	if len(source) > maxSource {
		return shorten(source)
	}
	return source
}

// divide reads the parts of a table, each as a file of its own.
func (l *Library) divide(ctx context.Context, it item) ([]reading, error) {
	f, err := l.open(it)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pieces, err := parse.Divide(ctx, it.Source, f, it.Size, l.limits, partKey)
	if err != nil {
		return nil, err
	}
	out := make([]reading, len(pieces))
	for i, p := range pieces {
		r := &out[i]
		r.item = item{Source: partSource(it.Source, p.Key), Size: int64(len(p.Body))}
		r.file, r.fileHash, r.body = it.Source, it.Blob, p.Body
		if p.Key != restRows {
			r.layer, r.own = auth.Column, p.Cell
		}
		r.document, err = parse.Parse(ctx, it.Source, bytes.NewReader(p.Body), r.Size, l.limits)
		if err != nil {
			return nil, err
		}
		if p.Key != restRows {
			r.document.Title += " · " + p.Key
		}
		r.pieces = cut.Cut(r.document, l.cut)
	}
	return out, nil
}

// open opens the bytes of an item.
func (l *Library) open(it item) (interface {
	io.ReaderAt
	io.Closer
}, error) {
	f, err := l.store.Blobs().Open(it.Blob)
	if err != nil {
		return nil, fmt.Errorf("corpus: %s: %w", it.Source, err)
	}
	r, ok := f.(interface {
		io.ReaderAt
		io.Closer
	})
	if !ok {
		return nil, errors.Join(fmt.Errorf("corpus: %s: the blob store gives no random access", it.Source), f.Close())
	}
	return r, nil
}

// keepParts stores the bytes of the parts of a group.
func (l *Library) keepParts(ctx context.Context, readings []reading) error {
	batch := l.store.Blobs().Batch()
	defer batch.Discard()
	for i := range readings {
		for k := range readings[i].parts {
			p := &readings[i].parts[k]
			var err error
			if p.Blob, _, err = batch.Put(ctx, bytes.NewReader(p.body)); err != nil {
				return err
			}
			p.body = nil
		}
	}
	return batch.Commit()
}

// A twin is a document that a file has: the file itself, or a part of it.
type twin struct{ id, source, file string }

// twins are the documents that a file has.
func twins(ctx context.Context, tx *store.Tx, corpus, source string) ([]twin, error) {
	// Ordered here: told to, SQLite goes through all of the corpus in order to find the parts.
	out, err := store.List(ctx, tx, func(r store.Row) (t twin, err error) {
		err = r.Scan(&t.id, &t.source, &t.file)
		return t, err
	}, `SELECT id, source, file FROM document WHERE corpus = $1 AND source = $2
		UNION ALL SELECT id, source, file FROM document WHERE corpus = $1 AND file = $2 AND file <> ''`, corpus, source)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b twin) int { return strings.Compare(a.source, b.source) })
	return out, nil
}

// errHidden is the one refusal of an act that would touch what the asker does not see. It is
// also given where the place alone would hide what they put there, so that it does not tell
// whether something is there.
var errHidden = &wenyuan.Error{Code: wenyuan.Denied, Message: "this may reach what you may not see", Hint: "ask an owner of the space to do it"}

// mayPut is Denied unless the asker would see what lies at a source by the rules of the place,
// and sees what is there already. A divided table is for who sees everything: see whole.
func (l *Library) mayPut(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, source string) error {
	if sc.All(sc.Space()) {
		return nil
	}
	rule, err := l.auth.RuleAt(ctx, tx, corpus, source)
	if err != nil {
		return err
	}
	if !sc.Reads(rule.Readers) {
		return errHidden
	}
	there, err := twins(ctx, tx, corpus, source)
	if err != nil {
		return err
	}
	for _, t := range there {
		if t.file != "" || !sc.Sees(sc.Space(), t.id) {
			return errHidden
		}
	}
	return nil
}

// whole gives a document, or all parts of the file that it is a part of. Those are for who sees
// everything: to refuse others only where a part is hidden would tell that there is one.
func whole(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string, d Document) ([]twin, error) {
	if d.File == "" {
		return []twin{{d.ID, d.Source, ""}}, nil
	}
	if !sc.All(sc.Space()) {
		return nil, errHidden
	}
	return twins(ctx, tx, corpus, d.File)
}

// wholeHashes fills in the hashes of the files that documents are parts of, for who sees
// everything. A hash tells who knows most of a file whether a guess at the rest is right; and to
// leave it out only where a part is hidden would tell that there is one.
func wholeHashes(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string, docs []Document) error {
	if !sc.All(sc.Space()) || !slices.ContainsFunc(docs, func(d Document) bool { return d.File != "" }) {
		return nil
	}
	hashes := map[string]string{}
	err := tx.Each(ctx, func(r store.Row) error {
		var file, hash string
		if err := r.Scan(&file, &hash); err != nil {
			return err
		}
		hashes[file] = hash
		return nil
	}, `SELECT DISTINCT file, file_hash FROM document WHERE corpus = $1 AND file <> ''`, corpus)
	if err != nil {
		return err
	}
	for i, d := range docs {
		if d.File != "" {
			docs[i].FileHash = hashes[d.File]
		}
	}
	return nil
}
