package answer

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/answer/segment"
	"wenyuan/gateway/manner"
	"wenyuan/prompt"
)

// noAnswer is what a model writes when the originals do not hold the answer.
const noAnswer = prompt.NoAnswer

// maxAnswer bounds, in bytes, what a model may write in one call: some fifty pages.
const maxAnswer = 256 << 10

// generate lets the model write, and releases each sentence when the next one has begun.
func (w *work) generate(ctx context.Context) error {
	end := w.step("prompt")
	built, err := w.build(ctx)
	if err != nil {
		return err
	}
	end(fmt.Sprintf("%d originals, %d messages", len(built.Passages), len(built.Messages)), built.Plan)
	if len(built.Passages) == 0 {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("none of the originals fits into the %d tokens of the prompt", built.Plan.Budget),
			Hint: "give the assistant's prompt a larger budget, or choose a model with a longer context"}
	}
	if len(built.Passages) == 0 && len(w.found.Kept) > 0 {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: "none of the originals fits into the prompt", Hint: "take a model with a longer context, or give the prompt a larger budget"}
	}
	w.prepare(built.Passages)
	w.built = built
	done, messages := w.step("generate"), built.Messages
	for {
		again, err := w.listen(ctx, wenyuan.Request{Messages: messages, Tools: built.Tools, Temperature: new(float64)}, built.Plan.Reserve*maxPerToken)
		if err != nil {
			done("failed", w.sent(built))
			return err
		}
		if !again {
			break
		}
		h := w.reply.held[len(w.reply.held)-1]
		if messages, err = w.onceMore(ctx, built.Messages, h); err != nil {
			return err
		}
		w.reply.second, w.reply.repeats, w.reply.gap = true, 0, h.draft.gap
	}
	done(fmt.Sprintf("%s: %s", w.chat.Name, w.counts()), w.sent(built))
	return w.verified(ctx)
}

// A sent is what a trace keeps of what the model was sent.
type sent struct {
	Messages []wenyuan.Message `json:"messages"`
	Tools    []wenyuan.Tool    `json:"tools,omitempty"`
	Usage    *wenyuan.Usage    `json:"usage,omitempty"` // of all calls
	Attempts int               `json:"attempts"`
	Again    []held            `json:"again,omitempty"` // the sentences that were asked for once more
	Finish   string            `json:"finish,omitempty"`
	First    int64             `json:"first_us,omitempty"`    // when its first words came, microseconds after the question
	Released []int64           `json:"released_us,omitempty"` // when each sentence was given out, likewise
	Cached   *cached           `json:"cached,omitempty"`      // where the model was not asked for it
	Like     *manner.Like      `json:"like,omitempty"`        // where it is the answer to a question that means the same; without that question, which somebody else asked
}

func (w *work) sent(b prompt.Built) sent {
	messages := b.Messages
	if b.Recorded != nil {
		messages = b.Recorded
	}
	return sent{messages, b.Tools, w.answer.Usage, 1 + len(w.reply.held), w.reply.held, w.reply.finish, w.reply.first, w.reply.released, w.cached(), w.like()}
}

// maxPerToken is how many bytes an answer may have for each token that is kept for it: twice
// what it takes in any language, as the reserve is a plan and no limit of the model's. The
// model is given no limit, because what it thinks before it writes would count.
const maxPerToken = 8

// listen takes in one reply, of which at most so many bytes. again says that its last
// sentence should be asked for once more.
func (w *work) listen(ctx context.Context, r wenyuan.Request, most int) (again bool, err error) {
	var cut segment.Cutter
	var opening opening
	limited, stop := context.WithTimeout(ctx, w.answerer.Longest)
	defer stop()
	for chunk, err := range w.chat.Model.Stream(w.served(limited), r) {
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			err = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model takes too long", Hint: "choose a faster model, or look at the load of its server", Err: err}
		}
		if err != nil {
			return false, err
		}
		w.note(chunk, &opening)
		text := chunk.Text[:min(len(chunk.Text), most)] // to the byte: where the server cut its text must not matter
		most -= len(text)
		if again, err := w.takeAll(ctx, cut.Write(opening.take(text))); again || err != nil || w.over() {
			return again, err
		}
		if opening.refused {
			break
		}
		if most == 0 {
			return false, w.overlong()
		}
	}
	if opening.ended() {
		w.reply.partial = true
		return false, nil
	}
	for _, units := range [][]segment.Unit{cut.Write(opening.rest()), cut.Close()} {
		if again, err := w.takeAll(ctx, units); again || err != nil || w.over() {
			return again, err
		}
	}
	return false, w.said(opening.tool)
}

// note keeps what a chunk says beside its text.
func (w *work) note(c wenyuan.Chunk, o *opening) {
	if w.cached() == nil { // what was kept takes nothing
		w.answer.Usage = w.answer.Usage.Plus(c.Usage)
	}
	for _, call := range c.ToolCalls {
		o.tool += call.Name
	}
	if c.Finish != "" {
		w.reply.finish = c.Finish
	}
	if c.Text != "" && w.reply.first == 0 {
		w.reply.first = w.recorder.Elapsed()
	}
}

// overlong ends a reply that is too long. What was released of it stands.
func (w *work) overlong() error {
	if len(w.answer.Sentences) == 0 {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model writes without end", Hint: "choose another model, or give it a smaller max_tokens"}
	}
	w.reply.finish = "length"
	return nil
}

