package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
)

// Said is what an assistant is called.
func (c Choice) Said() string {
	if c.Title != "" {
		return c.Title
	}
	return c.Name
}

// Within is the corpora that an assistant answers from.
func (c Choice) Within() string { return listed(c.Corpora) }

// listed is names as running text.
func listed(names []string) string { return strings.Join(names, " · ") }

// A choiceGroup is a part of the list of assistants; Label is the key of its head, "" where
// there is one part only.
type choiceGroup struct {
	Label   string
	Choices []Choice
}

// Groups are the assistants that somebody made, then those that the corpora have by
// themselves.
func (p AskPage) Groups() []choiceGroup {
	var made, own []Choice
	for _, c := range p.Choices {
		if c.Corpus {
			own = append(own, c)
		} else {
			made = append(made, c)
		}
	}
	switch {
	case len(made) == 0:
		return []choiceGroup{{"", own}}
	case len(own) == 0:
		return []choiceGroup{{"", made}}
	}
	return []choiceGroup{{"assistants", made}, {"corpora", own}}
}

// Chosen is the assistant that is asked where no conversation has begun; nil when there is none.
func (p AskPage) Chosen() *Choice {
	for i := range p.Choices {
		if p.Choices[i].Chosen {
			return &p.Choices[i]
		}
	}
	return nil
}

// Asks is whom the next question goes to; nil when there is nobody.
func (p AskPage) Asks() *Choice {
	if p.Conversation != nil {
		return &p.Conversation.Assistant
	}
	return p.Chosen()
}

// Fresh is the address of a new conversation with the same assistant.
func (p AskPage) Fresh() string {
	if p.Conversation == nil {
		return "/ask"
	}
	return "/ask?" + url.Values{"assistant": {p.Conversation.Assistant.Name}}.Encode()
}

// Shown is the turns as they stand on the page: the originals of one of them stand beside it,
// the citations of the others lead to where theirs do.
func (p AskPage) Shown() []Turn {
	out := slices.Clone(p.Turns)
	for i := range out {
		out[i].away = !out[i].Looked
		out[i].last = i == len(out)-1
	}
	return out
}

// Looked is the turn whose originals stand beside it; nil when there is none, or it has none.
func (p AskPage) Looked() *Turn {
	for i := range p.Turns {
		if p.Turns[i].Looked && len(p.Turns[i].Originals()) > 0 {
			return &p.Turns[i]
		}
	}
	return nil
}

// IsLast says that no turn of the page stands below this one.
func (t Turn) IsLast() bool { return t.last }

// A rate is a button that says how an answer was found.
type rate struct {
	Rating, Word string
	Given        bool
}

// Rates are the two of them.
func (t Turn) Rates() []rate {
	given := func(r string) bool { return t.Feedback != nil && t.Feedback.Rating == r }
	return []rate{{"up", "fb.up", given("up")}, {"down", "fb.down", given("down")}}
}

// An against is another original that contradicts this one.
type against struct {
	N     int    // its number; 0 where it is not cited
	Title string // then its title
	About string // the words that stand against each other
}

// againstIn finds what contradicts a passage.
func (t Turn) againstIn(p wenyuan.Passage) []against {
	var out []against
	for _, c := range t.Answer.Conflicts {
		i := slices.Index(c.Passages[:], p.ID)
		if i < 0 || p.ID == "" {
			continue
		}
		other := slices.IndexFunc(t.Answer.Passages, func(q wenyuan.Passage) bool { return q.ID == c.Passages[1-i] })
		if other < 0 {
			continue
		}
		a := against{Title: t.Answer.Passages[other].Title, About: c.About}
		if ns := t.numbersIn(t.Answer.Passages[other]); len(ns) > 0 {
			a.N = ns[0]
		}
		out = append(out, a)
	}
	return out
}

// numbersIn are the citations that lie in a passage.
func (t Turn) numbersIn(p wenyuan.Passage) []int {
	var out []int
	for _, c := range t.Answer.Citations {
		if c.Document == p.Document && c.Revision == p.Revision && p.Start <= c.Start && c.End <= p.End {
			out = append(out, c.N)
		}
	}
	return out
}

// symbols stand for the currencies that have one.
var symbols = map[string]string{"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£"}

// cost is what a model took, with two digits that matter; "" where that is not known.
func cost(u *wenyuan.Usage) string {
	if u == nil || u.Cost <= 0 {
		return ""
	}
	digits := 2
	for f := u.Cost; f < 1 && digits < 8; f *= 10 {
		digits++
	}
	amount := strconv.FormatFloat(u.Cost, 'f', digits, 64)
	if digits > 2 {
		amount = strings.TrimRight(amount[:len(amount)-1], "0")
	}
	if s, ok := symbols[u.Currency]; ok {
		return s + amount
	}
	return strings.TrimSpace(amount + " " + u.Currency)
}

// At says that a page stands at an address, whatever is asked of it.
func (f Frame) At(address string) bool {
	path, _, _ := strings.Cut(f.Path, "?")
	return path == address
}
