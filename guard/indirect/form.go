package indirect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An ask is what a segment asks its reader to do, by how it begins.
type ask uint8

const (
	none    ask = iota
	write       // compose, draft, create
	tell        // explain, list, name
	solve       // translate, classify, compute
	alter       // answer so, replace, reverse
	add         // include, mention, recommend
	act         // pretend, be somebody
	send        // forward, call, upload
	stop        // ignore, forget
	do          // click, open, restart: what people do with things
	which       // a question that begins with a question word
	whether     // a question to somebody: "can you", "is it"
	other       // another question
	asks
)

// signs of a form.
const (
	output   = 1 << iota // "your answer", 你的回答
	answers              // an answer, a reply
	machine              // a model, an assistant
	reader               // the user, the reader
	you                  //
	me                   //
	address              // a link, a mail address
	quote                // something is quoted
	opens                // it ends with a colon
	turn                 // signs of a turn of a conversation with a model
	secret               // a key, a password, the system prompt, the conversation
	program              // code, a snippet
	negative             // do not
	function             // has a word that every English sentence has
	must                 // somebody has to do something
	undone               // what was said before is to count no more: "ignore the above", 以上作废
	notice               // a note to whoever reads, from one who claims to be more: "system note:", 管理员指令
)

var signNames = []string{"output", "answers", "machine", "reader", "you", "me", "address", "quote", "opens", "turn", "secret", "program", "negative", "function", "must", "undone", "notice"}

// A form is what a segment looks like as a sentence.
type form struct {
	ask   ask
	later ask // what it asks in a later clause, where it begins as a question
	signs uint32
	words int // of an alphabet, or characters of Han
	han   bool
	// strange says that it is of neither language, so that nothing is known of what it asks.
	strange bool
	sure    bool // a question even without its mark
}

// fillers may stand before the verb of a request.
var fillers = map[string]bool{"please": true, "also": true, "then": true, "next": true, "now": true, "kindly": true, "just": true, "and": true,
	"but": true, "instead": true, "always": true, "so": true, "hey": true, "ok": true, "okay": true, "first": true, "finally": true,
	"q": true, "ps": true, "note": true, "important": true, "p": true, "s": true, "lastly": true, "additionally": true, "simply": true, "only": true, "by": true, "the": false}

// idle says that a segment asks nobody for anything: a statement about the world.
func (f *form) idle() bool {
	if f.ask != none || f.strange || f.signs&(output|turn|undone|notice) != 0 {
		return false
	}
	spokenTo := f.signs&(machine|reader|you|answers) != 0 && f.signs&must != 0
	return !spokenTo && f.signs&(machine|you) == 0 && (f.signs&me == 0 || f.signs&must == 0)
}

// lookAt reads the form of a segment of folded text.
func lookAt(s string) (f form) {
	chars, others, your, lead, firstWord := 0, 0, -9, -9, ""
	first, opened, clause := true, true, false // the next word may be the verb
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r >= 0x3400 && r < 0xac00 {
				chars++
			} else if unicode.IsLetter(r) {
				others++
			}
			first, opened = false, false
			i += n
			continue
		}
		if 'a' <= c && c <= 'z' {
			end := i + 1
			for end < len(s) && ('a' <= s[end] && s[end] <= 'z' || s[end] == '\'' && end+1 < len(s) && 'a' <= s[end+1] && s[end+1] <= 'z') {
				end++
			}
			word := s[i:end]
			f.words++
			switch {
			case word == "your":
				your = f.words
			case f.words == lead+1 && f.ask < whether && tails[word] != 0:
				f.follow(word)
			case f.words == 2 && f.ask == none && determiners[word] && verbal(firstWord):
				f.ask = do // a verb that is not in the lexicon: "fuse the ..."
			}
			if f.words == 1 {
				firstWord = word
			}
			if end-i < 16 {
				if e, ok := lexicon[word]; ok {
					f.signs |= e.signs
					if e.signs&answers != 0 && f.words <= your+2 {
						f.signs |= output
					}
					switch {
					case opened && (first || e.ask < which && e.ask != none) && f.ask == none:
						f.ask, lead = e.ask, f.words
					case clause && f.ask >= which && f.later == none && e.ask < which:
						f.later = e.ask
					}
				}
				if !fillers[word] {
					first, opened, clause = false, false, false
				}
			} else {
				first, opened, clause = false, false, false
			}
			i = end
			continue
		}
		switch c {
		case ',', ':', '-', ']', '>':
			opened, clause = f.ask == none && i < 64, true
		case '"', '`':
			f.signs |= quote
		case '@':
			f.signs |= address
		}
		i++
	}
	f.han = chars*2 > f.words
	if chars > 0 {
		f.chinese(s)
		f.words += chars
	}
	f.strange = others >= 10 || f.words >= 6 && chars == 0 && f.signs&function == 0
	f.finish(s, f.words == lead)
	return f
}

