// Package indirect finds instructions, requests and questions in retrieved text that speak
// to whoever reads it for somebody else, and that do not belong where they stand.
//
// A passage is cut into segments: sentences, rows of tables, comments of code. A segment is
// suspect when it asks a reader to write, add, change, fetch or run something, and when it
// is foreign to its neighbours: prose between rows, another subject, another language. Both
// count, because manuals are full of imperatives, mail is full of requests and lists of
// questions are full of questions. What was hidden or encoded counts more than what stands
// in the open. Instructions against the model itself are left to inject, which is asked too.
//
// It finds no false statement that is written as a statement, and no instruction that reads
// like the rest of its text.
package indirect

import "wenyuan/guard/reading"

// Threshold is the score at which a passage is caught by default. Hits below it are given
// down to half of it, for those who want to see them.
const Threshold = 0.5

// Find reports what in a passage speaks to its reader and does not belong there: the best
// hits first, at most 32, with the bytes of t.Raw where each sentence stands. The question
// is the one the passage was retrieved for, or empty; what takes part in it is less foreign.
// Kinds: "task", "question", "override", "exfiltration", "code", "link", "persona",
// "format", "leak". Layers: "rules", "model", "hidden", "encoding" and those of inject.
func Find(question string, t *reading.Text) []reading.Hit { return nil }

// FindName is Find for what is short and stands alone: names of files, titles, headings,
// alt texts, metadata. Such a text has no neighbours, and a heading may well be a question or
// an imperative, so only what speaks to an assistant counts.
func FindName(text string) []reading.Hit { return nil }
