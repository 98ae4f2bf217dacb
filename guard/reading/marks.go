package reading

import "unicode/utf8"

// hide drops what is invisible and counts it, unless it is what its neighbour needs: a
// joiner or selector after an emoji or a letter of a script that is written with joiners.
func (f *folder) hide(r rune, i int) {
	f.hidden++
	if i == 0 && r == 0xFEFF {
		return
	}
	if joins := r == 0x200C || r == 0x200D || r == 0xFE0E || r == 0xFE0F || r == 0x20E3; joins && f.hidden <= 2 {
		last, _ := utf8.DecodeLastRune(f.out)
		if needsJoiner(last) {
			return
		}
	}
	if isTag(r) && f.hidden <= 7 {
		if last, _ := utf8.DecodeLastRune(f.out); last == 0x1F3F4 { // a flag of a region
			return
		}
	}
	f.t.Signs.Invisible++
}

// isRegional says whether a character is one of those that make flags, two by two, and that
// also serve as letters.
func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// isFlag says whether the one at byte i is half of a flag that stands alone: one of exactly
// two in a row.
func isFlag(s string, i int) bool {
	const size = 4 // bytes of each
	row := func(i int) bool {
		if i < 0 || i+size > len(s) {
			return false
		}
		r, _ := utf8.DecodeRuneInString(s[i:])
		return isRegional(r)
	}
	before, after := row(i-size), row(i+size)
	return before && !after && !row(i-2*size) || after && !before && !row(i+2*size)
}

func needsJoiner(r rune) bool {
	return r >= 0x600 && r < 0x1E00 || r >= 0x2100 && r < 0x2E80 || r >= 0x1F000 && r < 0x20000 ||
		r >= '0' && r <= '9' || r == '#' || r == '*'
}

// mark takes a combining mark: it becomes part of a letter that is not Latin where the two
// make one, stays on the letters of scripts that need it (four at most), and is dropped
// otherwise.
func (f *folder) mark(r rune, kind kind) {
	f.marks++
	last, size := utf8.DecodeLastRune(f.out)
	if f.marks <= 2 && last >= 0x370 && kind != scriptMarkKind {
		if c := compose(last, r); c != 0 {
			f.out = utf8.AppendRune(f.out[:len(f.out)-size], c)
			return
		}
	}
	if kind == scriptMarkKind && f.marks <= 4 {
		f.out = utf8.AppendRune(f.out, r)
		return
	}
	if kind == joinKind {
		f.out = utf8.AppendRune(f.out, r)
		return
	}
	f.t.Signs.Combining++
}
