// Package cachetest is what an engine of the shared level of the cache has to do, as a suite that runs
// against a real one. Only tests import it.
package cachetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
)

// Conform runs the suite. open gives an empty engine; it is called once for each subtest, and what it
// opens it closes by t.Cleanup.
func Conform(t *testing.T, open func(t *testing.T) cache.Engine) {
	t.Run("gives back what it was given", func(t *testing.T) { same(t, open(t)) })
	t.Run("forgets what has ended", func(t *testing.T) { ended(t, open(t)) })
	t.Run("keeps spaces apart", func(t *testing.T) { apart(t, open(t)) })
	t.Run("drops", func(t *testing.T) { drops(t, open(t)) })
	t.Run("purges what a purge is about", func(t *testing.T) { purges(t, open(t)) })
	t.Run("serves many at once", func(t *testing.T) { many(t, open(t)) })
}

// Entry is an entry of a space that ends in an hour.
func Entry(space string, n int) *cache.Entry {
	now := time.Now().UnixMicro()
	return &cache.Entry{
		Key: cache.Key{byte(n), byte(n >> 8)}, Space: space, Model: fmt.Sprint("model-", n%2), Hash: "h",
		Chunks:  []wenyuan.Chunk{{Text: fmt.Sprint("answer ", n, "，中文 \x00 ' \" \\")}, {ToolCalls: []wenyuan.ToolCall{{Index: 1, ID: "a", Name: "f", Arguments: `{"x": 1}`}}, Finish: "stop", Usage: &wenyuan.Usage{Prompt: 1, Completion: 2}}},
		Made:    []manner.Made{{Document: fmt.Sprint("doc_", n%3), Revision: "r"}, {Document: "doc_all", Revision: "r"}},
		Sources: []wenyuan.Version{{Kind: "assistant", Name: fmt.Sprint("as-", n%2), Hash: "1"}, {Kind: "prompt", Name: "p", Hash: "2"}},
		Replica: "http://x", Created: now, Fresh: now + 1e9, Ends: now + 3600e6,
	}
}

var sameEntry = cmp.Options{cmpopts.IgnoreUnexported(cache.Entry{}), cmpopts.IgnoreFields(cache.Entry{}, "Reply"), cmpopts.EquateEmpty()}

func put(t *testing.T, x cache.Engine, all ...*cache.Entry) {
	t.Helper()
	if err := x.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
}

// there says whether an entry is in the engine, and is what was put there.
func there(t *testing.T, x cache.Engine, e *cache.Entry) bool {
	t.Helper()
	got, err := x.Get(t.Context(), e.Space, e.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got == nil {
		return false
	}
	if diff := cmp.Diff(e, got, sameEntry); diff != "" {
		t.Errorf("another entry came back (-put +got):\n%s", diff)
	}
	return true
}

func same(t *testing.T, x cache.Engine) {
	if x.Name() == "" {
		t.Error("it has no name")
	}
	e := Entry("main", 1)
	if there(t, x, e) {
		t.Error("it has what nobody put there")
	}
	put(t, x, e)
	if !there(t, x, e) {
		t.Error("it does not have what was put there")
	}
	other := Entry("main", 1)
	other.Chunks, other.Made = []wenyuan.Chunk{{Text: strings.Repeat("长", 80<<10), Finish: "length"}}, nil
	put(t, x, other)
	if !there(t, x, other) {
		t.Error("it does not have what was put in the place of another one")
	}
	put(t, x)
}

func ended(t *testing.T, x cache.Engine) {
	e := Entry("main", 1)
	e.Created, e.Fresh, e.Ends = e.Created-3e6, e.Created-2e6, e.Created-1e6
	put(t, x, e, Entry("main", 2))
	if there(t, x, e) || !there(t, x, Found(t, x, "main", 2)) {
		t.Error("it keeps what has ended, or not what has not")
	}
	e = Entry("main", 3)
	e.Fresh = e.Created + 1000
	e.Ends = time.Now().Add(300 * time.Millisecond).UnixMicro()
	put(t, x, e)
	for there(t, x, e) {
		if time.Now().UnixMicro() > e.Ends+5e6 {
			t.Fatal("it gives what has ended seconds ago")
		}
	}
}

// Found is the entry that an engine has under the key of [Entry], for where it does not matter which.
func Found(t *testing.T, x cache.Engine, space string, n int) *cache.Entry {
	t.Helper()
	e, err := x.Get(t.Context(), space, Entry(space, n).Key)
	if err != nil || e == nil {
		t.Fatalf("entry %d of %s: %v, %v", n, space, e, err)
	}
	return e
}

func apart(t *testing.T, x cache.Engine) {
	put(t, x, Entry("hr", 1))
	if got, err := x.Get(t.Context(), "main", Entry("hr", 1).Key); got != nil || err != nil {
		t.Errorf("the answer of another space is given: %v, %v", got, err)
	}
	e := Entry("main", 1)
	put(t, x, e)
	if _, err := x.Purge(t.Context(), cache.Purge{Space: "hr"}); err != nil {
		t.Fatal(err)
	}
	if !there(t, x, e) {
		t.Error("the purge of one space took from another")
	}
	if got, _ := x.Get(t.Context(), "hr", e.Key); got != nil {
		t.Error("the space was not purged")
	}
}

func drops(t *testing.T, x cache.Engine) {
	a, b := Entry("main", 1), Entry("main", 2)
	put(t, x, a, b)
	for range 2 {
		if err := x.Drop(t.Context(), "main", a.Key); err != nil {
			t.Fatal(err)
		}
	}
	if there(t, x, a) || !there(t, x, b) {
		t.Error("not the one was dropped that was named")
	}
}

func purges(t *testing.T, x cache.Engine) {
	for _, p := range []cache.Purge{
		{Space: "main", Kind: cache.OfDocument, Name: "doc_1"}, {Kind: cache.OfDocument, Name: "doc_all"}, {Space: "main", Kind: cache.OfDocument, Name: "doc_0", More: []string{"doc_1", "doc_2"}}, {Space: "main", Kind: cache.OfDocument, Name: "as-1"},
		{Space: "main", Kind: cache.OfAssistant, Name: "as-1"}, {Kind: cache.OfPrompt, Name: "p"}, {Kind: cache.OfPrompt, Name: "doc_1"},
		{Space: "main", Kind: cache.OfModel, Name: "model-0"}, {Space: "hr"}, {},
	} {
		var all []*cache.Entry
		want := int64(0)
		for i := range 12 {
			for _, space := range []string{"main", "hr"} {
				e := Entry(space, i)
				all = append(all, e)
				if p.About(e) {
					want++
				}
			}
		}
		put(t, x, all...)
		n, err := x.Purge(t.Context(), p)
		if err != nil || n != want {
			t.Errorf("%+v: %d forgotten instead of %d, %v", p, n, want, err)
		}
		for _, e := range all {
			if there(t, x, e) == p.About(e) {
				t.Errorf("%+v: entry %v of %s: there is %v", p, e.Key[0], e.Space, !p.About(e))
			}
		}
	}
}

func many(t *testing.T, x cache.Engine) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				e := Entry("main", i*100+j)
				if err := x.Put(t.Context(), e); err != nil {
					t.Error(err)
					return
				}
				if got, err := x.Get(t.Context(), "main", e.Key); got == nil || err != nil {
					t.Errorf("%v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := x.Purge(t.Context(), cache.Purge{}); n != 160 || err != nil {
		t.Errorf("%d were there, %v", n, err)
	}
}
