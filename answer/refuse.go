package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/version"
)

// Why an answer was refused.
type why int

const (
	whyNothingFound why = iota // nothing came through the filter
	whyNoSentence              // passages came through, and none of their sentences answers
	whyModelRefused            // the model says the originals do not suffice
)

// refuse makes the answer a refusal that says so. The originals that came nearest stay beside it.
func (w *work) refuse(y why) {
	w.answer.Refused = true
	w.text.Reset()
	if len(w.answer.Passages) == 0 {
		w.text.WriteString(w.say(
			fmt.Sprintf("The documents in %s do not hold an answer to this, and nothing in them comes near it.", w.assistant.Corpus),
			fmt.Sprintf("%s 中的文档没有这个问题的答案，也没有与它相近的内容。", w.assistant.Corpus)))
		return
	}
	switch y {
	case whyNothingFound:
		w.text.WriteString(w.say(
			fmt.Sprintf("The documents in %s do not hold an answer to this. What came nearest is shown beside; none of it is near enough to answer from.", w.assistant.Corpus),
			fmt.Sprintf("%s 中的文档没有这个问题的答案。最接近的原文列在旁边，都不足以作为回答的依据。", w.assistant.Corpus)))
	case whyNoSentence:
		w.text.WriteString(w.say(
			"The originals beside are near the question, but no sentence of them answers it.",
			"旁边的原文与问题相近，但没有一句能回答它。"))
	case whyModelRefused:
		w.text.WriteString(w.say(
			"The originals beside are near the question, but they do not suffice to answer it.",
			"旁边的原文与问题相近，但不足以回答它。"))
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

// versions names everything the answer was made from.
func (w *work) versions() ([]wenyuan.Version, error) {
	out := []wenyuan.Version{
		{Kind: "program", Name: "wenyuan", Hash: w.answerer.Program},
		{Kind: "assistant", Name: w.assistant.Name, Hash: w.assistant.Hash},
	}
	if w.assistant.Model != "" {
		model, err := version.Hash(w.chat.Settings)
		if err != nil {
			return nil, err
		}
		out = append(out, wenyuan.Version{Kind: "prompt", Name: w.assistant.Name, Hash: w.assistant.Prompt},
			wenyuan.Version{Kind: "model", Name: w.assistant.Model, Hash: model})
	}
	out = append(out, w.found.Indexes...)
	var revisions []wenyuan.Version
	for _, p := range w.answer.Passages {
		revisions = append(revisions, wenyuan.Version{Kind: "revision", Name: p.Source, Hash: p.Revision})
	}
	slices.SortFunc(revisions, func(a, b wenyuan.Version) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hash, b.Hash))
	})
	return append(out, slices.Compact(revisions)...), nil
}
