package server

import (
	"context"
	"encoding/json"
	"net/http"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/gateway/manner"
	"wenyuan/index"
	"wenyuan/internal/sse"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/trace"
)

type askRequest struct {
	Question     string `json:"question"`
	Corpus       string `json:"corpus,omitempty" doc:"which corpus is asked, by its default assistant; or name an assistant"`
	Assistant    string `json:"assistant,omitempty"`
	Version      string `json:"version,omitempty" doc:"hash of an earlier version of the assistant; without it what holds now, or what the conversation began with"`
	Conversation string `json:"conversation,omitempty" doc:"id of a conversation that this goes on, or new to begin one; the answer holds its id"`
	Stream       bool   `json:"stream,omitempty" doc:"send the events step, sentence, withheld, guard, done and error as they happen"`
}

// A stepEvent is a step of the road, with the originals where it found them.
type stepEvent struct {
	Name     string            `json:"name"`
	Took     int64             `json:"took_us"`
	Summary  string            `json:"summary"`
	Text     string            `json:"text,omitempty"`   // of the step rewrite: the question as it is searched
	Also     []string          `json:"also,omitempty"`   // of the step expand: what else is searched for
	Found    int               `json:"found,omitempty"`  // of the step retrieve: passages that were found
	Tokens   int               `json:"tokens,omitempty"` // of the step prompt: what the model is sent
	Passages []wenyuan.Passage `json:"passages,omitempty"`
}

func ask(s *Server, w http.ResponseWriter, r *request, in askRequest) error {
	q := answer.Question{Corpus: in.Corpus, Assistant: in.Assistant, Version: in.Version, Text: in.Question, Conversation: in.Conversation}
	if !in.Stream {
		a, err := s.answer(r.Context(), r, q, nil)
		if err != nil {
			return err
		}
		tell(w, r.from.Model, r.from)
		return writeJSON(w, http.StatusOK, a)
	}
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	events := s.eventStream(w, stop)
	a, err := s.answer(ctx, r, q, func(e answer.Event) {
		if e.Step != nil || e.Passages != nil {
			events.send("step", stepOf(e))
		}
		if e.Sentence != nil {
			events.send("sentence", e.Sentence)
		}
		if e.Withheld != nil {
			events.send("withheld", e.Withheld)
		}
		if e.Guard != nil {
			events.send("guard", e.Guard)
		}
	})
	if err != nil {
		return s.breakOff(events, r, err)
	}
	events.send("done", a)
	return nil
}

func stepOf(e answer.Event) stepEvent {
	if e.Step == nil {
		e.Step = &trace.Step{Name: "originals"}
	}
	out := stepEvent{Name: e.Step.Name, Took: e.Step.Took, Summary: e.Step.Summary, Passages: e.Passages}
	switch d := e.Step.Detail.(type) {
	case retrieve.Found:
		out.Found = len(d.Kept) + len(d.Dropped)
	case prompt.Plan:
		for _, tokens := range d.Used {
			out.Tokens += tokens
		}
	default:
		r := recalledIn(*e.Step)
		out.Text, out.Also = r.Text, r.Also
	}
	return out
}

// A recalled is what a step of the recall loop records.
type recalled struct {
	Text string   `json:"text"`
	Also []string `json:"also"`
}

// recalledIn reads it; it is empty for a step of another kind.
func recalledIn(s trace.Step) (r recalled) {
	switch s.Name {
	case "rewrite", "decide", "judge", "expand":
		if b, err := json.Marshal(s.Detail); err != nil || json.Unmarshal(b, &r) != nil {
			return recalled{}
		}
	}
	return r
}

// answer asks and counts how it ended. It ends early when a document that it is made of may no
// longer be seen.
func (s *Server) answer(ctx context.Context, r *request, q answer.Question, emit func(answer.Event)) (wenyuan.Answer, error) {
	q.Hold = r.hold
	how, err := r.manner()
	if err != nil {
		return wenyuan.Answer{}, err
	}
	r.from = how.Told
	a, err := s.Answerer.Ask(manner.With(ctx, how), r.scope, r.who, q, emit)
	switch {
	case err != nil:
		s.count.answer("failed")
	case a.Refused:
		s.count.answer("refused")
	default:
		s.count.answer("answered")
	}
	if a.Trace != "" {
		s.Gateway.Watch().Name(a.Trace, r.id)
	}
	return a, withdrawn(ctx, err)
}

