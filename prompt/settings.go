package prompt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// The orders of passages and examples.
const (
	Edges     = "edges"      // the best first, the second best last, the third second, ...
	BestFirst = "best_first" // falling
	BestLast  = "best_last"  // rising, the best next to the question
)

// Orders are their names.
func Orders() []string { return []string{Edges, BestFirst, BestLast} }

const (
	auto           = "auto"
	defaultContext = 8192 // tokens that a prompt and its answer take at most, unless the settings say more
	maxTokens      = 1 << 20
	maxExamples    = 8
)

// Check says whether the settings can be used.
func (s Settings) Check() error {
	for _, n := range []struct {
		name  string
		value int
	}{{"budget", s.Budget}, {"reserve", s.Reserve}, {"knowledge", s.Knowledge}, {"tools", s.Tools}, {"examples", s.Examples}, {"session", s.Session}} {
		if n.value < 0 || n.value > maxTokens {
			return wrong("%s is %d; it takes 0 to %d tokens", n.name, n.value, maxTokens)
		}
	}
	switch {
	case s.Most < 0 || s.Most > maxExamples:
		return wrong("most is %d; a prompt takes 0 to %d examples", s.Most, maxExamples)
	case s.Diversity < 0 || s.Diversity > 1:
		return wrong("diversity is %v; it takes 0 to 1", s.Diversity)
	case s.Floor > 1:
		return wrong("floor is %v; it is 1 at most", s.Floor)
	case s.Order != "" && !slices.Contains(Orders(), s.Order):
		return wrong("order is %q; there are %s", s.Order, strings.Join(Orders(), ", "))
	case s.Format != "" && s.Format != auto && !slices.Contains(Formats(), s.Format):
		return wrong("format is %q; there are auto, %s", s.Format, strings.Join(Formats(), ", "))
	}
	return nil
}

func wrong(form string, args ...any) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the settings of the prompt cannot be used: " + fmt.Sprintf(form, args...), Hint: "put the setting right"}
}

// filled gives every setting a value. context is 0 where it is not known.
func (s Settings) filled(context int) Settings {
	whole := cmp.Or(context, defaultContext)
	s.Reserve = cmp.Or(s.Reserve, min(1500, whole/4))
	room := max(0, whole-s.Reserve)
	if s.Budget == 0 {
		s.Budget = min(room, defaultContext-min(s.Reserve, defaultContext))
	}
	if context > 0 {
		s.Budget = min(s.Budget, room)
	}
	s.Tools = cmp.Or(s.Tools, 600)
	s.Examples = cmp.Or(s.Examples, 900)
	s.Session = cmp.Or(s.Session, 800)
	s.Diversity = cmp.Or(s.Diversity, 0.85)
	s.Most = cmp.Or(s.Most, 2)
	s.Floor = cmp.Or(s.Floor, 0.1)
	s.Order = cmp.Or(s.Order, Edges)
	return s
}

// ordered puts what is given best first into an order.
func ordered[T any](order string, best []T) []T {
	out := make([]T, 0, len(best))
	switch order {
	case BestFirst:
		return append(out, best...)
	case BestLast:
		out = append(out, best...)
		slices.Reverse(out)
		return out
	}
	for i := 0; i < len(best); i += 2 {
		out = append(out, best[i])
	}
	for i := len(best) - 1 - len(best)%2; i > 0; i -= 2 {
		out = append(out, best[i])
	}
	return out
}
