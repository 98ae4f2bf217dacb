package web

import (
	"bytes"
	"compress/gzip"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	declared = regexp.MustCompile(`--([a-z0-9-]+):\s*(#[0-9a-fA-F]{6})\b`)
	coloured = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(`)
)

// colours reads the colours of a theme from tokens.css; dark changes some of the light ones.
func colours(t *testing.T, dark bool) map[string]string {
	t.Helper()
	light, night, ok := strings.Cut(tokens, `:root[data-theme="dark"]`)
	if !ok {
		t.Fatal("tokens.css has no dark theme")
	}
	out := map[string]string{}
	for _, m := range declared.FindAllStringSubmatch(light, -1) {
		out[m[1]] = m[2]
	}
	if dark {
		for _, m := range declared.FindAllStringSubmatch(night, -1) {
			out[m[1]] = m[2]
		}
	}
	return out
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast: text has 4.5 on every surface it may stand on, edges and focus have 3.
func TestContrast(t *testing.T) {
	t.Parallel()
	surfaces := []string{"bg", "bg-side", "bg-hover", "paper"}
	for theme, dark := range map[string]bool{"light": false, "dark": true} {
		c := colours(t, dark)
		check := func(front, back string, least float64) {
			t.Helper()
			if c[front] == "" || c[back] == "" {
				t.Fatalf("%s: --%s or --%s is not declared", theme, front, back)
			}
			if got := contrast(t, c[front], c[back]); got < least {
				t.Errorf("%s: --%s on --%s has %.2f, needs %.1f", theme, front, back, got, least)
			}
		}
		for _, surface := range surfaces {
			for _, text := range []string{"ink", "ink-2", "ink-3", "glaze", "cinnabar", "orpiment", "indigo"} {
				check(text, surface, 4.5)
			}
			check("edge", surface, 3)
			check("focus", surface, 3)
		}
		for _, pigment := range []string{"glaze", "cinnabar", "orpiment", "indigo"} {
			check(pigment, pigment+"-soft", 4.5)
		}
		check("ink", "lit", 4.5)
		check("on-ink", "ink", 4.5)
		check("on-ink", "ink-2", 4.5) // a main button that is pointed at
		check("bg", "glaze", 4.5)     // a citation that is lit
	}
}

// TestColoursAreTokens: pages name no colour of their own.
func TestColoursAreTokens(t *testing.T) {
	t.Parallel()
	if found := coloured.FindAllString(styles, -1); len(found) > 0 {
		t.Errorf("console.css names colours: %v", found)
	}
	used := regexp.MustCompile(`var\(--([a-z0-9-]+)`)
	known := map[string]bool{"h": true, "m": true} // the depth of a strip and the ink of a memory, set beside their use
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+):`).FindAllStringSubmatch(tokens, -1) {
		known[m[1]] = true
	}
	for _, m := range used.FindAllStringSubmatch(styles, -1) {
		if !known[m[1]] {
			t.Errorf("console.css uses --%s, which no token declares", m[1])
		}
	}
	if !strings.Contains(followSystem(tokens), "--paper: #1e1b14") {
		t.Error("the theme of a dark system lacks the dark tokens")
	}
}

// TestStylesAreUsed: a class that no page and no script names is taken out.
func TestStylesAreUsed(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	all := script
	for _, name := range append(names, "sentence.go", "turn.go", "engine.go", "live.go") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	bare := regexp.MustCompile(`(?s)/\*.*?\*/|\{[^{}]*\}`).ReplaceAllString(styles, " ")
	for _, m := range regexp.MustCompile(`\.([a-zA-Z][\w-]*)`).FindAllStringSubmatch(bare, -1) {
		used := regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(m[1]) + `($|[^\w-])`)
		if !used.MatchString(all) && !regexp.MustCompile(`^l[3-6]$`).MatchString(m[1]) { // l: the level of a heading in the outline
			t.Errorf("nothing has the class %s", m[1])
		}
	}
}

// TestFirstLoad: any page with its style and script stays under 80 kB as it travels.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	r := New()
	assets := len(files()["css"].zip) + len(files()["js"].zip) + len(files()["icon"].zip)
	most, which := 0, ""
	for path, write := range samplePages {
		for _, l := range Langs {
			var page, zip bytes.Buffer
			if err := write(r, &page, l, sampleFrame(l, "", path)); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			z := gzip.NewWriter(&zip)
			if _, err := z.Write(page.Bytes()); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			if zip.Len() > most {
				most, which = zip.Len(), path
			}
		}
	}
	if total := assets + most; total > 80_000 {
		t.Errorf("the first load of %s takes %d bytes, %d of them style and script", which, total, assets)
	} else {
		t.Logf("style and script %d bytes, the largest page (%s) %d", assets, which, most)
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	get := func(path, accept string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", accept)
		Assets().ServeHTTP(w, r)
		return w
	}
	for _, a := range files() {
		w := get("/assets/"+a.name, "gzip, br")
		if w.Code != 200 || w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", a.name, w.Code, w.Header())
		}
		plain := get("/assets/"+a.name, "")
		if plain.Body.String() != string(a.plain) || plain.Header().Get("Content-Type") != a.media {
			t.Errorf("%s: not what was embedded", a.name)
		}
	}
	for _, path := range []string{"/assets/", "/assets/console.css", "/assets/console-000000000000.css", "/assets/../web.go"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
	if one, two := newAsset("a", "css", "text/css", "x"), newAsset("a", "css", "text/css", "y"); one.name == two.name {
		t.Error("two contents have one name")
	}
}
