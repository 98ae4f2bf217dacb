package guard

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan/guard/pii"
	"wenyuan/guard/reading"
	"wenyuan/guard/sketch"
	"wenyuan/store"
	"wenyuan/trace"
)

// keep makes an incident of a decision that is more than allow. Personal data that is covered makes
// none: the policy wants it so. Nor does what is about to be recorded, which is no act of anybody's.
func (g *Guard) keep(ctx context.Context, d *Decision, x *look) {
	personal := !slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Action != Allow && (f.Check != PII || f.Action != Mask) })
	if d.Action == Allow || x.about.Dry || x.place == Log || x.place == Data || personal || g.guards.Store == nil {
		return
	}
	i := g.incident(*d, x)
	if d.Incident = g.guards.sighted(i); d.Incident != "" || i.Document == "" && g.guards.hasty(g.space, i.Principal) {
		return
	}
	// Who went away must not leave what was met unrecorded.
	ctx = context.WithoutCancel(ctx)
	err := g.guards.Store.Write(ctx, func(tx *store.Tx) (err error) {
		d.Incident, err = g.guards.save(ctx, tx, i, x)
		return err
	})
	if err != nil {
		d.Incident = ""
		g.guards.failed.Add(1)
		g.guards.Log.Error("an incident was not kept", "space", g.space, "place", d.Place, "action", d.Action, "error", err)
		return
	}
	g.guards.written.Add(1)
	g.guards.kept.add(i.same(), sighting{d.Incident, g.guards.Store.Now()})
}

// A sighting is when an incident was last counted up.
type sighting struct {
	incident string
	at       int64
}

// sightings is how often the incident of one passage is counted up at most, in microseconds: a passage
// that is found for every other question must not cost each of them a write.
const sightings = 60_000_000

// sighted is the incident of a passage that was counted up just now; empty for none.
func (g *Guards) sighted(i Incident) string {
	s, ok := g.kept.get(i.same())
	if !ok || i.Document == "" || g.Store.Now()-s.at > sightings {
		return ""
	}
	return s.incident
}

// same is equal for incidents of the same thing.
func (i Incident) same() string {
	return strings.Join([]string{i.Space, string(i.Place), i.Fingerprint, i.Document, i.Revision, string(i.Action)}, "\n")
}

// incident is what is kept of a decision.
func (g *Guard) incident(d Decision, x *look) Incident {
	first := d.Findings[0]
	i := Incident{Space: g.space, Policy: g.version.Name, PolicyHash: g.version.Hash, Place: d.Place, Action: d.Action, Kind: first.Kind, Score: first.Score,
		Principal: x.about.Principal, Assistant: x.about.Assistant, Trace: x.about.Trace, Fingerprint: x.hash, Findings: d.Findings, State: Opened}
	if d.Action == Ask {
		i.State = Waiting
	}
	for _, f := range d.Findings {
		if f.Action != Allow && !slices.Contains(i.Checks, f.Check) {
			i.Checks = append(i.Checks, f.Check)
		}
	}
	if p := x.about.Passage; p != nil {
		i.Document, i.Revision, i.Passage, i.Source = p.Document, p.Revision, p.ID, p.Source
	}
	i.sketch = x.sketch(d)
	i.Text = pii.Covered(clip(clean(x.raw), maxDisplay), quiet...)
	if first.name != "" {
		i.ofName(first.name)
	}
	i.Question = pii.Covered(clip(clean(x.about.Question), 2000), quiet...)
	return i
}

// maxAttack is how long a text is that is an attack as a whole, in bytes. Of a longer one, and of what
// was retrieved, the words that were caught are: the rest may be anything, and must not be found again.
const maxAttack = 2000

// sketch is the sketch of what was caught; empty where what was caught are no words.
func (x *look) sketch(d Decision) string {
	n := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Action != Allow && slices.Contains(learned, f.Check) })
	if n < 0 {
		return ""
	}
	f := d.Findings[n]
	if len(x.raw) <= maxAttack && x.place == Input {
		return sketch.Of(x.parts[0].text.Folded).String()
	}
	if f.End <= f.Start {
		return ""
	}
	words := x.raw[x.points.byteOf(x.raw, f.Start):x.points.byteOf(x.raw, f.End)]
	if utf8.RuneCountInString(words) < leastAttack {
		return ""
	}
	return sketch.Of(reading.Fold(words).Folded).String()
}

// leastAttack is how many characters an attack has that is found again by resemblance.
const leastAttack = 20

// save keeps an incident, or counts up the one that is there of the same text.
func (g *Guards) save(ctx context.Context, tx *store.Tx, i Incident, x *look) (id string, err error) {
	policy, err := trace.PolicyOf(ctx, tx, i.Space)
	if err != nil {
		return "", err
	}
	i.Findings = slices.Clone(i.Findings)
	removed, err := trace.Removed(ctx, tx, x.documents())
	if err != nil {
		return "", err
	}
	if !x.about.Keep || policy.Record != trace.Everything || removed {
		i.wordless()
	}
	if policy.Record == trace.Nothing {
		i.Principal, i.Trace = "", ""
	}
	who, states := "", []State{Opened, Confirmed}
	if i.State == Waiting { // what waits is let go on for one person
		who, states = i.Principal, []State{Waiting, Confirmed}
	}
	err = tx.QueryRow(ctx, `SELECT id FROM guard_incident WHERE space = $1 AND fingerprint = $2 AND place = $3 AND document = $4 AND revision = $5 AND state IN ($6, $7) AND ($8 = '' OR principal = $8) ORDER BY id DESC LIMIT 1`,
		i.Space, i.Fingerprint, i.Place, i.Document, i.Revision, states[0], states[1], who).Scan(&id)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE guard_incident SET times = times + 1, seen = $1 WHERE id = $2`, tx.Now, id)
	} else if errors.Is(err, sql.ErrNoRows) {
		if id, err = insert(ctx, tx, i); err == nil {
			err = g.bound(ctx, tx, i.Space)
		}
	}
	if err != nil {
		return "", fmt.Errorf("guard: keep an incident: %w", err)
	}
	return id, nil
}

func insert(ctx context.Context, tx *store.Tx, i Incident) (id string, err error) {
	findings, err := json.Marshal(i.Findings)
	if err != nil {
		return "", err
	}
	id = store.NewID("inc")
	_, err = tx.Exec(ctx, `INSERT INTO guard_incident (id, space, policy, policy_hash, place, action, checks, kind, score, principal, assistant, trace, document, revision, passage, source, question, text, fingerprint, findings, state, created, seen, sketch)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22, $23)`,
		id, i.Space, i.Policy, i.PolicyHash, i.Place, i.Action, strings.Join(i.Checks, ","), clean(i.Kind), int64(math.Round(i.Score*1000)), i.Principal, i.Assistant, i.Trace,
		i.Document, i.Revision, i.Passage, clean(i.Source), i.Question, i.Text, i.Fingerprint, clean(string(findings)), i.State, tx.Now, i.sketch)
	return id, err
}

// wordless takes every word out of an incident that somebody wrote.
func (i *Incident) wordless() {
	i.Text, i.Question = "", ""
	for n := range i.Findings {
		i.Findings[n].Evidence = ""
	}
}

// documents are those that the text may have words of.
func (x *look) documents() (ids []string) {
	all := x.about.Passages
	if x.about.Passage != nil {
		all = append(slices.Clone(all), *x.about.Passage)
	}
	for _, p := range all {
		if p.Document != "" && !slices.Contains(ids, p.Document) {
			ids = append(ids, p.Document)
		}
	}
	return ids
}
