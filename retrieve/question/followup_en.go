package question

import (
	"regexp"
	"strings"
)

// What makes an English question lean on the one before.
var (
	enLead   = regexp.MustCompile(`(?i)^(?:(?:ok(?:ay)?|so|and|but|then|also|thanks|thank you|great|alright|now|well|hmm|or|sorry)\b[,.!:;]?\s+)+`)
	enThen   = regexp.MustCompile(`(?i)^(?:ok(?:ay)?[,.]?\s+|so\s+)?(?:and|or|but)\b`)
	enShift  = regexp.MustCompile(`(?i)^(?:what|how)\s+about\s+(.{1,60})$`)
	enPlace  = regexp.MustCompile(`(?i)^(?:in|for|with|on|under|without|using|from|by|after|before|at|during|inside|outside|since|as of)\s+(?:\S+\s*){1,6}$`)
	enSame   = regexp.MustCompile(`(?i)^(?:is it |is that )?(?:the )?same (?:for|with|in|on) (.{1,60})$`)
	enClause = regexp.MustCompile(`(?i)\b(?:what|how|why|when|where|which|who|whose|is|are|was|were|do|does|did|can|could|will|would|should|may|must|has|have|list|show|explain|describe|tell|give|find|compare)\b`)
	enAlone  = regexp.MustCompile(`(?i)^(?:why|how|when|where|who|why not|how so|how come|how exactly|why is that|why is this|which ones?|since when|how (?:much|many|long|often)|which (?:one )?is (?:better|best|faster|cheaper|safer|recommended|newer|right)|how (?:long|much) (?:does|will|would|did) (?:it|that|this) (?:take|cost)|(?:in|for|by|at|on|with|after|from|to|until|within) (?:how|what|which) \w+(?: \w+)?|for example|such as|like what|(?:an? |any )?examples?|(?:can|could) you (?:please )?(?:give|show) (?:me )?(?:an |some |any )?examples?|(?:give|show) (?:me )?(?:an |some )?examples?` +
		`|(?:please )?(?:tell me |say |explain )more|(?:any |some )?more (?:details?|information|info)|(?:can|could) you (?:please )?(?:elaborate|explain|explain more|be more specific|go into (?:more )?detail|tell me more)|(?:please )?(?:elaborate|explain|continue|go on)|(?:and )?(?:anything|what|something|who|where|how) else` +
		`|(?:is|are) there (?:any |an? |some )*(?:other|another|alternative|better|easier|more)(?: (?:ways?|options?|methods?|alternatives?|approach(?:es)?|solutions?|possibilit(?:y|ies)|reasons?|limits?|examples?))?(?: to do (?:it|this|that|so))?|(?:are there|is there) (?:an? |any |some )?alternatives?|(?:any|some) (?:other|alternative|better|easier) (?:ways?|options?|methods?|alternatives?|approach(?:es)?|solutions?|reasons?)|(?:any )?alternatives?|(?:is|are) there (?:any |some )?(?:limits?|limitations?|restrictions?|exceptions?|examples?|drawbacks?|side effects?)|(?:are you|really) ?(?:sure)?|then what|what then|what next|what if not)$`)
	enOne      = regexp.MustCompile(`(?i)\b(?:the (?:first|second|third|last|other|latter|former|next|previous)(?: one)?|another one|this one|that one|these ones|those ones|both of (?:them|these|those)|(?:either|neither|none|all|each|one|some) of (?:them|these|those))$`)
	enInverted = regexp.MustCompile(`(?i)\b(?:do|does|did|is|are|was|were|can|could|will|would|should|has|have|must|may)(?:n't)?\s+(it|they|this|that|these|those|he|she)\b`)
	enPronoun  = regexp.MustCompile(`(?i)\b(its|it|they|them|their|theirs|these|those|this|that|he|she|him|her|his)\b`)
	enExplet   = regexp.MustCompile(`(?i)\b(?:is|was|would|will|be|isn't)\s+(?:it|that|this)\s+(?:be\s+)?(?:ever |always |really |still |also |even )?(?:possible|impossible|safe|necessary|ok|okay|allowed|required|recommended|better|best|true|worth|normal|enough|important|useful|mandatory|wise|advisable|mean|correct|legal|permitted|advised|sensible|common|a good|a bad|good|bad)\b.*\b(?:to|that|if|whether|for|when|using)\b|\b(?:does|do|will|would|did|can)\s+it\s+(?:take|cost|matter|make sense|make a difference|help|hurt|happen|mean)\b.*\b(?:to|if|whether|that|for|when)\b|\bis\s+it\s+called\b.*\b(?:when|if|to|that)\b|\bit(?:'s| is| was) (?:not )?(?:possible|necessary|true|better|recommended|important|that)\b`)
	enDeictic  = regexp.MustCompile(`(?i)^\s*(?:document|manual|page|product|system|project|company|assistant|site|website|week|month|year|morning|afternoon|evening|quarter|time|guide|handbook|platform|software|program|tool|server|machine|office)\b`)
	enNoun     = regexp.MustCompile(`(?i)^\s+(one|case|way|value|option|setting|settings|error|errors|parameter|parameters|feature|features|mode|limit|limits|problem|issue|message|command|method|flag|field|file|number|port|process|step|steps|behaviou?r|policy|rule|rules|config|configuration|property|topic|approach|situation|service|component|thing|things|options|values)\b`)
	enWords    = regexp.MustCompile(`[A-Za-z0-9][\w.'/-]*`)
)

