package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
)

func TestProvision(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.group("hr")
		h.group("staff")
		sso := func(p Provisioned) Account {
			t.Helper()
			p.Source = "dex"
			a, err := h.Provision(ctx, p)
			h.must(err)
			return a
		}
		ann := sso(Provisioned{External: "1", Name: "Ann", Email: "Ann@x.org", EmailVerified: true, Groups: []string{"HR", "nothing"}, Space: "main", Role: Viewer})
		if ann.Name != "Ann" || ann.Email != "ann@x.org" || !slices.Equal(ann.Groups, []string{"hr"}) || len(ann.Roles) != 1 || ann.Roles[0].Role != Viewer {
			t.Errorf("somebody new is %+v", ann)
		}
		// The next time: the same, whatever they are called now; groups by hand stay.
		_, err := h.AddMembers(ctx, h.machine, "staff", []string{"person:Ann"})
		h.must(err)
		again := sso(Provisioned{External: "1", Name: "Anna", Email: "anna@x.org", EmailVerified: true, Groups: []string{"staff"}, Space: "main", Role: Owner})
		if again.ID != ann.ID || again.Name != "Ann" || again.Email != "anna@x.org" || !slices.Equal(again.Groups, []string{"staff"}) || again.Roles[0].Role != Viewer {
			t.Errorf("the next time it is %+v", again)
		}
		if gone := sso(Provisioned{External: "1"}); !slices.Equal(gone.Groups, []string{"staff"}) || gone.Email != "anna@x.org" {
			t.Errorf("without groups it is %+v", gone)
		}
		before := h.number.Load()
		if same := sso(Provisioned{External: "1", KeepGroups: true}); same.ID != ann.ID || h.number.Load() != before {
			t.Errorf("nothing is new, and yet something changed")
		}
		// An account that is there is taken by a verified e-mail only, and not one of the same provider.
		bob, err := h.AddPerson(ctx, h.machine, NewPerson{Name: "bob", Email: "bob@x.org"})
		h.must(err)
		if other := sso(Provisioned{External: "2", Name: "bob", Email: "bob@x.org"}); other.ID == bob.ID || other.Name != "bob 2" || other.Email != "" {
			t.Errorf("an e-mail that is not verified gives %+v", other)
		}
		if same := sso(Provisioned{External: "3", Name: "bob", Email: "BOB@x.org", EmailVerified: true}); same.ID != bob.ID || same.External != "dex|3" {
			t.Errorf("a verified e-mail gives %+v", same)
		}
		_, err = h.Provision(ctx, Provisioned{Source: "dex", External: "4", Email: "bob@x.org", EmailVerified: true})
		h.refused(err, wenyuan.Denied)
		// Whoever is disabled stays out.
		yes := true
		_, err = h.ChangePerson(ctx, h.machine, "bob", PersonChange{Disabled: &yes})
		h.must(err)
		_, err = h.Provision(ctx, Provisioned{Source: "dex", External: "3"})
		h.refused(err, wenyuan.Denied)
		for _, bad := range []Provisioned{{Source: "dex"}, {External: "1"}, {Source: "hand", External: "1"}, {Source: "a|b", External: "1"}, {Source: "dex", External: strings.Repeat("x", 2000)}, {Source: "dex", External: "9", Email: "x", EmailVerified: true}} {
			_, err := h.Provision(ctx, bad)
			h.refused(err, wenyuan.Invalid)
		}
		h.group("north west")
		for _, make := range []bool{false, true} { // a blank more is no other name
			if far := sso(Provisioned{External: "8", Name: "far", Groups: []string{"North  West", " hr"}, MakeGroups: make}); !slices.Equal(far.Groups, []string{"north west"}) {
				t.Errorf("%v, %v", make, far.Groups)
			}
		}
		if odd := sso(Provisioned{External: "9", Name: "a:b,\x07#"}); odd.Name != "a b" {
			t.Errorf("an odd name becomes %q", odd.Name)
		}
	})
}

// Five thousand groups in one claim are taken, and quickly; what cannot be a name is left out.
func TestProvisionManyGroups(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		groups := []string{"", "a:b", "\x00", "team 7", "TEAM 7", strings.Repeat("g", 3000)}
		for i := range 5000 {
			groups = append(groups, fmt.Sprint("team ", i))
		}
		p := Provisioned{Source: "dex", External: "1", Name: "ann", Groups: groups, MakeGroups: true, Space: "main"}
		for _, want := range []int{5000, 5000, 3} {
			began := time.Now()
			a, err := h.Provision(ctx, p)
			h.must(err)
			if len(a.Groups) != want {
				t.Errorf("ann is in %d groups, not %d", len(a.Groups), want)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("it took %s", took)
			}
			t.Logf("%d groups in %s", want, time.Since(began))
			if want == 5000 && p.MakeGroups {
				p.MakeGroups = false
				continue
			}
			p.Groups = groups[3:8]
		}
		p.Groups = slices.Repeat([]string{"x"}, maxClaims+1)
		_, err := h.Provision(ctx, p)
		h.refused(err, wenyuan.TooLarge)
	})
}
