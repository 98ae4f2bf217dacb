package check

// How far apart, in tokens of one clause, a bound may stand from its number and a
// negation from the bound it turns round.
const (
	boundReach    = 5
	negationReach = 6
	unitReach     = 3 // "5 files a day at most"
)

// bounds puts what is said of a bound into one form, from token number from on: "16 times
// at most" becomes "at most 16 times", and "must not send more than 16" becomes "can send
// at most 16". Both sides of a comparison are put into it, so that which form they had
// makes no difference; the places of the words in the text stay theirs.
func (s *scanner) bounds(from int) {
	gone := false
	for i := from; i < len(s.out); i++ {
		if !s.bounding(i) {
			continue
		}
		n := s.bounded(from, i)
		if n < 0 {
			continue
		}
		if s.turnRound(from, min(i, n), i) {
			gone = true
		}
		t := s.out[i]
		if n < i {
			copy(s.out[n+1:i+1], s.out[n:i])
			s.out[n] = t
			continue
		}
		copy(s.out[i:n-1], s.out[i+1:n])
		s.out[n-1] = t
		i = n - 1
	}
	if gone {
		s.dropSilent(from)
	}
}

// bounding says whether token i is a word for a bound, or a moment that may be one: "not
// after 2020" is "2020 at the latest".
func (s *scanner) bounding(i int) bool {
	t := &s.out[i]
	if t.class == quantity {
		b := &lex.bound
		return t.group == b.atLeast.group || t.group == b.atMost.group || t.group == b.more.group || t.group == b.less.group
	}
	if s.utmost(i) {
		return true
	}
	if t.class != direction || t.group != lex.bound.after.group && t.group != lex.bound.before.group {
		return false
	}
	if s.together(i, i+1) && s.moment(i+1) {
		return s.denied(0, i) >= 0
	}
	return i > 0 && s.together(i-1, i) && s.moment(i-1) && s.denied(0, s.figures(i-1)) >= 0
}

// utmost says whether token i is a direction that bounds the number beside it: 最高 1500 元,
// 14 天内. It makes the word of that bound of it.
func (s *scanner) utmost(i int) bool {
	t := &s.out[i]
	to, ok := lex.bound.utmost[t.id]
	if !ok || t.class != direction {
		return false
	}
	beside := i + 1
	if t.id == lex.bound.inside {
		beside = i - 1
	}
	if beside < 0 || !s.together(i, max(i, beside)) || s.out[beside].class != number || s.out[beside].sent != t.sent || s.out[beside].end != t.start && beside < i {
		return false
	}
	t.class, t.id, t.group, t.alt, t.w = quantity, to.id, to.group, 0, .5
	return true
}

// moment says whether token n may be a moment: a bare figure or a part of a date.
func (s *scanner) moment(n int) bool {
	t := &s.out[n]
	return t.class == number && (t.dim == 0 || isDate(t.dim))
}

// figures is the first of the numbers that end at token n and touch each other: 18:00.
func (s *scanner) figures(n int) int {
	for n > 0 && s.out[n-1].class == number && s.out[n-1].end+1 >= s.out[n].start && s.out[n-1].sent == s.out[n].sent {
		n--
	}
	return n
}

// bounded is the number that the bound i is about, -1 for none: the next one, the one right
// before it, one that follows in its clause, or one before it.
func (s *scanner) bounded(from, i int) int {
	if s.together(i, i+1) && s.out[i+1].class == number {
		return i + 1
	}
	if i > from && s.together(i-1, i) && s.out[i-1].class == number {
		return s.figures(i - 1)
	}
	for n := i + 1; n <= i+boundReach && s.together(i, n) && s.joins(n); n++ {
		if s.out[n].class == number {
			return n
		}
	}
	for n := i - 1; n >= max(from, i-unitReach) && s.together(n, i) && s.joins(n); n-- {
		if s.out[n].class == number {
			return n
		}
	}
	return -1
}

// joins says whether token n may stand between a bound and its number.
func (s *scanner) joins(n int) bool { return s.out[n].class != quantity && s.out[n].class != link }

// together says whether tokens i and j are in one clause.
func (s *scanner) together(i, j int) bool {
	return j < len(s.out) && s.out[i].clause == s.out[j].clause && s.out[i].context == s.out[j].context
}

// denied is the negation, or the word that forbids, before token i in its clause; -1 for
// none. What stands between may not count or join: "not all of more than 5" denies no 5.
func (s *scanner) denied(from, i int) int {
	for k := i - 1; k >= max(from, i-negationReach) && s.together(k, i); k-- {
		switch t := &s.out[k]; {
		case t.class == negation, t.class == modality && t.group == lex.bound.forbidden:
			return k
		case t.class == quantity, t.class == number, t.class == link:
			return -1
		}
	}
	return -1
}

// turnRound makes a denied "more than" an "at most", and a denied "less than" an "at
// least"; a verb of permission or duty before it goes along. It reports whether a token is
// to be dropped.
func (s *scanner) turnRound(from, at, i int) (gone bool) {
	b, t := &lex.bound, &s.out[i]
	to, verb := b.atMost, b.can
	switch {
	case t.group == b.less.group && t.class == quantity, t.group == b.before.group && t.class == direction:
		to, verb = b.atLeast, b.must
	case t.group == b.more.group && t.class == quantity, t.group == b.after.group && t.class == direction:
	default:
		s.permit(from, at, i)
		return false
	}
	k := s.denied(from, at)
	if k < 0 {
		return false
	}
	if t.class == direction {
		t.class, t.alt, t.w = quantity, 0, .5
	}
	t.id, t.group, t.start = to.id, to.group, s.out[k].start // the not is quoted with it
	if not := &s.out[k]; not.class == modality || not.group == b.cannot {
		*not = modal(not, verb)
		return false
	}
	s.out[k].class = silent
	if k > from && s.together(k-1, k) && s.out[k-1].class == modality {
		s.out[k-1] = modal(&s.out[k-1], verb)
	}
	return true
}

// optionalWeight is what a verb weighs that may as well be missing.
const optionalWeight = .1

// modal is token t as a verb that may as well be missing.
func modal(t *token, e entry) token {
	m := *t
	m.class, m.id, m.group, m.w, m.optional = modality, e.id, e.group, optionalWeight, true
	return m
}

// permit lets the verb of "can send up to 5" be missing: "sends up to 5".
func (s *scanner) permit(from, at, i int) {
	if s.out[i].group != lex.bound.atMost.group {
		return
	}
	for k := at - 1; k >= max(from, at-negationReach) && s.together(k, at); k-- {
		switch t := &s.out[k]; {
		case t.class == modality && (t.group == lex.bound.can.group || t.group == lex.bound.may):
			t.optional, t.w = true, optionalWeight
			return
		case t.class == quantity, t.class == number, t.class == link, t.class == negation:
			return
		}
	}
}

// dropSilent takes out the tokens that a bound has swallowed.
func (s *scanner) dropSilent(from int) {
	out := s.out[:from]
	for _, t := range s.out[from:] {
		if t.class != silent {
			out = append(out, t)
		}
	}
	s.out = out
}
