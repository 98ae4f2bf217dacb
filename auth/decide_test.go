package auth

import (
	"testing"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// What each role may do, and sees of documents with several readers.
func TestRoles(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.corpus("main", "c1")
		for id, readers := range map[string]string{"open": "", "own": "person:bob", "public": "public", "hr": "group:hr"} {
			h.document("main", "c1", id, readers)
		}
		docs := []string{"open", "own", "public", "hr", "c1"}
		for _, c := range []struct {
			role   string
			rights scope.Right
			sees   string
		}{
			{Viewer, scope.Read, "[open public c1]"},
			{Asker, scope.Read | scope.Ask, "[open public c1]"},
			{Editor, scope.Read | scope.Ask | scope.Edit, "[open public c1]"},
			{Reviewer, scope.Read | scope.Ask | scope.Review, "[open public c1]"},
			{Owner, scope.Read | scope.Ask | scope.Edit | scope.Review | scope.Own, "[open own public hr c1]"},
			{"", scope.Read, "[public]"},
		} {
			id := h.person("ann-"+c.role, c.role)
			sc := h.scope(id, "main")
			if got := h.sees(id, "main", docs...); got != c.sees || sc.Rights() != c.rights {
				t.Errorf("%q sees %s and may %v", c.role, got, RightNames(sc.Rights()))
			}
			if (c.role == Owner) != sc.All("main") {
				t.Errorf("%q sees all: %v", c.role, sc.All("main"))
			}
		}
		ada := h.operator("ada")
		if got, sc := h.sees(ada, "main", docs...), h.scope(ada, "main"); got != "[open own public hr c1]" || sc.Rights() != scope.Every {
			t.Errorf("the operator sees %s and may %v", got, RightNames(sc.Rights()))
		}
		if got := h.sees(h.person("bob", Viewer), "main", docs...); got != "[open own public c1]" {
			t.Errorf("bob sees %s", got)
		}
		if !h.machine.All("main") || h.machine.Rights() != scope.Every {
			t.Error("the machine does not see all")
		}
		visitor, err := h.Through(t.Context(), Identity{Kind: Stranger}, "main", "desk")
		h.must(err)
		if !visitor.Sees("main", "open") || !visitor.Sees("main", "public") || visitor.Sees("main", "own") || visitor.Sees("main", "hr") || visitor.May(scope.Read) || !visitor.Asks("desk") || visitor.Asks("other") {
			t.Errorf("a visitor has the scope %+v", visitor)
		}
	})
}

// Several roles add up, those of groups too, and end with what they stand on.
func TestRolesAddUp(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.person("ann", Reviewer)
		h.group("inner", "person:ann")
		h.group("outer", "group:inner")
		h.must(h.SetRole(ctx, h.machine, "group:outer", Editor))
		if sc := h.scope(ann, "main"); !sc.May(scope.Review | scope.Edit) {
			t.Errorf("ann may %v", RightNames(sc.Rights()))
		}
		h.must(h.SetRole(ctx, h.machine, "person:ann", Viewer))
		if sc := h.scope(ann, "main"); sc.May(scope.Review) || !sc.May(scope.Edit) {
			t.Errorf("ann may %v", RightNames(sc.Rights()))
		}
		h.must(h.DropRole(ctx, h.machine, "person:ann"))
		h.must(h.DropRole(ctx, h.machine, "group:outer"))
		if got := h.sees(ann, "main"); got != "no space" {
			t.Errorf("ann sees %s", got)
		}
		h.refused(h.SetRole(ctx, h.machine, "person:ann", "king"), wenyuan.Invalid)
		h.refused(h.SetRole(ctx, h.machine, "person:nobody", Viewer), wenyuan.NotFound)
		h.refused(h.SetRole(ctx, h.scope(h.person("bob", Editor), "main"), "person:bob", Owner), wenyuan.Denied)
	})
}

