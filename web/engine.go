package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"wenyuan/internal/zh"
)

// kinds are the four memories in the order in which the page shows them, each with the class
// that gives it its ink.
var kinds = []struct{ name, class string }{{"knowledge", "m4"}, {"tools", "m3"}, {"examples", "m2"}, {"session", "m1"}}

// inkOf is the class of a part or a memory; what is neither has the faintest ink.
func inkOf(kind string) string {
	for _, k := range kinds {
		if k.name == kind {
			return k.class
		}
	}
	return "m0"
}

// A span of the budget's bar, in percent of the whole.
type span struct {
	Class    string
	At, Wide string
}

// Bar is the budget as it was spent, with what is free and what is kept for the answer last.
func (p Plan) Bar() []span {
	total := max(p.Budget+p.Reserve, p.used()+p.Reserve, 1)
	var out []span
	at := 0
	add := func(class string, n int) {
		if n > 0 {
			out = append(out, span{class, share(at, total), share(n, total)})
			at += n
		}
	}
	for _, part := range p.Parts {
		add(inkOf(part.Name), part.Used)
	}
	add("mf", p.Free())
	add("ma", p.Reserve)
	return out
}

func share(n, total int) string {
	return strconv.FormatFloat(100*float64(n)/float64(total), 'f', 2, 64) + "%"
}

func (p Plan) used() int {
	n := 0
	for _, part := range p.Parts {
		n += part.Used
	}
	return n
}

// Free is how many tokens of the budget nothing took.
func (p Plan) Free() int { return max(p.Budget-p.used(), 0) }

// Ink is the class of a part in the bar.
func (p Part) Ink() string { return inkOf(p.Name) }

// A recollection is one of the four memories: what was kept of it and what was left out.
type recollection struct {
	Kind, Class string
	Kept        []remembered
	Left        []remembered // the first few
	Rest        []remembered // and the others
}

// All is how many pieces there were to choose from.
func (r recollection) All() int { return len(r.Kept) + len(r.Left) + len(r.Rest) }

// A remembered is a piece as the page shows it.
type remembered struct {
	Memory
	Label string // of its score, "" where it has none
	Wide  int    // of the bar beside it, of 100
	Said  string // why it was left out, in the language of the page
}

// leftShown is how many pieces that were left out stand open on the page.
const leftShown = 4

// Memories sorts the pieces of a plan under the four memories.
func (p EnginePage) Memories() []recollection {
	var out []recollection
	for _, k := range kinds {
		r := recollection{Kind: k.name, Class: k.class}
		top := p.Plan.topScore(k.name)
		for _, m := range p.Plan.Items {
			switch {
			case m.Kind != k.name:
			case m.Kept:
				r.Kept = append(r.Kept, p.remember(m, top))
			default:
				r.Left = append(r.Left, p.remember(m, top))
			}
		}
		best := func(a, b remembered) int { return cmp.Compare(b.Score, a.Score) }
		slices.SortStableFunc(r.Kept, best)
		slices.SortStableFunc(r.Left, best)
		shown := min(leftShown, len(r.Left))
		r.Left, r.Rest = r.Left[:shown], r.Left[shown:]
		out = append(out, r)
	}
	return out
}

// scored says that the piece was chosen by its score; the session is not.
func (m Memory) scored() bool { return m.Kind != "session" || m.Score != 0 }

// topScore is what a full bar stands for: 1, or the best score where scores go beyond it.
func (p Plan) topScore(kind string) float64 {
	top := 1.0
	for _, m := range p.Items {
		if m.Kind == kind {
			top = max(top, m.Score)
		}
	}
	return top
}

func (p EnginePage) remember(m Memory, top float64) remembered {
	r := remembered{Memory: m, Wide: int(100 * max(m.Score, 0) / top)}
	if m.scored() {
		r.Label = strings.TrimPrefix(decimal(m.Score), "0")
	}
	if !m.Kept {
		r.Said = p.leftOut(m)
	}
	return r
}

// leftOut is why a piece was left out: the room's sentence, which has the figures, or the
// console's word for its code.
func (p EnginePage) leftOut(m Memory) string {
	if m.Why != "" {
		if lang(p.Frame) == English {
			return m.Why
		}
		if s, ok := zh.Sentence(m.Why); ok {
			return strings.TrimSuffix(s, "。")
		}
	}
	if s, err := say(lang(p.Frame), "code."+m.Code); err == nil {
		return s
	}
	return m.Why
}

// A column is a piece in its place in the prompt.
type column struct {
	Class, Word, Label, Title string
	Top, High                 int // of 100
}

// Columns are the pieces of the prompt from its beginning to its end, each as high as its score.
func (p Plan) Columns() []column {
	out := []column{{Class: "m0", Word: "part.system", Top: 70, High: 30}}
	kept := slices.DeleteFunc(slices.Clone(p.Items), func(m Memory) bool { return !m.Kept })
	slices.SortStableFunc(kept, func(a, b Memory) int { return a.Place - b.Place })
	for _, m := range kept {
		c := column{Class: inkOf(m.Kind), Title: m.Title, High: 36}
		if m.scored() {
			c.High = min(max(int(100*m.Score/p.topScore(m.Kind)), 4), 100)
			c.Label = strings.TrimPrefix(decimal(m.Score), "0")
		} else {
			c.Word = "part." + m.Kind
		}
		c.Top = 100 - c.High
		out = append(out, c)
	}
	return append(out, column{Class: "m0", Word: "part.question", Top: 70, High: 30})
}

// Crowded says that there are too many columns for a label under each.
func (p Plan) Crowded() bool { return len(p.Columns()) > 16 }

// Count is how many tokens of a part were used; 0 where the plan does not name it.
func (p Plan) Count(name string) int {
	for _, part := range p.Parts {
		if part.Name == name {
			return part.Used
		}
	}
	return 0
}

// openChars is how many code points of a message stand open; the rest is folded.
const openChars = 1200

// Open is the beginning of a message, to the end of a line where one is near.
func (s Sent) Open() string { return s.Content[:s.cut()] }

// Folded is the rest of it.
func (s Sent) Folded() string { return strings.TrimPrefix(s.Content[s.cut():], "\n") }

// Chars is how many code points are folded away.
func (s Sent) Chars() int { return len([]rune(s.Folded())) }

func (s Sent) cut() int {
	runes := 0
	for i := range s.Content {
		if runes == openChars {
			if line := strings.LastIndexByte(s.Content[:i], '\n'); line > i/2 {
				return line
			}
			return i
		}
		runes++
	}
	return len(s.Content)
}
