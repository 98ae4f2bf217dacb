package web

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// A sentenceView is a sentence with the turn it stands in.
type sentenceView struct {
	spoken
	Turn   Turn
	Spoken spoken
}

// With hands a sentence to its template.
func (t Turn) With(s spoken) sentenceView { return sentenceView{s, t, s} }

// Noted says that a reason stands below the sentence.
func (s spoken) Noted() bool {
	return s.Reason != "" && (s.Verdict == wenyuan.Unsupported || s.Verdict == wenyuan.Unverified)
}

// Spaced says that a space stands between this sentence and the next; Chinese has none.
func (s spoken) Spaced() bool { return langOf(s.Text) != Chinese.tag() }

// Stopped says that the sentence ends in full-width punctuation, whose white has room for
// a citation.
func (s spoken) Stopped() bool {
	r, _ := utf8.DecodeLastRuneInString(s.Text)
	return strings.ContainsRune("。！？；：，、", r)
}

// A reasonView is a reason cut at the originals it names.
type reasonView struct {
	Turn Turn
	Bits []reasonBit
}

// A reasonBit is a run of a reason, or the number of an original.
type reasonBit struct {
	Text string
	N    int
}

var named = regexp.MustCompile(`\[(\d{1,3})\]`)

// Reason cuts the reason of a sentence, so that the originals it names can be opened.
func (t Turn) Reason(s spoken) reasonView {
	v := reasonView{Turn: t}
	at := 0
	for _, m := range named.FindAllStringSubmatchIndex(s.Reason, -1) {
		n, err := strconv.Atoi(s.Reason[m[2]:m[3]])
		if err != nil || t.Of(n).Document == "" {
			continue
		}
		v.Bits = append(v.Bits, reasonBit{Text: s.Reason[at:m[0]]}, reasonBit{N: n})
		at = m[1]
	}
	v.Bits = append(v.Bits, reasonBit{Text: s.Reason[at:]})
	return v
}

// Cites is the numbers the sentence cites, for the script.
func (s spoken) Cites() string { return joined(s.Citations) }

// An originalView is an original with the turn it stands beside.
type originalView struct {
	original
	Trace string
}

// Show hands an original to its template.
func (t Turn) Show(o original) originalView { return originalView{o, t.Trace} }

// First is the number that names the original's place on the page, 0 for none.
func (o original) First() int {
	if len(o.N) == 0 {
		return 0
	}
	return o.N[0]
}

// Rest is the further numbers that lead to the same original.
func (o original) Rest() []int { return o.N[min(1, len(o.N)):] }

// Ns is all its numbers, for the script.
func (o original) Ns() string { return joined(o.N) }

func joined(ns []int) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}