// enRelated are words that say something of a thing and name none; stop words besides.
var enRelated = set(`default defaults value values limit limits maximum max minimum min port ports version versions example examples reason reasons syntax
	parameter parameters size format step steps difference differences advantage advantages disadvantage disadvantages benefits drawbacks alternative alternatives cost price
	name type unit range change configure enable disable set reset use install start stop check fix delete remove increase decrease raise lower turn work works
	best recommended usual exact exactly manually automatically long often much many fast big large mean meaning supported required possible needed happen happens there happening`)

// englishOnto completes an English question; "" where it stands alone.
func englishOnto(text, last string) string {
	led := enThen.MatchString(text)
	t := bare(enLead.ReplaceAllString(text, ""))
	if t == "" {
		return ""
	}
	if enAlone.MatchString(t) || enOne.MatchString(t) && !meantBefore(t, enOne.FindStringIndex(t)[0]) {
		return join(last, t+"?")
	}
	if x := shiftEn(t, led); x != "" {
		return turnEn(last, x)
	}
	topic := topicOf(last)
	if done := pronounEn(t, topic, last); done != "" {
		return done
	}
	if !related(t) {
		return ""
	}
	if topic == "" {
		return join(last, t+"?")
	}
	return t + " (" + definite(topic) + ")?"
}

// shiftEn is what a question turns to: "what about the proxy", "and in version 4".
func shiftEn(t string, led bool) string {
	for _, form := range []*regexp.Regexp{enShift, enSame} {
		if m := form.FindStringSubmatch(t); m != nil && !enPronoun.MatchString(m[1]) {
			return m[1]
		}
	}
	asks := enClause.MatchString(t)
	words := len(strings.Fields(t))
	if !asks && words <= 7 && (enPlace.MatchString(t) && (led || words <= 4) || led && words <= 5 || isRelease(t)) {
		return t
	}
	return ""
}

// enIn is a preposition before a name.
var enIn = regexp.MustCompile(`(?i)^(?:in|for|with|on|of|at|under|as of|since)\s+(?:the\s+)?`)

// turnEn asks the last question of something else.
func turnEn(last, x string) string {
	if hasHan(last) {
		return turn(last, enIn.ReplaceAllString(x, ""))
	}
	name := enIn.ReplaceAllString(x, "")
	if isRelease(name) {
		if at := releaseIn(last); at != nil {
			return last[:at[0]] + name + last[at[1]:]
		}
		return bare(last) + " in " + name + "?"
	}
	if enPlace.MatchString(x) {
		return bare(last) + " " + x + "?"
	}
	topic := englishTopic(last)
	if i := strings.LastIndex(topic, " of "); i > 0 {
		if related(x) {
			return "what is " + x + topic[i:] + "?"
		}
		topic = topic[i+len(" of "):]
	}
	if topic != "" && strings.Count(last, topic) == 1 {
		return bare(strings.Replace(last, topic, x, 1)) + "?"
	}
	return join(last, "what about "+x+"?")
}

// related says whether a question has no matter of its own: words that say something of
// a thing, without the thing.
func related(t string) bool {
	words := enWords.FindAllString(t, -1)
	matter := 0
	for _, w := range words {
		lower := strings.ToLower(w)
		switch {
		case enRelated[lower]:
			matter++
		case !isStopWord(lower):
			return false
		}
	}
	return matter > 0 && len(words) >= 2
}

func isStopWord(word string) bool {
	for term := range Prepare(word) {
		if !stopStems[term] {
			return false
		}
	}
	return true
}

