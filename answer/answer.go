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
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/prompt/library"
	"wenyuan/retrieve"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// Config is what an Answerer is made of. A finder that is nil finds nothing.
type Config struct {
	Store     *store.Store
	Auth      *auth.Directory // forgets with whom an assistant was shared that is removed; nil: nothing is shared
	Library   *corpus.Library
	Retriever *retrieve.Retriever
	Sessions  *session.Sessions
	Models    func(space, name string) (Chat, bool)                                   // who writes; "" is the default model of the space
	ModelFor  func(ctx context.Context, space, name string, which Which) (Chat, bool) // one version of a model that writes; nil: the one that Models finds
	Moves     *version.Servers                                                        // moves the labels of strong assistants; nil: they are moved at once
	Judges    func(space, name string) (wenyuan.Judge, bool)
	Rerankers func(space, name string) (wenyuan.Reranker, bool)
	Guards    *guard.Guards                                                             // nil: nothing is looked at
	Admit     func(ctx context.Context, tx *store.Tx, space string, as Assistant) error // refuses a version before production or a share of it moves there, where that is required; nil: every one may
	Trusted   func(ctx context.Context, space, judge string) (Agreement, bool)          // how well a judge agrees with people, where it was measured
	Examples  *library.Libraries                                                        // of assistants that name one; nil: those of the store
	Prompt    string                                                                    // template; "" for the built-in one
	Filters   retrieve.Filters
	Extract   extract.Settings
	Turn      func(ctx context.Context) (leave func(), err error) // waits until a question may be looked at and searched for, before a model is asked; nil: at once
	Longest   time.Duration                                       // longest time that one reply of a model may take; default 10 min
	Program   string                                              // version of the program
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
	prompt  atomic.Pointer[prompt.Template]
	prompts *prompt.Prompts
	counts  version.Counts
	fields  fields
	secret  string // from which canaries are made; nobody outside this process knows it
}

// New makes an answerer; a prompt template that cannot be used is an error.
func New(c Config) (*Answerer, error) {
	c.Longest = cmp.Or(c.Longest, 10*time.Minute)
	if c.Examples == nil {
		c.Examples = library.New(library.Config{Store: c.Store})
	}
	a := &Answerer{Config: c, prompts: prompt.Open(c.Store), secret: rand.Text()}
	return a, a.SetPrompt(c.Prompt)
}

// SetPrompt puts another template in the place of the present one; "" is the built-in one.
// A template that cannot be used is an error and changes nothing.
func (a *Answerer) SetPrompt(text string) error {
	p, err := prompt.ParseTemplate(prompt.DefaultName, cmp.Or(text, prompt.BuiltIn))
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
	Apart        bool          // somebody measures: nothing of it is kept, and no conversation has it

	// Hold is told of each document that has a part in what comes of the question, as soon as it
	// has: one that was found, or that an earlier turn was answered from. nil: nobody is told.
	Hold func(documents ...string)
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
	Guard    *wenyuan.Guarded // what the guards have done until now, when they did something
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
func (a *Answerer) Ask(ctx context.Context, sc scope.Scope, p wenyuan.Principal, q Question, emit func(Event)) (_ wenyuan.Answer, err error) {
	leave, err := a.turn(ctx)
	if err != nil {
		return wenyuan.Answer{}, err
	}
	defer leave()
	w, err := a.begin(ctx, sc, p, q, emit)
	if err != nil {
		return wenyuan.Answer{}, err
	}
	defer func() { w.counted(err) }()
	ctx = w.steady(ctx)
	ctx, err = a.Library.Inside(ctx, sc, w.corpora...)
	if err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: %w", err)
	}
	passes, err := w.screen(ctx)
	if err == nil && passes {
		err = w.recall(ctx)
	}
	if err != nil {
		return wenyuan.Answer{}, err
	}
	switch {
	case !passes: // what is said of it is said
	case w.talk != "":
		w.chatter()
	case len(w.found.Kept) == 0:
		w.refuse(whyNothingFound)
	default:
		w.route(ctx)
		if w.chat.Model != nil {
			leave() // who writes has a queue of its own
		}
		if err := w.write(ctx); err != nil {
			return wenyuan.Answer{}, err
		}
	}
	w.noticeAside()
	if ctx.Err() != nil { // what it stands on may have been withdrawn since the last sentence
		return wenyuan.Answer{}, context.Cause(ctx)
	}
	if w.tells != nil && w.from != nil {
		*w.tells = *w.from
	}
	return w.record(ctx)
}

// turn waits for a turn at what is done for a question before a model is asked.
func (a *Answerer) turn(ctx context.Context) (leave func(), err error) {
	if a.Turn == nil {
		return func() {}, nil
	}
	return a.Turn(ctx)
}

// Render gives what the model would be sent for a question, and asks it nothing but what the
// recall loop of the assistant needs.
func (a *Answerer) Render(ctx context.Context, sc scope.Scope, p wenyuan.Principal, q Question) (prompt.Built, error) {
	b, _, err := a.RenderFound(ctx, sc, p, q)
	return b, err
}

// RenderFound is Render with what was found: the passages that were kept, and why the others
// were not.
func (a *Answerer) RenderFound(ctx context.Context, sc scope.Scope, p wenyuan.Principal, q Question) (prompt.Built, retrieve.Found, error) {
	w, err := a.begin(ctx, sc, p, q, nil)
	if err != nil {
		return prompt.Built{}, retrieve.Found{}, err
	}
	if ctx, err = a.Library.Inside(ctx, sc, w.corpora...); err != nil {
		return prompt.Built{}, retrieve.Found{}, fmt.Errorf("answer: %w", err)
	}
	w.dry = true
	if _, err = w.screen(ctx); err == nil {
		err = w.recall(ctx)
	}
	if err != nil {
		return prompt.Built{}, retrieve.Found{}, err
	}
	w.route(ctx)
	b, err := w.build(ctx)
	return b, w.found, err
}
