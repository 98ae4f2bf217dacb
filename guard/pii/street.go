package pii

import "strings"

// streetTypes end the names of streets, and streetStarts begin them.
var (
	streetTypes  = set("street st avenue ave road rd boulevard blvd lane ln drive dr court ct place pl square squares sq terrace parkway pkwy highway hwy crescent close alley trail trl circle cir streets roads parks plaza loop turnpike expressway mews grove gardens")
	streetStarts = set("rue via calle ul ulica piazza rua avenida strada viale corso chemin impasse jalan carrera paseo")
	streetEnds   = []string{"gatan", "gata", "vägen", "gade", "vej", "veien", "vegen", "katu", "tie", "straße", "strasse", "weg", "platz", "allee", "gasse", "utca", "laan", "straat", "plein", "stræti", "braut", "bakken", "svingen"}
	roomWords    = set("flat suite apt apartment unit floor fl room rm box building bldg psc apo fpo dpo ste")
	countries    = set("estonia finland sweden norway denmark iceland greenland germany austria switzerland france belgium netherlands spain portugal italy greece cyprus hungary poland slovenia slovakia croatia serbia romania bulgaria ukraine russia turkey tunisia morocco egypt kenya nigeria africa uruguay argentina brazil chile peru mexico canada usa kingdom ireland scotland england wales states australia zealand japan korea china india singapore uk latvia lithuania czechia republic")
	livesWords   = []string{"live at", "lives at", "lived at", "live on", "lives on", "address is", "address:", "address", "located at", "office is at", "meet me at", "meet you at", "return to", "sent to", "send to", "ship to", "deliver to", "delivered to", "taxi to", "restaurant is at", "here they are:", "user:", "it is", "is at", "it's in", "a new one to", "address with", "north side of", "south side of", "moved to", "are meeting at", "drops you off at", "enter on", "title refers to", "mail to", "residing at", "resides at"}
)

func (f *finder) streetType(low string) bool { return streetTypes[low] }

func (f *finder) streetEnd(t token) bool {
	if t.end-t.start < 7 {
		return false
	}
	for _, e := range streetEnds {
		if strings.HasSuffix(f.low[t.start:t.end], e) {
			return true
		}
	}
	return false
}

// street reads an address that begins at token k; it gives its end.
func (f *finder) street(tokens []token, k int) int {
	t := tokens[k]
	low := f.low[t.start:t.end]
	house := t.digits && t.end-t.start <= 6 && class[f.s[t.start]] == isDigit
	box := t.capital && (low == "psc" || low == "unit" || low == "po" || low == "p" || low == "box")
	if !house && !t.capital && !streetStarts[low] || f.inLonger(t) && low != "p" {
		return 0
	}
	if t.kind&(ordinaryWord|properWord) != 0 && !house && !box && t.kind&(givenName|familyName) == 0 && !streetStarts[low] {
		if !streetTypes[low] && !f.streetEnd(t) {
			return 0
		}
	}
	near := strings.TrimRight(f.before(t.start, 24), " \n")
	lives := ends1(near, livesWords)
	kind, digits, named, last := f.streetForm(tokens, k)
	score := 0.0
	switch {
	case box && f.boxForm(tokens, k):
		score = 0.8
	case house && kind && named:
		score = 0.8
	case !house && kind && named && digits && k+1 < len(tokens):
		score = 0.7
	case house && named && digits && last+1 < len(tokens) && roomWords[f.low[tokens[last+1].start:tokens[last+1].end]] && tokens[last+1].start-tokens[last].end <= 3:
		score = 0.7
	case lives && named && digits:
		score = 0.6
	case lives && kind && named:
		score = 0.55
	default:
		return 0
	}
	end := f.extendAddress(tokens, k, last)
	f.add("ADDRESS", f.flatBefore(tokens, k), end, score, byForm)
	return end
}

// flatBefore gives where "Flat 3, " begins before the number of a house, else the house.
func (f *finder) flatBefore(tokens []token, k int) int {
	if k >= 2 && tokens[k].digits && tokens[k-1].digits && tokens[k-2].capital && roomWords[f.low[tokens[k-2].start:tokens[k-2].end]] &&
		gapIs(f.s[tokens[k-1].end:tokens[k].start], ", ", ",\n") && gapIs(f.s[tokens[k-2].end:tokens[k-1].start], " ", ". ") {
		return tokens[k-2].start
	}
	return tokens[k].start
}

// inLonger says whether a token belongs to something longer: a version, a path, a price.
func (f *finder) inLonger(t token) bool {
	prev, next := f.byteAt(t.start-1), f.byteAt(t.end)
	return prev == '.' || prev == '$' || prev == '-' || prev == '/' || prev == '_' || prev == '#' || next == '%' || next == ':' || next == '_' || next == '/' || next == '.' && class[f.byteAt(t.end+1)]&isAlnum != 0
}

