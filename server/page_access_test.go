package server_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
)

const password = "a long road to the second contact"

// populate makes the house one of several people: Lin Yue looks after it, Chen Mo and Su Wan ask.
func populate(t testing.TB, h house) scope.Scope {
	t.Helper()
	ctx := t.Context()
	if _, _, _, err := h.Auth.Init(ctx, "Lin Yue"); err != nil {
		t.Fatal(err)
	}
	sc, err := h.Auth.Scope(ctx, auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []auth.NewPerson{{Name: "Chen Mo", Email: "chen.mo@example.com", Space: "main"}, {Name: "Su Wan", Space: "main"}} {
		if _, err := h.Auth.AddPerson(ctx, sc, p); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Lin Yue", "Chen Mo"} {
		if err := h.Server.SignIn.SetPassword(ctx, auth.Machine(), true, name, "", password); err != nil {
			t.Fatal(err)
		}
	}
	return sc
}

// signedIn is a reader who signed in.
func (h house) signedIn(t testing.TB, name string) reader {
	t.Helper()
	r := h.reader(t)
	if status, at, page := r.post("/signin", url.Values{"name": {name}, "password": {password}}); status != 200 || strings.HasPrefix(at, "/signin") {
		t.Fatalf("%s is not let in: %d at %s: %.300s", name, status, at, page)
	}
	return r
}

func (r reader) lacks(what, page string, parts ...string) {
	r.t.Helper()
	for _, part := range parts {
		if strings.Contains(page, part) {
			r.t.Errorf("%s: the page holds %q", what, part)
		}
	}
}

// TestAccessPages does without a script what an operator does with people, groups, spaces and keys.
func TestAccessPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, _, page := h.reader(t).get("/access/people")
	h.reader(t).want("a house of one", page, "Nobody has been added yet", "wenyuan init")
	populate(t, h)
	r := h.signedIn(t, "Lin Yue")

	_, _, page = r.post("/access/people", url.Values{"name": {"Gu Ran"}, "email": {"gu@example.com"}, "role": {"editor"}})
	r.want("added", page, "Added:", "Gu Ran", "gu@example.com", "editor", "Sign out")
	status, _, page := r.post("/access/people", url.Values{"name": {"gu ran"}, "role": {"asker"}})
	r.want("twice", page, `class="note bad problem"`, `value="gu ran"`)
	if status != 409 {
		t.Errorf("a name that is taken: %d", status)
	}
	_, _, page = r.get("/access/people?q=chen")
	r.want("found", page, "Chen Mo")
	r.lacks("found", page, "Gu Ran")
	_, at, page := r.get("/access/people/Gu%20Ran")
	id := regexp.MustCompile(`action="(/access/people/per_[^"/]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("no form for the person at %s", at)
	}
	gu := id[1]
	_, _, page = r.post(gu+"/role", url.Values{"space": {"main"}, "role": {"reviewer"}})
	r.want("another role", page, "The role holds from the next request on", "reviewer")
	_, _, page = r.post(gu+"/disabled", url.Values{"disabled": {"yes"}})
	r.want("disabled", page, "Disabled.", "disabled")
	_, _, page = r.post(gu+"/remove", url.Values{"name": {"someone"}})
	r.want("another name", page, "The name that was typed is another one.")
	_, _, page = r.get("/access/people/Lin%20Yue")
	r.want("the last operator", page, "The last operator stays", "This is you.")

	_, _, page = r.post("/access/groups", url.Values{"name": {"hr"}})
	r.want("a group", page, "Added:", "hr")
	r.post("/access/groups", url.Values{"name": {"payroll"}})
	_, _, page = r.post("/access/groups/payroll/members", url.Values{"kind": {"person"}, "member": {"Chen Mo"}})
	r.want("in the group", page, "Added.", "Chen Mo")
	_, _, page = r.post("/access/groups/hr/members", url.Values{"kind": {"group"}, "member": {"payroll"}})
	r.want("nested", page, "payroll", "Chen Mo", `data-depth="1"`, "1 person in it.")
	status, _, page = r.post("/access/groups/payroll/members", url.Values{"kind": {"group"}, "member": {"hr"}})
	r.want("a circle", page, `class="note bad problem"`, "hr")
	if status != 400 {
		t.Errorf("a circle: %d", status)
	}
	_, _, page = r.get("/access/people/Chen%20Mo")
	r.want("through a group", page, "payroll", "through", "hr")

	_, _, page = r.post("/access/spaces", url.Values{"name": {"平台组"}})
	r.want("a space", page, "平台组", "Added:")
	_, _, page = r.post("/access/spaces/"+url.PathEscape("平台组")+"/members/add", url.Values{"kind": {"group"}, "member": {"hr"}, "role": {"asker"}})
	r.want("a member", page, "hr", `value="asker" checked`)
	_, _, page = r.post("/access/spaces/"+url.PathEscape("平台组")+"/members", url.Values{"member": {"group:hr"}, "role group:hr": {"owner"}})
	r.want("another role", page, `value="owner" checked`)
	_, _, page = r.post("/access/spaces/"+url.PathEscape("平台组")+"/policy", url.Values{"record": {"metadata"}, "retention": {"90"}})
	r.want("the policy", page, "Saved.", `value="metadata" selected`, `value="90"`)
	_, _, page = r.post("/preferences", url.Values{"space": {"平台组"}, "back": {"/access/spaces"}})
	r.want("the other space", page, `<option value="平台组" selected>`, "shown now")
	r.post("/preferences", url.Values{"space": {"main"}, "back": {"/access/spaces"}})

	_, _, page = r.post("/access/keys", url.Values{"name": {"laptop"}, "can": {"read", "ask"}, "days": {"30"}})
	r.want("a key", page, "The key is made.", "wyk_", "laptop")
	secret := regexp.MustCompile(`wyk_[A-Za-z0-9]+`).FindString(page)
	_, _, page = r.get("/access/keys")
	r.want("the key later", page, "laptop")
	r.lacks("the key later", page, secret)
	key := regexp.MustCompile(`/access/keys/(key_[^/]+)/revoke`).FindStringSubmatch(page)
	if key == nil {
		t.Fatal("the key cannot be revoked")
	}
	_, _, page = r.post("/access/keys/"+key[1]+"/revoke", nil)
	r.want("revoked", page, "The key opens nothing any more.")
	_, _, page = r.post("/access/keys", url.Values{"for": {"nightly"}, "name": {"export"}, "can": {"read"}})
	r.want("a key of a service", page, "The key is made.")
	_, _, page = r.get("/access/keys?whose=services")
	r.want("keys of services", page, "nightly", "export")
	_, _, page = r.post(gu+"/erase", url.Values{"name": {"Gu Ran"}})
	r.want("erased", page, "Erased:", "Gu Ran", "What stays")
}

// TestReadersPages limits a document by hand and by a file, asks why, and looks at it as somebody else.
func TestReadersPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook, "hr/pay.md": "# Pay\n\nEverybody has the same pay.\n", "hr/.access": "read: person:lin yue\nread group hr\n"})
	populate(t, h)
	r, c := h.signedIn(t, "Lin Yue"), h.signedIn(t, "Chen Mo")

	_, _, page := r.get("/library/handbook")
	r.want("the corpus", page, "Who reads its documents", "everybody in the space", "hr/.access", "1 line cannot be read", "A line that cannot be read denies what it is about")
	pay := regexp.MustCompile(`/library/handbook/(doc_[a-z0-9]+)" lang="en"><b>Pay<`).FindStringSubmatch(page)
	alarms := regexp.MustCompile(`/library/handbook/(doc_[a-z0-9]+)" lang="en"><b>Pressure alarms<`).FindStringSubmatch(page)
	if pay == nil || alarms == nil {
		t.Fatalf("the documents are not listed: %.2000s", page)
	}
	_, _, page = c.get("/library/handbook")
	c.want("what an asker sees", page, "Pressure alarms", "1 document,", "Editors of this space add and change documents")
	c.lacks("what an asker sees", page, "Pay", "hr/.access", "Who reads", `action="/library/handbook/closed"><span class="st off">not closed</span><span class="mid">Models that run outside may be asked with its passages.</span><button`, "/access", "/gateway", "/assistants\"")
	if status, _, _ := c.get("/library/handbook/" + pay[1]); status != 404 {
		t.Errorf("a hidden document: %d", status)
	}
	_, _, page = r.get("/library/handbook/" + pay[1])
	r.want("who reads", page, "Who reads this", "cannot be read, so denies", "hr/.access line 2", "Set readers by hand")
	_, at, page := r.post("/library/handbook/"+pay[1]+"/readers", url.Values{"read": {"person:chen mo"}})
	r.want("by hand", page, "Readers are set", "by hand, on the document", "Clear what was set by hand")
	if !strings.HasPrefix(at, "/library/handbook/"+pay[1]) {
		t.Errorf("the form led to %s", at)
	}
	if status, _, _ := c.get("/library/handbook/" + pay[1]); status != 200 {
		t.Errorf("a document that was granted: %d", status)
	}
	status, _, page := r.post("/library/handbook/"+pay[1]+"/readers", url.Values{"read": {"hr"}})
	r.want("no reader", page, `class="note bad problem"`)
	if status != 400 {
		t.Errorf("no reader: %d", status)
	}
	_, _, page = r.get("/library/handbook/" + pay[1] + "?who=1")
	r.want("who can", page, "2 people can read it", "Chen Mo", "Lin Yue")
	r.lacks("who can", page, "Su Wan")

	_, _, page = r.get("/access/why?person=chen+mo&document=" + pay[1])
	r.want("why", page, "may read it", "by hand, on the document", "decides", "outranked", "the corpus’s default")
	_, _, page = r.get("/access/why?person=Su+Wan&document=hr/pay.md")
	r.want("why not, by path", page, "may not read it")
	_, _, page = r.get("/access/why?person=nobody&document=nothing")
	r.want("nobody", page, "Nobody is called that.", "No document that you see fits.")
	_, _, page = c.get("/access/why?person=Lin+Yue&document=" + pay[1])
	c.want("of oneself", page, "may read it", "Chen Mo")
	c.lacks("of oneself", page, "What was looked at", `name="person"`)
	_, _, page = r.post("/library/handbook/"+pay[1]+"/readers/clear", nil)
	r.want("cleared", page, "Cleared; the next layer decides now.")
	_, _, page = r.post("/library/handbook/readers", url.Values{"read": {"nobody"}})
	r.want("the default", page, "Readers are set", "nobody but owners")
	if status, _, _ := c.get("/library/handbook/" + alarms[1]); status != 404 {
		t.Errorf("a document after the default changed: %d", status)
	}
	r.post("/library/handbook/readers", url.Values{"read": {"space"}})

	_, at, page = r.post("/access/people/Chen%20Mo/view", nil)
	r.want("as somebody else", page, "You see what Chen Mo sees", `action="/access/view/end"`)
	r.lacks("as somebody else", page, `data-key="p"`, `data-key="g"`)
	if at != "/ask" {
		t.Errorf("the view begins at %s", at)
	}
	_, _, page = r.get("/library/handbook")
	r.want("the library as somebody else", page, "Pressure alarms", "You see what Chen Mo sees")
	r.lacks("the library as somebody else", page, ">Pay<")
	for _, form := range []string{"/library", "/ask", "/library/handbook/" + alarms[1] + "/remove", "/ask/memories"} {
		if status, _, page := r.post(form, url.Values{"name": {"x"}, "question": {"", "What?"}, "text": {"x"}}); status != 403 || !strings.Contains(page, "Nothing can be changed while the view of somebody else is shown.") {
			t.Errorf("%s while looking: %d %.200s", form, status, page)
		}
	}
	if status, _, page := r.get("/access/people"); status != 403 || !strings.Contains(page, `action="/access/view/end"`) {
		t.Errorf("the people while looking: %d", status)
	}
	_, _, page = r.post("/access/view/end", nil)
	r.lacks("one's own view again", page, "You see what")
	_, _, page = r.get("/records/audit?action=view_as")
	r.want("recorded", page, "viewed as somebody", "Chen Mo")
	for _, address := range []string{"/access/people", "/access/groups", "/access/spaces", "/records/audit", "/gateway/limits", "/access/people/Lin%20Yue"} {
		if status, _, page := c.get(address); status != 403 || strings.Contains(page, "Su Wan") {
			t.Errorf("%s for an asker: %d", address, status)
		}
	}
	_, _, page = c.get("/access")
	c.want("an asker's keys", page, "No keys here.")
	c.lacks("an asker's keys", page, "Of services", "/access/people")
}

// TestAuditPages reads the record, verifies it, and opens an entry.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	populate(t, h)
	r := h.signedIn(t, "Lin Yue")
	r.post("/access/groups", url.Values{"name": {"hr"}})
	_, _, page := r.get("/records/audit")
	r.want("the record", page, "added a group", "hr", "Lin Yue", "not verified now", "/api/audit/export")
	_, _, page = r.post("/records/audit/verify", nil)
	r.want("verified", page, "Verified up to", "Head")
	_, _, page = r.get("/records/audit?action=group&from=2026-01-01")
	r.want("filtered", page, "added a group")
	r.lacks("filtered", page, "signed in")
	entry := regexp.MustCompile(`href="(/records/audit/\d+)"`).FindStringSubmatch(page)
	if entry == nil {
		t.Fatal("no entry leads to its page")
	}
	_, _, page = r.get(entry[1])
	r.want("an entry", page, "added a group", "group.add", "hr", "digest")
	for _, none := range []string{"/records/audit/0", "/records/audit/x", "/records/audit/999999"} {
		if status, _, _ := r.get(none); status != 404 {
			t.Errorf("%s: %d", none, status)
		}
	}
	_, _, page = r.get("/records/audit?actor=nobody")
	r.want("nothing", page, "Nothing fits.")
	_, _, page = r.get("/records")
	r.want("the tabs", page, `href="/records/audit"`)
}

