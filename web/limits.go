package web

import (
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Limits writes the rules of what may be used up.
func (r *Renderer) Limits(w io.Writer, p LimitsPage) error {
	return r.page(w, "limits", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "limits"), p})
}

// EachKind are the kinds of subjects to choose from.
func (p LimitsPage) EachKind() []string { return []string{"person", "key", "space", "model", "house"} }

// Counted are the spaces within which use can be counted: every one that an operator sees, and of
// an owner the one that is shown.
func (p LimitsPage) Counted() []string {
	if p.Operates {
		return p.Spaces
	}
	return []string{p.Space}
}

// EachResource are the resources to choose from.
func (p LimitsPage) EachResource() []string {
	return []string{"requests", "tokens_in", "tokens_out", "concurrency", "money"}
}

// EachSpan are the spans to choose from.
func (p LimitsPage) EachSpan() []string { return []string{"minute", "day", "month"} }

// Says is an amount of the rule's resource as it is read.
func (l Limit) Says(n int64) string {
	if l.Resource != "money" {
		return num(n)
	}
	return strings.TrimSpace(Money(n) + " " + l.Currency)
}

// Money writes millionths of a currency as a decimal number, to the hundredth at least.
func Money(n int64) string {
	whole, rest := n/1_000_000, n%1_000_000
	digits := strings.TrimRight(strconv.FormatInt(1_000_000+rest, 10)[1:], "0")
	for len(digits) < 2 {
		digits += "0"
	}
	return num(whole) + "." + digits
}

// Resets is when the present span ends; 0 where none was begun, or there is none.
func (l Limit) Resets() int64 {
	if len(l.Uses) == 0 {
		return 0
	}
	return l.Uses[0].Resets
}

// Edit is the address of the form filled in with this rule.
func (l Limit) Edit() string {
	return "/gateway/limits?" + url.Values{"change": {l.ID}}.Encode() + "#add"
}

// A meter is one use of a limit beside its bounds. Widths are thousandths of the bar.
type meter struct {
	LimitUse
	Named           bool // the subject is not said by the rule
	UsedSaid        string
	LeasedSaid      string
	Of              string // "" without a bound
	Wide, LeaseWide int64
	SoftAt          int64
	Near, Over      bool
	Ink             string
}

// Meters are the uses of a rule with how far they have come.
func (l Limit) Meters() []meter {
	var out []meter
	for _, u := range l.Uses {
		bound := l.Hard
		if bound == 0 {
			bound = l.Soft
		}
		m := meter{LimitUse: u, Named: l.Subject == "" && l.Kind != "house", UsedSaid: l.Says(u.Used), LeasedSaid: l.Says(u.Leased)}
		if bound > 0 {
			m.Of = l.Says(bound)
			m.Wide = thousandths(u.Used, bound)
			m.LeaseWide = min(thousandths(u.Leased, bound), 1000-m.Wide)
		}
		if l.Soft > 0 && l.Hard > l.Soft {
			m.SoftAt = thousandths(l.Soft, l.Hard)
		}
		m.Over = l.Hard > 0 && u.Used >= l.Hard
		m.Near = !m.Over && l.Soft > 0 && u.Used >= l.Soft
		switch {
		case m.Over:
			m.Ink = "over"
		case m.Near:
			m.Ink = "near"
		}
		out = append(out, m)
	}
	return out
}

// thousandths is the part of a whole in thousandths, at most all of it.
func thousandths(part, whole int64) int64 {
	return int64(1000 * min(1, float64(part)/float64(whole)))
}
