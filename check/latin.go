package check

import "wenyuan/internal/fnv"

// latin reads a Latin word, phrase, number word, version or identifier at i.
func (s *scanner) latin(i int, begins bool) int {
	w := s.spell(i)
	b, j := s.buf, w.end
	capital := b[i] >= 'A' && b[i] <= 'Z'
	switch {
	case b[i] == 'v' || b[i] == 'V':
		if i+1 < len(b) && isDigit(b[i+1]) {
			return s.versionAt(i, i+1)
		}
	case w.hash == hashEG || w.hash == hashIE:
		return min(j+1, len(b))
	}
	if w.joint || w.digit || w.upper > 1 && w.upper < j-i || w.upper == 1 && !capital {
		s.emit(token{id: w.hash, class: identifier, w: 1.4}, i, j)
		return j
	}
	known := lex.maybe[filterSlot(w.hash)]
	if known {
		if e := s.wordValue(w.hash, i, j); e > i {
			return e
		}
	}
	if e := s.contraction(w, i, begins); e > i {
		return e
	}
	if known {
		if e := s.phrase(w.hash, i, j); e > i {
			return e
		}
	}
	s.latinWord(w, i, begins)
	return j
}

// A spelling is what a run of letters, digits and joints looks like.
type spelling struct {
	end    int
	hash   uint64 // of the lower case
	upper  int    // capitals
	digit  bool
	joint  bool // has one of _ . / $ @ # : inside
	ascii  bool
	suffix int // letters after an apostrophe, for contractions
}

// spell reads the run at i and leaves its lower case in s.word.
func (s *scanner) spell(i int) spelling {
	b := s.buf
	w := spelling{hash: fnv.Seed, ascii: true}
	s.word = s.word[:0]
	j := i
	for ; j < len(b); j++ {
		r := b[j]
		switch {
		case r == '_':
			if j == i || j+1 >= len(b) || !isWordRune(b[j+1]) { // emphasis
				continue
			}
			w.joint = true
		case isWordRune(r):
			if r >= 'A' && r <= 'Z' {
				w.upper++
			}
			w.digit = w.digit || isDigit(r)
			w.ascii = w.ascii && r < 0x80
		case j > i && j+1 < len(b) && isWordRune(b[j+1]) && (r == '.' || (w.joint || w.digit) && isJoint(r)):
			w.joint = true
		default:
			w.end = j
			return w
		}
		w.hash = fnv.Mix(w.hash, lower(r))
		s.word = append(s.word, byte(lower(r)))
	}
	w.end = j
	return w
}

func isJoint(r rune) bool { return r == '/' || r == '$' || r == '@' || r == '#' || r == ':' }

var (
	hashNot, hashCan, hashCannot, hashWill = hash("not"), hash("can"), hash("cannot"), hash("will")

	hashEG, hashIE = hash("e.g"), hash("i.e")

	personal = map[uint64]bool{hash("i"): true, hash("my"): true, hash("me"): true, hash("you"): true, hash("your"): true, hash("we"): true, hash("our"): true}
)

// contraction reads don't, can't, won't, it's and the like, and cannot.
func (s *scanner) contraction(w spelling, i int, begins bool) int {
	b, j := s.buf, w.end
	if w.hash == hashCannot {
		s.listed(lex.words[hashCan], i, j)
		if e := s.phrase(hashNot, i, j); e > i { // cannot exceed is can not exceed
			return e
		}
		s.listed(lex.words[hashNot], i, j)
		return j
	}
	if j+1 >= len(b) || b[j] != '\'' || !isWordRune(b[j+1]) {
		return i
	}
	k := j + 1
	for k < len(b) && isWordRune(b[k]) {
		k++
	}
	if n := len(s.word); k == j+2 && lower(b[j+1]) == 't' && n > 2 && s.word[n-1] == 'n' {
		s.beforeNot(i, j)
		if e := s.phrase(hashNot, i, k); e > i { // doesn't exceed is not exceed
			return e
		}
		s.listed(lex.words[hashNot], i, k)
		return k
	}
	if k-j <= 3 {
		s.latinWord(w, i, begins)
		return k
	}
	return i
}

