package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/trace"
)

// guardRefused is the code of a request that the guards do not let through.
const guardRefused wenyuan.Code = "guard_refused"

// A plainGuard is a request to a plain model on its way past the guards. Without a guard everything
// passes.
type plainGuard struct {
	guard *guard.Guard
	about guard.About
	vault *pii.Vault        // what tokens stand for that the model is told; of this request alone; nil where the policy has none
	tools bool              // a tool has said something: it may tell the model where to send what was said
	said  []wenyuan.Passage // what people and tools said before: a link that stands in it is no model's own

	touched bool // something was found or covered in what was asked or answered
}

// met notes whether there was anything to a text.
func (p *plainGuard) met(d *guard.Decision, text string) {
	p.touched = p.touched || d.Action != guard.Allow || len(d.Findings) > 0 || d.Text != text
}

// plainGuards readies the policy of the space. Texts are kept with incidents only where the space
// records everything.
func (s *Server) plainGuards(r *request) (*plainGuard, error) {
	if s.Guards == nil {
		return &plainGuard{}, nil
	}
	g, err := s.Guards.For(r.Context(), r.scope.Space(), "")
	if err != nil {
		return nil, err
	}
	keep, err := s.recordsAll(r.Context(), r.scope.Space())
	if err != nil {
		return nil, err
	}
	p := &plainGuard{guard: g}
	if g.NeedsVault() {
		if p.vault, err = s.Guards.Vault(r.Context(), r.scope, ""); err != nil {
			return nil, err
		}
	}
	p.about = guard.About{Space: r.scope.Space(), Principal: r.who.ID, Vault: p.vault, Keep: keep}
	return p, nil
}

// keepsSecrets says whether the model is told tokens in the place of something that was said: of two
// requests that read the same to it, they may stand for different things.
func (p *plainGuard) keepsSecrets() bool { return p.vault != nil && len(p.vault.Entries()) > 0 }

// recordsAll says whether a space keeps the texts of questions.
func (s *Server) recordsAll(ctx context.Context, space string) (bool, error) {
	policy, err := s.recording(ctx, space)
	return policy.Record == trace.Everything, err
}

// screen looks at the messages of a request: what people and tools say. What is covered goes on
// covered; what does not go on is an error. The instructions of the client are its own, and what the
// model said before was looked at then: in them it is covered what the policy covers, nothing more.
func (p *plainGuard) screen(ctx context.Context, q *wenyuan.Request) error {
	if p.guard == nil {
		return nil
	}
	q.Messages = append([]wenyuan.Message{}, q.Messages...)
	doubtful, last := 0, 0
	for i, m := range q.Messages {
		if m.Role == "user" {
			last = i
		}
	}
	p.touched = len(q.Tools) > 0
	for i := range q.Messages {
		look, before := p.guard.Again, q.Messages[i]
		if i == last {
			look = p.guard.Look
		}
		d, err := p.message(ctx, &q.Messages[i], look)
		if err != nil {
			return err
		}
		after := &q.Messages[i]
		p.touched = p.touched || d.Action != guard.Allow && d.Action != "" || len(d.Findings) > 0 || before.Content != after.Content || before.Name != after.Name || len(before.ToolCalls) > 0
		if d.Action == guard.Flag || d.Stops() {
			doubtful++
		}
	}
	if err := p.ofTools(ctx, q); err != nil {
		return err
	}
	if doubtful >= mostDoubtful {
		return &wenyuan.Error{Code: guardRefused, Message: fmt.Sprintf("the guards do not let this through: %d of its messages are in doubt, each of which alone would go on", doubtful),
			Hint: "begin anew, without what was said before"}
	}
	return nil
}

// mostDoubtful is how many messages of one request may be in doubt: a model can be talked into what it
// would not do by showing it many times that it did.
const mostDoubtful = 8

type lookFunc func(ctx context.Context, place guard.Place, text string, about guard.About) (guard.Decision, error)

// message looks at one message and covers what is to be covered in it.
func (p *plainGuard) message(ctx context.Context, m *wenyuan.Message, look lookFunc) (d guard.Decision, err error) {
	place := guard.Input
	if m.Name, err = p.guard.Cover(ctx, guard.Input, m.Name, p.about); err != nil {
		return d, err
	}
	switch m.Role {
	case "assistant":
		if m.Content == "" || !p.guard.Checks(guard.Input) {
			return d, p.coverMessage(ctx, m)
		}
		about := p.theirs()
		about.Dry = true // it goes on, so that there is nothing to contest
		if d, err = p.guard.Again(ctx, guard.Input, m.Content, about); err != nil {
			return d, err
		}
		return d, p.coverMessage(ctx, m)
	case "user":
		p.about.Question = m.Content
	case "tool":
		place, p.tools = guard.Tool, true
	default:
		return d, p.coverMessage(ctx, m)
	}
	p.says(m)
	if m.Content == "" || !p.guard.Checks(place) {
		return d, nil
	}
	if d, err = look(ctx, place, m.Content, p.about); err != nil {
		return d, err
	}
	if d.Stops() {
		return d, refusedBy(d)
	}
	if m.Content = d.Text; place == guard.Tool && !p.guard.Tokens(place) { // what is not told to models is not, whoever says it
		m.Content, err = p.guard.Cover(ctx, guard.Input, m.Content, p.theirs())
	}
	return d, err
}

