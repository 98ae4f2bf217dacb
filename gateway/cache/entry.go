package cache

import (
	"sync/atomic"
	"time"
	"unsafe"

	"wenyuan"
	"wenyuan/gateway/manner"
)

// An Entry is an answer that is kept. It is not changed once it is made, but for Reply.
type Entry struct {
	Key     Key               `json:"-"`
	Space   string            `json:"space"`
	Model   string            `json:"model"`
	Hash    string            `json:"hash"`              // version of the declaration of the model that was asked
	Chunks  []wenyuan.Chunk   `json:"chunks"`            // the last one has the Finish; pieces of text are joined
	Made    []manner.Made     `json:"made,omitempty"`    // documents that it was made from
	Sources []wenyuan.Version `json:"sources,omitempty"` // what else it was made from
	Replica string            `json:"replica,omitempty"` // that gave it
	Created int64             `json:"created"`           // in UTC microseconds, as are the next
	Fresh   int64             `json:"fresh"`             // until when it is given without a new one being made
	Ends    int64             `json:"ends"`              // until when it is kept

	// Reply is what a server makes of the entry to send it, once it has: of a type of its own. It is
	// counted as large as the entry.
	Reply atomic.Pointer[any] `json:"-"`

	err   error // what was answered is this error
	size  int64
	purge int64         // number of the last purge when its call began
	retry atomic.Int64  // when it may be made anew again; in UTC microseconds
	used  atomic.Uint32 // how often it was hit since the evictor looked, up to 3
	gone  bool          // taken out; under the lock of the memory
	main  bool          // it is in the main queue; under the same
}

// Text is the whole text.
func (e *Entry) Text() string {
	if len(e.Chunks) == 1 {
		return e.Chunks[0].Text
	}
	var all []byte
	for i := range e.Chunks {
		all = append(all, e.Chunks[i].Text...)
	}
	return string(all)
}

// Age is how long ago the answer was made.
func (e *Entry) Age(now time.Time) time.Duration {
	return max(time.Duration(now.UnixMicro()-e.Created)*time.Microsecond, 0)
}

// fresh says whether it may be given to somebody who takes answers of an age up to keep, without a
// new one being made. What was made in the future is of a clock that jumped, and not fresh.
func (e *Entry) fresh(now int64, keep time.Duration) bool {
	return now < e.Fresh && now-e.Created < keep.Microseconds() && e.Created-now < clockSlack
}

// stale says whether it may still be given to somebody while a new one is made.
func (e *Entry) stale(now int64, how *manner.Manner) bool {
	past := how.Stale
	if how.Only {
		past = max(past, how.Spare)
	}
	return past > 0 && how.Keep > 0 && now-e.Created < (how.Keep+past).Microseconds() && e.Created-now < clockSlack
}

// clockSlack is by how much the clocks of two servers may differ, in microseconds.
const clockSlack = int64(2 * time.Second / time.Microsecond)

// measured is about how many bytes the entry takes, with what a server keeps in Reply.
func (e *Entry) measured() int64 {
	n := int(unsafe.Sizeof(*e)) + perEntry + 2*len(e.Model) + len(e.Replica)
	for i := range e.Chunks {
		n += int(unsafe.Sizeof(e.Chunks[i])) + 2*len(e.Chunks[i].Text)
		for _, t := range e.Chunks[i].ToolCalls {
			n += int(unsafe.Sizeof(t)) + 2*(len(t.ID)+len(t.Name)+len(t.Arguments))
		}
	}
	for _, m := range e.Made {
		n += int(unsafe.Sizeof(m)) + len(m.Document) + len(m.Revision)
	}
	for _, s := range e.Sources {
		n += int(unsafe.Sizeof(s)) + len(s.Kind) + len(s.Name) + len(s.Hash)
	}
	return int64(n)
}

// perEntry is what the maps and queues take of an entry, about.
const perEntry = 128