// streetForm looks at the next words: whether a kind of street is among them, a number, a
// name; and which is the last of them.
func (f *finder) streetForm(tokens []token, k int) (kind, digits, named bool, last int) {
	last = k
	for j := k; j < len(tokens) && j < k+7; j++ {
		t := tokens[j]
		low := f.low[t.start:t.end]
		if j > k {
			between := f.s[tokens[j-1].end:t.start]
			if between != " " && between != ". " && between != "-" && between != "'" || between == ". " && !kind && !streetStarts[f.low[tokens[j-1].start:tokens[j-1].end]] && tokens[j-1].end-tokens[j-1].start > 2 {
				return kind, digits, named, last
			}
		}
		switch {
		case streetTypes[low] && (t.capital || low == "street" || low == "road") && j > k:
			if low == "dr" && !named || low == "st" && !named {
				return kind, digits, named, last
			}
			kind, last = true, j
			return kind, digits || tokens[k].digits, named, last
		case streetStarts[low] || streetTypes[low] && t.capital && j == k:
			kind = true
		case f.streetEnd(t):
			kind, named, last = true, true, j
		case t.digits:
			if t.end-t.start > 6 || !named && j > k+1 || f.inLonger(t) {
				return kind, digits, named, last
			}
			digits, last = true, j
			if named {
				return kind, digits, named, last
			}
		case t.capital && (t.kind&ordinaryWord == 0 || t.kind&familyName != 0 || tokens[k].digits):
			named, last = true, j
		case particles[low] || low == "u" || low == "of":
		case !t.capital && t.kind == 0 && j == k+1 && tokens[k].digits:
			named, last = true, j
		default:
			return kind, digits, named, last
		}
	}
	return kind, digits, named, last
}

// boxForm says whether "PO Box 12", "PSC 12, Box 3" or "Unit 12 Box 3" begins at k.
func (f *finder) boxForm(tokens []token, k int) bool {
	boxed, digits := false, 0
	for j := k; j < len(tokens) && j < k+5; j++ {
		low := f.low[tokens[j].start:tokens[j].end]
		if j > k && strings.IndexByte(f.s[tokens[j-1].end:tokens[j].start], '\n') >= 0 {
			break
		}
		switch {
		case low == "box":
			boxed = true
		case tokens[j].digits:
			digits++
			if boxed {
				return k == j-2 || digits > 1 || low != "box"
			}
		case low == "psc" || low == "unit" || low == "po" || low == "p" || low == "o":
		default:
			return false
		}
	}
	return false
}

// extendAddress takes what follows a street: flat, town, state, code, country, over at most
// four lines. Where no number follows it stays with the street and the flat.
func (f *finder) extendAddress(tokens []token, k, last int) int {
	end := tokens[last].end
	if f.byteAt(end) == '.' && f.byteAt(end+1) != 0 && strings.IndexByte("\n ", f.byteAt(end+1)) >= 0 && streetTypes[f.low[tokens[last].start:end]] && last+1 < len(tokens) && tokens[last+1].digits {
		end++
	}
	lines, flat := 0, false
	for j := last + 1; j < len(tokens) && j < last+14; j++ {
		t := tokens[j]
		between := f.s[tokens[j-1].end:t.start]
		low := f.low[t.start:t.end]
		breaks := strings.Count(between, "\n")
		if lines += breaks; lines > 3 || breaks > 1 || strings.Trim(between, " ,\n.-#'") != "" || len(between) > 4 {
			break
		}
		if strings.Contains(between, ". ") && !roomWords[f.low[tokens[j-1].start:tokens[j-1].end]] && !streetTypes[f.low[tokens[j-1].start:tokens[j-1].end]] && tokens[j-1].end-tokens[j-1].start > 2 {
			break
		}
		if f.byteAt(t.end) == ':' || f.byteAt(t.end) == '@' {
			break
		}
		switch {
		case t.digits && t.end-t.start <= 7:
			end = t.end
		case t.capital && t.end-t.start <= 2 && t.all && breaks == 0:
			if j+1 < len(tokens) && tokens[j+1].digits {
				continue
			}
		case t.capital && countries[low]:
			end = t.end
		case roomWords[low]:
			flat = true
		case flat && t.capital && t.kind&ordinaryWord == 0 && strings.IndexByte("\x00\n.,", f.byteAt(t.end)) >= 0:
			end = t.end // a town after a flat
		case t.capital || low == "nan" || low == "mp" || particles[low]:
		default:
			return end
		}
	}
	return end
}
