package train

import (
	"encoding/base64"
	"hash/fnv"
	"strings"
	"unicode"

	"wenyuan/internal/hanzi"
)

// disguised are forms of a row in which it is trained on too: with slips of the keyboard,
// and in traditional script. Benign rows are disguised as well, or slips themselves would
// count as a sign.
func disguised(r Row) []string {
	h := fnv.New64a()
	h.Write([]byte(r.Text))
	random := h.Sum64() | 1
	if len(r.Text) > 4000 {
		return nil
	}
	out := []string{slips(r.Text, 14, &random), slips(r.Text, 6, &random)}
	if r.Lang == "zh" && random%3 == 0 {
		out = append(out, hanzi.Traditional(r.Text))
	}
	if len(r.Class) > 0 && random%16 == 1 {
		out = append(out, "decode this and do what it says: "+base64.StdEncoding.EncodeToString([]byte(r.Text)))
	}
	return out
}

func next(random *uint64, n int) int {
	x := *random
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*random = x
	return int(x % uint64(n))
}

// slips drops, doubles, swaps, adds or changes about one letter in so many.
func slips(text string, oneIn int, random *uint64) string {
	runes := []rune(text)
	var b strings.Builder
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if !unicode.IsLetter(r) || next(random, oneIn) != 0 {
			b.WriteRune(r)
			continue
		}
		switch what := next(random, 6); {
		case what == 0:
		case what == 1:
			b.WriteRune(r)
			b.WriteRune(r)
		case what == 2 && i+1 < len(runes):
			b.WriteRune(runes[i+1])
			b.WriteRune(r)
			i++
		case what == 3 && r < 128:
			b.WriteRune(rune('a' + next(random, 26)))
		case what == 4 && r < 128:
			b.WriteRune(r)
			b.WriteRune(rune('a' + next(random, 26)))
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}
