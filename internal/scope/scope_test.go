package scope

import "testing"

func TestScope(t *testing.T) {
	t.Parallel()
	some := Documents("hr", []string{"b", "a", "b"})
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
	} {
		if got := c.scope.Sees(c.space, c.document); got != c.sees {
			t.Errorf("%s: sees %v", c.name, got)
		}
	}
	if one := Through("hr", "desk"); one.All("hr") || one.Only() != "desk" || !one.Sees("hr", "a") || one.Sees("it", "a") || Space("hr").Only() != "" {
		t.Error("a scope through one assistant is wrong")
	}
	if (Scope{}).All("") || some.All("hr") || !Space("hr").All("hr") || Space("hr").All("it") {
		t.Error("All is wrong")
	}
}

// Keys are equal for scopes that see the same, and for no others.
func TestKey(t *testing.T) {
	t.Parallel()
	same := Documents("hr", []string{"b", "a"})
	all := []Scope{{}, Space("hr"), Space("it"), Documents("hr", []string{"a", "b"}), Documents("hr", []string{"a"}), Documents("it", []string{"a", "b"}), Documents("hr", nil), Through("hr", "a"), Through("hr", "b"), Through("it", "a")}
	seen := map[string]int{}
	for i, s := range all {
		if j, ok := seen[s.Key()]; ok {
			t.Errorf("scopes %d and %d have one key", i, j)
		}
		seen[s.Key()] = i
	}
	if same.Key() != all[3].Key() {
		t.Error("the order of the names changes the key")
	}
}
