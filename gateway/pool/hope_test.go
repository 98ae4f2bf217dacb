package pool_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// TestHope: where the one that serves fails whatever comes, one that is out is worth a moment's wait, and who waits
// so gets no place but at one that is well or is tried; where nobody answers for longer there is no hope.
func TestHope(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		if p.Hope() != 0 {
			t.Error("nobody has answered yet")
		}
		fail(p, "b", 2, 3)
		only(p, "a", 2).End(pool.Good)
		var v pool.Verdict
		var all []*pool.Turn
		for range 6 {
			all = append(all, only(p, "a", 2))
		}
		for _, o := range all {
			v = o.Done(pool.Failed, 0, errors.New("it broke"))
		}
		if !v.Later || p.Hope() != 3*time.Second {
			t.Errorf("%+v, %s", v, p.Hope())
		}
		sound := pool.Ask{Tokens: 100, Sound: true, Again: true}
		if o := p.Take(sound); o != nil {
			t.Errorf("%s is asked for %s", o.ID, o.Reason)
		}
		time.Sleep(1100 * time.Millisecond)
		o := p.Take(sound)
		if o == nil || o.ID != "b" || o.Reason != pool.Probe {
			t.Fatalf("%+v", o)
		}
		if p.Take(sound) != nil {
			t.Error("and a second one")
		}
		o.End(pool.Good)
		if o = p.Take(sound); o == nil || o.ID != "b" {
			t.Fatalf("%+v", o)
		}
		o.End(pool.Abandoned)
		fail(p, "b", 2, 6)
		time.Sleep(3 * time.Second)
		if p.Hope() != 0 {
			t.Errorf("%s, though nobody answers", p.Hope())
		}
	})
}
