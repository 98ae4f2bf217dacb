package pool_test

import (
	"fmt"
	"testing"

	"wenyuan/gateway/pool"
)

func several(n int) *pool.Pool {
	p := pool.New(pool.Config{})
	var all []pool.Member
	for i := range n {
		all = append(all, pool.Member{ID: fmt.Sprint("http://", i)})
	}
	p.Set(all)
	return p
}

func prefixes(n int, from uint64) (all []pool.Prefix) {
	for i := range n {
		all = append(all, pool.Prefix{Hash: from + uint64(i), Tokens: 128 * (i + 1)})
	}
	return all
}

// BenchmarkTake is a whole turn: a place, the first piece, the end.
func BenchmarkTake(b *testing.B) {
	for _, n := range []int{1, 3, 16, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := several(n)
			a := pool.Ask{Tokens: 300, Prompt: 100}
			b.ReportAllocs()
			for b.Loop() {
				t := p.Take(a)
				t.First()
				t.End(pool.Good)
			}
		})
	}
}

// BenchmarkTakeWarm has the beginnings of a prompt of 8 KB, one in ten of them new.
func BenchmarkTakeWarm(b *testing.B) {
	p := several(3)
	i := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		i++
		t := p.Take(pool.Ask{Tokens: 3000, Prompt: 2700, Prefix: prefixes(16, i/10*100)})
		t.First()
		t.End(pool.Good)
	}
}

// BenchmarkTakeBeside is the same from all processors.
func BenchmarkTakeBeside(b *testing.B) {
	p := several(3)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if t := p.Take(pool.Ask{Tokens: 300, Prompt: 100}); t != nil {
				t.First()
				t.End(pool.Good)
			}
		}
	})
}
