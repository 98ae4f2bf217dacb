package guardtest

import (
	"math/rand/v2"
	"strings"
)

// The share of words of which one character is changed: enough that most sentences are hit
// in a word that matters, and few enough that they are still read.
const share = 0.35

// eachWord changes words of four letters or more, a share of them chosen by chance and one
// at least.
func eachWord(rng *rand.Rand, text string, change func(w []rune) []rune) string {
	words := cutWords(text)
	var long []int
	for i, w := range words {
		if len(w) >= 4 && isLatin(rune(w[0])) {
			long = append(long, i)
		}
	}
	if len(long) == 0 {
		return text
	}
	rng.Shuffle(len(long), func(i, j int) { long[i], long[j] = long[j], long[i] })
	for _, i := range long[:max(1, int(float64(len(long))*share))] {
		words[i] = string(change([]rune(words[i])))
	}
	return strings.Join(words, "")
}

// cutWords cuts a text into words of Latin letters and what stands between them.
func cutWords(text string) []string {
	var words []string
	start, in := 0, false
	for i, r := range text {
		if letter := isLatin(r); letter != in {
			if i > start {
				words = append(words, text[start:i])
			}
			start, in = i, letter
		}
	}
	return append(words, text[start:])
}

// inner is a place inside a word: neither its first letter nor its last.
func inner(rng *rand.Rand, w []rune) int { return 1 + rng.IntN(len(w)-2) }

func swapLetters(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := min(inner(rng, w), len(w)-2)
		w[i], w[i+1] = w[i+1], w[i]
		return w
	})
}

func deleteLetters(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		return append(w[:i:i], w[i+1:]...)
	})
}

func insertLetters(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		return append(append(w[:i:i], 'a'+rune(rng.IntN(26))), w[i:]...)
	})
}

// beside are the keys beside each key.
var beside = map[rune]string{'a': "sqz", 'b': "vn", 'c': "xv", 'd': "sf", 'e': "wr", 'f': "dg", 'g': "fh", 'h': "gj", 'i': "uo", 'j': "hk", 'k': "jl", 'l': "k", 'm': "n",
	'n': "bm", 'o': "ip", 'p': "o", 'q': "wa", 'r': "et", 's': "ad", 't': "ry", 'u': "yi", 'v': "cb", 'w': "qe", 'x': "zc", 'y': "tu", 'z': "xa"}

func substituteLetters(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		if near := beside[w[i]]; near != "" {
			w[i] = rune(near[rng.IntN(len(near))])
		}
		return w
	})
}

// textBugger changes each word in one of TextBugger's five ways: a space in it, a letter
// less, two letters swapped, a letter of the keyboard's neighbours, a letter that looks
// alike.
func textBugger(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		switch rng.IntN(5) {
		case 0:
			return append(append(w[:i:i], ' '), w[i:]...)
		case 1:
			return append(w[:i:i], w[i+1:]...)
		case 2:
			j := min(i, len(w)-2)
			w[j], w[j+1] = w[j+1], w[j]
		case 3:
			if near := beside[w[i]]; near != "" {
				w[i] = rune(near[rng.IntN(len(near))])
			}
		default:
			w[i] = lookalike(rng, w[i])
		}
		return w
	})
}

func repeatLetters(rng *rand.Rand, text string) string {
	return eachWord(rng, text, func(w []rune) []rune {
		i := inner(rng, w)
		more := []rune(strings.Repeat(string(w[i]), 2+rng.IntN(4)))
		return append(append(w[:i:i], more...), w[i:]...)
	})
}

// eachHan changes characters of Chinese, a share of them chosen by chance and one at least.
func eachHan(rng *rand.Rand, text string, part float64, change func(rs []rune, i int)) string {
	rs := []rune(text)
	var places []int
	for i, r := range rs {
		if isHan(r) {
			places = append(places, i)
		}
	}
	if len(places) < 4 {
		return text
	}
	rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	for _, i := range places[:max(1, int(float64(len(places))*part))] {
		change(rs, i)
	}
	return strings.ReplaceAll(string(rs), "\x00", "")
}

func swapHan(rng *rand.Rand, text string) string {
	return eachHan(rng, text, 0.08, func(rs []rune, i int) {
		if i+1 < len(rs) && isHan(rs[i+1]) {
			rs[i], rs[i+1] = rs[i+1], rs[i]
		}
	})
}

func deleteHan(rng *rand.Rand, text string) string {
	return eachHan(rng, text, 0.08, func(rs []rune, i int) { rs[i] = 0 })
}

// alike are characters that sound alike.
const alike = `忽乎 略掠 指纸 令另 系细 统桶 提题 示是 词辞 规归 则泽 密蜜 码马 输书 出初 你尼 现线 在再 所锁 有友 之知 前钱 的得 无吾 视事 告稿 诉素 我窝 请情 不布 要药
	内那 容荣 角脚 色瑟 模磨 式试 限线 制至 管馆 理里 员圆 权全 安按 信芯 息西 问文 题提 打大 印应 开凯 发法 者这 回会 答达 全泉 部布 显险 复付 忘望 记计 假甲 装庄
	用佣 户护 机鸡 炸诈 弹蛋 毒读 品频 枪抢 杀沙 人仁 钱前 骗片 黑嘿 客克 攻工 击机 数树 据剧 库裤 文纹 件建 公工 司思 原元 始使 设射 定订 说硕 明名 详祥 步布 骤奏`

var homophoneOf = func() map[rune]rune {
	m := map[rune]rune{}
	for pair := range strings.FieldsSeq(alike) {
		r := []rune(pair)
		m[r[0]] = r[1]
	}
	return m
}()

func homophones(rng *rand.Rand, text string) string {
	return eachHan(rng, text, 0.3, func(rs []rune, i int) {
		if to, ok := homophoneOf[rs[i]]; ok {
			rs[i] = to
		}
	})
}
