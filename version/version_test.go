package version_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/version"
)

func TestHashIsOfTheContent(t *testing.T) {
	t.Parallel()
	type ab struct {
		A int    `json:"a"`
		B string `json:"b"`
	}
	type ba struct {
		B string `json:"b"`
		A int    `json:"a"`
	}
	hash := func(v any) string {
		t.Helper()
		h, err := version.Hash(v)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	same := hash(ab{1, "<问>"})
	for _, v := range []any{ba{"<问>", 1}, map[string]any{"b": "<问>", "a": 1}, json.RawMessage("{ \"b\":\"<\\u95ee>\",\n\"a\":1 }")} {
		if h := hash(v); h != same {
			t.Errorf("%#v has the hash %s, want %s", v, h, same)
		}
	}
	// sha256 of {"a":1,"b":"<问>"}, by another program: the hashes of one release hold in the next.
	if want := "046dc6fd2f847294aa5dde82fb7cd8cf5d9d61251c8921368288dfce96b591a6"; same != want {
		t.Errorf("the hash is %s, want %s", same, want)
	}
	for _, v := range []any{ab{2, "<问>"}, ab{1, "<闻>"}, []any{1, "<问>"}, nil} {
		if h := hash(v); h == same {
			t.Errorf("%#v has the same hash", v)
		}
	}
	// A number too long for a float keeps its digits.
	if hash(int64(9007199254740993)) == hash(int64(9007199254740992)) {
		t.Error("large numbers run together")
	}
	if _, err := version.Hash(func() {}); err == nil {
		t.Error("a function has a hash")
	}
}

// TestHashTwice: what was read back has the hash it was put under.
func TestHashTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Int64())).Draw(t, "data")
		first, err := version.Hash(data)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		second, err := version.Hash(json.RawMessage(raw))
		if err != nil || first != second {
			t.Fatalf("%s and %s, %v", first, second, err)
		}
	})
}

func TestPutGetLabel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		type prompt struct{ Text string }
		var one, two wenyuan.Version
		storetest.Write(t, s, func(tx *store.Tx) (err error) {
			if one, err = version.Put(ctx, tx, "main", "prompt", "default", prompt{"回答 <b>问题</b>\x00"}); err != nil {
				return err
			}
			again, err := version.Put(ctx, tx, "main", "prompt", "default", prompt{"回答 <b>问题</b>\x00"})
			if diff := cmp.Diff(one, again); diff != "" {
				t.Errorf("put twice:\n%s", diff)
			}
			if err != nil {
				return err
			}
			if two, err = version.Put(ctx, tx, "main", "prompt", "default", prompt{"短"}); err != nil {
				return err
			}
			return version.Label(ctx, tx, "main", "prompt", "default", "production", one.Hash)
		})
		storetest.Read(t, s, func(tx *store.Tx) error {
			var got prompt
			v, err := version.Get(ctx, tx, "main", "prompt", one.Hash, &got)
			if diff := cmp.Diff(one, v); diff != "" || got.Text != "回答 <b>问题</b>\x00" {
				t.Errorf("get: %q\n%s", got.Text, diff)
			}
			if err != nil {
				return err
			}
			at, err := version.Resolve(ctx, tx, "main", "prompt", "default", "production")
			if at.Hash != one.Hash {
				t.Errorf("the label points at %s", at.Hash)
			}
			return err
		})
		storetest.Write(t, s, func(tx *store.Tx) error {
			return version.Label(ctx, tx, "main", "prompt", "default", "production", two.Hash)
		})
		storetest.Read(t, s, func(tx *store.Tx) error {
			at, err := version.Resolve(ctx, tx, "main", "prompt", "default", "production")
			if at.Hash != two.Hash {
				t.Errorf("the moved label points at %s", at.Hash)
			}
			return err
		})
		notFound := map[string]func(*store.Tx) error{
			"another space": func(tx *store.Tx) error { _, err := version.Get(ctx, tx, "other", "prompt", one.Hash, nil); return err },
			"another kind":  func(tx *store.Tx) error { _, err := version.Get(ctx, tx, "main", "tool", one.Hash, nil); return err },
			"another label": func(tx *store.Tx) error {
				_, err := version.Resolve(ctx, tx, "main", "prompt", "default", "canary")
				return err
			},
			"a label on nothing": func(tx *store.Tx) error {
				return version.Label(ctx, tx, "main", "prompt", "default", "canary", strings.Repeat("0", 64))
			},
		}
		for name, f := range notFound {
			if err := s.Write(ctx, f); wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestPutRefuses(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	put := func(space, kind, name string, data any) error {
		return s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := version.Put(t.Context(), tx, space, kind, name, data)
			return err
		})
	}
	if err := put("main", "", "x", 1); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("without a kind: %v", err)
	}
	if err := put("main", "k", "x", strings.Repeat("x", version.MaxSize)); wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("too large: %v", err)
	}
	if err := put("main", "k", "x", make(chan int)); err == nil {
		t.Error("a channel was kept")
	}
}

