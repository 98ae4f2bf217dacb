package guard

import (
	"slices"
	"unicode/utf8"

	"wenyuan/guard/indirect"
	"wenyuan/guard/pii"
	"wenyuan/guard/reading"
	"wenyuan/guard/sketch"
)

// findName looks at what a passage is called: its title, its source, a heading. What is found there says
// nothing of the words of the passage, nor what people said of these anything of its name.
func (x *look) findName(name string) {
	from := len(x.findings)
	for _, h := range indirect.FindName(name) {
		h.Start, h.End = 0, 0
		x.hit(Indirect, part{}, h, "")
	}
	m := x.memory
	if m == nil || len(x.findings) == from && len(m.attacks) == 0 {
		return
	}
	text := reading.Of(name)
	hash := fingerprint(text)
	x.recollect(hash, text.Folded)
	for i := range x.findings[from:] {
		f := &x.findings[from+i]
		f.name = name
		if slices.ContainsFunc(m.passes[hash], func(p pass) bool { return p.lets(x) && slices.Contains(p.checks, f.Check) }) {
			f.Action, f.Reason = Allow, whyPassed
		}
	}
}

// ofName makes an incident of a passage one of its name.
func (i *Incident) ofName(name string) {
	text := reading.Of(name)
	i.Fingerprint, i.Text, i.sketch = fingerprint(text), pii.Covered(clip(clean(name), maxDisplay), quiet...), ""
	if utf8.RuneCountInString(name) >= leastAttack {
		i.sketch = sketch.Of(text.Folded).String()
	}
}
