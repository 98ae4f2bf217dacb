package auth

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// Every key that opens nothing is refused in the same words.
func TestKeysThatOpenNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.person("ann", Asker)
		revoked, secret, err := h.CreateKey(ctx, h.machine, Machine(), NewKey{Person: "ann"})
		h.must(err)
		h.must(h.RevokeKey(ctx, h.machine, Machine(), revoked.ID))
		expired := h.key(NewKey{Person: "ann", Expires: h.store.Now() + 1000_000})
		live := h.key(NewKey{Person: "ann"})
		_, _, err = h.Enter(ctx, Credential{Key: expired})
		h.must(err)
		h.ahead.Store(2_000_000)
		for name, key := range map[string]string{
			"revoked": secret, "expired": expired, "none": "", "unknown": newSecret(), "malformed": "abc", "its end": live[:len(live)-1],
			"upper case": strings.ToUpper(live), "its hash": hashKey(live), "its id": revoked.ID, "long": live + strings.Repeat("a", 1000), "binary": "\x00\xff",
		} {
			id, sc, err := h.Enter(ctx, Credential{Key: key})
			if err != errNoKey || id.Kind != "" || sc.Space() != "" {
				t.Errorf("%s: %v %v %v", name, id, sc, err)
			}
		}
		_, _, err = h.Enter(ctx, Credential{Session: "ses_none"})
		if err != errNoKey {
			t.Errorf("an unknown session: %v", err)
		}
		if _, _, err = h.Enter(ctx, Credential{Key: live}); err != nil {
			t.Error(err)
		}
		id, _, err := h.Enter(ctx, Credential{Key: live, Space: "nowhere"})
		if wenyuan.CodeOf(err) != wenyuan.NotFound || id.Principal.Name != "ann" {
			t.Errorf("ann in a space that is not there: %+v, %v", id, err)
		}
	})
}

// A key is held to its rights and its space, and says when it was used.
func TestKeyHeld(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		hr := h.space("hr")
		own := h.person("own", Owner)
		h.must(h.SetRole(ctx, hr, "person:own", Asker))
		secret := h.key(NewKey{Person: "own", Can: []string{"read"}, Space: "hr", Name: "reads"})
		id, sc, err := h.Enter(ctx, Credential{Key: secret})
		h.must(err)
		if sc.Space() != hr.Space() || sc.Rights() != scope.Read {
			t.Errorf("the key opens %s with %v", sc.Space(), RightNames(sc.Rights()))
		}
		_, _, err = h.Enter(ctx, Credential{Key: secret, Space: "main"})
		h.refused(err, wenyuan.NotFound)
		list, err := h.Keys(ctx, h.machine, own, "")
		h.must(err)
		if len(list) != 1 || list[0].Name != "reads" || list[0].Space != "hr" || !slices.Equal(list[0].Can, []string{"read"}) || list[0].Used == 0 || list[0].ID != id.Key {
			t.Errorf("the keys are %+v", list)
		}
		h.must(h.RemoveSpace(ctx, hr, func(*store.Tx, string) (any, error) { return nil, nil }))
		_, _, err = h.Enter(ctx, Credential{Key: secret})
		h.refused(err, wenyuan.Denied)
		_, err = h.Scope(ctx, own, "hr")
		h.refused(err, wenyuan.NotFound)
	})
}

