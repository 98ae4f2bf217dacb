package corpus

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/store"
)

// A shelf is the open index of one corpus.
type shelf struct {
	corpus, space string
	index         *index.Index
	feeding       sync.Mutex // one reader of the change log at a time
}

// feedRows is how many rows of the change log one step of the index takes in: enough that
// segments are not tiny, few enough that the text fits in memory. It is more than most
// transactions write, see groupFiles and embedBatch.
const feedRows = 256

// shelf opens the index of a corpus once, and brings it up to the database.
func (l *Library) shelf(ctx context.Context, corpus string) (*shelf, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.shelves[corpus]; s != nil {
		return s, nil
	}
	s := &shelf{corpus: corpus}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT space FROM corpus WHERE id = $1`, corpus).Scan(&s.space)
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: open index of %s: %w", corpus, err)
	}
	o := index.Options{Dir: filepath.Join(l.dir, corpus), Space: s.space}
	if l.embedder != nil {
		o.Embedding = l.embedder.Version()
	}
	if s.index, err = index.Open(o); err != nil {
		return nil, fmt.Errorf("corpus: open index of %s: %w", corpus, err)
	}
	if why := s.index.Rebuilt(); why != "" {
		l.log.Warn("the index is made again from the database", "corpus", corpus, "reason", why)
	}
	if err := l.catchUp(ctx, s); err != nil {
		s.index.Close()
		return nil, err
	}
	l.shelves[corpus] = s
	return s, nil
}

// catchUp applies to the index what the change log has beyond it. It is the only way
// into the index: after a commit, at start, after a rebuild, on another replica.
func (l *Library) catchUp(ctx context.Context, s *shelf) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	for {
		b, removed, err := l.nextBatch(ctx, s)
		if err != nil {
			return fmt.Errorf("corpus: feed index: %w", err)
		}
		if b.Change == 0 {
			return nil
		}
		if err := s.index.Apply(ctx, b); err != nil {
			return fmt.Errorf("corpus: feed index: %w", l.explain(err))
		}
		if len(removed) > 0 {
			slices.Sort(removed)
			l.removed(s.space, slices.Compact(removed))
		}
	}
}

// nextBatch reads the next changes and what the documents they name hold now. A
// document that changes again later in the log is read again then; both times what is
// current in this snapshot is right.
func (l *Library) nextBatch(ctx context.Context, s *shelf) (b index.Batch, removed []string, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		b, removed = index.Batch{}, nil
		changes, err := changesAfter(ctx, tx, s.corpus, s.index.Change())
		if err != nil {
			return err
		}
		for _, c := range changes {
			b.Change = c.number
			if c.kind == "remove" {
				removed = append(removed, c.document)
			}
			if !slices.Contains(b.Remove, c.document) {
				b.Remove = append(b.Remove, c.document)
			}
		}
		for _, document := range b.Remove {
			if b.Add, err = l.entries(ctx, tx, document, b.Add); err != nil {
				return err
			}
		}
		return nil
	})
	return b, removed, err
}

// explain makes of a full disk what the person can act on.
func (l *Library) explain(err error) error {
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the disk that holds " + l.dir + " is full",
		Hint: "free some space there, or move the data folder to a larger disk; what was reported done is kept", Err: err}
}

type change struct {
	number   int64
	document string
	kind     string
}

// changesAfter reads the log behind a number. All rows of one transaction have one number and
// are read together, so that the index never shows half of a transaction.
func changesAfter(ctx context.Context, tx *store.Tx, corpus string, number int64) ([]change, error) {
	out, err := store.List(ctx, tx, func(r store.Row) (c change, err error) {
		err = r.Scan(&c.number, &c.document, &c.kind)
		return c, err
	}, `SELECT number, document, kind FROM change WHERE corpus = $1 AND number > $2 ORDER BY number LIMIT $3`, corpus, number, feedRows)
	if err != nil || len(out) < feedRows {
		return out, err
	}
	last := out[len(out)-1].number
	whole := slices.IndexFunc(out, func(c change) bool { return c.number == last })
	if whole == 0 { // a table of very many parts
		return oneChange(ctx, tx, corpus, last)
	}
	return out[:whole], nil
}

// oneChange reads all rows of one transaction.
func oneChange(ctx context.Context, tx *store.Tx, corpus string, number int64) ([]change, error) {
	return store.List(ctx, tx, func(r store.Row) (c change, err error) {
		err = r.Scan(&c.number, &c.document, &c.kind)
		return c, err
	}, `SELECT number, document, kind FROM change WHERE corpus = $1 AND number = $2`, corpus, number)
}

// entries adds the passages of a document's current revision as the index sees them.
func (l *Library) entries(ctx context.Context, tx *store.Tx, document string, out []index.Entry) ([]index.Entry, error) {
	embedder := ""
	if l.embedder != nil {
		embedder = l.embedder.Version()
	}
	err := tx.Each(ctx, func(r store.Row) error {
		e := index.Entry{Document: document}
		var heading, title, source string
		var vector []byte
		if err := r.Scan(&e.Passage, &e.Section, &heading, &e.Text, &title, &source, &vector); err != nil {
			return err
		}
		var path []string
		if err := json.Unmarshal([]byte(heading), &path); err != nil {
			return err
		}
		e.Title = searchTitle(title, path)
		e.Group = group(document, source)
		e.Vector = decodeVector(vector)
		out = append(out, e)
		return nil
	}, `SELECT passage.id, passage.section, passage.heading, passage.text, revision.title, CASE WHEN document.file = '' THEN document.source ELSE '' END, vector.data
		FROM document JOIN revision ON revision.document = document.id AND revision.revision = document.revision
		JOIN passage ON passage.document = document.id AND passage.revision = document.revision
		LEFT JOIN vector ON vector.passage = passage.id AND vector.embedder = $2
		WHERE document.id = $1 ORDER BY passage.ord`, document, embedder)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// searchTitle is the title of a section: the document's, then the headings above, without
// saying the first one twice where it is the title.
func searchTitle(title string, path []string) string {
	if len(path) > 0 && path[0] == title {
		path = path[1:]
	}
	return strings.Join(append([]string{title}, path...), "\n")
}

// group is the page a document belongs to. Sources that differ only behind a '#' are
// parts of one page. The parts of a table, which come without a source here, are not: they have
// different readers.
func group(document, source string) string {
	if page, _, ok := strings.Cut(source, "#"); ok && page != "" {
		return page
	}
	return document
}

func encodeVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func decodeVector(b []byte) []float32 {
	if len(b) == 0 {
		return nil
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
