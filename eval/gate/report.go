package gate

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/eval/record"
	"wenyuan/eval/stat"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Report is what the gate says of a version. It holds the words of no answer; those stand in its
// runs.
type Report struct {
	ID        string           `json:"id"`
	Space     string           `json:"-"`
	Principal string           `json:"principal" doc:"id of who asked for it"`
	Asker     json.RawMessage  `json:"-"`
	Subject   wenyuan.Version  `json:"subject"`
	Against   *wenyuan.Version `json:"against,omitempty" doc:"what it is compared with; missing where there is nothing in production"`
	Base      *wenyuan.Version `json:"base,omitempty" doc:"whose knowledge it should not have forgotten"`
	Policy    string           `json:"policy"`
	Hash      string           `json:"policy_hash"`
	Seed      uint64           `json:"seed" doc:"of what was made and drawn for it"`
	State     record.State     `json:"state" enum:"queued,running,done,stopped,failed"`
	Verdict   stat.Verdict     `json:"verdict,omitempty" doc:"of all parts: pass where all pass, fail where one fails"`
	Error     string           `json:"error,omitempty"`
	Parts     []PartReport     `json:"parts,omitempty"`
	Items     int              `json:"items" doc:"of all runs so far"`
	Done      int              `json:"done"`
	TokensIn  int64            `json:"tokens_in"`
	TokensOut int64            `json:"tokens_out"`
	Money     float64          `json:"money,omitempty"`
	Currency  string           `json:"currency,omitempty"`
	Created   int64            `json:"created" doc:"UTC microseconds"`
	Finished  int64            `json:"finished,omitempty"`
}

// LeftOut is the verdict of a part that had no set.
const LeftOut stat.Verdict = "left_out"

// A PartReport is what came out of one part.
type PartReport struct {
	Name       string         `json:"name"`
	Set        string         `json:"set,omitempty"`
	SetHash    string         `json:"set_hash,omitempty"`
	Verdict    stat.Verdict   `json:"verdict" enum:"pass,fail,too_few,left_out"`
	Why        []string       `json:"why" doc:"what the verdict rests on"`
	Needs      int            `json:"needs_more,omitempty" doc:"items that are missing, where there are too few"`
	Margin     float64        `json:"margin"`
	Subject    Side           `json:"subject"`
	Against    *Side          `json:"against,omitempty"`
	Base       *Side          `json:"base,omitempty"`
	Pairs      *stat.Pairs    `json:"pairs,omitempty" doc:"items by who was right: the subject first"`
	Difference *stat.Finding  `json:"difference,omitempty" doc:"from what it is compared with"`
	Scores     *stat.Interval `json:"scores,omitempty" doc:"of the difference of the average scores, by bootstrap (BCa), 95 %"`
	Forgetting *stat.Finding  `json:"forgetting,omitempty" doc:"from its base"`
	Drop       *float64       `json:"drop,omitempty" doc:"performance drop rate under attack: 1 - right under attack / right without"`
	DropBefore *float64       `json:"drop_before,omitempty" doc:"the same of what it is compared with"`
	Slices     []Slice        `json:"slices,omitempty"`
	Changed    []Change       `json:"changed,omitempty" doc:"items that came out otherwise than with what it is compared with; those that were right before come first, up to 200"`
}

// A Side is how one version did on a set.
type Side struct {
	Run      string        `json:"run,omitempty" doc:"the evaluation that holds the answers"`
	N        int           `json:"n"`
	Right    int           `json:"right"`
	Share    float64       `json:"share"`
	Interval stat.Interval `json:"interval" doc:"of the share, Wilson, 95 %"`
	Score    float64       `json:"score" doc:"on average"`
	Refused  int           `json:"refused"`
	Broken   int           `json:"broken" doc:"answers that are none"`
}

// A Slice is one group of items.
type Slice struct {
	Name   string     `json:"name"`
	N      int        `json:"n"`
	Share  float64    `json:"share"`
	Before *float64   `json:"before,omitempty"`
	Pairs  stat.Pairs `json:"pairs"`
	P      float64    `json:"p,omitempty" doc:"of no difference, exact McNemar, adjusted for all slices by Holm"`
}

// A Change is an item that came out otherwise.
type Change struct {
	Item  string `json:"item"`
	Slice string `json:"slice,omitempty"`
	Was   bool   `json:"was" doc:"whether it was right before"`
}

const reportColumns = `id, space, principal, asker, subject_kind, subject_name, subject_hash, policy_name, policy, state, verdict, error, data, created, finished`

// detail is what stands in the column data.
type detail struct {
	Against *wenyuan.Version `json:"against,omitempty"`
	Base    *wenyuan.Version `json:"base,omitempty"`
	Seed    uint64           `json:"seed"`
	Parts   []PartReport     `json:"parts,omitempty"`
}

