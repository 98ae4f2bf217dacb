package dataset

import (
	"context"
	"fmt"
	"time"

	"wenyuan/store"
	"wenyuan/trace"
)

// CaptureJob is the kind of the job in which Capture runs in the background; its key is the space.
const CaptureJob = "capture"

const often = time.Hour // how often what was asked becomes samples

// Start has samples made of what is asked in the spaces that may be learned from, now and every hour,
// until Close. It does not wait.
func (s *Sets) Start(ctx context.Context) {
	if s.Later == nil {
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.stopped = make(chan struct{})
	go func() {
		defer close(s.stopped)
		for {
			if err := s.order(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("samples were not made of what was asked", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(often):
			}
		}
	}()
}

// Close ends what Start began. It may be called twice, and without Start.
func (s *Sets) Close() {
	if s.stop != nil {
		s.stop()
		<-s.stopped
	}
}

// order has Capture run in every space that may be learned from.
func (s *Sets) order(ctx context.Context) error {
	var spaces []string
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		spaces = nil
		all, err := texts(ctx, tx, `SELECT id FROM space WHERE settings <> '{}' ORDER BY id`)
		if err != nil {
			return err
		}
		for _, id := range all {
			p, err := trace.PolicyOf(ctx, tx, id)
			if err != nil {
				return err
			}
			if p.Learn && p.Record == trace.Everything {
				spaces = append(spaces, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range spaces {
		if err := s.Later(ctx, id); err != nil {
			return fmt.Errorf("dataset: capture later: %w", err)
		}
	}
	return nil
}
