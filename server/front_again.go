package server

import (
	"crypto/sha256"
	"hash/maphash"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"wenyuan/gateway/manner"
	"wenyuan/gateway/usage"
	"wenyuan/gateway/watch"
)

// answered answers a request that came as a whole, where it was answered before and everything is as it
// was. Else it gives the request as it is to be handed on.
func (c *frontConn) answered(p []byte) (a asked, done bool) {
	s := c.s
	a = asked{sum: maphash.Bytes(s.front.seed, p), access: s.access.Load()}
	a.writes, _ = s.Store.Writes()
	k := s.front.find(a.sum)
	if k == nil {
		return a, false
	}
	a.hash, a.wanted = sha256.Sum256(p), true
	if k.hash != a.hash {
		a.wanted = k.hash == [32]byte{}
		return a, false
	}
	now := time.Now()
	if !k.holds(c, now) || !c.answers.CompareAndSwap(frontQuiet, frontAnswers) {
		return a, false
	}
	if !c.again(k, now) {
		if !c.answers.CompareAndSwap(frontAnswers, frontQuiet) {
			_ = c.TCPConn.Close() // meanwhile it was to be closed
		}
		return a, false
	}
	return a, true
}

// repliesAgain are buffers for replies.
var repliesAgain = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// again gives an answer again: it counts for the limits, the figures and the use as any other. Where a
// limit does not allow it, it is not given, and handled in full for the refusal.
func (c *frontConn) again(k *frontAnswer, now time.Time) bool {
	s := c.s
	if s.Limiter.Look(s.life) != nil {
		return false
	}
	held, err := s.Limiter.Reserve(s.life, k.claim)
	if err != nil {
		return false
	}
	defer held.Release()
	id := newRequestID()
	k.model.Gave(s.life, k.entry, watch.Begun{Request: id, Space: k.claim.Space, Person: k.claim.Person, Key: k.claim.Key, Class: k.class.String()})
	buffer := repliesAgain.Get().(*[]byte)
	b := append((*buffer)[:0], frontHead...)
	if held != nil {
		b = appendHeader(b, func(h http.Header) { s.tellLimits(h, k.claim, held) })
	}
	b = append(append(b, "X-Request-Id: "...), id...)
	b = append(now.UTC().AppendFormat(append(b, "\r\nDate: "...), http.TimeFormat), "\r\n"...)
	if age := k.entry.Age(now); age > 0 {
		b = append(strconv.AppendInt(append(b, "Age: "...), int64(age.Seconds()), 10), "\r\n"...)
	}
	created := strconv.FormatInt(now.Unix(), 10)
	const begin, middle = `{"id":"chatcmpl-`, `","object":"chat.completion","created":`
	name := strings.TrimPrefix(id, "req_")
	b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(begin)+len(name)+len(middle)+len(created)+len(k.tail)), 10)
	b = append(append(append(append(b, "\r\n\r\n"...), begin...), name...), middle...)
	head := len(b)
	b = append(append(b, created...), k.tail...)
	c.send(now, b)
	s.front.given.Add(1)
	size := len(b) - head + len(begin) + len(name) + len(middle)
	if *buffer = b; cap(b) <= maxPooled {
		repliesAgain.Put(buffer)
	}
	if k.keep {
		s.Usage.Add(k.use, usage.OfRequest(nil, true, false))
	}
	took := time.Since(now)
	s.count.request(chatPath, http.StatusOK, took)
	if !s.Quiet && s.Log.Enabled(s.life, slog.LevelInfo) {
		s.Log.LogAttrs(s.life, slog.LevelInfo, "request", slog.String("request", id), slog.String("method", http.MethodPost), slog.String("route", chatPath),
			slog.Int("status", http.StatusOK), slog.Int64("bytes", int64(size)), slog.Duration("took", took.Round(time.Microsecond)))
	}
	return true
}

// frontHead is how each reply of a front begins.
var frontHead = func() []byte {
	return appendHeader([]byte("HTTP/1.1 200 OK\r\n"), func(h http.Header) {
		always.set(h)
		h["Content-Type"] = jsonType
		h[CacheHeader] = []string{string(manner.Memory)}
	})
}()

// appendHeader writes some headers.
func appendHeader(b []byte, fill func(http.Header)) []byte {
	h := http.Header{}
	fill(h)
	var w strings.Builder
	_ = h.Write(&w) // a Builder takes everything
	return append(b, w.String()...)
}

// requestLetters are those of base 32.
const requestLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// newRequestID gives 80 bits of chance.
func newRequestID() string {
	var b [20]byte
	copy(b[:], "req_")
	for i := 4; i < len(b); i += 8 {
		for j, n := 0, rand.Uint64(); j < 8; j, n = j+1, n>>5 {
			b[i+j] = requestLetters[n&31]
		}
	}
	return string(b[:])
}
