package indirect

import "strings"

// A place of a segment among the others, in small numbers that features are made of.
type standing struct {
	major   int // group that most others are of, plus one; 0: there are no others
	odd     int // 1: of another group than most
	at      int // 0 alone, 1 first, 2 within, 3 last
	shared  int // of its words, how many stand elsewhere: 0 it has none, 1 nowhere, 2 under a fifth, 3 under a half, 4 more
	asked   int // 1: it shares a word with the question
	others  int // of the others, how many ask something to be done: 0 none, 1 under a quarter, 2 more
	doubts  int // of the others, how many are questions, in the same steps
	tongue  int // 1: of another language than most
	replied int // 1: what follows looks like the answer to it
	quiet   int // 0: there are no others; none of the others speaks to anybody: 1 one or two, 2 up to five, 3 more; 4: less than a sixth of them do, 5: more
	para    int // 1: it is a paragraph by itself among paragraphs
	alike   int // of the others, how many are questions as it is, or requests as it is: 0 there are no others, 1 none, 2 under a quarter, 3 under a half, 4 more
	genre   int // what the text says of itself
	talk    int // 1: it is a line of talk among others
	quoted  int // 1: what it asks for stands between quotes, 2: and the text tells of attacks or of something that happened
}

func (p *page) standing(i int) (st standing) {
	s := &p.segments[i]
	p.count(s, -1)
	defer p.count(s, 1)
	n := len(p.segments) - 1
	if n > 0 {
		best := 0
		for g, many := range p.groups {
			if many > p.groups[best] {
				best = g
			}
		}
		st.major = best + 1
		if groupOf[s.sort] != best {
			st.odd = 1
		}
		st.at = 2
		if s.line == p.segments[n].line {
			st.at = 3
		} else if s.line == p.segments[0].line {
			st.at = 1
		}
		st.quiet = p.quiet(n)
		if (i == 0 || p.segments[i-1].line != s.line) && (i == n || p.segments[i+1].line != s.line) {
			st.para = 1
		}
		st.others, st.doubts = step(p.imperious, n), step(p.questions, n)
		st.tongue = p.tongue(s, n)
		st.alike, st.genre = p.alike(s, n), p.genre
		if p.script && s.talk {
			st.talk = 1
		}
	}
	if s.form.signs&quote != 0 && quotedOnly(p.text[s.start:s.end]) {
		st.quoted = 1
		if p.telling {
			st.quoted = 2
		}
	}
	st.shared, st.asked = p.shared(s)
	if s.form.ask >= which && i < n {
		next := &p.segments[i+1]
		if next.form.ask < which && next.line <= s.line+2 && next.sort != row && next.sort != code && p.answers(s, next) {
			st.replied = 1
		}
	}
	return st
}

func (p *page) quiet(n int) int {
	switch {
	case p.spoken*6 >= n && p.spoken > 0:
		return 5
	case p.spoken > 0:
		return 4
	case n > 5:
		return 3
	case n > 2:
		return 2
	}
	return 1
}

func (p *page) alike(s *segment, n int) int {
	some := p.imperious
	if s.form.ask >= which {
		some = p.questions
	}
	switch {
	case some == 0:
		return 1
	case some*4 < n:
		return 2
	case some*2 < n:
		return 3
	}
	return 4
}

func step(some, of int) int {
	switch {
	case some == 0:
		return 0
	case some*4 < of:
		return 1
	}
	return 2
}

func (p *page) tongue(s *segment, n int) int {
	switch {
	case s.form.words < 4:
	case s.form.han && p.hans*4 < n && p.latin > 0, !s.form.han && p.hans*2 > n:
		return 1
	case !s.form.han && s.form.words >= 6 && s.form.signs&function == 0 && p.plain*2 > p.latin:
		return 1
	}
	return 0
}

func (p *page) shared(s *segment) (int, int) {
	elsewhere, asked := 0, 0
	for _, w := range s.words {
		if p.sketch[w] > 1 {
			elsewhere++
		}
		if p.asked[w] {
			asked = 1
		}
	}
	n := len(s.words)
	switch {
	case n == 0:
		return 0, asked
	case elsewhere == 0:
		return 1, asked
	case elsewhere*5 < n:
		return 2, asked
	case elsewhere*2 < n:
		return 3, asked
	}
	return 4, asked
}

// answers says whether what follows a question takes up a word of it or begins as answers do.
func (p *page) answers(question, next *segment) bool {
	for _, w := range question.words {
		for _, v := range next.words {
			if v == w {
				return true
			}
		}
	}
	s := p.text[next.start:next.end]
	for _, start := range []string{"a:", "yes", "no", "because", "answer", "it depends", "that depends", "答", "会", "不", "可以", "是", "因为", "没有", "能"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}
