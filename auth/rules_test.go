package auth

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		glob, path string
		fits       bool
	}{
		{"*.md", "a.md", true}, {"*.md", "x/y/a.md", true}, {"*.md", "a.txt", false}, {"a.md", "x/a.md", true},
		{"/a.md", "a.md", true}, {"/a.md", "x/a.md", false}, {"x/*.md", "x/a.md", true}, {"x/*.md", "x/y/a.md", false},
		{"x/**", "x/y/a.md", true}, {"x/**", "xx/a.md", false}, {"x/", "x/y/a.md", true}, {"**/a.md", "a.md", true}, {"**/a.md", "x/y/a.md", true},
		{"x/**/a.md", "x/a.md", true}, {"x/**/a.md", "x/y/z/a.md", true}, {"x/**/a.md", "y/a.md", false}, {"**", "x/a", true},
		{"?.md", "中.md", true}, {"?.md", "ab.md", false}, {"报*表.md", "x/报销表.md", true}, {"a[1].md", "a[1].md", true}, {"a[1].md", "a1.md", false},
		{"*a*b*", "xaxbx", true}, {"*a*b", "xaxbx", false}, {"e\u0301.md", "\u00e9.md", true}, {"A.md", "a.md", false}, {"**/x/**/y", "x/x/y/y", true},
	} {
		g, err := parseGlob(c.glob)
		if err != nil || g.fits(c.path) != c.fits {
			t.Errorf("%q and %q: fits %v, %v", c.glob, c.path, !c.fits, err)
		}
	}
	for _, bad := range []string{"", "a//b", "../a", "a/./b", `a\b`, "a\x00", "a\xff", strings.Repeat("a", 1025)} {
		if _, err := parseGlob(bad); err == nil {
			t.Errorf("%.20q is a glob", bad)
		}
	}
}

// A glob that was made to be slow is not.
func TestGlobTime(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for _, pattern := range []string{strings.Repeat("*a", 500), strings.Repeat("**/a/", 200) + "b"} {
		g, err := parseGlob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		g.fits(strings.Repeat("a", 1000) + "c")
		g.fits(strings.Repeat("a/", 500) + "c")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestParseReaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ said, want string }{
		{"group:hr", "group:hr"}, {" Space ,group:HR,, person:A@b.c , space", "group:hr person:a@b.c space"}, {"public", "public"}, {"nobody", ""},
		{"group:人事，person:李雷", "group:人事 person:李雷"}, {"group：hr", "group:hr"}, {"service:sync bot", "service:sync bot"}, {"group: hr", "group:hr"},
		{"", "!"}, {" , ", "!"}, {"hr", "!"}, {"group:", "!"}, {"grup:hr", "!"}, {"group:hr space", "!"}, {"group:hr group:it", "!"}, {"group:a:b", "!"},
		{"nobody, space", "!"}, {"everyone", "!"}, {"group:a\x01", "!"}, {"group:" + strings.Repeat("a", 201), "!"}, {"*", "!"},
	} {
		got, err := ParseReaders(c.said)
		said := strings.Join(got, " ")
		if err != nil {
			said = "!"
		}
		if said != c.want {
			t.Errorf("%q is %q (%v), not %q", c.said, said, err, c.want)
		}
	}
	if _, err := ParseReaders(strings.Repeat("group:a,", maxReaders+1)); err == nil {
		t.Error("there is no limit on readers")
	}
	for own, want := range map[string]bool{"group:a, group:b\ngroup:B,group:a": true, "group:a\ngroup:b": false, Unread: false, "": false} {
		if _, err := parseOwn(own); (err == nil) != want {
			t.Errorf("what a document says, %q: %v", own, err)
		}
	}
}

