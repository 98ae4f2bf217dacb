package auth

import (
	"context"
	"database/sql"
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
		args = append(args, store.Args(above)...)
	}
	err := tx.Each(ctx, func(row store.Row) error {
		var folder, text string
		if err := row.Scan(&folder, &text); err != nil {
			return err
		}
		r.files[folder] = parseAccess(folder, text)
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("auth: rules: %w", err)
	}
	return r, nil
}

func (r *rules) loadGlobs(ctx context.Context, tx *store.Tx, corpus string) error {
	return tx.Each(ctx, func(row store.Row) (err error) {
		var g handGlob
		var readers string
		if err := row.Scan(&g.text, &readers); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(readers), &g.readers); err != nil {
			return err
		}
		if g.glob, err = parseGlob(g.text); err != nil {
			return fmt.Errorf("%q: %w", g.text, err)
		}
		r.globs = append(r.globs, g)
		return nil
	}, `SELECT glob, readers FROM access_glob WHERE corpus = $1 ORDER BY number DESC`, corpus)
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

// placeAll decides anew about the documents of a corpus below a folder; "" is all of it, with the
// corpus itself. Whoever calls it has found out that the asker may change the rules; it does not
// look at what it changes, so that nothing tells what there is.
func placeAll(ctx context.Context, tx *store.Tx, space, corpus, folder string) error {
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
	if err := keepClasses(ctx, tx, space, corpus, classes); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := reclass(ctx, tx, id, ids[id]); err != nil {
			return err
		}
	}
	if err := dropClasses(ctx, tx, corpus, slices.Sorted(maps.Keys(left))); err != nil {
		return err
	}
	if len(changed) > wholeCorpus {
		return Changed(ctx, tx, ChangedCorpus, corpus)
	}
	return Changed(ctx, tx, ChangedDocument, changed...)
}

// below lists the documents of a corpus that lie in a folder, however deep; at the top, the
// corpus is among them as something that lies anywhere.
func below(ctx context.Context, tx *store.Tx, corpus, folder string) ([]ruled, error) {
	query, args := `SELECT document, source, class, layer, own, hand FROM access WHERE corpus = $1`, []any{corpus}
	if folder != "" {
		query += ` AND source >= $2 AND source < $3`
		args = append(args, folder+"/", folder+"0") // 0 comes right behind /
	}
	out, err := store.List(ctx, tx, func(r store.Row) (p ruled, err error) {
		if err := r.Scan(&p.document, &p.source, &p.class, &p.layer, &p.own, &p.hand); err != nil {
			return p, err
		}
		if p.document == corpus {
			p.source = anywhere
		}
		return p, nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("auth: place: %w", err)
	}
	return out, nil
}

// governing are the rules that a .access file in a folder replaces or comes before: those of the
// files there and above, as far as they may hold for something below, and the corpus's default
// where none of them holds for everything.
func (r *rules) governing(folder string, least Rule) (all []Rule) {
	for at := folder; ; at = strings.TrimPrefix(path.Dir("/"+at), "/") {
		some, whole := r.files[at].below(strings.TrimPrefix(strings.TrimPrefix(folder, at), "/"))
		all = append(all, some...)
		if whole {
			return all
		}
		if at == "" {
			return append(all, least)
		}
	}
}

// mayRule is Denied unless the asker is a reader by all rules that a .access file in a folder
// replaces. It looks at no document: a refusal tells that there is a rule, and never whether
// something lies there. What is hidden by other rules stays under those.
func (d *Directory) mayRule(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, folder string) error {
	if sc.All(sc.Space()) {
		return nil
	}
	rules, err := loadRules(ctx, tx, corpus, path.Join(folder, accessName))
	if err != nil {
		return err
	}
	least, err := leastRule(ctx, tx, corpus)
	if err != nil {
		return err
	}
	for _, rule := range rules.governing(folder, least) {
		if !sc.Reads(rule.Readers) {
			return errHidden
		}
	}
	return nil
}

func reclass(ctx context.Context, tx *store.Tx, class string, documents []string) error {
	for some := range slices.Chunk(documents, moveRows) {
		args := append([]any{class}, store.Args(some)...)
		if _, err := tx.Exec(ctx, `UPDATE access SET class = $1 WHERE document IN (`+store.Marks(2, len(some))+`)`, args...); err != nil {
			return fmt.Errorf("auth: place: %w", err)
		}
	}
	return nil
}

// SetFile takes over the text of a .access file in a folder of a corpus ("" is the top), in
// place of the one before; an empty text takes it away. The problems are its lines that cannot be
// read, each of which denies what it is about. Needs Edit; it is Denied where the folder is hidden
// from the asker, or where one of the rules does not name them that it would take the place of.
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
	if same, err := hasFile(ctx, tx, corpus, folder, text); err != nil || same {
		return f.problems(), err
	}
	if err := d.mayRule(ctx, tx, sc, corpus, folder); err != nil {
		return nil, err
	}
	if err := putFile(ctx, tx, sc.Space(), corpus, folder, text); err != nil {
		return nil, err
	}
	if err := placeAll(ctx, tx, sc.Space(), corpus, folder); err != nil {
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

// hasFile says whether the file of a folder has this text already; "" stands for no file.
func hasFile(ctx context.Context, tx *store.Tx, corpus, folder, text string) (bool, error) {
	var now string
	err := tx.QueryRow(ctx, `SELECT text FROM access_file WHERE corpus = $1 AND folder = $2`, corpus, folder).Scan(&now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("auth: access file: %w", err)
	}
	return now == text, nil
}

// putFile keeps the text in the place of the one before.
func putFile(ctx context.Context, tx *store.Tx, space, corpus, folder, text string) (err error) {
	if text == "" {
		_, err = tx.Exec(ctx, `DELETE FROM access_file WHERE corpus = $1 AND folder = $2`, corpus, folder)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO access_file (corpus, folder, space, text) VALUES ($1, $2, $3, $4)
			ON CONFLICT (corpus, folder) DO UPDATE SET text = excluded.text`, corpus, folder, space, text)
	}
	if err != nil {
		return fmt.Errorf("auth: access file: %w", err)
	}
	return nil
}