// TestLimitPages sets, changes and removes a limit, and meets it.
func TestLimitPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	populate(t, h)
	r, c := h.signedIn(t, "Lin Yue"), h.signedIn(t, "Chen Mo")
	_, _, page := r.get("/gateway/limits")
	r.want("none", page, "No limit yet.")
	_, _, page = r.post("/gateway/limits", url.Values{"kind": {"person"}, "subject": {"chen mo"}, "resource": {"requests"}, "span": {"day"}, "soft": {"1"}, "hard": {"3"}})
	r.want("set", page, "The limit holds from the next request on.", "Chen Mo", "requests", "a day")
	status, _, page := r.post("/gateway/limits", url.Values{"kind": {"house"}, "resource": {"money"}, "span": {"month"}, "hard": {"much"}, "currency": {"usd"}})
	r.want("no amount", page, "is no amount", `value="much"`, `value="USD"`)
	if status != 400 {
		t.Errorf("no amount: %d", status)
	}
	_, _, page = r.post("/gateway/limits", url.Values{"kind": {"house"}, "resource": {"money"}, "span": {"month"}, "soft": {"4.5"}, "hard": {"5"}, "currency": {"usd"}})
	r.want("money", page, "the whole house", "4.50 USD", "5.00 USD")
	c.get("/library")
	_, _, page = c.get("/account")
	c.want("one's own use", page, "What you have used", "requests", "beyond the soft limit")
	c.lacks("one's own use", page, "5.00 USD")
	c.get("/library")
	status, _, page = c.get("/library")
	if status != 429 {
		t.Errorf("beyond the limit: %d", status)
	}
	c.want("beyond the limit", page, "limited", "3 requests a day", "It begins anew at")
	_, _, page = r.get("/gateway/limits")
	r.want("used up", page, "at the hard limit", "in ")
	change := regexp.MustCompile(`href="(/gateway/limits\?change=[^"#]+)`).FindStringSubmatch(page[strings.Index(page, ">Chen Mo<"):])
	remove := regexp.MustCompile(`action="(/gateway/limits/[^"]+/remove)"`).FindStringSubmatch(page[strings.Index(page, ">Chen Mo<"):])
	if change == nil || remove == nil {
		t.Fatal("the limit can be neither changed nor removed")
	}
	_, _, page = r.get(change[1])
	r.want("the form", page, `value="3"`, `value="Chen Mo"`)
	_, _, page = r.post(remove[1], nil)
	r.want("removed", page, "The limit is removed.")
	if status, _, _ = c.get("/library"); status != 200 {
		t.Errorf("after the limit was removed: %d", status)
	}
}

