package server_test

import (
	"testing"

	"wenyuan/web/webtest"
)

// TestSignInThroughProvider is the road of somebody of a house that has a provider: asked for a
// page, sent to sign in, to the real Dex and its form, and back to the page; then the account, and
// out again.
func TestSignInThroughProvider(t *testing.T) {
	t.Parallel()
	h := dexHouse(t, true)
	p := h.tab(t)
	p.Forgive("theme") // the pictures of Dex's own page
	p.Go(h.url + "/library")
	p.Until(`location.pathname === "/signin"`)
	p.want("the page of signing in", p.Text("main"), "Sign in with Our house")
	if webtest.Eval[int](p.Page, `document.querySelectorAll("input[type=password]").length`) != 0 {
		t.Error("a password is asked for where nobody has one")
	}
	p.Shot("signin-1-door")
	p.Audit("the page of signing in")
	p.Click(`main a.btn`)
	p.Until(`!!document.querySelector("#login")`)
	p.Click("#login")
	p.Keys("zhao")
	p.Click("#password")
	p.Keys("dex-zhao\r")
	p.Until(`location.pathname === "/library"`)
	p.want("the rail", p.Text(".rail .foot"), "zhao")
	p.Go(h.url + "/account")
	p.want("the account", p.Text("main"), "zhao@example.com")
	p.want("the groups", p.Text("main"), "hr")
	p.want("the sessions", p.Text("main table"), "house")
	if seen := webtest.Eval[string](p.Page, `document.cookie`); seen != "" {
		t.Errorf("a script sees the cookies %s", seen)
	}
	p.Shot("signin-2-account")
	p.Audit("the account")
	p.Click(`main form[action="/signout"] button`)
	p.Until(`location.pathname === "/signin" && location.search === "?out=house"`)
	p.want("out", p.Text("main"), "You are signed out here.")
	p.Go(h.url + "/account")
	p.Until(`location.pathname === "/signin"`)
}

// TestSignInByPassword is the same road with a password, which a mistake comes before.
func TestSignInByPassword(t *testing.T) {
	t.Parallel()
	h := dexHouse(t, false)
	p := h.tab(t)
	p.Forgive("403")
	p.Go(h.url + "/ask/all")
	p.Until(`location.pathname === "/signin"`)
	p.Keys("Li\t")
	p.Keys("wrong horse battery\r")
	p.Until(`!!document.querySelector(".problem")`)
	p.want("what went wrong", p.Text(".problem"), "The name or the password is wrong")
	p.Shot("signin-3-wrong")
	p.Audit("a wrong password")
	p.Click("#password")
	p.Keys(liPassword + "\r")
	p.Until(`location.pathname === "/ask/all"`)
	p.Click(`.rail form[action="/signout"] button`)
	p.Until(`location.pathname === "/signin"`)
	p.Audit("signed out")
}
