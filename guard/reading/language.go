package reading

import (
	_ "embed"
	"strings"
	"sync"
)

// pairs says how much more often a letter follows another in English than by chance: row
// the first, column the second, each in half bits from -5 ('a') to +4 ('s'). Counted over
// the words of our manuals.
const pairs = "aillaekaiahlkpagbmnoggcaka" + "maaaraaafedneaoaajgamaaaoa" + "magdoacpialkeapdahhmmaadea" +
	"leclqgiamaacaaoaakodeaaaka" + "mekmjifbhaaljnfiepokajgiia" + "maaakjaaqaahaaqaanallaaada" +
	"lhaaqafnnaakbjmbankalaaaab" + "paabsaaamaaadanaagcidaaaea" + "ffkkjgkaaackjpmeajopaiaaac" +
	"igggngggjggggglgggqgqggggg" + "iddisafalaaaakccaaofjaaaaa" + "maanqhaaoacneancabmjgdcaka" +
	"plaiqaaamaagidolfejahaaaaa" + "kakpognagafhdhnaaanoghaaia" + "dekkhmgadahklpikaojlmilcaa" +
	"paahoabgjabnaalkanlmmaaafa" + "cccccccccccnccccccccsciccc" + "meilqdfamaicghoiafnjijcaka" +
	"nahapaakmajdeamigampjclbba" + "laaanacrmaaedamdainifagaea" + "lfijnciahaalnoglanonaaabaa" +
	"laaasaaanaaeaagaaaaaaaaaaa" + "maaaoaaqpaabamnaakkaaaaaaa" + "mckckccfkcckfccmncfrfccjlc" +
	"gkjalaaadaaeeepiaaqnnahaae" + "jgggpggrlggggggggggggggggi"

// follows is pairs as numbers, in half bits.
var follows = func() (t [26][26]int8) {
	for i := range t {
		for j := range t[i] {
			t[i][j] = int8(pairs[i*26+j]-'a') - 10
		}
	}
	return t
}()

// likeness says how much letters in a row look like English: half bits, above 0 when they
// do. Only a to z count.
func likeness(s string) (score, n int) {
	for i := 1; i < len(s); i++ {
		a, b := s[i-1]-'a', s[i]-'a'
		if a < 26 && b < 26 {
			score += int(follows[a][b])
			n++
		}
	}
	return score, n
}

// isLetter, isDigit and isHex know ASCII only.
func isLetter(c byte) bool { return (c|0x20)-'a' < 26 }
func isDigit(c byte) bool  { return c-'0' < 10 }
func isHex(c byte) bool    { return isDigit(c) || (c|0x20)-'a' < 6 }
func isWhite(c byte) bool  { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

//go:embed words.txt
var wordsText string

var words = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(withoutRemarks(wordsText)) {
		m[w] = true
	}
	return m
})

const longestWord, longestRun = 16, 1 << 10

// split puts spaces between the common English words that letters without spaces are made
// of, and says how many letters belong to none.
func split(s string) (cut string, unknown int) {
	if len(s) > longestRun {
		return s, len(s)
	}
	known := words()
	cost := make([]int, len(s)+1)
	from := make([]int, len(s)+1)
	odd := make([]bool, len(s)+1) // a letter of no word ends here
	for i := 1; i <= len(s); i++ {
		cost[i], from[i], odd[i] = cost[i-1]+6, i-1, true
		for j := max(0, i-longestWord); j < i; j++ {
			c := cost[j] + 4
			if i-j <= 2 {
				c += 3
			}
			if c < cost[i] && known[s[j:i]] {
				cost[i], from[i], odd[i] = c, j, false
			}
		}
	}
	var ends []int // of the parts, from the last
	for i := len(s); i > 0; i = from[i] {
		if odd[i] {
			unknown++
		}
		if !(odd[i] && len(ends) > 0 && odd[ends[len(ends)-1]] && from[ends[len(ends)-1]] == i) {
			ends = append(ends, i)
			continue
		}
		from[ends[len(ends)-1]] = from[i] // letters of no word stay together
	}
	var b strings.Builder
	for n := len(ends) - 1; n >= 0; n-- {
		b.WriteString(s[from[ends[n]]:ends[n]])
		if n > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String(), unknown
}