func scan(row store.Row) (r Report, err error) {
	var asker, data string
	err = row.Scan(&r.ID, &r.Space, &r.Principal, &asker, &r.Subject.Kind, &r.Subject.Name, &r.Subject.Hash, &r.Policy, &r.Hash, &r.State, &r.Verdict, &r.Error, &data, &r.Created, &r.Finished)
	if err != nil {
		return r, err
	}
	var d detail
	err = json.Unmarshal([]byte(data), &d)
	r.Asker, r.Against, r.Base, r.Seed, r.Parts = json.RawMessage(asker), d.Against, d.Base, d.Seed, d.Parts
	return r, err
}

func (r Report) data() (string, error) {
	b, err := json.Marshal(detail{r.Against, r.Base, r.Seed, r.Parts})
	if err != nil {
		return "", fmt.Errorf("gate: %w", err)
	}
	return string(b), nil
}

// insert keeps a new report, queued.
func insert(ctx context.Context, tx *store.Tx, r Report) (string, error) {
	data, err := r.data()
	if err != nil {
		return "", err
	}
	r.ID = store.NewID("gate")
	_, err = tx.Exec(ctx, `INSERT INTO gate_report (`+reportColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', '', '', $10, $11, 0)`,
		r.ID, r.Space, r.Principal, string(r.Asker), r.Subject.Kind, r.Subject.Name, r.Subject.Hash, r.Policy, r.Hash, data, tx.Now)
	if err != nil {
		return "", fmt.Errorf("gate: %w", err)
	}
	return r.ID, nil
}

// get finds a report, with how far its runs are.
func get(ctx context.Context, tx *store.Tx, id string) (Report, error) {
	r, err := scan(tx.QueryRow(ctx, `SELECT `+reportColumns+` FROM gate_report WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Report{}, unknown(id)
	}
	if err != nil {
		return Report{}, fmt.Errorf("gate: %w", err)
	}
	return r, r.count(ctx, tx)
}

// count says how far its runs are, and what they took.
func (r *Report) count(ctx context.Context, tx *store.Tx) error {
	runs, err := record.Of(ctx, tx, r.ID)
	for _, x := range runs {
		r.Items, r.Done = r.Items+x.Items, r.Done+x.Done
		r.TokensIn, r.TokensOut, r.Money = r.TokensIn+x.TokensIn, r.TokensOut+x.TokensOut, r.Money+x.Money
		if x.Currency != "" {
			r.Currency = x.Currency
		}
	}
	return err
}

func unknown(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no report %q of the gate", id), Hint: "wenyuan gate list shows them"}
}

// Find shows a report of a space to who edits or reviews in it.
func Find(ctx context.Context, st *store.Store, sc scope.Scope, id string) (r Report, err error) {
	if err := record.Looks(sc); err != nil {
		return r, err
	}
	err = st.Read(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, id); err == nil && r.Space != sc.Space() {
			err = unknown(id)
		}
		return err
	})
	if err != nil {
		return Report{}, err
	}
	return r, nil
}

// MaxList is how many reports are listed at once.
const MaxList = 200

// List gives the reports of a space, newest first, without their parts.
func List(ctx context.Context, st *store.Store, sc scope.Scope, limit int) (all []Report, err error) {
	if err := record.Looks(sc); err != nil {
		return nil, err
	}
	if limit < 1 || limit > MaxList {
		limit = MaxList
	}
	err = st.Read(ctx, func(tx *store.Tx) error {
		all, err = store.List(ctx, tx, func(row store.Row) (Report, error) {
			r, err := scan(row)
			r.Parts = nil
			return r, err
		}, `SELECT `+reportColumns+` FROM gate_report WHERE space = $1 ORDER BY created DESC, id DESC LIMIT $2`, sc.Space(), limit)
		if err != nil {
			return fmt.Errorf("gate: %w", err)
		}
		for i := range all {
			if err := all[i].count(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// move says where a report stands. One that is done stays so.
func move(ctx context.Context, tx *store.Tx, id string, to record.State, why string) error {
	finished := int64(0)
	if to == record.Stopped || to == record.Failed {
		finished = tx.Now
	}
	_, err := tx.Exec(ctx, `UPDATE gate_report SET state = $2, error = $3, finished = $4 WHERE id = $1 AND state <> 'done' AND NOT (state = 'stopped' AND $2 IN ('failed', 'running'))`, id, string(to), why, finished)
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}

// finish keeps what came out.
func finish(ctx context.Context, tx *store.Tx, r Report) error {
	data, err := r.data()
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `UPDATE gate_report SET state = 'done', verdict = $2, error = '', data = $3, finished = $4 WHERE id = $1`, r.ID, string(r.Verdict), data, tx.Now); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}