// Which space is meant, and that one of which nothing is seen is not there.
func TestWhichSpace(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		hr, it := h.space("HR"), h.space("it")
		ann, bob, carl := h.person("ann", ""), h.person("bob", Viewer), h.person("carl", "")
		h.must(h.SetRole(ctx, it, "person:ann", Viewer))
		h.must(h.SetRole(ctx, hr, "person:ann", Viewer))
		h.must(h.SetRole(ctx, hr, "person:bob", Viewer))
		for _, c := range []struct {
			id          Identity
			ask, answer string
		}{{ann, "", hr.Space()}, {ann, "IT", it.Space()}, {ann, it.Space(), it.Space()}, {bob, "", "main"}, {bob, "hr", hr.Space()}, {carl, "", ""}, {h.operator("ada"), "", "main"}} {
			if sc, err := h.Scope(ctx, c.id, c.ask); err != nil || sc.Space() != c.answer {
				t.Errorf("%s asks for %q and gets %q, %v", c.id.Principal.Name, c.ask, sc.Space(), err)
			}
		}
		_, hidden := h.Scope(ctx, bob, "it")
		_, none := h.Scope(ctx, bob, "xx")
		h.refused(hidden, wenyuan.NotFound)
		if none == nil || hidden.Error() != `there is no space named "it"` || none.Error() != `there is no space named "xx"` {
			t.Errorf("%v and %v", hidden, none)
		}
		list, err := h.Spaces(ctx, ann)
		h.must(err)
		if len(list) != 2 || list[0].Name != "HR" || list[1].Name != "it" || list[0].Rights[0] != "read" {
			t.Errorf("ann's spaces are %+v", list)
		}
		// A document that names carl opens its space to him, and its removal closes it.
		h.corpus(it.Space(), "c9")
		h.document(it.Space(), "c9", "d9", "person:carl")
		if got := h.sees(carl, "it", "d9", "c9"); got != "[d9]" {
			t.Errorf("carl sees %s", got)
		}
		if sc := h.scope(carl, ""); sc.Space() != it.Space() || sc.Rights() != scope.Read {
			t.Errorf("carl may %v in %s", RightNames(sc.Rights()), sc.Space())
		}
		storetest.Write(t, h.store, func(tx *store.Tx) error { return h.Displace(ctx, tx, "d9") })
		if got := h.sees(carl, "it", "d9"); got != "no space" {
			t.Errorf("carl still sees %s", got)
		}
	})
}

// A service that acts for somebody is bounded by both.
func TestOnBehalf(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.person("ann", Editor)
		h.corpus("main", "c1")
		for id, readers := range map[string]string{"open": "", "ann": "person:ann", "bot": "service:bot", "both": "person:ann, service:bot"} {
			h.document("main", "c1", id, readers)
		}
		enter := func(secret string) Identity {
			id, _, err := h.Enter(ctx, Credential{Key: secret})
			h.must(err)
			return id
		}
		bot := enter(h.key(NewKey{Service: "bot", Can: []string{"read", "ask", "act"}}))
		for called, refused := range map[string]wenyuan.Code{"ann": "", "ANN": "", "bot": wenyuan.NotFound, "nobody": wenyuan.NotFound} {
			if _, err := h.InPlaceOf(ctx, bot, called); refused != "" || err != nil {
				h.refused(err, refused)
			}
		}
		as, err := h.InPlaceOf(ctx, bot, "ann")
		h.must(err)
		if got, sc := h.sees(as, "main", "open", "ann", "bot", "both"), h.scope(as, "main"); got != "[open both]" || sc.Rights() != scope.Read|scope.Ask || as.Principal.Name != "ann" || as.Behind.Principal.Name != "bot" {
			t.Errorf("bot in place of ann sees %s and may %v: %+v", got, RightNames(sc.Rights()), as)
		}
		_, err = h.InPlaceOf(ctx, as, "ann")
		h.refused(err, wenyuan.Denied)
		_, err = h.InPlaceOf(ctx, enter(h.key(NewKey{Service: "bot"})), "ann")
		h.refused(err, wenyuan.Denied)
		_, err = h.InPlaceOf(ctx, enter(h.key(NewKey{Person: "ann"})), "ann")
		h.refused(err, wenyuan.Denied)
		yes := true
		_, err = h.ChangePerson(ctx, h.machine, "ann", PersonChange{Disabled: &yes})
		h.must(err)
		_, err = h.InPlaceOf(ctx, bot, "ann")
		h.refused(err, wenyuan.NotFound)
		if got := h.sees(as, "main", "open"); got != "no space" {
			t.Errorf("in place of somebody disabled %s is seen", got)
		}
	})
}

