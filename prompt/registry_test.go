package prompt

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestRegistry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx, sc := t.Context(), scope.Space("main")
		p := Open(storetest.Open(t, c))
		names := func() (out []string) {
			t.Helper()
			all, err := p.List(ctx, sc)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range all {
				out = append(out, l.Name)
			}
			return out
		}
		if got := names(); !cmp.Equal(got, []string{"default"}) {
			t.Errorf("at first: %v", got)
		}
		one, two := parsedAs(t, "support", plainTemplate), parsedAs(t, "support", plainTemplate+"\n")
		for _, x := range []*Template{one, two, parsedAs(t, "a", plainTemplate), parsedAs(t, "default", plainTemplate)} {
			if err := p.Save(ctx, sc, x); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Save(ctx, scope.Documents("main", []string{"doc_1"}), one); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("saved by somebody who sees one document: %v", err)
		}
		if got := names(); !cmp.Equal(got, []string{"default", "a", "support"}) {
			t.Errorf("%v", got)
		}
		l, err := p.Find(ctx, sc, "support", "")
		if err != nil || l.Hash != two.Hash || len(l.History) != 2 || l.History[0].Hash != two.Hash || l.Moved == 0 || l.BuiltIn {
			t.Errorf("%+v, %v", l, err)
		}
		if l, err := p.Find(ctx, sc, "support", one.Hash); err != nil || l.Text != plainTemplate || len(l.History) != 2 {
			t.Errorf("%+v, %v", l, err)
		}
		if _, err := p.Find(ctx, sc, "a", one.Hash); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Error(err)
		}
		old, err := p.At(ctx, sc, one.Hash)
		if err != nil || old.Text != plainTemplate {
			t.Errorf("%+v, %v", old, err)
		}
		if d, err := p.Find(ctx, sc, "default", ""); err != nil || d.BuiltIn || d.Text != plainTemplate {
			t.Errorf("%+v, %v", d, err)
		}
		if d, err := p.At(ctx, sc, Default().Hash); err != nil || d.Text != BuiltIn {
			t.Errorf("%v", err)
		}
		if _, err := p.Find(ctx, sc, "nobody", ""); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Error(err)
		}
		if _, err := p.Find(ctx, scope.Space("other"), "support", ""); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Error(err)
		}
		if _, err := p.At(ctx, scope.Space("other"), one.Hash); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Error(err)
		}
	})
}
