package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A behaviour is how a replica answers. Rates are probabilities of a request, times are milliseconds.
type behaviour struct {
	First    float64 `json:"first"`     // to the answer, or to the first piece of a stream
	Gap      float64 `json:"gap"`       // between pieces
	Jitter   float64 `json:"jitter"`    // spread of First, plus or minus this part of it
	Pieces   int     `json:"pieces"`    // of a stream
	Pad      int     `json:"pad"`       // bytes of text beside the stamp
	Error    float64 `json:"error"`     // answered by Status
	Status   int     `json:"status"`    //
	Retry    int     `json:"retry"`     // Retry-After of an error, in seconds
	Hang     float64 `json:"hang"`      // accepted and never answered
	Reset    float64 `json:"reset"`     // reset before anything is said
	Cut      float64 `json:"cut"`       // ended in the middle
	Stall    float64 `json:"stall"`     // silent for ever in the middle
	Inside   float64 `json:"inside"`    // 200 with an error inside
	Framing  float64 `json:"framing"`   // 200 that is no JSON
	Drip     float64 `json:"drip"`      // one byte each so many milliseconds
	Capacity int     `json:"capacity"`  // worked on at once; 0: any number
	Overflow int     `json:"overflow"`  // status beyond the capacity; 0: they wait
	PerToken float64 `json:"per_token"` // added to First for each 1,000 tokens of max_tokens
}

func plain() behaviour { return behaviour{Pieces: 32, Pad: 400, Status: 500} }

// counts are what reached one replica since the last reset.
type counts struct {
	Requests, OK, Faults, Overflow, Left, InFlight, Most atomic.Int64
}

type seen struct {
	Requests int64 `json:"requests"`
	OK       int64 `json:"ok"`
	Faults   int64 `json:"faults"`
	Overflow int64 `json:"overflow"`
	Left     int64 `json:"left"` // the gateway went away
	Most     int64 `json:"most"` // in flight at once
}

type server struct {
	id    byte
	how   atomic.Pointer[behaviour]
	slots atomic.Pointer[chan struct{}]
	counts
}

func (s *server) set(b behaviour) {
	var slots *chan struct{}
	if b.Capacity > 0 {
		c := make(chan struct{}, b.Capacity)
		slots = &c
	}
	s.slots.Store(slots)
	s.how.Store(&b)
}

// An upstream is replicas with one control.
type upstream struct {
	servers []*server
	seq     atomic.Uint64
}

func cmdUpstream(args []string) error {
	f := flag.NewFlagSet("upstream", flag.ExitOnError)
	listen := f.String("listen", "127.0.0.1:9101,127.0.0.1:9102,127.0.0.1:9103", "addresses, one replica each")
	control := f.String("control", "127.0.0.1:9100", "GET /stats, POST /set with behaviours by replica, POST /reset")
	f.Parse(args)
	u := &upstream{}
	for i, at := range strings.Split(*listen, ",") {
		l, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		s := &server{id: byte(i)}
		s.set(plain())
		u.servers = append(u.servers, s)
		go u.accept(l, s)
	}
	return http.ListenAndServe(*control, u.control())
}

func (u *upstream) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(u.stats()); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) {
		for _, s := range u.servers {
			for _, c := range []*atomic.Int64{&s.Requests, &s.OK, &s.Faults, &s.Overflow, &s.Left, &s.Most} {
				c.Store(0)
			}
		}
	})
	mux.HandleFunc("POST /set", func(w http.ResponseWriter, r *http.Request) {
		if err := u.set(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	return mux
}

func (u *upstream) stats() map[string]seen {
	all := map[string]seen{}
	for i, s := range u.servers {
		all[strconv.Itoa(i+1)] = seen{s.Requests.Load(), s.OK.Load(), s.Faults.Load(), s.Overflow.Load(), s.Left.Load(), s.Most.Load()}
	}
	return all
}

// set reads {"*": {...}, "2": {...}}: the behaviour of all over the plain one, then of single replicas
// over that.
func (u *upstream) set(r io.Reader) error {
	all := map[string]json.RawMessage{}
	if err := json.NewDecoder(r).Decode(&all); err != nil {
		return err
	}
	for i, s := range u.servers {
		b := plain()
		for _, key := range []string{"*", strconv.Itoa(i + 1)} {
			d := json.NewDecoder(bytes.NewReader(all[key]))
			d.DisallowUnknownFields()
			if err := d.Decode(&b); all[key] != nil && err != nil {
				return err
			}
		}
		s.set(b)
	}
	return nil
}

func (u *upstream) accept(l net.Listener, s *server) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go (&conn{TCPConn: c.(*net.TCPConn), in: bufio.NewReaderSize(c, 8<<10), u: u, s: s}).serve()
	}
}

