package check

import (
	"strings"

	"wenyuan/internal/fnv"
)

// numberWords are the English numerals, months and ordinals with a value.
var numberWords = loadNumberWords()

// months are compared as numbers: May 3 is 5-3. Those in shortMonths are also other
// words, or abbreviations, and count only beside figures.
var (
	months      = loadValues(1, "january february - april - june july august september october november december")
	shortMonths = loadShortMonths()
	ordinals    = loadValues(3, "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
)

// loadValues numbers words from a first value on.
func loadValues(from int, words string) map[uint64]float64 {
	out := map[uint64]float64{}
	for i, w := range strings.Fields(words) {
		out[hash(w)] = float64(from + i)
	}
	return out
}

func loadShortMonths() map[uint64]float64 {
	out := loadValues(1, "jan feb mar apr may jun jul aug sep oct nov dec")
	out[hash("march")] = 3
	return out
}

func loadNumberWords() map[uint64]float64 {
	out := loadValues(0, "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	for i, w := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		out[hash(w)] = float64(20 + 10*i)
	}
	for w, v := range map[string]float64{"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12} {
		out[hash(w)] = v
	}
	return out
}

var hashA, hashDozen, hashAnd, hashMinus, hashPoint = hash("a"), hash("dozen"), hash("and"), hash("minus"), hash("point")

// wordValue reads "two hundred and five ms", "May" or "third" at buf[i:j], whose
// first word has the hash h. It returns i where there is none.
func (s *scanner) wordValue(h uint64, i, j int) int {
	if v, ok := ordinals[h]; ok {
		s.ordinal(v, i, j)
		return j
	}
	v, ok := months[h]
	if !ok && s.besideFigure(i, j) {
		v, ok = shortMonths[h]
	}
	if ok {
		s.value(v, unit{}, i, j)
		return j
	}
	if h == hashMinus && j+1 < len(s.buf) && isDigit(s.buf[j+1]) {
		return s.digits(j+1, -1)
	}
	v, ok = numberWords[h]
	if h == hashDozen {
		v, ok = 12, true
	}
	if h == hashA { // a hundred, a million
		h2, e := s.wordAt(min(j+1, len(s.buf)))
		if v = numberWords[h2]; v < 100 || s.buf[j] != ' ' {
			return i
		}
		j, ok = e, true
	}
	if !ok {
		return i
	}
	v, j = s.moreWords(v, j)
	u, e := s.unitAt(j)
	s.value(v, u, i, e)
	return e
}

// moreWords goes on with a spelt number after its first word, which has the value v.
func (s *scanner) moreWords(v float64, j int) (float64, int) {
	total, cur := 0.0, v
	if v > 100 {
		total, cur = v, 0
	}
	for j < len(s.buf) && (s.buf[j] == ' ' || s.buf[j] == '-') {
		h, e := s.wordAt(j + 1)
		if h == hashAnd && (total > 0 || cur >= 100) && e < len(s.buf) && s.buf[e] == ' ' {
			h, e = s.wordAt(e + 1)
		}
		n, ok := numberWords[h]
		switch {
		case h == hashPoint:
			return s.spelledFraction(total+cur, j, e)
		case !ok:
			return total + cur, j
		case n == 100 && cur > 0 && cur < 100:
			cur *= 100
		case n > 100 && cur > 0:
			total, cur = total+cur*n, 0
		case n < 10 && n > 0 && cur >= 20 && int(cur)%10 == 0:
			cur += n
		case n < 100 && n > 0 && (cur >= 100 && int(cur)%100 == 0 || cur == 0 && total > 0):
			cur += n
		default:
			return total + cur, j
		}
		j = e
	}
	return total + cur, j
}

// spelledFraction reads the figures after the "point" that ends at e; j is where the
// whole number ended, which is the end where no figure follows.
func (s *scanner) spelledFraction(v float64, j, e int) (float64, int) {
	for scale := .1; e < len(s.buf) && s.buf[e] == ' '; scale /= 10 {
		h, end := s.wordAt(e + 1)
		n, ok := numberWords[h]
		if !ok || n > 9 {
			break
		}
		v += n * scale
		e, j = end, end
	}
	return v, j
}

// besideFigure says whether a figure stands next to buf[i:j], one blank or stop away.
func (s *scanner) besideFigure(i, j int) bool {
	for j < len(s.buf) && (s.buf[j] == ' ' || s.buf[j] == '.' || s.buf[j] == ',') {
		j++
	}
	if j < len(s.buf) && isWordRune(s.buf[j]) && !isDigit(s.buf[j]) {
		h, _ := s.wordAt(j)
		_, ok := numberWords[h]
		return ok
	}
	return j < len(s.buf) && isDigit(s.buf[j]) || i > 1 && s.buf[i-1] == ' ' && isDigit(s.buf[i-2])
}

// hanValue reads a Chinese number at i: 一千二百, 百分之五十, 三分之二, 第三, 零点五. With
// sure set it takes only what is a number in any context; a single numeral may be a
// part of a word. It returns i where there is none.
func (s *scanner) hanValue(i int, sure bool) int {
	b := s.buf
	if b[i] == '第' {
		return s.hanOrdinal(i)
	}
	if b[i] == '负' && i+1 < len(b) && isDigit(b[i+1]) {
		return s.digits(i+1, -1)
	}
	if hasRunes(b, i, "百分之") {
		if v, j := s.anyValue(i + 3); j > i+3 {
			s.value(v, lex.units[hashPercent], i, j)
			return j
		}
	}
	v, j := s.hanNumeral(i)
	if j == i {
		return i
	}
	if hasRunes(b, j, "分之") {
		if top, e := s.anyValue(j + 2); e > j+2 && v > 0 {
			s.value(top/v, unit{}, i, e)
			return e
		}
	}
	if u, e := s.datePart(v, j); e > j && (j-i > 1 || b[j] != '日' || s.afterNumber(i)) {
		s.value(v, u, i, e)
		return e
	}
	u, e := s.unitAt(j)
	if j < len(b) && b[j] == '-' {
		u, e = unit{}, j
	}
	switch {
	case j-i > 1 && !s.fixedWord(i, j), u.dim > 0, e > j && !sure:
		s.value(v, u, i, e)
		return e
	case !sure && v > 1 && v <= smallNumber+1:
		s.value(v, unit{}, i, j)
		s.out[len(s.out)-1].w = .6
		return j
	}
	return i
}

// afterNumber says whether a number ends right before buf[i], as in 五月三日.
func (s *scanner) afterNumber(i int) bool {
	n := len(s.out)
	return n > 0 && s.out[n-1].class == number && s.out[n-1].end == s.pos[i]
}

// fixedWord says whether a listed word longer than the numeral buf[i:j] begins at i.
func (s *scanner) fixedWord(i, j int) bool {
	for n := min(int(lex.longest[s.buf[i]]), len(s.buf)-i); n > j-i; n-- {
		if _, ok := lex.find(fnv.Runes(s.buf[i : i+n])); ok {
			return true
		}
	}
	return false
}

var hashPercent = hash("%")

func hasRunes(b []rune, i int, want string) bool {
	for _, r := range want {
		if i >= len(b) || b[i] != r {
			return false
		}
		i++
	}
	return true
}

// hanOrdinal reads 第一, 第 3.
func (s *scanner) hanOrdinal(i int) int {
	j := i + 1
	for j < len(s.buf) && s.buf[j] == ' ' {
		j++
	}
	v, e := s.anyValue(j)
	if e == j {
		return i
	}
	s.ordinal(v, i, e)
	return e
}

// anyValue reads figures or a Chinese numeral at i, without a unit.
func (s *scanner) anyValue(i int) (float64, int) {
	j := i
	for j < len(s.buf) && (isDigit(s.buf[j]) || s.buf[j] == '.' && j > i && j+1 < len(s.buf) && isDigit(s.buf[j+1])) {
		j++
	}
	if j > i {
		return parseValue(s.buf[i:j]), j
	}
	return s.hanNumeral(i)
}

// hanNumeral reads a numeral such as 一千二百, 二〇二一 or 三点一四 at i and returns its
// end, which is i where there is none.
func (s *scanner) hanNumeral(i int) (float64, int) {
	total, section, digit := 0.0, 0.0, 0.0
	digits, zero, j := 0, false, i
	for ; j < len(s.buf); j++ {
		r := s.buf[j]
		if d := hanDigit(r); d >= 0 {
			if digits > 0 && !zero || r == '〇' || zero && digits > 1 { // figure by figure, as in years
				digit = digit*10 + d
			} else {
				digit = d
			}
			zero = d == 0 && digits == 0
			digits++
			continue
		}
		p := hanPower(r)
		if p == 0 || j == i && p != 10 {
			break
		}
		switch {
		case p >= 1e4:
			total, section = total+(section+digit)*p, 0
		case digit == 0:
			section += p
		default:
			section += digit * p
		}
		digit, digits, zero = 0, 0, false
	}
	v := total + section + digit
	if j > i && j+1 < len(s.buf) && s.buf[j] == '点' && hanDigit(s.buf[j+1]) >= 0 {
		scale := .1
		for j++; j < len(s.buf) && hanDigit(s.buf[j]) >= 0; j++ {
			v += hanDigit(s.buf[j]) * scale
			scale /= 10
		}
	}
	return v, j
}

// hanDigit is the value of a Chinese figure, or -1.
func hanDigit(r rune) float64 {
	switch r {
	case '零', '〇':
		return 0
	case '一':
		return 1
	case '二', '两':
		return 2
	case '三':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	}
	return -1
}

// hanPower is the value of a Chinese power of ten, or 0.
func hanPower(r rune) float64 {
	switch r {
	case '十':
		return 10
	case '百':
		return 100
	case '千':
		return 1e3
	case '万':
		return 1e4
	case '亿':
		return 1e8
	}
	return 0
}
