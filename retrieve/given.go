package retrieve

import (
	"wenyuan"
	"wenyuan/retrieve/question"
)

// Given is what was found where nothing was searched: passages that somebody brought along,
// all kept, with what contradicts each other in them. Filters say whether that is looked for.
func Given(asked string, passages []wenyuan.Passage, f Filters) Found {
	f = f.WithDefaults()
	return Found{Kept: passages, Conflicts: f.conflicts(question.Parse(asked, nil), passages)}
}