func TestEdges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		var set wenyuan.Version
		revision := wenyuan.Version{Kind: "revision", Hash: "r1"} // kept elsewhere
		other := wenyuan.Version{Kind: "revision", Hash: "r0"}
		storetest.Write(t, s, func(tx *store.Tx) (err error) {
			if set, err = version.Put(ctx, tx, "main", "dataset", "问答", []string{"a"}); err != nil {
				return err
			}
			for _, from := range []wenyuan.Version{revision, other, revision} {
				if err := version.Edge(ctx, tx, "main", from, set); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.Read(t, s, func(tx *store.Tx) error {
			for _, c := range []struct {
				name string
				find func(context.Context, *store.Tx, string, wenyuan.Version) ([]wenyuan.Version, error)
				of   wenyuan.Version
				in   string
				want []wenyuan.Version
			}{
				{"parents", version.Parents, set, "main", []wenyuan.Version{other, revision}},
				{"children", version.Children, revision, "main", []wenyuan.Version{set}},
				{"no children", version.Children, set, "main", []wenyuan.Version{}},
				{"another space", version.Parents, set, "other", []wenyuan.Version{}},
			} {
				got, err := c.find(ctx, tx, c.in, c.of)
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v\n%s", c.name, err, diff)
				}
			}
			return nil
		})
		err := s.Write(ctx, func(tx *store.Tx) error { return version.Edge(ctx, tx, "main", set, set) })
		if wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("made from itself: %v", err)
		}
	})
}

// TestLabelsAndHistory: what points where, what there was before, and a label taken away.
func TestLabelsAndHistory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		var hashes []string
		for _, text := range []string{"one", "two"} {
			storetest.Write(t, s, func(tx *store.Tx) error {
				v, err := version.Put(ctx, tx, "main", "prompt", "a", map[string]string{"name": "a", "text": text})
				hashes = append(hashes, v.Hash)
				if err != nil {
					return err
				}
				return version.Label(ctx, tx, "main", "prompt", "a", "production", v.Hash)
			})
		}
		storetest.Write(t, s, func(tx *store.Tx) error {
			return version.Label(ctx, tx, "main", "prompt", "b", "canary", hashes[0])
		})
		list := func(name string) (out []string) {
			storetest.Read(t, s, func(tx *store.Tx) error {
				all, err := version.Labels(ctx, tx, "main", "prompt", name)
				for _, l := range all {
					out = append(out, l.Name+" "+l.Label+" "+l.Hash)
				}
				return err
			})
			return out
		}
		want := []string{"a production " + hashes[1], "b canary " + hashes[0]}
		if diff := cmp.Diff(want, list("")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want[1:], list("b")); diff != "" {
			t.Error(diff)
		}
		storetest.Read(t, s, func(tx *store.Tx) error {
			all, err := version.History(ctx, tx, "main", "prompt", "a")
			if len(all) != 2 || all[0].Hash != hashes[1] || all[0].Created < all[1].Created {
				t.Errorf("history: %v", all)
			}
			return err
		})
		for range 2 {
			storetest.Write(t, s, func(tx *store.Tx) error {
				return version.Unlabel(ctx, tx, "main", "prompt", "a", "production")
			})
		}
		if diff := cmp.Diff(want[1:], list("")); diff != "" {
			t.Error(diff)
		}
	})
}
