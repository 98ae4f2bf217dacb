package train

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"wenyuan/store"
	"wenyuan/train/engine"
)

// points is about how many steps of a run are kept.
const points = 1000

// A curve writes down how a run goes, once a second, and looks whether somebody stopped it.
type curve struct {
	r       *Runs
	ctx     context.Context
	run     Run
	report  func(any)
	stop    context.CancelCauseFunc
	waiting []engine.Metrics
	written time.Time
	fault   error // of the last writing
}

func (r *Runs) curve(ctx context.Context, run Run, report func(any), stop context.CancelCauseFunc) *curve {
	return &curve{r: r, ctx: ctx, run: run, report: report, stop: stop}
}

// take is the run's Sink.
func (c *curve) take(m engine.Metrics) {
	if every := m.Steps/points + 1; m.Held || m.Step%every == 0 || m.Step == m.Steps {
		c.waiting = append(c.waiting, m)
	}
	if time.Since(c.written) < pause {
		return
	}
	c.report(m)
	if c.fault = c.flush(c.ctx); c.fault != nil && c.ctx.Err() == nil {
		c.r.Log.Warn("the figures of a training run wait: the database does not take them", "run", c.run.ID, "error", c.fault)
	}
}

// flush writes what waits.
func (c *curve) flush(ctx context.Context) error {
	c.written = time.Now()
	if len(c.waiting) == 0 {
		return nil
	}
	var state State
	err := c.r.Store.Write(ctx, func(tx *store.Tx) error {
		for _, m := range c.waiting {
			raw, err := json.Marshal(m)
			if err != nil {
				return err
			}
			held := 0
			if m.Held {
				held = 1
			}
			if _, err := tx.Exec(ctx, `INSERT INTO train_metric (run, step, held, data) VALUES ($1, $2, $3, $4) ON CONFLICT (run, held, step) DO UPDATE SET data = $4`, c.run.ID, m.Step, held, string(raw)); err != nil {
				return err
			}
		}
		last := c.waiting[len(c.waiting)-1]
		if _, err := tx.Exec(ctx, `UPDATE train_run SET step = $1, steps = $2 WHERE id = $3`, last.Step, last.Steps, c.run.ID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT state FROM train_run WHERE id = $1`, c.run.ID).Scan(&state)
	})
	if err != nil {
		return fmt.Errorf("train: curve: %w", err)
	}
	if c.waiting = c.waiting[:0]; state == Stopping {
		c.stop(errStopped)
	}
	return nil
}