// pronounEn puts the topic in the place of a word that stands for it.
func pronounEn(t, topic, last string) string {
	if enExplet.MatchString(t) {
		return ""
	}
	at := leaning(t)
	if at == nil {
		return ""
	}
	word, rest := strings.ToLower(t[at[0]:at[1]]), t[at[1]:]
	if enPerson.MatchString(word) {
		topic = personOf(topic, last)
	}
	if topic == "" {
		return join(last, t+"?")
	}
	topic = definite(topic)
	switch {
	case word == "its", word == "his", word == "their", word == "theirs", word == "her" && rest != "":
		return t[:at[0]] + topic + "'s" + rest + "?"
	case enNoun.MatchString(rest):
		return t + " (" + topic + ")?"
	}
	return t[:at[0]] + topic + rest + "?"
}

// leaning finds the pronoun whose noun stands in an earlier question; nil where there is
// none. One after a clause of its own has its noun there.
func leaning(t string) []int {
	if m := enInverted.FindStringSubmatchIndex(t); m != nil && !strings.ContainsAny(t[:m[0]], ",;") && !conditional.MatchString(t) {
		if w := strings.ToLower(t[m[2]:m[3]]); (w == "it" || w == "they" || w == "he" || w == "she" || !deictic(t[m[3]:]) && !headed(w, t[m[3]:])) && !names(t[:m[0]]) && !nounPhrase.MatchString(howMany.ReplaceAllString(t[:m[0]], "")) {
			return m[2:4]
		}
	}
	for _, at := range enPronoun.FindAllStringIndex(t, -1) {
		w := strings.ToLower(t[at[0]:at[1]])
		rest := t[at[1]:]
		switch {
		case deictic(rest), w == "those" && strings.HasPrefix(strings.TrimSpace(rest), "who"), strings.HasPrefix(rest, "-"), strings.HasPrefix(rest, "'"):
			continue
		case w == "that" && rest != "" && !enNoun.MatchString(rest) && at[0] > 0:
			continue // joins a clause
		case (w == "this" || w == "these" || w == "those" || w == "that") && headed(w, rest):
			continue
		case asksOf.MatchString(t[:at[0]]) && possessive(w):
			return at
		case meantBefore(t, at[0]) || whichNoun.MatchString(t[:at[0]]) && !subject(w):
			continue
		}
		return at
	}
	return nil
}

// headed says whether a word that points has a noun of its own behind it that says what is
// pointed at: "these topics", and not "this value".
func headed(_, rest string) bool {
	m := enWords.FindString(rest)
	if m == "" || enNoun.MatchString(rest) {
		return false
	}
	lower := strings.ToLower(m)
	return !isStopWord(lower) && !enRelated[lower] && !pointed[lower] && !strings.HasSuffix(lower, "ed")
}

// pointed are verbs that may follow a pronoun as its own.
var pointed = set(`apply affect cause depend differ require need support contain include store keep refer handle behave compare relate break fail run go come help cost count persist last expire look cover`)

func deictic(rest string) bool { return enDeictic.MatchString(rest) }

// conditional opens a clause that holds what a later pronoun stands for.
var conditional = regexp.MustCompile(`(?i)^(?:when|if|once|after|before|while|since|because|as soon as|whenever|until)\b.*[a-z]+.*\b(?:it|they|this|that|them)\b`)

// names says whether words hold the name of something.
func names(words string) bool {
	for i, w := range enWords.FindAllString(words, -1) {
		if i > 0 && w != "I" && (w[0] >= 'A' && w[0] <= 'Z' || identifier.MatchString(w)) {
			return true
		}
	}
	return false
}

// meantBefore says whether the words before a pronoun hold what it stands for: a name, a
// noun with its article, or more than one word with a meaning.
func meantBefore(t string, at int) bool {
	before := t[:at]
	if names(before) || strings.ContainsAny(before, ",;") || nounPhrase.MatchString(before) {
		return true
	}
	n := 0
	for _, w := range enWords.FindAllString(before, -1) {
		if !isStopWord(strings.ToLower(w)) && !enRelated[strings.ToLower(w)] {
			n++
		}
	}
	return n > 1
}

// nounPhrase is a noun with its article.
var nounPhrase = regexp.MustCompile(`(?i)\b(?:a|an|the|my|our|your|each|every|any|some|all|no|multiple|several|two|many)\s+[a-z][\w-]+\s`)

// subject says whether a pronoun is one that a verb in front of it asks about: in "how many times
// is it retried" it is not the times, in "which broker keeps its files" it is the broker.
func subject(pronoun string) bool {
	return pronoun == "it" || pronoun == "they" || pronoun == "he" || pronoun == "she"
}

// howMany is what is counted in a question, which no pronoun behind it stands for.
var howMany = regexp.MustCompile(`(?i)^how (?:many|much)\s+[a-z-]+\s`)

