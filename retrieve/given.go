package retrieve

import (
	"wenyuan"
	"wenyuan/retrieve/question"
)

// Contradictions are those in passages that somebody brought along; nothing is searched.
func Contradictions(asked string, passages []wenyuan.Passage, f Filters) []wenyuan.Disagreement {
	return f.WithDefaults().conflicts(question.Parse(asked, nil), passages)
}
