package content

import (
	"strings"
	"unicode/utf8"
)

// A long text is looked at in parts of some sentences each, since one unsafe sentence among
// many does not show in the whole.
const (
	pieceWhole = 480 // bytes of a text that is looked at as a whole
	pieceLeast = 240 // bytes after which a part ends with its sentence
	pieceMost  = 480 // bytes after which it ends anywhere
)

type piece struct{ from, to int }

// ends are what a sentence may end with.
const ends = "。！？!?\n；"

// pieces cuts a text. There are piecesAtMost at most; the last one then holds the rest.
func pieces(s string) []piece {
	if len(s) <= pieceWhole {
		return []piece{{0, len(s)}}
	}
	var out []piece
	for from := 0; from < len(s); {
		to := from + pieceEnd(s[from:])
		if len(out) == piecesAtMost-1 {
			to = len(s)
		}
		out = append(out, piece{from, to})
		from = to
	}
	return out
}

func pieceEnd(s string) int {
	if len(s) <= pieceMost {
		return len(s)
	}
	if i := strings.IndexAny(s[pieceLeast:pieceMost], ends); i >= 0 {
		_, n := utf8.DecodeRuneInString(s[pieceLeast+i:])
		return pieceLeast + i + n
	}
	if i := strings.LastIndexByte(s[pieceLeast:pieceMost], ' '); i >= 0 {
		return pieceLeast + i + 1
	}
	to := pieceMost
	for to > pieceLeast && !utf8.RuneStart(s[to]) {
		to--
	}
	return to
}
