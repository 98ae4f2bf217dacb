package pii

import (
	_ "embed" // the lists
	"strings"
	"sync"
	"unicode/utf8"
)

// The lists are facts: names that are common, and words that are none. The ordinary words
// of English are those that stand in lower case in texts under Apache, MIT and BSD licences
// (docs of RocketMQ, GSM8K, BFCL, comments of the standard library).
var (
	//go:embed words/zh_surnames.txt
	zhSurnames string
	//go:embed words/zh_compound.txt
	zhCompound string
	//go:embed words/zh_given.txt
	zhGiven string
	//go:embed words/zh_ordinary.txt
	zhOrdinary string
	//go:embed words/zh_places.txt
	zhPlaces string
	//go:embed words/en_ordinary.txt
	enOrdinary string
	//go:embed words/en_given.txt
	enGiven string
	//go:embed words/en_surnames.txt
	enSurnames string
	//go:embed words/en_proper.txt
	enProper string
)

// What a Chinese letter may be.
const (
	surname  = 1 << iota
	given    // common in given names
	function // binds words and is in no name
	unit     // ends a part of an address
	plateAt  // a province on a number plate
	numeralAt
	placeAt // begins the name of a place
	secretAt
	unitFirst // begins a unit of a part of an address
)

const firstHan, lastHan = 0x3007, 0x9FFF

// hanLists are the Chinese lists.
type hanLists struct {
	class    [lastHan - firstHan + 1]uint16
	compound map[string]bool
	ordinary map[string]bool
	places   map[string]bool
}

var hanWords = sync.OnceValue(func() *hanLists {
	h := &hanLists{compound: set(zhCompound), ordinary: set(zhOrdinary), places: set(zhPlaces)}
	for mask, letters := range map[uint16]string{
		surname: zhSurnames, given: zhGiven,
		function:  "的了是在和与我你他她它们这那哪不就也都很说要会能可以及或被把从到对向为于让给请将由等有没上下里去来做看问叫个位名并且但而如若因所该此每各本已再又还吗呢吧啊",
		unit:      "省市区县旗州盟镇乡村路街道巷弄号楼栋幢座室层房园苑寓厦场城里院府湾邨屯组社团坊同元庭居舍桥",
		plateAt:   "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼",
		numeralAt: "〇零一幺壹",
		secretAt:  "密口令",
	} {
		for _, r := range letters {
			if r >= firstHan && r <= lastHan {
				h.class[r-firstHan] |= mask
			}
		}
	}
	for _, units := range [][]string{regions, roads, estates, rooms} {
		for _, u := range units {
			h.mark(u, unitFirst)
		}
	}
	for c := range h.compound {
		h.mark(c, surname)
	}
	for p := range h.places {
		h.mark(p, placeAt)
	}
	return h
})

func (h *hanLists) mark(s string, mask uint16) {
	r, _ := utf8.DecodeRuneInString(s)
	h.class[r-firstHan] |= mask
}

// of gives what the letter at the beginning of s may be, and its size; 0 where it is no
// Chinese letter.
func (h *hanLists) of(s string) (uint16, int) {
	if len(s) < 3 || s[0] < 0xE3 || s[0] > 0xE9 || class[s[1]]&class[s[2]] != isTail {
		return 0, 0
	}
	r := rune(s[0]&0x0F)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
	if r < firstHan || r > lastHan || r > firstHan && r < 0x4E00 {
		return 0, 0
	}
	return h.class[r-firstHan], 3
}

// englishLists are the English lists, in lower case.
type englishLists struct{ kind map[string]uint8 }

const (
	givenName = 1 << iota
	familyName
	ordinaryWord
	properWord // a name of something that is no person
)

var englishWords = sync.OnceValue(func() *englishLists {
	e := &englishLists{kind: make(map[string]uint8, 20000)}
	for mask, list := range map[uint8]string{givenName: enGiven, familyName: enSurnames, ordinaryWord: enOrdinary, properWord: enProper} {
		for w := range strings.FieldsSeq(list) {
			e.kind[w] |= mask
		}
	}
	return e
})

// ordinary says whether a word in lower case is one of the ordinary ones.
func ordinary(w string) bool { return englishWords().kind[w]&(ordinaryWord|properWord) != 0 }

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
