package privacy

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// A Line is one thing that is kept of a person.
type Line struct {
	Kind  string `json:"kind"` // account, role, group, share, key, session, turn, conversation, memory, feedback, incident, case, token, imported, judgement, draft, judge, task, use, usage, limit, lease, trace, lineage, sample or audit
	Value any    `json:"value"`
}

// A Lineage says from which documents and versions an answer was derived.
type Lineage struct {
	Trace     string            `json:"trace"`
	Documents []Part            `json:"documents"`
	Versions  []wenyuan.Version `json:"versions"`
}

// A Part is a version of a document that had a part in an answer.
type Part struct {
	Document string `json:"document"`
	Revision string `json:"revision,omitempty"`
	Cited    bool   `json:"cited"`
}

// page is how much is read at once.
const page = 200

// Export gives out everything that is kept of a person, found by id, name or e-mail: to the person
// themselves and to operators; others are Denied. Answers come as far as the person may see them
// now, whoever asks; of the others there is the question and nothing that came from a document. It
// reads piece by piece and holds no snapshot while give works. That it was asked for stands in the
// audit.
func (k *Keeper) Export(ctx context.Context, sc scope.Scope, who wenyuan.Principal, person string, give func(Line) error) error {
	var p subject
	err := k.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if p, err = k.about(ctx, tx, sc, who, person, true); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Action: "person.export", Object: p.ID})
	})
	if err != nil {
		return err
	}
	for _, h := range holdings {
		if err := k.each(ctx, h, p.ID, give); err != nil {
			return err
		}
	}
	if err := k.traces(ctx, p, give); err != nil {
		return err
	}
	if err := k.samples(ctx, p, give); err != nil {
		return err
	}
	return audit.About(ctx, k.Store, p.Name, func(e audit.Entry) error { return give(Line{"audit", e}) })
}

// samples gives what was made of somebody's words for models to learn from.
func (k *Keeper) samples(ctx context.Context, p subject, give func(Line) error) error {
	known := map[string]scope.Scope{}
	scopes := func(space string) (sc scope.Scope, err error) {
		sc, there := known[space]
		if !there {
			sc, err = k.scopeOf(ctx, p, space)
			known[space] = sc
		}
		return sc, err
	}
	return dataset.Own(ctx, k.Store, scopes, p.ID, func(x dataset.Sample) error { return give(Line{"sample", x}) })
}

// each gives what a holding has of somebody, page by page.
func (k *Keeper) each(ctx context.Context, h holding, id string, give func(Line) error) error {
	for at := 0; ; at += page {
		var found []map[string]any
		err := k.Store.Read(ctx, func(tx *store.Tx) (err error) {
			found, err = values(ctx, tx, fmt.Sprintf("%s LIMIT %d OFFSET %d", h.find, page, at), id)
			return err
		})
		if err != nil {
			return err
		}
		for _, v := range found {
			if err := give(Line{h.kind, v}); err != nil {
				return err
			}
		}
		if len(found) < page {
			return nil
		}
	}
}

// values reads rows with the names of their columns.
func values(ctx context.Context, tx *store.Tx, query string, args ...any) (all []map[string]any, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("privacy: %w", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("privacy: %w", err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			return nil, fmt.Errorf("privacy: %w", err)
		}
		v := make(map[string]any, len(columns))
		for i, name := range columns {
			v[name] = *cells[i].(*any)
			if raw, ok := v[name].([]byte); ok {
				v[name] = string(raw)
			}
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// traces gives somebody's recorded questions, oldest first, each with what it was derived from.
func (k *Keeper) traces(ctx context.Context, p subject, give func(Line) error) error {
	scopes := map[string]scope.Scope{}
	for after := ""; ; {
		var found []map[string]any
		err := k.Store.Read(ctx, func(tx *store.Tx) (err error) {
			found, err = values(ctx, tx, fmt.Sprintf(`SELECT id, space, assistant, corpus, conversation, question, created, took, refused FROM trace WHERE principal = $1 AND id > $2 ORDER BY id LIMIT %d`, page), p.ID, after)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, row := range found {
			id, space := row["id"].(string), row["space"].(string)
			after = id
			if _, known := scopes[space]; !known {
				if scopes[space], err = k.scopeOf(ctx, p, space); err != nil {
					return err
				}
			}
			if err := k.trace(ctx, scopes[space], p, id, row, give); err != nil {
				return err
			}
		}
	}
}

// scopeOf is what somebody may see in a space now; nothing where they may not look into it.
func (k *Keeper) scopeOf(ctx context.Context, p subject, space string) (scope.Scope, error) {
	sc, err := k.Auth.Scope(ctx, auth.Identity{Kind: p.kind, Principal: wenyuan.Principal{ID: p.ID, Name: p.Name.Name}, Rights: scope.Every}, space)
	if code := wenyuan.CodeOf(err); code == wenyuan.NotFound || code == wenyuan.Denied {
		return scope.Scope{}, nil
	}
	return sc, err
}

// trace gives one recorded question: whole where it may be seen.
func (k *Keeper) trace(ctx context.Context, sc scope.Scope, p subject, id string, row map[string]any, give func(Line) error) error {
	var t trace.Trace
	var parts []Part
	err := k.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if t, err = trace.Get(ctx, tx, sc, wenyuan.Principal{ID: p.ID}, id); err != nil {
			return err
		}
		parts, err = partsOf(ctx, tx, id)
		return err
	})
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		row["withheld"] = true
		return give(Line{"trace", row})
	}
	if err != nil {
		return err
	}
	if err := give(Line{"trace", t}); err != nil {
		return err
	}
	return give(Line{"lineage", Lineage{id, parts, t.Answer.Versions}})
}

// partsOf are the documents that had a part in an answer and are still there.
func partsOf(ctx context.Context, tx *store.Tx, id string) ([]Part, error) {
	parts, err := store.List(ctx, tx, func(r store.Row) (p Part, err error) {
		err = r.Scan(&p.Document, &p.Revision, &p.Cited)
		return p, err
	}, `SELECT document, revision, cited FROM trace_document WHERE trace = $1 AND withdrawn = 0 ORDER BY document`, id)
	if err != nil {
		return nil, fmt.Errorf("privacy: %w", err)
	}
	return parts, nil
}
