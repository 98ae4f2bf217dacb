package dataset

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A Lineage says from what a set or an adapter comes. What the asker may not see is counted.
type Lineage struct {
	Of            wenyuan.Version   `json:"of"`
	Sets          []wenyuan.Version `json:"sets"` // of an adapter: those that it learned from
	Parents       []wenyuan.Version `json:"parents,omitempty"`
	Rows          int               `json:"rows"`
	Erased        int               `json:"erased"`  // rows whose sample was erased since
	Sources       []Amount          `json:"sources"` // by origin, import and licence
	Samples       []SampleRef       `json:"samples"` // the first that are made from answers and that the asker sees
	Conversations int               `json:"conversations"`
	Documents     []DocumentRef     `json:"documents"`        // that the asker sees, those with most rows first
	Hidden        int               `json:"hidden_documents"` // others
	Versions      []wenyuan.Version `json:"versions"`         // models, prompts and assistants that made samples of it
}

// An Amount is how many rows come from one place.
type Amount struct {
	Origin  string `json:"origin"`
	Source  string `json:"source,omitempty"` // of an import or a run
	Licence string `json:"licence,omitempty"`
	Teacher string `json:"teacher,omitempty"`
	Rows    int    `json:"rows"`
}

// A SampleRef is a sample without its words.
type SampleRef struct {
	ID           string   `json:"id"`
	Origin       string   `json:"origin"`
	Trace        string   `json:"trace,omitempty"`
	Conversation string   `json:"conversation,omitempty"`
	Documents    []string `json:"documents,omitempty"`
}

// A DocumentRef is a document with how many rows may have words of it.
type DocumentRef struct {
	Document string `json:"document"`
	Corpus   string `json:"corpus"` // its name; "" where the document is gone
	Source   string `json:"source"`
	Rows     int    `json:"rows"`
}

const maxRefs = 200 // samples and documents that a lineage names

// Lineage says from what a set or an adapter comes: which is a set as in Get, or the hash of an adapter. Needs Edit,
// Review or Own.
func (s *Sets) Lineage(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which string) (l Lineage, err error) {
	if err := mayRead(sc); err != nil {
		return l, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		l = Lineage{Sources: []Amount{}, Samples: []SampleRef{}, Documents: []DocumentRef{}, Versions: []wenyuan.Version{}}
		if l.Of, err = version.Get(ctx, tx, sc.Space(), Adapter, which, nil); err == nil {
			l.Sets, err = follow(ctx, tx, sc.Space(), l.Of, version.Parents, Kind)
		} else if wenyuan.CodeOf(err) == wenyuan.NotFound {
			if l.Of, err = resolve(ctx, tx, sc, which); err == nil {
				l.Sets = []wenyuan.Version{l.Of}
			}
		}
		if err != nil {
			return err
		}
		if l.Parents, err = version.Parents(ctx, tx, sc.Space(), l.Of); err != nil || len(l.Sets) == 0 {
			return err
		}
		return s.fill(ctx, tx, sc, p, &l)
	})
	return l, err
}

// origins are what the rows of sets come from, whoever asks.
type origins struct {
	rows, conversations int
	sources             []Amount
	documents           []DocumentRef // those with most rows first
	samples             []SampleRef   // the first that are made from answers
	versions            []wenyuan.Version
}

// fill tells what the rows of the sets come from, as far as somebody may see it. Rows of sets do not change but by being
// erased: what was counted once is counted anew when more of them were.
func (s *Sets) fill(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, l *Lineage) (err error) {
	var sets []string
	for _, v := range l.Sets {
		sets = append(sets, v.Hash)
	}
	if l.Erased, err = erasedOf(ctx, tx, sc, sets...); err != nil {
		return err
	}
	key := fmt.Sprint(sc.Space(), l.Erased, sets)
	o, err := s.origins.of(key, func() (origins, error) { return originsOf(ctx, tx, sc.Space(), sets) })
	if err != nil {
		return fmt.Errorf("dataset: lineage: %w", err)
	}
	l.Rows, l.Conversations, l.Sources, l.Versions = o.rows, o.conversations, o.sources, o.versions
	for _, d := range o.documents {
		switch {
		case !sc.Sees(sc.Space(), d.Document):
			l.Hidden++
		case len(l.Documents) < maxRefs:
			l.Documents = append(l.Documents, d)
		}
	}
	return l.sees(ctx, tx, sc, p, o.samples)
}

