package web

import (
	"io"
	"strings"
)

// PublicPage is `/p/{name}`: an assistant as strangers meet it, without the console around it.
type PublicPage struct {
	Frame
	Name         string // of the channel; "" where there is none
	Title        string // of the assistant; "" for the house's own words
	Notice       string // "" for the house's own words
	Conversation string // id; "" before the first question
	Question     string // what was typed, after a problem
	Problem      *Problem
	Turns        []PublicTurn
}

// A PublicTurn is a question with its answer, and the quotes of its originals alone.
type PublicTurn struct {
	Turn
	Number    int  // from 1 within the conversation
	Withdrawn bool // the answer may no longer be shown
}

// IsLast says that no turn comes after this one.
func (p PublicPage) IsLast(t PublicTurn) bool {
	return len(p.Turns) > 0 && p.Turns[len(p.Turns)-1].Number == t.Number
}

// Heading is what the page is called.
func (p PublicPage) Heading() string {
	if p.Title != "" {
		return p.Title
	}
	return must(lang(p.Frame), "w.title")
}

// Language is the other language, and the address of this page in it.
func (p PublicPage) Language() (l struct{ Lang, Tag, Address string }) {
	other := Chinese
	if lang(p.Frame) == Chinese {
		other = English
	}
	l.Lang, l.Tag, l.Address = string(other), other.tag(), "?lang="+string(other)
	if p.Conversation != "" {
		l.Address += "&c=" + p.Conversation
	}
	return l
}

// Told is what was said where no sentence was checked: a refusal, or small talk. A refusal is
// told in fewer words than in the console, as nothing stands beside it.
func (t PublicTurn) Told() string {
	if t.Answer.Refused && !t.Stopped() {
		l := English
		if langOf(t.Question) == Chinese.tag() {
			l = Chinese
		}
		return must(l, "w.refused")
	}
	if len(t.Answer.Sentences) > 0 {
		return ""
	}
	return strings.TrimSpace(t.Answer.Answer)
}

// Public writes the page of a channel, or what went wrong on the way to one.
func (r *Renderer) Public(w io.Writer, p PublicPage) error {
	return r.page(w, "public", layout{p.Frame, "", p.Heading(), p})
}

// ChannelsPage is `/assistants/{name}/channels`.
type ChannelsPage struct {
	Frame
	Assistant string
	Notice    string // of the assistant; "" for the house's own words
	Channels  []Channel
	Made      *Channel // was just made, with its key
	Closed    string   // name of one that was just closed
	Draft     Channel  // what was typed, after a problem
	Problem   *Problem
}

// A Channel is a door for strangers. A limit counts questions.
type Channel struct {
	ID, Kind, Name    string // Kind is "widget" or "page"
	Origins           []string
	Notice            string
	Lang              string // "en", "zh" or "" for the visitor's
	Index             bool   // search engines may list it
	PerMinute, PerDay int    // of one visitor
	AllMinute, AllDay int    // of all
	Created           int64
	Address, Tag      string // of a page; of a widget that was just made
}

// Typed are the origins as a form has them, one a line.
func (c Channel) Typed() string { return strings.Join(c.Origins, "\n") }

// Channels writes the doors of one assistant.
func (r *Renderer) Channels(w io.Writer, p ChannelsPage) error {
	return r.page(w, "channels", layout{p.Frame, "assistants", p.Assistant, p})
}

// A publicSentence is a sentence with the turn it stands in.
type publicSentence struct {
	spoken
	turn PublicTurn
}

// Say hands a sentence to its template.
func (t PublicTurn) Say(s spoken) publicSentence { return publicSentence{s, t} }

// Of is the number of the sentence's turn.
func (s publicSentence) Of() int { return s.turn.Number }

// Title is that of the original of a citation.
func (s publicSentence) Title(n int) string { return s.turn.Turn.Of(n).Title }