// TestOwnerPages: who owns a space and operates nothing looks after that space alone, and learns
// nothing of others.
func TestOwnerPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	sc := populate(t, h)
	ctx := t.Context()
	if err := h.Auth.SetRole(ctx, sc, "person:chen mo", auth.Owner); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Auth.AddSpace(ctx, sc, "secret team"); err != nil {
		t.Fatal(err)
	}
	other, err := h.Auth.Scope(ctx, auth.Machine(), "secret team")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Auth.SetRole(ctx, other, "person:su wan", auth.Editor); err != nil {
		t.Fatal(err)
	}
	c := h.signedIn(t, "Chen Mo")
	_, _, page := c.get("/access/people")
	c.want("people", page, "Su Wan", "Operators do this. Ask one of them.", "owner")
	c.lacks("people", page, `method="post" action="/access/people"`, "secret")
	_, _, page = c.get("/access/people/Su%20Wan")
	c.want("a person", page, "main", "Give a role in")
	c.lacks("a person", page, "secret", "Erase", "Disable", "/export", `name="email"`)
	_, _, page = c.get("/access/spaces")
	c.lacks("spaces", page, "secret")
	if status, _, _ := c.get("/access/spaces/secret%20team"); status != 404 {
		t.Errorf("the page of another space: %d", status)
	}
	for form, want := range map[string]int{"/access/people": 403, "/access/people/Su%20Wan/disabled": 403, "/access/people/Su%20Wan/erase": 403, "/access/groups": 403, "/access/spaces": 403,
		"/records/audit/verify": 403, "/access/spaces/secret%20team/policy": 404} {
		if status, _, _ := c.post(form, url.Values{"name": {"Su Wan"}, "disabled": {"yes"}}); status != want {
			t.Errorf("%s by an owner: %d, want %d", form, status, want)
		}
	}
	_, _, page = c.get("/records/audit")
	c.lacks("the audit", page, "secret", ">Verify<", "not verified now")
	_, _, page = c.get("/gateway/limits")
	c.want("limits", page, `<option value="main">main</option>`)
	c.lacks("limits", page, `<option value="">the whole house</option>`)
	_, _, page = c.post("/gateway/limits", url.Values{"kind": {"person"}, "resource": {"requests"}, "span": {"day"}, "hard": {"900"}})
	c.want("the whole house", page, `class="note bad problem"`)
	_, _, page = c.post("/gateway/limits", url.Values{"kind": {"person"}, "within": {"main"}, "resource": {"requests"}, "span": {"day"}, "hard": {"900"}})
	c.want("within the space", page, "The limit holds from the next request on.", "each person", "within")
	_, at, page := c.post("/access/people/Su%20Wan/view", nil)
	c.want("a view", page, "You see what Su Wan sees")
	if at != "/ask" {
		t.Errorf("the view begins at %s", at)
	}
}