// hold has the watch of a request look after documents.
func (r *request) hold(documents ...string) {
	if r.watch != nil {
		r.watch.Hold(documents...)
	}
}

// An events stream sends events one by one. When the reader is gone it stops the work.
type events struct {
	out   *flushWriter
	begun bool
	stop  context.CancelCauseFunc
	buf   []byte // events that are not sent yet
}

func (s *Server) eventStream(w http.ResponseWriter, stop context.CancelCauseFunc) *events {
	return &events{out: flushing(w), stop: stop}
}

// breakOff ends a stream with an error, in the event "error". Where nothing was said yet it gives
// the error back, so that the status can say it.
func (s *Server) breakOff(e *events, r *request, err error) error {
	return s.breakOffAs(e, r, err, "error", func(p problem) any { return problemBody{p} })
}

// breakOffAs is breakOff in the words of a dialect.
func (s *Server) breakOffAs(e *events, r *request, err error, event string, body func(problem) any) error {
	if err = withdrawn(r.Context(), err); !e.begun {
		return err
	}
	p, status := explain(err, r.id)
	s.logFailure(r, status, err)
	e.send(event, body(p.told(r)))
	return nil
}

func (e *events) send(name string, v any) {
	if e.later(name, v) {
		e.flush()
	}
}

// later adds an event that is sent with the next one.
func (e *events) later(name string, v any) bool {
	if q, ok := v.(quickWriter); ok && name == "" {
		if b, ok := q.AppendJSON(append(e.buf, "data: "...)); ok {
			e.buf = append(b, "\n\n"...) // JSON has no line ends of its own
			return true
		}
	}
	b, err := json.Marshal(v)
	if err == nil {
		e.buf, err = sse.Append(e.buf, name, b)
	}
	if err != nil {
		e.stop(err)
	}
	return err == nil
}

func (e *events) raw(name string, b []byte) (err error) {
	if e.buf, err = sse.Append(e.buf, name, b); err != nil {
		return err
	}
	return e.write()
}

// flush sends the events that wait.
func (e *events) flush() {
	if err := e.write(); err != nil {
		e.stop(err)
	}
}

func (e *events) write() error {
	e.begin()
	_, err := e.out.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

func (e *events) begin() {
	if !e.begun {
		e.begun = true
		h := e.out.w.Header()
		h["Content-Type"] = eventType
		h["X-Accel-Buffering"] = noBuffering
	}
}

// done ends a stream of OpenAI's: what waits goes out with the end of the reply, which comes at once.
func (e *events) done() error {
	e.begin()
	_, err := e.out.w.Write(append(e.buf, "data: [DONE]\n\n"...))
	return err
}

// Not to be written to.
var (
	eventType   = []string{"text/event-stream; charset=utf-8"}
	noBuffering = []string{"no"} // a proxy in front must not collect the stream
)

type searchRequest struct {
	Query  string `json:"query"`
	Corpus string `json:"corpus"`
	Limit  int    `json:"limit,omitempty" doc:"passages wanted, 1 to 1000" default:"10"`
	Arm    string `json:"arm,omitempty" doc:"what searches" enum:"fused,words,vectors" default:"fused"`
}

// maxPassages is how many passages one search may give.
const maxPassages = 1000

// maxQuery is how many bytes a query may have: about what a question may have.
const maxQuery = 16 << 10

var arms = map[string]index.Arm{"": index.Fused, "fused": index.Fused, "words": index.Words, "vectors": index.Vectors}

func search(s *Server, r *request, in searchRequest) (foundPassages, error) {
	arm, known := arms[in.Arm]
	switch {
	case !known:
		return foundPassages{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no arm " + in.Arm, Hint: "one of fused, words, vectors"}
	case in.Query == "" || len(in.Query) > maxQuery:
		return foundPassages{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a query has 1 byte to 16 KiB", Hint: "say in a few words what is looked for"}
	case in.Corpus == "":
		return foundPassages{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the query names no corpus", Hint: "say which corpus is searched"}
	case in.Limit < 0 || in.Limit > maxPassages:
		return foundPassages{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "limit is out of its range", Hint: "give 1 to 1000"}
	}
	found, aside, err := s.searched(r.Context(), r, retrieve.Query{Space: r.scope.Space(), Corpora: []string{in.Corpus}, Text: in.Query, Limit: in.Limit, Arm: arm})
	return foundPassages{found, aside}, err
}
