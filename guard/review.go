package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Verdict is what a reviewer makes of an incident.
type Verdict string

// The verdicts.
const (
	Confirm Verdict = "confirm" // it was caught rightly: it is remembered, and becomes a case
	Dismiss Verdict = "dismiss" // it was caught wrongly: it passes from now on, and becomes a case
	Release Verdict = "release" // it may go on, and nothing is learned: a passage in this revision of its document, else this person's text for 24 hours
)

// releaseTime is how long a released text of a person goes on.
const releaseTime = 24 * time.Hour

// maxNote is how many characters a note has.
const maxNote = 2000

var stateOf = map[Verdict]State{Confirm: Confirmed, Dismiss: Dismissed, Release: Released}

// Review keeps what a reviewer makes of an incident; a later verdict takes the place of an earlier
// one, with what followed from it. It holds from the next question on. note is up to 2,000
// characters. Needs Review.
func (g *Guards) Review(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string, v Verdict, note string) (i Incident, err error) {
	if err := mayReview(sc); err != nil {
		return Incident{}, err
	}
	state, ok := stateOf[v]
	if !ok {
		return Incident{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no verdict %q", v), Hint: "give confirm, dismiss or release"}
	}
	if note = strings.TrimSpace(clean(note)); utf8.RuneCountInString(note) > maxNote {
		return Incident{}, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a note has up to %d characters", maxNote), Hint: "say it in fewer words"}
	}
	err = g.Store.Write(ctx, func(tx *store.Tx) error {
		if i, err = incident(ctx, tx, sc, p, id); err != nil {
			return err
		}
		i.State, i.Note, i.Reviewer, i.Reviewed, i.Expires = state, note, p.ID, tx.Now, 0
		if v == Release && i.Document == "" {
			i.Expires = tx.Now + releaseTime.Microseconds()
		}
		_, err := tx.Exec(ctx, `UPDATE guard_incident SET state = $1, note = $2, reviewer = $3, reviewed = $4, expires = $5 WHERE id = $6`, i.State, i.Note, i.Reviewer, i.Reviewed, i.Expires, i.ID)
		if err != nil {
			return fmt.Errorf("guard: review %s: %w", id, err)
		}
		if err := g.follow(ctx, tx, i, v); err != nil {
			return fmt.Errorf("guard: review %s: %w", id, err)
		}
		if err := g.changed(ctx, tx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.review", Object: i.ID, Detail: map[string]any{"verdict": v, "place": i.Place, "checks": i.Checks}})
	})
	return i, err
}

// follow does what follows from a verdict, and takes back what followed from an earlier one.
func (g *Guards) follow(ctx context.Context, tx *store.Tx, i Incident, v Verdict) error {
	if _, err := tx.Exec(ctx, `DELETE FROM guard_attack WHERE space = $1 AND hash = $2`, i.Space, i.Fingerprint); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM guard_case WHERE space = $1 AND incident = $2`, i.Space, i.ID); err != nil {
		return err
	}
	if v == Confirm {
		if err := remember(ctx, tx, i); err != nil {
			return err
		}
	}
	if i.Text == "" || v == Release {
		return nil
	}
	c := Case{Place: i.Place, Text: i.Text, Question: i.Question, Expect: ExpectCatch, Incident: i.ID, Document: i.Document, Author: i.Reviewer, Note: i.Note}
	if v == Dismiss {
		c.Expect = ExpectAllow
	}
	_, err := putCase(ctx, tx, i.Space, c)
	return err
}

// learned are the checks whose findings say something of the words themselves: what was confirmed of
// them is found again by its words.
var learned = []string{Injection, Indirect, Content, Rules, Judge, Moderation}

// remember puts a confirmed attack into the memory.
func remember(ctx context.Context, tx *store.Tx, i Incident) error {
	n := slices.IndexFunc(i.Findings, func(f Finding) bool { return f.Action != Allow && slices.Contains(learned, f.Check) })
	if n < 0 {
		return nil
	}
	f := i.Findings[n]
	_, err := tx.Exec(ctx, `INSERT INTO guard_attack (space, hash, sketch, kind, incident, created) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (space, hash) DO NOTHING`,
		i.Space, i.Fingerprint, i.sketch, clean(f.Check+"/"+f.Kind), i.ID, tx.Now)
	return err
}
