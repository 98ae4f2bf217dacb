package gate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/stat"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// An Admission says whether a version may be put in production, and why.
type Admission struct {
	Admitted bool         `json:"admitted"`
	Report   string       `json:"report,omitempty" doc:"the newest report that is done"`
	Verdict  stat.Verdict `json:"verdict,omitempty" doc:"of that report"`
	Waiver   string       `json:"waiver,omitempty" doc:"by which it may be used without a pass"`
	Reason   string       `json:"reason"`
}

// Admitted says whether a version may be put in production: by the newest report on it that is done,
// or because two people let it pass. Whoever moves the label production of something that has to be
// admitted asks it in the transaction that moves the label.
func Admitted(ctx context.Context, tx *store.Tx, space string, v wenyuan.Version) (a Admission, err error) {
	err = tx.QueryRow(ctx, `SELECT id, verdict FROM gate_report WHERE space = $1 AND subject_kind = $2 AND subject_hash = $3 AND state = 'done' ORDER BY finished DESC, id DESC LIMIT 1`, space, v.Kind, v.Hash).Scan(&a.Report, &a.Verdict)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("gate: %w", err)
	}
	if a.Verdict == stat.Pass {
		a.Admitted, a.Reason = true, "the gate has passed it"
		return a, nil
	}
	err = tx.QueryRow(ctx, `SELECT id FROM gate_waiver WHERE space = $1 AND subject_kind = $2 AND subject_hash = $3 AND state = 'approved' ORDER BY decided DESC LIMIT 1`, space, v.Kind, v.Hash).Scan(&a.Waiver)
	switch {
	case err == nil:
		a.Admitted, a.Reason = true, "two people let it pass without the gate"
	case !errors.Is(err, sql.ErrNoRows):
		return a, fmt.Errorf("gate: %w", err)
	case a.Report == "":
		a.Reason = "the gate has not looked at it"
	case a.Verdict == stat.TooFew:
		a.Reason = "the gate had too few items to tell"
	default:
		a.Reason = "the gate has refused it"
	}
	return a, nil
}

// NotAdmitted is the error of a version that may not be put in production.
func NotAdmitted(v wenyuan.Version, a Admission) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("%s:%s may not be put in production: %s", v.Kind, v.Name, a.Reason), Hint: "wenyuan gate run looks at it; wenyuan gate waive asks a second person to let it pass without"}
}

// A Waiver is the wish that a version be used without a pass.
type Waiver struct {
	ID        string          `json:"id"`
	Subject   wenyuan.Version `json:"subject"`
	Reason    string          `json:"reason"`
	AskedBy   string          `json:"asked_by" doc:"id of a person"`
	Asked     int64           `json:"asked" doc:"UTC microseconds"`
	State     string          `json:"state" enum:"open,approved,refused,withdrawn"`
	DecidedBy string          `json:"decided_by,omitempty" doc:"id of another person"`
	Decided   int64           `json:"decided,omitempty"`
}

// The states of a waiver.
const (
	Pending   = "open"
	Approved  = "approved"
	Refused   = "refused"
	Withdrawn = "withdrawn" // by who asked for it, also after it was approved
)

// maxReason is how many code points a reason may have.
const maxReason = 2000

const waiverColumns = `id, subject_kind, subject_name, subject_hash, reason, asked_by, asked, state, decided_by, decided`

func scanWaiver(row store.Row) (w Waiver, err error) {
	err = row.Scan(&w.ID, &w.Subject.Kind, &w.Subject.Name, &w.Subject.Hash, &w.Reason, &w.AskedBy, &w.Asked, &w.State, &w.DecidedBy, &w.Decided)
	return w, err
}