// says notes what was said, where what the model says is looked at.
func (p *plainGuard) says(m *wenyuan.Message) {
	if p.guard.Checks(guard.Output) {
		p.said = append(p.said, wenyuan.Passage{Text: m.Content})
	}
}

// theirs is what is known of a text that is not the asker's own.
func (p *plainGuard) theirs() guard.About {
	about := p.about
	about.Principal = ""
	return about
}

// coverMessage covers in what is not looked at what the policy covers in what comes in.
func (p *plainGuard) coverMessage(ctx context.Context, m *wenyuan.Message) (err error) {
	about := p.about
	if m.Role == "system" {
		p.says(m)
	}
	if m.Content, err = p.guard.Cover(ctx, guard.Input, m.Content, about); err != nil {
		return err
	}
	m.ToolCalls = slices.Clone(m.ToolCalls)
	for i, c := range m.ToolCalls {
		m.ToolCalls[i].Arguments, err = withStrings(c.Arguments, func(s string) (string, error) { return p.guard.Cover(ctx, guard.Input, s, about) })
		if err != nil {
			return err
		}
	}
	return nil
}

// longestTexts is how long the guards may take over the texts of one request.
const longestTexts = time.Minute

// texts looks at texts that are to become vectors as at what people ask, and gives them covered. Most
// are parts of documents and come again: no fence stands before them, and a clean one is not looked at
// twice.
func (p *plainGuard) texts(ctx context.Context, all []string) ([]string, error) {
	if p.guard == nil || !p.guard.Checks(guard.Input) {
		return all, nil
	}
	within, done := context.WithTimeout(ctx, longestTexts) // a policy may ask a model about each
	defer done()
	out := make([]string, len(all))
	for i, text := range all {
		d, err := p.guard.Again(within, guard.Input, text, p.about)
		if within.Err() != nil && ctx.Err() == nil {
			return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the guards looked at %d of %d texts within a minute", i, len(all)), Hint: "send fewer texts at once"}
		}
		if err != nil {
			return nil, err
		}
		if d.Stops() {
			return nil, refusedBy(d)
		}
		out[i] = d.Text
	}
	return out, nil
}

// shownAgain is what the policy covers by tokens in answers, with what the asker wrote themselves put
// back.
func (p *plainGuard) shownAgain(text string) string {
	if p.vault == nil || !p.guard.Tokens(guard.Output) {
		return text
	}
	return p.vault.Restore(text, func(e pii.Entry) bool { return e.Principal != "" && e.Principal == p.about.Principal })
}

// memorable is a text as it may be kept beyond its conversation: what does not go on is an error, and
// what records do not hold is covered for good.
func (p *plainGuard) memorable(ctx context.Context, text string) (string, error) {
	d, err := p.guard.Again(ctx, guard.Input, text, p.about)
	if err != nil {
		return "", err
	}
	if d.Stops() {
		return "", refusedBy(d)
	}
	about := p.about
	about.Vault = nil
	return p.guard.Cover(ctx, guard.Log, text, about)
}

// refusedBy is the error of a text that does not go on.
func refusedBy(d guard.Decision) error {
	e := &wenyuan.Error{Code: guardRefused, Message: "the guards do not let this through: " + whyOf(d), Hint: "put it in other words, or ask a reviewer of the space to look at it"}
	if d.Incident != "" {
		e.Hint = "put it in other words, or ask a reviewer of the space to look at incident " + d.Incident
	}
	return e
}

// refusalOf is the same for OpenAI's clients, as the field of a message.
func refusalOf(r *request, err error) *string {
	p, _ := explain(err, r.id)
	p = p.told(r)
	text := p.Message
	if p.Hint != "" {
		text += ": " + p.Hint
	}
	return &text
}

// asRefused gives the error of a stream that the guards ended its code.
func asRefused(why error) error {
	out := &wenyuan.Error{Code: guardRefused, Message: "the guards do not let this through: " + why.Error(), Hint: "put it in other words, or ask a reviewer of the space to look at it"}
	if e, ok := errors.AsType[*wenyuan.Error](why); ok {
		out.Message, out.Hint = e.Message, e.Hint
	}
	return out
}
