package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word as the English reader sees it.
type token struct {
	word
	kind    uint8 // of the lists
	capital bool
	digits  bool // holds a digit
	letters bool // holds a letter
	all     bool // in capitals throughout
}

// english reads what is written in Latin letters: addresses and names.
func (f *finder) english() {
	tokens := f.tokens()
	addressed := 0
	for k := range tokens {
		if tokens[k].start < addressed {
			continue
		}
		if to := f.street(tokens, k); to > 0 {
			addressed = to
		}
	}
	for k := 0; k < len(tokens); {
		k = max(k+1, f.fullName(tokens, k))
	}
}

func (f *finder) tokens() []token {
	lists := englishWords()
	out := make([]token, 0, len(f.words))
	for _, w := range f.words {
		t := token{word: w, all: true}
		first := f.s[w.start]
		plain := true
		for i := w.start; i < w.end; i++ {
			switch c := class[f.s[i]]; {
			case c&isDigit != 0:
				t.digits = true
			case c&isLower != 0:
				t.letters, t.all = true, false
			case c&isUpper != 0:
				t.letters = true
			default:
				t.letters, plain = true, false
			}
		}
		t.capital = class[first] == isUpper
		low := f.low[w.start:w.end]
		if !plain {
			r, _ := utf8.DecodeRuneInString(f.s[w.start:])
			t.capital = unicode.IsUpper(r)
			t.all = t.all && t.capital && low == strings.ToUpper(low)
		}
		if (t.capital || len(low) >= 3) && !t.digits {
			t.kind = lists.kind[low]
		}
		out = append(out, t)
	}
	return out
}

// surnameEnds are endings of family names that ordinary English words rarely have.
var surnameEnds = []string{"sson", "ssen", "dsen", "nsen", "rsen", "lsen", "ksen", "ova", "ová", "kov", "nov", "rov", "mov", "lov", "tov", "eva", "yev", "ayev", "enko", "chuk", "czyk", "ski", "ska", "sky", "wicz", "escu", "idis", "poulos", "akis", "shvili", "yan", "ić", "ič", "ović", "evic", "ström", "strom", "gren", "berg", "qvist", "quist", "inen", "onen", "anen", "mann", "stein", "elli", "etti", "ucci", "acci", "dóttir", "dottir", "oglu", "oğlu", "ández", "inez", "alez", "quez", "uez", "bauer", "meier", "meyer", "vall", "gaard", "dahl", "strand", "lund", "maki", "mäki", "shima", "moto", "mura", "wala", "ane", "reau", "neau", "ault", "eaux", "ville", "bert"}

