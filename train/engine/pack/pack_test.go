package pack

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// lengthsOf are lengths as conversations have them: log-normal, cut at the room.
func lengthsOf(n, room int) []int32 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(min(max(int(math.Exp(5.3+0.9*r.NormFloat64())), 8), room))
	}
	return out
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, room := range []int{1024, 2048, 4096} {
		r := Best(lengthsOf(20_000, room), room, 3)
		if r.Fill() < 0.995 {
			t.Errorf("rows of %d are %.4f full", room, r.Fill())
		}
	}
}

// TestBest: every sample that fits is in one row, and no row holds more than it takes; the
// same seed gives the same rows.
func TestBest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.IntRange(1, 5000).Draw(t, "room")
		lengths := rapid.SliceOfN(rapid.Int32Range(-1, int32(room)+1), 0, 300).Draw(t, "lengths")
		r := Best(lengths, room, 9)
		seen := map[int32]bool{}
		var used int64
		for i := range r.Len() {
			var sum int32
			for _, s := range r.Row(i) {
				if seen[s] {
					t.Fatalf("sample %d is there twice", s)
				}
				seen[s] = true
				sum += lengths[s]
			}
			if int(sum) > room || sum == 0 {
				t.Fatalf("row %d holds %d of %d", i, sum, room)
			}
			used += int64(sum)
		}
		for s, l := range lengths {
			if fits := l >= 1 && int(l) <= room; fits != seen[int32(s)] {
				t.Fatalf("sample %d of length %d: packed %v", s, l, seen[int32(s)])
			}
		}
		if used != r.Used || !slices.Equal(r.Items, Best(lengths, room, 9).Items) {
			t.Fatal("the count or the repetition differs")
		}
	})
}

// TestBestIsBest: never more rows than first fit decreasing would need by more than one in nine,
// which is the bound of both (Johnson et al. 1974: 11/9 of the least, plus one).
func TestBestIsBest(t *testing.T) {
	t.Parallel()
	lengths := lengthsOf(5000, 512)
	var sum int64
	for _, l := range lengths {
		sum += int64(l)
	}
	least := int((sum + 511) / 512)
	if r := Best(lengths, 512, 1); r.Len() > least*11/9+1 {
		t.Errorf("%d rows where %d would be the least", r.Len(), least)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 4, 5, 63, 64, 65, 1000, 4097} {
		o, seen := NewOrder(n, 7), make([]bool, n)
		for i := range n {
			seen[o.At(i)] = true
		}
		if slices.Contains(seen, false) {
			t.Errorf("the order of %d leaves something out", n)
		}
	}
	a, b, same, home := NewOrder(10_000, 1), NewOrder(10_000, 2), 0, 0
	for i := range 10_000 {
		if a.At(i) == b.At(i) {
			same++
		}
		if a.At(i) == i {
			home++
		}
	}
	if same > 10 || home > 10 {
		t.Errorf("two seeds agree at %d of 10,000 places, one stays at %d", same, home)
	}
}

// TestOrderIsEven: what stands at the first place is each thing about as often, over seeds.
func TestOrderIsEven(t *testing.T) {
	t.Parallel()
	const n, seeds = 10, 20_000
	var count [n]float64
	for s := range seeds {
		count[NewOrder(n, uint64(s)).At(3)]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - seeds/n) * (c - seeds/n) / (seeds / n)
	}
	if chi > 27.9 { // 1 in 1,000 at nine degrees of freedom
		t.Errorf("chi squared is %.1f over %v", chi, count)
	}
}

// BenchmarkBest packs a million samples; it is what a resumed run waits for.
func BenchmarkBest(b *testing.B) {
	lengths := lengthsOf(1_000_000, 2048)
	var r *Rows
	for b.Loop() {
		r = Best(lengths, 2048, 1)
	}
	b.ReportMetric(100*r.Fill(), "%full")
	b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds()/1e6, "Msamples/s")
}

func BenchmarkOrder(b *testing.B) {
	o, i := NewOrder(1_000_000, 1), 0
	for b.Loop() {
		i = o.At(i)
	}
}
