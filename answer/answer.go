// Package answer leads one question to one cited, checked answer.
//
// The road is the function Ask: retrieve, write, verify, record. A model writes where one
// is configured, else the answer is made of the documents' own sentences; either way every
// sentence is checked against what it cites before it is released. The package never shows
// a sentence that was not checked, and never cites what was not retrieved for the asker.
package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/corpus"
	"wenyuan/internal/lang"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// Config is what an Answerer is made of. A finder that is nil finds nothing.
type Config struct {
	Store     *store.Store
	Library   *corpus.Library
	Retriever *retrieve.Retriever
	Sessions  *session.Sessions
	Models    func(name string) (Chat, bool) // who writes; "" is the default model
	Judges    func(name string) (wenyuan.Judge, bool)
	Rerankers func(name string) (wenyuan.Reranker, bool)
	Trusted   func(ctx context.Context, judge string) (Agreement, bool) // how well a judge agrees with people, where it was measured
	Prompt    string                                                    // template; "" for DefaultPrompt
	Filters   retrieve.Filters
	Extract   extract.Settings
	Program   string // version of the program
	Log       *slog.Logger
}

// Chat is a model that writes, with its name and what stands behind it; equal settings are
// one version.
type Chat struct {
	Name      string
	Model     wenyuan.Model
	Tokenizer wenyuan.Tokenizer // nil: tokens are estimated
	Context   int               // tokens it can take; 0 where unknown
	Settings  any
}

// An Agreement says how well a judge agrees with people.
type Agreement struct {
	Kappa float64 `json:"kappa"` // Cohen's kappa, -1 to 1 (Cohen, 1960)
	N     int     `json:"n"`     // sentences that both judged
}

// An Answerer answers questions. It may be used by many goroutines.
type Answerer struct {
	Config
	prompt atomic.Pointer[wording]
}

// New makes an answerer; a prompt template that cannot be used is an error.
func New(c Config) (*Answerer, error) {
	a := &Answerer{Config: c}
	return a, a.SetPrompt(c.Prompt)
}

// SetPrompt puts another template in the place of the present one; "" is the built-in one.
// A template that cannot be used is an error and changes nothing.
func (a *Answerer) SetPrompt(text string) error {
	p, err := parsePrompt(cmp.Or(text, DefaultPrompt))
	if err == nil {
		a.prompt.Store(p)
	}
	return err
}

// A Question is what somebody asks, of a corpus or of an assistant.
type Question struct {
	Corpus       string
	Assistant    string // "" is the assistant of the corpus
	Version      string // hash of the assistant; "" what holds now, or what the conversation began with
	Text         string
	Conversation string        // "" none, "new" begins one, else its id
	Past         []prompt.Turn // of a client that brings its own history; not beside Conversation
	Channel      string        // the door it came through, for the trace; "" the house's own
}

// maxQuestion is how many code points a question may have.
const maxQuestion = 4000

// check refuses a question that is none.
func (q Question) check() error {
	if n := utf8.RuneCountInString(q.Text); strings.TrimSpace(q.Text) == "" || n > maxQuestion {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a question has 1 to %d characters, this one has %d", maxQuestion, n),
			Hint: "put the question in a few sentences; long material belongs into a document"}
	}
	return nil
}

// An Event is something that happened while the answer was made: a step ended, or a
// sentence was checked and released.
type Event struct {
	Step     *trace.Step
	Passages []wenyuan.Passage // with the step "retrieve": the originals
	Sentence *Released
	Withheld *Withheld
}

// Withheld is a sentence that is not shown.
type Withheld struct {
	Reason string `json:"reason"` // why, in the language of the question
	Count  int    `json:"count"`  // how many are withheld by now
}

// Released is a sentence with the citations it brings that none before it had.
type Released struct {
	wenyuan.Sentence
	Piece string             `json:"piece"` // what it adds to the answer's text: the white before it, its words and its markers
	New   []wenyuan.Citation `json:"new"`
}

