package auth

import (
	"slices"
	"strings"
	"testing"
)

// FuzzName: what can be a name can be named in a rule, and means nobody else there.
func FuzzName(f *testing.F) {
	for _, name := range []string{"li", "李雷", "Zoe\u0308", "a  b", "İstanbul", "ǅ", "ſ", "a'b\"c", "*", "x@y.org", "名，字", "a：b", "group", "\u212b", "nobody", "CN=hr/x"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := cleanName(text)
		if err != nil {
			return
		}
		if again, err := cleanName(name); err != nil || again != name {
			t.Fatalf("%q becomes %q, and that %q, %v", text, name, again, err)
		}
		if Fold(name) != Fold(Fold(name)) {
			t.Fatalf("%q is folded to %q, and that to %q", name, Fold(name), Fold(Fold(name)))
		}
		for _, word := range strings.Fields(name)[1:] { // a comma may be missing there: such a rule is refused
			if slices.Contains([]string{everyMember, everybody, nobody}, Fold(word)) {
				return
			}
		}
		readers, err := ParseReaders("group:" + name)
		if err != nil || len(readers) != 1 || foldReader(readers[0]) != "group:"+Fold(name) {
			t.Fatalf("%q is read as %q, %v", name, readers, err)
		}
	})
}
