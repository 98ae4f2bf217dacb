package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A spec is one load.
type spec struct {
	URL      string
	Key      string // Bearer; every Keys-th worker brings the next of several, with commas
	Model    string
	Workers  int           // closed: connections; open: the most in flight
	For      time.Duration // requests are begun for so long
	Rate     float64       // open: requests a second; 0: closed
	Poisson  bool          // open: exponential gaps
	Burst    bool          // every worker one request at the same moment
	Stream   bool
	Body     int // bytes of the prompt
	Same     int // prompts are drawn from so many; 0: each is its own
	Patience time.Duration
	Fields   string // members of the request, with a comma behind: `"cache":true,`
	Headers  string // lines, each with CRLF
	Timed    []arrival
}

// An arrival is one request of a recorded load.
type arrival struct {
	at     time.Duration
	tokens int // of the answer
	prompt int // bytes
	same   int // of which prompt it is a copy; 0: its own
}

func (s spec) withDefaults() spec {
	if s.Workers == 0 {
		s.Workers = 16
	}
	if s.For == 0 {
		s.For = 5 * time.Second
	}
	if s.Body == 0 {
		s.Body = 1024
	}
	if s.Patience == 0 {
		s.Patience = 30 * time.Second
	}
	return s
}

// An outcome is one finished request. Times are nanoseconds; -1 where they are not known.
type outcome struct {
	took, added, first int64
	seq                uint64
	status             int
	ok, wrong, told    bool // told: a refusal that says when to come again
	level, failure     string
}

// A worker has one connection.
type worker struct {
	*loader
	id    int
	conn  net.Conn
	in    *bufio.Reader
	lines *bufio.Reader
	head  head
	buf   []byte
	req   []byte
	done  []outcome
	asked atomic.Int64 // when the request was sent that is waited for, in nanoseconds; 0: none is
	late  []int64      // of pieces: from written to read
}

type loader struct {
	spec
	addr, path string
	salt       uint64
	next       atomic.Uint64
	open, most atomic.Int64
	longest    func(time.Duration) // is told of each request that waits, now and then; nil: nobody is
}

func newLoader(s spec) (*loader, error) {
	s = s.withDefaults()
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no http address", s.URL)
	}
	return &loader{spec: s, addr: u.Host, path: u.RequestURI(), salt: uint64(time.Now().UnixNano()) << 20}, nil
}

func (l *loader) workers() []*worker {
	all := make([]*worker, l.Workers)
	for i := range all {
		all[i] = &worker{loader: l, id: i, in: bufio.NewReaderSize(nil, 8<<10), lines: bufio.NewReaderSize(nil, 8<<10)}
	}
	return all
}

// request writes the next request and gives the mark of its prompt.
func (w *worker) request(a arrival) uint64 {
	n := w.next.Add(1)
	if w.Same > 0 {
		n %= uint64(w.Same)
	}
	size, fields := w.Body, w.Fields
	if w.Timed != nil {
		if size = a.prompt; a.same > 0 {
			n = uint64(a.same) << 32
		}
		fields += fmt.Sprintf(`"max_tokens":%d,`, a.tokens)
	}
	mark := w.salt + n
	doc := append(w.buf[:0], `{"model":"`+w.Model+`",`+fields...)
	if w.Stream {
		doc = append(doc, `"stream":true,`...)
	}
	doc = append(doc, `"temperature":0,"messages":[{"role":"system","content":"You are a terse assistant."},{"role":"user","content":"`+promptBegin...)
	doc = append(appendLetters(doc, mark), ' ')
	doc = append(appendFiller(doc, size), `"}]}`...)
	keys := strings.Split(w.Key, ",")
	w.req = fmt.Appendf(w.req[:0], "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n",
		w.path, w.addr, keys[w.id%len(keys)], w.Headers, len(doc))
	w.req = append(w.req, doc...)
	w.buf = doc
	return mark
}

// one sends one request, which was meant to begin at a moment.
func (w *worker) one(meant time.Time, a arrival) *outcome {
	mark := w.request(a)
	o := outcome{added: -1, first: -1}
	w.asked.Store(time.Now().UnixNano())
	defer w.asked.Store(0)
	sent, err := w.send(&o)
	if err == nil {
		err = w.read(&o, sent, mark)
	}
	o.took = int64(time.Since(meant))
	if err != nil {
		o.ok, o.failure = false, kind(err)
	}
	if err != nil || w.head.ends {
		w.hangUp()
	}
	w.done = append(w.done, o)
	return &w.done[len(w.done)-1]
}