// A conn is one connection with its buffers.
type conn struct {
	*net.TCPConn
	in       *bufio.Reader
	u        *upstream
	s        *server
	req, out []byte
}

func (c *conn) serve() {
	defer c.Close()
	var h head
	for readHead(c.in, &h) == nil {
		var err error
		if c.req, err = h.readBody(c.in, c.req[:0]); err != nil {
			return
		}
		switch {
		case strings.HasSuffix(h.path, "/chat/completions"):
			err = c.chat()
		case strings.HasSuffix(h.path, "/models"):
			err = c.json(200, "", `{"object":"list","data":[{"id":"m","object":"model"}]}`)
		default:
			err = c.json(404, "", `{"error":{"message":"no such path","type":"invalid_request_error"}}`)
		}
		if err != nil || h.ends {
			return
		}
	}
}

var errEnd = errors.New("the connection ends")

// dice says whether something of a probability happens to an answer, the same in every run.
func dice(seq, salt uint64, p float64) bool {
	v := (seq*8 + salt) * 0x9e3779b97f4a7c15 // splitmix64
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return p > 0 && float64((v^v>>31)>>11)/(1<<53) < p
}

func (c *conn) chat() error {
	s, b := c.s, c.s.how.Load()
	st := stamp{received: now(), seq: c.u.seq.Add(1), mark: findMark(c.req), replica: s.id}
	s.Requests.Add(1)
	if n := s.InFlight.Add(1); n > s.Most.Load() {
		s.Most.Store(n)
	}
	defer s.InFlight.Add(-1)
	if slots := s.slots.Load(); slots != nil {
		select {
		case *slots <- struct{}{}:
		default:
			if b.Overflow > 0 {
				s.Overflow.Add(1)
				return c.fail(b.Overflow, b.Retry)
			}
			*slots <- struct{}{}
		}
		defer func() { <-*slots }()
	}
	if err := c.fault(b, st.seq); err != nil {
		return err
	}
	c.wait(b, st.seq)
	if dice(st.seq, 1, b.Error) {
		s.Faults.Add(1)
		return c.fail(b.Status, b.Retry)
	}
	err := c.unary
	if bytes.Contains(c.req, []byte(`"stream":true`)) || bytes.Contains(c.req, []byte(`"stream": true`)) {
		err = c.stream
	}
	if err := err(b, &st); err != nil {
		if err != errEnd {
			s.Left.Add(1)
		}
		return err
	}
	s.OK.Add(1)
	return nil
}

// fault is what happens instead of an answer.
func (c *conn) fault(b *behaviour, seq uint64) error {
	switch {
	case dice(seq, 2, b.Hang):
		c.s.Faults.Add(1)
		_, _ = io.Copy(io.Discard, c.TCPConn) // until the other side leaves
		return errEnd
	case dice(seq, 3, b.Reset):
		c.s.Faults.Add(1)
		_ = c.SetLinger(0)
		return errEnd
	}
	return nil
}

func (c *conn) wait(b *behaviour, seq uint64) {
	ms := b.First
	if b.PerToken > 0 {
		ms += b.PerToken * number(c.req, "max_tokens") / 1000
	}
	if b.Jitter > 0 {
		v := float64(seq*0x9e3779b97f4a7c15>>11) / (1 << 53)
		ms *= 1 + (2*v-1)*b.Jitter
	}
	if ms > 0 {
		time.Sleep(time.Duration(ms * float64(time.Millisecond)))
	}
}

// number is a number of the request, which the load wrote.
func number(doc []byte, name string) float64 {
	_, rest, ok := bytes.Cut(doc, []byte(`"`+name+`":`))
	if !ok {
		return 0
	}
	end := bytes.IndexAny(rest, ",} ")
	n, err := strconv.ParseFloat(string(rest[:max(end, 0)]), 64)
	if err != nil {
		return 0
	}
	return n
}

const usage = `"usage":{"prompt_tokens":256,"completion_tokens":128,"total_tokens":384}`