// Ask answers a question for somebody who may see sc. emit gets what happens while it
// happens, from this goroutine; nil is allowed. An error means that there is no answer; that
// the documents hold none is not an error but a refusal.
func (a *Answerer) Ask(ctx context.Context, sc scope.Scope, p wenyuan.Principal, q Question, emit func(Event)) (wenyuan.Answer, error) {
	if err := q.check(); err != nil {
		return wenyuan.Answer{}, err
	}
	as, err := a.called(ctx, sc, q)
	if err != nil {
		return wenyuan.Answer{}, err
	}
	chat, _ := a.chat(as.Model)
	w := &work{answerer: a, scope: sc, principal: p, assistant: as, chat: chat, prompt: a.prompt.Load(), question: q, emit: emit}
	if w.emit == nil {
		w.emit = func(Event) {}
	}
	w.recorder = trace.Start(trace.Trace{Space: sc.Space(), Corpus: as.Corpus, Assistant: as.Name, Principal: p.ID, Question: q.Text})
	if err := w.retrieve(ctx); err != nil {
		return wenyuan.Answer{}, err
	}
	if len(w.found.Kept) == 0 {
		w.refuse(whyNothingFound)
		return w.record(ctx)
	}
	if err := w.write(ctx); err != nil {
		return wenyuan.Answer{}, err
	}
	return w.record(ctx)
}

// retrieve finds the originals and shows them at once.
func (w *work) retrieve(ctx context.Context) error {
	done := w.recorder.Step("retrieve")
	found, err := w.answerer.Retriever.Retrieve(ctx, w.scope, retrieve.Query{
		Space: w.scope.Space(), Corpora: w.assistant.Corpora, Text: w.question.Text,
	}, w.assistant.Filters)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.found = found
	if found.Failed != nil {
		w.answerer.Log.Warn("the embedder failed", "error", found.Failed)
		w.answer.Notice = w.say("The embedder did not answer"+because(found.Failed)+"; passages were found without it.", "嵌入模型没有作答"+because(found.Failed)+"；以下原文是在没有它的情况下找到的。")
	}
	w.answer.Passages = found.Kept
	if len(found.Kept) == 0 {
		w.answer.Passages = nearest(found)
	}
	s := done(fmt.Sprintf("%d kept, %d dropped", len(found.Kept), len(found.Dropped)), found)
	w.emit(Event{Step: &s, Passages: w.answer.Passages})
	return nil
}

// maxNearest is how many originals are shown beside a refusal.
const maxNearest = 6

// nearest gives the originals that came closest when none came through.
func nearest(f retrieve.Found) []wenyuan.Passage {
	out := []wenyuan.Passage{}
	for _, d := range f.Dropped {
		if len(out) < maxNearest {
			out = append(out, d.Passage)
		}
	}
	return out
}

// write makes the draft and verifies it sentence by sentence. When the model fails before
// anything was released, the documents' own sentences take its place, and the answer says so.
func (w *work) write(ctx context.Context) error {
	w.prepare()
	if w.chat.Model == nil {
		return w.quote()
	}
	err := w.generate(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	w.answerer.Log.Warn("the model failed", "model", w.assistant.Model, "error", err)
	if len(w.answer.Sentences) > 0 {
		w.answer.Notice += w.say("The model broke off"+because(err)+"; what it wrote until then was checked and stands.", "模型中途中断"+because(err)+"；此前写出的内容已核对，予以保留。")
		return nil
	}
	if !w.assistant.Extractive {
		return err
	}
	w.answer.Notice += w.say("The model did not answer"+because(err)+"; this is made of the documents' own sentences.", "模型没有作答"+because(err)+"；以下回答由文档原句组成。")
	return w.quote()
}

// because is what a person may know of why the model failed.
func because(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return " (" + e.Message + ")"
	}
	return ""
}

// record stores the answer with the versions it was made from.
func (w *work) record(ctx context.Context) (wenyuan.Answer, error) {
	w.finish()
	var err error
	if w.answer.Versions, err = w.versions(); err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: %w", err)
	}
	w.answer.Trace = w.recorder.ID()
	t := w.recorder.End(w.answer)
	err = w.answerer.Store.Write(ctx, func(tx *store.Tx) error {
		if err := w.keepVersions(ctx, tx); err != nil {
			return err
		}
		return trace.Save(ctx, tx, t)
	})
	if err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: record: %w", err)
	}
	return w.answer, nil
}

// keepVersions stores what shaped the answer and is not stored elsewhere.
func (w *work) keepVersions(ctx context.Context, tx *store.Tx) error {
	space := w.scope.Space()
	if _, err := version.Put(ctx, tx, space, "assistant", w.assistant.Name, w.assistant.settings()); err != nil {
		return err
	}
	if w.assistant.Model == "" {
		return nil
	}
	if _, err := version.Put(ctx, tx, space, "prompt", w.assistant.Name, w.prompt.data()); err != nil {
		return err
	}
	_, err := version.Put(ctx, tx, space, "model", w.assistant.Model, w.chat.Settings)
	return err
}

// say chooses the wording for the language of the question.
func (w *work) say(english, chinese string) string {
	if lang.Of(w.question.Text) == lang.Chinese {
		return chinese
	}
	return english
}
