// Package privacy knows everything that the house keeps of a person: it gives it out, takes it
// away, and drops what is older than a space wants it kept.
//
// What is kept stands in one list (holdings), with the statement that finds it and the one that
// takes it away; a test holds that list against the schema. Taking away leaves no word of the
// person's behind, says what it took, and says what stays and why: versions that they made and
// others may use, rules that name them. What an answer was made of is given out only as far as the
// person may see it now. A stranger would break that first: a table that holds something of a
// person goes into the list.
package privacy

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Config is what a Keeper is made of.
type Config struct {
	Store     *store.Store
	Auth      *auth.Directory
	Forget    func(person string) // forgets what this server holds of somebody in memory; nil: it holds nothing
	Removed   func(space string)  // forgets what this server holds of a space beside the database; nil: it holds nothing
	AuditDays int                 // after which entries of the audit are dropped; 0: never
	Log       *slog.Logger
}

// A Keeper gives out, erases and drops. Its methods may be called from many goroutines.
type Keeper struct {
	Config
	stop    context.CancelFunc
	stopped chan struct{}
}

// New makes the room. It does nothing by itself until Start.
func New(c Config) *Keeper {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return &Keeper{Config: c}
}

// A holding is one kind of thing that is kept of a person. The statements get the person's id.
type holding struct {
	kind   string
	find   string // gives what is exported, in a stable order
	remove string // "": it goes with the account
}

// theirs are the counters of a person and of their keys.
const theirs = `(kind = 'person' AND subject = $1 OR kind = 'key' AND subject IN (SELECT id FROM access_key WHERE person = $1))`

// holdings are what is kept of a person beside traces and the audit, in the order in which it is
// taken away.
var holdings = []holding{
	{"account", `SELECT id, kind, name, email, operator, disabled, external, created, updated FROM person WHERE id = $1`, ""},
	{"role", `SELECT s.name AS space, m.role FROM space_member m JOIN space s ON s.id = m.space WHERE m.kind = 'person' AND m.member = $1 ORDER BY 1, 2`, ""},
	{"group", `SELECT g.name, m.source FROM group_member m JOIN person_group g ON g.id = m.grp WHERE m.kind = 'person' AND m.member = $1 ORDER BY 1, 2`, ""},
	{"share", `SELECT s.name AS space, a.assistant FROM assistant_share a JOIN space s ON s.id = a.space WHERE a.kind = 'person' AND a.member = $1 ORDER BY 1, 2`, ""},
	{"key", `SELECT id, name, can, space, created, expires, used, revoked FROM access_key WHERE person = $1 ORDER BY id`, ""},
	{"session", `SELECT id, created, seen, expires, address, agent, way FROM signin_session WHERE person = $1 ORDER BY id`, ""},
	{"turn", `SELECT c.space, t.conversation, t.number, t.question, t.trace, t.created FROM turn t JOIN conversation c ON c.id = t.conversation WHERE c.principal = $1 ORDER BY 2, 3`,
		`DELETE FROM turn WHERE conversation IN (SELECT id FROM conversation WHERE principal = $1)`},
	{"conversation", `SELECT id, space, assistant, version, title, created, updated FROM conversation WHERE principal = $1 ORDER BY id`, `DELETE FROM conversation WHERE principal = $1`},
	{"memory", `SELECT id, space, text, conversation, created FROM memory WHERE principal = $1 ORDER BY id`, `DELETE FROM memory WHERE principal = $1`},
	{"feedback", `SELECT trace, space, rating, corrected, reason, created FROM feedback WHERE principal = $1 ORDER BY trace`, `DELETE FROM feedback WHERE principal = $1`},
	{"incident", `SELECT id, space, place, action, checks, kind, assistant, trace, question, CASE WHEN place = 'input' THEN text ELSE '' END AS text, times, state, created FROM guard_incident WHERE principal = $1 ORDER BY id`, ""},
	{"case", `SELECT id, space, place, expect, note, created FROM guard_case WHERE author = $1 ORDER BY id`, ""},
	{"token", `SELECT space, conversation, token, kind, value, created FROM guard_token WHERE principal = $1 ORDER BY space, conversation, token`, ""},
	{"written", `SELECT id, space, name, model, made, state, created FROM instruct_run WHERE principal = $1 ORDER BY id`, ""},
	{"mined", `SELECT id, space, dry, state, created FROM mine_run WHERE principal = $1 ORDER BY id`, `DELETE FROM mine_run WHERE principal = $1`},
	{"run", `SELECT id, space, name, state, created FROM train_run WHERE principal = $1 ORDER BY id`, `UPDATE train_run SET principal = '' WHERE principal = $1`},
	{"release", `SELECT id, space, model, adapter, state, CASE WHEN taker = $1 THEN why ELSE '' END AS reason, created FROM release WHERE principal = $1 OR taker = $1 ORDER BY id`,
		`UPDATE release SET principal = CASE WHEN principal = $1 THEN '' ELSE principal END, why = CASE WHEN taker = $1 THEN '' ELSE why END, taker = CASE WHEN taker = $1 THEN '' ELSE taker END WHERE principal = $1 OR taker = $1`},
	{"evaluation", `SELECT id, space, subject_kind, subject_name, subject_hash, set_name, state, created FROM eval_run WHERE principal = $1 UNION ALL SELECT id, space, subject_kind, subject_name, subject_hash, policy_name, state, created FROM gate_report WHERE principal = $1 ORDER BY 1`, ""},
	{"waiver", `SELECT id, space, subject_kind, subject_name, subject_hash, reason, asked, state FROM gate_waiver WHERE asked_by = $1 ORDER BY id`, `UPDATE gate_waiver SET asked_by = '', reason = '' WHERE asked_by = $1`},
	{"imported", `SELECT t.space, t.name AS task, j.item, j.decides, j.body, j.skipped, j.created FROM judge_judgement j JOIN judge_item i ON i.id = j.item JOIN judge_task t ON t.id = i.task WHERE j.principal = 'import:' || $1 ORDER BY j.item, j.decides`,
		`UPDATE judge_item SET raw = '' WHERE id IN (SELECT item FROM judge_judgement WHERE principal = 'import:' || $1)`},
	{"judgement", `SELECT t.space, t.name AS task, j.item, j.decides, j.guidelines, j.body, j.skipped, j.created FROM judge_judgement j JOIN judge_item i ON i.id = j.item JOIN judge_task t ON t.id = i.task WHERE j.principal = $1 ORDER BY j.item, j.decides`,
		`DELETE FROM judge_judgement WHERE principal = $1 OR principal = 'import:' || $1`},
	{"draft", `SELECT t.space, t.name AS task, l.item, l.draft, l.begun FROM judge_lease l JOIN judge_item i ON i.id = l.item JOIN judge_task t ON t.id = i.task WHERE l.principal = $1 ORDER BY l.item`, `DELETE FROM judge_lease WHERE principal = $1`},
	{"judge", `SELECT t.space, t.name AS task, p.named, p.aside, p.note FROM judge_person p JOIN judge_task t ON t.id = p.task WHERE p.principal = $1 ORDER BY t.space, t.name`, `DELETE FROM judge_person WHERE principal = $1 OR principal = 'import:' || $1`},
	{"task", `SELECT space, name, kind, state, created FROM judge_task WHERE principal = $1 ORDER BY id`, `UPDATE judge_task SET principal = '' WHERE principal = $1`},
	{"use", `SELECT space, kind, subject, resource, span, currency, since, used FROM limit_use WHERE ` + theirs + ` ORDER BY 1, 2, 3, 4, 5, 6, 7`, `DELETE FROM limit_use WHERE ` + theirs},
	{"usage", `SELECT space, key, model, hash, since, requests, failed, cached, tokens_in, tokens_out, money, currency FROM usage_hour WHERE principal = $1 ORDER BY since, space, key, model, hash, currency`, `DELETE FROM usage_hour WHERE principal = $1`},
	{"limit", `SELECT space, kind, subject, resource, span, currency, soft, hard FROM limit_rule WHERE ` + theirs + ` ORDER BY 1, 2, 3, 4, 5, 6`, `DELETE FROM limit_rule WHERE ` + theirs},
	{"lease", `SELECT space, kind, subject, resource, span, amount FROM limit_lease WHERE ` + theirs + ` ORDER BY 1, 2, 3, 4, 5`, `DELETE FROM limit_lease WHERE ` + theirs},
}

