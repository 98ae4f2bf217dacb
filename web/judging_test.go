package web

import (
	"testing"

	"wenyuan/web/webtest"
)

// TestJudging: answers get their places by keys alone; equal numbers are ties.
func TestJudging(t *testing.T) {
	t.Parallel()
	s, p := site(t), webtest.Open(t)
	p.Forgive("404") // the draft goes where only pages are
	p.Forgive("405")
	p.Size(1360, 900)
	p.Go(s.URL + "/learning/judging/task/work?lang=en")
	places := func() string {
		return webtest.Eval[string](p, `[...document.querySelectorAll("[data-answer]")].map((a) => a.querySelector("input:checked")?.value || "-").join("")`)
	}
	at := func() string { return webtest.Eval[string](p, `document.activeElement.querySelector("h3")?.id || ""`) }
	if places() != "21-" || at() != "a1" {
		t.Fatalf("%s at %s", places(), at())
	}
	p.Keys("1")
	p.Keys("u")
	if at() != "a3" {
		t.Errorf("the one without a place is not found: %s", at())
	}
	p.Keys("1")
	p.Keys("9")
	p.Keys("k")
	p.Keys("3")
	if places() != "131" || at() != "a2" {
		t.Errorf("%s at %s", places(), at())
	}
	p.Keys("j")
	p.Keys("j")
	if at() != "a1" {
		t.Errorf("behind the last comes the first: %s", at())
	}
	p.Click("#note")
	p.Keys("23")
	if places() != "131" {
		t.Errorf("keys are heard while somebody writes: %s", places())
	}
}