// asksOf is a thing that is asked for before the verb that asks: in "which Java does its
// console need" it is not Java's.
var asksOf = regexp.MustCompile(`(?i)^(?:which|what|how many|how much)(?:\s+[\w.-]+){1,2}\s+(?:does|do|did|can|could|will|would|should|must)\s$`)

func possessive(pronoun string) bool {
	return pronoun == "its" || pronoun == "their" || pronoun == "his" || pronoun == "her"
}

// whichNoun is a noun that is asked for, before its verb.
var whichNoun = regexp.MustCompile(`(?i)^(?:which|what|whose|how many|how much)\s+[a-z-]+\s+(?:has|have|had|uses?|needs?|keeps?|stores?|loses?|runs?|sends?|gets?|makes?|changes?|does|do|can|will|is|are)\s$`)

// enFrame are the shapes of questions with what they are about in the first group.
var enFrame = []*regexp.Regexp{
	regexp.MustCompile(`(?i)^(?:what|who|which)(?:'s|\s+is|\s+are|\s+was|\s+were)\s+(.+)$`),
	regexp.MustCompile(`(?i)^what\s+(?:does|do)\s+(?:the\s+(?:term|word)\s+)?(.+?)\s+(?:mean|do|stand for|refer to|contain|offer)$`),
	regexp.MustCompile(`(?i)^(?:how|where|when|why)\s+(?:do|can|should|would|could|must|may|to|shall)(?:\s+(?:i|we|you|one|people|users?))?\s+(?:(?:set|turn|switch|log|sign|back|look)\s+(?:up|on|off|in|out)|[a-z]+)\s+(?:up\s+|on\s+|off\s+|for\s+|to\s+)?(.+)$`),
	regexp.MustCompile(`(?i)^(?:can|could|should|may|must|do)\s+(?:i|we|you|one)\s+(?:have to |need to )?[a-z]+\s+(.+)$`),
	regexp.MustCompile(`(?i)^(?:define|explain|describe|tell me about|introduce|list|show me)\s+(.+)$`),
	regexp.MustCompile(`(?i)^(?:how (?:long|many|much|often|large|big|fast)|when|why|where|how)\s+(?:is|are|does|do|can|will|should|must|may)\s+((?:(?:a|an|the|my|our)\s+)?[\w.-]+(?:\s+[\w.-]+)??)\s+(?:be|take|need|use|work|store|keep|kept|stored|have|get|last|support|start|fail|expire|run|send|listen|located|configured|used|handle|handled|lost|retry|retried|deleted|delayed|created)\b.*$`),
	regexp.MustCompile(`(?i)^how (?:many|much)\s+[\w-]+(?:\s+[\w-]+)?\s+(?:does|do|can|will|should|must)\s+((?:(?:a|an|the|my|our)\s+)?[\w.-]+(?:\s+[\w.-]+)??)\s+(?:need|use|take|have|support|hold|keep|store|get|consume|require|allow|accept|run|start|send|create)\b.*$`),
	regexp.MustCompile(`(?i)^(?:does|do|is|are|can|will|has|have)\s+(?:the\s+)?[\w.-]+\s+(?:support|have|use|need|require|provide|offer|allow|guarantee|contain|include)s?\s+(.+)$`),
	regexp.MustCompile(`(?i)^which\s+\w+\s+(?:does|do|is|are|can)\s+(.+?)\s+(?:use|listen|support|need|run|require)\b.*$`),
}

// Where the thing asked for ends.
var enTail = regexp.MustCompile(`(?i)\s+(?:(?:in|on|with|by|from|when|if|during|after|before|via|using|through|so that|without|at|as)\s.+|used for|for|responsible for|by default)$`)

// englishTopic is what a question is about, as far as its shape tells; "" where it does not.
func englishTopic(last string) string {
	t := bare(enLead.ReplaceAllString(last, ""))
	for _, f := range enFrame {
		if m := f.FindStringSubmatch(t); m != nil {
			topic := enTail.ReplaceAllString(strings.TrimSpace(m[1]), "")
			if len(strings.Fields(topic)) <= 8 && len(topic) <= longShift && !enClause.MatchString(topic) && !related("the "+topic) && topic != "" {
				return topic
			}
			return ""
		}
	}
	return ""
}

// definite names a thing that was spoken of: "a topic" is "the topic" from then on.
func definite(topic string) string {
	for _, article := range []string{"a ", "an ", "my ", "our ", "your "} {
		if rest, ok := strings.CutPrefix(topic, article); ok {
			return "the " + rest
		}
	}
	return topic
}