// Nobody makes a key that may do more than they may, nor lists or ends one of somebody else.
func TestKeysBounded(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.space("hr")
		ann, own, ada := h.person("ann", Asker), h.person("own", Owner), h.operator("ada")
		h.person("bob", Asker)
		_, err := h.AddPerson(ctx, h.machine, NewPerson{Name: "root", Kind: Service, Operator: true})
		h.must(err)
		_, err = h.AddPerson(ctx, h.machine, NewPerson{Name: "payroll", Kind: Service, Space: "hr", Role: Asker})
		h.must(err)
		enter := func(secret string) Identity {
			id, _, err := h.Enter(ctx, Credential{Key: secret})
			h.must(err)
			return id
		}
		reader := enter(h.key(NewKey{Person: "ann", Can: []string{"read"}}))
		inHR := enter(h.key(NewKey{Person: "ada", Space: "hr"}))
		short := enter(h.key(NewKey{Person: "ann", Expires: h.store.Now() + 3_600_000_000}))
		for name, c := range map[string]struct {
			id     Identity
			n      NewKey
			refuse wenyuan.Code
			can    string
		}{
			"own":                      {ann, NewKey{}, "", ""},
			"own, held":                {ann, NewKey{Can: []string{"read", "ask"}}, "", "read,ask"},
			"own, by name":             {ann, NewKey{Person: "Ann"}, "", ""},
			"of a key that only reads": {reader, NewKey{}, "", "read"},
			"more than the key":        {reader, NewKey{Can: []string{"ask"}}, wenyuan.Denied, ""},
			"act for a person":         {ann, NewKey{Can: []string{"act"}}, wenyuan.Denied, ""},
			"act, by an operator":      {ada, NewKey{Can: []string{"act"}}, wenyuan.Denied, ""},
			"of another":               {ann, NewKey{Person: "bob"}, wenyuan.Denied, ""},
			"of nobody":                {ann, NewKey{Person: "nobody"}, wenyuan.Denied, ""},
			"of nobody, by operator":   {ada, NewKey{Person: "nobody"}, wenyuan.NotFound, ""},
			"of another, by operator":  {ada, NewKey{Person: "bob"}, "", ""},
			"of another, by owner":     {own, NewKey{Person: "bob"}, wenyuan.Denied, ""},
			"a service, by asker":      {ann, NewKey{Service: "s1"}, wenyuan.Denied, ""},
			"a service, by owner":      {own, NewKey{Service: "s2"}, "", "read,ask,edit,review,own"},
			"it acts, by owner":        {own, NewKey{Service: "s2", Can: []string{"act"}}, wenyuan.Denied, ""},
			"it operates, by owner":    {own, NewKey{Service: "s2", Can: []string{"operate"}}, wenyuan.Denied, ""},
			"in another space":         {own, NewKey{Service: "s2", Space: "hr"}, wenyuan.NotFound, ""},
			"another space's service":  {own, NewKey{Service: "payroll"}, wenyuan.Denied, ""},
			"an operator's service":    {own, NewKey{Service: "root"}, wenyuan.Denied, ""},
			"it acts, by operator":     {ada, NewKey{Service: "s3", Can: []string{"ask", "act"}}, "", "ask,act"},
			"a right that is none":     {ann, NewKey{Can: []string{"fly"}}, wenyuan.Invalid, ""},
			"past":                     {ann, NewKey{Expires: 1}, wenyuan.Invalid, ""},
			"both":                     {ada, NewKey{Person: "ann", Service: "s3"}, wenyuan.Invalid, ""},
			"the machine's own":        {Machine(), NewKey{}, wenyuan.Invalid, ""},
			"a person as service":      {ada, NewKey{Service: "ann"}, wenyuan.Conflict, ""},
			"a name with a bell":       {ann, NewKey{Name: "\a"}, wenyuan.Invalid, ""},
		} {
			k, secret, err := h.CreateKey(ctx, h.scope(c.id, ""), c.id, c.n)
			if c.refuse != "" {
				if wenyuan.CodeOf(err) != c.refuse || secret != "" {
					t.Errorf("%s: %v, not %s", name, err, c.refuse)
				}
				continue
			}
			if err != nil || strings.Join(k.Can, ",") != c.can || enter(secret).Key != k.ID {
				t.Errorf("%s: %+v, %v", name, k, err)
			}
			if strings.Contains(name, "service, by owner") && k.Space != "main" {
				t.Errorf("%s: it opens %q", name, k.Space)
			}
		}
		ofHR := h.scope(inHR, "")
		if ofHR.May(scope.Operate) || !ofHR.May(scope.Own) {
			t.Errorf("a key of a space lets an operator %v", RightNames(ofHR.Rights()))
		}
		if k, _, err := h.CreateKey(ctx, ofHR, inHR, NewKey{}); err != nil || k.Space != "hr" || slices.Contains(k.Can, "operate") {
			t.Errorf("a key of a space makes %+v, %v", k, err)
		}
		for _, n := range []NewKey{{Person: "bob"}, {Service: "s4", Space: "main"}, {Can: []string{"operate"}}} {
			_, _, err := h.CreateKey(ctx, ofHR, inHR, n)
			if code := wenyuan.CodeOf(err); code != wenyuan.Denied && code != wenyuan.NotFound {
				t.Errorf("a key of a space makes %+v, %v", n, err)
			}
		}
		if k, _, err := h.CreateKey(ctx, h.scope(short, ""), short, NewKey{}); err != nil || k.Expires != short.Expires {
			t.Errorf("a key that runs out makes %+v, %v", k, err)
		}
		for _, other := range []Identity{{Kind: Person, Principal: ann.Principal, Rights: scope.Every, Behind: &ada}, {Kind: Person, Principal: ann.Principal, Rights: scope.Every, ViewAs: "x"}} {
			_, _, err := h.CreateKey(ctx, h.machine, other, NewKey{})
			h.refused(err, wenyuan.Denied)
			h.refused(h.RevokeKey(ctx, h.machine, other, reader.Key), wenyuan.Denied)
		}
		wide, _, err := h.CreateKey(ctx, h.scope(ann, ""), ann, NewKey{})
		h.must(err)
		h.refused(h.RevokeKey(ctx, h.scope(reader, ""), reader, wide.ID), wenyuan.Denied)
		testForeignKeys(t, h, ann, own, inHR.Key)
		h.must(h.RevokeKey(ctx, h.scope(reader, ""), reader, reader.Key))
	})
}

