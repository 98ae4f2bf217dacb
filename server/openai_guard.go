package server

import (
	"context"
	"errors"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/store"
	"wenyuan/trace"
)

// guardRefused is the code of a request that the guards do not let through.
const guardRefused wenyuan.Code = "guard_refused"

// A plainGuard is a request to a plain model on its way past the guards. Without a guard everything
// passes.
type plainGuard struct {
	guard *guard.Guard
	about guard.About
	vault *pii.Vault // what tokens stand for that the model is told; of this request alone
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
	p := &plainGuard{guard: g, vault: pii.NewVault(nil)}
	p.about = guard.About{Space: r.scope.Space(), Principal: r.who.ID, Vault: p.vault, Keep: keep}
	return p, nil
}

// recordsAll says whether a space keeps the texts of questions.
func (s *Server) recordsAll(ctx context.Context, space string) (bool, error) {
	policy := trace.Policy{}
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		policy, err = trace.PolicyOf(ctx, tx, space)
		return err
	})
	return policy.Record == trace.Everything, err
}

// screen looks at the messages of a request: what people and tools say. What is covered goes on
// covered; what does not go on is an error. The instructions of the client are its own.
func (p *plainGuard) screen(ctx context.Context, q *wenyuan.Request) error {
	if p.guard == nil {
		return nil
	}
	q.Messages = append([]wenyuan.Message{}, q.Messages...)
	about := p.about
	for i, m := range q.Messages {
		place := guard.Input
		switch m.Role {
		case "user":
			about.Question = m.Content
		case "tool":
			place = guard.Tool
		default:
			continue
		}
		if m.Content == "" || !p.guard.Checks(place) {
			continue
		}
		d, err := p.guard.Look(ctx, place, m.Content, about)
		if err != nil {
			return err
		}
		if stops(d) {
			return refusedBy(d)
		}
		q.Messages[i].Content = d.Text
	}
	p.about.Question = about.Question
	return nil
}

// restored is what a model wrote, with what tokens stand for.
func (p *plainGuard) restored(text string) string {
	if p.vault == nil {
		return text
	}
	return p.vault.Restore(text, nil)
}

// stops says whether a text does not go on.
func stops(d guard.Decision) bool { return d.Action == guard.Ask || d.Action == guard.Refuse }

// refusedBy is the error of a text that does not go on.
func refusedBy(d guard.Decision) error {
	e := &wenyuan.Error{Code: guardRefused, Message: "the guards do not let this through: " + whyOf(d), Hint: "put it in other words, or ask a reviewer of the space to look at it"}
	if d.Incident != "" {
		e.Hint = "put it in other words, or ask a reviewer of the space to look at incident " + d.Incident
	}
	return e
}

func checksOf(d guard.Decision) []string {
	var out []string
	for _, f := range d.Findings {
		if f.Action != guard.Allow {
			out = append(out, f.Check)
		}
	}
	return out
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
