package reading

// What a text has that a code may be written in. Where it has none of what a finder asks for, the finder would
// find nothing, so that it need not go through the text by itself.
const (
	hasRuns     = 1 << iota // digits, capitals within a word, or very long words
	hasNumbers              // digits, or words of hexadecimal letters
	hasLeet                 // digits and signs that may stand for letters
	hasSingles              // letters that stand apart, or characters beyond ASCII
	hasJoined               // words that may be several
	hasRepeated             // a letter three times in a row
	hasSigns                // a row of dots, dashes and spaces
	hasAnything = 1<<iota - 1
)

// What a byte is to a survey.
const (
	isLower  = 1 << iota
	isUpper  //
	isInRun  // of base64; see runByte
	isHinge  // may stand between words that are joined
	isHexish // a letter of hexadecimal
	isMorse  // see [reader.morse]
	isCipher // a digit
	isBeyond // ASCII
)

// traitsOf says what each byte is, and leetOf whether it alone makes a text one with leet.
var traitsOf = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		set := func(bit uint8, is bool) {
			if is {
				t[i] |= bit
			}
		}
		set(isLower, c-'a' < 26)
		set(isUpper, c-'A' < 26)
		set(isInRun, runByte[c])
		set(isHinge, c == '_' || c == '-' || c == '.' || c == '+' || c == '/' || c == '|')
		set(isHexish, isLetter(c) && isHex(c))
		set(isMorse, c == '.' || c == '-' || c == '/' || c == '|' || c == ' ' || c == '\n')
		set(isCipher, isDigit(c))
		set(isBeyond, c >= 0x80)
	}
	return t
}()

const anyLetter = isLower | isUpper

// survey goes through a text once. What it says there is may be more than there is, and never less.
func survey(s string) (has uint) {
	run := 0                                    // where the run of [runByte] began
	row := 0                                    // signs of Morse code in a row
	singles, hexes, hinges, inner := 0, 0, 0, 0 // inner are capitals behind a small letter
	for i := 0; i < len(s); {
		t := traitsOf[s[i]]
		if t&anyLetter == 0 {
			switch {
			case t&isMorse != 0:
				if row++; row >= 2*fewestMorse {
					has |= hasSigns
				}
				if t&isHinge != 0 && i > 0 && i+1 < len(s) && traitsOf[s[i-1]]&anyLetter != 0 && traitsOf[s[i+1]]&anyLetter != 0 {
					hinges++
				}
			default:
				row = 0
				switch {
				case t&isCipher != 0:
					has |= hasRuns | hasNumbers
				case t&isBeyond != 0:
					has |= hasSingles
				case t&isHinge != 0 && i > 0 && i+1 < len(s) && traitsOf[s[i-1]]&anyLetter != 0 && traitsOf[s[i+1]]&anyLetter != 0:
					hinges++
				}
				if leetKind[s[i]] == 2 {
					has |= hasLeet
				}
			}
			if i++; t&isInRun == 0 {
				run = i
			}
			continue
		}
		start, hex := i, t|isHexish
		if t&isHexish == 0 && s[i]|0x20 != 'x' {
			hex = 0
		}
		if t&isUpper != 0 && i > run {
			has |= hasRuns
		}
		row = 0
		for i++; i < len(s); i++ {
			c := traitsOf[s[i]]
			if c&anyLetter == 0 {
				break
			}
			hex &= c
			if c&isUpper != 0 {
				has |= hasRuns
				if t&isLower != 0 {
					inner++
				}
			}
			if s[i] == s[i-1] && i-start > 1 && s[i] == s[i-2] {
				has |= hasRepeated
			}
			t = c
		}
		switch n := i - start; {
		case n == 1:
			singles++
		case n >= 20:
			has |= hasJoined
			fallthrough
		default:
			if hex&isHexish != 0 {
				hexes++
			}
		}
		if i-run > 40 {
			has |= hasRuns
		}
	}
	if singles >= fewestLetters {
		has |= hasSingles
	}
	if hexes >= shortestRow {
		has |= hasNumbers
	}
	if hinges >= 2 || inner >= 2 {
		has |= hasJoined
	}
	return has
}
