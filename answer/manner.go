package answer

import (
	"slices"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/prompt"
)

// A Caching says whether what the model answers is given again. What was made from documents is given
// to nobody who does not see every one of them, as it is then; what leans on a conversation, on
// what somebody wants to be remembered, or on what a guard has covered by tokens is neither shared
// nor kept. The prompt has to be the same to the byte, or, with CacheAlike, but for the words of a
// question that means the same.
type Caching struct {
	Level string `json:"level,omitempty" doc:"off, exact or alike; where it is left out, questions that are asked at the same moment share one answer and none is kept"`
	Keep  int    `json:"keep,omitempty" doc:"seconds that an answer may be given again, up to 30 days; an hour where it is left out"`
	Stale int    `json:"stale,omitempty" doc:"seconds after that in which it is given while a new one is made, up to 30 days"`
}

// The levels of Caching; "" shares what is asked at the same moment.
const (
	CacheOff   = "off"   // every question makes its own call
	CacheExact = "exact" // the same question from the same originals is answered from what was kept
	CacheAlike = "alike" // also one that means the same
)

const (
	usualKeep   = 3600           // seconds
	longestKeep = 30 * 24 * 3600 // seconds
)

func (c Caching) withDefaults() Caching {
	if (c.Level == CacheExact || c.Level == CacheAlike) && c.Keep == 0 {
		c.Keep = usualKeep
	}
	return c
}

// wrong says whether a Caching is out of its bounds.
func (c Caching) wrong() bool {
	kept := c.Level == CacheExact || c.Level == CacheAlike
	return !kept && c.Level != "" && c.Level != CacheOff || !kept && (c.Keep != 0 || c.Stale != 0) ||
		c.Keep < 0 || c.Keep > longestKeep || c.Stale < 0 || c.Stale > longestKeep
}

// shared is a manner with what the assistant lets become of the model's answer to a prompt.
func (w *work) shared(how manner.Manner) manner.Manner {
	how.Scope = w.scope
	c := w.assistant.Cache
	if c.Level == CacheOff || !w.keepable() {
		return how
	}
	how.Share, how.Made, how.Sources = true, w.made(), w.sources()
	if c.Level == CacheExact || c.Level == CacheAlike {
		how.Keep, how.Stale = time.Duration(c.Keep)*time.Second, time.Duration(c.Stale)*time.Second
	}
	if c.Level == CacheAlike && !w.reply.second {
		how.Alike = w.alike(w.built)
	}
	return how
}

// keepable says whether the answer to the question may be given to somebody else at all: it is a real
// one, and leans on no conversation, on nothing that somebody wants to be remembered or that a guard
// has covered, and on documents alone.
func (w *work) keepable() bool {
	return !w.dry && w.alone() && len(w.past.Remembered) == 0 && !w.covers() && !w.given()
}

// covers says whether the model is told tokens in the place of something, which stand for other things
// with somebody else.
func (w *work) covers() bool {
	return w.screening.vault != nil && len(w.screening.vault.Entries()) > 0
}

// given says whether the question brought its passages along: no document stands behind them.
func (w *work) given() bool {
	return slices.ContainsFunc(w.passages, func(p wenyuan.Passage) bool { return p.ID == p.Document })
}

// sources are the assistant, the prompt and the library of examples of the question.
func (w *work) sources() []wenyuan.Version {
	all := []wenyuan.Version{{Kind: Kind, Name: w.assistant.Name, Hash: w.assistant.Hash}}
	if w.template != nil {
		all = append(all, wenyuan.Version{Kind: prompt.Kind, Name: w.template.Name, Hash: w.template.Hash})
	}
	if w.offered != nil {
		all = append(all, w.offered.Library)
	}
	return all
}

// A cached says of an answer that the model did not make for this question.
type cached struct {
	Level manner.Level `json:"level"`
	Age   int64        `json:"age_us"` // microseconds
}

// cached is nil where the model was asked.
func (w *work) cached() *cached {
	if w.from == nil || w.from.Level == "" || w.from.Level == manner.Origin {
		return nil
	}
	return &cached{w.from.Level, w.from.Age.Microseconds()}
}