// send writes the request and reads the head of the reply. A kept connection that was closed meanwhile
// is opened anew once.
func (w *worker) send(o *outcome) (sent time.Time, err error) {
	for try := range 2 {
		kept := w.conn != nil
		if !kept {
			if w.conn, err = net.DialTimeout("tcp", w.addr, 5*time.Second); err != nil {
				w.conn = nil
				return sent, err
			}
			w.in.Reset(w.conn)
		}
		sent = time.Now()
		if err = w.conn.SetDeadline(sent.Add(w.Patience)); err == nil {
			if _, err = w.conn.Write(w.req); err == nil {
				err = readHead(w.in, &w.head)
			}
		}
		if err == nil {
			o.status, o.told, o.level = w.head.status, w.head.retryAfter, w.head.level
			return sent, nil
		}
		timeout, ok := errors.AsType[net.Error](err)
		w.hangUp()
		if !kept || try > 0 || ok && timeout.Timeout() {
			break
		}
	}
	return sent, err
}

func (w *worker) hangUp() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

var (
	errUnlike = errors.New("the body is not what it should be")
	errTold   = errors.New("the stream says that it failed")
)

func (w *worker) read(o *outcome, sent time.Time, mark uint64) (err error) {
	if w.Stream && w.head.status == 200 {
		return w.readStream(o, sent, mark)
	}
	if w.buf, err = w.head.readBody(w.in, w.buf[:0]); err != nil || w.head.status != 200 {
		return err
	}
	s, ok := findStamp(w.buf)
	if !ok || !json.Valid(w.buf) {
		return errUnlike
	}
	o.answered(s, mark, sent, time.Now())
	return nil
}

// answered notes whose answer it is. One that was made before it was asked for was kept.
func (o *outcome) answered(s stamp, mark uint64, sent, at time.Time) {
	o.seq, o.ok, o.wrong = s.seq, s.mark == mark, s.mark != mark
	if s.received >= uint64(sent.UnixNano()) {
		o.added = int64(at.Sub(sent)) - int64(s.written-s.received)
	}
}

func (w *worker) readStream(o *outcome, sent time.Time, mark uint64) error {
	if n := w.open.Add(1); n > w.most.Load() {
		w.most.Store(n)
	}
	defer w.open.Add(-1)
	w.lines.Reset(w.head.body(w.in))
	pieces, finished, done := 0, false, false
	for {
		line, err := w.lines.ReadSlice('\n')
		finished = finished || bytes.Contains(line, []byte(`"finish_reason":"stop"`))
		data, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("data: "))
		switch s, stamped := findStamp(data); {
		case !ok:
		case bytes.Equal(data, []byte("[DONE]")):
			done = true
		case stamped:
			at := time.Now()
			if pieces++; pieces == 1 {
				o.answered(s, mark, sent, at)
				o.first = int64(at.Sub(sent))
			} else if s.mark != mark {
				o.wrong = true
			}
			w.late = append(w.late, at.UnixNano()-int64(s.written))
		case bytes.Contains(data, []byte(`"error"`)):
			return errTold
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if !done || !finished || pieces == 0 {
		return errUnlike
	}
	if w.head.chunked {
		return w.head.trailer(w.in)
	}
	return nil
}

func kind(err error) string {
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case ok && timeout.Timeout():
		return "timeout"
	case errors.Is(err, errUnlike), errors.Is(err, errMalformed):
		return "malformed"
	case errors.Is(err, errTold):
		return "told in the stream"
	}
	return "broken"
}

// run puts the load on and gives what came of it.
func (l *loader) run() *result {
	all := l.workers()
	begun := time.Now()
	lost := 0
	if l.longest != nil {
		stop := make(chan struct{})
		defer close(stop)
		go l.look(all, stop)
	}
	switch {
	case l.Burst:
		l.burst(all)
	case l.Rate > 0 || l.Timed != nil:
		lost = l.timetable(all)
	default:
		l.closed(all)
	}
	r := gather(all, time.Since(begun))
	r.Lost, r.Open = lost, int(l.most.Load())
	for _, w := range all {
		w.hangUp()
	}
	return r
}

