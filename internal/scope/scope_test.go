package scope

import (
	"fmt"
	"slices"
	"testing"
)

func table(classes map[string]int32) *Table { return NewTable().With(classes) }

func TestScope(t *testing.T) {
	t.Parallel()
	some := Documents("hr", []string{"b", "a", "b"})
	classed := Of("hr", Read, table(map[string]int32{"a": 0, "b": 70}), Classes{}.Add(70))
	for _, c := range []struct {
		name            string
		scope           Scope
		space, document string
		sees            bool
	}{
		{"zero", Scope{}, "", "", false},
		{"zero, a document", Scope{}, "hr", "a", false},
		{"space", Space("hr"), "hr", "a", true},
		{"another space", Space("hr"), "it", "a", false},
		{"named", some, "hr", "a", true},
		{"not named", some, "hr", "c", false},
		{"named, another space", some, "it", "a", false},
		{"none named", Documents("hr", nil), "hr", "a", false},
		{"of a class that is seen", classed, "hr", "b", true},
		{"of one that is not", classed, "hr", "a", false},
		{"not in the table", classed, "hr", "c", false},
		{"of a class, another space", classed, "it", "b", false},
		{"through an assistant", classed.Through("desk"), "hr", "b", true},
		{"through an assistant, not seen", classed.Through("desk"), "hr", "a", false},
		{"both", classed.And(Space("hr")), "hr", "b", true},
		{"both, not seen by one", classed.And(Space("hr")), "hr", "a", false},
		{"of two spaces", classed.And(Space("it")), "hr", "b", false},
	} {
		if got := c.scope.Sees(c.space, c.document); got != c.sees {
			t.Errorf("%s: sees %v", c.name, got)
		}
	}
	if (Scope{}).All("") || some.All("hr") || !Space("hr").All("hr") || Space("hr").All("it") || Space("hr").Through("a").All("hr") {
		t.Error("All is wrong")
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	s := All("hr", Read|Ask|Edit)
	if !s.May(Read|Edit) || s.May(Own) || (Scope{}).May(0) || s.Within(Read).May(Ask) || s.Within(Every).Rights() != Read|Ask|Edit {
		t.Error("May is wrong")
	}
	one := s.Through("desk")
	if one.May(Read) || one.May(Edit) || !one.Asks("desk") || one.Asks("other") || !s.Asks("any") || (Scope{}).Asks("any") {
		t.Error("a scope through one assistant is wrong")
	}
	if both := one.And(All("hr", Every).Through("desk", "help")); !both.Asks("desk") || both.Asks("help") || both.May(Read) {
		t.Error("what two scopes share is wrong")
	}
	if none := one.And(s.Through("help")); none.Asks("desk") || none.Asks("help") || none.Asks("") {
		t.Error("scopes through different assistants share one")
	}
}

// Keys are equal for scopes that see the same, and for no others.
func TestKey(t *testing.T) {
	t.Parallel()
	same := Documents("hr", []string{"b", "a"})
	one := table(map[string]int32{"a": 1})
	all := []Scope{{}, Space("hr"), Space("it"), Documents("hr", []string{"a", "b"}), Documents("hr", []string{"a"}), Documents("it", []string{"a", "b"}), Documents("hr", nil), Space("hr").Through("a"), Space("hr").Through("b"), Space("it").Through("a"),
		Of("hr", Read, one, Classes{}.Add(1)), Of("hr", Read, one, Classes{}.Add(2)), Of("hr", Read, table(map[string]int32{"a": 1}), Classes{}.Add(1)), Of("it", Read, one, Classes{}.Add(1)), Of("hr", Read, one, nil)}
	seen := map[string]int{}
	for i, s := range all {
		if j, ok := seen[s.Key()]; ok {
			t.Errorf("scopes %d and %d have one key", i, j)
		}
		seen[s.Key()] = i
	}
	if same.Key() != all[3].Key() || Of("hr", Read|Ask, one, Classes{}.Add(1)).Key() != Of("hr", Read, one, Classes{}.Add(1)).Key() {
		t.Error("two scopes that see the same have two keys")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	first := map[string]int32{}
	for i := range 5000 {
		first[fmt.Sprint("doc", i)] = int32(i % 7)
	}
	before := NewTable().With(first)
	after := before.With(map[string]int32{"doc1": 9, "doc2": Gone, "doc3": 9, "new": 4, "never": Gone})
	for id, want := range map[string]int32{"doc1": 9, "doc2": Gone, "doc3": 9, "doc4": 4, "new": 4, "never": Gone} {
		got, ok := after.Class(id)
		if !ok {
			got = Gone
		}
		if got != want {
			t.Errorf("%s is of class %d, not %d", id, got, want)
		}
	}
	for id, want := range first {
		if got, ok := before.Class(id); !ok || got != want {
			t.Fatalf("the table before has changed: %s is of class %d", id, got)
		}
	}
	if before.Len() != 5000 || after.Len() != 5000 {
		t.Errorf("the tables hold %d and %d", before.Len(), after.Len())
	}
	var none *Table
	if _, ok := none.Class("a"); ok {
		t.Error("no table holds a document")
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	one := table(nil)
	named := func(who string) Scope {
		return Of("hr", Read, one, nil).Reading(func(readers []string) bool { return slices.Contains(readers, who) })
	}
	hr, it := named("group:hr"), named("group:it")
	both := []string{"group:hr", "group:it"}
	for _, c := range []struct {
		name  string
		scope Scope
		reads bool
	}{
		{"zero", Scope{}, false}, {"all", Space("hr"), true}, {"named documents", Documents("hr", []string{"a"}), false},
		{"one of them", hr, true}, {"both", hr.And(it), true}, {"one and all", hr.And(Space("hr")), true},
		{"neither", named("group:x"), false}, {"one and neither", hr.And(named("group:x")), false}, {"two spaces", hr.And(Space("it")), false},
	} {
		if got := c.scope.Reads(both); got != c.reads {
			t.Errorf("%s: reads %v", c.name, got)
		}
	}
	if hr.Reads(nil) || !Space("hr").Reads(nil) {
		t.Error("what nobody reads is read by somebody, or hidden from who sees all")
	}
}
