package guardtest

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"wenyuan/internal/hanzi"
)

// likeness are letters that look like others.
var likeness = map[rune]string{'a': "аα@", 'b': "Ь", 'c': "сϲ", 'd': "ԁ", 'e': "еє", 'g': "ɡ", 'h': "һ", 'i': "іı", 'j': "ј", 'k': "к", 'l': "ӏⅼ", 'm': "м", 'n': "ո",
	'o': "оο", 'p': "рρ", 'q': "ԛ", 's': "ѕ", 't': "т", 'u': "υս", 'v': "ѵν", 'w': "ԝ", 'x': "х", 'y': "у", 'A': "АΑ", 'B': "ВΒ", 'C': "С", 'E': "ЕΕ", 'H': "НΗ", 'I': "ІΙ",
	'K': "КΚ", 'M': "МΜ", 'N': "Ν", 'O': "ОΟ", 'P': "РΡ", 'S': "Ѕ", 'T': "ТΤ", 'X': "ХΧ", 'Y': "ΥҮ"}

func lookalike(rng *rand.Rand, r rune) rune {
	likes := []rune(likeness[r])
	if len(likes) == 0 {
		return r
	}
	return likes[rng.IntN(len(likes))]
}

// some changes Latin letters, a part of them chosen by chance.
func some(rng *rand.Rand, text string, part float64, change func(r rune) string) string {
	var b strings.Builder
	for _, r := range text {
		if isLatin(r) && rng.Float64() < part {
			b.WriteString(change(r))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func homoglyphs(rng *rand.Rand, text string) string {
	return some(rng, text, 0.4, func(r rune) string { return string(lookalike(rng, r)) })
}

var leetOf = map[rune]string{'a': "4@", 'e': "3", 'i': "1!", 'o': "0", 's': "5$", 't': "7", 'l': "1", 'g': "9"}

func leet(rng *rand.Rand, text string) string {
	return some(rng, text, 0.6, func(r rune) string {
		if to := leetOf[unicode.ToLower(r)]; to != "" {
			return string(to[rng.IntN(len(to))])
		}
		return string(r)
	})
}

func randomCase(rng *rand.Rand, text string) string {
	return some(rng, text, 0.5, func(r rune) string { return string(unicode.ToUpper(r)) })
}

// plane writes letters as those of another block, in which a to z and A to Z stand in a
// row.
func plane(text string, lower, upper rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return lower + r - 'a'
		case r >= 'A' && r <= 'Z':
			return upper + r - 'A'
		}
		return r
	}, text)
}

func fullWidth(_ *rand.Rand, text string) string { return plane(text, 'ａ', 'Ａ') }

func mathematical(rng *rand.Rand, text string) string {
	bold := []rune{0x1D400, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5D4, 0x1D670}[rng.IntN(6)]
	return plane(text, bold+26, bold)
}

func enclosed(rng *rand.Rand, text string) string {
	if rng.IntN(2) == 0 {
		return plane(text, 'ⓐ', 'Ⓐ')
	}
	return plane(text, '🅰', '🅰')
}

func smallCapitals(_ *rand.Rand, text string) string {
	small := []rune("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return small[r-'a']
		}
		return r
	}, text)
}

var accentOf = map[rune]string{'a': "áàäâå", 'e': "éèëê", 'i': "íìïî", 'o': "óòöôø", 'u': "úùüû", 'n': "ñ", 'c': "ç", 'y': "ý", 's': "š", 'z': "ž", 'g': "ğ", 'l': "ł"}

func accents(rng *rand.Rand, text string) string {
	return some(rng, text, 0.6, func(r rune) string {
		if to := []rune(accentOf[r]); len(to) > 0 {
			return string(to[rng.IntN(len(to))])
		}
		return string(r)
	})
}

// after writes something after each letter and each Chinese character, by chance.
func after(rng *rand.Rand, text string, part float64, what func() string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
		if (isLatin(r) || isHan(r)) && rng.Float64() < part {
			b.WriteString(what())
		}
	}
	return b.String()
}

func marks(rng *rand.Rand, text string) string {
	return after(rng, text, 0.8, func() string { return string(rune(0x300 + rng.IntN(0x60))) })
}

func zeroWidth(rng *rand.Rand, text string) string {
	hidden := []string{"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"}
	return after(rng, text, 0.5, func() string { return hidden[rng.IntN(len(hidden))] })
}

// apart writes the letters of a text with something between them, and words further apart.
func apart(text, between, words string) string {
	var b strings.Builder
	last := ' '
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			b.WriteString(words)
		case (isLatin(last) || isHan(last)) && (isLatin(r) || isHan(r)):
			b.WriteString(between + string(r))
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

func spaced(rng *rand.Rand, text string) string {
	return apart(text, []string{" ", " ", "\n"}[rng.IntN(3)], "   ")
}

func dotted(rng *rand.Rand, text string) string {
	return apart(text, []string{".", "-", "·", "*", "_", "|"}[rng.IntN(6)], " ")
}

// joined writes words without spaces between them, or with other signs.
func joined(rng *rand.Rand, text string) string {
	return strings.ReplaceAll(text, " ", []string{"", "_", "-", "."}[rng.IntN(4)])
}

// markup puts marks of bold type and empty comments inside words.
func markup(rng *rand.Rand, text string) string {
	if hasHan(text) {
		return apart(text, "*", "*")
	}
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		mark := []string{"**", "<!-- -->", "<b></b>", "~~"}[rng.IntN(4)]
		return append(append(w[:i:i], []rune(mark)...), w[i:]...)
	})
}

func traditional(_ *rand.Rand, text string) string { return hanzi.Traditional(text) }

// radicalOf are characters that have a twin among the radicals.
var radicalOf = func() map[rune]rune {
	m := map[rune]rune{}
	for i, r := range []rune("一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木") {
		m[r] = 0x2F00 + rune(i)
	}
	return m
}()

func radicals(_ *rand.Rand, text string) string {
	return strings.Map(func(r rune) rune {
		if to, ok := radicalOf[r]; ok {
			return to
		}
		return r
	}, text)
}
