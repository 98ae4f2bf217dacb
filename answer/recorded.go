package answer

import (
	"slices"

	"wenyuan/retrieve"
)

// droppedText is how many code points of a passage that was not read are recorded: enough to
// see what it was. For a definition two hundred are looked at, and their whole texts would
// leave no room for what was read.
const droppedText = 200

// recorded is what a trace keeps of what was found: the passages that were read whole, of
// the others the beginning.
func recorded(f retrieve.Found) retrieve.Found {
	f.Dropped = slices.Clone(f.Dropped)
	for i, d := range f.Dropped {
		if text := []rune(d.Passage.Text); len(text) > droppedText {
			f.Dropped[i].Passage.Text = string(text[:droppedText]) + "…"
		}
	}
	return f
}
