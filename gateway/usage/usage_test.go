package usage_test

import (
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/usage"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestSums: what many add at once is all there, by hour and by whose it is, on every engine.
func TestSums(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		now := time.Date(2026, 3, 4, 10, 59, 0, 0, time.UTC)
		var mu sync.Mutex
		c.Clock = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		s := storetest.Open(t, c)
		b := usage.Open(s, nil)
		at := usage.Of{Space: scope.Space(wenyuan.DefaultSpace).Space(), Principal: "single", Model: "m", Hash: "h1", Currency: "USD"}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for i := range 100 {
					b.Add(at, usage.OfRequest(&wenyuan.Usage{Prompt: 3, Completion: 2, Cost: 0.000002}, i%10 == 0, i%20 == 1))
				}
			})
		}
		all.Wait()
		mu.Lock()
		now = now.Add(time.Hour)
		mu.Unlock()
		at.Hash = "h2"
		b.Add(at, usage.OfRequest(nil, false, true))
		gone := at
		gone.Principal, gone.Key = "per_gone", "key_gone"
		b.Add(gone, usage.OfRequest(nil, false, false))
		if err := b.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		sums, err := b.Read(t.Context(), scope.Space(wenyuan.DefaultSpace), usage.Query{By: []string{"version", "person", "key"}})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]usage.Amount{
			"h1 single ": {Requests: 800, Failed: 40, Cached: 80, In: 2160, Out: 1440, Money: 1440},
			"h2 single ": {Requests: 1, Failed: 1},
			"h2  ":       {Requests: 1},
		}
		if len(sums) != len(want) {
			t.Errorf("%+v", sums)
		}
		for _, x := range sums {
			if name := x.Of["version"] + " " + x.Of["person"] + " " + x.Of["key"]; x.Amount != want[name] || x.Currency != "USD" {
				t.Errorf("%s: %+v, want %+v", name, x.Amount, want[name])
			}
		}
		later, err := b.Read(t.Context(), scope.Space(wenyuan.DefaultSpace), usage.Query{From: time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC).UnixMicro(), By: []string{"day"}})
		if err != nil || len(later) != 1 || later[0].Requests != 2 || later[0].Of["day"] != "1772582400000000" {
			t.Errorf("%+v %v", later, err)
		}
	})
}

// TestReadNeedsRights: who asks only is not told what others use, and nobody of a space that is not theirs.
func TestReadNeedsRights(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	b := usage.Open(s, nil)
	t.Cleanup(func() { b.Close(t.Context()) })
	b.Add(usage.Of{Space: "spc_other", Model: "m"}, usage.Amount{Requests: 1})
	b.Add(usage.Of{Space: "main", Model: "m"}, usage.Amount{Requests: 2})
	full := scope.Space("main")
	if _, err := b.Read(t.Context(), full.Within(scope.Ask|scope.Read|scope.Edit|scope.Review), usage.Query{}); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an asker: %v", err)
	}
	if sums, err := b.Read(t.Context(), full.Within(scope.Own), usage.Query{}); err != nil || len(sums) != 1 || sums[0].Requests != 2 {
		t.Errorf("an owner: %+v %v", sums, err)
	}
	if sums, err := b.Read(t.Context(), full.Within(scope.Operate), usage.Query{}); err != nil || len(sums) != 1 || sums[0].Requests != 3 {
		t.Errorf("an operator: %+v %v", sums, err)
	}
	if _, err := b.Read(t.Context(), full, usage.Query{By: []string{"1; DROP TABLE person"}}); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("a column that is none: %v", err)
	}
}
