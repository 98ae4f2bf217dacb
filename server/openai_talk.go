package server

import (
	"context"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/guard"
	"wenyuan/guard/pii"
)

// A plainTalk is one request to a plain model, until its answer has the form that was asked for:
// where it does not, it is asked for once more, as long as nothing of it was sent.
type plainTalk struct {
	s       *Server
	r       *request
	model   wenyuan.Model
	request wenyuan.Request
	form    wantedForm
	guards  *plainGuard
	head    chatCompletion
	usage   *wenyuan.Usage // of all calls
	told    *manner.Told   // what the gateway did
	tokens  bool           // a stream tells at its end what it took
}

// filtered is why an answer ended that the guards did not let through.
const filtered = "content_filter"

// A spoken is a whole reply of a model.
type spoken struct {
	text   string
	calls  []wenyuan.ToolCall
	finish string
}

// whole answers with one body.
func (p *plainTalk) whole(w http.ResponseWriter) error {
	said, err := p.collect(p.r.Context())
	if err != nil {
		return err
	}
	if why := p.fits(said); why != nil {
		if said.finish == "length" {
			return notInForm(why, said.finish)
		}
		p.request = p.form.again(p.request, said.text, why)
		if said, err = p.collect(p.r.Context()); err != nil {
			return err
		}
		if why := p.fits(said); why != nil {
			return notInForm(why, said.finish)
		}
	}
	reply, finish, err := p.shown(said)
	if err != nil {
		return err
	}
	p.head.Object, p.head.Usage = "chat.completion", &chatUsage{}
	if p.usage != nil {
		p.head.Usage = chatUsageOf(*p.usage)
	}
	p.head.Choices = []chatChoice{{Message: reply, FinishReason: &finish}}
	tell(w, p.head.Model, p.told)
	p.noteAnswer(said)
	return writeJSON(w, http.StatusOK, &p.head)
}

// collect reads a stream to its end. What a model may say is bounded by the gateway.
func (p *plainTalk) collect(ctx context.Context) (spoken, error) {
	c := collected{spoken: spoken{finish: "stop"}}
	p.model.Stream(ctx, p.request)(c.takes)
	if c.err != nil {
		return c.spoken, c.err
	}
	p.usage = p.usage.Plus(c.used)
	if c.rest.Len() > 0 {
		c.text += c.rest.String()
	}
	return c.spoken, nil
}

// A collected is a reply of which all is waited for.
type collected struct {
	spoken                 // text is the first piece of it
	rest   strings.Builder // the others: most replies have none
	used   *wenyuan.Usage
	err    error
}

func (s *collected) takes(c wenyuan.Chunk, err error) bool {
	if s.err = err; err != nil {
		return false
	}
	if s.text == "" {
		s.text = c.Text
	} else {
		s.rest.WriteString(c.Text)
	}
	s.calls = joinCalls(s.calls, c.ToolCalls)
	if c.Finish != "" {
		s.finish = c.Finish
	}
	if c.Usage != nil {
		s.used = c.Usage
	}
	return true
}

// fits says why a reply does not have its form. One that calls tools has none, and one that its
// provider stopped is no answer.
func (p *plainTalk) fits(said spoken) error {
	if len(said.calls) > 0 || said.finish == filtered || p.form.Kind() == "" {
		return nil
	}
	return p.form.Check(p.form.Bare(p.restored(said.text)))
}

// shown is a reply as the guards let it through.
func (p *plainTalk) shown(said spoken) (*chatReply, string, error) {
	reply := &chatReply{Role: "assistant"}
	text := p.restored(said.text)
	if p.form.Kind() != "" {
		text = p.form.Bare(text)
	}
	if g := p.guards.guard; g != nil && text != "" && g.Checks(guard.Output) {
		d, err := g.Look(p.r.Context(), guard.Output, text, p.guards.outgoing())
		if err != nil {
			return nil, "", err
		}
		p.guards.met(&d, text)
		if d.Stops() {
			nothing := ""
			reply.Content, reply.Refusal = &nothing, refusalOf(p.r, refusedBy(d))
			return reply, filtered, nil
		}
		text = p.guards.shownAgain(d.Text)
	}
	if text != "" || len(said.calls) == 0 {
		reply.Content = &text
	}
	calls, d, err := p.guards.calls(p.r.Context(), said.calls)
	if err != nil {
		return nil, "", err
	}
	if d != nil {
		reply.Refusal = refusalOf(p.r, refusedBy(*d))
		return reply, filtered, nil
	}
	for _, c := range calls {
		reply.ToolCalls = append(reply.ToolCalls, callOf(c, false))
	}
	return reply, said.finish, nil
}

