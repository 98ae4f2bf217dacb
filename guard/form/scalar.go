package form

import (
	"encoding/json"
	"fmt"
	"strings"
)

func (r *reading) takeText(b byte) *Fault {
	r.raw.WriteByte(b)
	switch {
	case b < ' ':
		return r.fault("a control character in a text is written with a backslash")
	case r.escape == 1:
		if r.escape = 0; b == 'u' {
			r.escape = 5
		} else if !strings.ContainsRune(`"\/bfnrt`, rune(b)) {
			return r.fault(fmt.Sprintf("no character is written \\%c", b))
		}
	case r.escape > 1:
		if !isHex(b) {
			return r.fault("expected four hexadecimal digits behind \\u")
		}
		if r.escape--; r.escape == 1 {
			r.escape = 0
		}
	case b == '\\':
		r.escape = 1
	case b == '"':
		return r.endText()
	}
	return nil
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

func (r *reading) endText() *Fault {
	var text string
	if err := json.Unmarshal([]byte(r.raw.String()), &text); err != nil {
		return r.fault("expected a text")
	}
	if r.mode == inText {
		return r.end(text)
	}
	r.top().key, r.mode = text, wantColon
	return r.enter(text)
}

// A numberPart is how far a number is.
type numberPart int

const (
	numberSign     numberPart = iota // nothing yet
	numberInt                        // behind the sign
	numberZero                       // behind a leading 0
	numberDigits                     // in the whole part
	numberPoint                      // behind the point
	numberFraction                   //
	numberE                          // behind e
	numberESign                      // behind the sign of the exponent
	numberExponent                   //
)

// next is the part behind one more byte; ok is false where it is none of a number.
func (p numberPart) next(b byte) (_ numberPart, ok bool) {
	digit := b >= '0' && b <= '9'
	switch {
	case p == numberSign && b == '-':
		return numberInt, true
	case (p == numberSign || p == numberInt) && b == '0':
		return numberZero, true
	case (p == numberSign || p == numberInt || p == numberDigits) && digit:
		return numberDigits, true
	case (p == numberZero || p == numberDigits) && b == '.':
		return numberPoint, true
	case (p == numberPoint || p == numberFraction) && digit:
		return numberFraction, true
	case (p == numberZero || p == numberDigits || p == numberFraction) && (b == 'e' || b == 'E'):
		return numberE, true
	case p == numberE && (b == '+' || b == '-'):
		return numberESign, true
	case (p == numberE || p == numberESign || p == numberExponent) && digit:
		return numberExponent, true
	}
	return p, false
}

func (r *reading) takeNumber(b byte) *Fault {
	if next, ok := r.number.next(b); ok {
		r.number = next
		r.raw.WriteByte(b)
		if r.raw.Len() > maxNumber {
			return r.fault(fmt.Sprintf("expected a number of at most %d characters", maxNumber))
		}
		return nil
	}
	if f := r.endNumber(); f != nil {
		return f
	}
	return r.take(b)
}

func (r *reading) endNumber() *Fault {
	switch r.number {
	case numberZero, numberDigits, numberFraction, numberExponent:
	default:
		return r.fault("the number is not whole")
	}
	text := r.raw.String()
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(strings.TrimLeft(text[i+1:], "+-0")) > 3 {
		return r.fault("expected a number with an exponent of up to three digits")
	}
	return r.end(json.Number(text))
}

var words = map[string]any{"true": true, "false": false, "null": nil}

func (r *reading) takeWord(b byte) *Fault {
	r.raw.WriteByte(b)
	text := r.raw.String()
	if v, whole := words[text]; whole {
		return r.end(v)
	}
	for w := range words {
		if strings.HasPrefix(w, text) {
			return nil
		}
	}
	return r.fault("expected true, false or null")
}