// Whom an assistant is shared with may ask it, from what they may read, and no other.
func TestShares(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann, bob, carl := h.person("ann", ""), h.person("bob", Viewer), h.person("carl", Asker)
		h.group("guests", "person:ann", "person:bob", "person:carl")
		h.corpus("main", "c1")
		h.document("main", "c1", "open", "")
		h.document("main", "c1", "anns", "group:guests")
		if got := h.sees(ann, "main", "open", "anns"); got != "[anns]" {
			t.Errorf("ann sees %s", got)
		}
		h.must(h.ShareAssistant(ctx, h.machine, "desk", []string{"group:guests"}))
		sc := h.scope(ann, "main")
		if !sc.Asks("desk") || sc.Asks("other") || !sc.May(scope.Read) || sc.May(scope.Edit) || sc.Sees("main", "open") || !sc.Sees("main", "anns") {
			t.Errorf("ann's scope is %+v", sc)
		}
		if sc := h.scope(bob, "main"); !sc.Asks("desk") || sc.Asks("other") || !sc.May(scope.Read) || !sc.Sees("main", "open") {
			t.Errorf("bob's scope is %+v", sc)
		}
		if sc := h.scope(carl, "main"); !sc.Asks("desk") || !sc.Asks("other") {
			t.Errorf("carl, who may ask all, has the scope %+v", sc)
		}
		list, err := h.Shares(ctx, h.machine, "")
		h.must(err)
		if len(list) != 1 || list[0] != (Share{"desk", "group:guests"}) {
			t.Errorf("shared are %v", list)
		}
		h.must(h.Unshare(ctx, h.machine, "desk"))
		if sc := h.scope(ann, "main"); sc.Asks("desk") || sc.May(scope.Ask) {
			t.Errorf("ann's scope is still %+v", sc)
		}
		h.refused(h.ShareAssistant(ctx, h.scope(carl, "main"), "desk", []string{"person:ann"}), wenyuan.Denied)
		h.refused(h.ShareAssistant(ctx, h.machine, "desk", []string{"person:nobody"}), wenyuan.NotFound)
		// One with a share alone, who reads nothing, may ask and sees nothing.
		h.must(h.ShareAssistant(ctx, h.machine, "desk", []string{"person:" + h.person("dan", "").Principal.Name}))
	})
}

// The view of another is no more than one's own.
func TestViewAs(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		own, viewer := h.person("own", Owner), h.person("ann", Editor)
		h.corpus("main", "c1")
		h.document("main", "c1", "open", "")
		h.document("main", "c1", "own", "person:own")
		as, err := h.ViewAs(ctx, own, h.scope(own, "main"), "ann")
		h.must(err)
		if got, sc := h.sees(as, "main", "open", "own"), h.scope(as, "main"); got != "[open]" || sc.Rights() != scope.Read|scope.Ask || as.Principal != own.Principal {
			t.Errorf("as ann %s is seen, and may be done %v", got, RightNames(sc.Rights()))
		}
		_, err = h.ViewAs(ctx, viewer, h.scope(viewer, "main"), "own")
		h.refused(err, wenyuan.Denied)
		viewer.ViewAs = own.Principal.ID
		if got := h.sees(viewer, "main", "open"); got != "no space" {
			t.Errorf("an editor with the view of an owner sees %s", got)
		}
		h.must(h.SetRole(ctx, h.machine, "person:own", Viewer))
		if got := h.sees(as, "main", "open"); got != "no space" {
			t.Errorf("who is no owner any more sees %s", got)
		}
	})
}
