package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/dataset"
	"wenyuan/gateway/manner"
	"wenyuan/internal/lang"
	"wenyuan/internal/scope"
	"wenyuan/internal/zh"
	"wenyuan/prompt"
	"wenyuan/prompt/library"
	"wenyuan/retrieve"
	"wenyuan/session"
	"wenyuan/trace"
)

// work is one question on its way to its answer.
type work struct {
	answerer  *Answerer
	scope     scope.Scope
	principal wenyuan.Principal
	question  Question
	assistant Assistant
	corpora   []string         // of the assistant's, those that are there for the asker
	chat      Chat             // Model is nil where nobody writes
	template  *prompt.Template // nil where nobody writes
	recorder  *trace.Recorder
	emit      func(Event)
	dry       bool         // nothing is to be answered, remembered or recorded
	kept      trace.Record // how much of it is recorded

	conversation session.Conversation
	past         prompt.Past
	asked        string // the question as it is searched: it stands alone
	asking       string // the question as the model is sent it
	talk         string // kind of small talk; empty: the documents are asked
	spent        int    // tokens of the recall loop's calls

	before  *wenyuan.Answer // of the turn before; nil where there is none
	leans   bool            // the question goes on with the turn before
	general *Chat           // the assistant's own model, where an expert writes in its place

	found    retrieve.Found
	passages []wenyuan.Passage // what may be cited: number n in the prompt is passages[n-1]
	evidence *check.Prepared
	number   map[int]int // citation number by index into passages

	gone      error              // why the assistant's own model cannot even be asked
	offered   *library.Chosen    // examples of the assistant's library that are near to the question; nil where none were sought
	exemplars []dataset.Exemplar // those of them that the model is sent

	built    prompt.Built // what the model is sent
	from     *manner.Told // where the model's last reply came from; nil where it was not asked
	tells    *manner.Told // who asks is told here what from says, when the answer is there; nil: they do not want to know
	answer   wenyuan.Answer
	text     strings.Builder
	reply    reply
	opinions opinions

	screening screening
}

// begin finds out who is asked, and in which conversation.
func (a *Answerer) begin(ctx context.Context, sc scope.Scope, p wenyuan.Principal, q Question, emit func(Event)) (*work, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	w := &work{answerer: a, scope: sc, principal: p, asked: q.Text, emit: emit}
	if emit == nil {
		w.emit = func(Event) {}
	}
	err := w.join(ctx, &q)
	if err != nil {
		return nil, err
	}
	w.question = q
	if err := w.policy(ctx); err != nil {
		return nil, err
	}
	if w.assistant, w.corpora, err = a.called(ctx, sc, q, p.ID); err != nil {
		return nil, err
	}
	w.assistant.Recall = w.assistant.Recall.withDefaults()
	if err := w.writer(ctx); err != nil {
		return nil, err
	}
	w.recorder = trace.Start(trace.Trace{Space: sc.Space(), Corpus: w.corpus(), Assistant: w.assistant.Name, Principal: p.ID, Question: q.Text})
	if err := w.guarded(ctx); err != nil {
		return nil, err
	}
	if q.Channel != "" {
		w.recorder.Step("channel")(q.Channel, nil)
	}
	return w, nil
}

// corpus is the first that is asked; "" where the asker sees none.
func (w *work) corpus() string {
	if len(w.corpora) == 0 {
		return ""
	}
	return w.corpora[0]
}

// within says in which corpora the answer was looked for, as far as the asker knows of them.
func (w *work) within() string {
	return cmp.Or(strings.Join(w.corpora, ", "), w.assistant.Title, w.assistant.Name)
}

// hold tells of documents that have a part in what comes of the question.
func (w *work) hold(documents ...string) {
	if w.question.Hold != nil && len(documents) > 0 {
		w.question.Hold(documents...)
	}
}

// holdFound tells of those that were found: also of what was dropped the words may go on, into a
// search with other words or into the record.
func (w *work) holdFound() {
	var documents []string
	for _, p := range w.found.Kept {
		documents = append(documents, p.Document)
	}
	for _, d := range w.found.Dropped {
		documents = append(documents, d.Passage.Document)
	}
	w.hold(documents...)
}

// join finds the conversation that a question is part of. It keeps the assistant it began
// with, in the version it began with.
func (w *work) join(ctx context.Context, q *Question) (err error) {
	switch {
	case q.Conversation == "":
		return nil
	case len(q.Past) > 0:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names a conversation and brings one along", Hint: "give one of the two"}
	case w.answerer.Sessions == nil:
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "conversations are not kept here", Hint: "ask without a conversation"}
	case q.Conversation == "new":
		return nil
	}
	if w.conversation, err = w.answerer.Sessions.Find(ctx, w.scope, w.principal, q.Conversation); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	c := w.conversation
	if name := cmp.Or(q.Assistant, q.Corpus); name != "" && name != c.Assistant || q.Version != "" && q.Version != c.Version {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("this conversation is with the assistant %q, as it was when it began", c.Assistant),
			Hint: "begin a new conversation, or leave the assistant out"}
	}
	q.Assistant, q.Corpus, q.Version = c.Assistant, "", c.Version
	return nil
}

// writer finds who writes and from what prompt. Where the assistant's model is no longer
// there, what its ladder names may take its place, and the answer says so.
func (w *work) writer(ctx context.Context) (err error) {
	if w.assistant.Model == "" {
		return nil
	}
	chat, ok := w.writerOf(ctx)
	if !ok {
		switch rungs := w.assistant.rungs(); {
		case len(rungs) == 0:
			return missing(w.assistant.Model)
		case rungs[0] != RungExtractive:
			w.gone = missing(w.assistant.Model)
			w.template, err = w.answerer.template(ctx, w.scope, w.assistant.Prompt)
			return err
		}
		w.answer.Degraded = RungExtractive
		w.notice("The model "+w.assistant.Model+" is not configured; this is made of the documents' own sentences.", "模型 "+w.assistant.Model+" 没有配置；以下回答由文档原句组成。")
		return nil
	}
	w.chat = chat
	w.template, err = w.answerer.template(ctx, w.scope, w.assistant.Prompt)
	return err
}

// step times a step of the road; what it returns ends the step.
func (w *work) step(name string) func(summary string, detail any) {
	end := w.recorder.Step(name)
	return func(summary string, detail any) {
		s := end(summary, detail)
		w.emit(Event{Step: &s})
	}
}

// say chooses the wording for the language of the question.
func (w *work) say(english, chinese string) string {
	if lang.Of(w.asked) == lang.Chinese {
		return chinese
	}
	return english
}

// notice adds what the reader should know.
func (w *work) notice(english, chinese string) {
	text := w.say(english, chinese)
	if w.answer.Notice != "" && lang.Of(text) != lang.Chinese {
		text = " " + text
	}
	w.answer.Notice += text
}

// because is what a person may know of why something outside failed.
func because(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return " (" + e.Message + ")"
	}
	return ""
}

// becauseInChinese is the same for who asked in Chinese.
func becauseInChinese(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		message, _ := zh.Sentence(e.Message)
		return "（" + message + "）"
	}
	return ""
}
