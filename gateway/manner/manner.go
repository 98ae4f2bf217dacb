// Package manner says how a call of a model is to be served, beside what is asked: who waits
// and for how long, whether the answer may be shared or kept, what it was made from. The rooms
// above the gateway say it, the context carries it, and the gateway says in turn what it did.
//
// It holds words only and does nothing.
package manner

import (
	"context"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
)

// A Class says who waits. Lower ones are served first.
type Class int

// The classes. The zero value is a person.
const (
	Person  Class = iota // somebody looks at the screen
	Service              // a program that somebody else asks
	Batch                // work that nobody waits for; it yields to the others
)

// String is the name of a class: "people", "services", "batch".
func (c Class) String() string {
	switch c {
	case Person:
		return "people"
	case Service:
		return "services"
	}
	return "batch"
}

// A Manner is how a call is to be served. The zero value waits as a person, for as long as the
// context, and is neither shared nor kept.
type Manner struct {
	Request  string    // id of the request, for who asks later why it went where it went
	Class    Class     //
	Deadline time.Time // after which the answer is of no use; zero: none

	Share bool          // one answer may serve identical calls that are under way at once
	Keep  time.Duration // how long the answer may be given again; 0: not at all
	Stale time.Duration // how long after that it may still be given while a new one is made, or where none is to be had
	Spare time.Duration // how long after its time it stays beside, for who asks with Only; 0: it does not
	Only  bool          // what is kept is given, within Spare too, and no model is asked
	Alike *Alike        // may be served by the answer to a question that means the same; nil: by identical calls alone

	Made    []Made            // documents that the prompt was made from: who is served from it sees all of them, as they are
	Sources []wenyuan.Version // what else it was made from, by which an entry is purged: prompt, assistant
	Scope   scope.Scope       // what the asker may see; looked at where Made is not empty
	Asker   any               // who asks, as the room auth knows them: it decides anew what they see

	Plain    bool // of a client, to a model, with no documents behind it: the words are its own
	Agreed   bool // only replicas answer that are as most of the others of their model
	Fallback bool // another model of the declared ladder may answer

	Told *Told // is told what was done; nil: nobody asks
}

// Alike is what a question has to share with another one to be served by its answer.
type Alike struct {
	Question string
	Place    [32]byte // hash of everything else that the answer depends on: history, evidence, prompt, settings
}

// A Made is one document that a prompt was made from.
type Made struct {
	Document string `json:"document"`
	Revision string `json:"revision"`
}

// A Level is where an answer came from.
type Level string

// The levels, from the nearest.
const (
	Flight Level = "flight" // of an identical call that was under way
	Memory Level = "memory" // kept here
	Shared Level = "shared" // kept where all servers of the house look
	Alikes Level = "alike"  // of a question that means the same
	Stale  Level = "stale"  // kept, and past its time
	Origin Level = "model"  // of a model
)

// Told is what the gateway did. It is complete before the first chunk is handed on, and not
// written to afterwards.
type Told struct {
	Level   Level
	Age     time.Duration // of a kept answer
	Model   string        // that answered: another one than was asked where the ladder was taken
	Hash    string        // version of its declaration
	Replica string        // its address; "" where none was asked
	Waited  time.Duration // in the queue
	Cold    time.Duration // of that, while the engine of the model started
	Tries   int           // replicas that were asked
	Like    *Like         // the question whose answer was given, at the level alike
}

// Like says to which question an answer belongs that was given for another one.
type Like struct {
	Question   string  `json:"question" doc:"that was answered"`
	Similarity float64 `json:"similarity" doc:"of the two questions, 0 to 1"`
	Why        string  `json:"why" doc:"what they agree in"`
	Near       string  `json:"near" doc:"the neighbourhood that feedback is learned in"`
	Measure    string  `json:"measure" doc:"how the similarity was measured"`
	Distance   float64 `json:"distance" doc:"what the two cost that only one of them says; 0 nothing differs"`
}

type key struct{}

// With gives a context whose calls are served in a manner.
func With(ctx context.Context, m Manner) context.Context { return context.WithValue(ctx, key{}, &m) }

// Beside gives a context for calls that are made beside those that ctx is for, such as the judge of a
// guard: for the same asker, by the same time, but neither shared nor kept, sent to no other model, and
// without writing where ctx is told what was done.
func Beside(ctx context.Context) context.Context {
	m := Of(ctx)
	return With(ctx, Manner{Request: m.Request, Class: m.Class, Deadline: m.Deadline, Scope: m.Scope, Asker: m.Asker})
}

// Of is the manner of a context's calls.
func Of(ctx context.Context) Manner { return *In(ctx) }

// In is [Of] for who only looks: it is not to be written to.
func In(ctx context.Context) *Manner {
	if m, ok := ctx.Value(key{}).(*Manner); ok {
		return m
	}
	return &zero
}

var zero Manner
