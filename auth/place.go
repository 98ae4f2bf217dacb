package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// ruled is a document as the rules look at it.
type ruled struct{ document, source, class, layer, own, hand string }

// The rules of a corpus, as far as some paths need them.
type rules struct {
	globs []handGlob            // the one that was set last comes first
	files map[string]accessFile // by folder
}

type handGlob struct {
	text    string
	glob    glob
	readers []string
}

// loadRules reads the rules about one path; "" stands for all of the corpus.
func loadRules(ctx context.Context, tx *store.Tx, corpus, source string) (*rules, error) {
	r := &rules{files: map[string]accessFile{}}
	if err := r.loadGlobs(ctx, tx, corpus); err != nil {
		return nil, fmt.Errorf("auth: rules: %w", err)
	}
	query, args := `SELECT folder, text FROM access_file WHERE corpus = $1`, []any{corpus}
	if source != "" {
		above := folders(source)
		query += ` AND folder IN (` + store.Marks(2, len(above)) + `)`
		for _, f := range above {
			args = append(args, f)
		}
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("auth: rules: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var folder, text string
		if err := rows.Scan(&folder, &text); err != nil {
			return nil, fmt.Errorf("auth: rules: %w", err)
		}
		r.files[folder] = parseAccess(folder, text)
	}
	return r, rows.Err()
}

func (r *rules) loadGlobs(ctx context.Context, tx *store.Tx, corpus string) error {
	rows, err := tx.Query(ctx, `SELECT glob, readers FROM access_glob WHERE corpus = $1 ORDER BY number DESC`, corpus)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var g handGlob
		var readers string
		if err := rows.Scan(&g.text, &readers); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(readers), &g.readers); err != nil {
			return err
		}
		if g.glob, err = parseGlob(g.text); err != nil {
			return fmt.Errorf("%q: %w", g.text, err)
		}
		r.globs = append(r.globs, g)
	}
	return rows.Err()
}

// folders are those that a path lies in, the nearest first; the last one is "", the top.
func folders(source string) []string {
	var out []string
	for dir := path.Dir(source); dir != "." && dir != "/"; dir = path.Dir(dir) {
		out = append(out, dir)
	}
	return append(out, "")
}

// decide finds the rule of the strongest layer that says something.
func (r *rules) decide(p ruled) Rule {
	if p.hand != "" {
		var readers []string
		if err := json.Unmarshal([]byte(p.hand), &readers); err != nil {
			return Rule{Layer: Hand, Problem: "what was set by hand could not be read"}
		}
		return Rule{Readers: readers, Layer: Hand}
	}
	for _, g := range r.globs {
		if g.glob.fits(p.source) {
			return Rule{Readers: g.readers, Layer: Hand, Origin: g.text}
		}
	}
	if p.layer != "" {
		readers, err := parseOwn(p.own)
		if err != nil {
			return Rule{Layer: p.layer, Problem: err.Error()}
		}
		return Rule{Readers: readers, Layer: p.layer}
	}
	for _, folder := range folders(p.source) {
		if f, ok := r.files[folder]; ok {
			if rule, ok := f.rule(p.source); ok {
				return rule
			}
		}
	}
	return Rule{Layer: Default}
}

// moveRows is how many documents change their class in one statement.
const moveRows = 500

// wholeCorpus is how many changed documents are told as a change of their corpus.
const wholeCorpus = 1000

// placeAll decides anew about the documents of a corpus below a folder; "" is all of it. It is
// Denied where that changes a document that the asker does not see.
func placeAll(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, folder string) error {
	rules, err := loadRules(ctx, tx, corpus, "")
	if err != nil {
		return err
	}
	all, err := below(ctx, tx, corpus, folder)
	if err != nil {
		return err
	}
	ids, classes, left := map[string][]string{}, map[string]Rule{}, map[string]bool{}
	var changed []string
	for _, p := range all {
		r := rules.decide(p)
		if id := r.class(corpus); id != p.class {
			ids[id] = append(ids[id], p.document)
			classes[id] = r
			left[p.class] = true
			changed = append(changed, p.document)
		}
	}
	if err := seesClasses(ctx, tx, sc, left); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if _, err := keepClass(ctx, tx, sc.Space(), corpus, classes[id]); err != nil {
			return err
		}
		if err := reclass(ctx, tx, id, ids[id]); err != nil {
			return err
		}
	}
	for class := range left {
		if err := dropClass(ctx, tx, corpus, class); err != nil {
			return err
		}
	}
	if len(changed) > wholeCorpus {
		return Changed(ctx, tx, ChangedCorpus, corpus)
	}
	return Changed(ctx, tx, ChangedDocument, changed...)
}

