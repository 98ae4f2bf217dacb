// Package analysis turns text into the terms that are searched: stems of English
// words, pairs of neighbouring Chinese characters, identifiers whole and in parts, and
// runs of four letters.
//
// Questions and texts go through the same function, so that what is written can be
// found; it never looks at a corpus. The invariant a stranger would break: a change of
// what a text gives is a change of the index format, and Version must change with it.
package analysis

import (
	"unicode"
	"unicode/utf8"
)

// Version changes whenever a text may give other terms than before.
const Version = 2

// A Kind says what a term is. Terms of different kinds never meet.
type Kind uint8

const (
	Word    Kind = iota // a stem or a pair of characters; words make up the length of a text
	Whole               // an identifier with its joints: err-1042, v5.3.1, max_cache_size, org.apache.rocketmq
	Part                // a part of a word written in humps: defaultMQProducer gives default, mq, producer
	Letters             // four neighbouring letters of a word, with a space before and after it
)

// A Sink takes the terms of a text in reading order. The bytes are only valid in the call.
type Sink interface {
	// Term gets one term of a kind other than Letters.
	Term(kind Kind, term []byte)
	// Spelling gets the lower-cased pieces whose letters AppendLetters cuts.
	Spelling(piece []byte)
}

// A Scanner cuts texts. Its zero value works; it is not for use by several goroutines at once.
type Scanner struct {
	// First are the first bytes of the words and parts that are wanted; nil wants all. A stem
	// begins as its word does, so what begins otherwise need not be stemmed.
	First *[256]bool

	run   []rune // of the word or of the Chinese run being read, folded to half width
	lower []byte
	joint []byte // the identifier being read, with its joints
	stem  []byte // the word or the part being stemmed
	spell []byte // the piece being spelled
}

// longest is the largest number of characters of one word; a longer run without a
// break is data rather than language, and is cut there.
const longest = 64

// Scan cuts a text. Bytes that are not UTF-8 are gaps.
func (s *Scanner) Scan(text string, sink Sink) {
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
			r = Fold(r)
		}
		switch {
		case isPairing(r):
			i = s.characters(text, i, sink)
		case isWord(r):
			i = s.identifier(text, i, sink)
		default:
			i += n
		}
	}
}

// isPairing says whether a character is written without spaces between words: Chinese and kana.
func isPairing(r rune) bool {
	return r >= 0x3400 && r <= 0x9fff || r >= 0x3040 && r <= 0x30ff || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

// isWord says whether a character is part of a word between spaces.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return !isPairing(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
}

