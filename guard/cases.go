package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// What a case expects.
const (
	ExpectAllow = "allow"
	ExpectCatch = "catch" // any action but allow
)

// A Case is a text that a policy has to allow or to catch before it can be released.
type Case struct {
	ID       string `json:"id"`
	Place    Place  `json:"place"`
	Text     string `json:"text"`
	Question string `json:"question,omitempty"` // for which a passage was retrieved
	Expect   string `json:"expect"`             // ExpectAllow or ExpectCatch
	Incident string `json:"incident,omitempty"` // that it was made from
	Document string `json:"document,omitempty"` // that the text is from
	Author   string `json:"author,omitempty"`
	Note     string `json:"note,omitempty"`
	Created  int64  `json:"created"` // UTC microseconds

	fingerprint, revision string // of the incident
}

// A CaseResult is what a policy did with a case.
type CaseResult struct {
	Case     Case     `json:"case"`
	Decision Decision `json:"decision"`
	Passed   bool     `json:"passed"`
}

// A CaseRun is what a policy did with all cases.
type CaseRun struct {
	Policy  wenyuan.Version `json:"policy"`
	Passed  int             `json:"passed"`
	Failed  int             `json:"failed"`
	Results []CaseResult    `json:"results"` // the failed first
}

// MaxCases is how many cases a space has.
const MaxCases = 5000

// Cases lists the cases of the space, the newest first; of those that were made from a document or
// an incident only what the scope sees. Needs Review.
func (g *Guards) Cases(ctx context.Context, sc scope.Scope) (all []Case, err error) {
	if err := mayReview(sc); err != nil {
		return nil, err
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = casesOf(ctx, tx, sc)
		return err
	})
	return all, err
}

// casesOf are the cases of a space that the scope sees.
func casesOf(ctx context.Context, tx *store.Tx, sc scope.Scope) ([]Case, error) {
	var all []Case
	var from []Incident // what each is made from, as far as it says who may see it
	err := tx.Each(ctx, func(r store.Row) error {
		var c Case
		i := Incident{}
		if err := r.Scan(&c.ID, &c.Place, &c.Text, &c.Question, &c.Expect, &c.Incident, &c.Document, &c.Author, &c.Note, &c.Created, &i.Trace, &c.fingerprint, &c.revision); err != nil {
			return err
		}
		i.ID, i.Space, i.Place, i.Document, i.Revision, i.Question = c.ID, sc.Space(), c.Place, c.Document, c.revision, c.Question
		all, from = append(all, c), append(from, i)
		return nil
	}, `SELECT c.id, c.place, c.text, c.question, c.expect, c.incident, c.document, c.author, c.note, c.created, COALESCE(i.trace, ''), COALESCE(i.fingerprint, ''), COALESCE(i.revision, '')
		FROM guard_case c LEFT JOIN guard_incident i ON i.id = c.incident WHERE c.space = $1 ORDER BY c.id DESC`, sc.Space())
	if err != nil {
		return nil, fmt.Errorf("guard: cases: %w", err)
	}
	if err := hide(ctx, tx, sc, wenyuan.Principal{}, from); err != nil {
		return nil, err
	}
	seen := make([]Case, 0, len(all))
	for n, c := range all {
		if from[n].Space != "" {
			c.Question = from[n].Question
			seen = append(seen, c)
		}
	}
	return seen, nil
}

