package web

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenyuan"
)

// functions are what the templates of one language may call.
func functions(lang Lang, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"t":            func(key string, args ...any) (string, error) { return say(lang, key, args...) },
		"lang":         func() string { return lang.tag() },
		"chinese":      func() bool { return lang == Chinese },
		"words":        func() map[string]string { return scriptWords(lang) },
		"visitorWords": func() map[string]string { return widgetWords()[lang] },
		"asset":        func(name string) string { return "/assets/" + files()[name].name },
		"cleaned":      func(reason string) string { return cleaned(lang, reason) },
		"fault":        func(f *Fault) (string, error) { return say(lang, "fault."+f.Key, f.Args...) },
		"remark":       func(r *Remark) (string, error) { return say(lang, r.Key, r.Args...) },
		"seg":          url.PathEscape,
		"here":         func(name, here string, reads bool) tabs { return tabs{name, here, reads} },
		"told":         func(text string) *said { return tell(lang, text) },
		"why":          func(d Document) *said { return tell(lang, d.Reason).without(d.Source + " ") },
		"num":          num,
		"took":         took,
		"lasted":       func(us int64) string { return lasted(lang, us) },
		"size":         size,
		"mib":          mib,
		"who":          func(name string) *said { return who(lang, name) },
		"when":         func(us int64) string { return when(lang, us, now()) },
		"until":        func(us int64) string { return until(lang, us, now()) },
		"deed":         func(e AuditEntry) string { return e.deed(lang) },
		"clock":        func(us int64) string { return time.UnixMicro(us).Format("2006-01-02 15:04:05") },
		"iso":          func(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339) },
		"six":          six,
		"near":         decimal,
		"tag":          langOf,
		"inline":       inline,
		"bits":         func(s string) []bit { return inline(wenyuan.Sentence{Text: s}) },
		"joined":       joined,
		"listed":       listed,
		"cost":         cost,
		"before":       func(n int) int { return n - 1 },
		"path":         headingPath,
		"base":         base,
		"add":          func(a, b int) int { return a + b },
		"percent":      func(f float64) string { return strconv.FormatFloat(100*min(max(f, 0), 1), 'f', 1, 64) },
	}
}

// num groups the digits by thousands.
func num(n any) string {
	s := fmt.Sprint(n)
	digits := strings.TrimPrefix(s, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return s[:len(s)-len(strings.TrimPrefix(s, "-"))] + digits
}

// A quantity is a number and the unit that stands smaller beside it.
type quantity struct{ Number, Unit string }

// String joins the two as running text.
func (q quantity) String() string { return q.Number + " " + q.Unit }

// took shows microseconds with three digits that matter.
func took(us int64) quantity {
	switch {
	case us < 1000:
		return quantity{strconv.FormatInt(us, 10), "µs"}
	case us < 1_000_000:
		return quantity{digits(float64(us) / 1e3), "ms"}
	}
	return quantity{digits(float64(us) / 1e6), "s"}
}

// lasted shows microseconds as running text, with the unit as a word where it is one.
func lasted(lang Lang, us int64) string {
	q := took(us)
	return q.Number + " " + must(lang, "unit."+q.Unit)
}

func digits(f float64) string {
	switch {
	case f < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// size shows bytes in decimal units, as disks and networks count.
func size(n int64) quantity {
	switch {
	case n < 1000:
		return quantity{strconv.FormatInt(n, 10), "B"}
	case n < 1_000_000:
		return quantity{digits(float64(n) / 1e3), "kB"}
	case n < 1_000_000_000:
		return quantity{digits(float64(n) / 1e6), "MB"}
	}
	return quantity{digits(float64(n) / 1e9), "GB"}
}

// mib is a number of bytes in MiB, as the settings name room, without the unit.
func mib(n int64) string { return digits(float64(n) / (1 << 20)) }

// when says how long ago something was, and from a week on the day.
func when(lang Lang, us int64, now time.Time) string {
	at := time.UnixMicro(us)
	age := now.Sub(at)
	ago := func(key string, n time.Duration) string { return must(lang, key, int(n)) }
	switch {
	case us == 0:
		return "–"
	case age < time.Minute:
		return must(lang, "when.now")
	case age < time.Hour:
		return ago("when.minutes", age/time.Minute)
	case age < 24*time.Hour:
		return ago("when.hours", age/time.Hour)
	case age < 7*24*time.Hour:
		return ago("when.days", age/(24*time.Hour))
	}
	return at.Format("2006-01-02")
}

// until says how long it is until something, and from a week on the day.
func until(lang Lang, us int64, now time.Time) string {
	at := time.UnixMicro(us)
	in := func(key string, n time.Duration) string { return must(lang, key, int(n)) }
	switch left := at.Sub(now); {
	case left <= 0:
		return when(lang, us, now)
	case left < time.Minute:
		return in("until.seconds", max(1, left/time.Second))
	case left < time.Hour:
		return in("until.minutes", left/time.Minute)
	case left < 24*time.Hour:
		return in("until.hours", left/time.Hour)
	case left < 7*24*time.Hour:
		return in("until.days", left/(24*time.Hour))
	}
	return at.Format("2006-01-02")
}

// six is how a hash is shown: enough digits to tell versions apart by eye. An
// identifier with a prefix is told apart by its end, which is random.
func six(hash string) string {
	if _, tail, ok := strings.Cut(hash, "_"); ok {
		return tail[max(0, len(tail)-6):]
	}
	return hash[:min(6, len(hash))]
}

// headingPath is the way down to a passage. The title stands beside it already, so a first
// heading that says the same is left out.
func headingPath(title string, heading []string) string {
	if len(heading) > 0 && heading[0] == title {
		heading = heading[1:]
	}
	return strings.Join(heading, " › ")
}

// decimal shows a score.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// plainWord begins a message that may be given a capital; a path, a name or a command may not.
var plainWord = regexp.MustCompile(`^[a-z]+[ ,]`)

// cleaned says what cleaning took out in the language of the page, by the name the parsers
// give it where the console knows no text.
func cleaned(lang Lang, reason string) string {
	if s, err := say(lang, "clean."+reason); err == nil {
		return s
	}
	return reason
}

// sentence makes a message of the house, which begins small and has no stop, a sentence.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if plainWord.MatchString(s) && !strings.HasPrefix(s, "wenyuan ") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	if !strings.ContainsRune(".?!:。？！：", last) {
		s += "."
	}
	return s
}

func base(source string) string { return source[strings.LastIndexByte(source, '/')+1:] }