func TestAccessFile(t *testing.T) {
	t.Parallel()
	const open, closed = "space", "-"
	for name, c := range map[string]struct {
		text     string
		want     map[string]string // readers of a path; ! denies, - is what the file says nothing about
		problems int
	}{
		"empty":           {"\n# remark\n\n", map[string]string{"hr/a.md": closed}, 0},
		"whole folder":    {"read: group:hr # not others\n", map[string]string{"hr/a.md": "group:hr", "hr/x/a.md": "group:hr"}, 0},
		"glob beats":      {"*.md read: group:hr\nread: space\n", map[string]string{"hr/a.md": "group:hr", "hr/a.txt": open}, 0},
		"last glob":       {"*.md read: group:hr\na.* read: group:it\n", map[string]string{"hr/a.md": "group:it", "hr/b.md": "group:hr", "hr/b.txt": closed}, 0},
		"last without":    {"read: group:hr\nread: group:it\n", map[string]string{"hr/a.md": "group:it"}, 0},
		"folders":         {"/x/** read: group:it\n", map[string]string{"hr/x/a.md": "group:it", "hr/y/x/a.md": closed}, 0},
		"quoted":          {"\"my file.md\" read: group:it\n", map[string]string{"hr/my file.md": "group:it", "hr/file.md": closed}, 0},
		"Windows":         {"\ufeffread: group:hr\r\n*.txt\tRead : space\r\n", map[string]string{"hr/a.md": "group:hr", "hr/a.txt": open}, 0},
		"broken readers":  {"*.md read: grup:hr\nread: space\n", map[string]string{"hr/a.md": "!", "hr/a.txt": open}, 1},
		"broken whole":    {"*.md read: space\nread: group:hr space\n", map[string]string{"hr/a.md": open, "hr/a.txt": "!"}, 1},
		"broken glob":     {"a//b read: group:hr\nread: space\n*.md read: space\n", map[string]string{"hr/a.md": "!", "hr/a.txt": "!"}, 1},
		"blank in a glob": {"my file.md read: group:hr\n*.md read: space\n", map[string]string{"hr/a.md": "!"}, 1},
		"open quote":      {"\"my file.md read: group:hr\n", map[string]string{"hr/a.md": "!"}, 1},
		"other words":     {"deny all\nread: space\n", map[string]string{"hr/a.md": "!"}, 1},
		"one word":        {"secret\nread: space\n", map[string]string{"hr/a.md": "!"}, 1},
		"UTF-16":          {"\xff\xfer\x00e\x00a\x00d\x00:\x00", map[string]string{"hr/a.md": "!"}, 1},
		"too large":       {"read: space\n" + strings.Repeat("#", maxAccessFile), map[string]string{"hr/a.md": "!"}, 1},
		"too many lines":  {strings.Repeat("read: space\n", maxLines+1), map[string]string{"hr/a.md": "!"}, 1},
		"nobody":          {"read: nobody", map[string]string{"hr/a.md": ""}, 0},
	} {
		f := parseAccess("hr", storable(c.text))
		if got := f.problems(); len(got) != c.problems {
			t.Errorf("%s: problems %q", name, got)
		}
		for source, want := range c.want {
			r, said := f.rule(source)
			got := strings.Join(r.Readers, " ")
			switch {
			case !said:
				got = "-"
			case r.Problem != "":
				got = "!"
			}
			if got != want || got == "!" && len(r.Readers) > 0 {
				t.Errorf("%s: %s is read by %q, not %q", name, source, got, want)
			}
		}
	}
	f := parseAccess("hr", "# remark\n\nread: x\n")
	if got := f.problems(); !slices.Equal(got, []string{`hr/.access line 3: "x" is no reader`}) {
		t.Errorf("problems %q", got)
	}
}

// simpleFits is the rule of globs as one would write it down, without care for time.
func simpleFits(pattern, path []string) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	if pattern[0] == "**" {
		return simpleFits(pattern[1:], path) || len(path) > 0 && simpleFits(pattern, path[1:])
	}
	return len(path) > 0 && simpleName([]rune(pattern[0]), []rune(path[0])) && simpleFits(pattern[1:], path[1:])
}

func simpleName(pattern, name []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == '*':
		return simpleName(pattern[1:], name) || len(name) > 0 && simpleName(pattern, name[1:])
	}
	return len(name) > 0 && (pattern[0] == '?' || pattern[0] == name[0]) && simpleName(pattern[1:], name[1:])
}

// TestGlobModel compares 20,000 random globs and paths with the simple rule.
func TestGlobModel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, most int) string {
		var out strings.Builder
		for range 1 + r.IntN(most) {
			out.WriteByte(letters[r.IntN(len(letters))])
		}
		return out.String()
	}
	fitting := 0
	for range 20_000 {
		var pattern, path []string
		for range 1 + r.IntN(4) {
			if r.IntN(4) == 0 {
				pattern = append(pattern, "**")
			} else {
				pattern = append(pattern, strings.ReplaceAll(word("ab*?", 4), "**", "*"))
			}
		}
		for range 1 + r.IntN(4) {
			path = append(path, word("ab", 3))
		}
		g, err := parseGlob("/" + strings.Join(pattern, "/"))
		if err != nil {
			t.Fatal(err)
		}
		want := simpleFits(pattern, path)
		if got := g.fits(strings.Join(path, "/")); got != want {
			t.Fatalf("%q and %q: fits %v", pattern, path, got)
		}
		if want {
			fitting++
		}
	}
	if fitting < 1000 {
		t.Errorf("only %d of them fit: the test says little", fitting)
	}
}

// FuzzAccess: whatever a .access file holds, reading it ends, gives a valid rule or none, and a
// line that cannot be read never lets anybody in.
func FuzzAccess(f *testing.F) {
	for _, s := range []string{"read: group:hr", "*.md read: space\nread: x", "\"a b\" read: public # x", "\xff\xfe", "a/**/b read：group:人事，space"} {
		f.Add(s, "hr/a.md")
	}
	f.Fuzz(func(t *testing.T, text, source string) {
		a := parseAccess("hr", storable(text))
		r, said := a.rule("hr/" + source)
		if said && r.Problem != "" && len(r.Readers) > 0 {
			t.Errorf("%q lets %q in by a line that cannot be read", text, r.Readers)
		}
		if said && r.Problem == "" {
			again, err := ParseReaders(strings.Join(r.Readers, ","))
			if len(r.Readers) > 0 && (err != nil || !slices.Equal(again, r.Readers)) {
				t.Errorf("%q gives the readers %q, which read as %q, %v", text, r.Readers, again, err)
			}
		}
	})
}
