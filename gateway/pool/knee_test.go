package pool

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestKnees: each number of requests at once has its place among those that are tried.
func TestKnees(t *testing.T) {
	t.Parallel()
	for n := 1; n <= MaxLimit; n++ {
		b := bucket(n)
		if kneeAt[b] < float64(n) || b > 0 && kneeAt[b-1] >= float64(n) {
			t.Fatalf("%d is at %v", n, kneeAt[b])
		}
		if l := lower(float64(n)); l > float64(n) || l < float64(n)/1.26 {
			t.Fatalf("the next below %d is %v", n, l)
		}
	}
}

// TestBend: from which number on times rise is found, also where they differ for other reasons; where they do not
// rise, nothing is.
func TestBend(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, capacity := range []float64{1, 3, 8, 24, 64, 1e9} {
		for _, noise := range []float64{0.05, 0.5} {
			var k knee
			for range 600 {
				n := 1 + r.IntN(min(int(3*capacity), 96))
				k.fades(1 - 1./memory)
				k.learn(5+math.Log(max(1, float64(n)/capacity))+noise*r.NormFloat64(), n)
			}
			switch b := k.find(); {
			case capacity == 1e9:
				if b.sure >= certain {
					t.Errorf("noise %.2f: a rise from %.0f on is seen where there is none", noise, b.at)
				}
			case b.sure < certain || b.at < 0.6*capacity || b.at > 1.7*capacity || noise < 0.1 && b.at != capacity:
				t.Errorf("%.0f at once, noise %.2f: found %.0f, %.1f sure", capacity, noise, b.at, b.sure)
			}
		}
	}
}

// TestPace: what a prompt and an answer cost is found; where sizes are always alike, or one is not there, no
// cost is below nothing and the sum is right.
func TestPace(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, x := range []struct {
		prompts, pieces int
		same            bool
	}{{4000, 1000, false}, {0, 1000, false}, {4000, 0, false}, {0, 0, false}, {2000, 2000, true}} {
		var p pace
		cost := func(prompt, piece float64) float64 { return 60e6 + 20e3*prompt + 400e3*piece }
		for i := range 2000 {
			prompt, piece := float64(r.IntN(x.prompts+1)), float64(r.IntN(x.pieces+1))
			if x.same {
				piece = prompt
			}
			p.scale(1 - 1./memory)
			p.learn(cost(prompt, piece)*(0.8+0.4*r.Float64()), prompt, piece, 1)
			if i%least == 0 {
				p.fit()
			}
		}
		prompt, piece := float64(x.prompts/2), float64(x.pieces/2)
		if got, want := p.of(prompt, piece), cost(prompt, piece); math.Abs(got-want) > 0.06*want {
			t.Errorf("%+v: %.0f ms, not %.0f", x, got/1e6, want/1e6)
		}
		for i, c := range p.by {
			if c < 0 {
				t.Errorf("%+v: %d costs %f", x, i, c)
			}
		}
	}
}

// BenchmarkSample is what a time costs that is taken in.
func BenchmarkSample(b *testing.B) {
	l := limiter{lag: func() int64 { return 0 }}
	l.init(0)
	r := rand.New(rand.NewPCG(1, 1))
	b.ReportAllocs()
	for now := int64(0); b.Loop(); now += 10e6 {
		at := 1 + r.IntN(l.now())
		took := int64(100e6*max(1, float64(at)/8)) + int64(r.IntN(10e6))
		l.sample(now, now-took, took, 100, 100, at, 0)
	}
}
