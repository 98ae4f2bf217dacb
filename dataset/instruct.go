package dataset

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// InstructJob is the kind of the job in which a model writes rows from seeds; its key is the id of the run.
const InstructJob = "instruct"

// A Teacher is a model that writes rows. Equal settings are one version.
type Teacher struct {
	Name     string
	Settings any
	wenyuan.Model
}

// modelKind is the kind of version that the declaration of a model is kept as.
const modelKind = "model"

// An InstructOrder says what a model is to write. Seeds are the rows of a set, or are brought along.
type InstructOrder struct {
	Name     string     `json:"name" doc:"of the rows: samples are found again by it as their source; 1 to 200 characters"`
	From     string     `json:"from,omitempty" doc:"a data set whose training rows are the seeds: name, name@label, or the beginning of a hash"`
	Seeds    []form.Row `json:"seeds,omitempty" doc:"seeds that are brought along, in the place of a data set; up to 5000"`
	Model    string     `json:"model" doc:"the model that writes"`
	Rows     int        `json:"rows" doc:"how many are wanted, up to 100000"`
	Licence  string     `json:"licence" doc:"of what is written"`
	Language string     `json:"language,omitempty" enum:"en,zh" doc:"without it that of most seeds"`
	Tokens   int64      `json:"tokens,omitempty" doc:"the most that it may take, asked and written together; 1000000 where it is left out"`
	Parallel int        `json:"parallel,omitempty" doc:"calls under way at once, up to 16" default:"2"`
	Seed     int64      `json:"seed,omitempty" doc:"of what is drawn"`
	Without  []string   `json:"without,omitempty" doc:"words that nothing of it may have; up to 200"`
}

// Bounds and defaults of an order.
const (
	MaxSeeds      = 5000
	fewestSeeds   = 3
	maxInstructed = 100_000
	maxParallel   = 16
	usualParallel = 2
	usualTokens   = 1_000_000
	maxWithout    = 200
)

// The states of a run.
const (
	Queued  = "queued"
	Running = "running"
	Done    = "done"
	Stopped = "stopped"
	Failed  = "failed"
)

// An Instructed is a run in which a model writes rows from seeds, and what came of it.
type Instructed struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Principal string          `json:"principal" doc:"id of who began it"`
	Teacher   wenyuan.Version `json:"teacher"`
	From      string          `json:"from,omitempty" doc:"hash of the data set of the seeds"`
	Licence   string          `json:"licence"`
	Rows      int             `json:"rows" doc:"that are wanted"`
	Made      int             `json:"made" doc:"that were kept"`
	Rounds    int             `json:"rounds" doc:"calls that were answered"`
	TokensIn  int64           `json:"tokens_in"`
	TokensOut int64           `json:"tokens_out"`
	Budget    int64           `json:"budget" doc:"tokens that it may take"`
	Money     float64         `json:"money,omitempty"`
	Currency  string          `json:"currency,omitempty"`
	State     string          `json:"state" enum:"queued,running,done,stopped,failed"`
	Error     string          `json:"error,omitempty" doc:"why it ended before all rows were made"`
	Created   int64           `json:"created" doc:"UTC microseconds"`
	Finished  int64           `json:"finished,omitempty"`
	InstructCounts

	space string
	asker json.RawMessage
	order InstructOrder
}

// InstructCounts say what a run was made of and what it left out.
type InstructCounts struct {
	Language  string         `json:"language,omitempty"`
	Seeds     int            `json:"seeds"`
	SeedsLeft map[string]int `json:"seeds_left,omitempty" doc:"rows that are no seeds, by why: not one turn, bad, licence, consent, hidden, more"`
	Licences  map[string]int `json:"licences,omitempty" doc:"of the seeds"`
	Left      map[string]int `json:"left,omitempty" doc:"what was written and left out, by why: short, long, begins wrong, language, absent, no answer, refuses, echo, repeats, banned, program, alike, unreadable, withdrawn"`
	Barren    int            `json:"barren" doc:"the last calls, of which nothing was kept"`
	Key       string         `json:"key" doc:"SHA-256 of what makes an order the same: model, seeds, licence, language and words"`
}

