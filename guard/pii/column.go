package pii

import "strings"

// Heads of columns that hold the names of people, in lower case. Under those that may head
// other things too, an English cell must hold a name of the lists.
var (
	personHeads = fields("姓名|名字|客户姓名|员工姓名|学生姓名|患者姓名|联系人|收件人|收货人|申请人|负责人|经办人|员工|客户|学生|患者|成员|full name|full_name|fullname|customer name|customer_name|employee|employee name|employee_name|patient|patient name|student|student name|applicant|contact name|contact person|guest|attendee|participant|tenant|passenger|staff|candidate")
	otherHeads  = fields("name|names|customer|client|contact|owner|author|manager|member|user|reviewer|assignee|recipient|sender")
)

func fields(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(list, "|") {
		m[w] = true
	}
	return m
}

const (
	longestRow  = 2000 // bytes; a longer line is no row of a table
	longestHead = 40   // bytes of a cell of a head
	mostColumns = 40
)

// column is a column of names: its place in a row, and what parts the cells.
type column struct {
	sep    byte
	at     int // from 0
	person bool
}

// columns reads tables whose head says which column holds names: CSV, TSV, Markdown.
func (f *finder) columns() {
	var c column
	for start := 0; start < len(f.s); {
		end := len(f.s)
		if n := strings.IndexByte(f.s[start:], '\n'); n >= 0 {
			end = start + n
		}
		if end-start > longestRow || end-start < 3 {
			c = column{}
		} else if c.sep == 0 || !f.cell(start, end, c) {
			c = headOf(f.low[start:end])
		}
		start = end + 1
	}
}

// headOf finds the column of names in the head of a table; sep is 0 where there is none.
func headOf(line string) column {
	for _, sep := range []byte{'\t', '|', ','} {
		if strings.IndexByte(line, sep) < 0 {
			continue
		}
		found := column{}
		for at := range mostColumns {
			cell, rest, more := strings.Cut(line, string(sep))
			cell = strings.Trim(cell, " \"'\r*")
			switch {
			case len(cell) > longestHead:
				return column{}
			case found.sep == 0 && (personHeads[cell] || otherHeads[cell]):
				found = column{sep, at, personHeads[cell]}
			}
			if !more {
				return found
			}
			line = rest
		}
		return column{}
	}
	return column{}
}

// cell takes the name in the row from start to end; false where the row is none of the table.
func (f *finder) cell(start, end int, c column) bool {
	at := start
	for range c.at {
		n := strings.IndexByte(f.s[at:end], c.sep)
		if n < 0 {
			return false
		}
		at += n + 1
	}
	to := end
	n := strings.IndexByte(f.s[at:end], c.sep)
	if n >= 0 {
		to = at + n
	} else if c.at == 0 {
		return false
	}
	for at < to && strings.IndexByte(" \"'\r*", f.s[at]) >= 0 {
		at++
	}
	for to > at && strings.IndexByte(" \"'\r*", f.s[to-1]) >= 0 {
		to--
	}
	if hanPerson(f.s[at:to]) || latinPerson(f.s[at:to], c.person) {
		f.add("PERSON", at, to, 0.8, byContext)
	}
	return true
}

// hanPerson says whether a cell may be a Chinese name: a family name and up to two letters.
func hanPerson(cell string) bool {
	h := hanWords()
	family := 3
	if len(cell) > 6 && h.compound[cell[:6]] {
		family = 6
	}
	if len(cell) < family+3 || len(cell) > family+6 || h.ordinary[cell] || h.places[cell] || family == 3 && !strings.Contains(zhSurnames, cell[:3]) {
		return false
	}
	for k := 0; k < len(cell); k += 3 {
		if c, size := h.of(cell[k:]); size == 0 || k > 0 && c&function != 0 && c&given == 0 {
			return false
		}
	}
	return !h.ordinary[cell[:6]] && !h.ordinary[cell[len(cell)-6:]]
}

// latinPerson says whether a cell may be a name in Latin letters: two to four words with
// capitals, none of them an ordinary word only; sure where the head speaks of people.
func latinPerson(cell string, sure bool) bool {
	words, known := 0, false
	for w := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ' ' || r == '-' || r == '\'' }) {
		low := lower(w)
		kind := englishWords().kind[strings.TrimSuffix(low, ".")]
		switch words++; {
		case particles[low] || low == "d":
			continue
		case class[w[0]]&(isUpper|isLetter2) == 0 || strings.ContainsAny(w, "0123456789_/:()=<>@#,;") || len(w) > 1 && strings.IndexByte(w, '.') >= 0 && len(w) != 2:
			return false
		case len(w) > 3 && low[1:] != w[1:] && !strings.HasPrefix(w, "Mc") && !strings.HasPrefix(w, "Mac"):
			return false
		case kind&(ordinaryWord|properWord) != 0 && kind&(givenName|familyName) == 0:
			return false
		}
		known = known || kind&(givenName|familyName) != 0
	}
	return words >= 2 && words <= 5 && (known || sure) && len(cell) <= 60
}
