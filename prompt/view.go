package prompt

import (
	"strings"

	"wenyuan"
)

// data is what was selected for one prompt.
type data struct {
	style      style
	question   string
	passages   []wenyuan.Passage // in the order of the prompt
	examples   []Example
	remembered []string
	summary    string
	tools      []wenyuan.Tool
	values     map[string]any
}

// A view is data as a template sees it: cleaned, and its blocks written.
type view struct {
	Question, NoAnswer, Source, Format string
	Chinese                            bool
	Passages                           []original
	Examples                           []Example
	Remembered                         []string
	Summary                            string
	Tools                              []named
	Values                             map[string]any

	KnowledgeBlock, ExamplesBlock, RememberedBlock, SummaryBlock string
}

// original is a passage as a template sees it.
type original struct {
	N                    int
	Title, Heading, Text string
}

type named struct{ Name, Description string }

func (d data) view() view {
	s := d.style
	v := view{Question: clean(d.question), NoAnswer: NoAnswer, Source: s.source(), Format: s.format, Chinese: s.chinese, Summary: clean(d.summary), Values: d.values}
	var knowledge, examples strings.Builder
	for i, p := range d.passages {
		v.Passages = append(v.Passages, original{i + 1, label(p.Title), label(strings.Join(p.Heading, " › ")), passageText(p)})
		knowledge.WriteString(s.passage(i+1, p) + "\n")
	}
	for i, e := range d.examples {
		v.Examples = append(v.Examples, Example{ID: e.ID, Question: clean(e.Question), Answer: clean(e.Answer)})
		examples.WriteString(s.example(i+1, e))
	}
	v.KnowledgeBlock, v.ExamplesBlock = knowledge.String(), examples.String()
	for _, r := range d.remembered {
		v.Remembered = append(v.Remembered, oneLine(clean(r)))
	}
	if len(d.remembered) > 0 {
		v.RememberedBlock = s.remembered(d.remembered)
	}
	if d.summary != "" {
		v.SummaryBlock = s.earlier(d.summary)
	}
	for _, t := range d.tools {
		v.Tools = append(v.Tools, named{t.Name, clean(t.Description)})
	}
	return v
}
