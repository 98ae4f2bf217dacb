package server

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway"
)

// turns bounds how many requests are worked on at once and how many wait.
type turns struct {
	free    chan struct{}
	waiting atomic.Int64
	most    int64
	wait    time.Duration
	leave   func()
}

func newTurns(atOnce int, l Limits) *turns {
	t := &turns{free: make(chan struct{}, atOnce), most: int64(l.Waiting), wait: l.Wait}
	t.leave = func() { <-t.free }
	return t
}

// turnsOf are the turns that an endpoint takes from. Who answers waits for a model most of
// the time, and does not take the place of those who work.
func (s *Server) turnsOf(e endpoint) *turns {
	if e.answers {
		return s.answering
	}
	return s.turns
}

var errCrowded = errors.New("all turns are taken")

// take waits for a turn. Who comes when too many wait, or waits too long, is told when to
// come again; the work itself is never cut off.
func (t *turns) take(ctx context.Context) (leave func(), err error) {
	select {
	case t.free <- struct{}{}:
		return t.leave, nil
	default:
	}
	crowded := &wenyuan.Error{Code: wenyuan.Limited, Message: "the server has too much to do", Hint: "try again in a few seconds",
		Err: &gateway.Wait{After: t.wait, Err: errCrowded}}
	if t.waiting.Add(1) > t.most {
		t.waiting.Add(-1)
		return nil, crowded
	}
	defer t.waiting.Add(-1)
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	select {
	case t.free <- struct{}{}:
		return t.leave, nil
	case <-timer.C:
		return nil, crowded
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