// next reads a folded character; size 0 at the end.
func next(text string, i int) (rune, int) {
	if i >= len(text) {
		return 0, 0
	}
	if c := text[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	r = Fold(r)
	if r >= 0x3040 && r <= 0x30ff && i+n < len(text) {
		mark, m := utf8.DecodeRuneInString(text[i+n:])
		if joined, ok := compose(r, Fold(mark)); ok {
			return joined, n + m
		}
	}
	return r, n
}

// characters reads a run of Chinese: each pair of neighbours is a term, and a lone
// character is one by itself.
func (s *Scanner) characters(text string, i int, sink Sink) int {
	s.lower = s.lower[:0]
	count, before := 0, 0 // before: where the last character starts in lower
	for {
		r, n := next(text, i)
		if n == 0 || !isPairing(r) {
			break
		}
		i += n
		start := len(s.lower)
		s.lower = utf8.AppendRune(s.lower, r)
		if count++; count > 1 {
			sink.Term(Word, s.lower[before:])
		}
		if len(s.lower) > 4096 { // keep the buffer small on long runs
			s.lower = append(s.lower[:0], s.lower[start:]...)
			start = 0
		}
		before = start
	}
	if count == 1 {
		sink.Term(Word, s.lower)
	}
	return i
}

// identifier reads words that hang together by joints.
func (s *Scanner) identifier(text string, i int, sink Sink) int {
	s.joint = s.joint[:0]
	words, telling := 0, false // telling: the joints make a name rather than a compound word
	for {
		end, digits := s.word(text, i, sink)
		i = end
		words++
		telling = telling || digits
		s.joint = append(s.joint, s.lower...)
		r, n := next(text, i)
		after, m := next(text, i+n)
		if m == 0 || n == 0 || r != '_' && r != '-' && r != '.' || !isWord(after) || len(s.joint) > 2*longest {
			break
		}
		telling = telling || r != '-'
		s.joint = append(s.joint, byte(r))
		i += n
	}
	if words > 1 && telling {
		sink.Term(Whole, s.joint)
	}
	return i
}

// word reads letters and digits: the whole is a term, and so are its humps. It leaves
// the lower-cased word in s.lower.
func (s *Scanner) word(text string, i int, sink Sink) (end int, digits bool) {
	s.run, s.lower = s.run[:0], s.lower[:0]
	plain := true // lower-case ASCII after the first letter: no humps
	for len(s.run) < longest {
		r, n := next(text, i)
		if n == 0 || !isWord(r) {
			break
		}
		i += n
		plain = plain && (r >= 'a' && r <= 'z' || len(s.run) == 0 && r >= 'A' && r <= 'Z')
		digits = digits || r >= '0' && r <= '9'
		s.run = append(s.run, r)
		s.lower = utf8.AppendRune(s.lower, lower(r))
	}
	if plain {
		sink.Spelling(s.lower)
	} else {
		s.pieces(sink)
	}
	s.stem = append(s.stem[:0], s.lower...)
	s.give(Word, sink)
	return i, digits
}

// lower is the lower case, for ASCII without a table.
func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

// pieces cuts a word at humps and where digits begin or end. Humps alone give parts;
// the spelling is cut at both.
func (s *Scanner) pieces(sink Sink) {
	s.stem, s.spell = s.stem[:0], s.spell[:0]
	humps := 0
	for i, r := range s.run {
		hump := i > 0 && isHump(s.run, i)
		if hump || i > 0 && unicode.IsDigit(r) != unicode.IsDigit(s.run[i-1]) {
			sink.Spelling(s.spell)
			s.spell = s.spell[:0]
		}
		if hump {
			humps++
			s.give(Part, sink)
			s.stem = s.stem[:0]
		}
		s.stem = utf8.AppendRune(s.stem, lower(r))
		s.spell = utf8.AppendRune(s.spell, lower(r))
	}
	sink.Spelling(s.spell)
	if humps > 0 {
		s.give(Part, sink)
	}
}

// give stems the word that was read and hands it on, where it is wanted.
func (s *Scanner) give(kind Kind, sink Sink) {
	if s.First == nil || len(s.stem) > 0 && s.First[s.stem[0]] {
		sink.Term(kind, Stem(s.stem))
	}
}

// isHump says whether a new part begins at i: a capital after a small letter, or the
// last capital of a row before a small letter, but not the plural of a short name (IDs).
func isHump(run []rune, i int) bool {
	if !unicode.IsUpper(run[i]) {
		return false
	}
	if unicode.IsLower(run[i-1]) {
		return true
	}
	return unicode.IsUpper(run[i-1]) && i+1 < len(run) && unicode.IsLower(run[i+1]) && (i+2 < len(run) || run[i+1] != 's')
}

// AppendLetters cuts a lower-cased piece into runs of four letters, a space standing
// before and after it; a piece of fewer letters is one run. Only letters and digits of
// ASCII and Latin bytes take part: the runs count bytes.
func AppendLetters(runs []string, piece []byte) []string {
	padded := " " + string(piece) + " "
	if len(padded) <= 4 {
		return append(runs, padded)
	}
	for i := 0; i+4 <= len(padded); i++ {
		runs = append(runs, padded[i:i+4])
	}
	return runs
}

// Terms gives the words of a text, of the kind Word alone, in reading order.
func Terms(text string) []string {
	var w words
	new(Scanner).Scan(text, &w)
	return w
}

type words []string

func (w *words) Term(kind Kind, term []byte) {
	if kind == Word {
		*w = append(*w, string(term))
	}
}

func (w *words) Spelling([]byte) {}