// Waive asks that a version be used without a pass. It is for editors of the space.
func (g *Gate) Waive(ctx context.Context, sc scope.Scope, id auth.Identity, subject, reason string) (w Waiver, err error) {
	if err := run.May(sc); err != nil {
		return w, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxReason || strings.Contains(reason, "\x00") {
		return w, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a reason has 1 to %d characters, this one has %d", maxReason, n), Hint: "say why the version is to be used without a pass"}
	}
	v, err := g.runs.Subjects.Resolve(ctx, sc, subject)
	if err != nil {
		return w, err
	}
	err = g.store.Write(ctx, func(tx *store.Tx) error {
		w = Waiver{ID: store.NewID("waiver"), Subject: v, Reason: reason, AskedBy: id.Principal.ID, Asked: tx.Now, State: Pending}
		_, err := tx.Exec(ctx, `INSERT INTO gate_waiver (id, space, subject_kind, subject_name, subject_hash, reason, asked_by, asked, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open')`,
			w.ID, sc.Space(), v.Kind, v.Name, v.Hash, reason, w.AskedBy, w.Asked)
		if err != nil {
			return fmt.Errorf("gate: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "gate.waive", Object: v.Kind + ":" + v.Name, Version: v.Hash, Detail: map[string]any{"waiver": w.ID}})
	})
	return w, err
}

// Decide approves a waiver or refuses it: an owner of the space, who is another person than who asked
// for it and comes themselves. Who asked for it may withdraw it.
func (g *Gate) Decide(ctx context.Context, sc scope.Scope, id auth.Identity, waiver, to string) (w Waiver, err error) {
	if to != Approved && to != Refused && to != Withdrawn {
		return w, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is nothing to decide", to), Hint: "one of approved, refused, withdrawn"}
	}
	err = g.store.Write(ctx, func(tx *store.Tx) error {
		w, err = scanWaiver(tx.QueryRow(ctx, `SELECT `+waiverColumns+` FROM gate_waiver WHERE id = $1 AND space = $2`, waiver, sc.Space()))
		if errors.Is(err, sql.ErrNoRows) || err == nil && record.Looks(sc) != nil {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no waiver %q", waiver), Hint: "wenyuan gate waivers shows them"}
		}
		if err != nil {
			return fmt.Errorf("gate: %w", err)
		}
		if err := mayDecide(sc, id, w, to); err != nil {
			return err
		}
		w.State, w.DecidedBy, w.Decided = to, id.Principal.ID, tx.Now
		if _, err := tx.Exec(ctx, `UPDATE gate_waiver SET state = $2, decided_by = $3, decided = $4 WHERE id = $1`, w.ID, to, w.DecidedBy, w.Decided); err != nil {
			return fmt.Errorf("gate: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "gate.decide", Object: w.Subject.Kind + ":" + w.Subject.Name, Version: w.Subject.Hash, Detail: map[string]any{"waiver": w.ID, "state": to, "asked_by": w.AskedBy}})
	})
	return w, err
}

// mayDecide says who may.
func mayDecide(sc scope.Scope, id auth.Identity, w Waiver, to string) error {
	own := w.AskedBy == id.Principal.ID
	switch {
	case to == Withdrawn && (own || sc.May(scope.Own)):
		return nil
	case to == Withdrawn:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only who asked for a waiver, or an owner of the space, may withdraw it", Hint: "ask one of them"}
	case w.State != Pending:
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "this waiver was decided before", Hint: "ask for another one"}
	case !sc.May(scope.Own):
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may let a version pass without the gate", Hint: "ask an owner of the space"}
	case own:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "a waiver is decided by another person than who asked for it", Hint: "ask another owner of the space"}
	case id.Kind != auth.Person || id.Behind != nil || id.ViewAs != "":
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "a waiver is decided by a person who comes themselves, not by a service or by whoever works on the machine", Hint: "sign in as an owner of the space"}
	}
	return nil
}

// Waivers lists them, newest first, for who edits or reviews in the space.
func Waivers(ctx context.Context, st *store.Store, sc scope.Scope) (all []Waiver, err error) {
	if err := record.Looks(sc); err != nil {
		return nil, err
	}
	err = st.Read(ctx, func(tx *store.Tx) error {
		all, err = store.List(ctx, tx, scanWaiver, `SELECT `+waiverColumns+` FROM gate_waiver WHERE space = $1 ORDER BY asked DESC, id DESC LIMIT $2`, sc.Space(), MaxList)
		if err != nil {
			return fmt.Errorf("gate: %w", err)
		}
		return nil
	})
	return all, err
}