// TestViewByCookie: who comes with a key of the settings file has no session, and a cookie keeps the
// view.
func TestViewByCookie(t *testing.T) {
	t.Parallel()
	h := two(t)
	h.add(t, "handbook", map[string]string{"a.md": englishHandbook, "hr/pay.md": "# Pay\n\nThe same.\n", "hr/.access": "read: nobody\n"})
	sc, err := h.Auth.Scope(t.Context(), auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []auth.NewPerson{{Name: "Chen Mo", Space: "main"}, {Name: "Nowhere"}} {
		if _, err := h.Auth.AddPerson(t.Context(), sc, p); err != nil {
			t.Fatal(err)
		}
	}
	r := h.reader(t)
	r.url = strings.Replace(r.url, "http://", "http://:"+aKey+"@", 1)
	_, _, page := r.get("/library/handbook")
	r.want("one's own view", page, "hr/pay.md", "Who reads its documents")
	_, _, page = r.get("/access/keys")
	r.want("keys", page, "Make a key")
	if status, _, page := r.plainPost("/access/people/Chen%20Mo/view"); status != 200 || !strings.Contains(page, "You see what Chen Mo sees") {
		t.Fatalf("the view: %d %.300s", status, page)
	}
	_, _, page = r.get("/library/handbook")
	r.want("another's view", page, "You see what Chen Mo sees", "Pressure alarms")
	r.lacks("another's view", page, "hr/pay.md")
	if status, _, _ := r.plainPost("/library"); status != 403 {
		t.Errorf("a form while looking: %d", status)
	}
	r.plainPost("/access/view/end")
	r.plainPost("/access/people/Nowhere/view")
	if status, _, page := r.get("/library"); status != 404 || !strings.Contains(page, "You see what Nowhere sees") {
		t.Errorf("the view of who sees nothing: %d", status)
	}
	r.plainPost("/access/view/end")
	_, _, page = r.get("/library/handbook")
	r.want("one's own view again", page, "hr/pay.md")
}

// plainPost posts an empty form the way a program does, without an origin, which would name the key.
func (r reader) plainPost(address string) (int, string, string) {
	r.t.Helper()
	return r.send("POST", address, "", nil)
}
