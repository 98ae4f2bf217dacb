package auth

import (
	"slices"
	"strings"
	"testing"

	"wenyuan"
)

func TestGroups(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann, bob := h.person("ann", ""), h.person("bob", Viewer)
		h.group("payroll", "person:ann")
		h.group("hr", "group:payroll")
		h.group("all", "group:hr", "person:bob")
		h.corpus("main", "c1")
		h.document("main", "c1", "pay", "group:HR")
		h.document("main", "c1", "news", "group:all")
		for i, step := range []struct {
			do       func() error
			ann, bob string
		}{
			{func() error { return nil }, "[pay news]", "[news]"},
			{func() error { _, err := h.RemoveMembers(ctx, h.machine, "hr", []string{"group:payroll"}); return err }, "no space", "[news]"},
			{func() error {
				_, err := h.AddMembers(ctx, h.machine, "HR", []string{"person:ann", "person:Bob"})
				return err
			}, "[pay news]", "[pay news]"},
			{func() error { return h.RemoveGroup(ctx, h.machine, "all") }, "[pay]", "[pay]"},
			{func() error { h.group("all", "group:hr"); return nil }, "[pay news]", "[pay news]"},
			{func() error {
				n := "people"
				_, err := h.ChangeGroup(ctx, h.machine, "hr", GroupChange{Name: &n})
				return err
			}, "[news]", "[news]"},
			{func() error { _, err := h.RemoveMembers(ctx, h.machine, "people", []string{"person:bob"}); return err }, "[news]", "[]"},
		} {
			h.must(step.do())
			if a, b := h.sees(ann, "main", "pay", "news"), h.sees(bob, "main", "pay", "news"); a != step.ann || b != step.bob {
				t.Errorf("after step %d ann sees %s and bob %s; want %s and %s", i, a, b, step.ann, step.bob)
			}
		}
		g, err := h.FindGroup(ctx, h.machine, "ALL")
		h.must(err)
		if !slices.Equal(g.Members, []string{"group:people"}) {
			t.Errorf("the group all has %v", g.Members)
		}
		all, err := h.Groups(ctx, h.machine)
		h.must(err)
		if len(all) != 3 || all[0].Name != "all" || all[1].Name != "payroll" || all[2].Name != "people" {
			t.Errorf("the groups are %+v", all)
		}
	})
}

func TestGroupsRefused(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		viewer := h.person("ann", Viewer)
		h.group("a")
		h.group("b", "group:a")
		h.group("c", "group:b", "person:ann")
		add := func(group, member string) error {
			_, err := h.AddMembers(ctx, h.machine, group, []string{member})
			return err
		}
		for _, c := range []struct{ group, member, says string }{
			{"a", "group:a", "cannot be a member of itself"}, {"a", "group:b", "itself through b"}, {"A", "group:C", "itself through c, b"},
		} {
			err := add(c.group, c.member)
			if wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s into %s: %v", c.member, c.group, err)
			}
		}
		for _, member := range []string{"person:nobody", "group:nothing", "service:ann"} {
			h.refused(add("a", member), wenyuan.NotFound)
		}
		for _, member := range []string{"ann", "", "space", "user:ann"} {
			h.refused(add("a", member), wenyuan.Invalid)
		}
		h.refused(add("z", "person:ann"), wenyuan.NotFound)
		_, err := h.AddGroup(ctx, h.machine, "B", nil)
		h.refused(err, wenyuan.Conflict)
		_, err = h.AddGroup(ctx, h.machine, "new", []string{"person:nobody"})
		h.refused(err, wenyuan.NotFound)
		_, err = h.FindGroup(ctx, h.machine, "new")
		h.refused(err, wenyuan.NotFound)
		_, err = h.Groups(ctx, h.scope(viewer, "main"))
		h.refused(err, wenyuan.Denied)
		h.refused(h.RemoveGroup(ctx, h.scope(viewer, "main"), "a"), wenyuan.Denied)
	})
}
