package cache_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
)

// BenchmarkMiss: a look-up, a flight and a store, of a call that answers at once.
func BenchmarkMiss(b *testing.B) {
	c := cache.Open(cache.Config{Memory: 64 << 20})
	defer c.Close()
	call := says("The answer, which is some words long, as answers are.")
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	told := &manner.Told{}
	how := manner.Manner{Share: true, Keep: time.Hour, Told: told}
	q := cache.Query{Space: "main", Model: "m", Hash: "h", Whole: true, How: how}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(i))
		q.Key = sha256.Sum256(n[:])
		for range c.Stream(ctx, q, call) {
		}
	}
}

func warm(b *testing.B) (*cache.Cache, cache.Query) {
	c := cache.Open(cache.Config{Memory: 64 << 20})
	b.Cleanup(c.Close)
	q := cache.Query{Key: cache.Key{1}, Space: "main", Model: "m", Hash: "h", Whole: true, How: manner.Manner{Share: true, Keep: time.Hour, Told: &manner.Told{}}}
	for range c.Stream(b.Context(), q, says("The answer, which is some words long, as answers are.")) {
	}
	return c, q
}

func BenchmarkHit(b *testing.B) {
	c, q := warm(b)
	call := says("")
	b.ReportAllocs()
	for b.Loop() {
		for range c.Stream(b.Context(), q, call) {
		}
	}
}

func BenchmarkPeek(b *testing.B) {
	c, q := warm(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.Peek(q); !ok {
			b.Fatal("gone")
		}
	}
}

// BenchmarkOpenStreams says how much memory an open stream takes of the cache's own.
func BenchmarkOpenStreams(b *testing.B) {
	const streams = 4000
	for b.Loop() {
		c := cache.Open(cache.Config{Memory: 64 << 20})
		ctx, stop := context.WithCancel(b.Context())
		var wg, at sync.WaitGroup
		run := func(how manner.Manner) int64 {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			at.Add(streams)
			for i := range streams {
				wg.Go(func() {
					q := cache.Query{Space: "main", Model: "m", Hash: "h", How: how}
					binary.LittleEndian.PutUint64(q.Key[:], uint64(i))
					for range c.Stream(ctx, q, func(ctx context.Context) stream {
						return func(yield func(wenyuan.Chunk, error) bool) {
							for range 40 {
								yield(wenyuan.Chunk{Text: "some word "}, nil)
							}
							at.Done()
							<-ctx.Done()
						}
					}) {
					}
				})
			}
			at.Wait()
			runtime.GC()
			runtime.ReadMemStats(&after)
			return int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse)
		}
		b.ReportMetric(float64(run(manner.Manner{Share: true, Keep: time.Hour}))/streams, "B/stream")
		stop()
		wg.Wait()
		c.Close()
	}
}