// restored is what a model wrote with what its tokens stand for; JSON stays JSON.
func (p *plainTalk) restored(text string) string {
	switch {
	case p.guards.vault == nil:
		return text
	case p.form.isJSON():
		return p.guards.vault.RestoreJSON(text, nil)
	}
	return p.guards.vault.Restore(text, nil)
}

// stream hands on what comes as soon as it is looked at. After the first piece an error can only
// be said inside the stream.
func (p *plainTalk) stream(w http.ResponseWriter) error {
	defer streams.begin()()
	p.head.Object = "chat.completion.chunk"
	ctx, stop := context.WithCancelCause(p.r.Context())
	defer stop(nil)
	out := &plainStream{talk: p, events: p.s.eventStream(w, stop)}
	why, err := out.run(ctx)
	if why != nil && err == nil && !out.sent && out.finish != "length" {
		out = out.again(why)
		why, err = out.run(ctx)
	}
	for tries := 1; tries < brokenOff && out.lost(ctx, err); tries++ {
		out = &plainStream{talk: p, events: out.events}
		why, err = out.run(ctx)
	}
	return p.over(ctx, out, why, err)
}

// brokenOff is how often a reply is asked for that breaks off before anything of it was let through.
const brokenOff = 3

// lost says whether a reply broke off of which the client has seen nothing: the guards held what came.
func (o *plainStream) lost(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && o.came && !o.sent && wenyuan.CodeOf(err) == wenyuan.Unavailable
}

// again begins a reply anew that did not have its form.
func (o *plainStream) again(why error) *plainStream {
	p := o.talk
	p.request = p.form.again(p.request, o.said.String(), why)
	return &plainStream{talk: p, events: o.events}
}

// over ends a stream: with its last event, or with what went wrong.
func (p *plainTalk) over(ctx context.Context, out *plainStream, why, err error) error {
	if ctx.Err() != nil {
		if err := withdrawn(p.r.Context(), ctx.Err()); wenyuan.CodeOf(err) == wenyuan.Denied {
			return p.s.breakOffOpenAI(out.events, p.r, err)
		}
		return nil // nobody reads any more
	}
	if why != nil && err == nil {
		err = notInForm(why, out.finish)
	}
	if err != nil {
		return p.s.breakOffOpenAI(out.events, p.r, err)
	}
	p.done(out.events)
	return nil
}

// done ends a stream, with the tokens of the whole where the client asked for them.
func (p *plainTalk) done(e *events) {
	if p.usage != nil && p.tokens {
		last := p.head
		last.Choices, last.Usage = []chatChoice{}, chatUsageOf(*p.usage)
		e.later("", &last)
	}
	if err := e.done(); err != nil {
		p.s.reportLost(p.r, err)
	}
}

// A plainStream is one reply while it is sent.
type plainStream struct {
	talk   *plainTalk
	events *events
	looks  *guard.Stream      // nil where nothing is looked at
	tokens *pii.Restorer      // nil where there are none
	said   strings.Builder    // where it may be asked for anew
	held   []wenyuan.ToolCall // calls of which not all has come
	head   []byte             // what every piece begins with
	calls  bool
	came   bool // a piece of the model's answer
	sent   bool // something that counts as the answer
	finish string
}

// begin readies what a reply passes: its tokens are put back, then its form is looked at, then what it
// says.
func (o *plainStream) begin(ctx context.Context) {
	g := o.talk.guards
	if g.guard != nil && g.guard.Checks(guard.Output) {
		o.looks = g.guard.Stream(ctx, guard.Output, g.outgoing())
	}
	if g.vault != nil {
		o.tokens = g.vault.Restorer(nil)
		o.tokens.JSON = o.talk.form.isJSON()
	}
}