// Instruct begins to have a model write rows from seeds, in the background, or goes on with the run of that name
// that was ordered in the same way and did not make all rows. Needs Edit.
func (s *Sets) Instruct(ctx context.Context, sc scope.Scope, id auth.Identity, o InstructOrder) (run Instructed, err error) {
	if err := mayEdit(sc); err != nil {
		return run, err
	}
	if err := o.check(); err != nil {
		return run, err
	}
	teacher, err := s.Teachers(ctx, sc, o.Model)
	if err != nil {
		return run, err
	}
	run = Instructed{space: sc.Space(), Name: o.Name, Principal: id.Principal.ID, order: o}
	if run.asker, err = json.Marshal(id); err != nil {
		return run, fmt.Errorf("dataset: instruct: %w", err)
	}
	if o.From != "" {
		set, err := s.Get(ctx, sc, o.From)
		if err != nil {
			return run, err
		}
		run.From = set.Hash
	}
	if run.Key, err = o.key(run.From); err != nil {
		return run, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if run.Teacher, err = version.Put(ctx, tx, sc.Space(), modelKind, teacher.Name, teacher.Settings); err != nil {
			return err
		}
		if run.ID, err = s.beginInstruct(ctx, tx, sc, run); err != nil {
			return err
		}
		if err := s.InstructLater(ctx, tx, sc.Space(), run.ID); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.instruct", Object: o.Name, Version: run.Teacher.Hash, Detail: map[string]any{"model": o.Model, "rows": o.Rows, "tokens": o.Tokens, "licence": o.Licence, "seeds": cmp.Or(run.From, fmt.Sprint(len(o.Seeds)))}}); err != nil {
			return err
		}
		run, err = instructed(ctx, tx, run.ID)
		return err
	})
	return run, err
}

// check holds an order against its bounds, and fills in what it leaves out.
func (o *InstructOrder) check() error {
	if err := (ImportOrder{Name: o.Name, Licence: o.Licence, Teacher: o.Model}).check(); err != nil {
		return err
	}
	o.Tokens, o.Parallel = cmp.Or(o.Tokens, usualTokens), cmp.Or(o.Parallel, usualParallel)
	long := func(w string) bool { return strings.TrimSpace(w) == "" || utf8.RuneCountInString(w) > maxSmall }
	switch {
	case strings.HasPrefix(o.Name, "mine:"):
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "names that begin with mine: are those of pairs that were mined", Hint: "take another name"}
	case strings.TrimSpace(o.Licence) == "":
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "nothing says under which licence the rows will stand", Hint: "give a licence that the model's terms allow, such as Apache-2.0"}
	case o.Model == "":
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "no model is named that should write", Hint: "wenyuan model list shows those that can"}
	case (o.From == "") == (len(o.Seeds) == 0):
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the seeds are the rows of a data set, or a file of rows", Hint: "give one of the two"}
	case len(o.Seeds) > MaxSeeds:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%d seeds are brought along, at most %d are taken", len(o.Seeds), MaxSeeds), Hint: "import them, make a data set of them, and name that"}
	case o.Rows < 1 || o.Rows > maxInstructed:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d rows cannot be written in one go", o.Rows), Hint: fmt.Sprintf("give 1 to %d", maxInstructed)}
	case o.Language != "" && o.Language != "en" && o.Language != "zh":
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("rows cannot be written in the language %q", o.Language), Hint: "en or zh"}
	case o.Tokens < 1 || o.Parallel < 1 || o.Parallel > maxParallel:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the tokens or the calls at once are out of their range", Hint: fmt.Sprintf("give 1 token or more, and 1 to %d calls", maxParallel)}
	case len(o.Without) > maxWithout || slices.ContainsFunc(o.Without, long):
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("up to %d words can be kept out, of up to %d characters each", maxWithout, maxSmall), Hint: "name fewer"}
	}
	for i, r := range o.Seeds {
		if err := r.Check(); err != nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the seed %d is no row", i+1), Hint: "wenyuan dataset import says what is wrong with a file", Err: err}
		}
	}
	return nil
}

