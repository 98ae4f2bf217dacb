package extract

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/retrieve/question"
)

// A role says what a unit is in its passage.
type role int

const (
	prose  role = iota
	item        // of a list, whole
	row         // of a table
	code        // neighbouring lines of code, whole
	label       // a short line that names what follows
	lead        // a line that announces what follows: it ends with a colon
	asking      // a question
)

// answers says whether a unit of the role can be an answer by itself.
func (r role) answers() bool { return r <= code }

// A unit is the least that is quoted: a range of a passage's text in code points.
type unit struct {
	role       role
	text       string
	start, end int
	label      string // the labels above it, outermost first, one a line
	lead       string // the lead-in of its list, table or code
	leadAt     int    // index of the lead-in's unit in its passage; -1 none
	inTable    bool   // a row, the header row too
	paragraph  int    // number of the run of lines without a blank line

	words   question.Text
	found   question.Mask
	passage int
	order   int     // place in the passage
	own     float64 // share of the question it has itself
	all     float64 // with its label, lead-in and headings
	named   float64 // how well its label or its section's heading and the question agree
	empty   bool    // it restates the question and says nothing else
	fit     float64 // how well it has the shape of what is asked for
	foreign float64 // how far it is in another language than the question
	meta    bool    // it speaks of the text instead of the matter
	score   float64
}

// longItem is the size in code points above which a list item is quoted by sentences.
const longItem = 300

// cutUnits takes a passage's text apart.
//
// headed says that the text begins inside a table whose header stands elsewhere.
func cutUnits(text string, headed bool) []unit {
	runes := []rune(text)
	var out []unit
	paragraph, at := 0, 0
	for _, s := range split(runes, check.Sentences(text)) {
		gap := string(runes[at:s.Start])
		if strings.Count(gap, "\n") > 1 {
			paragraph++
		}
		u := unit{text: string(runes[s.Start:s.End]), start: s.Start, end: s.End, paragraph: paragraph, leadAt: -1}
		u.role = roleOf(u.text, strings.Contains(gap, "\n") || at == 0, s.End == len(runes) || runes[s.End] == '\n')
		if u.role == row && (len(out) == 0 && !headed || len(out) > 0 && !out[len(out)-1].inTable) {
			u.role = lead // the header row announces the rows below it
		}
		u.inTable = isRow(u.text)
		if n := len(out); n > 0 && out[n-1].role == code && strings.Count(gap, "\n") == 1 && continues(u) {
			u.role = code
		}
		if n := len(out); n > 0 && joins(&out[n-1], u, gap) {
			last := &out[n-1]
			last.end = s.End
			last.text = string(runes[last.start:last.end])
		} else {
			out = append(out, u)
		}
		at = s.End
	}
	settle(out)
	return out
}

// split cuts ranges that reach over several rows of a table.
func split(text []rune, spans []wenyuan.Span) (out []wenyuan.Span) {
	for _, s := range spans {
		for i := s.Start; i < s.End; i++ {
			if text[i] == '\n' && strings.Contains(string(text[s.Start:i]), " | ") && strings.Contains(lineAt(text, i+1), " | ") {
				out = append(out, wenyuan.Span{Start: s.Start, End: i})
				s.Start = i + 1
			}
		}
		out = append(out, s)
	}
	return out
}

// lineAt is the line that begins at i.
func lineAt(text []rune, i int) string {
	end := i
	for end < len(text) && text[end] != '\n' {
		end++
	}
	return string(text[i:end])
}

// joins says whether a unit goes on with the one before: lines of code, and the
// sentences of a list item that stand on its line.
func joins(last *unit, u unit, gap string) bool {
	if last.role == code && u.role == code {
		return true
	}
	return last.role == item && u.role == prose && !strings.Contains(gap, "\n") && u.end-last.start <= longItem
}

// continues says whether a line below one of code looks like code itself rather than prose.
func continues(u unit) bool {
	return (u.role == label || u.role == prose) && !hasHan(u.text) && !sentEnd.MatchString(u.text)
}

