// Package extract answers a question with sentences of the passages themselves.
package extract

import "wenyuan"

// Settings bounds an answer. The zero value means Default.
type Settings struct {
	Sentences int // at most
}

// Default is at most six sentences.
var Default = Settings{Sentences: 6}

// Picked is one quoted sentence.
type Picked struct {
	Text    string // exactly Start to End of the extracted text of the revision
	Display string // Text without Markdown noise, for reading
	Passage int    // index into the passages given
	Start   int    // code points in the extracted text of the revision
	End     int
}

// Extract chooses the sentences that answer best.
func Extract(question string, passages []wenyuan.Passage, s Settings) (sentences []Picked, refused bool, why string) {
	return nil, true, ""
}
