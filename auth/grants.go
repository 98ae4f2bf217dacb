package auth

import (
	"cmp"
	"context"
	"database/sql"
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

// A Grant is what was set by hand.
type Grant struct {
	On     string   `json:"on"`               // a document's id, or CORPUS/GLOB
	Source string   `json:"source,omitempty"` // of a document; not read by [Directory.Grant]
	Read   []string `json:"read"`             // empty: nobody but who sees all
}

// An AccessFile is the text of a .access file as a corpus holds it.
type AccessFile struct {
	Source   string   `json:"source"` // its path in the corpus
	Text     string   `json:"text"`
	Problems []string `json:"problems"` // the lines that cannot be read
}

// maxGlobs is how many globs of a corpus have readers by hand.
const maxGlobs = 1000

// asked reads the readers of a request. A list that is there and empty names nobody.
func asked(read []string) ([]string, error) {
	if read != nil && len(read) == 0 {
		return []string{}, nil
	}
	readers, err := ParseReaders(strings.Join(read, ","))
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the readers cannot be read: " + err.Error(),
			Hint: "name group:NAME, person:NAME, service:NAME, space, public or nobody, with commas between"}
	}
	return readers, nil
}

// Grant sets the readers of a document, or of all documents of a corpus whose source fits,
// by hand; nobody named means nobody but who looks after the space. For a document it needs Edit,
// and that the asker sees it; for a glob, which is about whatever is there, Own. It gives the
// readers in the form that is kept.
func (d *Directory) Grant(ctx context.Context, sc scope.Scope, g Grant) (Grant, error) {
	readers, err := asked(g.Read)
	if err != nil {
		return g, err
	}
	text, err := json.Marshal(readers)
	if err != nil {
		return g, err
	}
	g.Read = readers
	return g, d.store.Write(ctx, func(tx *store.Tx) error {
		name, pattern, many := strings.Cut(g.On, "/")
		if !many {
			err = d.byHand(ctx, tx, sc, g.On, string(text))
		} else {
			err = d.byGlob(ctx, tx, sc, name, pattern, string(text))
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "grant.set", Object: g.On, Detail: map[string]any{"read": readers}})
	})
}

// Ungrant takes away what was set by hand. Nothing set is NotFound.
func (d *Directory) Ungrant(ctx context.Context, sc scope.Scope, on string) error {
	return d.store.Write(ctx, func(tx *store.Tx) error {
		var err error
		name, pattern, many := strings.Cut(on, "/")
		if !many {
			err = d.byHand(ctx, tx, sc, on, "")
		} else {
			err = d.byGlob(ctx, tx, sc, name, pattern, "")
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "grant.clear", Object: on})
	})
}

func noGrant(on string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("no readers are set by hand on %q", on), Hint: "wenyuan grant list shows what is set by hand"}
}

// byHand sets the readers of one document, as JSON; "" takes them away.
func (d *Directory) byHand(ctx context.Context, tx *store.Tx, sc scope.Scope, document, readers string) error {
	if !sc.Sees(sc.Space(), document) {
		return NoDocument(document)
	}
	if !sc.May(scope.Edit) {
		return errNotEditor
	}
	var p ruled
	var corpus, before string
	err := tx.QueryRow(ctx, `SELECT corpus, source, class, layer, own, hand FROM access WHERE document = $1 AND space = $2 AND document <> corpus`, document, sc.Space()).
		Scan(&corpus, &p.source, &before, &p.layer, &p.own, &p.hand)
	if errors.Is(err, sql.ErrNoRows) {
		return NoDocument(document)
	}
	if err != nil {
		return fmt.Errorf("auth: grant: %w", err)
	}
	if readers == "" && p.hand == "" {
		return noGrant(document)
	}
	if now, err := d.RuleOf(ctx, tx, document); err != nil || !sc.Reads(now.Readers) {
		return cmp.Or(err, NoDocument(document)) // it was hidden since the request began
	}
	rules, err := loadRules(ctx, tx, corpus, p.source)
	if err != nil {
		return err
	}
	p.hand = readers
	class, err := keepClass(ctx, tx, sc.Space(), corpus, rules.decide(p))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE access SET hand = $1, class = $2 WHERE document = $3`, readers, class, document); err != nil {
		return fmt.Errorf("auth: grant: %w", err)
	}
	if class == before {
		return nil
	}
	return errors.Join(Changed(ctx, tx, ChangedDocument, document), dropClass(ctx, tx, corpus, before))
}

// byGlob sets the readers of what fits a glob in a corpus, as JSON; "" takes them away.
func (d *Directory) byGlob(ctx context.Context, tx *store.Tx, sc scope.Scope, name, pattern, readers string) error {
	corpus, err := d.corpusNamed(ctx, tx, sc, name)
	if err != nil {
		return err
	}
	if !sc.May(scope.Own) {
		return errNotOwner
	}
	if _, err := parseGlob(pattern); err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q cannot be read: %s", shorten(pattern), err), Hint: "write CORPUS/GLOB: * and ? stand for letters of a name, ** for folders"}
	}
	if readers == "" {
		n, err := tx.Exec(ctx, `DELETE FROM access_glob WHERE corpus = $1 AND glob = $2`, corpus, pattern)
		if err != nil {
			return fmt.Errorf("auth: grant: %w", err)
		}
		if n == 0 {
			return noGrant(name + "/" + pattern)
		}
		return placeAll(ctx, tx, sc.Space(), corpus, "")
	}
	var have int
	var number int64
	err = tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MAX(number), 0) + 1 FROM access_glob WHERE corpus = $1`, corpus).Scan(&have, &number)
	if err != nil {
		return fmt.Errorf("auth: grant: %w", err)
	}
	if have >= maxGlobs {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%s has readers by hand for %d globs already", name, maxGlobs), Hint: "clear some with wenyuan grant --clear, or write a .access file"}
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_glob (corpus, glob, space, readers, number) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (corpus, glob) DO UPDATE SET readers = excluded.readers, number = excluded.number`, corpus, pattern, sc.Space(), readers, number)
	if err != nil {
		return fmt.Errorf("auth: grant: %w", err)
	}
	return placeAll(ctx, tx, sc.Space(), corpus, "")
}

// corpusNamed is the id of a corpus that exists for the asker.
func (d *Directory) corpusNamed(ctx context.Context, tx *store.Tx, sc scope.Scope, name string) (id string, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM corpus WHERE space = $1 AND name = $2`, sc.Space(), name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", NoCorpus(name)
	}
	if err != nil {
		return "", fmt.Errorf("auth: grant: %w", err)
	}
	if seen, err := d.SeesCorpus(ctx, tx, sc, id); err != nil || !seen {
		return "", cmp.Or(err, NoCorpus(name))
	}
	return id, nil
}

