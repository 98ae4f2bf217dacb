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
	sc, err = Scope(context.Background(), wenyuan.Principal{ID: "stranger"}, wenyuan.DefaultSpace)
	if wenyuan.CodeOf(err) != wenyuan.Denied || sc.Sees(wenyuan.DefaultSpace, "any") {
		t.Errorf("a stranger sees %v, %v", sc, err)
	}
}

func TestThrough(t *testing.T) {
	t.Parallel()
	p := Visitor("chn_1", "token")
	sc, err := Through(p, wenyuan.DefaultSpace, "desk")
	if err != nil || sc.All(wenyuan.DefaultSpace) || sc.Only() != "desk" || !sc.Sees(wenyuan.DefaultSpace, "any") {
		t.Errorf("a visitor sees %v, %v", sc, err)
	}
	if id, ok := ChannelOf(p.ID); !ok || id != "chn_1" {
		t.Errorf("the channel of %s is %q", p.ID, id)
	}
	if _, ok := ChannelOf(Single.ID); ok {
		t.Error("the one person came through a channel")
	}
	for _, c := range []struct {
		p         wenyuan.Principal
		assistant string
	}{{Single, "desk"}, {p, ""}, {wenyuan.Principal{ID: "channel:"}, "desk"}} {
		if sc, err := Through(c.p, wenyuan.DefaultSpace, c.assistant); wenyuan.CodeOf(err) != wenyuan.Denied || sc.Sees(wenyuan.DefaultSpace, "any") {
			t.Errorf("%v through %q sees %v, %v", c.p, c.assistant, sc, err)
		}
	}
	if _, err := Scope(context.Background(), p, wenyuan.DefaultSpace); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a visitor has the scope of a person: %v", err)
	}
}
