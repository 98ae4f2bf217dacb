package main

import (
	"strconv"
	"strings"
	"unicode"

	"wenyuan/internal/hanzi"
)

// rewritings makes the variants that say the same.
func (g *generator) rewritings(s sentence, lang string) (out []variant) {
	add := func(kind, text string) { out = append(out, variant{kind, text}) }
	if g.rng.IntN(4) == 0 {
		add("copy", s.text)
	}
	if m := figure.FindStringSubmatchIndex(s.text); m != nil && m[5]-m[4] < 9 {
		v, _ := strconv.Atoi(strings.ReplaceAll(s.text[m[4]:m[5]], ",", ""))
		if v > 1 && s.text[m[4]] != '0' {
			add("numform", s.text[:m[4]]+numberForm(v, s.zh, g.rng)+s.text[m[5]:])
		}
	}
	add("width", wide(s.text))
	if s.zh {
		add("traditional", hanzi.Traditional(s.text))
	} else {
		add("contraction", g.swapOne(rewrites["contraction en"], s.text, false))
	}
	leads := rewrites["lead "+lang]
	lead := leads[g.rng.IntN(len(leads))].to[0]
	if !s.zh {
		lead += " "
	}
	add("lead", lead+lowerFirst(s))
	add("clause", g.clause(s))
	add("markdown", g.markdown(s.text))
	return out
}

// lowerFirst writes the first letter small unless the word has other capitals.
func lowerFirst(s sentence) string {
	if len(s.text) > 1 && s.text[1] >= 'a' && s.text[1] <= 'z' && !ident.MatchString(strings.Fields(s.text)[0]) {
		return strings.ToLower(s.text[:1]) + s.text[1:]
	}
	return s.text
}

// clause takes one clause of several, whole.
func (g *generator) clause(s sentence) string {
	parts := strings.FieldsFunc(strings.TrimRight(s.text, ".。;；"), func(r rune) bool { return r == '，' || r == '；' || r == ';' })
	if !s.zh {
		parts = strings.Split(strings.TrimRight(s.text, "."), ", ")
	}
	if len(parts) < 2 {
		return s.text
	}
	p := strings.TrimSpace(parts[g.rng.IntN(len(parts))])
	if n := len([]rune(p)); s.zh && n < 9 || !s.zh && strings.Count(p, " ") < 4 {
		return s.text
	}
	if !s.zh && g.rng.IntN(2) == 0 {
		p = strings.ToUpper(p[:1]) + p[1:] + "."
	}
	return p
}

// markdown adds or takes marks that only change how a sentence looks.
func (g *generator) markdown(s string) string {
	if strings.ContainsAny(s, "*`") && g.rng.IntN(2) == 0 {
		return strings.NewReplacer("**", "", "`", "").Replace(s)
	}
	words := strings.Fields(s)
	i := g.rng.IntN(len(words))
	if len(words) > 4 && !strings.ContainsAny(words[i], "*`[]_") && strings.IndexFunc(words[i], unicode.IsPunct) < 0 {
		words[i] = "**" + words[i] + "**"
		return strings.Join(words, " ")
	}
	return []string{"- ", "* ", "1. "}[g.rng.IntN(3)] + s
}

func (g *generator) merge(a, b sentence, lang string) string {
	joins := rewrites["join "+lang]
	first, second := strings.TrimRight(a.text, ".;。；"), strings.TrimRight(b.text, ".;。；")
	if strings.ContainsAny(lastString(first)+lastString(second), ":：?？!！") || len(first)+len(second) > 400 {
		return ""
	}
	join, end := joins[g.rng.IntN(len(joins))].to[0], "。"
	if lang == "en" {
		join, end = strings.TrimRight(join, " ")+" ", "."
	}
	return first + join + lowerFirst(sentence{second, b.zh}) + end
}

func lastString(s string) string { return string(lastRune(s)) }