// settle gives each unit the label and the lead-in it stands under. A label holds
// until the next one; a lead-in until a paragraph of prose follows.
func settle(units []unit) {
	under, below, leadAt := "", "", -1 // the label, and the bullet that is a label below it
	for i := range units {
		u := &units[i]
		u.order = i
		switch {
		case u.role == label && i > 0 && units[i-1].role == asking:
			u.role = prose // a short line below a question answers it
		case u.role == item && names(units, i):
			u.role = label
		}
		switch u.role {
		case label, asking:
			if leadAt = -1; itemMark.MatchString(u.text) && !numbered(u.text) && under != "" {
				below = "\n" + u.text
			} else {
				under, below = u.text, ""
			}
			continue
		case prose:
			if leadAt >= 0 && u.paragraph > units[leadAt].paragraph {
				leadAt = -1
			}
		}
		u.label = under + below
		if leadAt >= 0 {
			u.lead, u.leadAt = units[leadAt].text, leadAt
		}
		if u.role == lead {
			leadAt = i
		}
	}
}

// names says whether a list item is only a name for what stands below it, apart from
// items of its kind.
func names(units []unit, i int) bool {
	u := units[i]
	if sentEnd.MatchString(u.text) || columns(u.text) > labelSize {
		return false
	}
	sibling := func(v unit) bool { return v.role == item && numbered(v.text) == numbered(u.text) }
	if i+1 == len(units) {
		return i > 0 && units[i-1].paragraph < u.paragraph && !sibling(units[i-1])
	}
	next := units[i+1]
	return next.role == item && !sibling(next) || next.paragraph > u.paragraph && (next.role == prose || next.role == code)
}

// numbered says whether a list item has a number rather than a bullet.
func numbered(text string) bool { return strings.ContainsAny(itemMark.FindString(text), "0123456789") }

var (
	itemMark = regexp.MustCompile(`^\s*(?:[-*+•·]\s|\d{1,3}(?:[.)]\s|[、）])|[(（]\d{1,3}[)）]|[①-⑳]|[a-zA-Z][.)]\s|[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+步|[Ss]tep \d+)`)
	codeLine = regexp.MustCompile("^\\s*(?:\\$ |#{1,3} ?!|# |> |//|/\\*|\\*/|```|<[/!?a-zA-Z][^>]*>\\s*$|[{}()\\[\\]]+[;,]?\\s*$|@\\w+|(?:import|package|public|private|protected|static|final|return|class|interface|func|def|var|val|let|const|if|for|while|try|catch|else|export|sudo|sh|bash|cd|mkdir|git|docker|kubectl|curl|wget|java|mvn|npm|pip|go|make|nohup|tail|vim?|cp|mv|rm|SELECT|INSERT|UPDATE|CREATE)\\b.*[;{}()=/\\\\&\\-.:].*)|[;{]\\s*$|^\\s*[\\w./-]+(?:\\s+[\\w./:-]+){0,3}\\s+--?[A-Za-z]|^\\s*\\.?\\w[\\w.<>\\[\\]]*\\(|^\\s*[\\w.\\-\"']+\\s*[=:]\\s*[\\w./\\\\\"'{\\[$%:-]+,?\\s*$")
	comment  = regexp.MustCompile(`^(?:#{1,3}[ !]|//|/\*)`) // passages hold no headings, so a hash begins a comment
	remark   = regexp.MustCompile(`^(?:#|//|/\*|\*/|\*\s|<!--)`)
	sentEnd  = regexp.MustCompile(`[。！？!?.;；…]["'”’」』）)\]]*$`)
)

// labelSize is how long, in columns, a line without a full stop may be to be a label.
const labelSize = 60

// roleOf reads the role off a unit's own text. begins and ends say whether the unit
// begins and ends a line.
func roleOf(text string, begins, ends bool) role {
	trimmed := strings.TrimSpace(text)
	last, _ := utf8.DecodeLastRuneInString(trimmed)
	switch {
	case strings.HasPrefix(trimmed, "```"):
		return code
	case isRow(trimmed) && begins && ends:
		return row
	case last == '?' || last == '？':
		return asking
	case begins && itemMark.MatchString(trimmed):
		return item
	case begins && (comment.MatchString(trimmed) || codeLine.MatchString(trimmed) && !hasHan(trimmed)):
		return code
	case last == ':' || last == '：':
		return lead
	case begins && ends && columns(trimmed) <= labelSize && !sentEnd.MatchString(trimmed):
		return label
	}
	return prose
}

// isRemark says whether code holds nothing but comments.
func isRemark(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "```") && !remark.MatchString(line) {
			return false
		}
	}
	return true
}

func isRow(s string) bool { return strings.HasPrefix(s, "|") || strings.Contains(s, " | ") }

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// columns is how wide a text is: Chinese characters take two.
func columns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}