// subject is whom it is about.
type subject struct {
	audit.Name
	kind string
}

// about finds whom it is about, for an operator, and for the person themselves where own is set.
func (k *Keeper) about(ctx context.Context, tx *store.Tx, sc scope.Scope, who wenyuan.Principal, person string, own bool) (p subject, err error) {
	err = tx.QueryRow(ctx, `SELECT id, kind, name, email FROM person WHERE id = $1 OR fold = $2 OR email = $2 AND email <> '' ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, person, auth.Fold(person)).Scan(&p.ID, &p.kind, &p.Name.Name, &p.Email)
	missing := errors.Is(err, sql.ErrNoRows)
	if err != nil && !missing {
		return p, fmt.Errorf("privacy: %w", err)
	}
	switch {
	case sc.May(scope.Operate) && missing:
		return p, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no person %q", person), Hint: "wenyuan person list shows who there is"}
	case sc.May(scope.Operate):
	case own && !missing && p.ID == who.ID:
	case own:
		return p, &wenyuan.Error{Code: wenyuan.Denied, Message: "what is kept of a person is for that person and for operators", Hint: "give your own name, or ask an operator"}
	default:
		return p, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator erases a person", Hint: "ask an operator"}
	}
	p.Also, err = texts(ctx, tx, `SELECT id FROM access_key WHERE person = $1 UNION ALL SELECT id FROM signin_session WHERE person = $1`, p.ID)
	return p, err
}

// texts reads a query of one column of texts.
func texts(ctx context.Context, tx *store.Tx, query string, args ...any) (all []string, err error) {
	all, err = store.Column[string](ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("privacy: %w", err)
	}
	return all, nil
}
