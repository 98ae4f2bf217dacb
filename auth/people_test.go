package auth

import (
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestInit(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		if empty, err := h.Empty(ctx); !empty || err != nil {
			t.Fatalf("a new house is empty: %v, %v", empty, err)
		}
		for _, p := range []NewPerson{{Name: "bot", Kind: Service, Operator: true}, {Name: "li"}} { // they do not look after it
			_, err := h.AddPerson(ctx, h.machine, p)
			h.must(err)
		}
		a, k, secret, err := h.Init(ctx, "Ada")
		h.must(err)
		if a.Name != "Ada" || !a.Operator || k.Person != "Ada" || !strings.HasPrefix(secret, "wyk_") || len(secret) < 36 {
			t.Errorf("the first operator is %+v with %+v", a, k)
		}
		if empty, err := h.Empty(ctx); empty || err != nil {
			t.Errorf("the house is still empty: %v, %v", empty, err)
		}
		id, sc, err := h.Enter(ctx, Credential{Key: secret})
		h.must(err)
		if id.Principal.Name != "Ada" || sc.Space() != "main" || !sc.All("main") || !sc.May(scope.Every) {
			t.Errorf("the operator comes in as %+v with %+v", id, sc)
		}
		_, _, _, err = h.Init(ctx, "Bob")
		h.refused(err, wenyuan.Conflict)
	})
}

func TestNames(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		add := func(p NewPerson) error { _, err := h.AddPerson(ctx, h.machine, p); return err }
		h.must(add(NewPerson{Name: "李雷", Email: "Li.Lei@Example.com"}))
		h.must(add(NewPerson{Name: "Zoë"}))
		for name, p := range map[string]NewPerson{
			"case":             {Name: "ZOË"},
			"decomposed":       {Name: "Zoe\u0308"},
			"a service":        {Name: "zoë", Kind: Service},
			"e-mail":           {Name: "b", Email: "li.lei@example.com"},
			"another's e-mail": {Name: "LI.LEI@example.com"},
			"another's name":   {Name: "c", Email: "c@x.org"},
		} {
			if name == "another's name" {
				h.must(add(NewPerson{Name: "C@x.org"}))
			}
			if err := add(p); wenyuan.CodeOf(err) != wenyuan.Conflict {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, bad := range []string{"", " a", "a ", "a:b", "a,b", "a#b", "a\nb", "a\u200bb", "a\u202eb", "a\u0000", strings.Repeat("x", 201), "\xff"} {
			if err := add(NewPerson{Name: bad}); wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("somebody may be called %q: %v", bad, err)
			}
			if _, err := h.AddGroup(ctx, h.machine, bad, nil); wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("a group may be called %q: %v", bad, err)
			}
			if _, err := h.AddSpace(ctx, h.machine, bad); wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("a space may be called %q: %v", bad, err)
			}
		}
		for _, bad := range []NewPerson{{Name: "x", Email: "x"}, {Name: "x", Email: "a@b@c"}, {Name: "x", Kind: "robot"}, {Name: "x", Space: "main", Role: "king"}} {
			h.refused(add(bad), wenyuan.Invalid)
		}
		h.refused(add(NewPerson{Name: "x", Space: "nowhere"}), wenyuan.NotFound)
		for _, called := range []string{"李雷", "LI.LEI@EXAMPLE.COM"} {
			if a, err := h.FindPerson(ctx, h.machine, called); err != nil || a.Email != "li.lei@example.com" {
				t.Errorf("%s is %+v, %v", called, a, err)
			}
		}
	})
}

func TestPeople(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.person("ann", Asker)
		h.person("bob_b", Viewer)
		h.person("bobxb", "")
		h.group("staff", "person:ann")
		h.must(h.SetRole(ctx, h.machine, "group:staff", Editor))
		list, total, err := h.People(ctx, h.machine, PeopleFilter{Limit: 2})
		h.must(err)
		rest, _, err := h.People(ctx, h.machine, PeopleFilter{After: list[1].ID})
		h.must(err)
		names := map[string]bool{}
		for _, a := range append(list, rest...) {
			names[a.Name] = true
		}
		if total != 3 || len(list) != 2 || len(rest) != 1 || len(names) != 3 {
			t.Errorf("of %d people there are %+v, then %+v", total, list, rest)
		}
		ann, err := h.FindPerson(ctx, h.machine, "ann")
		h.must(err)
		if want := []Membership{{"main", Asker, ""}, {"main", Editor, "staff"}}; !slices.Equal(ann.Roles, want) || !slices.Equal(ann.Groups, []string{"staff"}) {
			t.Errorf("ann is %+v", ann)
		}
		if found, total, err := h.People(ctx, h.machine, PeopleFilter{Query: "B_B"}); err != nil || total != 1 || found[0].Name != "bob_b" {
			t.Errorf("b_b is %+v, %v", found, err)
		}
		asker := h.scope(h.person("carl", Asker), "main")
		_, _, err = h.People(ctx, asker, PeopleFilter{})
		h.refused(err, wenyuan.Denied)
		_, err = h.AddPerson(ctx, asker, NewPerson{Name: "dora"})
		h.refused(err, wenyuan.Denied)
		h.refused(h.RemovePerson(ctx, asker, "ann"), wenyuan.Denied)
	})
}

