package server_test

import (
	"testing"

	"wenyuan/web/webtest"
)

// TestConsoleAccess is the road of an operator with a browser: signing in, a person, a key that is
// copied, why somebody sees a document, and the console as they see it.
func TestConsoleAccess(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook, "hr/pay.md": "# Pay\n\nEverybody has the same pay.\n", "hr/.access": "read: person:lin yue\n"})
	populate(t, h)
	p := h.tab(t)
	p.Go(h.url + "/signin")
	p.Click(`input[name="name"]`)
	p.Keys("Lin Yue")
	p.Click(`input[name="password"]`)
	p.Keys(password + "\r")
	p.Until(`location.pathname === "/ask"`)
	p.want("who is signed in", p.Text(".rail .who"), "Lin Yue")
	p.Keys("\x1b")
	p.Keys("g")
	p.Keys("p")
	p.Until(`location.pathname === "/access/people"`)
	p.want("people", p.Text("main table"), "Chen Mo")
	p.Shot("access-1-people")
	p.Audit("people")
	p.Click(`input[name="q"]`)
	p.Keys("chen\r")
	p.Until(`location.search.includes("q=chen")`)
	p.Click("main table a")
	p.Until(`location.pathname.startsWith("/access/people/per")`)
	p.want("the person", p.Text("h1"), "Chen Mo")
	p.Click("details.remove summary")
	p.Shot("access-2-person")
	p.Audit("a person")

	p.Go(h.url + "/access/keys")
	p.Click(`.filling input[name="name"]`)
	p.Keys("laptop")
	p.Click(".filling .btn.main")
	p.Until(`document.querySelector("#secret")`)
	p.want("the key", p.Text("#secret"), "wyk_")
	p.Shot("access-3-key")
	p.Audit("a key that was made")

	p.Go(h.url + "/library/handbook")
	p.want("the file", p.Text("#readers"), "hr/.access")
	p.Audit("a corpus with readers")
	p.Go(h.url + "/access/why?person=Chen+Mo&document=hr/pay.md")
	p.want("why", p.Text(".decision"), "may not read it")
	p.Shot("access-4-why")
	p.Audit("why")
	p.Click(".decision a")
	p.Until(`location.pathname.startsWith("/access/people/per")`)
	p.Click(`form[action$="/view"] button`)
	p.Until(`location.pathname === "/ask" && document.querySelector(".viewing")`)
	p.want("the bar", p.Text(".viewing"), "Chen Mo")
	p.Audit("ask as somebody else")
	p.Go(h.url + "/library/handbook")
	p.want("the corpus as somebody else", p.Text("#documents"), "Pressure alarms")
	if n := webtest.Eval[int](p.Page, `document.querySelectorAll("#documents tbody tr").length`); n != 1 {
		t.Errorf("%d documents are listed", n)
	}
	if webtest.Eval[bool](p.Page, `!!document.querySelector('.rail [data-key="p"], .rail [data-key="g"], .rail [data-key="s"]')`) {
		t.Error("the rail lists places that an asker has no use for")
	}
	p.Shot("access-5-viewed")
	p.Audit("a corpus as somebody else")
	p.Click(".viewing button")
	p.Until(`location.pathname === "/ask" && !document.querySelector(".viewing")`)
	p.Go(h.url + "/records/audit")
	p.want("recorded", p.Text("main table"), "viewed as somebody")
	p.Click("main .head .btn.main")
	p.Until(`document.querySelector(".chain.lead")`)
	p.want("verified", p.Text(".chain"), "Verified up to")
	p.Shot("access-6-audit")
	p.Audit("the audit")
	p.Size(390, 844)
	for _, path := range []string{"/access/people", "/access/groups", "/access/spaces", "/access/spaces/main", "/access/keys", "/records/audit", "/gateway/limits", "/account"} {
		p.Go(h.url + path)
		p.Audit(path + " on a phone")
	}
}
