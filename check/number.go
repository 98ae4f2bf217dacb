package check

import (
	"math"
	"strings"

	"wenyuan/internal/fnv"
)

// smallNumber is up to what a bare word such as "seven" or 七 counts as little: it is
// often a part of a name or a manner of speaking.
const smallNumber = 9

// value emits a number that stands at buf[a:b]. Its id is the value in the base unit,
// so that 60 s is 1 min; its alt is the bare value.
func (s *scanner) value(v float64, u unit, a, b int) {
	t := token{class: number, val: v, dim: u.dim, w: 1.5, alt: bareValue(v)}
	scale := u.scale
	if u.dim == 0 {
		scale = 1
		if v == 1 {
			t.w = .4
		}
	}
	base := math.Round(v*scale*1e9) / 1e9
	t.id = math.Float64bits(base)*31 + uint64(u.dim)
	s.emit(t, a, b)
}

func bareValue(v float64) uint64 { return math.Float64bits(v)*131 + 7 }

// digits reads what begins with a digit at i: a number, version, date or identifier.
func (s *scanner) digits(i int, sign float64) int {
	b := s.buf
	j, dots, letters := i, 0, false
	for ; j < len(b); j++ {
		switch r := b[j]; {
		case isDigit(r):
		case r == '.' && !letters && j+1 < len(b) && (isDigit(b[j+1]) || lower(b[j+1]) == 'x'):
			dots++
		case r == ',' && !letters && dots == 0 && groupOfThree(b, i, j):
		case isWordRune(r) && r != '_', r == '_' && j+1 < len(b) && isWordRune(b[j+1]):
			letters = true
		default:
			goto read
		}
	}
read:
	k := i // end of the figures
	for k < j && (isDigit(b[k]) || b[k] == '.' || b[k] == ',') {
		k++
	}
	if b[k-1] == '.' {
		k--
	}
	if dots >= 2 || letters && k < j && b[k] == '.' || s.afterVersion() {
		return s.versionAt(i, i)
	}
	v := parseValue(b[i:k]) * sign
	if !letters && j-i < 3 && s.itemMark(i, j) {
		return j
	}
	if letters {
		return s.suffixed(v, i, k, j)
	}
	return s.scaled(v, i, j)
}

// itemMark says whether the figures buf[i:j] number an item: "1、" at the beginning of a
// clause, "2)" without an opening bracket.
func (s *scanner) itemMark(i, j int) bool {
	switch {
	case j >= len(s.buf):
		return false
	case s.buf[j] == '、':
		return s.afterPause(i)
	}
	if s.buf[j] != ')' || j+1 < len(s.buf) && s.buf[j+1] != ' ' && !isHan(s.buf[j+1]) || i > 0 && s.buf[i-1] != ' ' && !isPause(s.buf[i-1]) {
		return false
	}
	for i--; i >= 0 && s.buf[i] != '\n' && s.buf[i] != ')'; i-- {
		if s.buf[i] == '(' {
			return false // the end of a remark: (default 8)
		}
	}
	return true
}

// afterPause says whether a clause begins at i.
func (s *scanner) afterPause(i int) bool {
	for i > 0 && s.buf[i-1] == ' ' {
		i--
	}
	return i == 0 || isPause(s.buf[i-1]) || isStop(s.buf[i-1])
}

// suffixed reads figures with letters behind them: a unit, an ordinal, a power, or
// else an identifier.
func (s *scanner) suffixed(v float64, i, k, j int) int {
	big := j == k+1 && s.buf[k] >= 'A' && s.buf[k] <= 'Z' && s.buf[k] != 'B' // 3D is not three days
	if u, ok := lex.units[s.hashLower(k, j)]; ok && !big {
		s.value(v, u, i, j)
		return j
	}
	switch string(s.buf[k:j]) {
	case "st", "nd", "rd", "th":
		s.ordinal(v, i, j)
		return j
	case "s": // the 1990s
		s.value(v, unit{}, i, j)
		return j
	case "k", "K":
		s.value(v*1000, unit{}, i, j)
		return j
	case "M", "G", "T", "m", "g", "t":
		s.value(v, lex.units[fnv.Mix(fnv.Mix(fnv.Seed, lower(s.buf[k])), 'b')], i, j)
		return j
	}
	s.emit(token{id: s.hashLower(i, j), class: identifier, w: 1.4}, i, j)
	return j
}

