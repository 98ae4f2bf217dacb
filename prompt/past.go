package prompt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// sessionLeast takes what a conversation cannot do without, before knowledge gets its share:
// what is to be remembered, nearest to the question first, and the last turn, shortened where
// it is long. It takes an eighth of what is free and half of the session's limit at most.
func (e *engine) sessionLeast() {
	least := min(e.free/8, e.set.Session/2)
	e.remember(least)
	if n := len(e.in.Past.Turns); n > 0 {
		e.turn(n-1, least-e.used[Session], true)
	}
}

// remember takes notes in the order of their nearness; those that are equally near in theirs.
func (e *engine) remember(room int) {
	notes := e.in.Past.Remembered
	if len(notes) == 0 {
		return
	}
	bags := make([]bag, len(notes))
	order := make([]int, len(notes))
	for i, n := range notes {
		bags[i], order[i] = e.bags.of(n), i
	}
	rare := rarityOf(bags)
	near := func(i int) float64 { return rare.covers(e.question, bags[i]) }
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := near(a), near(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	taken := map[int]pick[string]{}
	for _, i := range order {
		item := Item{Kind: Session, ID: fmt.Sprintf("remembered %d", i+1), Title: title(notes[i]), Score: score(near(i)), Tokens: e.count.of("- "+oneLine(clean(notes[i]))) + 1}
		if len(taken) == 0 {
			item.Tokens += kindHead
		}
		switch {
		case !e.template.shows["remembered"]:
			e.leave(item, NotShown, "the template has no place for it")
		case item.Tokens > room-e.used[Session]:
			e.leave(item, OverBudget, overBudget(item.Tokens, room-e.used[Session]))
		default:
			e.take(Session, item.Tokens)
			taken[i] = pick[string]{notes[i], item}
		}
	}
	for i := range notes {
		if r, ok := taken[i]; ok {
			e.remembered = append(e.remembered, r)
		}
	}
}

// session takes the turns before the last while they fit, the newest first and without a
// hole, and the summary of what was before them.
func (e *engine) session() {
	past := e.in.Past
	e.summarise()
	full := false
	for i := len(past.Turns) - 1; i >= 0; i-- {
		if i == len(past.Turns)-1 && len(e.turns) > 0 {
			continue
		}
		if !full && e.turn(i, e.room(Session, e.set.Session), i == len(past.Turns)-1) {
			continue
		}
		cost := e.turnCost
		if full { // there may be thousands, and a tokenizer may be a server
			cost = e.turnGuess
		}
		full = true
		item := e.turnItem(i, cost)
		e.leave(item, OverBudget, overBudget(item.Tokens, e.room(Session, e.set.Session)))
	}
}

// summarise takes the summary and notes the turns that stand in it.
func (e *engine) summarise() {
	past := e.in.Past
	if past.Summarised > 0 {
		e.leave(Item{Kind: Session, ID: fmt.Sprintf("turns 1 to %d", past.Summarised), Title: fmt.Sprintf("1–%d", past.Summarised)},
			Summarised, "stands in the summary; the original is kept")
	}
	if past.Summary == "" {
		return
	}
	item := Item{Kind: Session, ID: "summary", Title: title(past.Summary)}
	item.Tokens = e.count.of(e.style.earlier(past.Summary)) + kindHead
	if !e.template.shows["summary"] {
		e.leave(item, NotShown, "the template has no place for it")
		return
	}
	room := e.room(Session, e.set.Session)
	text := past.Summary
	if item.Tokens > room {
		text = e.shortenText(text, room-2*kindHead)
		item.Code, item.Why = Shortened, "cut at the end of a sentence"
	}
	if text == "" {
		e.leave(item, OverBudget, overBudget(item.Tokens, room))
		return
	}
	item.Tokens = min(item.Tokens, e.count.of(e.style.earlier(text))+kindHead)
	e.take(Session, item.Tokens)
	e.summary = &pick[string]{text, item}
}

// turnItem is turn i of the past, with what it takes.
func (e *engine) turnItem(i int, cost func(Turn) int) Item {
	t := told(e.in.Past.Turns[i])
	n := e.in.Past.Summarised + i + 1
	return Item{Kind: Session, ID: fmt.Sprintf("turn %d", n), Title: title(t.Question), Tokens: cost(t)}
}

func (e *engine) turnCost(t Turn) int {
	return e.count.of(t.Question) + e.count.of(t.Answer) + 2*perMessage
}

// turnGuess is turnCost by the estimate.
func (e *engine) turnGuess(t Turn) int {
	return e.count.guess.count(t.Question) + e.count.guess.count(t.Answer) + 2*perMessage
}

// turn puts turn i in front of those that are there. Where it may be shortened, its answer is
// cut to what there is room for.
func (e *engine) turn(i, room int, shorten bool) bool {
	t, item := told(e.in.Past.Turns[i]), e.turnItem(i, e.turnCost)
	if item.Tokens > room && shorten {
		t.Answer = e.shortenText(t.Answer, room-e.count.of(t.Question)-2*perMessage)
		item.Tokens, item.Code, item.Why = e.turnCost(t), Shortened, "cut at the end of a sentence"
	}
	if item.Tokens > room || t.Answer == "" {
		return false
	}
	e.take(Session, item.Tokens)
	e.turns = slices.Insert(e.turns, 0, pick[Turn]{t, item})
	return true
}

// told is a turn as a model is told of it. Its markers named the originals of its own prompt
// and would point at others in this one.
func told(t Turn) Turn {
	return Turn{clean(t.Question), strings.TrimSpace(clean(pastMarkers.ReplaceAllString(t.Answer, "")))}
}

var pastMarkers = regexp.MustCompile(`[ \t]*[\[【]\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*[\]】]`)
