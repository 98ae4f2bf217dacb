package attack

var ways = []Way{
	{"swap", Characters, true, false, letters(swap)},
	{"delete", Characters, true, false, letters(deleteOne)},
	{"insert", Characters, true, false, letters(insert)},
	{"keys", Characters, true, false, letters(key)},
	{"textbugger", Characters, true, false, letters(textBugger)},
	{"deepwordbug", Characters, true, false, letters(deepWordBug)},
	{"homoglyphs", Characters, true, false, letters(homoglyph)},
	{"leet", Characters, true, false, letters(leet)},
	{"zero width", Characters, true, true, (*task).zeroWidth},
	{"look alike", Characters, false, true, characters(lookAlike)},
	{"sound alike", Characters, false, true, characters(soundAlike)},
	{"taken apart", Characters, false, true, characters(takenApart)},
	{"signs between", Characters, false, true, characters(signsBetween)},
	{"two scripts", Characters, false, true, characters(otherScript)},
	{"pinyin", Characters, false, true, characters(inPinyin)},

	{"synonyms", Words, true, true, (*task).synonyms},

	{"checklist", Sentences, true, true, (*task).checkList},
	{"stresstest", Sentences, true, true, (*task).stressTest},

	{"foreign", Meaning, true, true, (*task).foreign},
	{"paraphrase", Meaning, true, true, (*task).paraphrase},
}

var mistakes = []Mistake{
	{"articles", true, false, (*task).articles},
	{"agreement", true, false, (*task).agreement},
	{"tense", true, false, (*task).tense},
	{"prepositions", true, false, (*task).prepositions},
	{"typing", true, true, (*task).typing},
	{"missing spaces", true, false, (*task).missingSpaces},
	{"dialect", true, false, (*task).dialect},
	{"measure words", false, true, (*task).measureWords},
	{"de", false, true, (*task).de},
	{"homophones", false, true, (*task).homophones},
}
