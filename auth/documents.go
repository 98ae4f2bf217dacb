package auth

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Placing is a document with what decides who may read it.
type Placing struct {
	Space, Corpus, Document, Source string // ids, and the path in the corpus; of a part of a file, the file's

	// What the document itself says of its readers, as it is written there, and where: Front or
	// Column. Several lines are said in several places and have to agree; Unread is what cannot
	// be read. Empty layer: it says nothing.
	Layer, Own string

	Passages int // of the document; [SamePassages] where they stay as they were
}

// SamePassages says of a document that is placed anew that its text is the one before.
const SamePassages = -1

// The layers, strongest first.
const (
	Hand    = "hand"
	Front   = "front"  // front matter
	Column  = "column" // of a table; as strong as front matter
	File    = "file"   // .access
	Default = "default"
)

// A Rule says who may read something, and why.
type Rule struct {
	Readers []string `json:"readers"` // sorted: group:hr, person:a@b.c, space, public; empty: nobody but who sees all
	Layer   string   `json:"layer"`   // one of the layers
	Origin  string   `json:"origin"`  // where it is written: hr/.access line 3; "" on or in the document itself
	Problem string   `json:"problem"` // why what is written could not be read, and so denies
}

// defaultClass is the id of the class of what no other rule of a corpus is about.
func defaultClass(corpus string) string { return "default:" + corpus }

// class is the id of the class of a rule: documents of one corpus with the same rule share it.
func (r Rule) class(corpus string) string {
	if r.Layer == Default {
		return defaultClass(corpus)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{corpus, r.Layer, r.Origin, r.Problem, strings.Join(r.Readers, ",")}, "\n")))
	return "cls_" + hex.EncodeToString(sum[:16])
}

// Place says where a document is and what it says of its readers; it is in force when tx
// commits. A document that is ruled again keeps what was set by hand.
func (d *Directory) Place(ctx context.Context, tx *store.Tx, p Placing) error {
	rules, err := loadRules(ctx, tx, p.Corpus, p.Source)
	if err != nil {
		return err
	}
	var before, hand string
	err = tx.QueryRow(ctx, `SELECT class, hand FROM access WHERE document = $1`, p.Document).Scan(&before, &hand)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("auth: place: %w", err)
	}
	class, err := keepClass(ctx, tx, p.Space, p.Corpus, rules.decide(ruled{source: p.Source, layer: p.Layer, own: p.Own, hand: hand}))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO access (document, space, corpus, source, class, layer, own, hand, passages) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (document) DO UPDATE SET source = excluded.source, class = excluded.class, layer = excluded.layer, own = excluded.own,
		passages = CASE WHEN excluded.passages < 0 THEN access.passages ELSE excluded.passages END`,
		p.Document, p.Space, p.Corpus, p.Source, class, p.Layer, p.Own, hand, p.Passages)
	if err != nil || class == before {
		return err
	}
	if err := Changed(ctx, tx, ChangedDocument, p.Document); err != nil {
		return err
	}
	return dropClass(ctx, tx, p.Corpus, before)
}

// Displace forgets a document that is removed.
func (d *Directory) Displace(ctx context.Context, tx *store.Tx, document string) error {
	var class, corpus string
	err := tx.QueryRow(ctx, `DELETE FROM access WHERE document = $1 RETURNING class, corpus`, document).Scan(&class, &corpus)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("auth: displace: %w", err)
	}
	if err := Changed(ctx, tx, ChangedDocument, document); err != nil {
		return err
	}
	return dropClass(ctx, tx, corpus, class)
}

// PlaceCorpus makes the rule of a new corpus: everybody in the space may read what is added.
func (d *Directory) PlaceCorpus(ctx context.Context, tx *store.Tx, space, corpus, name string) error {
	class := defaultClass(corpus)
	_, err := tx.Exec(ctx, `INSERT INTO access_class (id, space, corpus, layer, origin, readers) VALUES ($1, $2, $3, $4, $5, '["space"]')`,
		class, space, corpus, Default, name)
	if err != nil {
		return fmt.Errorf("auth: place a corpus: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO access (document, space, corpus, class) VALUES ($1, $2, $1, $3)`, corpus, space, class)
	if err != nil {
		return fmt.Errorf("auth: place a corpus: %w", err)
	}
	return errors.Join(Changed(ctx, tx, ChangedClass, class), Changed(ctx, tx, ChangedDocument, corpus))
}