// tails are words that tell whether what a segment begins with was a verb or a question: 1
// says that it was a noun, 2 that it was a question.
var tails = map[string]int{"of": 1, "is": 3, "are": 3, "was": 3, "were": 3, "has": 1, "had": 1, "will": 3, "from": 1, "and": 1, "or": 1,
	"do": 2, "does": 2, "did": 2, "can": 2, "could": 2, "should": 2, "would": 2, "might": 2, "many": 2, "much": 2, "old": 2, "far": 2, "to": 4}

var determiners = wordSet("the a an your this these all my every each any its his her their our some")

// unverbal are words that stand before a determiner and are no verbs.
var unverbal = wordSet("in on at by for from with without under over after before during through between among into upon within across along around behind below beneath beside besides beyond near off onto out outside past since than toward towards until till unless while although though because if as like via per about above against despite except inside and or but nor so yet both either neither not only even then thus hence that there here this these those such all same is are was were be am has have had half of to when where what which who whose why how once whether unlike amid amongst throughout regarding concerning following including according today yesterday tomorrow again maybe perhaps almost quite rather later earlier instead meanwhile moreover hello dear")

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// verbal says whether an unknown word in front of a determiner may be a verb in its base form.
func verbal(w string) bool {
	if len(w) < 3 || unverbal[w] {
		return false
	}
	for _, end := range []string{"ing", "ed", "ly", "s", "tion", "ity", "ment"} {
		if strings.HasSuffix(w, end) && w != "express" && w != "pass" && w != "discuss" {
			return false
		}
	}
	return true
}

// follow judges the beginning by the word behind it.
func (f *form) follow(word string) {
	switch n := tails[word]; {
	case f.ask == which && n >= 2:
		f.sure = true
	case f.ask < which && (n == 1 || n == 3) && f.ask != send && f.ask != alter && f.ask != add:
		f.ask = none
	}
}

func (f *form) finish(s string, short bool) {
	if short && f.ask < which && !f.han {
		f.ask = none // a single word is a name
	}
	if strings.Contains(s, "://") || strings.Contains(s, "www.") || f.signs&address == 0 && domain(s) {
		f.signs |= address
	}
	in := signWords.In(s)
	if turned(s, in) {
		f.signs |= turn
	}
	asked := strings.HasSuffix(strings.TrimRight(s, `"' )`), "?")
	switch {
	case asked && f.ask < which:
		f.ask = other
	case !asked && f.ask == whether:
		f.ask = none
	case !asked && f.ask == which && (!f.sure || f.words > 14) && !f.han:
		f.ask = none
	}
	if f.ask == none && (strings.HasPrefix(s, "do not ") || strings.HasPrefix(s, "don't ") || strings.HasPrefix(s, "have the ") || strings.HasPrefix(s, "let's ")) {
		f.later = do
	}
	if f.ask == none {
		f.ask = f.later
	}
	if strings.HasSuffix(s, ":") {
		f.signs |= opens
	}
	if in&hasEnd != 0 && undoes(s) {
		f.signs |= undone
	}
	if in&hasClaim != 0 {
		f.signs |= notice
	}
}

// Signs of a turn: those that stand nowhere else, and names that begin a line.
var (
	turns = []string{"[inst]", "<|im_", "<system>", "</system>", "### instruction", "###instruction", "</document>", "</context>", "end of context",
		"<|system", "<|user", "new instruction", "新的指令", "新指令", "</文档>", "[system]", "<<sys>>"}
	speakers = []string{"system:", "assistant:", "human:", "user:", "ai:", "助手:", "系统:", "用户:"}
)

func turned(s string, in uint64) bool {
	if in&hasTurn != 0 {
		return true
	}
	for _, t := range speakers {
		if strings.HasPrefix(s, t) {
			return true
		}
	}
	return false
}

// domain says whether a word has a dot within it and letters on both sides, as hosts have.
func domain(s string) bool {
	for i := 1; i+2 < len(s); i++ {
		if s[i] == '.' && lower(s[i-1]) && lower(s[i+1]) && lower(s[i+2]) {
			return true
		}
	}
	return false
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
