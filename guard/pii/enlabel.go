package pii

import "strings"

var (
	// fieldNames are fields of forms that hold the name of somebody.
	fieldNames = set("name applicant witness tenant landlord patient customer client contact employee author manager owner buyer seller borrower guarantor lender insured beneficiary policyholder recipient addressee sender payee payer cardholder attendee attendees participant participants student teacher parent guardian supervisor signatory signature signed nurse doctor physician driver passenger guest resident lawyer attorney plaintiff defendant reviewer approver requester assignee reporter speaker presenter interviewer candidate spouse carer chair chairman secretary treasurer person")
	placed     = []string{"in", "at", "near"}
	// namedAfter are what is called after people: a place with such a name is nobody.
	namedAfter = set("street bridge station airport stadium building hospital museum school college university library theatre theater arena tower square park hotel avenue road island lake river mountain mountains bay county foundation award prize medal institute")
	// companies are firms called after their founders.
	companies = map[string]bool{"morgan stanley": true, "goldman sachs": true, "wells fargo": true, "charles schwab": true, "merrill lynch": true, "jp morgan": true, "lehman brothers": true, "ernst young": true, "calvin klein": true, "ralph lauren": true, "tommy hilfiger": true, "hugo boss": true, "estee lauder": true, "mary kay": true, "john deere": true, "harley davidson": true, "aston martin": true, "alfa romeo": true, "rolls royce": true, "jack daniel": true, "johnnie walker": true, "jim beam": true, "marks spencer": true, "john lewis": true, "baker hughes": true, "lockheed martin": true, "northrop grumman": true, "booz allen": true, "baker mckenzie": true, "thomson reuters": true, "warner bros": true, "ben jerry": true, "dow jones": true, "standard poor": true, "hewlett packard": true, "black decker": true, "sherwin williams": true, "kirkland ellis": true, "edward jones": true, "raymond james": true, "deutsche bank": true, "credit suisse": true, "mercedes benz": true, "jimmy choo": true, "marc jacobs": true, "michael kors": true, "louis vuitton": true, "christian dior": true, "yves saint laurent": true, "saint laurent": true, "papa john": true, "wendy's": true, "burger king": true, "taco bell": true, "tim hortons": true, "philip morris": true, "eli lilly": true, "ben sherman": true, "dolce gabbana": true, "barnes noble": true, "simon schuster": true, "harper collins": true, "john wiley": true, "price waterhouse": true}
)

// fieldOfName says whether what stands before, in lower case, is the label of a field that
// holds a name: "applicant:", `"name": "`.
func fieldOfName(near string) bool {
	bare := strings.TrimRight(near, " \"':=\t|")
	if strings.IndexByte(near[len(bare):], ':') < 0 {
		return false
	}
	bare = strings.TrimSuffix(bare, "_name")
	cut := strings.LastIndexFunc(bare, func(r rune) bool { return r < 'a' || r > 'z' })
	return fieldNames[bare[cut+1:]]
}

// nextField says whether the next field of a table is an address of e-mail or a number of a
// telephone: the field before it is whose they are.
func (f *finder) nextField(end int) bool {
	if c := f.byteAt(end); c != ',' && c != '\t' && c != '|' && c != ';' {
		return false
	}
	rest := strings.TrimLeft(f.after(end+1, 40), " \"")
	if cut := strings.IndexAny(rest, ",\t|;\n\" "); cut >= 0 {
		rest = rest[:cut]
	}
	digits := 0
	for i := range len(rest) {
		if class[rest[i]] == isDigit {
			digits++
		}
	}
	return strings.IndexByte(rest, '@') > 0 || digits >= 10
}

// company says whether the tokens from k to last name a firm: a well-known one, or two names
// with "&" between.
func (f *finder) company(tokens []token, k, last int) bool {
	if k > 0 && strings.Contains(f.s[tokens[k-1].end:tokens[k].start], " & ") && tokens[k-1].capital && last == k {
		return true
	}
	if last+1 < len(tokens) && f.s[tokens[last].end:tokens[last+1].start] == " & " && tokens[last+1].capital && last == k {
		return true
	}
	return last == k+1 && companies[f.low[tokens[k].start:tokens[k].end]+" "+f.low[tokens[last].start:tokens[last].end]]
}
