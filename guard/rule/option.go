package rule

import (
	"fmt"
	"strconv"
	"strings"
)

// options reads what stands behind semicolons. own says that a rule speaks for itself, and
// not a section for all its rules.
func (p *parser) options(n int, parts []string, o *options, own bool) {
	for _, part := range parts {
		part = strings.TrimSpace(part)
		key, value, _ := strings.Cut(part, " ")
		value = strings.TrimSpace(value)
		if part == "" {
			continue
		}
		if s, ok := severities[part]; ok {
			o.severity = s
			continue
		}
		if a, ok := actions[part]; ok {
			o.action = a
			continue
		}
		if !p.option(n, keywords[strings.TrimSuffix(key, ":")], value, o, own) {
			p.fault(Fault{Line: n, Message: fmt.Sprintf("%q is no option; there are severity, action, within, except, unless and variants", key)})
		}
	}
}

func (p *parser) option(n int, key, value string, o *options, own bool) bool {
	known := true
	switch key {
	case "severity":
		if o.severity, known = severities[value]; !known {
			p.fault(Fault{Line: n, Message: fmt.Sprintf("%q is no severity; there are low, medium and high", value)})
		}
	case "action":
		if o.action, known = actions[value]; !known {
			p.fault(Fault{Line: n, Message: fmt.Sprintf("%q is no action; there are flag, mask, ask and refuse", value)})
		}
	case "within":
		within, err := strconv.Atoi(value)
		if o.within = int32(within); err != nil || within < 1 || within > MaxWithin {
			p.fault(Fault{Line: n, Message: fmt.Sprintf("%q is no distance; give 1 to %d characters", value, MaxWithin)})
		}
	case "except":
		o.except = p.more(n, o.except, value)
	case "unless":
		o.unless = p.more(n, o.unless, value)
	case "variants":
		o.variants = p.variants(n, value)
		if own {
			o.variants |= asked
		}
	default:
		return false
	}
	return true
}

// more adds the exceptions of a rule to those of its section. The words of one list alone
// stay the slice of the list.
func (p *parser) more(n int, have term, value string) term {
	t := p.words(n, value)
	if len(have) == 0 {
		return t
	}
	if p.set.size += len(have); p.set.size > maxWords {
		p.fault(Fault{Line: n, Message: fmt.Sprintf("the file has more than %d words", maxWords)})
		return nil
	}
	return append(have[:len(have):len(have)], t...)
}

func (p *parser) variants(n int, value string) variant {
	var all variant
	none := false
	names := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	if len(names) == 0 {
		p.fault(Fault{Line: n, Message: "the option variants names none"})
	}
	for _, name := range names {
		v, ok := variants[name]
		if !ok {
			p.fault(Fault{Line: n, Message: fmt.Sprintf("%q is no variant; there are separators, homophones, pinyin, initials, split, digits, all and none", name)})
		}
		all |= v
		none = none || v == 0
	}
	if !none {
		all |= separators
	}
	return all
}