// look tells each second how long the request has waited that waits longest.
func (l *loader) look(all []*worker, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Second):
		}
		now, longest := time.Now().UnixNano(), int64(0)
		for _, w := range all {
			if at := w.asked.Load(); at > 0 {
				longest = max(longest, now-at)
			}
		}
		l.longest(time.Duration(longest))
	}
}

func each(all []*worker, f func(*worker)) {
	var wg sync.WaitGroup
	for _, w := range all {
		wg.Go(func() { f(w) })
	}
	wg.Wait()
}

func (l *loader) closed(all []*worker) {
	end := time.Now().Add(l.For)
	each(all, func(w *worker) {
		for at := time.Now(); at.Before(end); at = time.Now() {
			if o := w.one(at, arrival{}); o.failure == "broken" {
				time.Sleep(10 * time.Millisecond)
			}
		}
	})
}

func (l *loader) burst(all []*worker) {
	var ready sync.WaitGroup
	gate := make(chan time.Time)
	ready.Add(len(all))
	go func() {
		ready.Wait()
		close(gate)
	}()
	each(all, func(w *worker) {
		var err error
		if w.conn, err = net.DialTimeout("tcp", w.addr, 5*time.Second); err != nil {
			w.conn = nil
		} else {
			w.in.Reset(w.conn)
		}
		ready.Done()
		<-gate
		w.one(time.Now(), arrival{})
	})
}

// A start is when a request is due.
type start struct {
	at time.Time
	arrival
}

// timetable begins requests when they are due, whatever the answers do: a gateway that stands still
// is charged for all that it keeps waiting.
func (l *loader) timetable(all []*worker) (lost int) {
	due := make(chan start, 1<<16)
	go func() {
		defer close(due)
		begun := time.Now()
		for a := range l.arrivals() {
			s := start{begun.Add(a.at), a}
			time.Sleep(time.Until(s.at))
			select {
			case due <- s:
			default:
				lost++
			}
		}
	}()
	each(all, func(w *worker) {
		for s := range due {
			if time.Since(s.at) > l.Patience {
				w.done = append(w.done, outcome{failure: "no connection was free", took: int64(time.Since(s.at)), added: -1, first: -1})
				continue
			}
			w.one(s.at, s.arrival)
		}
	})
	return lost
}

func (l *loader) arrivals() func(yield func(arrival) bool) {
	if l.Timed != nil {
		return slices.Values(l.Timed)
	}
	return func(yield func(arrival) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		for at := time.Duration(0); at < l.For; {
			if !yield(arrival{at: at}) {
				return
			}
			gap := 1 / l.Rate
			if l.Poisson {
				gap *= rng.ExpFloat64()
			}
			at += time.Duration(gap * float64(time.Second))
		}
	}
}

func cmdLoad(args []string) error {
	f := flag.NewFlagSet("load", flag.ExitOnError)
	var s spec
	f.StringVar(&s.URL, "url", "http://127.0.0.1:7700/v1/chat/completions", "where to")
	f.StringVar(&s.Key, "key", "none", "keys, with commas")
	f.StringVar(&s.Model, "model", "m", "name of the model")
	f.IntVar(&s.Workers, "workers", 16, "connections")
	f.DurationVar(&s.For, "for", 5*time.Second, "how long requests are begun")
	f.Float64Var(&s.Rate, "rate", 0, "requests a second, whatever the answers do; 0: each worker begins the next when one has ended")
	f.BoolVar(&s.Poisson, "poisson", false, "with exponential gaps")
	f.BoolVar(&s.Burst, "burst", false, "one request of each worker at the same moment")
	f.BoolVar(&s.Stream, "stream", false, "streams")
	f.IntVar(&s.Body, "body", 1024, "bytes of the prompt")
	f.IntVar(&s.Same, "same", 0, "prompts to draw from; 0: each its own")
	f.DurationVar(&s.Patience, "patience", 30*time.Second, "for one request")
	f.StringVar(&s.Fields, "fields", "", `members of the request: '"seed":1,'`)
	if err := f.Parse(args); err != nil {
		return err
	}
	l, err := newLoader(s)
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(l.run())
}