// used is the usage that an answer tells: what it takes time for, where it does.
func (c *conn) used(b *behaviour) string {
	if b.PerToken == 0 {
		return usage
	}
	n := int(number(c.req, "max_tokens"))
	return fmt.Sprintf(`"usage":{"prompt_tokens":256,"completion_tokens":%d,"total_tokens":%d}`, n, 256+n)
}

func (c *conn) unary(b *behaviour, s *stamp) error {
	switch {
	case dice(s.seq, 4, b.Inside):
		c.s.Faults.Add(1)
		return c.json(200, "", `{"error":{"message":"the engine ran out of memory","type":"server_error"}}`)
	case dice(s.seq, 5, b.Framing):
		c.s.Faults.Add(1)
		return c.json(200, "", `<html>502 Bad Gateway</html>`)
	}
	const begin = `{"id":"chatcmpl-1","object":"chat.completion","created":1763600000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"`
	end := `"},"finish_reason":"stop"}],` + c.used(b) + `}`
	c.out = httpHead(c.out[:0], 200, "Content-Type: application/json\r\n", len(begin)+stampSize+1+b.Pad+len(end))
	c.out = append(c.out, begin...)
	s.written = now()
	c.out = append(s.append(c.out), ' ')
	c.out = append(appendFiller(c.out, b.Pad), end...)
	switch {
	case dice(s.seq, 6, b.Cut):
		c.s.Faults.Add(1)
		_, _ = c.Write(c.out[:len(c.out)/2])
		return errEnd
	case dice(s.seq, 7, b.Stall):
		c.s.Faults.Add(1)
		_, _ = c.Write(c.out[:len(c.out)/2])
		_, _ = io.Copy(io.Discard, c.TCPConn)
		return errEnd
	case b.Drip > 0:
		return c.drip(b)
	}
	_, err := c.Write(c.out)
	return err
}

func (c *conn) drip(b *behaviour) error {
	for i := range c.out {
		if _, err := c.Write(c.out[i : i+1]); err != nil {
			return err
		}
		time.Sleep(time.Duration(b.Drip * float64(time.Millisecond)))
	}
	return nil
}

// stream writes its pieces by a timetable, then the end, the usage where it is asked for, and [DONE].
func (c *conn) stream(b *behaviour, s *stamp) error {
	begun := time.Now()
	c.out = httpHead(c.out[:0], 200, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n", -1)
	if dice(s.seq, 4, b.Inside) {
		c.s.Faults.Add(1)
		c.event(`{"error":{"message":"the engine ran out of memory","type":"server_error"}}`)
		_, err := c.Write(append(c.out, "0\r\n\r\n"...))
		return err
	}
	for i := range b.Pieces {
		if i > 0 && b.Gap > 0 {
			time.Sleep(time.Until(begun.Add(time.Duration(float64(i) * b.Gap * float64(time.Millisecond)))))
		}
		if i == b.Pieces/2 && (dice(s.seq, 6, b.Cut) || dice(s.seq, 7, b.Stall)) {
			c.s.Faults.Add(1)
			if dice(s.seq, 7, b.Stall) {
				_, _ = io.Copy(io.Discard, c.TCPConn)
			}
			return errEnd
		}
		role := ""
		if i == 0 {
			role = `"role":"assistant",`
		}
		s.written = now()
		c.event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[{"index":0,"delta":{` + role + `"content":"` + string(s.append(nil)) + ` "},"finish_reason":null}]}`)
		if _, err := c.Write(c.out); err != nil {
			return err
		}
		c.out = c.out[:0]
	}
	c.event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	if bytes.Contains(c.req, []byte("include_usage")) {
		c.event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[],` + c.used(b) + `}`)
	}
	c.event("[DONE]")
	_, err := c.Write(append(c.out, "0\r\n\r\n"...))
	return err
}

// event adds an event as one chunk.
func (c *conn) event(data string) {
	c.out = fmt.Appendf(c.out, "%x\r\ndata: %s\n\n\r\n", len(data)+8, data)
}

func (c *conn) fail(status, retry int) error {
	fields := ""
	if retry > 0 {
		fields = fmt.Sprintf("Retry-After: %d\r\n", retry)
	}
	return c.json(status, fields, `{"error":{"message":"a fault on purpose","type":"server_error"}}`)
}

func (c *conn) json(status int, fields, doc string) error {
	c.out = append(httpHead(c.out[:0], status, "Content-Type: application/json\r\n"+fields, len(doc)), doc...)
	_, err := c.Write(c.out)
	return err
}
