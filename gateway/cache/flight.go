package cache

import (
	"context"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/similar"
)

// mostKept is how many bytes of an answer are kept, for those who join and for later.
const mostKept = 256 << 10

// A flight is one call that is under way, with what it has said. Who reads it has a reader, but for
// the caller that made it: as long as it is alone, what comes is handed to it directly.
type flight struct {
	id     flightID
	query  *Query        // of who made it
	class  manner.Class  // of who made it
	made   []manner.Made // likewise
	told   manner.Told   // by the gateway; complete once begun
	shared bool          // it may be joined
	purge  int64         // number of the last purge when it began
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	keep    time.Duration // the longest that anybody asks for, as is the next
	stale   time.Duration //
	text    growing       // from the byte base on
	base    int
	marks   []mark // what came beside text, in its order
	first   int    // number of marks[0]
	size    int    // bytes of everything that came
	inMarks int    // bytes of marks
	finish  string
	usage   *wenyuan.Usage // what who joins is told: it costs them nothing
	paid    *wenyuan.Usage // what who made it is told
	err     error
	from    *Entry // that its answer is; nil: the model's own
	like    *Entry // of a question that is like this one; the model is asked all the same
	match   similar.Match
	begun   bool // something has come
	ended   bool
	over    bool // it came to more than is kept: nobody joins any more
	readers []*reader
	asking  int           // callers that wait for it
	nobody  bool          // it goes on though nobody waits: it refreshes what is kept
	alone   bool          // what comes is handed to its caller directly
	handing bool          // it is being handed something just now
	left    bool          // its caller's context has ended while it was alone; it still counts among asking
	moved   chan struct{} // a reader has taken something, or is gone; nil until the call waits for one
}

// A flightID is what calls share that may be one.
type flightID struct {
	key      Key
	whole    bool // it is a call for a whole answer
	fallback bool // another model may answer
	inside   bool // nothing that runs outside is asked
}

// A mark is what came beside text, behind so many bytes of it.
type mark struct {
	at    int
	calls []wenyuan.ToolCall
}

// A reader is where somebody is in a flight.
type reader struct {
	at, mark int // bytes of text, and number of marks, that it has had
	wake     chan struct{}
	lead     bool          // it is that of the caller who made the flight
	told     bool          // it has been handed something
	lost     bool          // it read so slowly that what comes next for it is kept no more
	held     time.Duration // for which the call has waited for it
}

// flights are those that may be joined.
type flights struct {
	mu  sync.Mutex
	all map[flightID]*flight
}

func (t *flights) open() { t.all = map[flightID]*flight{} }

func (t *flights) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// leave takes a flight off the list, if it is still on it.
func (t *flights) leave(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[f.id] == f {
		delete(t.all, f.id)
	}
}

// enter finds a flight that a query may join, else one that it makes and leads. Where meanwhile an
// answer was kept, that is given.
func (c *Cache) enter(ctx context.Context, q *Query, share bool) (f *flight, lead bool, kept *Entry) {
	id := flightID{key: q.Key, whole: q.Whole, fallback: q.How.Fallback, inside: wenyuan.StaysInside(ctx)}
	f = &flight{id: id, query: q, purge: c.purges.last.Load(), class: q.How.Class, made: q.How.Made, shared: share, keep: q.How.Keep, stale: max(q.How.Stale, q.How.Spare), asking: 1}
	if !share {
		return f, true, nil
	}
	t := &c.flights
	t.mu.Lock()
	defer t.mu.Unlock()
	if o := t.find(id); o != nil && o.open(q) {
		return o, false, nil
	}
	if e := c.memory.peek(&q.Key); q.How.Keep > 0 && e != nil && e.fresh(c.now(), q.How.Keep) {
		return nil, false, e // of a flight that has just ended
	}
	t.all[id] = f
	return f, true, nil
}

// find finds what a query may join: a stream under way; for who waits for the whole answer also a call for one.
func (t *flights) find(id flightID) *flight {
	if f := t.all[flightID{id.key, false, id.fallback, id.inside}]; f != nil || !id.whole {
		return f
	}
	return t.all[id]
}

// open says whether a query may join: the call has begun, or yields to nobody that the query does not
// yield to.
func (f *flight) open(q *Query) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.over && (f.begun || f.ended || f.class <= q.How.Class)
}

