package rule

import (
	"strings"
	"unicode/utf8"
)

// Least sizes of what is generated: shorter forms are ordinary words of some language.
const (
	minLetters   = 5 // of pinyin written out
	minInitials  = 2
	minSounds    = 3 // characters of a homophone where the rule itself did not ask
	minMixed     = 2 // characters of a word of which one is replaced
	maxHan       = 16
	minPinyinAll = 2 // syllables of pinyin written out
)

// forms calls add with every way to write a word that its variants allow, the word itself
// first. They are entries of the trie; homophones are matched by their syllables instead.
func forms(text string, v variant, add func(string)) {
	add(text)
	if v&(pinyin|initials|split|digits) == 0 {
		return
	}
	chars := []rune(text)
	if len(chars) < minMixed || len(chars) > maxHan || !allHan(chars) {
		return
	}
	p := sounds()
	if v&split != 0 {
		splitForms(p, chars, add)
	}
	readings := p.readings(chars)
	for _, syllables := range readings {
		if v&pinyin != 0 {
			pinyinForms(p, chars, syllables, add)
		}
		if v&initials != 0 {
			initialForms(p, syllables, add)
		}
		if v&digits != 0 {
			for i, s := range syllables {
				if d := digitsFor[p.syllables[s]]; d != "" {
					add(replaced(chars, i, d))
				}
			}
		}
	}
}

func allHan(chars []rune) bool {
	for _, r := range chars {
		if r < firstHan || r > lastHan {
			return false
		}
	}
	return true
}

func replaced(chars []rune, i int, by string) string {
	return string(chars[:i]) + by + string(chars[i+1:])
}

func splitForms(p *phonetics, chars []rune, add func(string)) {
	var all strings.Builder
	n := 0
	for i, r := range chars {
		parts := p.parts[r]
		if parts == "" {
			all.WriteRune(r)
			continue
		}
		n++
		all.WriteString(parts)
		add(replaced(chars, i, parts))
	}
	if n > 1 {
		add(all.String())
	}
}

// pinyinForms are the word written out, joined and by syllables, and with one character
// written out. A single character beside others in pinyin keeps its neighbours apart from
// ordinary text, so these forms may be short.
func pinyinForms(p *phonetics, chars []rune, syllables []uint16, add func(string)) {
	names := make([]string, len(syllables))
	letters := 0
	for i, s := range syllables {
		names[i] = p.syllables[s]
		letters += len(names[i])
		add(replaced(chars, i, names[i]))
	}
	if letters >= minLetters && len(names) >= minPinyinAll {
		add(strings.Join(names, ""))
		add(strings.Join(names, " "))
	}
}

func initialForms(p *phonetics, syllables []uint16, add func(string)) {
	var b strings.Builder
	for _, s := range syllables {
		b.WriteByte(p.syllables[s][0])
	}
	if b.Len() >= minInitials {
		add(b.String())
	}
}

// A sounding is a word by its syllables.
type sounding struct {
	syllables []uint16
	group     int32
	flags     uint8
}

// soundings are the readings by which homophones of a word are found.
func soundings(w word, v variant) [][]uint16 {
	n := utf8.RuneCountInString(w.text)
	least := minSounds
	if v&asked != 0 {
		least = 2
	}
	if v&homophones == 0 || w.glob != nil || n < least || n > maxHan {
		return nil
	}
	return sounds().readings([]rune(w.text))
}
