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
