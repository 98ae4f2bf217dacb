package guard

import (
	"strings"

	"wenyuan/guard/content"
	"wenyuan/guard/indirect"
	"wenyuan/guard/inject"
	"wenyuan/guard/pii"
	"wenyuan/guard/reading"
)

// findRules matches the rule sets. What a rule asks for itself comes before the policy.
func (x *look) findRules() {
	for _, p := range x.pieces(overlap) {
		for _, m := range x.g.rules.Matches(p.text) {
			x.hit(Rules, p, m.Hit, Action(m.Action))
		}
	}
}

func (x *look) findInjection() {
	for _, p := range x.parts {
		text := p.text
		if plain := x.unarmoured(text.Raw, p.at); plain != text.Raw {
			text = reading.Of(plain)
		}
		for _, h := range inject.Find(text) {
			x.hit(Injection, p, h, "")
		}
	}
}

// findIndirect looks at a text that was retrieved or that a tool gave back, and at what it is called.
func (x *look) findIndirect() {
	if x.about.unseen != nil {
		x.findUnseen()
		return
	}
	for _, p := range x.parts {
		// Without the question first: what is foreign to none is foreign to no question, and that
		// verdict holds for the next one too.
		hits := indirect.Find("", p.text)
		if len(hits) > 0 && x.about.Question != "" {
			x.hung = true
			hits = indirect.Find(x.about.Question, p.text)
		}
		for _, h := range hits {
			x.hit(Indirect, p, h, "")
		}
	}
	if x.about.Passage == nil {
		return
	}
	for _, name := range names(*x.about.Passage) {
		x.findName(name)
	}
}

// findContent looks for unsafe questions.
func (x *look) findContent() {
	for _, p := range x.parts {
		for _, h := range content.Find(p.text) {
			h.Start, h.End = min(h.Start, len(p.text.Raw)), min(h.End, len(p.text.Raw))
			x.hit(Content, p, h, "")
		}
	}
}

// findSecrets looks for personal data and secrets, in all of the text whatever its length.
func (x *look) findSecrets() {
	if v := x.about.Vault; v != nil {
		v.From(x.origin())
	}
	at := -1 // where what was found last begins, so that an overlap counts once
	for _, p := range x.pieces(overlap) {
		raw := p.text.Raw
		var here points
		for _, s := range pii.Find(raw) {
			start, end := here.byteOf(raw, s.Start), here.byteOf(raw, s.End)
			if s.Kind == "PRIVATE_KEY" {
				end = start + keyEnd(raw[start:end])
				s.End = here.of(raw, end)
			}
			if p.at+start <= at || p.at+end <= x.tail || end <= start {
				continue
			}
			if x.span(s, p.at+start, p.at+end) {
				at = p.at + start
			}
		}
	}
	x.findOpenKey()
}

// origin says whose the values of the text are: of who asks, or of a document. What a model or a tool
// wrote may have them from anywhere.
func (x *look) origin() (principal, document string) {
	switch {
	case x.about.Passage != nil:
		return "", x.about.Passage.Document
	case x.place == Input || x.place == Log:
		return x.about.Principal, ""
	}
	return "", ""
}

const whySecret = "This gives access to something."

// span takes one piece of personal data or one secret, and says whether any line asks for it.
func (x *look) span(s pii.Span, start, end int) bool {
	value := x.raw[start:end]
	own := pii.Span{Kind: s.Kind, End: s.End - s.Start}
	f := Finding{Check: PII, Layer: s.Layer, Kind: s.Kind, Score: s.Score, Reason: "This is personal data."}
	if secretKinds[s.Kind] {
		f.Check, f.Reason = Secrets, whySecret
	}
	if !x.g.lines.has(x.place, f.Check) {
		return false
	}
	f.Evidence = pii.Evidence(value, own)
	f.Start, f.End = x.points.of(x.raw, start), x.points.of(x.raw, end)
	x.add(f, func(how pii.How) []edit {
		return []edit{{start: start, end: end, text: pii.Cover(value, []pii.Span{own}, how, x.about.Vault)}}
	})
	return true
}

var secretKinds = func() map[string]bool {
	all := map[string]bool{}
	for _, k := range kindsOf(true)() {
		all[k] = true
	}
	return all
}()

// found is a finding of this package as a hit of a leaf.
func found(kind, layer string, score float64, start, end int, evidence, reason string) reading.Hit {
	return reading.Hit{Kind: kind, Layer: layer, Score: score, Start: start, End: end, Evidence: strings.TrimSpace(evidence), Reason: reason}
}
