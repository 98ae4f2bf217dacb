package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/watch"
	"wenyuan/internal/sse"
)

var (
	errSilent  = errors.New("no answer in time")
	errEndless = errors.New("no end in time")
	errClosed  = errors.New("the caller stopped")
	errTooMuch = fmt.Errorf("more than %d bytes", maxBody)
)

// A Server is one server of a model, as one dialect reaches it. It is safe for concurrent
// use.
type Server struct {
	Config // with its defaults

	dialect string
	sign    func(h http.Header, key string)
	http    http.Client
	urls    sync.Map // of the few addresses that the dialect asks
}

// NewServer names the dialect for messages, and how it puts a key (and what else it wants)
// into a header; the key may be empty. It does not reach out.
func NewServer(c Config, dialect string, sign func(h http.Header, key string)) *Server {
	s := &Server{Config: c.withDefaults(), dialect: dialect, sign: sign}
	s.http = *s.Config.HTTP
	if s.http.Transport == nil {
		s.http.Transport = http.DefaultTransport
	}
	return s
}

// Close lets idle connections go. A request after it still works.
func (s *Server) Close() { s.http.CloseIdleConnections() }

// A Call is one request under way, with a watch on silence. Whoever has one ends it.
type Call struct {
	s      *Server
	asker  context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer
	resp   *http.Response
	kind   string // Content-Type of the reply

	begun time.Time
	first time.Duration // longest wait for the first content
	heard time.Duration // when content came last, since begun; 0 before the first
	idle  time.Duration // longest silence now; FirstByte before the first content
	read  int64
	whole bool   // the answer came to its end
	own   []byte // for Next, where the transport needs one

	knows   Pauses        // how long the model pauses; nil: nobody does
	pause   time.Duration // longest silence in the middle, by that; 0: not known
	longest time.Duration // silence in the middle until now

	mu      sync.Mutex
	limit   time.Duration // since begun, at which silence ends the call; 0: nobody reads
	armed   time.Duration // when the timer comes; 0: it does not
	from    time.Duration // since begun, when the waiting began
	most    time.Duration // since begun, at which silence ends the call whatever is known of the model
	spared  bool          // the watch came late, and waits once more
	silence time.Duration // that the call was ended for, where a silence in the middle was too long
}

// Post sends a body as JSON and waits for the head of the reply, which is 200. Errors are
// [wenyuan.Error]: Denied where what ctx holds must stay inside and the server is not, or
// where the content was refused; Limited (see [WaitOf]); TooLarge where the context does not
// fit; Invalid where the server finds the request wrong (400, 422); Unavailable for everything else that is not the caller's. Where the caller ended
// ctx, its cause is the error.
func (s *Server) Post(ctx context.Context, address string, body any) (*Call, error) {
	return s.PostLonger(ctx, address, body, 0)
}

// PostLonger is Post where the first byte may take so much longer: of an answer that comes in one
// piece it is the last one of the thinking.
func (s *Server) PostLonger(ctx context.Context, address string, body any, longer time.Duration) (*Call, error) {
	data, err := encode(body)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	return s.send(ctx, http.MethodPost, address, data, s.FirstByte+longer)
}

// A Writer writes itself as JSON, quicker than encoding/json does.
type Writer interface {
	// AppendJSON gives what json.Marshal gives; ok is false where that has to be asked.
	AppendJSON(b []byte) (all []byte, ok bool)
}

func encode(body any) ([]byte, error) {
	if w, ok := body.(Writer); ok {
		if data, ok := w.AppendJSON(nil); ok {
			return data, nil
		}
	}
	return json.Marshal(body)
}

// Get asks without a body; see [Server.Post].
func (s *Server) Get(ctx context.Context, address string) (*Call, error) {
	return s.send(ctx, http.MethodGet, address, nil, s.FirstByte)
}

