// Package telemetry hands traces to a collector of OpenTelemetry, where one is configured: a span for
// each request that was sampled, one for each call of a model in the semantic conventions for
// generative AI, and one for each replica that was asked.
//
// It speaks OTLP over HTTP in JSON, which is published (opentelemetry.io/docs/specs/otlp and the
// JSON mapping there), and needs no more than this; the SDK would bring megabytes for what is built
// here from records that are there anyway. It sends to the one address it is given and never keeps
// a request waiting: what finds no room in its queue is dropped and counted. No span holds a word of
// what was asked or answered, nor a name of a person or a key.
package telemetry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway/watch"
)

// Config is what an Exporter is made of.
type Config struct {
	Endpoint string            // of the collector: http://HOST:4318, or with a path of its own
	Headers  map[string]string // sent along, such as a key
	Sample   float64           // share of the requests that are traced, 0 to 1; those that come with a sampled trace are in any case
	Service  string            // service.name; wenyuan where it is empty
	Version  string            // service.version
	HTTP     *http.Client      // the way to the endpoint
	Log      *slog.Logger      // nil: nothing is logged
}

// Bounds of what waits to be sent.
const (
	maxWaiting = 2048 // spans
	maxBatch   = 512  // spans of one message
	every      = time.Second
	sendTime   = 10 * time.Second
	closeTime  = 3 * time.Second // for all that waits when it is closed
)

// An Exporter collects spans and sends them. It is safe for concurrent use, and nil traces nothing.
type Exporter struct {
	c       Config
	url     string
	waiting chan span
	stop    chan struct{}
	done    sync.WaitGroup
	life    context.Context // of the messages that are sent
	end     context.CancelFunc

	sent, dropped atomic.Int64
}

// Open begins to send. It is closed once.
func Open(c Config) (*Exporter, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the endpoint of the telemetry is not an http or https address", Hint: "write it like http://127.0.0.1:4318", Err: err}
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces" // as the specification of OTLP/HTTP has it
	}
	c.Service = cmp.Or(c.Service, "wenyuan")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Exporter{c: c, url: u.String(), waiting: make(chan span, maxWaiting), stop: make(chan struct{})}
	e.life, e.end = context.WithCancel(context.Background())
	e.done.Go(e.run)
	return e, nil
}

// Close sends what waits, and ends. A collector that does not take it in time does not hold it up.
func (e *Exporter) Close() {
	if e != nil {
		close(e.stop)
		late := time.AfterFunc(closeTime, e.end)
		e.done.Wait()
		late.Stop()
		e.end()
		e.c.HTTP.CloseIdleConnections()
	}
}

// Figures are how many spans were sent, and how many were dropped.
func (e *Exporter) Figures() (sent, dropped int64) {
	if e == nil {
		return 0, 0
	}
	return e.sent.Load(), e.dropped.Load()
}

// Begin puts a request into a trace: that of its traceparent header (W3C Trace Context), else a new one.
func (e *Exporter) Begin(ctx context.Context, traceparent string) context.Context {
	if e == nil {
		return ctx
	}
	l, came := parse(traceparent)
	if !came {
		random(l.Trace[:])
	}
	l.Traced = l.Traced || rand.Float64() < e.c.Sample
	if !l.Traced {
		return ctx
	}
	random(l.Span[:])
	return l.With(ctx)
}

// parse reads a traceparent: version, trace, parent and flags in hexadecimal.
func parse(header string) (l watch.Link, ok bool) {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 || len(parts[1]) != 32 || len(parts[2]) != 16 || len(parts[3]) != 2 || strings.ToLower(header) != header {
		return l, false
	}
	var flags [1]byte
	_, a := hex.Decode(l.Trace[:], []byte(parts[1]))
	_, b := hex.Decode(l.Parent[:], []byte(parts[2]))
	_, c := hex.Decode(flags[:], []byte(parts[3]))
	if a != nil || b != nil || c != nil || l.Trace == [16]byte{} || l.Parent == [8]byte{} {
		return watch.Link{}, false
	}
	l.Traced = flags[0]&1 == 1
	return l, true
}

// random fills an id. It is never zero, which would be none.
func random(id []byte) {
	for i := range id {
		id[i] = byte(rand.IntN(256))
	}
	id[0] |= 1
}

// Served tells of a request that is over.
func (e *Exporter) Served(ctx context.Context, method, route string, status int, begun time.Time, took time.Duration) {
	if e == nil {
		return
	}
	l := watch.LinkOf(ctx)
	if !l.Traced {
		return
	}
	s := span{link: l, id: l.Span, parent: l.Parent, name: strings.TrimSpace(method + " " + route), kind: server, begun: begun.UnixNano(), ended: begun.Add(took).UnixNano()}
	s.text("http.request.method", method)
	s.text("http.route", route)
	s.number("http.response.status_code", int64(status))
	s.failed = status >= 500
	e.put(s)
}

func (e *Exporter) put(s span) {
	select {
	case e.waiting <- s:
	default:
		e.dropped.Add(1)
	}
}

// run sends what came, each second or when there is much.
func (e *Exporter) run() {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var batch []span
	flush := func() {
		if len(batch) > 0 {
			e.send(batch)
			batch = batch[:0]
		}
	}
	for {
		select {
		case s := <-e.waiting:
			if batch = append(batch, s); len(batch) >= maxBatch {
				flush()
			}
		case <-tick.C:
			flush()
		case <-e.stop:
			for len(e.waiting) > 0 {
				if batch = append(batch, <-e.waiting); len(batch) >= maxBatch {
					flush()
				}
			}
			flush()
			return
		}
	}
}

// send hands one message over. What the collector does not take is lost: traces are no record.
func (e *Exporter) send(batch []span) {
	body, err := json.Marshal(e.message(batch))
	if err == nil {
		err = e.post(body)
	}
	if err != nil {
		e.dropped.Add(int64(len(batch)))
		e.c.Log.Warn("traces could not be sent", "spans", len(batch), "error", err)
		return
	}
	e.sent.Add(int64(len(batch)))
}

func (e *Exporter) post(body []byte) error {
	ctx, stop := context.WithTimeout(e.life, sendTime)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range e.c.Headers {
		r.Header.Set(name, value)
	}
	resp, err := e.c.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode/100 != 2 {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the collector of traces answered with " + resp.Status, Hint: "look at its address and its log"}
	}
	return nil
}
