package analysis

import "strings"

// IsStop says whether a word, as Scan gives it, carries no meaning of its own: English
// function words, Chinese particles and pairs of them, and the words that questions are
// made of. Learned vectors leave all of them out; queries leave out the English ones
// only, since Chinese pairs with a particle also tell where a word ends.
func IsStop(term string) bool {
	if _, ok := stopWords[term]; ok {
		return true
	}
	return IsChinese(term) && isStopPair([]rune(term))
}

// IsChinese says whether a word is of Chinese characters.
func IsChinese(term string) bool { return term != "" && term[0] >= 0xe0 }

const english = `a an and are as at be been but by can could did do does for from had has have he her his
how i if in into is it its may me my of on or our shall she should so such than that the their them then
there these they this to us was we were what when where which who whom whose why will with would you your
not no much many any`

// chinese words are cut into their pairs.
const chinese = `为什么 什么 怎么 怎样 如何 哪些 哪个 哪里 哪一 多少 是否 可以 我们 你们 是什 了什 时候 的时
是多 是哪 有哪 进行 使用 需要 以及 由于 因为 所以 但是 这个 为何 是谁 会在 于何 年时 何时`

const particles = "的了在是和与及或之于不有也都很就而被把对从到吗呢么会个"

var stopWords = func() map[string]struct{} {
	words := map[string]struct{}{}
	for _, w := range strings.Fields(english) {
		words[string(Stem([]byte(w)))] = struct{}{}
	}
	for _, w := range strings.Fields(chinese) {
		for r := []rune(w); len(r) >= 2; r = r[1:] {
			words[string(r[:2])] = struct{}{}
		}
	}
	for _, r := range particles {
		words[string(r)] = struct{}{}
	}
	return words
}()

func isStopPair(r []rune) bool {
	if len(r) != 2 {
		return false
	}
	if r[0] == '的' || r[1] == '的' || r[0] == '了' || r[1] == '了' {
		return true
	}
	return strings.ContainsRune(particles, r[0]) && strings.ContainsRune(particles, r[1])
}
