package prompt

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/lang"
)

// Build makes the prompt of one question. A question that leaves no room is TooLarge,
// settings and values that cannot be used are Invalid; a tokenizer that fails is no error, the
// plan says that the count is an estimate then.
//
// The budget goes to the system part and the question first, then to the least of the
// session, to knowledge, examples, tools, and to the rest of the session; what is free then
// is knowledge's.
func Build(ctx context.Context, in Input) (Built, error) {
	e, err := newEngine(ctx, in)
	if err != nil {
		return Built{}, err
	}
	if err := e.fixed(); err != nil {
		return Built{}, err
	}
	e.rankKnowledge()
	e.sessionLeast()
	e.knowledge(knowledgeShare)
	e.examples()
	e.tools()
	e.session()
	e.knowledge(1)
	return e.finish()
}

// knowledgeShare is the part of the free budget that knowledge has before examples, tools
// and the older session get theirs.
const knowledgeShare = 0.6

// Tokens that chat formats take for what we do not see: around each message, and to begin
// the answer. ChatML, the widest of them, takes 4 and 3.
const perMessage, perAnswer = 5, 3

// An engine builds one prompt.
type engine struct {
	ctx      context.Context
	in       Input
	set      Settings
	template *Template
	values   map[string]any
	rules    string // the system part of a prompt with no memory
	style    style
	count    *counter
	bags     bagger
	question bag

	free int            // tokens that nobody has yet
	used map[string]int // by kind

	ranked     []candidate // knowledge that is not taken yet, best first
	best       float64     // the highest score of knowledge
	kept       []candidate // knowledge, best first
	parts      int         // passages that were looked at for a part of them
	shown      []pick[Example]
	away       map[string]bool // ids of examples of Input.Away
	offered    []pick[wenyuan.Tool]
	remembered []pick[string]
	summary    *pick[string]
	turns      []pick[Turn] // oldest first
	out        []Item       // left out
}

// A pick is a piece of a memory that is in the prompt.
type pick[T any] struct {
	what T
	item Item
}

func newEngine(ctx context.Context, in Input) (*engine, error) {
	if err := in.Settings.Check(); err != nil {
		return nil, err
	}
	e := &engine{ctx: ctx, in: in, set: in.Settings.filled(in.Context), template: in.Template, count: newCounter(ctx, in.Count, in.Model), used: map[string]int{}, away: map[string]bool{}}
	if e.template == nil {
		e.template = Default()
	}
	values, err := e.template.values(e.set.Values)
	if err != nil {
		return nil, e.template.Check(e.set.Values)
	}
	e.values = values
	e.style = style{e.set.Format, lang.Of(in.Question) == lang.Chinese}
	if e.style.format == "" || e.style.format == auto {
		e.style.format = formatFor(in.Model, e.style.chinese)
	}
	e.set.Format = e.style.format
	e.question = e.bags.of(in.Question)
	return e, nil
}

// fixed pays for what is always there. A tool changes the rules, so they are paid for as if
// there were one.
func (e *engine) fixed() error {
	system, user, err := e.template.render(data{style: e.style, question: e.in.Question, tools: e.in.Tools, values: e.values})
	if err != nil {
		return fmt.Errorf("prompt: %w", err)
	}
	e.rules = system
	system = e.marked(system)
	question := e.count.of(clean(e.in.Question))
	whole := e.count.of(system) + e.count.of(user) + 2*perMessage + perAnswer
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if whole > e.set.Budget {
		return &wenyuan.Error{Code: wenyuan.TooLarge,
			Message: fmt.Sprintf("the question with the rules takes %d tokens of the prompt, more than its %d", whole, e.set.Budget),
			Hint:    "ask a shorter question, or give the prompt a larger budget, up to what the model's context leaves"}
	}
	e.used["question"], e.used["system"] = question, whole-question
	e.free = e.set.Budget - whole
	return nil
}

// take gives tokens to a kind.
func (e *engine) take(kind string, tokens int) {
	e.used[kind] += tokens
	e.free -= tokens
}

// room is what a kind may still take.
func (e *engine) room(kind string, limit int) int { return min(e.free, limit-e.used[kind]) }

// leave notes what is not in the prompt, and why.
func (e *engine) leave(i Item, code, why string) {
	i.Kept, i.Place, i.Code, i.Why = false, 0, code, why
	e.out = append(e.out, i)
}

// overBudget is why something has no room.
func overBudget(needs, room int) string {
	return fmt.Sprintf("takes %d tokens where %d are free", needs, max(0, room))
}

// finish puts everything in its order, writes the messages, and takes out what goes over the
// budget once it is written: pieces are counted one by one, and the whole is what counts.
func (e *engine) finish() (Built, error) {
	slices.SortStableFunc(e.kept, func(a, b candidate) int { return cmp.Compare(b.rel, a.rel) })
	for {
		b, total, err := e.write()
		if err == nil {
			err = e.ctx.Err()
		}
		if err != nil {
			return Built{}, err
		}
		if total <= e.set.Budget || !e.shed(total-e.set.Budget) {
			b.Plan = e.plan(total)
			b.Recorded, err = e.recorded()
			return b, err
		}
	}
}

// write makes the messages and counts them.
func (e *engine) write() (b Built, total int, err error) {
	d := e.data()
	for _, t := range e.offered {
		total += t.item.Tokens
	}
	b = Built{Tools: d.tools, Rules: e.rules, Passages: append([]wenyuan.Passage{}, d.passages...)}
	if b.Messages, err = e.messages(d); err != nil {
		return Built{}, 0, err
	}
	for _, m := range b.Messages {
		total += e.count.of(m.Content) + perMessage
	}
	return b, total + perAnswer, nil
}