// testForeignKeys looks for keys of others; adas is the id of an operator's.
func testForeignKeys(t *testing.T, h *house, ann, own Identity, adas string) {
	ctx := t.Context()
	list := func(id Identity, person string) ([]Key, error) { return h.Keys(ctx, h.scope(id, ""), id, person) }
	for _, person := range []string{"bob", "nobody", "s2"} {
		_, err := list(ann, person)
		h.refused(err, wenyuan.Denied)
	}
	for person, want := range map[string]int{"s2": 1, "bob": 0, "nobody": 0, "ada": 0, "s3": 0} {
		if keys, err := list(own, person); err != nil || len(keys) != want {
			t.Errorf("an owner sees the keys %+v of %s, %v", keys, person, err)
		}
	}
	anns, err := list(ann, "")
	h.must(err)
	for _, k := range anns {
		if k.Person != "ann" {
			t.Errorf("ann sees the key %+v", k)
		}
	}
	h.refused(h.RevokeKey(ctx, h.scope(ann, ""), ann, adas), wenyuan.NotFound)
	h.refused(h.RevokeKey(ctx, h.scope(own, ""), own, adas), wenyuan.NotFound)
	h.refused(h.RevokeKey(ctx, h.scope(ann, ""), ann, "key_none"), wenyuan.NotFound)
	h.must(h.RevokeKey(ctx, h.scope(ann, ""), ann, anns[0].ID))
	h.must(h.RevokeKey(ctx, h.scope(ann, ""), ann, anns[0].ID))
	all, err := h.Keys(ctx, h.machine, Machine(), "")
	h.must(err)
	if len(all) < 10 {
		t.Errorf("the machine sees %d keys", len(all))
	}
}

// Of a key only its digest is kept.
func TestSecretIsNotKept(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.person("ann", Asker)
		secret := h.key(NewKey{Person: "ann"})
		storetest.Read(t, h.store, func(tx *store.Tx) error {
			return each(context.Background(), tx, func(scan func(...any) error) error {
				var id, hash string
				if err := scan(&id, &hash); err != nil || hash != hashKey(secret) || strings.Contains(secret, id) {
					t.Errorf("kept are %s %s, %v", id, hash, err)
				}
				return nil
			}, `SELECT id, hash FROM access_key`)
		})
	})
}
