package guard

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

const incidentColumns = `id, space, policy, policy_hash, place, action, checks, kind, score, principal, assistant, trace, document, revision, passage, source, question, text, fingerprint, findings, times, state, reviewer, note, created, seen, reviewed, expires, sketch`

// scan reads a row of incidentColumns.
func scan(row store.Row) (i Incident, err error) {
	var checks, findings string
	var score int64
	err = row.Scan(&i.ID, &i.Space, &i.Policy, &i.PolicyHash, &i.Place, &i.Action, &checks, &i.Kind, &score, &i.Principal, &i.Assistant, &i.Trace, &i.Document, &i.Revision, &i.Passage, &i.Source,
		&i.Question, &i.Text, &i.Fingerprint, &findings, &i.Times, &i.State, &i.Reviewer, &i.Note, &i.Created, &i.Seen, &i.Reviewed, &i.Expires, &i.sketch)
	if err != nil {
		return i, err
	}
	i.Score, i.Checks = float64(score)/1000, strings.Split(checks, ",")
	return i, json.Unmarshal([]byte(findings), &i.Findings)
}

// mayReview is the right that incidents and cases need.
func mayReview(sc scope.Scope) error {
	if sc.May(scope.Review) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "what guards met is for the reviewers of the space", Hint: "ask an owner of the space for the role of a reviewer"}
}

// pageSize is how many incidents are read at once.
const pageSize = 500

// lastID is behind every id, however the database sorts.
const lastID = "zzz"

// maxLooked is how many of the newest incidents a page is made of.
const maxLooked = 20_000

// Incidents shows the newest incidents of the space that p may see, of its newest twenty thousand.
// One that is about a document is for who sees the document, without whose question it was where they may
// not see that, and one of an answer for who may see the trace. Needs Review.
func (g *Guards) Incidents(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f IncidentFilter) (IncidentPage, error) {
	if err := mayReview(sc); err != nil {
		return IncidentPage{}, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, MaxIncidents)
	page := IncidentPage{}
	columns, how := outlineColumns, scanOutline
	if f.Query != "" { // which may stand in any of them
		columns, how = incidentColumns, scan
	}
	err := g.Store.Read(ctx, func(tx *store.Tx) error {
		page = IncidentPage{Incidents: []Incident{}, Counts: map[State]int{}}
		for before, looked := lastID, 0; looked < maxLooked; {
			all, err := read(ctx, tx, sc, p, how, fmt.Sprintf(`SELECT `+columns+` FROM guard_incident WHERE space = $1 AND id < $2 ORDER BY id DESC LIMIT %d`, pageSize), sc.Space(), before)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				break
			}
			for _, i := range all {
				if i.Space != "" { // seen
					page.take(i, f)
				}
			}
			before, looked = all[len(all)-1].ID, looked+len(all)
		}
		for n, i := range page.Incidents {
			var err error
			if page.Incidents[n], err = incident(ctx, tx, sc, p, i.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return page, err
}

// take puts an incident on the page that belongs there, and counts it.
func (page *IncidentPage) take(i Incident, f IncidentFilter) {
	if f.Place != "" && i.Place != f.Place || f.Check != "" && !slices.Contains(i.Checks, f.Check) || f.Document != "" && i.Document != f.Document || !i.tells(f.Query) {
		return
	}
	page.Counts[i.State]++
	if f.State != "" && i.State != f.State || f.Before != "" && i.ID >= f.Before {
		return
	}
	if len(page.Incidents) < f.Limit {
		page.Incidents = append(page.Incidents, i)
	} else {
		page.Next = page.Incidents[f.Limit-1].ID
	}
}

// tells says whether some words stand in the incident.
func (i Incident) tells(words string) bool {
	if words == "" {
		return true
	}
	all := []string{i.ID, i.Text, i.Question, i.Source, i.Kind, i.Note, strings.Join(i.Checks, " ")}
	for _, f := range i.Findings {
		all = append(all, f.Kind, f.Evidence)
	}
	return strings.Contains(strings.ToLower(strings.Join(all, "\n")), strings.ToLower(words))
}

// read gives the incidents that a query finds. Of one that p may not see there is the id alone.
func read(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, scan func(store.Row) (Incident, error), query string, args ...any) (all []Incident, err error) {
	all, err = store.List(ctx, tx, scan, query, args...)
	if err != nil {
		return nil, fmt.Errorf("guard: incidents: %w", err)
	}
	for part := range slices.Chunk(all, pageSize) {
		if err := hide(ctx, tx, sc, p, part); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// hide leaves only the id of those that p may not see.
func hide(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, all []Incident) error {
	var traces []string
	named := map[string]bool{"": true}
	for _, i := range all {
		if !named[i.Trace] {
			named[i.Trace] = true
			traces = append(traces, i.Trace)
		}
	}
	seen, err := trace.Visible(ctx, tx, sc, p, traces)
	if err != nil {
		return err
	}
	hold, err := holding(ctx, tx, all)
	if err != nil {
		return err
	}
	for n, i := range all {
		visible, recorded := seen[i.Trace]
		switch {
		case i.Document != "" && !sc.Sees(sc.Space(), i.Document):
		case recorded && !visible && i.Document != "" && hold[i.Document] == i.Revision:
			// The words are the document's, whoever met them first: only what that person asked is not told.
			all[n].Question, all[n].Trace, all[n].Principal, all[n].Assistant = "", "", "", ""
			continue
		case recorded && !visible:
		// What a model wrote has words of documents that only the trace names.
		case !recorded && i.Trace != "" && (i.Place == Output || i.Place == Tool) && !sc.All(sc.Space()):
		default:
			continue
		}
		all[n] = Incident{ID: i.ID}
	}
	return nil
}

// holding are the revisions that hold of the documents that incidents are about.
func holding(ctx context.Context, tx *store.Tx, all []Incident) (map[string]string, error) {
	var documents []string
	for _, i := range all {
		if i.Document != "" && i.Trace != "" && !slices.Contains(documents, i.Document) {
			documents = append(documents, i.Document)
		}
	}
	out := map[string]string{}
	if len(documents) == 0 {
		return out, nil
	}
	err := tx.Each(ctx, func(r store.Row) error {
		var id, revision string
		if err := r.Scan(&id, &revision); err != nil {
			return err
		}
		out[id] = revision
		return nil
	}, `SELECT id, revision FROM document WHERE id IN (`+store.Marks(1, len(documents))+`)`, store.Args(documents)...)
	if err != nil {
		return nil, fmt.Errorf("guard: documents of incidents: %w", err)
	}
	return out, nil
}

// Incident finds one. One that p may not see is NotFound, as if it were not there. Needs Review.
func (g *Guards) Incident(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) (i Incident, err error) {
	if err := mayReview(sc); err != nil {
		return Incident{}, err
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		i, err = incident(ctx, tx, sc, p, id)
		return err
	})
	return i, err
}

func incident(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id string) (Incident, error) {
	i, err := scan(tx.QueryRow(ctx, `SELECT `+incidentColumns+` FROM guard_incident WHERE id = $1 AND space = $2`, id, sc.Space()))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Incident{}, fmt.Errorf("guard: incident %s: %w", id, err)
	}
	one := []Incident{i}
	if err == nil {
		if err := hide(ctx, tx, sc, p, one); err != nil {
			return Incident{}, err
		}
	}
	if one[0].Space == "" {
		return Incident{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no incident %q", id), Hint: "wenyuan guard incidents lists those that you may see"}
	}
	return one[0], nil
}