// data is what was selected, in its order.
func (e *engine) data() data {
	d := data{style: e.style, question: e.in.Question, values: e.values}
	for _, c := range ordered(e.set.Order, e.kept) {
		d.passages = append(d.passages, c.passage)
	}
	for _, x := range ordered(e.set.Order, e.shown) {
		d.examples = append(d.examples, x.what)
	}
	for _, r := range e.remembered {
		d.remembered = append(d.remembered, r.what)
	}
	if e.summary != nil {
		d.summary = e.summary.what
	}
	for _, t := range e.offered {
		d.tools = append(d.tools, t.what)
	}
	return d
}

func (e *engine) messages(d data) (all []wenyuan.Message, err error) {
	system, user, err := e.template.render(d)
	if err != nil {
		return nil, fmt.Errorf("prompt: %w", err)
	}
	if system = e.marked(system); system != "" {
		all = append(all, wenyuan.Message{Role: "system", Content: system})
	}
	for _, t := range e.turns {
		all = append(all, wenyuan.Message{Role: "user", Content: t.what.Question}, wenyuan.Message{Role: "assistant", Content: t.what.Answer})
	}
	return append(all, wenyuan.Message{Role: "user", Content: user}), nil
}

// recorded are the messages without the words of examples that are away.
func (e *engine) recorded() ([]wenyuan.Message, error) {
	d, away := e.data(), false
	for i, x := range ordered(e.set.Order, e.shown) {
		if e.away[x.item.ID] {
			d.examples[i], away = Example{ID: x.item.ID, Question: "… " + x.item.ID, Answer: "…"}, true
		}
	}
	if !away {
		return nil, nil
	}
	return e.messages(d)
}

// marked puts the canary behind the rules, whatever template they are from. It is told as a
// name that nothing asks for, so that an honest answer has no cause to say it.
func (e *engine) marked(system string) string {
	if e.in.Canary == "" || system == "" {
		return system
	}
	if e.style.chinese {
		return system + "\n（以上规则的编号：" + e.in.Canary + "，仅供内部核对。）"
	}
	return system + "\n(Number of these rules, for the house alone: " + e.in.Canary + ")"
}

// shed takes the least important piece out: the oldest turn beside the last, the worst tool,
// the worst example, the worst passage beside the best, then the rest of the session. false
// where nothing is left to take.
func (e *engine) shed(over int) bool {
	gone := func(i Item) bool {
		e.used[i.Kind] -= i.Tokens
		e.leave(i, OverBudget, overBudget(i.Tokens, i.Tokens-over))
		return true
	}
	switch {
	case len(e.turns) > 1:
		i := e.turns[0].item
		e.turns = e.turns[1:]
		return gone(i)
	case len(e.offered) > 0:
		return gone(pop(&e.offered).item)
	case len(e.shown) > 0:
		return gone(pop(&e.shown).item)
	case len(e.kept) > 1:
		return gone(pop(&e.kept).item)
	case len(e.turns) > 0:
		return gone(pop(&e.turns).item)
	case e.summary != nil:
		i := e.summary.item
		e.summary = nil
		return gone(i)
	case len(e.remembered) > 0:
		return gone(pop(&e.remembered).item)
	case len(e.kept) > 0:
		return e.shrinkBest(over)
	}
	return false
}

func pop[T any](s *[]T) T {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// plan says what was done. Items stand in the order of the prompt.
func (e *engine) plan(total int) Plan {
	p := Plan{Model: e.in.Model, Budget: e.set.Budget, Reserve: e.set.Reserve, Exact: e.count.exact != nil,
		Used:   map[string]int{Knowledge: 0, Tools: 0, Examples: 0, Session: 0},
		Limits: map[string]int{Knowledge: e.set.Knowledge, Tools: e.set.Tools, Examples: e.set.Examples, Session: e.set.Session},
		Order:  e.set.Order, Format: e.set.Format, Items: []Item{}}
	if e.count.failed != nil {
		p.Counted = "the model's tokenizer did not answer, so tokens are estimated"
	}
	add := func(i Item) {
		i.Kept, i.Place = true, len(p.Items)+1
		p.Used[i.Kind] += i.Tokens
		p.Items = append(p.Items, i)
	}
	for _, r := range e.remembered {
		add(r.item)
	}
	if e.summary != nil {
		add(e.summary.item)
	}
	for _, x := range ordered(e.set.Order, e.shown) {
		add(x.item)
	}
	for _, t := range e.offered {
		add(t.item)
	}
	for _, t := range e.turns {
		add(t.item)
	}
	for _, c := range ordered(e.set.Order, e.kept) {
		add(c.item)
	}
	p.Items = append(p.Items, e.out...)
	p.Used["question"] = e.used["question"]
	p.Used["system"] = total
	for kind, n := range p.Used {
		if kind != "system" {
			p.Used["system"] -= n
		}
	}
	if p.Limits[Knowledge] == 0 {
		p.Limits[Knowledge] = max(0, p.Budget-total+p.Used[Knowledge])
	}
	return p
}

// score brings a relevance to two places, so that what is shown and what is compared is one.
func score(x float64) float64 { return math.Round(x*1000) / 1000 }

// title is the beginning of a text, on one line.
func title(s string) string {
	r := []rune(oneLine(s))
	if len(r) > 80 {
		return strings.TrimSpace(string(r[:79])) + "…"
	}
	return string(r)
}
