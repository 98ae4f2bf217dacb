package similar

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
)

// TestVectors: a question is turned into a vector once, also where it was asked before it was kept, and of
// what is forgotten no vector is left.
func TestVectors(t *testing.T) {
	t.Parallel()
	e := &wordEmbedder{}
	x := index(t, Config{Embedder: func() (wenyuan.Embedder, bool) { return e, true }})
	far, kept := "How do vegans get their protein?", "How do vegans get protein?"
	keep(x, here, kept, 1)
	for n, want := range [][]string{{far, kept}, {far}, {far}} {
		if m, _ := x.Find(t.Context(), here, far); !m.Serve || !slices.Equal(e.last, want) {
			t.Errorf("question %d: %+v, embedded %q", n, m, e.last)
		}
	}
	keep(x, here, far, 2)
	other := "How do vegans have their protein?"
	if x.Find(t.Context(), here, other); !slices.Equal(e.last, []string{other}) {
		t.Errorf("embedded %q", e.last)
	}
	x.Forget("main", [32]byte{1})
	if n := x.vectors.kept.Len(); n != 1 {
		t.Errorf("%d vectors of one question", n)
	}
	x.ForgetSpace("main")
	if v := x.vectors; v.kept.Len() != 0 || v.bytes != 0 || len(v.asked) != 0 {
		t.Errorf("left: %d vectors, %d bytes, %d asked", v.kept.Len(), v.bytes, len(v.asked))
	}
}

// TestVectorsBounds: the oldest vectors go where they are too many, and one that comes after its question
// was forgotten is not kept.
func TestVectorsBounds(t *testing.T) {
	t.Parallel()
	x := newVectors()
	all := make([]*kept, 40)
	for i := range all {
		all[i] = &kept{}
		x.put(all[i], "1", make([]float32, mostVectors/4/16))
		x.note(vector{version: "1", v: []float32{1}})
	}
	if x.kept.Len() != 16 || x.bytes > mostVectors || x.of(all[0], "1") != nil || x.of(all[39], "1") == nil || x.of(all[39], "2") != nil {
		t.Errorf("%d vectors, %d bytes", x.kept.Len(), x.bytes)
	}
	for range 2 * mostAsked {
		x.note(vector{})
	}
	if len(x.asked) != mostAsked {
		t.Errorf("%d asked", len(x.asked))
	}
	x.forget(all[39])
	if x.put(all[39], "1", []float32{1}); x.of(all[39], "1") != nil {
		t.Error("a vector of a forgotten question is kept")
	}
}

// TestRest: an embedder that fails is left alone, longer each time, and one question tries it again.
func TestRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &wordEmbedder{}
		x := index(t, Config{Embedder: func() (wenyuan.Embedder, bool) { return e, true }})
		keep(x, here, "How do vegans get protein?", 1)
		far := "How do vegans get their protein?"
		find := func() Match {
			t.Helper()
			m, ok := x.Find(t.Context(), here, far)
			if !ok {
				t.Error("not found")
			}
			return m
		}
		find()
		e.err = &wenyuan.Error{Code: wenyuan.Unavailable}
		before := e.asked
		for range 50 {
			if m := find(); m.Serve || m.Measure != wordsMeasure {
				t.Fatalf("%+v without an embedder", m)
			}
		}
		if n := e.asked - before; n != 1 {
			t.Errorf("it was asked %d times while it should rest", n)
		}
		for i, pause := range []time.Duration{leastRest, 2 * leastRest, 4 * leastRest} {
			time.Sleep(pause - time.Millisecond)
			find()
			if n := e.asked - before; n != i+1 {
				t.Errorf("before the end of rest %d it was asked %d times", i, n)
			}
			time.Sleep(time.Millisecond)
			find()
			find()
			if n := e.asked - before; n != i+2 {
				t.Errorf("after rest %d it was asked %d times", i, n)
			}
		}
		e.err = nil
		time.Sleep(mostRest)
		for range 2 {
			if m := find(); !m.Serve {
				t.Errorf("%+v after it came back", m)
			}
		}
	})
}

// TestRestTogether: those who asked at once count as one failure.
func TestRestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := index(t, Config{})
		begun := time.Now()
		time.Sleep(time.Second)
		for range 20 {
			x.rest.came(begun, &wenyuan.Error{Code: wenyuan.Unavailable}, x.c.Log)
		}
		time.Sleep(leastRest)
		if !x.rest.ready() || x.rest.ready() {
			t.Error("the rest of one failure is longer than one rest, or several try it at once")
		}
	})
}
