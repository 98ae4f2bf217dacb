package privacy

import (
	"context"
	"fmt"
	"time"

	"wenyuan/auth/audit"
	"wenyuan/guard"
	"wenyuan/store"
	"wenyuan/trace"
)

// A Dropped says what was older than it is to be kept.
type Dropped struct {
	Conversations int64 `json:"conversations"`
	Traces        int64 `json:"traces"`
	Incidents     int64 `json:"incidents"` // of guards
	Entries       int64 `json:"entries"`   // of the audit
}

const (
	day    = 24 * time.Hour
	atOnce = 200 // traces of one transaction: writers wait for it
)

// Start drops what is too old, now and every day, until Close. It does not wait.
func (k *Keeper) Start(ctx context.Context) {
	ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx))
	k.stopped = make(chan struct{})
	go func() {
		defer close(k.stopped)
		for {
			if _, err := k.Drop(ctx); err != nil && ctx.Err() == nil {
				k.Log.Error("what is older than it is to be kept was not dropped", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(day):
			}
		}
	}()
}

// Close ends what Start began. It may be called twice, and without Start.
func (k *Keeper) Close() {
	if k.stop != nil {
		k.stop()
		<-k.stopped
	}
}

// Drop takes away what is older than its space wants it kept: traces with what people think of
// them, the turns they belong to, what guards met, what was used of models, and conversations in which nothing was said since; visitors' too.
// Answers that were kept to be given again go when their time has ended.
// What a person asked to be remembered stays. Of the audit it drops what is older than the house
// wants it kept. Several processes may do so at once.
func (k *Keeper) Drop(ctx context.Context) (d Dropped, err error) {
	now := time.Now()
	if err := k.dropAnswers(ctx); err != nil {
		return d, err
	}
	days := map[string]int{}
	err = k.Store.Read(ctx, func(tx *store.Tx) error {
		spaces, err := texts(ctx, tx, `SELECT id FROM space WHERE settings <> '{}' ORDER BY id`)
		if err != nil {
			return err
		}
		for _, id := range spaces {
			p, err := trace.PolicyOf(ctx, tx, id)
			if err != nil {
				return err
			}
			days[id] = p.Days
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	for id, n := range days {
		if n <= 0 {
			continue
		}
		if err := k.dropOf(ctx, id, now.AddDate(0, 0, -n).UnixMicro(), &d); err != nil {
			return d, err
		}
	}
	if k.AuditDays <= 0 {
		return d, nil
	}
	d.Entries, err = k.Prune(ctx, now.AddDate(0, 0, -k.AuditDays).UnixMicro())
	return d, err
}

// dropAnswers takes away answers of models whose time has ended, also where nothing is written beside
// them any more.
func (k *Keeper) dropAnswers(ctx context.Context) error {
	return k.Store.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM cache_entry WHERE ends <= $1`, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM cache_made WHERE NOT EXISTS (SELECT 1 FROM cache_entry e WHERE e.space = cache_made.space AND e.key = cache_made.key)`)
		return err
	})
}

// Prune drops the entries of the audit from before a time (UTC microseconds).
func (k *Keeper) Prune(ctx context.Context, before int64) (dropped int64, err error) {
	for {
		var n int64
		err := k.Store.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = audit.Prune(ctx, tx, before)
			return err
		})
		if dropped += n; err != nil || n < audit.Pruned {
			return dropped, err
		}
	}
}

// dropOf takes away what is too old in one space.
func (k *Keeper) dropOf(ctx context.Context, space string, before int64, d *Dropped) error {
	for {
		var traces, talks, met int64
		err := k.Store.Write(ctx, func(tx *store.Tx) (err error) {
			if traces, err = trace.Expire(ctx, tx, space, before, atOnce); err != nil || traces == atOnce {
				return err
			}
			if talks, err = expire(ctx, tx, space, before); err != nil {
				return err
			}
			if met, err = guard.Expire(ctx, tx, space, before); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `DELETE FROM usage_hour WHERE space = $1 AND since < $2`, space, before)
			return err
		})
		d.Traces, d.Conversations, d.Incidents = d.Traces+traces, d.Conversations+talks, d.Incidents+met
		if err != nil || traces < atOnce {
			return err
		}
	}
}

// expire takes away the turns whose records are gone, the summaries and titles that may be made of
// them, and conversations without turns.
func expire(ctx context.Context, tx *store.Tx, space string, before int64) (conversations int64, err error) {
	// A summary that is being made just now must find that it is no longer wanted: its text is new.
	_, err = tx.Exec(ctx, `UPDATE conversation SET summary = $3, title = COALESCE((SELECT SUBSTR(t.question, 1, 120) FROM turn t WHERE t.conversation = conversation.id AND t.created >= $2 ORDER BY t.number LIMIT 1), '')
		WHERE space = $1 AND id IN (SELECT conversation FROM turn WHERE space = $1 AND created < $2)`, space, before, store.NewID("dropped"))
	if err != nil {
		return 0, fmt.Errorf("privacy: drop: %w", err)
	}
	for _, q := range []string{
		`DELETE FROM turn WHERE space = $1 AND created < $2`,
		`UPDATE memory SET conversation = '' WHERE space = $1 AND conversation IN (SELECT id FROM conversation WHERE space = $1 AND updated < $2 AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.conversation = conversation.id))`,
		`DELETE FROM conversation WHERE space = $1 AND updated < $2 AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.conversation = conversation.id)`,
	} {
		if conversations, err = tx.Exec(ctx, q, space, before); err != nil {
			return 0, fmt.Errorf("privacy: drop: %w", err)
		}
	}
	return conversations, nil
}