// run reads a reply and sends it. why says that it does not have its form: what was sent of it
// until then could still have become valid. What is held back comes out with the chunk that has the
// Finish: a [wenyuan.Model] has one, or ends with an error.
func (o *plainStream) run(ctx context.Context) (why, err error) {
	p := o.talk
	fits, bare := p.form.Stream(), p.form.Barer()
	o.begin(ctx)
	var used *wenyuan.Usage
	defer func() { p.usage = p.usage.Plus(used) }()
	for c, err := range p.model.Stream(ctx, p.request) {
		if err != nil {
			return nil, err
		}
		o.came = true
		if c.Usage != nil {
			used = c.Usage
		}
		if p.form.Kind() != "" {
			o.said.WriteString(c.Text)
		}
		o.calls = o.calls || len(c.ToolCalls) > 0
		if o.finish != "" {
			continue // behind its end there is nothing but its usage
		}
		o.finish = c.Finish
		if c.Text = bare.Write(o.restored(c)); c.Finish != "" {
			c.Text += bare.Close()
		}
		if why := fits.Write(c.Text); why != nil && !o.calls {
			return why, nil
		}
		if c.Finish != "" && !o.calls && c.Finish != filtered {
			if why := fits.Close(); why != nil {
				return why, nil
			}
		}
		if over, err := o.send(ctx, c); over || err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// restored puts back what tokens stand for, also one that comes in pieces.
func (o *plainStream) restored(c wenyuan.Chunk) string {
	if o.tokens == nil {
		return c.Text
	}
	text := o.tokens.Write(c.Text)
	if c.Finish != "" {
		text += o.tokens.Close()
	}
	return text
}

// send gives out of a chunk what the guards let through. over says that they ended the answer.
func (o *plainStream) send(ctx context.Context, c wenyuan.Chunk) (over bool, err error) {
	if o.looks != nil {
		ready, _, err := o.looks.Write(c.Text)
		if err == nil && c.Finish != "" {
			var rest string
			rest, _, err = o.looks.Close()
			ready += rest
		}
		if c.Text = o.talk.guards.shownAgain(ready); err != nil {
			return o.stopped(c, err)
		}
	}
	if over, err := o.call(ctx, &c); over || err != nil {
		return over, err
	}
	if c.Text == "" && len(c.ToolCalls) == 0 && c.Finish == "" && o.events.begun {
		return false, nil // the first chunk tells the client that something comes, though it is held back
	}
	o.sent = o.sent || c.Text != "" || len(c.ToolCalls) > 0
	o.tell()
	o.piece(c)
	return false, nil
}

// call holds the calls of a chunk back until all of them has come, where they are to be looked at:
// nobody can carry out a piece of one.
func (o *plainStream) call(ctx context.Context, c *wenyuan.Chunk) (over bool, err error) {
	if o.looks == nil && o.tokens == nil {
		return false, nil
	}
	o.held = joinCalls(o.held, c.ToolCalls)
	c.ToolCalls = nil
	if c.Finish == "" || len(o.held) == 0 {
		return false, nil
	}
	calls, d, err := o.talk.guards.calls(ctx, o.held)
	if err != nil {
		return false, err
	}
	if d != nil {
		return o.stopped(*c, refusedBy(*d))
	}
	c.ToolCalls = calls
	return false, nil
}

// tell says in the head, before the first event, where the answer comes from.
func (o *plainStream) tell() {
	if !o.events.begun {
		tell(o.events.out.w, o.talk.head.Model, o.talk.told)
	}
}

// stopped ends the answer as OpenAI's clients know it: content_filter, and why.
func (o *plainStream) stopped(c wenyuan.Chunk, why error) (bool, error) {
	if o.talk.r.Context().Err() != nil {
		return true, why
	}
	o.finish = filtered
	o.tell()
	if c.Text != "" {
		o.piece(wenyuan.Chunk{Text: c.Text})
	}
	last := o.talk.head.chunk(wenyuan.Chunk{Finish: filtered}, !o.events.begun)
	last.Choices[0].Delta.Refusal = refusalOf(o.talk.r, asRefused(why))
	o.events.send("", &last)
	return true, nil
}
