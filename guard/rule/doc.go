// Package rule finds words, patterns and combinations of them in texts, as plain files say.
//
// # The language
//
// A file has one rule a line. What stands behind # at the beginning of a line, or behind a
// space, is a comment. Keywords are understood in English and in Chinese, and structural
// marks also in full width (；，｜＋＞＝＠).
//
//	[drugs; severity high; variants pinyin split]   # a section: category and options
//	@make  = make, cook, synthesi[sz]e              # a list; several lines add up
//	@make  = 制作, 合成
//	@goods = crystal meth, 冰毒
//	meth lab                                        # a word or phrase
//	narcotic* dealer                                # a pattern
//	@make > @goods ; within 20                      # a combination
//	冰毒 ; except 冰毒危害 ; unless @prevent          # exceptions
//
// A word hits itself: "class" is no hit of "ass", and "bomb" none of "bombastic". Han
// characters have no borders. A space in a phrase stands for up to three separators, a
// hyphen or a line end too.
//
// A pattern has * (up to 16 letters, digits or characters, no space), ? (one character),
// [a-z] or [^0-9] (one character of a class) and {m} or {m,n} (so many of what is before, at
// most 32). A * at the beginning or the end takes the border away. A pattern needs a fixed
// run of two letters or one Han character, by which it is searched; it is matched by sets of
// states, in time linear to its length. A backslash or quotation marks take the meaning
// from a sign.
//
// A combination joins terms by + (in any order) or > (in this order); a term is words,
// patterns and lists, with commas or | between them. All of it must lie within so many characters, 40 where
// nothing is said: this is the distance from the end of the first part to the start of the
// last.
//
// Options stand behind semicolons, of a section for all its rules or of one rule:
//
//	severity low|medium|high      级别 低|中|高               medium where nothing is said
//	action flag|mask|ask|refuse   动作 标记|遮盖|人工审阅|拒答   the policy decides where nothing is said
//	within N                      间隔 N                     1 to 400 characters
//	except WORD, @LIST            除外 词, @表                no hit that lies inside such a phrase
//	unless WORD, @LIST            除非 词, @表                no hit with such a word within N characters of it
//	variants NAME NAME            变体 名 名                  what else counts as the word
//
// # Variants
//
// Letter case, full width, look-alike letters, invisible characters and traditional script
// are gone before anything is compared: package reading folds them in the text and in the
// rules. Digits for letters and other codes are views of a reading, which are searched too.
// What goes further is switched on:
//
//	separators  分隔  up to three signs or spaces between two Han characters; off with none only
//	homophones  同音  other characters of the same sound, tones aside; words of three or more Han
//	                  characters, and of two where the rule itself names the variant
//	pinyin      拼音  written out, joined or syllable by syllable, wholly or for one character
//	initials    首字母 the first letters of the syllables, at least two
//	split       拆字  characters taken apart (女子 for 好)
//	digits      数字  digits and letters of the same sound for one character
//	all, none   全部, 无
//
// In a combination the terms that stand in many others (如何, how to) count as they are: what
// is hidden is the word that tells. Words of two characters have ordinary words among their homophones (冰毒, 病毒), so these
// are asked for word by word, best with exceptions.
//
// # How it is matched
//
// All words with their variants lie in one trie. A bitmap of the first two characters, or of
// the first four letters at the beginning of a word, decides whether the trie is entered at a
// position, so that most of a text costs one look-up a character. Each entry is bounded by
// the longest word, 256 bytes: time is linear in the text whatever it says.
package rule