// originsOf reads all rows of sets.
func originsOf(ctx context.Context, tx *store.Tx, space string, sets []string) (o origins, err error) {
	args := append([]any{space}, store.Args(sets)...)
	these := ` WHERE r.space = $1 AND r.dataset IN (` + store.Marks(2, len(sets)) + `)`
	from := ` FROM dataset_row r JOIN sample s ON s.id = r.sample` + these
	err = tx.QueryRow(ctx, `SELECT COUNT(*), COUNT(DISTINCT CASE WHEN s.conversation <> '' AND s.origin <> 'judged' THEN s.conversation END)`+from, args...).Scan(&o.rows, &o.conversations)
	if err != nil {
		return o, err
	}
	// Of what somebody said the source is who said it, which is not told here.
	o.sources, err = store.List(ctx, tx, func(r store.Row) (a Amount, err error) {
		err = r.Scan(&a.Origin, &a.Source, &a.Licence, &a.Teacher, &a.Rows)
		return a, err
	}, `SELECT s.origin, CASE WHEN s.origin IN ('import', 'instruct') THEN s.source ELSE '' END, s.licence, s.teacher, COUNT(*)`+from+` GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 500`, args...)
	if err != nil {
		return o, err
	}
	o.documents, err = store.List(ctx, tx, func(r store.Row) (d DocumentRef, err error) {
		err = r.Scan(&d.Document, &d.Corpus, &d.Source, &d.Rows)
		return d, err
	}, `SELECT d.document, COALESCE(MAX(c.name), ''), COALESCE(MAX(n.source), ''), COUNT(*) FROM dataset_row r JOIN sample_document d ON d.sample = r.sample LEFT JOIN document n ON n.id = d.document
		LEFT JOIN corpus c ON c.id = n.corpus`+these+` GROUP BY d.document ORDER BY 4 DESC, 1`, args...)
	if err != nil {
		return o, err
	}
	o.samples, err = store.List(ctx, tx, func(row store.Row) (r SampleRef, err error) {
		err = row.Scan(&r.ID, &r.Origin, &r.Trace, &r.Conversation)
		return r, err
	}, `SELECT s.id, s.origin, s.trace, s.conversation`+from+fmt.Sprintf(` AND s.trace <> '' ORDER BY s.id LIMIT %d`, maxRefs), args...)
	if err != nil {
		return o, err
	}
	o.versions, err = store.List(ctx, tx, func(r store.Row) (v wenyuan.Version, err error) {
		err = r.Scan(&v.Kind, &v.Name, &v.Hash)
		return v, err
	}, `SELECT DISTINCT w.kind, COALESCE(v.name, ''), w.hash FROM sample_version w JOIN dataset_row r ON r.sample = w.sample LEFT JOIN version v ON v.space = r.space AND v.kind = w.kind AND v.hash = w.hash`+
		these+` ORDER BY 1, 2, 3 LIMIT 200`, args...)
	return o, err
}

// sees adds the samples that somebody may see.
func (l *Lineage) sees(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, all []SampleRef) error {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	seen, err := visible(ctx, tx, sc, p, ids)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !seen[r.ID] {
			continue
		}
		if r.Documents, err = texts(ctx, tx, `SELECT document FROM sample_document WHERE sample = $1 ORDER BY document`, r.ID); err != nil {
			return err
		}
		l.Samples = append(l.Samples, r)
	}
	return nil
}

// An Origin is what a lineage is asked for from the other end. One field is set.
type Origin struct {
	Document     string
	Person       string // id
	Conversation string
	Sample       string
}

// Holders says which sets hold samples that came from a document, a person, a conversation or one sample, and what
// learned from them. A document has to be seen by the scope; what comes from others needs Review. Needs Edit, Review or Own.
func (s *Sets) Holders(ctx context.Context, sc scope.Scope, p wenyuan.Principal, from Origin) (h Holders, err error) {
	if err := mayRead(sc); err != nil {
		return h, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		query, arg, err := from.query(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		if h, err = holders(ctx, tx, query, sc.Space(), arg); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM (`+query+`) AS found`, sc.Space(), arg).Scan(&h.Samples)
	})
	return h, err
}

func (o Origin) query(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal) (query, arg string, err error) {
	denied := &wenyuan.Error{Code: wenyuan.Denied, Message: "only a reviewer of the space may ask what was learned from others", Hint: "ask an owner of the space for this role"}
	const all = `SELECT id FROM sample WHERE space = $1 AND `
	switch {
	case o.Document != "":
		if !sc.Sees(sc.Space(), o.Document) {
			return "", "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no document %q", o.Document), Hint: "wenyuan list shows the documents of a corpus"}
		}
		return all + `id IN (SELECT sample FROM sample_document WHERE document = $2)`, o.Document, nil
	case o.Sample != "":
		seen, err := visible(ctx, tx, sc, p, []string{o.Sample})
		if err == nil && !seen[o.Sample] {
			err = noSample(o.Sample)
		}
		return all + `id = $2`, o.Sample, err
	case o.Person != "":
		if !sc.May(scope.Review) && o.Person != p.ID {
			return "", "", denied
		}
		return all + `(principal = $2 OR id IN (SELECT sample FROM sample_person WHERE principal = $2))`, o.Person, nil
	case o.Conversation != "":
		if !sc.May(scope.Review) {
			return "", "", denied
		}
		return all + `conversation = $2`, o.Conversation, nil
	}
	return "", "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "nothing is named that something may have been learned from", Hint: "name a document, a person, a conversation or a sample"}
}
