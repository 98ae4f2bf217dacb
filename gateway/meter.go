package gateway

import (
	"context"
	"math"

	"wenyuan"
	"wenyuan/limit"
)

// What a call may take is bounded before by what cannot be more: a token stands for at least one
// byte, and each message has some tokens around it. Where a tokenizer is declared it is asked
// when the bound is too much; the rest is given back once the call is through.
const (
	aroundMessage = 16   // tokens that a server puts around one message or text
	bytesPerToken = 3    // of a text whose tokens nobody counts, about
	openOutput    = 4096 // tokens of an answer that the request does not bound
	leastOutput   = 256  // that such an answer always gets
)

// A metered is a call whose use is reserved.
type metered struct {
	m        *Model
	held     *limit.Reservation
	most     limit.Use
	prompt   int // bytes
	said     int // bytes
	begun    bool
	reported *wenyuan.Usage
}

// metered reserves what a call with these texts may take; out are the tokens of the answer.
func (m *Model) metered(ctx context.Context, texts []string, out int) (*metered, error) {
	x := &metered{m: m, prompt: lengthOf(texts)}
	c := limit.Of(ctx)
	c.Model = m.meters
	if m.limits.Counts(c) {
		c.Use = m.use(x.prompt+aroundMessage*len(texts), out)
	}
	var err error
	x.most = c.Use
	if x.held, err = m.limits.Reserve(ctx, c); wenyuan.CodeOf(err) != wenyuan.Limited || m.tokenizer == nil || c.In == 0 {
		return x, err
	}
	in, counting := m.count(ctx, texts)
	if counting != nil || int64(in) >= c.In {
		return x, err
	}
	c.Use = m.use(in, out)
	x.most = c.Use
	x.held, err = m.limits.Reserve(ctx, c)
	return x, err
}

// MeteredName is the name that limits know a model by: one that belongs to a space stands under it,
// so that it shares no count with one of the same name elsewhere. space is "" for the house.
func MeteredName(space, name string) string {
	if space == "" {
		return name
	}
	return space + "/" + name
}

func lengthOf(texts []string) (n int) {
	for _, t := range texts {
		n += len(t)
	}
	return n
}

// use is what tokens cost.
func (m *Model) use(in, out int) limit.Use {
	if most := m.spec.Context; most > 0 {
		in, out = min(in, most), min(out, most)
	}
	u := limit.Use{In: int64(in), Out: int64(out)}
	if p := m.spec.Price; p != nil {
		u.Money, u.Currency = int64(math.Ceil(float64(in)*p.Input+float64(out)*p.Output)), p.Currency // a price is for a million, and money is in millionths
	}
	return u
}

// count asks the tokenizer.
func (m *Model) count(ctx context.Context, texts []string) (total int, err error) {
	for _, t := range texts {
		n, err := m.tokenizer.Count(ctx, t)
		if err != nil {
			return 0, err
		}
		total += n + aroundMessage
	}
	return total, nil
}

// chunk notes what came.
func (x *metered) chunk(c wenyuan.Chunk, err error) {
	x.begun = x.begun || err == nil
	x.said += len(c.Text)
	for _, t := range c.ToolCalls {
		x.said += len(t.Name) + len(t.Arguments)
	}
	if c.Usage != nil {
		x.reported = c.Usage
	}
}

// settle says what the call has really taken: as the server reports it, else about what the
// texts make. A call that failed before it began has taken nothing.
func (x *metered) settle(ctx context.Context) {
	switch {
	case x.reported != nil:
		x.held.Settle(x.m.reported(x.reported))
	case !x.begun && ctx.Err() == nil:
		x.held.Settle(limit.Use{})
	default:
		really := x.m.use(x.prompt/bytesPerToken, (x.said+bytesPerToken-1)/bytesPerToken)
		x.held.Settle(limit.Use{In: min(really.In, x.most.In), Out: min(really.Out, x.most.Out), Money: min(really.Money, x.most.Money), Currency: really.Currency})
	}
}

// reported is a usage as limits count it.
func (m *Model) reported(u *wenyuan.Usage) limit.Use {
	out := limit.Use{In: int64(u.Prompt), Out: int64(u.Completion)}
	if p := m.spec.Price; p != nil {
		out.Money, out.Currency = int64(math.Ceil(float64(u.Prompt)*p.Input+float64(u.Completion)*p.Output)), p.Currency
	}
	return out
}

// textsOf is all that a request says to a model.
func textsOf(r wenyuan.Request) (texts []string) {
	for _, m := range r.Messages {
		text := m.Content + m.Name + m.ToolCall
		for _, c := range m.ToolCalls {
			text += c.ID + c.Name + c.Arguments
		}
		texts = append(texts, text)
	}
	for _, t := range r.Tools {
		texts = append(texts, t.Name+t.Description+string(t.Parameters))
	}
	if r.Schema != nil {
		texts = append(texts, r.Schema.Name+string(r.Schema.Schema))
	}
	return texts
}

// begin reserves for a chat. Where tokens or money are limited, an answer that the request leaves
// open is held to some length: what has no end cannot be reserved.
func (m *Model) begin(ctx context.Context, r *wenyuan.Request) (*wenyuan.Request, *metered, error) {
	if !m.counts(ctx) {
		x, err := m.metered(ctx, nil, 0)
		return r, x, err
	}
	texts := textsOf(*r)
	bounded := *r
	bounded.MaxTokens = m.length(r.MaxTokens, texts)
	x, err := m.metered(ctx, texts, bounded.MaxTokens)
	return &bounded, x, err
}

// counts says whether tokens or money of a call are limited.
func (m *Model) counts(ctx context.Context) bool {
	c := limit.Of(ctx)
	c.Model = m.meters
	return m.limits.Counts(c)
}

// length is how long an answer may be where it is limited; most is what the request says.
func (m *Model) length(most int, texts []string) int {
	switch {
	case most > 0:
		return most
	case m.spec.Context > 0:
		return max(min(openOutput, m.spec.Context-lengthOf(texts)/bytesPerToken), leastOutput)
	}
	return openOutput
}

// asSent is a request as it is sent for who asks, for its key: an answer that a limit holds to some
// length is not that of somebody whom none holds.
func (m *Model) asSent(ctx context.Context, r wenyuan.Request) wenyuan.Request {
	if r.MaxTokens <= 0 && m.counts(ctx) {
		r.MaxTokens = m.length(0, textsOf(r))
	}
	return r
}

// meteredAsk reserves for something that comes in one piece and writes no text, asks, and settles.
func meteredAsk[T any](ctx context.Context, m *Model, texts []string, f func() (T, *wenyuan.Usage, error)) (out T, err error) {
	x, err := m.metered(ctx, texts, 0)
	if err != nil {
		return out, err
	}
	defer x.settle(ctx)
	out, x.reported, err = f()
	x.begun = err == nil
	return out, err
}
