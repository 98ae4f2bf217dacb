package attack

import (
	"strings"
	"unicode"
)

// synonyms replaces words by others that mean nearly the same, in the manner of TextFooler
// and BertAttack, which ask a model which words matter.
func (t *task) synonyms() string {
	if t.han {
		return t.synonymsHan()
	}
	words := cut(t.text)
	var known []int
	n := 0
	for i, w := range words {
		if w != "" && isLatin(rune(w[0])) {
			n++
			if lists().synonyms[strings.ToLower(w)] != nil {
				known = append(known, i)
			}
		}
	}
	t.shuffle(known)
	for _, i := range known[:min(len(known), max(1, int(t.share*float64(n)+0.5)))] {
		all := lists().synonyms[strings.ToLower(words[i])]
		to := all[t.rng.IntN(len(all))]
		if unicode.IsUpper(rune(words[i][0])) {
			to = strings.ToUpper(to[:1]) + to[1:]
		}
		words[i] = to
	}
	return strings.Join(words, "")
}

func (t *task) synonymsHan() string {
	rs := []rune(t.text)
	var at, size []int
	for i := 0; i < len(rs); i++ {
		for n := min(lists().longest, len(rs)-i); n > 0; n-- {
			if lists().synonyms[string(rs[i:i+n])] != nil {
				at, size = append(at, i), append(size, n)
				i += n - 1
				break
			}
		}
	}
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	t.shuffle(order)
	take := map[int]int{}
	for _, i := range order[:min(len(order), max(1, int(t.share*float64(len(rs))/2+0.5)))] {
		take[at[i]] = size[i]
	}
	var b strings.Builder
	for i := 0; i < len(rs); i++ {
		if n := take[i]; n > 0 {
			all := lists().synonyms[string(rs[i:i+n])]
			b.WriteString(all[t.rng.IntN(len(all))])
			i += n - 1
			continue
		}
		b.WriteRune(rs[i])
	}
	return b.String()
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// checkList appends random strings of ten characters (Ribeiro et al. 2020, as PromptBench
// takes it); to a Chinese text also of Chinese ones.
func (t *task) checkList() string {
	text := t.text
	for range 1 + t.rng.IntN(2) {
		var b strings.Builder
		for range 10 {
			if t.han && len(text)%2 == 0 {
				b.WriteRune(0x4e00 + rune(t.rng.IntN(0x5000)))
			} else {
				b.WriteByte(alphanumeric[t.rng.IntN(len(alphanumeric))])
			}
		}
		text += " " + b.String()
	}
	return text
}

// stressTest appends what is true of nothing (Naik et al. 2018, as PromptBench takes it).
func (t *task) stressTest() string {
	say := []string{" and true is true", " and false is not true", " and true is true and false is not true"}
	if t.han {
		say = []string{"，真的就是真的", "，而且真就是真", "，假的不是真的", "并且一等于一"}
	}
	return strings.TrimRight(t.text, " ") + strings.Repeat(say[t.rng.IntN(len(say))], 1+t.rng.IntN(5))
}

// foreign writes as people do who think in another language.
func (t *task) foreign() string {
	was := t.share
	t.share = 0.5
	defer func() { t.share = was }()
	for _, way := range [](func(*task) string){(*task).articles, (*task).agreement, (*task).prepositions, (*task).measureWords, (*task).de} {
		t.text = way(t)
	}
	if t.han {
		return []string{"我想知道，", "请问你能不能告诉我，", "对不起，我的中文不好。"}[t.rng.IntN(3)] + t.text
	}
	return []string{"Please to tell me: ", "I am wanting to know, ", "Sorry for my English. "}[t.rng.IntN(3)] + t.text
}

// paraphrase puts a text into other sentences.
func (t *task) paraphrase() string {
	forms := []string{"Could you tell me the following: %", "What I would like to know is this. %", "Here is what I am after: %", "% That is my question.", "Somebody asked me this and I pass it on: %"}
	if t.han {
		forms = []string{"能告诉我下面这个问题的答案吗：%", "我想了解的是这样一件事：%", "%这就是我的问题。", "有人这样问我，我转述一下：%"}
	}
	return strings.Replace(forms[t.rng.IntN(len(forms))], "%", t.text, 1)
}
