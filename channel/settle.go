package channel

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// Bounds on what a channel is given.
const (
	MaxNotice  = 300 // code points
	MaxOrigins = 20
)

// The default limits.
const (
	perMinute, perDay = 10, 200
	allMinute, allDay = 120, 5000
)

var validName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)

// settled fills in defaults and says what is wrong with a channel.
func (c Channel) settled() (Channel, error) {
	if c.Kind != Widget && c.Kind != Page {
		return c, invalid(fmt.Sprintf("there is no kind of channel %q", c.Kind), "one of widget, page")
	}
	if c.Name == "" && c.Kind == Page {
		c.Name = strings.ToLower(rand.Text())
	}
	if !validName.MatchString(c.Name) {
		return c, invalid(fmt.Sprintf("%q cannot be the name of a channel", c.Name), "use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or a digit")
	}
	if c.Assistant == "" {
		return c, invalid("the channel names no assistant", "say which assistant it leads to")
	}
	if c.Lang != "" && c.Lang != "en" && c.Lang != "zh" {
		return c, invalid(fmt.Sprintf("there is no language %q", c.Lang), "one of en, zh")
	}
	c.Notice = strings.Join(strings.Fields(clean(c.Notice)), " ")
	if n := utf8.RuneCountInString(c.Notice); n > MaxNotice {
		return c, invalid(fmt.Sprintf("a notice has up to %d characters, this one has %d", MaxNotice, n), "say it in one or two sentences")
	}
	c.PerMinute, c.PerDay = cmp.Or(c.PerMinute, perMinute), cmp.Or(c.PerDay, perDay)
	c.AllMinute, c.AllDay = cmp.Or(c.AllMinute, allMinute), cmp.Or(c.AllDay, allDay)
	for _, l := range []struct{ given, most int }{{c.PerMinute, 1000}, {c.PerDay, 100_000}, {c.AllMinute, 100_000}, {c.AllDay, 1_000_000}} {
		if l.given < 1 || l.given > l.most {
			return c, invalid(fmt.Sprintf("a limit is %d", l.given), fmt.Sprintf("give 1 to %d questions", l.most))
		}
	}
	return c.withOrigins()
}

// withOrigins brings the origins into the form in which browsers send them.
func (c Channel) withOrigins() (Channel, error) {
	if c.Kind == Page && len(c.Origins) > 0 {
		return c, invalid("a page stands on this server and has no origins", "leave them out, or make a widget")
	}
	if c.Kind == Widget && (len(c.Origins) == 0 || len(c.Origins) > MaxOrigins) {
		return c, invalid(fmt.Sprintf("a widget has 1 to %d origins, this one has %d", MaxOrigins, len(c.Origins)), "name the pages it may stand on, as in https://shop.example")
	}
	var out []string
	for _, given := range c.Origins {
		origin, ok := originOf(given)
		if !ok {
			return c, invalid(fmt.Sprintf("%q is no origin", given), "write it as https://shop.example or http://localhost:3000, without a path and without *")
		}
		if !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	c.Origins = out
	return c, nil
}

// originOf is the origin that an address names, as RFC 6454 (6.2) writes it: the port only
// where it is not the scheme's own.
func originOf(given string) (origin string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(given))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || !ascii.MatchString(u.Host) {
		return "", false
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return u.Scheme + "://" + strings.TrimSuffix(host, ":"), true
}

// ascii is what a host may be made of; names in other letters are written in punycode, as
// browsers send them.
var ascii = regexp.MustCompile(`^[A-Za-z0-9.\-:\[\]]+$`)

func invalid(message, hint string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
}