// beforeNot emits the verb of a contraction with not: the "do" of don't, the "can" of
// can't, the "will" of won't.
func (s *scanner) beforeNot(i, j int) {
	h := fnv.Seed
	switch string(s.word) {
	case "can":
		h = hashCan
	case "won":
		h = hashWill
	default:
		for _, c := range s.word[:len(s.word)-1] {
			h = fnv.Mix(h, rune(c))
		}
	}
	if e, ok := lex.find(h); ok {
		s.listed(e, i, j)
	}
}

// longestPhrase is the number of words in the longest listed phrase.
const longestPhrase = 6

// phrase reads the longest listed phrase that begins with the word at buf[i:j].
func (s *scanner) phrase(h uint64, i, j int) int {
	if !lex.phrases[h] {
		return i
	}
	b := s.buf
	best, found := i, entry{}
	for n := 1; n < longestPhrase && j < len(b) && b[j] == ' '; n++ {
		h = fnv.Mix(h, ' ')
		for j++; j < len(b) && (isWordRune(b[j]) || b[j] == '.' && j+1 < len(b) && isWordRune(b[j+1])); j++ {
			h = fnv.Mix(h, lower(b[j]))
		}
		if e, ok := lex.find(h); ok {
			best, found = j, e
		}
	}
	if best > i {
		s.listed(found, i, best)
	}
	return best
}

// latinWord emits a plain word or a name.
func (s *scanner) latinWord(w spelling, i int, begins bool) {
	if e, ok := lex.find(w.hash); ok {
		if personal[w.hash] {
			s.personal++
		}
		if beforeNumber[w.hash] && !s.numberFollows(w.end) {
			e = entry{id: w.hash, class: silent}
		}
		if limits[w.hash] && s.limitFollows(w.end) {
			e = lex.bound.atMost
		}
		s.listed(e, i, w.end)
		return
	}
	t := token{id: w.hash, class: word, w: 1}
	if w.ascii {
		st := stemBytes(s.word)
		t.id = hashBytes(st)
		if len(st) >= 6 {
			t.alt = hashBytes(st[:5]) ^ 0x5a5a
		}
		if len(st) < 4 {
			t.w = .7
		}
	}
	capital := s.buf[i] >= 'A' && s.buf[i] <= 'Z'
	t.capital = capital
	if capital && !begins || w.upper > 1 {
		t.class, t.w, t.alt = name, 1.2, 0
	}
	s.emit(t, i, w.end)
}

// beforeNumber are the words that speak of a quantity only before a number; elsewhere
// they are prepositions.
var beforeNumber = map[uint64]bool{hash("about"): true, hash("around"): true, hash("over"): true, hash("nearly"): true, hash("almost"): true, hash("roughly"): true}

// limits are the words that set a limit before a number; elsewhere they join.
var limits = map[uint64]bool{hash("until"): true, hash("till"): true, hash("within"): true}

// limitFollows says whether a number begins at j, or behind one word: until week 32.
func (s *scanner) limitFollows(j int) bool {
	if s.numberFollows(j) {
		return true
	}
	if j+1 >= len(s.buf) || s.buf[j] != ' ' {
		return false
	}
	_, e := s.wordAt(j + 1)
	return e > j+1 && e+1 < len(s.buf) && s.buf[e] == ' ' && isDigit(s.buf[e+1])
}

// numberFollows says whether a number begins at j, after a blank.
func (s *scanner) numberFollows(j int) bool {
	for j < len(s.buf) && (s.buf[j] == ' ' || s.buf[j] == '$') {
		j++
	}
	if j >= len(s.buf) || isDigit(s.buf[j]) {
		return j < len(s.buf)
	}
	h, _ := s.wordAt(j)
	_, month := months[h]
	_, ok := numberWords[h]
	return ok || month || h == hashA || h == hashDozen || h == hashHalf
}

var hashHalf = hash("half")

func hashBytes(b []byte) uint64 {
	h := fnv.Seed
	for _, c := range b {
		h = fnv.Mix(h, rune(c))
	}
	return h
}
