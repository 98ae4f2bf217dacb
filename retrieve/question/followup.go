package question

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// How much of a conversation is looked at.
const (
	recent    = 8    // questions asked before
	longShift = 60   // bytes of what a question turns to
	longAsked = 4000 // bytes of a question; a longer one is a text of its own
)

// Standalone makes a question that leans on those asked before it understandable by
// itself, and says whether it had to: "and in version 4?" becomes the question before with
// the version in it. before has the earlier questions, oldest first. What stands alone is
// given back as it is, and so is what cannot be told to lean: adding the wrong subject to a
// question is worse than adding none.
func Standalone(text string, before []string) (string, bool) {
	before = before[max(0, len(before)-recent):]
	last := ""
	for _, b := range before {
		if _, talk := Smalltalk(b); !talk && len(b) <= longAsked && strings.TrimSpace(b) != "" {
			last, _ = onto(strings.TrimSpace(b), last)
		}
	}
	return onto(text, last)
}

// onto completes a question by the one before it, which stands alone.
func onto(text, last string) (string, bool) {
	if last == "" || len(text) > longAsked {
		return text, false
	}
	t := strings.TrimSpace(text)
	if _, talk := Smalltalk(t); talk || t == "" {
		return text, false
	}
	done := ""
	if hasHan(t) || !hasLatin(t) {
		done = chineseOnto(t, last)
	} else {
		done = englishOnto(t, last)
	}
	if done == "" || done == t {
		return text, false
	}
	return done, true
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func hasLatin(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
}

// bare is a text without the marks at its end.
func bare(text string) string {
	return strings.TrimRight(strings.TrimSpace(text), "?？。.!！ ,，;；~～…")
}

// mark is the question mark of a text's language.
func mark(text string) string {
	if hasHan(text) {
		return "？"
	}
	return "?"
}

// join puts a question behind the one that it leans on.
func join(last, text string) string {
	if hasHan(last) {
		return bare(last) + "，" + text
	}
	return bare(last) + ": " + text
}

// release is a version as people write it: 4.x, v5, version 5.0, 4.9 版本, release 2.
var release = regexp.MustCompile(`(?i)(?:\b(?:versions?|releases?)\s*|版本\s*|\bv)?\b\d+(?:\.(?:\d+|x))*(?:\.x)?\b(?:\s*(?:版本|版))?`)

// isRelease says whether a text names a version and nothing else.
func isRelease(text string) bool {
	at := release.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text) && (strings.ContainsAny(text, ".版vV") || strings.Contains(strings.ToLower(text), "release"))
}

// releaseIn finds the version that a question names; numbers that may be anything else
// are none.
func releaseIn(text string) (at []int) {
	for _, at := range release.FindAllStringIndex(text, -1) {
		if isRelease(text[at[0]:at[1]]) {
			return at
		}
	}
	return nil
}

// names are the runs of Latin words that name something inside Chinese.
var latinRun = regexp.MustCompile(`[A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)*`)

// exchange puts a name in the place of the only one of a text; "" where there is none or
// a choice.
func exchange(text, name string) string {
	runs := latinRun.FindAllStringIndex(text, -1)
	runs = slices.DeleteFunc(runs, func(at []int) bool { return isRelease(text[at[0]:at[1]]) })
	if len(runs) != 1 {
		return ""
	}
	return text[:runs[0][0]] + name + text[runs[0][1]:]
}
