package rule

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed pinyin.txt
var pinyinText string

//go:embed split.txt
var splitText string

// Hanzi that have a syllable lie between these.
const (
	firstHan = 0x4e00
	lastHan  = 0x9fff
)

// A phonetics is how characters sound and what they are made of.
type phonetics struct {
	main      [lastHan - firstHan + 1]uint16 // the usual syllable of a character, from 1; 0 where none is known
	second    map[rune][]uint16              // further ones
	syllables []string                       // by number
	parts     map[rune]string                // a character taken apart
}

// sounds reads the two tables when they are first needed.
var sounds = sync.OnceValue(func() *phonetics {
	p := &phonetics{second: map[rune][]uint16{}, syllables: []string{""}, parts: map[rune]string{}}
	for line := range strings.Lines(pinyinText) {
		if line[0] == '#' {
			continue
		}
		syllable, chars, _ := strings.Cut(strings.TrimSpace(line), " ")
		usual, further, _ := strings.Cut(chars, ",")
		n := uint16(len(p.syllables))
		p.syllables = append(p.syllables, syllable)
		for _, r := range usual {
			p.main[r-firstHan] = n
		}
		for _, r := range further {
			p.second[r] = append(p.second[r], n)
		}
	}
	for line := range strings.Lines(splitText) {
		if line[0] == '#' {
			continue
		}
		for _, w := range strings.Fields(line) {
			r, n := utf8.DecodeRuneInString(w)
			p.parts[r] = w[n:]
		}
	}
	return p
})

// of is the usual syllable of a character, 0 where none is known.
func (p *phonetics) of(r rune) uint16 {
	if r < firstHan || r > lastHan {
		return 0
	}
	return p.main[r-firstHan]
}

// readings are the ways to say a word, at most eight, or nil where a character of it has no
// syllable.
func (p *phonetics) readings(word []rune) [][]uint16 {
	all := [][]uint16{nil}
	for _, r := range word {
		main := p.of(r)
		if main == 0 {
			return nil
		}
		n := len(all)
		for _, other := range p.second[r] {
			for _, have := range all[:n] {
				if len(all) < 8 {
					all = append(all, append(have[:len(have):len(have)], other))
				}
			}
		}
		for i := range n {
			all[i] = append(all[i][:len(all[i]):len(all[i])], main)
		}
	}
	return all
}

// digitsFor are the digits and letters that are written for a syllable.
var digitsFor = map[string]string{
	"ling": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "lu": "6",
	"qi": "7", "ba": "8", "jiu": "9", "wei": "v", "di": "d", "ti": "t", "bi": "b", "pi": "p", "xi": "c",
}