// send is the one way out of the house: nothing reaches a model but through here.
func (s *Server) send(ctx context.Context, method, address string, data []byte, first time.Duration) (*Call, error) {
	if wenyuan.StaysInside(ctx) && !s.Inside {
		return nil, s.closed()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	k := &Call{s: s, asker: ctx, begun: time.Now(), first: first, idle: first, limit: first, armed: first}
	k.ctx, k.cancel = context.WithCancelCause(ctx)
	k.mu.Lock()
	k.watch = time.AfterFunc(first, k.give)
	k.mu.Unlock()
	u, err := s.address(address)
	if err != nil {
		k.End()
		return nil, s.unreachable(err)
	}
	// Redirects are not followed and nothing has a time-out of its own, so that all a client would do is left
	// to the transport.
	k.resp, err = s.http.Transport.RoundTrip(s.request(k.ctx, method, u, data))
	if err != nil {
		defer k.End()
		return nil, k.why(err)
	}
	if k.resp.StatusCode != http.StatusOK {
		defer k.End()
		return nil, s.refused(k.resp.StatusCode, k.resp.Header, k)
	}
	k.kind = k.resp.Header.Get("Content-Type")
	k.resp.Request, k.resp.Header = nil, nil // neither what was sent nor the head is held while the reply is read
	return k, nil
}

// request makes a request, whose address is shared.
func (s *Server) request(ctx context.Context, method string, u *url.URL, data []byte) *http.Request {
	h := make(http.Header, 5)
	h["Content-Type"], h["User-Agent"] = jsonType, ourName
	s.sign(h, string(s.Key))
	if s.Inside { // what is outside learns nothing of who asks what when
		if l := watch.LinkOf(ctx); l.Traced {
			h["Traceparent"] = []string{l.String()}
		}
	}
	// A server may close a connection that was kept just when it is used again. With this key,
	// which is not sent, the request then goes out once more on a new one: nothing was answered.
	h["Idempotency-Key"] = nil
	req := &http.Request{Method: method, URL: u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if len(data) > 0 {
		req.ContentLength, req.Body = int64(len(data)), newPayload(data)
		req.GetBody = func() (io.ReadCloser, error) { return newPayload(data), nil }
	}
	return req.WithContext(ctx)
}

// A payload is what is sent. Whoever takes all of it at once need not read it, as the transport of h1 does.
type payload struct {
	bytes.Reader
	data []byte
}

func newPayload(data []byte) *payload {
	p := &payload{data: data}
	p.Reset(data)
	return p
}

// Bytes are all of it.
func (p *payload) Bytes() []byte { return p.data }

// Close does nothing.
func (p *payload) Close() error { return nil }

// Not to be written to.
var jsonType, ourName = []string{"application/json"}, []string{"wenyuan"}

// address parses an address once.
func (s *Server) address(raw string) (*url.URL, error) {
	if u, ok := s.urls.Load(raw); ok {
		return u.(*url.URL), nil
	}
	u, err := url.Parse(raw)
	if err == nil && u.Host == "" {
		err = fmt.Errorf("%s names no host", raw)
	}
	if err == nil {
		s.urls.Store(raw, u)
	}
	return u, err
}

const (
	stoodStill = 100 * time.Millisecond // that the watch may come late, or it was this machine that stood still
	readFirst  = time.Second            // for which it is read then, once, what may have come meanwhile
)

// give ends a call that was silent, or went on, for too long. The timer is not set anew at each piece:
// where it comes too early it is set to what is left.
func (k *Call) give() {
	k.mu.Lock()
	now := time.Since(k.begun)
	switch {
	case k.limit == 0: // nobody reads
		k.armed = 0
	case now < k.limit:
		k.armed = k.limit
		k.watch.Reset(k.limit - now)
	case now >= k.s.Total:
		defer k.cancel(errEndless)
	case now-k.armed > stoodStill && !k.spared: // what came meanwhile waits to be read
		k.limit, k.armed, k.spared = now+readFirst, now+readFirst, true
		k.watch.Reset(readFirst)
	default:
		if limit, ok := k.longer(now); ok {
			k.limit, k.armed = limit, limit
			k.watch.Reset(limit - now)
		} else if k.silence > 0 {
			defer k.cancel(errPaused)
		} else {
			defer k.cancel(errSilent)
		}
	}
	k.mu.Unlock()
}

// until sets the time at which silence ends the call, and the latest at which it does; 0 for none.
func (k *Call) until(now, limit, most time.Duration) {
	k.mu.Lock()
	k.from, k.most, k.spared = now, most, false
	if k.limit = limit; limit > 0 && (k.armed == 0 || limit < k.armed) {
		k.armed = limit
		k.watch.Reset(limit - now)
	}
	k.mu.Unlock()
}

// Read takes the next bytes of the body. Only while somebody reads is silence the server's.
func (k *Call) Read(p []byte) (int, error) {
	k.waits()
	n, err := k.resp.Body.Read(p)
	return n, k.came(n, err)
}

// Next is Read without a buffer that is held while nothing comes, where the transport can do that. What it gives is
// valid until the next call.
func (k *Call) Next() (text []byte, err error) {
	k.waits()
	if in, ok := k.resp.Body.(sse.Pieces); ok {
		text, err = in.Next()
		return text, k.came(len(text), err)
	}
	if k.own == nil {
		k.own = make([]byte, ownBuffer)
	}
	n, err := k.resp.Body.Read(k.own)
	if n > 0 {
		err = nil // it comes again
	}
	return k.own[:n], k.came(n, err)
}

func (k *Call) waits() {
	now := time.Since(k.begun)
	limit := min(now+k.idle, k.heard+max(k.first, k.s.Idle), k.s.Total)
	if k.heard == 0 {
		limit = min(limit, k.first)
	}
	most := max(limit, 1)
	if k.pause > 0 {
		limit = min(limit, now+k.pause)
	}
	k.until(now, max(limit, 1), most)
}

// came notes what came, and gives the error that it came with.
func (k *Call) came(n int, err error) error {
	if k.knows != nil && k.heard > 0 && n > 0 {
		k.longest = max(k.longest, time.Since(k.begun)-k.from)
	}
	k.until(0, 0, 0)
	if k.read += int64(n); k.read > maxBody {
		return errTooMuch
	}
	return err
}

// ownBuffer is how much is read at once of a body that has no pieces, in bytes.
const ownBuffer = 2 << 10

// Content notes that something came that belongs to the answer, and was dealt with: the
// server may be silent anew. What only keeps the connection alive is none.
func (k *Call) Content() {
	if k.heard == 0 && k.knows != nil {
		k.pause = k.knows.Pause(0)
	}
	k.heard, k.idle = max(time.Since(k.begun), 1), k.s.Idle
}

// End stops the watch and lets the connection go: for another request, where all of the reply has come.
func (k *Call) End() {
	k.watch.Stop()
	if k.knows != nil && k.heard > 0 {
		k.mu.Lock()
		silence := k.silence
		k.mu.Unlock()
		k.knows.Paused(max(k.longest, silence))
	}
	if k.resp != nil { // before the end of the context would close the connection
		if b, ok := k.resp.Body.(ending); ok && k.whole {
			b.Ends()
		} else {
			k.resp.Body.Close()
		}
	}
	k.cancel(errClosed)
}

// An ending is a body of which the end may still be to come when all that it says was read: a stream says that it ends
// before it does.
type ending interface{ Ends() }

// Type is the media type of the body, such as "text/event-stream".
func (k *Call) Type() string {
	switch k.kind {
	case "application/json", "text/event-stream": // as nearly all say it
		return k.kind
	}
	t, _, _ := mime.ParseMediaType(k.kind)
	return t
}

// Whole reads a body that is one JSON value.
func (k *Call) Whole(into any) error {
	k.knownBy(nil)
	k.Content() // the head of a body that comes in one piece is the end of the thinking
	body, err := k.all()
	if err != nil {
		return k.why(err)
	}
	return k.Decode(body, into)
}

// all reads the rest of a body, or as much of it as one may have.
func (k *Call) all() ([]byte, error) {
	size := k.resp.ContentLength
	if size < 0 || size > maxWhole {
		return io.ReadAll(io.LimitReader(k, maxWhole))
	}
	body := make([]byte, size)
	_, err := io.ReadFull(k, body)
	return body, err
}

// A Reader reads itself from JSON, quicker than encoding/json does.
type Reader interface {
	// ReadJSON reads what json.Unmarshal reads; where it gives false, it read nothing and that has to
	// be asked.
	ReadJSON(data []byte) bool
}

// Decode reads one piece of a body. Bytes that are no UTF-8 become U+FFFD, each: one broken
// character is no reason to lose an answer, and nothing broken goes further.
func (k *Call) Decode(data []byte, into any) error {
	if r, ok := into.(Reader); ok && r.ReadJSON(data) {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return k.Rubbish(fmt.Errorf("%w in %s", err, k.s.clean(string(data[:min(len(data), 1200)]))))
	}
	return nil
}

// why tells apart who ended a call: the asker, the watch, a limit or the network.
func (k *Call) why(err error) error {
	said, ours := errors.AsType[*wenyuan.Error](err)
	switch cause := context.Cause(k.ctx); {
	case k.asker.Err() != nil:
		return context.Cause(k.asker)
	case ours:
		return said // the client may have wrapped it: an address that is not allowed
	case cause == errSilent:
		return k.s.silent()
	case cause == errPaused:
		return k.s.paused(k.silence)
	case cause == errEndless:
		return k.s.endless()
	case errors.Is(err, errTooMuch) || tooLong(err):
		return k.Rubbish(err)
	case k.resp == nil:
		return k.s.unreachable(err)
	}
	return k.s.brokenOff(err)
}

// JSON posts a body and reads the reply as one JSON value.
func (s *Server) JSON(ctx context.Context, address string, body, into any) error {
	k, err := s.Post(ctx, address, body)
	if err != nil {
		return err
	}
	defer k.End()
	return k.Whole(into)
}
