package form

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxBeginning is how many bytes of a text are looked at while it is not over: it is done anew for
// each piece, however small.
const maxBeginning = 1 << 10

// beginning looks at a text or a name that is not over: where only some may stand, it has to be
// the beginning of one.
func (r *reading) beginning() *Fault {
	if r.mode != inText && r.mode != inKey || r.raw.Len() > maxBeginning || strings.Contains(r.raw.String(), `\`) {
		return nil
	}
	begun := r.raw.String()[1:]
	if r.mode == inKey {
		return r.named(begun)
	}
	for _, s := range together(r.roots) {
		if may, bound := texts(s); bound && !slices.ContainsFunc(may, func(t string) bool { return strings.HasPrefix(t, begun) }) {
			return r.fault("expected one of " + compact(may))
		}
	}
	return nil
}

func (r *reading) named(begun string) *Fault {
	for _, s := range together(r.top().roots) {
		more, is := s.AdditionalProperties.(bool)
		if !is || more || len(s.PatternProperties) > 0 {
			continue
		}
		var names []string
		for k := range s.Properties {
			if strings.HasPrefix(k, begun) {
				names = nil
				break
			}
			names = append(names, k)
		}
		if names != nil || len(s.Properties) == 0 {
			slices.Sort(names)
			return r.fault("expected a property's name of " + compact(names))
		}
	}
	return nil
}

// texts are those that a schema enumerates; bound says whether it does.
func texts(s *jsonschema.Schema) (out []string, bound bool) {
	var values []any
	switch {
	case s.Const != nil:
		values = []any{*s.Const}
	case s.Enum != nil:
		values = s.Enum.Values
	default:
		return nil, false
	}
	for _, v := range values {
		if t, is := v.(string); is {
			out = append(out, t)
		}
	}
	return out, true
}
