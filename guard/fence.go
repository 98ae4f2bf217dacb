package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// findOutside says whether a question lies outside the field of the assistant.
func (x *look) findOutside() {
	f := x.g.policy.Fence
	if f.Mode == FenceOff || x.about.again || f.Small && smallTalk(x.parts[0].text.Folded) {
		return
	}
	switch {
	case f.Mode == FenceModel:
		// A field is no matter of safety: where the model gives no answer the corpus says what it can.
		line := Check{Check: FenceCheck, Model: f.Model, Timeout: usualTimeout, Action: x.fenced(), Fail: failOpen}
		x.outside = append(x.outside, x.askModel(line, fenceTask(f.About), "outside"))
	default:
		x.fenceByCorpus()
	}
}

// fenceByCorpus says how far a question is from what the corpus speaks of, where that is known.
func (x *look) fenceByCorpus() {
	if x.about.Near != nil && !onlyNames(x.raw) {
		x.fence(1-x.about.Near(x.raw), "corpus", "What the corpus speaks of is far from the question.")
	}
}

// onlyNames says whether a question is no more than the name of something, such as an error code: whether
// a document has it says nothing of the field.
func onlyNames(text string) bool {
	words := strings.Fields(text)
	return len(words) > 0 && len(words) <= 2 && !slices.ContainsFunc(words, func(w string) bool {
		return !strings.ContainsAny(w, "_.-0123456789") && w != strings.ToUpper(w) || strings.IndexFunc(w, unicode.IsLetter) < 0 || strings.ContainsFunc(w, func(r rune) bool { return r > 127 })
	})
}

// fence takes how far outside a question is.
func (x *look) fence(score float64, layer, why string) {
	f := Finding{Check: FenceCheck, Layer: layer, Kind: "outside", Score: score, Action: Allow, Reason: why}
	if score >= x.g.policy.Fence.At {
		f.Action = x.fenced()
	}
	x.add(f, nil)
}

// fenced is what is done with what is outside: it is refused where no line says otherwise.
func (x *look) fenced() Action {
	for _, c := range x.g.lines.of(x.place, FenceCheck) {
		return c.Action
	}
	return Refuse
}

// Whole questions that are no more than politeness, folded and without punctuation.
var politeness = words(`hi|hello|hey|hello there|good morning|good afternoon|good evening|how are you|thanks|thank you|thank you very much|thanks a lot|ok|okay|great|bye|goodbye|see you|who are you|what can you do|what are you|help
你好|您好|嗨|哈喽|早上好|上午好|下午好|晚上好|在吗|谢谢|谢谢你|多谢|感谢|好的|好|再见|拜拜|你是谁|你叫什么|你能做什么|你会什么|辛苦了|帮助`)

func words(list string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == '\n' }) {
		all[w] = true
	}
	return all
}

// smallTalk says whether a text is a greeting or thanks and nothing else.
func smallTalk(folded string) bool {
	return len(folded) < 60 && politeness[strings.Trim(folded, " \n.,!?。,、~…")]
}

func fenceTask(about string) string {
	return fmt.Sprintf("An assistant answers questions within this field and no others: %q. Say how far outside the field the question is: 0 where it belongs there, 1 where it certainly does not. A question that is too vague to say, a greeting and a follow-up are 0.", about)
}

// timeout is how long a line waits.
func (c Check) timeout() time.Duration { return time.Duration(c.Timeout) * time.Millisecond }
