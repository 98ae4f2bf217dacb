package web

import "wenyuan"

// AskPage is `/ask` (nothing was asked yet), `/ask/{conversation}`, and `/ask/{trace}` for an
// answer that is part of none.
type AskPage struct {
	Frame
	Choices      []Choice // who can be asked, before a conversation begins
	Conversation *Conversation
	Turns        []Turn // oldest first; the one with Looked set has its originals beside it
	Earlier      int    // the number before which further turns lie; 0 when there are none
	Later        int    // the number before which the following turns end; 0 when there are none
	Question     string // stands in the box, after a problem or from the address
	Problem      *Problem
}

// A Choice is an assistant that can be asked. A corpus without one of its own has its default
// assistant under its name.
type Choice struct {
	Name        string
	Title       string // "" is the name
	Description string
	Notice      string // what is said beside its answers; "" the house's own words
	Corpora     []string
	Documents   int
	Model       string // that writes; "" where the documents are quoted
	Corpus      bool   // the default assistant of a corpus
	Chosen      bool
	Manual      bool // Wenyuan's own manual, whose examples the console knows
}

// A Conversation is what a page says of one. Times are UTC microseconds.
type Conversation struct {
	ID, Title string
	Assistant Choice
	Version   string // hash of the assistant, as it was when the conversation began
	Newer     bool   // it has another version by now
	Turns     int
	Updated   int64
}

// A Turn is one question with its finished answer. Times are in microseconds.
type Turn struct {
	Trace        string
	Conversation string
	Number       int    // within its conversation, from 1
	Corpus       string // the first that was asked
	Question     string
	Asked        string // the question as it was searched; "" when it was left as it is
	Also         []string
	Answer       wenyuan.Answer
	Withdrawn    bool // the reader may no longer see what it was made from; nothing else is set then
	Took         int64
	Found        int     // passages that the search found
	Model        string  // that wrote the answer; "" when it was quoted
	Talk         bool    // small talk: the documents were not asked
	Nearest      float64 // of a refusal: how near the closest passage came
	Floor        float64 // and how near it had to come; 0 where that is not known
	Again        int     // sentences that the model was asked for once more
	Recalled     int     // memories that the model was told
	Remembered   *Remembered
	Feedback     *Feedback // of the reader; nil where there is none
	Routed       Routed    // who of the assistant's experts wrote, and why; zero where it has none
	Explains     bool      // the reader may look at what its model learned
	Looked       bool      // its originals stand beside it
	Reviews      bool      // the reader may look at what the guards met

	away bool // shown on another page than its originals
	last bool // of the page
}

// A Remembered is something that the reader asked to be remembered.
type Remembered struct {
	ID, Text     string
	Conversation string // in which it was said; "" where it is gone
	Created      int64
}

// Feedback is what somebody thinks of an answer.
type Feedback struct {
	By        string
	Rating    string // "up", "down" or ""
	Reason    string
	Corrected string
	Created   int64
}

// ConversationsPage is `/ask/all`, the one that was last spoken in first. Next is the
// address's `before` for the following page, "" on the last one.
type ConversationsPage struct {
	Frame
	Conversations []Conversation
	Before, Next  string
	Notice        string // the title of the conversation that was just deleted
	Problem       *Problem
}

// MemoriesPage is `/ask/memories`.
type MemoriesPage struct {
	Frame
	Memories  []Remembered // newest first
	Text      string       // that was typed, after a problem
	Forgotten *Remembered  // that was just taken away
	Problem   *Problem
}
