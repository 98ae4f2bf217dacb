package auth

import "testing"

// Every layer says for itself what it holds, the strongest first; decide and layers agree on what
// holds.
func TestLayers(t *testing.T) {
	t.Parallel()
	glob, err := parseGlob("hr/**")
	if err != nil {
		t.Fatal(err)
	}
	all := &rules{
		globs: []handGlob{{text: "hr/**", glob: glob, readers: []string{"group:hr"}}},
		files: map[string]accessFile{"hr": parseAccess("hr", "read: person:a\n"), "": parseAccess("", "read: public\n")},
	}
	for name, c := range map[string]struct {
		p    ruled
		want []string // layers that say something
	}{
		"all of them":  {ruled{source: "hr/pay.md", hand: `["space"]`, layer: Front, own: "group:pay"}, []string{Hand, Glob, Front, File, File}},
		"a column":     {ruled{source: "hr/pay.csv", layer: Column, own: "group:pay"}, []string{Glob, Column, File, File}},
		"another path": {ruled{source: "it/a.md"}, []string{File}},
		"unreadable":   {ruled{source: "it/a.md", hand: "no list"}, []string{Hand, File}},
	} {
		var said []string
		looked := all.layers(c.p)
		for _, l := range looked {
			if l.Said {
				said = append(said, l.Layer)
			}
		}
		if len(said) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, said, c.want)
			continue
		}
		for i := range said {
			if said[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, said, c.want)
			}
		}
		held := all.decide(c.p)
		for _, l := range looked {
			if l.Said {
				if l.Origin != held.Origin || l.Problem != held.Problem || len(l.Readers) != len(held.Readers) {
					t.Errorf("%s: the first layer says %+v, what holds is %+v", name, l.Rule, held)
				}
				break
			}
		}
	}
}
