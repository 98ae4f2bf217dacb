package indirect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// values says whether a line is of comma separated values: commas without a space.
func values(s string) bool {
	commas, tight := 0, 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] == ',' {
			if commas++; s[i+1] != ' ' {
				tight++
			}
		}
	}
	return tight >= 2 && tight == commas && han(s) == 0 && strings.Count(s, " ") <= 3*tight
}

// programmed says whether a line is of a program, a shell or a log rather than of words.
func programmed(s string, fenced bool) bool {
	switch s[len(s)-1] {
	case ';', '{', '}':
		return true
	case '(', '[', ',', '\\':
		return fenced
	}
	if strings.Contains(s, " --") && s[0] != '-' && han(s) == 0 && !strings.Contains(s, ". ") {
		return true
	}
	for _, start := range []string{"$ ", "> ", ">>> ", "import ", "def ", "func ", "return ", "class ", "public ", "private ", "sudo ", "}"} {
		if strings.HasPrefix(s, start) && (start[len(start)-1] != ' ' || fenced || start == ">>> " || start == "$ ") {
			return true
		}
	}
	signs, letters := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || c >= utf8.RuneSelf || c == ' ':
			letters++
		case strings.IndexByte("(){}[]=<>;_/\\$:&*+", c) >= 0:
			signs++
		}
	}
	if fenced {
		return signs*12 > len(s) || !strings.Contains(s, " ") && han(s) < 6 || letters*4 < len(s)*3
	}
	return signs*6 > len(s)
}

// letterhead says whether a line is of the head of a letter or a log of a talk: a short
// name and a colon.
func letterhead(s string) bool {
	for _, name := range []string{"subject:", "from:", "to:", "cc:", "date:", "sent:", "email_from:", "主题:", "发件人:", "收件人:", "抄送:", "时间:"} {
		if strings.HasPrefix(s, name) {
			return true
		}
	}
	return false
}

// listed is the length of the sign that a line of a list begins with, or 0.
func listed(s string) int {
	for _, sign := range []string{"- ", "* ", "+ ", "• ", "· "} {
		if strings.HasPrefix(s, sign) {
			return len(sign)
		}
	}
	n := 0
	for n < len(s) && n < 3 && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n > 0 && n < len(s) && (s[n] == '.' || s[n] == ')') || n > 0 && strings.HasPrefix(s[n:], "、") {
		_, size := utf8.DecodeRuneInString(s[n:])
		return n + size
	}
	if r, size := utf8.DecodeRuneInString(s); strings.ContainsRune("一二三四五六七八九十", r) && strings.HasPrefix(s[size:], "、") {
		return size + len("、")
	}
	return 0
}

// han counts the characters of Han.
func han(s string) (n int) {
	for _, r := range s {
		if r >= 0x3400 && unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}
