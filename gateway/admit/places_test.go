package admit_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/wire"
)

// TestPlaces: a rush takes no more places than there are; who cannot be served soon is refused, with the
// time to come again, and the places are busy all the while.
func TestPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most, hold = 8, 100 * time.Millisecond
		p := admit.NewPlaces(most, admit.Config{})
		var at, peak, served, refused atomic.Int64
		var wg sync.WaitGroup
		begun := time.Now()
		for range 40 { // 2,000 a second, where 80 can be served
			for range 100 {
				wg.Go(func() {
					leave, err := p.Take(t.Context(), admit.Want{Tokens: 1})
					if err != nil {
						wait, ok := errors.AsType[*wire.Wait](err)
						if wenyuan.CodeOf(err) != wenyuan.Limited || !ok || wait.After < time.Second {
							t.Errorf("refused by %v", err)
						}
						refused.Add(1)
						return
					}
					if n := at.Add(1); n > peak.Load() {
						peak.Store(n)
					}
					time.Sleep(hold)
					at.Add(-1)
					leave()
					leave()
					served.Add(1)
				})
			}
			time.Sleep(hold / 2)
		}
		if took := time.Since(begun); served.Load() < most*int64(took/hold)*9/10 {
			t.Errorf("%d served in %s", served.Load(), took)
		}
		wg.Wait()
		if peak.Load() != most || refused.Load() == 0 || served.Load()+refused.Load() != 4000 {
			t.Errorf("%d at once, %d served, %d refused", peak.Load(), served.Load(), refused.Load())
		}
		leave, err := p.Take(t.Context(), admit.Want{})
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if n := p.Look().Flight[0]; n != 0 {
			t.Errorf("%d hold a place in the end", n)
		}
	})
}
