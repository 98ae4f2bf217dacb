package rule

import (
	"strings"
	"testing"

	"wenyuan/guard/reading"
)

// FuzzParse: no file breaks the parser, and what it accepts compiles and runs.
func FuzzParse(f *testing.F) {
	f.Add(file(f, "language.rules"), "text")
	f.Add(file(f, "bad.rules"), "word")
	f.Add("[a]\n?{0,32}ab*{\n\\*ab|\"c d\" + e > f ; except @x\n@x=@x", "abab c d")
	f.Fuzz(func(t *testing.T, rules, text string) {
		set, err := Parse("fuzz", rules)
		if err != nil {
			return
		}
		m, err := Compile(set)
		if err != nil {
			return
		}
		m.Find(reading.Fold(text))
	})
}

// FuzzFind: places lie in the text, and a stream meets nothing that the whole does not.
func FuzzFind(f *testing.F) {
	m := matcherOf(f, file(f, "language.rules"))
	f.Add("加我的微信12345，冰*毒 crystal meth lab", uint8(3))
	f.Add(strings.Repeat("冰毒 ", 50), uint8(7))
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole := m.Matches(reading.Fold(text))
		for _, x := range whole {
			if x.Start < 0 || x.End > len(text) || x.Start > x.End {
				t.Fatalf("%+v of %d bytes", x, len(text))
			}
		}
		s := m.Stream()
		for rest := text; rest != ""; {
			n := min(len(rest), int(size)+1)
			for _, x := range s.Write(rest[:n]) {
				if x.Start < 0 || x.End > len(text) {
					t.Fatalf("%+v of %d bytes", x, len(text))
				}
			}
			rest = rest[n:]
		}
		s.Close()
	})
}