// The last operator cannot be removed, disabled or made somebody else, by whatever way.
func TestLastOperator(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		yes, no := true, false
		h.operator("ada")
		h.refused(h.RemovePerson(ctx, h.machine, "ada"), wenyuan.Conflict)
		for _, c := range []PersonChange{{Operator: &no}, {Disabled: &yes}} {
			_, err := h.ChangePerson(ctx, h.machine, "ada", c)
			h.refused(err, wenyuan.Conflict)
		}
		h.operator("bob")
		_, err := h.ChangePerson(ctx, h.machine, "bob", PersonChange{Disabled: &yes})
		h.must(err)
		h.refused(h.RemovePerson(ctx, h.machine, "ADA"), wenyuan.Conflict) // the other one may not come in
		_, err = h.ChangePerson(ctx, h.machine, "bob", PersonChange{Disabled: &no})
		h.must(err)
		h.must(h.RemovePerson(ctx, h.machine, "ada"))
		h.refused(h.RemovePerson(ctx, h.machine, "ada"), wenyuan.NotFound)
	})
}

// Who is disabled is nobody until they are not, and who is removed leaves nothing that opens.
func TestDisabled(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		yes, no := true, false
		ann := h.person("ann", Asker)
		h.corpus("main", "c1")
		h.document("main", "c1", "d1", "person:ann")
		key := h.key(NewKey{Person: "ann"})
		if got := h.sees(ann, "main", "d1"); got != "[d1]" {
			t.Errorf("ann sees %s", got)
		}
		_, err := h.ChangePerson(ctx, h.machine, "ann", PersonChange{Disabled: &yes})
		h.must(err)
		if got := h.sees(ann, "main", "d1"); got != "no space" {
			t.Errorf("ann, who is disabled, sees %s", got)
		}
		_, _, err = h.Enter(ctx, Credential{Key: key})
		h.refused(err, wenyuan.Denied)
		_, err = h.ChangePerson(ctx, h.machine, "ann", PersonChange{Disabled: &no})
		h.must(err)
		_, _, err = h.Enter(ctx, Credential{Key: key})
		h.must(err)
		h.must(h.RemovePerson(ctx, h.machine, "ann"))
		_, _, err = h.Enter(ctx, Credential{Key: key})
		h.refused(err, wenyuan.Denied)
		again := h.person("ann", "")
		if got := h.sees(again, "main", "d1"); got != "[d1]" { // rules name people, whoever they are
			t.Errorf("the new ann sees %s", got)
		}
		name := "anna"
		_, err = h.ChangePerson(ctx, h.machine, "ann", PersonChange{Name: &name})
		h.must(err)
		if got := h.sees(again, "main", "d1"); got != "no space" {
			t.Errorf("anna sees what ann may: %s", got)
		}
	})
}

// TestDisabledSignsOut: somebody who is disabled and let in again has to sign in again.
func TestDisabledSignsOut(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.person("ann", Asker)
		storetest.Write(t, h.store, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO signin_session (id, person, family, secret, rotated, created, seen, expires) VALUES ('ses_1', $1, 'f', 's', 1, 1, 1, $2)`, ann.Principal.ID, h.store.Now()+1_000_000_000)
			return err
		})
		enter := func() error { _, _, err := h.Enter(ctx, Credential{Session: "ses_1"}); return err }
		h.must(enter())
		for _, off := range []bool{true, false} {
			_, err := h.ChangePerson(ctx, h.machine, "ann", PersonChange{Disabled: &off})
			h.must(err)
			h.refused(enter(), wenyuan.Denied)
		}
	})
}
