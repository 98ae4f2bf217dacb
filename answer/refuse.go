package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
)

// Why an answer was refused.
type why int

const (
	whyNothingFound why = iota // nothing came through the filter
	whyNoSentence              // passages came through, and none of their sentences answers
	whyModelRefused            // the model says the originals do not suffice
	whyWithheld                // nothing that the model wrote is carried by the originals
	whyGuarded                 // the guards do not let it through
)

// refuse makes the answer a refusal that says so. The originals that came nearest stay beside it.
func (w *work) refuse(y why) {
	w.answer.Refused = true
	w.text.Reset()
	if y == whyGuarded {
		w.text.WriteString(w.contestable())
		return
	}
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

// contestable says what is not answered, why, and how it can be contested.
func (w *work) contestable() string {
	d := w.screening.stop
	if slices.Contains(d.Checks(), guard.FenceCheck) {
		return w.outside()
	}
	why, because := reasonOf(d), reasonInChinese(d)
	if why != "" {
		why, because = ": "+why, "："+because
	}
	what := [2]string{"This question is not answered", "这个问题不予回答"}
	if d.Place == guard.Output {
		what = [2]string{"What the model wrote is not shown", "模型所写的内容不予显示"}
	}
	if d.Action == guard.Ask {
		what = [2]string{"This waits for a reviewer before it goes on", "需要人工审阅后才能继续"}
	}
	text := w.say(what[0]+why+".", what[1]+because+"。")
	if d.Incident == "" || w.question.Channel != "" { // strangers have nobody here to show it to
		return text
	}
	if d.Action == guard.Ask {
		return text + w.say(" Ask again once incident "+d.Incident+" was let through.", "审阅放行后请再问一次，事件编号："+d.Incident+"。")
	}
	return text + w.say(" If that is wrong, a reviewer of the space can look at it: incident "+d.Incident+".", "如果判断有误，可请本空间的审阅者复核，事件编号："+d.Incident+"。")
}

// outside says what the assistant is for, to who asked something else.
func (w *work) outside() string {
	about := cmp.Or(w.screening.guard.Fence().About, w.assistant.Description)
	if about == "" {
		return w.say(fmt.Sprintf("I answer questions about what stands in %s; this seems to be about something else.", w.within()),
			fmt.Sprintf("我只回答与 %s 有关的问题，这个问题似乎与此无关。", w.within()))
	}
	return w.say(fmt.Sprintf("This seems to be outside of what I am for: %s", about), fmt.Sprintf("这个问题似乎不在我的范围之内。我的用途：%s", about))
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