// AddCase keeps a case; one with the same place and text takes the place of the earlier one. Needs
// Review, and that the scope sees the document that it names.
func (g *Guards) AddCase(ctx context.Context, sc scope.Scope, p wenyuan.Principal, c Case) (Case, error) {
	if err := mayReview(sc); err != nil {
		return Case{}, err
	}
	c.Text, c.Question, c.Note, c.Author = clean(c.Text), clean(c.Question), clean(c.Note), p.ID
	switch {
	case !slices.Contains(Places(), c.Place):
		return Case{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no place %q", c.Place), Hint: "give input, retrieved, tool, output, log or data"}
	case c.Expect != ExpectAllow && c.Expect != ExpectCatch:
		return Case{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a case expects allow or catch, not %q", c.Expect), Hint: "give one of the two"}
	case c.Text == "" || utf8.RuneCountInString(c.Text) > maxDisplay:
		return Case{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the text of a case has 1 to %d characters", maxDisplay), Hint: "give the part of it that counts"}
	case utf8.RuneCountInString(c.Note) > maxNote || utf8.RuneCountInString(c.Question) > maxNote:
		return Case{}, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a note and a question have up to %d characters", maxNote), Hint: "say it in fewer words"}
	case c.Document != "" && !sc.Sees(sc.Space(), c.Document):
		return Case{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no document %q", c.Document), Hint: "leave the document out, or name one that you see"}
	}
	err := g.Store.Write(ctx, func(tx *store.Tx) error {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM guard_case WHERE space = $1`, sc.Space()).Scan(&n); err != nil {
			return fmt.Errorf("guard: add a case: %w", err)
		}
		if n >= MaxCases {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d cases already", n), Hint: "remove those that say the same"}
		}
		if c.Incident != "" {
			if _, err := incident(ctx, tx, sc, p, c.Incident); err != nil {
				return err
			}
		}
		var err error
		if c, err = putCase(ctx, tx, sc.Space(), c); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.case.add", Object: c.ID, Detail: map[string]any{"place": c.Place, "expect": c.Expect}})
	})
	return c, err
}

// putCase keeps a case in the place of one with the same text.
func putCase(ctx context.Context, tx *store.Tx, space string, c Case) (Case, error) {
	sum := sha256.Sum256([]byte(c.Text))
	c.ID, c.Created = store.NewID("gca"), tx.Now
	_, err := tx.Exec(ctx, `INSERT INTO guard_case (id, space, place, text, question, expect, incident, document, author, note, created, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (space, place, hash) DO UPDATE SET id = excluded.id, question = excluded.question, expect = excluded.expect, incident = excluded.incident, document = excluded.document,
			author = excluded.author, note = excluded.note, created = excluded.created`,
		c.ID, space, c.Place, c.Text, c.Question, c.Expect, c.Incident, c.Document, c.Author, c.Note, c.Created, hex.EncodeToString(sum[:]))
	if err != nil {
		return Case{}, fmt.Errorf("guard: keep a case: %w", err)
	}
	return c, nil
}

// RemoveCase takes a case away that the scope sees. Needs Review.
func (g *Guards) RemoveCase(ctx context.Context, sc scope.Scope, id string) error {
	if err := mayReview(sc); err != nil {
		return err
	}
	return g.Store.Write(ctx, func(tx *store.Tx) error {
		all, err := casesOf(ctx, tx, sc)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(c Case) bool { return c.ID == id }) {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no case %q", id), Hint: "the page of cases lists them"}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM guard_case WHERE id = $1 AND space = $2`, id, sc.Space()); err != nil {
			return fmt.Errorf("guard: remove a case: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.case.remove", Object: id})
	})
}

// RunCases runs a policy, saved or not, over the cases that the scope sees. It asks whom the policy names, but
// about words that may be of documents nobody outside.
// Needs Review.
func (g *Guards) RunCases(ctx context.Context, sc scope.Scope, policy Policy) (CaseRun, error) {
	if err := mayReview(sc); err != nil {
		return CaseRun{}, err
	}
	made, err := g.With(ctx, sc.Space(), policy)
	if err != nil {
		return CaseRun{}, err
	}
	var all []Case
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = casesOf(ctx, tx, sc)
		return err
	})
	if err != nil {
		return CaseRun{}, err
	}
	return made.run(ctx, all)
}

// maxRun is how long a run of cases may take. The checks that ship take microseconds a case; a
// service that hangs takes what the policy gives it, each time.
const maxRun = 2 * time.Minute

// run looks at every case as at a text that is met now: with what reviewers confirmed and let pass. A
// case of an incident is looked at under its fingerprint, because personal data was covered when its
// text was kept.
func (g *Guard) run(ctx context.Context, all []Case) (CaseRun, error) {
	out := CaseRun{Policy: g.version, Results: make([]CaseResult, 0, len(all))}
	limited, stop := context.WithTimeout(ctx, maxRun)
	defer stop()
	for n, c := range all {
		about := About{Question: c.Question, Dry: true, hash: c.fingerprint}
		if c.Place == Retrieved {
			about.Passage = &wenyuan.Passage{Text: c.Text, Document: c.Document, Revision: c.revision}
		}
		asked := limited
		if c.Document != "" || c.Place == Retrieved || c.Place == Tool || c.Place == Output {
			asked = wenyuan.StayInside(limited) // the words may be of a corpus that nothing leaves
		}
		d, err := g.Look(asked, c.Place, c.Text, about)
		if limited.Err() != nil && ctx.Err() == nil {
			return out, &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("after %s %d of %d cases were looked at", maxRun, n, len(all)),
				Hint: "whoever the policy asks answers too slowly: try it alone, or give the check a shorter timeout_ms", Err: err}
		}
		if err != nil {
			return out, err
		}
		r := CaseResult{Case: c, Decision: d, Passed: (d.Action == Allow) == (c.Expect == ExpectAllow)}
		if r.Passed {
			out.Passed++
		} else {
			out.Failed++
		}
		out.Results = append(out.Results, r)
	}
	slices.SortStableFunc(out.Results, func(a, b CaseResult) int {
		switch {
		case a.Passed == b.Passed:
			return 0
		case b.Passed:
			return -1
		}
		return 1
	})
	return out, nil
}