// scaled reads what may follow plain figures: 万, million, a unit, a part of a date.
func (s *scanner) scaled(v float64, i, j int) int {
	for j < len(s.buf) && (hanPower(s.buf[j]) >= 1000 || s.buf[j] == '百') {
		v *= hanPower(s.buf[j])
		j++
	}
	if p, e := s.power(j); e > j {
		v *= p
		j = e
	}
	if u, e := s.datePart(v, j); e > j {
		s.value(v, u, i, e)
		return e
	}
	u, e := s.unitAt(j)
	s.value(v, u, i, e)
	return e
}

// ordinal emits first, 2nd, 第三 and the like. "First" is a direction, against "last".
func (s *scanner) ordinal(v float64, a, b int) {
	switch e := lex.words[hashFirst]; v {
	case 1:
		s.listed(e, a, b)
	default:
		s.value(v, unit{}, a, b)
	}
}

var hashFirst = hash("first")

// Dimensions of the parts of a date, above those of the units. They are not lengths of
// time: 5月 is not 5年, but both may be written as a bare 5.
const (
	yearDim = 250 + iota
	monthDim
	dayDim
)

func isDate(dim uint8) bool { return dim >= yearDim }

// datePart reads the mark of a year, month or day after v at j.
func (s *scanner) datePart(v float64, j int) (unit, int) {
	if j >= len(s.buf) || v != math.Trunc(v) {
		return unit{}, j
	}
	next := rune(0)
	if j+1 < len(s.buf) {
		next = s.buf[j+1]
	}
	switch r := s.buf[j]; {
	case r == '年' && v >= 1000 && v < 3000 && next != '代':
		return unit{yearDim, 1}, j + 1
	case r == '月' && v >= 1 && v <= 12:
		return unit{monthDim, 1}, j + 1
	case (r == '日' || r == '号') && v >= 1 && v <= 31:
		return unit{dayDim, 1}, j + 1
	}
	return unit{}, j
}

// parseValue reads figures; thousands separators are passed over.
func parseValue(r []rune) float64 {
	v, digits := 0.0, -1
	for _, c := range r {
		switch {
		case c == '.':
			digits = 0
		case isDigit(c):
			v = v*10 + float64(c-'0')
			if digits >= 0 {
				digits++
			}
		}
	}
	if digits > 0 {
		v /= math.Pow10(digits)
	}
	return v
}

// groupOfThree says whether the comma at j of the figures from i separates thousands.
func groupOfThree(b []rune, i, j int) bool {
	if j-i > 3 && b[j-4] != ',' || j+3 >= len(b) {
		return false
	}
	return isDigit(b[j+1]) && isDigit(b[j+2]) && isDigit(b[j+3]) && (j+4 == len(b) || !isDigit(b[j+4]))
}

// versionAt emits the version whose mark (v) begins at a and whose figures begin at i.
func (s *scanner) versionAt(a, i int) int {
	b, j := s.buf, i
	for j < len(b) && (isWordRune(b[j]) || b[j] == '.' && j+1 < len(b) && isWordRune(b[j+1])) {
		j++
	}
	t := token{id: s.hashLower(i, j), class: version, w: 1.5}
	plain, dots := true, 0
	for _, r := range b[i:j] {
		plain = plain && (isDigit(r) || r == '.')
		if r == '.' {
			dots++
		}
	}
	if plain && dots < 2 {
		t.alt = bareValue(parseValue(b[i:j]))
	}
	s.emit(t, a, j)
	return j
}

var hashVersion = hash(stem("version"))

// afterVersion says whether the word before is "version".
func (s *scanner) afterVersion() bool {
	n := len(s.out)
	return n > 0 && s.out[n-1].id == hashVersion && s.out[n-1].sent == s.sent
}

