package eval

import (
	"context"
	"fmt"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/check"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// AgreementKind is the kind of version that an agreement is kept as, named by the judge;
// AgreementLabel says which measurement holds.
const (
	AgreementKind  = "agreement"
	AgreementLabel = "measured"
)

// An Agreement says how well a judge, and beside it the built-in checker, agrees with
// people on whether evidence carries a claim.
type Agreement struct {
	Judge   string  `json:"judge" doc:"name of the model"`
	Model   string  `json:"model" doc:"version of its declaration when it was measured"`
	Set     string  `json:"set" doc:"what was judged, for the reader"`
	SetHash string  `json:"set_hash" doc:"SHA-256 of the rows that were judged"`
	Created int64   `json:"created" doc:"UTC microseconds"`
	Failed  int     `json:"failed" doc:"rows on which the judge gave no opinion; they count as not carried"`
	Took    int64   `json:"took_us" doc:"of the judge for all rows, microseconds of waiting together"`
	Figures         // of the judge
	Checker Figures `json:"checker" doc:"the same of the built-in checker on the same rows"`
}

// Figures compare yes and no with those of people.
type Figures struct {
	N        int      `json:"n" doc:"rows"`
	Accuracy float64  `json:"accuracy" doc:"share of rows on which both say the same, 0 to 1"`
	Kappa    float64  `json:"kappa" doc:"Cohen's kappa, -1 to 1: 0 is what chance would give"`
	AUROC    *float64 `json:"auroc" doc:"chance that a row that people find carried is rated higher than another; null when people say the same of all"`
	// The four outcomes: what people say first, what is compared second.
	YesYes int `json:"yes_yes" doc:"carried for both"`
	YesNo  int `json:"yes_no" doc:"carried for people only"`
	NoYes  int `json:"no_yes" doc:"carried for the judge only"`
	NoNo   int `json:"no_no" doc:"carried for neither"`
}

// compare fills in the figures. said holds for each row what people say and how sure the
// other is, who says yes where flagged is false.
func compare(said []mark) (f Figures) {
	for _, m := range said {
		switch {
		case m.supported && !m.flagged:
			f.YesYes++
		case m.supported:
			f.YesNo++
		case !m.flagged:
			f.NoYes++
		default:
			f.NoNo++
		}
	}
	f.N = len(said)
	if f.N == 0 {
		return f
	}
	n := float64(f.N)
	f.Accuracy = float64(f.YesYes+f.NoNo) / n
	f.Kappa = kappa(f)
	f.AUROC = auroc(said)
	return f
}

// kappa is the agreement beyond what chance would give two who say yes as often as these
// (Cohen, "A coefficient of agreement for nominal scales", 1960); 0 where chance alone
// would always agree.
func kappa(f Figures) float64 {
	n := float64(f.N)
	people, other := float64(f.YesYes+f.YesNo)/n, float64(f.YesYes+f.NoYes)/n
	chance := people*other + (1-people)*(1-other)
	if chance == 1 {
		return 0
	}
	return (f.Accuracy - chance) / (1 - chance)
}

// carried is the opinion from which a judge says yes: the evidence carries the claim more
// likely than not, as for an answer's sentences.
const carried = 0.5

const atOnce = 4 // rows a judge is asked about at the same time

// Agree asks a judge about every row and compares with people. progress may be nil. An
// error that would come again, such as a wrong key, ends the run; rows on which the judge
// fails otherwise are counted. When it fails on all, the last failure is the error.
func Agree(ctx context.Context, judge wenyuan.Judge, rows []Labelled, progress func(n, of int)) (Agreement, error) {
	if len(rows) == 0 {
		return Agreement{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no row to judge", Hint: "give a file of JSON lines, each with claim, evidence and label"}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := poll{judge: judge, stop: stop, progress: progress, marks: make([]mark, len(rows))}
	todo := make(chan int)
	var wait sync.WaitGroup
	for range min(atOnce, len(rows)) {
		wait.Go(func() {
			for i := range todo {
				p.ask(ctx, i, rows[i])
			}
		})
	}
	for i := range rows {
		select {
		case todo <- i:
		case <-ctx.Done():
		}
	}
	close(todo)
	wait.Wait()
	if ctx.Err() != nil {
		return Agreement{}, fmt.Errorf("eval judge: %w", context.Cause(ctx))
	}
	if p.failed == len(rows) {
		return Agreement{}, fmt.Errorf("eval judge: no opinion at all: %w", p.last)
	}
	hash, err := version.Hash(rows)
	if err != nil {
		return Agreement{}, fmt.Errorf("eval judge: %w", err)
	}
	return Agreement{SetHash: hash, Created: time.Now().UnixMicro(), Failed: p.failed, Took: p.took.Microseconds(),
		Figures: compare(p.marks), Checker: compare(checked(rows))}, nil
}

// A poll gathers opinions.
type poll struct {
	judge    wenyuan.Judge
	stop     context.CancelCauseFunc
	progress func(n, of int)

	mu           sync.Mutex
	marks        []mark
	done, failed int
	took         time.Duration
	last         error
}

func (p *poll) ask(ctx context.Context, i int, row Labelled) {
	start := time.Now()
	o, err := p.judge.Judge(ctx, row.text(), row.Claim)
	took := time.Since(start)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marks[i] = mark{o.Entailed, row.Supported, o.Entailed < carried}
	p.took += took
	if err != nil {
		p.marks[i] = mark{0, row.Supported, true}
		p.failed, p.last = p.failed+1, err
		if code := wenyuan.CodeOf(err); code == wenyuan.Denied || code == wenyuan.Invalid {
			p.stop(err)
		}
	}
	p.done++
	if p.progress != nil {
		p.progress(p.done, len(p.marks))
	}
}

// checked is what the built-in checker says of the same rows.
func checked(rows []Labelled) []mark {
	out := make([]mark, len(rows))
	for i, r := range rows {
		evidence := make([]check.Evidence, len(r.Evidence))
		for k, e := range r.Evidence {
			evidence[k] = check.Evidence{N: k + 1, Text: e}
		}
		f := check.Prepare(evidence).Check(r.Claim, nil)
		out[i] = mark{f.Score, r.Supported, f.Verdict != wenyuan.Supported}
	}
	return out
}

// Measures refuses who may not measure judges for the assistants of a space: that is for its editors.
func Measures(sc scope.Scope) error {
	if sc.May(scope.Edit) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may measure its judges", Hint: "ask an owner of the space for the role of an editor"}
}

// SaveAgreement keeps a measurement, for an editor; from now on it holds for its judge in the
// scope's space.
func SaveAgreement(ctx context.Context, st *store.Store, sc scope.Scope, a Agreement) error {
	if err := Measures(sc); err != nil {
		return err
	}
	return st.Write(ctx, func(tx *store.Tx) error {
		v, err := version.Put(ctx, tx, sc.Space(), AgreementKind, a.Judge, a)
		if err != nil {
			return err
		}
		if err := version.Label(ctx, tx, sc.Space(), AgreementKind, a.Judge, AgreementLabel, v.Hash); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "model.measure", Object: a.Judge, Version: v.Hash})
	})
}

// Agreements gives the measurement that holds for each judge of a space, by its name. One of an
// earlier declaration of the judge is there too: compare Model.
func Agreements(ctx context.Context, st *store.Store, space string) (map[string]Agreement, error) {
	out := map[string]Agreement{}
	err := st.Read(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, space, AgreementKind, "")
		if err != nil {
			return err
		}
		for _, l := range labels {
			var a Agreement
			if _, err := version.Get(ctx, tx, space, AgreementKind, l.Hash, &a); err != nil {
				return err
			}
			out[l.Name] = a
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("eval: agreements: %w", err)
	}
	return out, nil
}

// FindAgreement gives the measurement that holds in a space for a judge in the version of its
// declaration that is given; ok is false where there is none.
func FindAgreement(ctx context.Context, st *store.Store, space, judge, model string) (a Agreement, ok bool, err error) {
	err = st.Read(ctx, func(tx *store.Tx) error {
		ok = false
		v, err := version.Resolve(ctx, tx, space, AgreementKind, judge, AgreementLabel)
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			return nil
		}
		if err == nil {
			_, err = version.Get(ctx, tx, space, AgreementKind, v.Hash, &a)
		}
		ok = err == nil && a.Model == model
		return err
	})
	if err != nil {
		return Agreement{}, false, fmt.Errorf("eval: agreement: %w", err)
	}
	return a, ok, nil
}
