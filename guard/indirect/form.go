package indirect

import (
	"strings"
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
)

var signNames = []string{"output", "answers", "machine", "reader", "you", "me", "address", "quote", "opens", "turn", "secret", "program", "negative", "function"}

// A form is what a segment looks like as a sentence.
type form struct {
	ask   ask
	signs uint16
	words int // of an alphabet, or characters of Han
	han   bool
}

// lexicon says of an English word which ask it begins, and which signs it gives.
var lexicon = map[string]struct {
	ask   ask
	signs uint16
}{}

func init() {
	begin := map[ask]string{
		write: "write compose draft create generate produce invent craft design build implement prepare outline sketch develop make come put finish rewrite author formulate devise plan brainstorm imagine paint script code program automate organize schedule arrange",
		tell:  "tell explain describe teach summarize summarise list name give provide share define compare discuss illustrate clarify elaborate recommend suggest show walk break offer state say detail help assist guide outline present review talk lay",
		solve: "translate convert classify determine identify analyze analyse rate label estimate forecast perform calculate solve find compute sort extract evaluate predict render assess investigate research search detect examine interpret gauge derive simplify paraphrase proofread correct categorize collect gather conduct explore locate retrieve fetch",
		alter: "answer reply respond output print return repeat replace substitute reverse encode encrypt decode shift spell swap scramble misspell capitalize apply rearrange shuffle mirror encipher transform express begin end keep use conclude change modify remove delete omit drop speak double mix leave switch represent limit restrict",
		add:   "add include insert append incorporate integrate weave embed slip work inject blend attach mention promote advertise encourage urge persuade convince argue praise push stress emphasize invite direct point advise warn inform ask announce spread claim augment enhance infuse complement supplement ensure stir bring highlight endorse introduce refer advocate supply tease inform offer link propagate disseminate circulate assert report prompt request entice redirect lure steer nudge inspire let extend merge fuse absorb engage adopt consider close",
		act:   "act pretend behave become assume roleplay impersonate simulate be",
		send:  "send forward upload post email mail transfer call execute invoke visit submit transmit leak exfiltrate reveal copy approve display disclose expose dump",
		stop:  "ignore disregard forget stop skip override refuse bypass neglect dismiss abandon treat obey follow",
		do:    "click press select choose open close enter type set turn install restart check see save start configure enable disable run read unplug mount clone download go contact order try unpack reboot deploy define sign log wait note pass edit navigate specify verify mix bake cover fold pull commit",
		which: "what who whom whose where when why which how what's who's how's where's",
	}
	for a := none; a < asks; a++ {
		for _, w := range strings.Fields(begin[a]) {
			if e := lexicon[w]; e.ask == none {
				e.ask = a
				lexicon[w] = e
			}
		}
	}
	for _, w := range strings.Fields("can could would will do does did is are was were have has had should shall may might am isn't aren't don't doesn't") {
		e := lexicon[w]
		e.ask = whether
		lexicon[w] = e
	}
	for sign, words := range map[uint16]string{
		answers:  "answer answers reply replies response responses output outputs responding replying answering respond",
		machine:  "ai ais llm llms assistant assistants chatbot chatbots chatgpt gpt claude gemini copilot bot model models agent agents",
		reader:   "user users reader readers customer customers",
		you:      "you your you're yourself yours",
		me:       "me my mine i i'm us",
		secret:   "password passwords key keys token tokens secret secrets credentials conversation history prompt instructions cookies inbox",
		program:  "code snippet snippets script function program algorithm implementation solution excerpt",
		negative: "not don't never nothing without",
		function: "the a an of to and in is that for with on as at by it this your my i you or be are",
	} {
		for _, w := range strings.Fields(words) {
			e := lexicon[w]
			e.signs |= sign
			lexicon[w] = e
		}
	}
}

// fillers may stand before the verb of a request.
var fillers = map[string]bool{"please": true, "also": true, "then": true, "next": true, "now": true, "kindly": true, "just": true, "and": true,
	"but": true, "instead": true, "always": true, "so": true, "hey": true, "ok": true, "okay": true, "first": true, "finally": true,
	"q": true, "ps": true, "note": true, "important": true, "p": true, "s": true, "lastly": true, "additionally": true, "simply": true, "only": true, "by": true, "the": false}

// lookAt reads the form of a segment of folded text.
func lookAt(s string) (f form) {
	chars := 0
	first, opened := true, true // the next word may be the verb
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r >= 0x3400 {
				chars++
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
			if end-i < 16 {
				if e, ok := lexicon[word]; ok {
					f.signs |= e.signs
					if opened && (first || e.ask < which && e.ask != none) && f.ask == none {
						f.ask = e.ask
					}
				}
				if !fillers[word] {
					first, opened = false, false
				}
			} else {
				first, opened = false, false
			}
			i = end
			continue
		}
		switch c {
		case ',', ':', '-', ']', '>':
			opened = f.ask == none && i < 64
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
	f.finish(s)
	return f
}

func (f *form) finish(s string) {
	if strings.Contains(s, "://") || strings.Contains(s, "www.") || f.signs&address == 0 && domain(s) {
		f.signs |= address
	}
	if f.signs&answers != 0 && (f.signs&you != 0 || strings.HasPrefix(s, "answer") || strings.HasPrefix(s, "re")) {
		f.signs |= output
	}
	for _, t := range turns {
		if strings.Contains(s, t) {
			f.signs |= turn
			break
		}
	}
	asked := strings.HasSuffix(strings.TrimRight(s, `"' )`), "?")
	switch {
	case asked && f.ask < which:
		f.ask = other
	case !asked && f.ask == whether:
		f.ask = none
	case !asked && f.ask == which && f.words > 14:
		f.ask = none
	}
	if strings.HasSuffix(s, ":") {
		f.signs |= opens
	}
}

var turns = []string{"[inst]", "<|im_", "<system>", "</system>", "### instruction", "###instruction", "system:", "assistant:", "human:", "</document>", "</context>", "end of context",
	"user:", "<|system", "<|user", "助手:", "系统:", "用户:", "new instruction", "新的指令", "新指令", "</文档>", "[system]", "<<sys>>"}

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