// keepClass gives the id of the class of a rule, which it makes where there is none yet.
func keepClass(ctx context.Context, tx *store.Tx, space, corpus string, r Rule) (string, error) {
	id := r.class(corpus)
	return id, keepClasses(ctx, tx, space, corpus, map[string]Rule{id: r})
}

// classRows is how many classes one statement makes or takes away.
const classRows = 100

// keepClasses makes those of some classes that there are not, by id. The default class of a corpus is there.
func keepClasses(ctx context.Context, tx *store.Tx, space, corpus string, classes map[string]Rule) error {
	var made []string
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(classes)), classRows) {
		var marks []string
		var args []any
		for _, id := range ids {
			r := classes[id]
			if r.Layer == Default {
				continue
			}
			readers, err := json.Marshal(append([]string{}, r.Readers...))
			if err != nil {
				return err
			}
			marks = append(marks, "("+store.Marks(len(args)+1, 7)+")")
			args = append(args, id, space, corpus, r.Layer, r.Origin, string(readers), r.Problem)
		}
		if len(marks) == 0 {
			continue
		}
		err := each(ctx, tx, column(&made), `INSERT INTO access_class (id, space, corpus, layer, origin, readers, problem) VALUES `+strings.Join(marks, ", ")+
			` ON CONFLICT (id) DO NOTHING RETURNING id`, args...)
		if err != nil {
			return fmt.Errorf("auth: class: %w", err)
		}
	}
	return Changed(ctx, tx, ChangedClass, made...)
}

// column puts what is scanned behind a list.
func column(list *[]string) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		*list = append(*list, s)
		return err
	}
}

// dropClass forgets a class that no document is of any more.
func dropClass(ctx context.Context, tx *store.Tx, corpus, class string) error {
	return dropClasses(ctx, tx, corpus, []string{class})
}

// dropClasses forgets those of some classes that no document is of any more.
func dropClasses(ctx context.Context, tx *store.Tx, corpus string, classes []string) error {
	var gone []string
	for ids := range slices.Chunk(classes, classRows) {
		args := append([]any{defaultClass(corpus)}, store.Args(ids)...)
		err := each(ctx, tx, column(&gone), `DELETE FROM access_class WHERE id <> $1 AND id IN (`+store.Marks(2, len(ids))+`)
			AND NOT EXISTS (SELECT 1 FROM access WHERE access.class = access_class.id) RETURNING id`, args...)
		if err != nil {
			return fmt.Errorf("auth: class: %w", err)
		}
	}
	return Changed(ctx, tx, ChangedClass, gone...)
}

const ruleColumns = `access_class.readers, access_class.layer, access_class.origin, access_class.problem`

func scanRule(row store.Row, more ...any) (r Rule, err error) {
	var readers string
	if err := row.Scan(append([]any{&readers, &r.Layer, &r.Origin, &r.Problem}, more...)...); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(readers), &r.Readers)
}

// leastRule is the rule of a corpus for what nothing else is about.
func leastRule(ctx context.Context, tx *store.Tx, corpus string) (Rule, error) {
	r, err := scanRule(tx.QueryRow(ctx, `SELECT `+ruleColumns+` FROM access_class WHERE id = $1`, defaultClass(corpus)))
	if err != nil {
		return r, fmt.Errorf("auth: default: %w", err)
	}
	return r, nil
}

