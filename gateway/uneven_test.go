package gateway_test

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/admit"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
)

// TestUnevenAnswers: whole answers of very different lengths come to servers that can just do them. How
// long an answer takes for its length is no queue: what the servers can do is given out.
func TestUnevenAnswers(t *testing.T) {
	t.Parallel()
	for _, load := range []float64{0.7, 0.9, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			const replicas, capacity = 3, 8
			m := &machine{hop: 200 * time.Microsecond, r: rand.New(rand.NewPCG(7, 7))}
			p := pool.New(pool.Config{Lag: prompt})
			p.Set([]pool.Member{{ID: "a"}, {ID: "b"}, {ID: "c"}})
			q := admit.New(admit.Config{})
			slots := map[string]chan struct{}{}
			for _, id := range []string{"a", "b", "c"} {
				slots[id] = make(chan struct{}, capacity)
			}
			var mu sync.Mutex
			var wg sync.WaitGroup
			var good, all int
			var worked time.Duration
			one := func(tokens int) {
				service := 60*time.Millisecond + time.Duration(tokens)*400*time.Microsecond
				ask := pool.Ask{Tokens: 500 + tokens, Prompt: 500}
				var turn *pool.Turn
				err := q.Enter(context.Background(), admit.Want{Tokens: 500, Space: "s", Key: "k"}, func() bool { turn = p.Take(ask); return turn != nil })
				if err == nil {
					slot := slots[turn.ID]
					slot <- struct{}{}
					m.wait()
					time.Sleep(service)
					<-slot
					if _, wake := turn.Begin(tokens); wake {
						q.Wake()
					}
					turn.End(pool.Good)
					q.Leave(manner.Person)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					good++
					worked += service
				}
			}
			mean := (60 + 0.4*222) / 1000. // seconds
			rate := load * replicas * capacity / mean
			const during = 30 * time.Second
			limits, looks := map[string]float64{}, 0.0       // sums: for a moment more or less is tried
			mine := &machine{r: rand.New(rand.NewPCG(7, 8))} // the others use theirs
			for begun := time.Now(); time.Since(begun) < during; {
				time.Sleep(mine.about(time.Duration(float64(time.Second) / rate)))
				all++
				if time.Since(begun) > during/2 {
					looks++
					for _, r := range p.Look() {
						limits[r.ID] += float64(r.Limit)
					}
				}
				tokens := int(min(1000, math.Exp(math.Log(130)+1.05*mine.r.NormFloat64())))
				wg.Go(func() { one(tokens) })
			}
			wg.Wait()
			used := worked.Seconds() / (during.Seconds() * replicas * capacity)
			t.Logf("load %.1f: %.1f%% of %d good, %.1f%% of the capacity used", load, 100*float64(good)/float64(all), all, 100*used)
			if used < 0.93*min(load, 1) {
				t.Error("too little was let in")
			}
			for id, sum := range limits {
				if mean := sum / looks; load >= 1 && (mean < capacity-1 || mean > capacity+2) {
					t.Errorf("the limit of %s is %.1f on average", id, mean)
				}
			}
		})
	}
}
