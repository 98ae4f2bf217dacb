package app

import (
	"context"
	"encoding/json"

	"wenyuan/dataset"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

// writers is for how many orders models write at once.
const writers = 2

// teacher finds a model that writes rows to learn from.
func (a *App) teacher(_ context.Context, sc scope.Scope, name string) (dataset.Teacher, error) {
	m, ok := a.chat(sc.Space(), name)
	if !ok {
		return dataset.Teacher{}, gateway.Unknown(name)
	}
	return dataset.Teacher{Name: m.Name, Settings: m.Settings, Model: m.Model}, nil
}

// asking is in what a teacher is asked: behind whoever waits for an answer, and where it is shown what was said in
// a space with a closed corpus, inside the house alone.
func (a *App) asking(ctx context.Context, sc scope.Scope, own bool) (context.Context, error) {
	ctx = manner.With(ctx, manner.Manner{Class: manner.Batch, Scope: sc, Told: &manner.Told{}})
	if !own {
		return ctx, nil
	}
	return subjects{a}.insideLike(ctx, sc)
}

// instructLater has rows written in the background.
func (a *App) instructLater(ctx context.Context, tx *store.Tx, space, id string) error {
	payload, err := json.Marshal(id)
	if err == nil {
		_, err = a.Writing.Enqueue(ctx, tx, job.Job{Space: space, Kind: dataset.InstructJob, Key: id, Payload: payload})
	}
	return err
}

// instruct has the rows of a job written.
func (a *App) instruct(ctx context.Context, j job.Job, report func(any)) error {
	return a.Sets.InstructWork(ctx, j.Key, func(p dataset.Progress) { report(p) })
}

// mineLater has pairs made in the background.
func (a *App) mineLater(ctx context.Context, tx *store.Tx, space, id string) error {
	_, err := a.Queue.Enqueue(ctx, tx, job.Job{Space: space, Kind: dataset.MineJob, Key: id})
	return err
}

// mine makes the pairs of a job.
func (a *App) mine(ctx context.Context, j job.Job, _ func(any)) error {
	return a.Sets.MineWork(ctx, j.Key)
}
