package parse

import (
	"strconv"
	"strings"
)

// A wordStyle is what a paragraph style says about structure.
type wordStyle struct {
	name       string
	base       string
	outline    int // heading level, from 1; 0 for none
	num, level string
	title      bool
	caption    bool
	code       bool
	contents   bool      // an entry of the table of contents
	look       lettering // of its text
	shades     bool      // of a table: it paints cells
	resolved   bool
}

func (d *docx) readStyles(p *pack) error {
	d.styles = map[string]*wordStyle{}
	var s *wordStyle
	inRun := false
	return p.read("word/styles.xml", xmlFuncs{end: func(name string) { inRun = inRun && name != "rPr" }, start: func(name string, a attributes) bool {
		if name == "style" {
			s = &wordStyle{}
			d.styles[a.get("styleId")] = s
			return true
		}
		if s == nil {
			return true
		}
		if inRun {
			s.look.set(name, a)
			return true
		}
		switch name {
		case "rPr":
			inRun = true
		case "tblStylePr":
			s.shades = true // its parts are not followed
			return false
		case "shd":
			if fill := a.get("fill"); fill != "" && fill != "auto" {
				s.shades, s.look.behind = true, fill
			}
		case "name":
			s.named(a.get("val"))
		case "basedOn":
			s.base = a.get("val")
		case "outlineLvl":
			if n := atoi(a.get("val")); n >= 0 && n <= 8 {
				s.outline = n + 1
			}
		case "numId":
			s.num = a.get("val")
		case "ilvl":
			s.level = a.get("val")
		}
		return true
	}})
}

// named reads the structure off a built-in name; Word keeps them in English in the file,
// other programs do not.
func (s *wordStyle) named(name string) {
	s.name = strings.ToLower(name)
	for _, prefix := range []string{"heading ", "标题 ", "標題 "} {
		if n := atoi(strings.TrimPrefix(s.name, prefix)); strings.HasPrefix(s.name, prefix) && n >= 1 && n <= 9 {
			s.outline = n
		}
	}
	switch {
	case s.name == "title" || s.name == "标题":
		s.outline, s.title = 1, true
	case s.name == "caption" || strings.HasSuffix(s.name, "caption") || s.name == "题注":
		s.caption = true
	case strings.HasPrefix(s.name, "toc ") && s.name != "toc heading":
		s.contents = true
	case strings.Contains(s.name, "source code") || s.name == "code" || strings.HasPrefix(s.name, "code block") || s.name == "html preformatted" || s.name == "preformatted text":
		s.code = true
	}
}

// style is a style with what it takes over from those it is based on.
func (d *docx) style(id string) *wordStyle {
	s := d.styles[id]
	if s == nil {
		return &wordStyle{}
	}
	if s.resolved {
		return s
	}
	s.resolved = true // also when styles are based on each other in a ring
	if s.base == "" {
		return s
	}
	base := d.style(s.base)
	if s.outline == 0 {
		s.outline = base.outline
	}
	if s.num == "" {
		s.num = base.num
	}
	if s.level == "" {
		s.level = base.level
	}
	s.code = s.code || base.code
	s.contents = s.contents || base.contents
	s.shades = s.shades || base.shades
	s.look = base.look.under(s.look)
	return s
}

// Numbering: a paragraph names a list and a level; a list is an instance of a pattern.
type numbering struct {
	lists    map[string]*wordList
	patterns map[string]*pattern
}

type wordList struct {
	pattern string
	starts  map[int]int // levels that this instance starts anew
	begun   bool
}

type pattern struct {
	levels  [9]patternLevel
	counter [9]int // shared by all instances
}

type patternLevel struct {
	format, text string
	start        int
}

func (d *docx) readNumbering(p *pack) error {
	d.numbering = numbering{map[string]*wordList{}, map[string]*pattern{}}
	var pat *pattern
	var list *wordList
	at := 0
	return p.read("word/numbering.xml", xmlFuncs{start: func(name string, a attributes) bool {
		v := a.get("val")
		switch name {
		case "abstractNum":
			pat, list = &pattern{}, nil
			d.numbering.patterns[a.get("abstractNumId")] = pat
		case "num":
			pat, list = nil, &wordList{starts: map[int]int{}}
			d.numbering.lists[a.get("numId")] = list
		case "abstractNumId":
			if list != nil {
				list.pattern = v
			}
		case "lvl", "lvlOverride":
			at = max(0, min(atoi(a.get("ilvl")), 8))
			if pat != nil {
				pat.levels[at].start = 1
			}
		case "start":
			if pat != nil {
				pat.levels[at].start = atoi(v)
			}
		case "startOverride":
			if list != nil {
				list.starts[at] = atoi(v)
			}
		case "numFmt":
			if pat != nil {
				pat.levels[at].format = v
			}
		case "lvlText":
			if pat != nil {
				pat.levels[at].text = v
			}
		case "rPr", "pPr":
			return false
		}
		return true
	}})
}

// marker is the number or bullet in front of a paragraph, "" when it is in no list.
func (d *docx) marker(p *wordPara, s *wordStyle) string {
	num, level := p.num, p.level
	if num == "" {
		num = s.num
		if level == "" {
			level = s.level
		}
	}
	list := d.numbering.lists[num]
	if num == "" || num == "0" || list == nil {
		return ""
	}
	pat := d.numbering.patterns[list.pattern]
	if pat == nil {
		return "-"
	}
	if level == "" && s.outline > 0 && p.num != "" {
		level = strconv.Itoa(s.outline - 1)
	}
	return pat.next(list, max(0, min(atoi(level), 8)))
}

// next counts the level up, starts the deeper ones anew and writes the number.
func (p *pattern) next(list *wordList, level int) string {
	if !list.begun {
		list.begun = true
		for at, start := range list.starts {
			p.counter[at] = max(0, start-1)
		}
	}
	if p.counter[level] == 0 {
		p.counter[level] = max(0, p.levels[level].start-1)
	}
	p.counter[level]++
	for i := level + 1; i < len(p.counter); i++ {
		p.counter[i] = 0
	}
	l := p.levels[level]
	if l.format == "bullet" || l.format == "none" || l.format == "" {
		return "-"
	}
	text := l.text
	for i := 0; i <= level; i++ {
		n := p.counter[i]
		if n == 0 {
			n = max(1, p.levels[i].start)
		}
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), toNumber(p.levels[i].format, n))
	}
	if text = strings.TrimSpace(text); text == "" {
		return "-"
	}
	return text
}

// toNumber writes n in one of Word's number formats.
func toNumber(format string, n int) string {
	n = max(n, 1)
	switch format {
	case "lowerLetter", "upperLetter":
		s := strings.Repeat(string(rune('a'+(n-1)%26)), min((n-1)/26+1, 10))
		if format == "upperLetter" {
			s = strings.ToUpper(s)
		}
		return s
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "chineseCounting", "chineseCountingThousand", "ideographTraditional", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand":
		return chinese(n)
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	if n <= 0 || n > 3999 {
		return strconv.Itoa(n)
	}
	var out strings.Builder
	for _, d := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= d.v {
			out.WriteString(d.s)
			n -= d.v
		}
	}
	return out.String()
}

// chinese writes 1 to 99 as 一 to 九十九.
func chinese(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n <= 0 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	}
	return digits[n/10] + "十" + digits[n%10]
}
