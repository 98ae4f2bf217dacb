package pool_test

import (
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// A thousand long streams that begin together all come to be answered soon, though their first pieces are
// late while so many begin; at a replica that answers eight at once that stays the limit.
func TestRush(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		slots, offered     int
		within             time.Duration
		least, most, limit int
	}{
		{"a thousand at once", 2000, 1000, 10 * time.Second, 1000, 1000, 0},
		{"eight slots", 8, 1000, 10 * time.Second, 8, 10, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, _ := made(1)
				began := time.Now()
				var queued, speaking []*pool.Turn // at the replica
				var due []time.Time
				left := c.offered
				for time.Since(began) < c.within {
					for left > 0 {
						o := only(p, "a", 1)
						if o == nil {
							break
						}
						left--
						queued = append(queued, o)
						wait := 30*time.Millisecond + time.Duration(len(queued))*3*time.Millisecond // of whoever begins beside others
						due = append(due, time.Now().Add(wait))
					}
					for len(queued) > 0 && len(speaking) < c.slots && !time.Now().Before(due[0]) {
						queued[0].First()
						speaking = append(speaking, queued[0])
						queued, due = queued[1:], due[1:]
					}
					time.Sleep(time.Millisecond)
				}
				if n := len(queued) + len(speaking); n < c.least || n > c.most {
					t.Errorf("%d are under way, %d of them answered; the limit is %d", n, len(speaking), state(p, "a").Limit)
				}
				if l := state(p, "a").Limit; c.limit > 0 && l > c.limit {
					t.Errorf("the limit is %d", l)
				}
			})
		})
	}
}