func (s *scanner) hashLower(i, j int) uint64 {
	h := fnv.Seed
	for _, r := range s.buf[i:j] {
		h = fnv.Mix(h, lower(r))
	}
	return h
}

// wordAt hashes the Latin word at j in lower case and returns its end.
func (s *scanner) wordAt(j int) (uint64, int) {
	e := j
	for e < len(s.buf) && isWordRune(s.buf[e]) {
		e++
	}
	return s.hashLower(j, e), e
}

// power reads " million" and the like at j.
func (s *scanner) power(j int) (float64, int) {
	if j < len(s.buf) && s.buf[j] == ' ' {
		h, e := s.wordAt(j + 1)
		if v := numberWords[h]; v >= 100 {
			return v, e
		}
	}
	return 0, j
}

// currency reads a sign of currency before figures.
func (s *scanner) currency(i int) (int, bool) {
	if i+1 >= len(s.buf) || !strings.ContainsRune("$¥￥€£", s.buf[i]) {
		return i, false
	}
	u := lex.units[fnv.Mix(fnv.Seed, s.buf[i])]
	if v, j := s.hanNumeral(i + 1); j > i+1 {
		s.value(v, u, i, j)
		return j, true
	}
	if !isDigit(s.buf[i+1]) {
		return i, false
	}
	n := len(s.out)
	j := s.digits(i+1, 1)
	if t := s.out[n]; t.class == number && t.dim == 0 {
		s.out, s.raw = s.out[:n], s.raw[:len(s.raw)-1]
		s.value(t.val, u, i, j)
	}
	return j, true
}

// measureWords stand between a number and what is counted and say nothing themselves.
const measureWords = "个次条台种项位名份只家座张件"

// unitAt reads a unit or a measure word at j, after at most one space or hyphen.
func (s *scanner) unitAt(j int) (unit, int) {
	b, k := s.buf, j
	if k < len(b) && (b[k] == ' ' || b[k] == '-') {
		k++
	}
	if k >= len(b) {
		return unit{}, j
	}
	switch r := b[k]; {
	case isHan(r):
		return s.hanUnit(j, k)
	case !isWordRune(r):
		if u, ok := lex.units[fnv.Mix(fnv.Seed, r)]; ok && r != '$' {
			return u, k + 1
		}
		if r == '°' && k+1 < len(b) {
			if u, ok := lex.units[fnv.Mix(fnv.Mix(fnv.Seed, r), lower(b[k+1]))]; ok {
				return u, k + 2
			}
		}
		return unit{}, j
	}
	return s.latinUnit(j, k)
}

// latinUnit reads a unit of one word, or of two such as "square miles".
func (s *scanner) latinUnit(j, k int) (unit, int) {
	h, e := s.wordAt(k)
	if e < len(s.buf) && s.buf[e] == ' ' {
		h2, e2 := h, e+1
		h2 = fnv.Mix(h2, ' ')
		for ; e2 < len(s.buf) && isWordRune(s.buf[e2]); e2++ {
			h2 = fnv.Mix(h2, lower(s.buf[e2]))
		}
		if u, ok := lex.units[h2]; ok {
			return u, e2
		}
	}
	// a single letter is a unit only when it touches the figure ("5 d" may be a name)
	if u, ok := lex.units[h]; ok && (e-k > 1 || k == j || s.buf[k] == 's') {
		return u, e
	}
	return unit{}, j
}

// hanUnit reads a Chinese unit or measure word at k; 个 may stand before a unit.
func (s *scanner) hanUnit(j, k int) (unit, int) {
	b := s.buf
	if b[k] >= 1<<16 {
		return unit{}, j
	}
	for n := min(int(lex.unitLen[b[k]]), len(b)-k); n > 0; n-- {
		if u, ok := lex.units[fnv.Runes(b[k:k+n])]; ok {
			return u, k + n
		}
	}
	if !strings.ContainsRune(measureWords, b[k]) {
		return unit{}, j
	}
	if b[k] == '个' && k+1 < len(b) && isHan(b[k+1]) {
		if u, e := s.hanUnit(k+1, k+1); u.dim > 0 {
			return u, e
		}
	}
	return unit{}, k + 1
}
