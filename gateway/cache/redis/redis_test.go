package redis_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/cache/cachetest"
	"wenyuan/gateway/cache/redis"
	"wenyuan/gateway/manner"
	"wenyuan/internal/testenv"
)

// kinds are the servers that are tried.
func kinds(t *testing.T, f func(t *testing.T, kind string)) {
	for _, kind := range []string{"redis", "valkey"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(t, kind)
		})
	}
}

// connect opens an engine and waits until it is connected.
func connect(t *testing.T, s *testenv.Redis, secret byte) *redis.Redis {
	t.Helper()
	x, err := redis.Open(redis.Config{URL: s.URL, Secret: [32]byte{secret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	await(t, func() bool { _, err := x.Get(t.Context(), "main", cache.Key{}); return err == nil })
	return x
}

func await(t *testing.T, f func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for late := time.After(time.Minute); !f(); {
		select {
		case <-late:
			t.Fatal("it takes too long")
		case <-ticker.C:
		}
	}
}

func TestConform(t *testing.T) {
	t.Parallel()
	kinds(t, func(t *testing.T, kind string) {
		s := testenv.StartRedis(t, kind)
		cachetest.Conform(t, func(t *testing.T) cache.Engine {
			if _, err := s.Do("FLUSHALL"); err != nil {
				t.Fatal(err)
			}
			return connect(t, s, 1)
		})
	})
}

// TestSealed: who reads the server sees neither what was answered nor where, and what somebody else
// wrote there, or moved to another place, is none.
func TestSealed(t *testing.T) {
	t.Parallel()
	kinds(t, func(t *testing.T, kind string) {
		s := testenv.StartRedis(t, kind)
		x := connect(t, s, 1)
		a, b := cachetest.Entry("hr-secret", 1), cachetest.Entry("hr-secret", 2)
		if err := x.Put(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range []*cache.Entry{a, b} {
			name, err := s.Do("EVAL", "local all = redis.call('KEYS', '*"+hexOf(e.Key)+"') return all[1]", "0")
			if err != nil {
				t.Fatal(err)
			}
			value, err := s.Do("GET", name)
			if err != nil || value == "" {
				t.Fatal(err)
			}
			if bytes.Contains([]byte(name+value), []byte("hr-secret")) || strings.Contains(value, "answer") || strings.Contains(value, "doc_") {
				t.Errorf("the server can read %q: %q", name, value)
			}
			names = append(names, name)
		}
		if _, err := s.Do("EVAL", "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))", "2", names[0], names[1]); err != nil {
			t.Fatal(err)
		}
		if e, err := x.Get(t.Context(), "hr-secret", a.Key); e != nil || err != nil {
			t.Errorf("an answer that was moved under another key is given: %v, %v", e, err)
		}
		if e, _ := connect(t, s, 2).Get(t.Context(), "hr-secret", b.Key); e != nil {
			t.Error("another house reads it")
		}
		for _, bad := range []string{"", "x", strings.Repeat("x", 5<<20)} {
			if _, err := s.Do("SET", names[1], bad); err != nil {
				t.Fatal(err)
			}
			if e, err := x.Get(t.Context(), "hr-secret", b.Key); e != nil || err != nil {
				t.Errorf("%d bytes of somebody: %v, %v", len(bad), e, err)
			}
		}
	})
}

func hexOf(k cache.Key) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range k {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// TestGone: a server that is paused, killed, full or never there holds nobody up, and nothing is lost.
func TestGone(t *testing.T) {
	t.Parallel()
	kinds(t, func(t *testing.T, kind string) {
		s := testenv.StartRedis(t, kind)
		x := connect(t, s, 1)
		c := cache.Open(cache.Config{Memory: 1 << 20, Shared: x})
		t.Cleanup(c.Close)
		var calls atomic.Int32
		key := uint32(0) // each its own: what is in memory is not looked for elsewhere
		keyed := func(n uint32) (k cache.Key) { binary.BigEndian.PutUint32(k[:], n); return k }
		ask := func(c *cache.Cache, key uint32) (manner.Level, time.Duration) {
			t.Helper()
			told := &manner.Told{}
			q := cache.Query{Key: keyed(key), Space: "main", Model: "m", Hash: "h", How: manner.Manner{Share: true, Keep: time.Hour, Told: told}}
			begun, said := time.Now(), ""
			for k, err := range c.Stream(t.Context(), q, func(ctx context.Context) iter.Seq2[wenyuan.Chunk, error] {
				calls.Add(1)
				return func(yield func(wenyuan.Chunk, error) bool) { yield(wenyuan.Chunk{Text: "yes", Finish: "stop"}, nil) }
			}) {
				if err != nil {
					t.Errorf("an error came through: %v", err)
				}
				said += k.Text
			}
			if said != "yes" {
				t.Errorf("said %q", said)
			}
			return told.Level, time.Since(begun)
		}
		next := func() uint32 { key++; return key }

		first := next()
		ask(c, first)
		await(t, func() bool {
			e, _ := x.Get(t.Context(), "main", keyed(first))
			return e != nil
		})
		other := cache.Open(cache.Config{Memory: 1 << 20, Shared: connect(t, s, 1)})
		t.Cleanup(other.Close)
		if level, _ := ask(other, first); level != manner.Shared {
			t.Errorf("another server of the house gives it from %q", level)
		}
		if level, _ := ask(other, first); level != manner.Memory {
			t.Errorf("and then from %q", level)
		}

		s.Pause()
		calls.Store(0)
		var longest time.Duration
		for range 20 {
			_, took := ask(c, next())
			longest = max(longest, took)
		}
		if longest > time.Second || calls.Load() != 20 {
			t.Errorf("paused: %d calls, %v", calls.Load(), longest)
		}
		if l := c.Look(); !l.Resting || l.Timeouts == 0 || l.Engine != "redis" {
			t.Errorf("paused: %+v", l)
		}
		s.Resume()
		await(t, func() bool { ask(c, next()); return !c.Look().Resting })

		if _, err := s.Do("CONFIG", "SET", "maxmemory", "1"); err != nil { // full
			t.Fatal(err)
		}
		for range 5 {
			ask(c, next())
		}
		await(t, func() bool { return c.Look().Lost > 0 })
		if _, err := s.Do("CONFIG", "SET", "maxmemory", "0"); err != nil {
			t.Fatal(err)
		}

		s.Kill()
		for range 20 {
			if _, took := ask(c, next()); took > time.Second {
				t.Errorf("killed: %v", took)
			}
		}
		gone, err := redis.Open(redis.Config{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(gone.Close)
		never := cache.Open(cache.Config{Memory: 1 << 20, Shared: gone})
		t.Cleanup(never.Close)
		for range 5 {
			if _, took := ask(never, next()); took > time.Second {
				t.Errorf("never there: %v", took)
			}
		}
	})
}

func TestBadAddresses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "localhost:6379", "http://localhost", "redis://", "redis://localhost/x"} {
		if x, err := redis.Open(redis.Config{URL: bad}); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%q: %v, %v", bad, x, err)
		}
	}
}
