package version_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/version"
)

// A server is one process of a house.
type server struct {
	*version.Servers
	s      *store.Store
	loaded sync.Map     // number -> true
	fault  atomic.Value // string
}

func newServer(t *testing.T, c store.Config) *server {
	t.Helper()
	c.Dir = t.TempDir()
	x := &server{s: storetest.Open(t, c)}
	x.fault.Store("")
	var err error
	x.Servers, err = version.OpenServers(t.Context(), version.ServersConfig{Store: x.s, Load: func(_ context.Context, m version.Move) error {
		if f := x.fault.Load().(string); f != "" {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: f, Hint: "h"}
		}
		x.loaded.Store(m.Shares[0].Hash, true)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *server) propose(t *testing.T, hash string) {
	t.Helper()
	storetest.Write(t, x.s, func(tx *store.Tx) error {
		return version.Propose(t.Context(), tx, version.Move{Space: "main", Kind: "model", Name: "writer", Label: version.Production, Shares: []version.Share{{Hash: hash, Share: version.Whole}}})
	})
}

func (x *server) settle(t *testing.T) {
	t.Helper()
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (x *server) serves(t *testing.T) (hash string) {
	t.Helper()
	storetest.Read(t, x.s, func(tx *store.Tx) error {
		v, err := version.Resolve(t.Context(), tx, "main", "model", "writer", version.Production)
		hash = v.Hash
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			return nil
		}
		return err
	})
	return hash
}

// TestAllHaveItBeforeAnybodyServesIt: a label moves when both servers of a house have loaded the
// version, not before, and at once.
func TestAllHaveItBeforeAnybodyServesIt(t *testing.T) {
	t.Parallel()
	c := store.Config{URL: testenv.Postgres(t)}
	a, b := newServer(t, c), newServer(t, c)
	hashes := putVersions(t, a.s, 2)
	a.propose(t, hashes[0])
	a.settle(t)
	if a.serves(t) != "" {
		t.Fatal("served before the other server has it")
	}
	b.settle(t)
	if a.serves(t) != hashes[0] || b.serves(t) != hashes[0] {
		t.Fatal("not served when both have it")
	}
	b.fault.Store("the disk is full")
	a.propose(t, hashes[1])
	b.settle(t)
	a.settle(t)
	waits, err := a.Await(shortly(t), version.Place{Space: "main", Kind: "model", Name: "writer", Label: version.Production})
	if err != nil || len(waits) != 1 || waits[0].Why != "the disk is full" || a.serves(t) != hashes[0] {
		t.Fatalf("%+v %v", waits, err)
	}
	b.fault.Store("")
	b.settle(t)
	if a.serves(t) != hashes[1] {
		t.Error("not served when the fault was gone")
	}
	a.propose(t, hashes[0])
	a.settle(t)
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.settle(t)
	if a.serves(t) != hashes[0] {
		t.Error("a server that is gone is waited for")
	}
}

// TestLease: a server that died is waited for as long as its lease runs and no longer, and one that
// comes back later is waited for again.
func TestLease(t *testing.T) {
	t.Parallel()
	a := newServer(t, store.Config{URL: testenv.Postgres(t)})
	hashes := putVersions(t, a.s, 3)
	lease := func(until int64) {
		storetest.Write(t, a.s, func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO house_server (server, until) VALUES ('dead', $1) ON CONFLICT (server) DO UPDATE SET until = excluded.until`, tx.Now+until)
			return err
		})
	}
	there := func() (n int) {
		storetest.Read(t, a.s, func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM house_server WHERE server = 'dead'`).Scan(&n)
		})
		return n
	}
	const hour = 3600e6
	lease(hour)
	a.propose(t, hashes[0])
	a.settle(t)
	waits, err := a.Await(shortly(t), version.Place{Space: "main", Kind: "model", Name: "writer", Label: version.Production})
	if err != nil || len(waits) != 1 || waits[0].Server != "dead" || waits[0].Why != "" || a.serves(t) != "" {
		t.Fatalf("%+v %v", waits, err)
	}
	lease(-1)
	a.settle(t)
	if a.serves(t) != hashes[0] {
		t.Error("a server whose lease has ended is waited for")
	}
	lease(hour)
	a.propose(t, hashes[1])
	a.settle(t)
	if a.serves(t) != hashes[0] {
		t.Error("a server that is there again is not waited for")
	}
	lease(-hour)
	if _, err := version.OpenServers(t.Context(), version.ServersConfig{Store: a.s}); err != nil {
		t.Fatal(err)
	}
	if there() != 0 {
		t.Error("a server that is gone for long is not forgotten")
	}
}