func (f *finder) surnameLike(t token) bool {
	w := f.s[t.start:t.end]
	if len(w) < 5 || t.kind&(ordinaryWord|properWord) != 0 {
		return false
	}
	for _, e := range surnameEnds {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// foreign says whether a word has letters beyond ASCII, as names of many countries have.
func (f *finder) foreign(t token) bool {
	for i := t.start; i < t.end; i++ {
		if f.s[i] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// nameable says whether a word may be a part of a name.
func (f *finder) nameable(t token) bool {
	if !t.capital || t.digits || t.end-t.start < 2 {
		return false
	}
	known := t.kind&(givenName|familyName) != 0
	if t.kind&(ordinaryWord|properWord) != 0 && !known {
		return false
	}
	if t.all && !known {
		return false
	}
	inner := 0
	for i := t.start + 1; i < t.end; i++ {
		if class[f.s[i]] == isUpper {
			inner++
		}
	}
	return t.all || inner == 0 || inner == 1 && (strings.HasPrefix(f.s[t.start:], "Mc") || strings.HasPrefix(f.s[t.start:], "Mac") || strings.HasPrefix(f.s[t.start:], "De"))
}

var particles = map[string]bool{"van": true, "von": true, "de": true, "da": true, "del": true, "di": true, "bin": true, "al": true, "la": true, "le": true, "der": true, "den": true, "dos": true, "du": true, "ibn": true, "el": true}

// fullName reads a name that begins at token k; it gives the token after it.
func (f *finder) fullName(tokens []token, k int) int {
	if !f.nameable(tokens[k]) && !f.firstInitial(tokens, k) {
		return f.lowerName(tokens, k)
	}
	last, words := k, 1
	for j := k + 1; j < len(tokens) && words < 5; j++ {
		between := f.s[tokens[j-1].end:tokens[j].start]
		initial := tokens[j].capital && tokens[j].end-tokens[j].start == 1
		afterInitial := tokens[j-1].end-tokens[j-1].start == 1 && (between == ". " || between == ".")
		if between == "  " {
			between = " "
		}
		if between != " " && between != "-" && between != "'" && !afterInitial {
			break
		}
		low := f.low[tokens[j].start:tokens[j].end]
		switch {
		case f.nameable(tokens[j]):
			if between == " " && f.streetType(low) && tokens[j].kind&familyName == 0 {
				return 0
			}
			last = j
			words++
		case initial && j+1 < len(tokens) && (between == " " || afterInitial):
			words++
		case between == " " && f.elided(tokens, j):
		case particles[low] && between == " " && words > 0:
		default:
			j = len(tokens)
		}
	}
	for last > k && f.notNameEnd(tokens, k, last) {
		last--
	}
	start, end := tokens[k].start, tokens[last].end
	score, layer := f.nameScoreEnglish(tokens, k, last)
	if score == 0 && last > k && (f.company(tokens, k, last) || ends1(strings.TrimRight(f.before(start, 24), " "), employers)) { // no word of it is a name
		return last + 1
	}
	if score < Threshold/2 {
		return 0
	}
	f.add("PERSON", start, end, score, layer)
	return last + 1
}

// saysName stands before a name, however it is written.
var saysName = []string{"my name is", "maiden name is", "full name is", "real name is", "calls me", "named him", "named her", "name's"}

// lowerName reads a name without capitals: where somebody says it is one, or a given name
// and a family name that are nothing else.
func (f *finder) lowerName(tokens []token, k int) int {
	fits := func(j int) bool {
		t := tokens[j]
		return !t.capital && !t.digits && t.end-t.start >= 3 && t.kind&(ordinaryWord|properWord) == 0 && (j == k || f.s[tokens[j-1].end:t.start] == " ")
	}
	if !fits(k) {
		return 0
	}
	last := k
	pair := tokens[k].kind&givenName != 0 && k+1 < len(tokens) && fits(k+1) && tokens[k+1].kind&familyName != 0
	said := ends1(strings.TrimRight(f.before(tokens[k].start, 20), " "), saysName)
	switch {
	case pair:
		last = k + 1
	case !said:
		return 0
	case k+1 < len(tokens) && fits(k+1):
		last = k + 1
	}
	f.add("PERSON", tokens[k].start, tokens[last].end, 0.55, byContext)
	return last + 1
}

// firstInitial says whether "J. Smith" begins at k.
func (f *finder) firstInitial(tokens []token, k int) bool {
	t := tokens[k]
	if !t.capital || t.end-t.start != 1 || k+1 >= len(tokens) || !gapIs(f.s[t.end:tokens[k+1].start], ". ", ".") {
		return false
	}
	next := tokens[k+1]
	if next.capital && next.end-next.start == 1 { // two initials, and what is no ordinary word
		return k+2 < len(tokens) && gapIs(f.s[next.end:tokens[k+2].start], ". ", " ") && tokens[k+2].kind&(ordinaryWord|properWord) == 0 && f.nameable(tokens[k+2])
	}
	return next.kind&familyName != 0 && f.nameable(next) && f.s[t.end:next.start] == ". "
}

// elided says whether token j is the "d" of "d'Arcy".
func (f *finder) elided(tokens []token, j int) bool {
	low := f.low[tokens[j].start:tokens[j].end]
	return (low == "d" || low == "l" || low == "dell" || low == "dall") && j+1 < len(tokens) && f.s[tokens[j].end:tokens[j+1].start] == "'" && f.nameable(tokens[j+1])
}

// notNameEnd says whether the last word is none of a name: an initial, a particle, or an
// ordinary word after one that is enough.
func (f *finder) notNameEnd(tokens []token, k, last int) bool {
	t := tokens[last]
	return t.end-t.start == 1 || !t.capital
}

// What stands around names in English.
var (
	titles     = map[string]bool{"mr": true, "mrs": true, "ms": true, "miss": true, "dr": true, "prof": true, "professor": true, "sir": true, "madam": true, "mister": true, "doctor": true, "mx": true, "herr": true, "frau": true, "monsieur": true, "madame": true, "uncle": true, "aunt": true, "judge": true, "senator": true, "president": true, "captain": true, "sergeant": true, "nurse": true, "detective": true, "officer": true}
	surelyName = []string{"ask for", "asked for", "speak to", "speak with", "spoke to", "spoke with", "my name is", "name is", "name's", "named", "name:", "name", "named him", "named her", "calls me", "call me", "called me", "dear", "attn:", "attention:", "regards,", "sincerely,", "cheers,", "thanks,", "signed,", "signed by", "patient", "patient:", "employee", "employee:", "contact:", "contact person:", "customer:", "client:", "from:", "to:", "cc:", "manager:", "author:", "change it to", "cardholder", "account holder", "your name?", "why is", "said", "said to", "sincerely", "regards"}
	maybeName  = []string{"i'm", "i am", "this is", "hi", "hello", "hey", "with", "said", "says", "said to", "by", "ask for", "speak to", "talk to", "spoke to", "spoke with", "met", "meet", "heard", "under", "add", "contact", "call", "tell", "told", "is", "was", "and", "to", "here's", "for", "starring", "sister", "brother", "husband", "wife", "son", "daughter", "friend", "colleague", "boss", "partner", "neighbor", "neighbour", "founder", "singer", "songwriter", "player", "actor", "actress", "author", "artist", "guitarist", "writer", "director", "that", "when", "but", "leave me", "you ask"}
	employers  = []string{"work for", "works for", "worked for", "work at", "works at", "worked at", "employed by", "joined"}
	surelyActs = []string{"'s brother", "'s sister", "'s wife", "'s husband", "'s mother", "'s father", "'s killer", "'s son", "'s daughter", "'s address", "'s phone", "'s email", "'s account", "'s birthday", "'s house", "'s name", "'s passport", "'s salary", " said", " says", " lives", " lived", " told", " asked", " wrote", " replied", " spoke", " speak", " is from", " was born", " works", " listed", " spent", " had given", " has lost", " called", " moved", " married", " died", ", can i", ", could you", " is a very", " joined", " just has", " passed away", " points out", " was a huge", " fan", "'s song", " who ", " (born"}
	inOrgs     = map[string]bool{"inc": true, "ltd": true, "llc": true, "corp": true, "corporation": true, "company": true, "group": true, "university": true, "college": true, "institute": true, "bank": true, "gmbh": true, "associates": true, "partners": true, "foundation": true, "school": true, "hospital": true, "airport": true, "holdings": true, "sons": true, "industries": true, "services": true, "solutions": true, "systems": true, "technologies": true, "labs": true, "plc": true, "investments": true, "capital": true, "insurance": true, "bridge": true, "stadium": true, "park": true, "orchestra": true, "agency": true, "center": true, "centre": true, "incorporated": true, "limited": true, "global": true, "media": true, "software": true}
)

// nameScoreEnglish scores the tokens from k to last as a name.
func (f *finder) nameScoreEnglish(tokens []token, k, last int) (float64, string) {
	first, final := tokens[k], tokens[last]
	if f.inPlace(tokens, k, last) {
		return 0, ""
	}
	n := last - k + 1
	near := strings.TrimRight(f.before(first.start, 24), " \"(*-“")
	titled := k > 0 && titles[f.low[tokens[k-1].start:tokens[k-1].end]] && gapIs(f.s[tokens[k-1].end:first.start], " ", ". ", ".")
	sure := ends1(near, surelyName) || fieldOfName(near) || f.nextField(final.end)
	maybe := sure || ends1(near, maybeName)
	rest := f.after(final.end, 16)
	acts := prefixed(rest, surelyActs) || n >= 2 && strings.HasPrefix(rest, ", the ")
	whole := f.ownLine(first.start, final.end)
	clear := func(t token) bool { return t.kind&(ordinaryWord|properWord) == 0 }
	isGiven, isFamily := first.kind&givenName != 0, final.kind&familyName != 0
	if ends1(near, employers) {
		return 0, ""
	}
	switch {
	case titled:
		return 0.9, byContext
	case !isGiven && !strings.HasPrefix(rest, "'s") && (ends1(near, placed) || strings.HasSuffix(near, " from") && strings.HasPrefix(rest, " to ")):
		return 0.4, byList // "at Charing Cross"
	case first.end-first.start == 1 && n >= 2 && clear(final):
		return 0.7, byForm
	case n == 2 && f.s[first.end] == '-' && !isGiven:
		return 0.4, byList
	case n >= 2 && isGiven && (isFamily || clear(final)):
		if clear(first) || isFamily && clear(final) || maybe || acts || whole {
			return 0.85, byList
		}
		return 0.55, byList
	case n >= 2 && (isFamily || f.surnameLike(final)) && clear(first):
		return 0.7, byList
	case n == 2 && first.kind&familyName != 0 && final.kind&givenName != 0 && clear(final):
		return 0.6, byList // the family name first
	case n >= 2 && (isFamily || isGiven) && (sure || acts || whole):
		return 0.65, byList
	case n >= 2 && (sure || acts || maybe && (f.foreign(first) || f.foreign(final))):
		return 0.7, byContext
	case n >= 2 && (whole || maybe || f.foreign(first) || f.foreign(final)) && clear(first) && clear(final):
		return 0.55, byContext
	case n >= 2:
		return 0.35, byForm
	}
	return f.singleName(first, near, sure, maybe, acts, clear(first))
}

// singleName scores a name of one word.
func (f *finder) singleName(t token, near string, sure, maybe, acts, clear bool) (float64, string) {
	begins := near == "" || strings.IndexByte(".!?\n:", near[len(near)-1]) >= 0
	the := strings.HasSuffix(near, " the") || near == "the" || strings.HasSuffix(near, " in") || strings.HasSuffix(near, " of the") || strings.HasSuffix(near, " at")
	switch {
	case the && !sure:
		return 0, ""
	case t.kind&givenName != 0 && clear:
		return 0.7, byList
	case sure && (clear || t.kind&(givenName|familyName) != 0 && !begins):
		return 0.75, byContext
	case acts && clear:
		return 0.65, byContext
	case t.kind&familyName != 0 && clear && !f.field(t):
		return 0.55, byList
	case (t.kind&(givenName|familyName) != 0) && t.kind&properWord == 0 && (acts || maybe && !begins):
		return 0.5, byContext
	case clear && f.surnameLike(t) && (maybe || f.foreign(t)):
		return 0.55, byList
	case clear && f.foreign(t) && (maybe || (near == "" || strings.HasSuffix(near, "\n")) && f.byteAt(t.end) == ':'):
		return 0.5, byContext
	case clear && maybe && !begins:
		return 0.3, byContext
	}
	return 0, ""
}

// field says whether a word is the name of a field in code: "{Lang: v", "Long.MAX".
func (f *finder) field(t token) bool {
	prev, next := f.byteAt(t.start-1), f.byteAt(t.end)
	return prev == '{' || next == '(' || next == '.' && class[f.byteAt(t.end+1)]&isAlnum != 0 || next == ':' && prev != '\n' && prev != 0
}

// inPlace says whether the words belong to the name of a street, a company or the like.
func (f *finder) inPlace(tokens []token, k, last int) bool {
	if j := last + 1; j < len(tokens) {
		between := f.s[tokens[last].end:tokens[j].start]
		low := f.low[tokens[j].start:tokens[j].end]
		if between == " " && (tokens[j].capital && (inOrgs[low] || f.streetType(low)) || namedAfter[low]) {
			return true
		}
		if between == " " && tokens[j].digits && !tokens[j].letters && last == k && tokens[k].kind&givenName == 0 {
			return true
		}
		if between == " " && tokens[j].capital && tokens[j].kind&(ordinaryWord|properWord) != 0 && tokens[j].kind&(givenName|familyName) == 0 && last == k && tokens[k].kind&givenName == 0 && tokens[j].end-tokens[j].start > 2 {
			return true
		}
		if between == "." || between == "_" || between == "/" || between == "@" {
			return tokens[j].start-tokens[last].end == 1 && !strings.HasPrefix(f.s[tokens[last].end:], ". ") && between != "."
		}
	}
	if f.company(tokens, k, last) {
		return true
	}
	low := f.low[tokens[last].start:tokens[last].end]
	if inOrgs[low] || last > k && f.streetType(low) && tokens[last].kind&familyName == 0 {
		return true
	}
	if k > 0 {
		prev := f.s[tokens[k-1].end:tokens[k].start]
		return prev == "." || prev == "_" || prev == "/" || prev == "@" || prev == "-" && tokens[k-1].letters
	}
	return false
}

func gapIs(s string, of ...string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

// ends1 says whether a context ends with one of the phrases, at the beginning of a word.
func ends1(near string, phrases []string) bool {
	for _, p := range phrases {
		if strings.HasSuffix(near, p) && (len(near) == len(p) || class[near[len(near)-len(p)-1]]&isAlnum == 0) {
			return true
		}
	}
	return false
}

// ownLine says whether the span stands alone on its line, in a text of several lines.
func (f *finder) ownLine(start, end int) bool {
	for start > 0 && strings.IndexByte(" \t?*-•", f.s[start-1]) >= 0 {
		start--
	}
	for end < len(f.s) && (f.s[end] == ' ' || f.s[end] == ',' || f.s[end] == '\r') {
		end++
	}
	return (start == 0 || f.s[start-1] == '\n') && (end == len(f.s) || f.s[end] == '\n') && (start > 0 || end < len(f.s))
}

// prefixed says whether s begins with one of the words.
func prefixed(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}
