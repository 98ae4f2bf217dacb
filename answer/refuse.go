package answer

import (
	"fmt"
	"strings"

	"wenyuan"
)

// Why an answer was refused.
type why int

const (
	whyNothingFound why = iota // nothing came through the filter
	whyNoSentence              // passages came through, and none of their sentences answers
	whyModelRefused            // the model says the originals do not suffice
	whyWithheld                // nothing that the model wrote is carried by the originals
)

// refuse makes the answer a refusal that says so. The originals that came nearest stay beside it.
func (w *work) refuse(y why) {
	w.answer.Refused = true
	w.text.Reset()
	if len(w.answer.Passages) == 0 {
		w.text.WriteString(w.say(
			fmt.Sprintf("The documents in %s do not hold an answer to this, and nothing in them comes near it.", w.within()),
			fmt.Sprintf("%s 中的文档没有这个问题的答案，也没有与它相近的内容。", w.within())))
		return
	}
	switch y {
	case whyNothingFound:
		w.text.WriteString(w.say(
			fmt.Sprintf("The documents in %s do not hold an answer to this. What came nearest is shown beside; none of it is near enough to answer from.", w.within()),
			fmt.Sprintf("%s 中的文档没有这个问题的答案。最接近的原文列在旁边，都不足以作为回答的依据。", w.within())))
	case whyNoSentence:
		w.text.WriteString(w.say(
			"The originals beside are near the question, but no sentence of them answers it.",
			"旁边的原文与问题相近，但没有一句能回答它。"))
	case whyModelRefused:
		w.text.WriteString(w.say(
			"The originals beside are near the question, but they do not suffice to answer it.",
			"旁边的原文与问题相近，但不足以回答它。"))
	case whyWithheld:
		w.text.WriteString(w.say(
			"What the model wrote was withheld, as the originals beside do not carry it.",
			"模型所写的内容没有旁边原文的依据，未予显示。"))
	}
}

// finish fills what an answer always has, so that lists are lists and never null.
func (w *work) finish() {
	w.answer.Answer = w.text.String()
	if w.answer.Refused {
		w.answer.Sentences, w.answer.Citations = nil, nil
	}
	w.answer.Sentences = append([]wenyuan.Sentence{}, w.answer.Sentences...)
	w.answer.Citations = append([]wenyuan.Citation{}, w.answer.Citations...)
	w.answer.Passages = append([]wenyuan.Passage{}, w.answer.Passages...)
}

// counts says how the sentences released so far stand.
func (w *work) counts() string {
	n := map[wenyuan.Verdict]int{}
	for _, s := range w.answer.Sentences {
		n[s.Verdict]++
	}
	var parts []string
	for _, v := range []wenyuan.Verdict{wenyuan.Supported, wenyuan.Unverified, wenyuan.Unsupported, wenyuan.None} {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
		}
	}
	return strings.Join(parts, ", ")
}
