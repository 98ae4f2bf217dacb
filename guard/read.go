package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan/guard/reading"
)

// Bounds on what is looked at of one text, in bytes.
const (
	maxWhole   = 32 << 10 // a text of up to so much is looked at as a whole by every check
	overlap    = 512      // by which pieces of a longer one overlap
	maxScreen  = 16 << 20 // of a longer one, head and tail are looked at by the screen
	edge       = 16 << 10 // of a longer text, so much of its head and tail is looked at by the costly checks
	window     = 4 << 10  // and so much at each of several places between
	windows    = 8
	maxDisplay = 16000 // characters of a text that an incident keeps
)

// read folds the text: one of a usual length at once, of a long one the parts that the costly checks
// look at.
func (x *look) read() {
	if len(x.raw) <= maxWhole {
		t := reading.Of(x.raw)
		x.parts = []part{{0, t, true}}
		x.hash = fingerprint(t)
		return
	}
	sum := sha256.Sum256([]byte(x.raw))
	x.hash = hex.EncodeToString(sum[:])
	looked := 0
	for i := range windows + 2 {
		size := window
		if i == 0 || i == windows+1 {
			size = edge
		}
		at := min(i*(len(x.raw)/(windows+1)), len(x.raw)-size)
		at, end := boundary(x.raw, at), boundary(x.raw, at+size)
		x.parts = append(x.parts, part{at, reading.Of(x.raw[at:end]), true})
		looked += end - at
	}
	x.findings = append(x.findings, Finding{Check: Abuse, Layer: "bound", Kind: "partly", Action: Allow,
		Reason: fmt.Sprintf("The text has %d KiB: rules looked at all of it, the other checks at %d KiB at its head, its tail and between.", len(x.raw)>>10, looked>>10)})
}

// pieces are the whole text in pieces that overlap, folded and not decoded.
func (x *look) pieces(over int) []part {
	if len(x.raw) <= maxWhole {
		return x.parts
	}
	var all []part
	for at := 0; at < len(x.raw); {
		if len(x.raw) > maxScreen && at > maxScreen/2 && at < len(x.raw)-maxScreen/2 {
			at = boundary(x.raw, len(x.raw)-maxScreen/2)
		}
		end := boundary(x.raw, at+maxWhole)
		all = append(all, part{at: at, text: reading.Fold(x.raw[at:end])})
		if end == len(x.raw) {
			break
		}
		at = boundary(x.raw, end-over)
	}
	return all
}

// boundary is the first byte from at on where a character begins.
func boundary(s string, at int) int {
	at = max(at, 0)
	for n := 0; at < len(s) && !utf8.RuneStart(s[at]) && n < utf8.UTFMax; n++ {
		at++
	}
	return min(at, len(s))
}

// fingerprint names what a text says, however it was written, and what is hidden in it: what people
// say of a text must not hold for another that carries more under the same words. A long text is
// named byte by byte.
func fingerprint(t *reading.Text) string {
	all := make([]byte, 0, len(t.Folded)+1)
	t.Each(func(v reading.View) bool {
		all = append(append(all, strings.TrimSpace(v.Text)...), 0)
		return true
	})
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}
