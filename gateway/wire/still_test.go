package wire

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestMachinestoodStill: a watch that comes late ends no call before what came meanwhile could be read, and
// ends one for which nothing came.
func TestMachinestoodStill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ late, ends time.Duration }{
		"in time":     {0, 0},
		"a bit late":  {stoodStill, 0},
		"stood still": {stoodStill + 1, readFirst},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, comes := range []bool{false, true} {
					const limit = 5 * time.Second
					k := &Call{s: &Server{Config: Config{Total: time.Hour}}, begun: time.Now().Add(-limit - c.late), limit: limit, armed: limit}
					k.ctx, k.cancel = context.WithCancelCause(t.Context())
					k.watch = time.AfterFunc(time.Hour, k.give)
					begun := time.Now()
					k.give()
					if comes && k.ctx.Err() == nil {
						k.until(0, 0, 0)
						time.Sleep(time.Minute)
						if k.ctx.Err() != nil {
							t.Error("the call ended though what came was read")
						}
						k.watch.Stop()
						continue
					}
					<-k.ctx.Done()
					if took := time.Since(begun); took != c.ends || context.Cause(k.ctx) != errSilent {
						t.Errorf("ended after %s: %v", took, context.Cause(k.ctx))
					}
				}
			})
		})
	}
}
