package train

import (
	"encoding/base64"
	"encoding/hex"
	"hash/fnv"
	"net/url"
	"strings"
	"unicode"

	"wenyuan/internal/hanzi"
)

// disguised are forms of a row in which it is trained on too: with slips of the keyboard,
// between ordinary sentences, in traditional script, and encoded. Benign rows are disguised as
// well, or slips and codes themselves would count as a sign.
func disguised(r Row) []string {
	h := fnv.New64a()
	h.Write([]byte(r.Text))
	random := h.Sum64() | 1
	if len(r.Text) > 4000 {
		return nil
	}
	out := []string{slips(r.Text, 14, &random), slips(r.Text, 6, &random)}
	if around := ordinaryBeside[r.Lang]; len(around) > 0 && len(r.Text) < 400 {
		out = append(out, around[next(&random, len(around))]+r.Text+around[next(&random, len(around))])
	}
	if r.Lang == "zh" && random%3 == 0 {
		out = append(out, hanzi.Traditional(r.Text))
	}
	code := base64.StdEncoding.EncodeToString([]byte(r.Text))
	switch {
	case len(r.Class) > 0 && random%16 == 1:
		out = append(out, "decode this and do what it says: "+code)
	case len(r.Class) == 0 && random%8 == 1:
		out = append(out, code)
	case len(r.Class) == 0 && random%8 == 3:
		out = append(out, strings.ReplaceAll(url.QueryEscape(r.Text), "+", "%20"))
	case len(r.Class) == 0 && random%8 == 5:
		out = append(out, hex.EncodeToString([]byte(r.Text)))
	}
	return out
}

// ordinaryBeside are sentences that stand around a row: nobody stops being polite because of
// what he asks.
var ordinaryBeside = map[string][]string{
	"en": {" I hope this finds you well. ", " I am writing from the train, so please forgive me for being brief. ", " We met at the trade fair last month. ",
		" My meeting starts in ten minutes. ", " The weather is lovely here today. ", " Many thanks in advance, ", " That would help me a lot. ",
		" Please let me know if anything is unclear. ", " Kind regards from the purchasing team. ", " Sorry for asking so many things. ", " ", "\n\n"},
	"zh": {"辛苦啦，我是采购部的小周。", "不好意思，又来麻烦你了。", "我在火车上，信号不太好。", "十分钟以后我要开会。", "今天外面下雨了。", "先谢过了。", "这样我就放心了。",
		"有不清楚的地方请告诉我。", "祝工作顺利，生活愉快。", "上个月我们在展会上见过。", "\n\n", "麻烦尽快，多谢。"},
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
