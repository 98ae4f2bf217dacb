package release

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"wenyuan/gateway"
	"wenyuan/store"
	"wenyuan/version"
)

// An arm is what was met of one version: requests, however they came to the model.
type arm struct {
	Requests int64         `json:"requests"`
	Failed   int64         `json:"failed"`
	Times    map[int]int64 `json:"times,omitempty"` // to the first words, by place of version.Times
}

// A tally is what a server met of both versions since it last said so.
type tally struct {
	New arm `json:"new"`
	Old arm `json:"old"`
}

func (a arm) worked() Count { return Count{Good: int(a.Requests - a.Failed), Of: int(a.Requests)} }

// within counts the answers that took up to a place.
func (a arm) within(place int) (c Count) {
	for at, n := range a.Times {
		c.Of += int(n)
		if at <= place {
			c.Good += int(n)
		}
	}
	return c
}

// counts are what a server had counted of both versions of a release.
type counts struct{ new, old version.Count }

// since is what was counted between two looks at one version. One that was forgotten meanwhile began
// anew.
func since(before, now version.Count) (a arm) {
	if now.Requests < before.Requests {
		before = version.Count{}
	}
	a = arm{Requests: now.Requests - before.Requests, Failed: now.Errors - before.Errors, Times: map[int]int64{}}
	for i, n := range now.Times {
		if n -= before.Times[i]; n > 0 {
			a.Times[i] = n
		}
	}
	return a
}

// Watch counts what this server meets of the versions of releases, until Close, and has the work on
// releases asked for that somebody has to go on with.
func (r *Releases) Watch(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.ended = make(chan struct{})
	go r.collecting(ctx, r.ended)
}

// Close ends it, and writes down what was counted. It is called before the rooms close that releases
// stand on.
func (r *Releases) Close(ctx context.Context) {
	r.mu.Lock()
	stop, ended := r.stop, r.ended
	r.stop, r.over = nil, true
	r.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	<-ended
	if err := r.collect(ctx); err != nil {
		r.Log.Warn("what was counted of releases is lost: the database does not take it", "error", err)
	}
}

func (r *Releases) collecting(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	ticks := time.NewTicker(r.Every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if err := r.collect(ctx); err != nil && ctx.Err() == nil {
				r.Log.Warn("what was counted of releases waits: the database does not take it", "error", err)
			}
		}
	}
}

// collect writes down what this server met since it last did.
func (r *Releases) collect(ctx context.Context) error {
	var all []Release
	err := r.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = some(ctx, tx, `state IN ('running', 'paused') OR kept > 0 AND kept < $1 OR settled = 0 AND ended > 0`, tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known, late := map[string]*counts{}, false
	defer func() { r.seen = known }()
	for _, one := range all {
		if !one.State.Open() {
			late = true
			continue
		}
		now := &counts{r.counted(one, one.Candidate), r.counted(one, one.Before)}
		before := r.seen[one.ID]
		if known[one.ID] = now; before == nil {
			continue // what was counted before is of other times
		}
		t := tally{since(before.new, now.new), since(before.old, now.old)}
		if t.New.Requests == 0 && t.Old.Requests == 0 {
			continue
		}
		if err := r.write(ctx, one.ID, t); err != nil {
			known[one.ID] = before
			return err
		}
	}
	if !late {
		return nil
	}
	return r.Store.Write(ctx, func(tx *store.Tx) error { return r.wake(ctx, tx) })
}

// counted is what this server counted of one version of a release's model.
func (r *Releases) counted(one Release, hash string) version.Count {
	for _, c := range r.Models.Counted().Look(one.space, gateway.Kind, one.Model) {
		if c.Hash == hash {
			return c
		}
	}
	return version.Count{}
}

func (r *Releases) write(ctx context.Context, id string, t tally) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return r.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO release_tally (release, server, at, data) VALUES ($1, $2, $3, $4)`, id, r.Store.Instance(), tx.Now, string(raw))
		if err != nil {
			return fmt.Errorf("release: tally: %w", err)
		}
		return nil
	})
}

// tallies takes out what servers have written of a release.
func tallies(ctx context.Context, tx *store.Tx, id string) (all []tally, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (t tally, err error) {
		var text string
		if err := r.Scan(&text); err != nil {
			return t, err
		}
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			return t, err
		}
		return t, nil
	}, `SELECT data FROM release_tally WHERE release = $1 ORDER BY at, server`, id)
	if err != nil {
		return nil, fmt.Errorf("release: tallies: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM release_tally WHERE release = $1`, id)
	return all, err
}