// said is an error where a reply that is over said nothing.
func (w *work) said(tool string) error {
	switch r := &w.reply; {
	case len(w.answer.Sentences) > 0 || len(r.withheld)+len(r.held) > 0 || r.partial:
		return nil
	case tool != "":
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the model wanted to call the tool %q, which nothing here carries out", tool), Hint: "take the tool out of the assistant"}
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model wrote nothing", Hint: "look at the model's server, and at how long its answers may be"}
}

// Why a reply ended that the model would not have ended.
const (
	finishLoop  = "loop"
	finishGuard = "guard"
)

// over says whether a reply was ended here.
func (w *work) over() bool { return w.reply.finish == finishLoop || w.reply.finish == finishGuard }

// maxSame is how often a model may say one long sentence before it is taken to be caught in a
// loop; small models are, and go on until their context is full.
const (
	maxSame  = 3
	longText = 24 // bytes: shorter ones ("Yes.", "- none") come again in honest answers
)

// looping says whether the last sentence was said too often.
func (w *work) looping() bool {
	all := w.answer.Sentences
	if len(all) < maxSame {
		return false
	}
	last, same := all[len(all)-1].Text, 0
	for _, s := range all {
		if s.Text == last {
			same++
		}
	}
	return same >= maxSame && len(last) >= longText
}

// takeAll takes units until one should be asked for once more, or the model is caught in a loop.
func (w *work) takeAll(ctx context.Context, units []segment.Unit) (again bool, err error) {
	for _, u := range units {
		if again, err := w.take(ctx, u); again || err != nil || w.over() {
			return again, err
		}
		if w.looping() {
			w.reply.finish = finishLoop
			break
		}
	}
	return false, nil
}

// An opening holds the beginning of a reply back until it is known to be no refusal.
type opening struct {
	head    string
	past    bool // it is none
	refused bool
	tool    string // names of tools that were called
}

// take gives what may be read of the reply so far.
func (o *opening) take(text string) string {
	if o.past || o.refused {
		return text
	}
	o.head += text
	bare := strings.TrimLeft(o.head, openingMarks)
	switch {
	case strings.HasPrefix(bare, noAnswer):
		o.refused = true
	case !strings.HasPrefix(noAnswer, bare):
		o.past = true
		return o.rest()
	}
	return ""
}

// openingMarks are what may stand around the word of a refusal.
const openingMarks = " \t\r\n*_`\"'“”"

// ended says whether a reply that is over was a refusal, also one that broke off in its word.
func (o *opening) ended() bool {
	bare := strings.TrimLeft(o.head, openingMarks)
	return o.refused || !o.past && len(bare) >= len("NO_ANSWER") && strings.HasPrefix(noAnswer, bare)
}

// rest gives what was held back.
func (o *opening) rest() string {
	text := o.head
	o.head, o.past = "", true
	return text
}

// A verification is what a trace keeps of the checking of what the model wrote.
type verification struct {
	Withheld []held `json:"withheld,omitempty"`
	Still    int    `json:"still_unsupported,omitempty"`
}

// verified ends the checking of what the model wrote.
func (w *work) verified(ctx context.Context) error {
	r := &w.reply
	w.step("verify")(w.counts(), verification{r.withheld, r.still})
	w.opinions.record(w)
	if err := w.lookedAll(ctx); err != nil {
		return err
	}
	w.screened()
	switch {
	case w.stopped():
	case len(w.answer.Sentences) > 0:
		w.endings()
	case len(r.withheld) > 0 && w.assistant.Extractive:
		w.notice("What the model wrote was withheld, as the originals do not carry it; this is made of the documents' own sentences.", "模型所写的内容没有依据，未予显示；以下回答由文档原句组成。")
		return w.quote(ctx)
	case len(r.withheld)+len(r.held) > 0:
		w.refuse(whyWithheld)
	default:
		w.refuse(whyModelRefused)
	}
	return nil
}

// endings says what the reader should know of how the answer came out.
func (w *work) endings() {
	r := &w.reply
	if n := len(r.withheld); n > 0 {
		w.notice(fmt.Sprintf("Withheld as the originals do not carry it: %s. %s", w.sentences(n), w.renumber(r.withheld[0].Reason)),
			fmt.Sprintf("有 %d 句没有依据，未予显示。%s", n, w.renumber(r.withheld[0].Reason)))
	}
	if r.still > 0 {
		w.notice(fmt.Sprintf("Written anew and still not carried by the originals: %s; see the marks.", w.sentences(r.still)), fmt.Sprintf("有 %d 句重写后仍无依据，已标出。", r.still))
	}
	if r.partial {
		w.notice("The model says that the originals do not hold the rest.", "模型表示原文不足以回答其余部分。")
	}
	switch r.finish {
	case "length":
		w.notice("The model stopped at its limit of length; the answer may be incomplete.", "模型到达长度上限而停止，回答可能不完整。")
	case finishLoop:
		w.notice("The model said the same again and again and was stopped.", "模型不断重复同样的话，已将其停止。")
	case "content_filter":
		w.notice("The model's provider stopped the answer.", "模型服务方中止了回答。")
	}
}

func (w *work) sentences(n int) string {
	if n == 1 {
		return "1 sentence"
	}
	return fmt.Sprintf("%d sentences", n)
}