// below lists the documents of a corpus that lie in a folder, however deep.
func below(ctx context.Context, tx *store.Tx, corpus, folder string) ([]ruled, error) {
	query, args := `SELECT document, source, class, layer, own, hand FROM access WHERE corpus = $1 AND document <> $1`, []any{corpus}
	if folder != "" {
		query += ` AND source >= $2 AND source < $3`
		args = append(args, folder+"/", folder+"0") // 0 comes right behind /
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("auth: place: %w", err)
	}
	defer rows.Close()
	var out []ruled
	for rows.Next() {
		var p ruled
		if err := rows.Scan(&p.document, &p.source, &p.class, &p.layer, &p.own, &p.hand); err != nil {
			return nil, fmt.Errorf("auth: place: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// seesClasses is Denied unless the asker sees the documents of all of some classes.
func seesClasses(ctx context.Context, tx *store.Tx, sc scope.Scope, classes map[string]bool) error {
	if sc.All(sc.Space()) {
		return nil
	}
	for id := range classes {
		r, err := scanRule(tx.QueryRow(ctx, `SELECT `+ruleColumns+` FROM access_class WHERE id = $1`, id))
		if err != nil {
			return fmt.Errorf("auth: class: %w", err)
		}
		if !sc.Reads(r.Readers) {
			return errHidden
		}
	}
	return nil
}

func reclass(ctx context.Context, tx *store.Tx, class string, documents []string) error {
	for some := range slices.Chunk(documents, moveRows) {
		args := []any{class}
		for _, id := range some {
			args = append(args, id)
		}
		if _, err := tx.Exec(ctx, `UPDATE access SET class = $1 WHERE document IN (`+store.Marks(2, len(some))+`)`, args...); err != nil {
			return fmt.Errorf("auth: place: %w", err)
		}
	}
	return nil
}

// SetFile takes over the text of a .access file in a folder of a corpus ("" is the top), in
// place of the one before; an empty text takes it away. The problems are its lines that cannot be
// read, each of which denies what it is about. Needs Edit; it is Denied where it would change who
// reads something that the asker does not see, or where the folder is hidden from them.
func (d *Directory) SetFile(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, folder, text string) (problems []string, err error) {
	if !sc.May(scope.Edit) {
		return nil, errNotEditor
	}
	text = storable(text)
	f := parseAccess(folder, text)
	at, err := d.RuleAt(ctx, tx, corpus, f.name())
	if err != nil {
		return nil, err
	}
	if !sc.Reads(at.Readers) {
		return nil, errHidden
	}
	changed, err := putFile(ctx, tx, sc.Space(), corpus, folder, text)
	if err != nil || !changed {
		return f.problems(), err
	}
	if err := placeAll(ctx, tx, sc, corpus, folder); err != nil {
		return nil, err
	}
	return f.problems(), audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "access_file.set", Object: corpus + "/" + f.name(), Detail: map[string]any{"text": text}})
}

// storable is a text as a database can keep it; of one that is too large, enough is kept to see that.
func storable(text string) string {
	if len(text) > maxAccessFile {
		text = text[:maxAccessFile+1]
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return text
}

// putFile keeps the text, and says whether it is another than before.
func putFile(ctx context.Context, tx *store.Tx, space, corpus, folder, text string) (bool, error) {
	var n int64
	var err error
	if text == "" {
		n, err = tx.Exec(ctx, `DELETE FROM access_file WHERE corpus = $1 AND folder = $2`, corpus, folder)
	} else {
		n, err = tx.Exec(ctx, `INSERT INTO access_file (corpus, folder, space, text) VALUES ($1, $2, $3, $4)
			ON CONFLICT (corpus, folder) DO UPDATE SET text = excluded.text WHERE access_file.text <> excluded.text`, corpus, folder, space, text)
	}
	if err != nil {
		return false, errors.Join(errors.New("auth: access file"), err)
	}
	return n > 0, nil
}