// RuleOf is the rule that holds for a document, by its id; of a corpus, the one that holds for
// what is added to it wherever it lies. Whoever calls it has found out whether the asker sees it.
func (d *Directory) RuleOf(ctx context.Context, tx *store.Tx, document string) (Rule, error) {
	r, err := scanRule(tx.QueryRow(ctx, `SELECT `+ruleColumns+` FROM access JOIN access_class ON access_class.id = access.class WHERE access.document = $1`, document))
	if errors.Is(err, sql.ErrNoRows) {
		return r, NoDocument(document)
	}
	return r, err
}

// RuleAt is the rule that a new document without a word of its own would fall under.
func (d *Directory) RuleAt(ctx context.Context, tx *store.Tx, corpus, source string) (Rule, error) {
	rules, err := loadRules(ctx, tx, corpus, source)
	if err != nil {
		return Rule{}, err
	}
	r := rules.decide(ruled{source: source})
	if r.Layer == Default {
		return leastRule(ctx, tx, corpus)
	}
	return r, nil
}

// SeesCorpus says whether a corpus exists for the asker: they would see what is added to it
// wherever it lies, or see some document of it, or may edit. What is hidden in it counts for
// nothing: a corpus that went when something hidden comes would tell that it came.
func (d *Directory) SeesCorpus(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string) (bool, error) {
	if sc.May(scope.Edit) || sc.Sees(sc.Space(), corpus) {
		return true, nil
	}
	if table, _ := sc.Classes(); table == nil {
		return seesOne(ctx, tx, sc, corpus)
	}
	for _, class := range d.SeenClasses(sc, corpus) {
		var one int
		err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM access WHERE corpus = $1 AND class = $2 AND document <> $1 LIMIT 1) AS found`, corpus, class).Scan(&one)
		if err != nil || one > 0 {
			return one > 0, err
		}
	}
	return false, nil
}

// seesOne asks about each document, for a scope that names its documents.
func seesOne(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string) (bool, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM document WHERE corpus = $1 AND space = $2`, corpus, sc.Space())
	if err != nil {
		return false, fmt.Errorf("auth: documents: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return false, fmt.Errorf("auth: documents: %w", err)
		}
		if sc.Sees(sc.Space(), id) {
			return true, nil
		}
	}
	return false, rows.Err()
}

// SeenClasses are the classes of a corpus whose documents the asker sees, sorted.
func (d *Directory) SeenClasses(sc scope.Scope, corpus string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if r := d.state.spaces[sc.Space()]; r != nil {
		return r.seenIn(sc, corpus)
	}
	return nil
}

// NoDocument is what anybody is told of a document that there is not, and who may not see it of
// one that there is.
func NoDocument(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no document %q", shorten(id)),
		Hint: "wenyuan list --corpus NAME shows the documents and their ids"}
}

// NoCorpus is the same of a corpus.
func NoCorpus(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no corpus named %q", shorten(name)),
		Hint: "wenyuan status lists the corpora; wenyuan add PATH --corpus NAME makes one"}
}

// errHidden is the one refusal of what would touch something that the asker does not see. It
// says neither what nor whether.
var errHidden = &wenyuan.Error{Code: wenyuan.Denied, Message: "this may reach what you may not see", Hint: "ask an owner of the space to do it"}

// SetDefault sets who reads what no other rule of a corpus is about, whatever there is. Needs Own.
func (d *Directory) SetDefault(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string, read []string) error {
	if !sc.May(scope.Own) {
		return errNotOwner
	}
	readers, err := asked(read)
	if err != nil {
		return err
	}
	now, err := leastRule(ctx, tx, corpus)
	if err != nil {
		return err
	}
	text, err := json.Marshal(readers)
	if err != nil {
		return err
	}
	class := defaultClass(corpus)
	_, err = tx.Exec(ctx, `UPDATE access_class SET readers = $1 WHERE id = $2 AND space = $3`, string(text), class, sc.Space())
	if err != nil {
		return fmt.Errorf("auth: default: %w", err)
	}
	if err := Changed(ctx, tx, ChangedClass, class); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "grant.set", Object: now.Origin, Detail: map[string]any{"default": true, "read": readers, "before": now.Readers}})
}
