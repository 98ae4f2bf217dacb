package question

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	enPerson = regexp.MustCompile(`^(?i:he|she|him|her|his|hers)$`)
	zhPerson = regexp.MustCompile(`^(?:他|她)(?:$|[^人们])`)
	enName   = regexp.MustCompile(`\b(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?[A-Z][\pL\d-]*(?: [A-Z][\pL\d-]*)*`)
	zhWho    = regexp.MustCompile(`^(?:谁是(.+)|(.+?)是(?:谁|什么人|哪位))$`)
)

// personOf is whom he or she stands for after a question about topic: the one name in it,
// or the owner of what was asked for. Her salary is asked for, and then when she came: she
// is not the salary. "" where nobody is to be told.
func personOf(topic, last string) string {
	if hasHan(last) {
		return personZh(topic, last)
	}
	if owner, _, ok := strings.Cut(topic, "'s "); ok {
		return owner
	}
	if _, owner, ok := strings.Cut(topic, " of "); ok {
		return owner
	}
	if topic != "" {
		return topic
	}
	found := enName.FindAllStringIndex(last, -1)
	found = slices.DeleteFunc(found, func(at []int) bool {
		before := strings.ToLower(strings.TrimSpace(last[:at[0]]))
		return before == "" || last[at[0]:at[1]] == "I" || strings.HasSuffix(before, " the") // the word that asks; the Harbor manual
	})
	if len(found) != 1 {
		return ""
	}
	return last[found[0][0]:found[0][1]]
}

func personZh(topic, last string) string {
	if m := zhWho.FindStringSubmatch(bare(zhLead.ReplaceAllString(last, ""))); m != nil {
		return m[1] + m[2]
	}
	if owner, _, ok := strings.Cut(topic, "的"); ok {
		return strings.TrimSpace(owner)
	}
	return ""
}

// personOnto puts the person in the place of a pronoun at the beginning of a Chinese
// question; "" where there is none, or nobody it stands for.
func personOnto(t, topic, last string) string {
	if !zhPerson.MatchString(t) {
		return ""
	}
	_, n := utf8.DecodeRuneInString(t)
	if who := personOf(topic, last); who != "" {
		return space(who, t[n:]) + "？"
	}
	return join(last, t+mark(last))
}