// Grants lists what was set by hand in a corpus, and its .access files, as far as the asker is a
// reader by them, and who reads what nothing else is about. Needs Edit.
func (d *Directory) Grants(ctx context.Context, sc scope.Scope, name string) (grants []Grant, files []AccessFile, standard []string, err error) {
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		grants, files = []Grant{}, []AccessFile{}
		corpus, err := d.corpusNamed(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		if !sc.May(scope.Edit) {
			return errNotEditor
		}
		if grants, err = granted(ctx, tx, sc, corpus, name); err != nil {
			return fmt.Errorf("auth: grants: %w", err)
		}
		rules, err := loadRules(ctx, tx, corpus, "")
		if err != nil {
			return err
		}
		rule, err := leastRule(ctx, tx, corpus)
		if err != nil {
			return err
		}
		standard = rule.Readers
		files, err = accessFiles(ctx, tx, sc, corpus, rules, rule)
		return err
	})
	return grants, files, standard, err
}

// granted reads the globs, the later set one first, and then the documents by source.
func granted(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, name string) ([]Grant, error) {
	rows, err := tx.Query(ctx, `SELECT '', glob, readers FROM access_glob WHERE corpus = $1 ORDER BY number DESC`, corpus)
	out, err := scanGrants(rows, err, func(g *Grant) bool { g.On, g.Source = name+"/"+g.Source, ""; return sc.Reads(g.Read) })
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT document, source, hand FROM access WHERE corpus = $1 AND hand <> '' ORDER BY source`, corpus)
	single, err := scanGrants(rows, err, func(g *Grant) bool { return sc.Sees(sc.Space(), g.On) })
	return append(out, single...), err
}

func scanGrants(rows *sql.Rows, err error, keep func(*Grant) bool) ([]Grant, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Grant{}
	for rows.Next() {
		var g Grant
		var readers string
		if err := rows.Scan(&g.On, &g.Source, &readers); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(readers), &g.Read); err != nil {
			return nil, err
		}
		if keep(&g) {
			out = append(out, g)
		}
	}
	return out, rows.Err()
}

// accessFiles reads the .access files that hide nothing from the asker, and do not lie in what
// is hidden: a pattern may name what they must not know of.
func accessFiles(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string, r *rules, standard Rule) ([]AccessFile, error) {
	out := []AccessFile{}
	err := tx.Each(ctx, func(row store.Row) error {
		var folder, text string
		if err := row.Scan(&folder, &text); err != nil {
			return err
		}
		f := parseAccess(folder, text)
		rule := r.decide(ruled{source: f.name()})
		if rule.Layer == Default {
			rule = standard
		}
		said, _ := f.below("")
		if !slices.ContainsFunc(append(said, rule), func(x Rule) bool { return !sc.Reads(x.Readers) }) {
			out = append(out, AccessFile{Source: f.name(), Text: text, Problems: append([]string{}, f.problems()...)})
		}
		return nil
	}, `SELECT folder, text FROM access_file WHERE corpus = $1 ORDER BY folder`, corpus)
	if err != nil {
		return nil, fmt.Errorf("auth: grants: %w", err)
	}
	return out, nil
}