// TestStoppedForLonger: a server that stood still for longer than its lease, as a process or a machine does that
// is stopped, kept nobody waiting, serves what the others serve from the first question on, takes its lease again
// by itself, and is waited for from then on.
func TestStoppedForLonger(t *testing.T) {
	t.Parallel()
	c := store.Config{URL: testenv.Postgres(t)}
	a, b := newServer(t, c), newServer(t, c)
	hashes := putVersions(t, a.s, 3)
	at := version.Place{Space: "main", Kind: "model", Name: "writer", Label: version.Production}
	a.propose(t, hashes[0])
	a.settle(t)
	b.settle(t)
	a.propose(t, hashes[1]) // b says nothing from here on
	a.settle(t)
	if waits, err := a.Await(shortly(t), at); err != nil || len(waits) != 1 || a.serves(t) != hashes[0] {
		t.Fatalf("%+v %v", waits, err)
	}
	storetest.Write(t, a.s, func(tx *store.Tx) error { // which was more than a lease ago
		_, err := tx.Exec(t.Context(), `UPDATE house_server SET until = $1 WHERE server = $2`, tx.Now-20e6, b.s.Instance())
		return err
	})
	a.settle(t)
	if a.serves(t) != hashes[1] {
		t.Fatal("a server that stands still is waited for")
	}
	if got := b.serves(t); got != hashes[1] {
		t.Errorf("it goes on and serves %s, which is not in use any more", got)
	}
	b.fault.Store("the disk is full")
	b.Start(t.Context())
	defer b.Close(context.Background())
	leased := func() (n int) {
		storetest.Read(t, a.s, func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM house_server WHERE server = $1 AND until > $2`, b.s.Instance(), tx.Now).Scan(&n)
		})
		return n
	}
	for end := time.Now().Add(20 * time.Second); leased() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it takes no lease again")
		}
	}
	a.propose(t, hashes[2])
	a.settle(t)
	waits, err := a.Await(shortly(t), at)
	if err != nil || len(waits) != 1 || waits[0].Server != b.s.Instance() || a.serves(t) != hashes[1] {
		t.Errorf("it is there again and is not waited for: %+v %v", waits, err)
	}
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestOneServerMovesAtOnce, on both engines.
func TestOneServerMovesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		x := newServer(t, c)
		hashes := putVersions(t, x.s, 2)
		x.propose(t, hashes[0])
		waits, err := x.Await(t.Context(), version.Place{Space: "main", Kind: "model", Name: "writer", Label: version.Production})
		if err != nil || len(waits) != 0 || x.serves(t) != hashes[0] {
			t.Errorf("%v %v %s", waits, err, x.serves(t))
		}
		x.propose(t, hashes[1])
		storetest.Write(t, x.s, func(tx *store.Tx) error {
			return version.Unlabel(t.Context(), tx, "main", "model", "writer", version.Production)
		})
		x.settle(t)
		if x.serves(t) != "" {
			t.Error("a move that was called off went through")
		}
	})
}

// TestNeverBackInTime: while labels move and two servers are asked all the time, nobody who asks
// after somebody was served a version is served an older one, and nobody is served what their
// server has not loaded.
func TestNeverBackInTime(t *testing.T) {
	t.Parallel()
	c := store.Config{URL: testenv.Postgres(t)}
	all := []*server{newServer(t, c), newServer(t, c)}
	hashes := putVersions(t, all[0].s, 8)
	order := map[string]int64{"": -1}
	for i, h := range hashes {
		order[h] = int64(i)
	}
	for _, x := range all {
		x.Start(t.Context())
		defer x.Close(context.Background())
	}
	ctx, stop := context.WithCancel(t.Context())
	var newest atomic.Int64 // the newest version that anybody was served
	newest.Store(-1)
	var asked atomic.Int64
	var wg sync.WaitGroup
	for _, x := range all {
		for range 2 {
			wg.Go(func() {
				for ctx.Err() == nil {
					before := newest.Load()
					h, err := resolve(ctx, x.s)
					if errors.Is(err, context.Canceled) {
						return
					}
					n := order[h]
					if err != nil || n < before {
						t.Errorf("served version %d after %d, %v", n, before, err)
						return
					}
					if _, has := x.loaded.Load(h); h != "" && !has {
						t.Errorf("served version %d, which is not loaded", n)
						return
					}
					for now := newest.Load(); n > now && !newest.CompareAndSwap(now, n); now = newest.Load() {
					}
					asked.Add(1)
				}
			})
		}
	}
	for _, h := range hashes {
		all[0].propose(t, h)
		for waiting := true; waiting; {
			waits, err := all[0].Await(ctx, version.Place{Space: "main", Kind: "model", Name: "writer", Label: version.Production})
			if err != nil {
				t.Fatal(err)
			}
			waiting = len(waits) > 0 // the other server is slow
		}
	}
	stop()
	wg.Wait()
	t.Logf("%d questions while %d versions were put in use", asked.Load(), len(hashes))
}

func resolve(ctx context.Context, s *store.Store) (hash string, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error {
		v, err := version.Resolve(ctx, tx, "main", "model", "writer", version.Production)
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			err = nil
		}
		hash = v.Hash
		return err
	})
	return hash, err
}