// join gives a query a place at the beginning of a flight; nil where it is too late.
func (f *flight) join(q *Query) (r *reader, group int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || f.asking == 0 && !f.nobody && !f.ended {
		return nil, 0
	}
	r = &reader{wake: make(chan struct{}, 1)}
	f.readers = append(f.readers, r)
	f.asking++
	f.keep, f.stale = max(f.keep, q.How.Keep), max(f.stale, q.How.Stale, q.How.Spare)
	return r, f.asking
}

// leave is called once by everybody who waits for a flight. It ends with the last one.
func (f *flight) leave(c *Cache, r *reader, why error) {
	f.mu.Lock()
	f.asking--
	for i, o := range f.readers {
		if o == r {
			f.readers = append(f.readers[:i], f.readers[i+1:]...)
			break
		}
	}
	f.freed()
	waiting := f.asking
	if f.left && f.alone {
		waiting-- // it reads for the others alone
	}
	last := waiting == 0 && !f.nobody && !f.ended
	f.mu.Unlock()
	if last {
		c.flights.leave(f)
		f.cancel(why)
	}
}

// add takes in what came.
func (f *flight) add(k *wenyuan.Chunk, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.take(k, err)
}

func (f *flight) take(k *wenyuan.Chunk, err error) {
	if f.finish != "" || f.err != nil {
		return // behind its end there is nothing
	}
	if f.err = err; err == nil {
		f.begun = true
		f.size += len(k.Text)
		f.text.WriteString(k.Text)
		if len(k.ToolCalls) > 0 {
			n := sizeOf(k.ToolCalls)
			f.size, f.inMarks = f.size+n, f.inMarks+n
			f.marks = append(f.marks, mark{f.base + f.text.Len(), k.ToolCalls})
		}
		f.finish = k.Finish
		if k.Usage != nil {
			f.paid = k.Usage
			f.usage = &wenyuan.Usage{Prompt: k.Usage.Prompt, Completion: k.Usage.Completion} // who joins pays nothing
		}
	}
	if f.over = f.over || f.size > mostKept; f.over {
		f.trim()
	}
	f.rouse()
}

// rouse tells all readers that there is something.
func (f *flight) rouse() {
	for _, r := range f.readers {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

func sizeOf(calls []wenyuan.ToolCall) (n int) {
	for i := range calls {
		n += len(calls[i].ID) + len(calls[i].Name) + len(calls[i].Arguments)
	}
	return n
}

// trim lets go of what everybody has read that is not lost.
func (f *flight) trim() {
	total, mark := f.base+f.text.Len(), f.first+len(f.marks)
	low := total
	for _, r := range f.readers {
		if !r.lost {
			low, mark = min(low, r.at), min(mark, r.mark)
		}
	}
	if low == total {
		f.text, f.base = growing{}, total
	} else if low-f.base >= mostKept/2 {
		rest := f.text.String()[low-f.base:]
		f.text = growing{}
		f.text.WriteString(rest)
		f.base = low
	}
	for f.first < mark {
		f.inMarks -= sizeOf(f.marks[0].calls)
		f.marks, f.first = f.marks[1:], f.first+1
	}
}

// largestPiece is how long a piece of text is at most that is given again, in bytes.
const largestPiece = 8 << 10

// next is what a reader gets now; ok is false where there is nothing yet. over says that it was the last.
func (f *flight) next(r *reader) (k wenyuan.Chunk, err error, ok, over bool) {
	total := f.base + f.text.Len()
	switch {
	case r.lost:
		return k, errSlow, true, true
	case r.mark < f.first+len(f.marks) && f.marks[r.mark-f.first].at == r.at:
		k.ToolCalls = f.marks[r.mark-f.first].calls
		r.mark++
		f.freed()
	case r.at < total:
		end := total
		if r.mark < f.first+len(f.marks) {
			end = f.marks[r.mark-f.first].at
		}
		k.Text = piece(f.text.String()[r.at-f.base : end-f.base])
		r.at += len(k.Text)
		f.freed()
	case f.err != nil:
		return k, f.err, true, true
	case f.finish == "":
		return k, nil, false, false
	}
	if f.finish != "" && r.at == total && r.mark == f.first+len(f.marks) {
		k.Finish, k.Usage, over = f.finish, f.usage, true
		if r.lead {
			k.Usage = f.paid
		}
	}
	return k, nil, true, over
}

// piece is the beginning of a text that is given in one piece. It ends between characters.
func piece(s string) string {
	if len(s) <= largestPiece {
		return s
	}
	n := largestPiece
	for n > largestPiece-4 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// errSlow ends the stream of somebody who reads so slowly that the others would have to wait.
var errSlow = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "this answer was read too slowly to be shared with others", Hint: "read faster, or ask with Wenyuan-Cache: off"}