// key is what two orders have the same that one may go on with the other's rows.
func (o InstructOrder) key(from string) (string, error) {
	o.From, o.Rows, o.Tokens, o.Parallel, o.Seed = from, 0, 0, 0, 0
	b, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("dataset: instruct: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

const instructColumns = `id, space, principal, asker, name, model, model_hash, dataset, wanted, data, rounds, made, tokens_in, tokens_out, money, currency, state, error, created, finished`

func scanInstruct(row store.Row) (r Instructed, err error) {
	var asker, order, data string
	var money int64
	err = row.Scan(&r.ID, &r.space, &r.Principal, &asker, &r.Name, &r.Teacher.Name, &r.Teacher.Hash, &r.From, &order, &data, &r.Rounds, &r.Made, &r.TokensIn, &r.TokensOut, &money, &r.Currency, &r.State, &r.Error, &r.Created, &r.Finished)
	if err != nil {
		return r, err
	}
	r.asker, r.Teacher.Kind, r.Money = json.RawMessage(asker), modelKind, float64(money)/1e6
	if err := json.Unmarshal([]byte(order), &r.order); err != nil {
		return r, err
	}
	r.Licence, r.Rows, r.Budget = r.order.Licence, r.order.Rows, r.order.Tokens
	return r, json.Unmarshal([]byte(data), &r.InstructCounts)
}

// beginInstruct keeps a run, or gives another amount of rows and tokens to the one of its name.
func (s *Sets) beginInstruct(ctx context.Context, tx *store.Tx, sc scope.Scope, run Instructed) (string, error) {
	order, err := json.Marshal(run.order)
	if err != nil {
		return "", fmt.Errorf("dataset: instruct: %w", err)
	}
	is, err := scanInstruct(tx.QueryRow(ctx, `SELECT `+instructColumns+` FROM instruct_run WHERE space = $1 AND name = $2 ORDER BY created DESC LIMIT 1`, sc.Space(), run.Name))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		data, err := json.Marshal(run.InstructCounts)
		if err != nil {
			return "", fmt.Errorf("dataset: instruct: %w", err)
		}
		run.ID = store.NewID("ins")
		_, err = tx.Exec(ctx, `INSERT INTO instruct_run (id, space, principal, asker, name, model, model_hash, dataset, wanted, data, state, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11)`,
			run.ID, sc.Space(), run.Principal, string(run.asker), run.Name, run.Teacher.Name, run.Teacher.Hash, run.From, string(order), string(data), tx.Now)
		if err != nil {
			return "", fmt.Errorf("dataset: instruct: %w", err)
		}
		return run.ID, nil
	case err != nil:
		return "", fmt.Errorf("dataset: instruct: %w", err)
	case is.Key != run.Key:
		return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("rows named %q were ordered before from another model, other seeds, or under another licence", run.Name), Hint: "take another name, or order them in the same way to go on"}
	}
	_, err = tx.Exec(ctx, `UPDATE instruct_run SET principal = $2, asker = $3, model_hash = $4, wanted = $5, state = 'queued', error = '', finished = 0 WHERE id = $1`, is.ID, run.Principal, string(run.asker), run.Teacher.Hash, string(order))
	if err != nil {
		return "", fmt.Errorf("dataset: instruct: %w", err)
	}
	return is.ID, nil
}

func noInstruct(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("no rows are written under %q", id), Hint: "wenyuan dataset instructed lists what is"}
}

// instructed finds a run for the work on it; it says nothing to a person.
func instructed(ctx context.Context, tx *store.Tx, id string) (Instructed, error) {
	r, err := scanInstruct(tx.QueryRow(ctx, `SELECT `+instructColumns+` FROM instruct_run WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, noInstruct(id)
	}
	if err != nil {
		return r, fmt.Errorf("dataset: instruct: %w", err)
	}
	return r, nil
}

// Instructed shows how far a run is. Needs Edit, Review or Own.
func (s *Sets) Instructed(ctx context.Context, sc scope.Scope, id string) (r Instructed, err error) {
	if err := mayRead(sc); err != nil {
		return r, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if r, err = instructed(ctx, tx, id); err == nil && r.space != sc.Space() {
			r, err = Instructed{}, noInstruct(id)
		}
		return err
	})
	return r, err
}

// InstructRuns lists the runs, the newest 100 first. Needs Edit, Review or Own.
func (s *Sets) InstructRuns(ctx context.Context, sc scope.Scope) (all []Instructed, err error) {
	if err := mayRead(sc); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.List(ctx, tx, scanInstruct, `SELECT `+instructColumns+` FROM instruct_run WHERE space = $1 ORDER BY created DESC, id DESC LIMIT 100`, sc.Space())
		if err != nil {
			return fmt.Errorf("dataset: instruct: %w", err)
		}
		return nil
	})
	return all, err
}

// StopInstruct stops a run of somebody's own, or as an owner of the space; what was written stays, and the same
// order goes on.
func (s *Sets) StopInstruct(ctx context.Context, sc scope.Scope, id auth.Identity, run string) (r Instructed, err error) {
	if err := mayEdit(sc); err != nil {
		return r, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if r, err = instructed(ctx, tx, run); err == nil && r.space != sc.Space() {
			err = noInstruct(run)
		}
		switch {
		case err != nil:
			return err
		case r.Principal != id.Principal.ID && !sc.May(scope.Own):
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "somebody else has these rows written", Hint: "ask them, or an owner of the space"}
		case r.State != Queued && r.State != Running:
			return nil
		}
		if err := endInstruct(ctx, tx, run, Stopped, ""); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.instruct.stop", Object: r.Name, Version: r.Teacher.Hash}); err != nil {
			return err
		}
		r, err = instructed(ctx, tx, run)
		return err
	})
	return r, err
}

// endInstruct ends a run that is not over.
func endInstruct(ctx context.Context, tx *store.Tx, id, state, why string) error {
	if _, err := tx.Exec(ctx, `UPDATE instruct_run SET state = $2, error = $3, finished = $4 WHERE id = $1 AND state IN ('queued', 'running')`, id, state, why, tx.Now); err != nil {
		return fmt.Errorf("dataset: instruct: %w", err)
	}
	return nil
}
