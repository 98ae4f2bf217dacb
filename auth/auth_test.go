package auth

import (
	"context"
	"testing"

	"wenyuan"
)

func TestScope(t *testing.T) {
	t.Parallel()
	sc, err := Scope(context.Background(), Single, wenyuan.DefaultSpace)
	if err != nil || !sc.Sees(wenyuan.DefaultSpace, "any") {
		t.Errorf("the one person sees %v, %v", sc, err)
	}
	for _, p := range []wenyuan.Principal{{ID: "stranger"}, {}, Holder("li"), {ID: Single.ID, Name: "another"}} {
		sc, err = Scope(context.Background(), p, wenyuan.DefaultSpace)
		if wenyuan.CodeOf(err) != wenyuan.Denied || sc.Sees(wenyuan.DefaultSpace, "any") {
			t.Errorf("%v sees %v, %v", p, sc, err)
		}
	}
}

func TestVisitor(t *testing.T) {
	t.Parallel()
	p := Visitor("chn_1", "token")
	if id, ok := ChannelOf(p.ID); !ok || id != "chn_1" {
		t.Errorf("the channel of %s is %q", p.ID, id)
	}
	if _, ok := ChannelOf(Single.ID); ok {
		t.Error("the one person came through a channel")
	}
	if _, err := Scope(context.Background(), p, wenyuan.DefaultSpace); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a visitor has the scope of a person: %v", err)
	}
}
