package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// numberForm writes v another way: with separators, in words or in Chinese.
func numberForm(v int, zh bool, rng *rand.Rand) string {
	if v >= 1000 && v < 1_000_000 && rng.IntN(3) == 0 {
		return fmt.Sprintf("%d,%03d", v/1000, v%1000)
	}
	if rng.IntN(6) == 0 {
		return wide(strconv.Itoa(v))
	}
	if !zh {
		return spellEnglish(v)
	}
	if v >= 10000 && v%10000 == 0 {
		return strconv.Itoa(v/10000) + "万"
	}
	return spellChinese(v)
}

var chineseDigits = []rune("零一二三四五六七八九")

// spellChinese writes 0 to 99,999,999 in words.
func spellChinese(v int) string {
	if v >= 10000 {
		out := spellChinese(v/10000) + "万"
		if rest := v % 10000; rest > 0 {
			if rest < 1000 {
				out += "零"
			}
			out += spellChinese(rest)
		}
		return out
	}
	if v < 10 {
		return string(chineseDigits[v])
	}
	out, zero := "", false
	for _, p := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := v / p.size % 10
		switch {
		case d == 0:
			zero = out != ""
		case d == 1 && p.size == 10 && out == "":
			out += "十"
		default:
			if zero {
				out += "零"
			}
			out += string(chineseDigits[d]) + p.name
			zero = false
		}
	}
	return out
}

var (
	smallEnglish = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tensEnglish  = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

// spellEnglish writes 0 to 999,999 in words.
func spellEnglish(v int) string {
	switch {
	case v < 20:
		return smallEnglish[v]
	case v < 100 && v%10 == 0:
		return tensEnglish[v/10]
	case v < 100:
		return tensEnglish[v/10] + "-" + smallEnglish[v%10]
	case v < 1000 && v%100 == 0:
		return smallEnglish[v/100] + " hundred"
	case v < 1000:
		return smallEnglish[v/100] + " hundred and " + spellEnglish(v%100)
	case v < 1_000_000 && v%1000 == 0:
		return spellEnglish(v/1000) + " thousand"
	case v < 1_000_000:
		return spellEnglish(v/1000) + " thousand " + spellEnglish(v%1000)
	}
	return strconv.Itoa(v)
}

// wide writes letters and figures in full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r + 0xfee0
		}
		return r
	}, s)
}
