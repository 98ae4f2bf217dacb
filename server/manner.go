package server

import (
	"net/http"
	"strconv"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
)

// The headers by which a client says how its request is to be served.
const (
	PriorityHeader = "Wenyuan-Priority" // "batch" for work that nobody waits for; it yields to the others
	DeadlineHeader = "Wenyuan-Deadline" // seconds after which the answer is of no use
	CacheHeader    = "Wenyuan-Cache"    // "on" or "off": whether a plain model's answer may be shared and kept; in a reply, where it came from
	ModelHeader    = "Wenyuan-Model"    // in a reply: which model answered, where it is another one than was asked
)

// longestDeadline is the most that a client may name.
const longestDeadline = 24 * time.Hour

// manner is how a request's calls of models are to be served, before anybody says whether they may be
// shared. Who brings the key of a service is one.
func (r *request) manner() (manner.Manner, error) {
	m := manner.Manner{Request: r.id, Scope: r.scope, Asker: &r.identity, Told: &manner.Told{}}
	if r.identity.Kind == auth.Service {
		m.Class = manner.Service
	}
	switch p := r.Header.Get(PriorityHeader); p {
	case "", "normal":
	case "batch":
		m.Class = manner.Batch
	default:
		return m, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the header Wenyuan-Priority is " + strconv.Quote(p), Hint: "batch for work that nobody waits for, or leave it out"}
	}
	if d := r.Header.Get(DeadlineHeader); d != "" {
		s, err := strconv.ParseFloat(d, 64)
		if err != nil || !(s > 0 && s <= longestDeadline.Seconds()) {
			return m, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the header Wenyuan-Deadline is " + strconv.Quote(d), Hint: "seconds after which the answer is of no use, up to 86400"}
		}
		m.Deadline = time.Now().Add(time.Duration(s * float64(time.Second)))
	}
	return m, nil
}

// plainManner is how a plain model's request is served: it is shared and kept where it gives the same
// answer each time, or where the client asks for that.
func (s *Server) plainManner(r *request, in *chatRequest, q wenyuan.Request) (manner.Manner, error) {
	m, err := r.manner()
	if err != nil {
		return m, err
	}
	m.Fallback, m.Plain = true, true
	wanted := gateway.Deterministic(q)
	switch c := r.Header.Get(CacheHeader); {
	case c == "on" || c == "" && in.Cache != nil && *in.Cache:
		wanted = true
	case c == "off" || c == "" && in.Cache != nil:
		wanted = false
	case c != "":
		return m, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the header Wenyuan-Cache is " + strconv.Quote(c), Hint: "on or off, or leave it out"}
	}
	if wanted {
		m.Share, m.Keep = true, s.Gateway.Keep()
	}
	return m, nil
}

// tell says in the head of a reply where its answer came from. It is called before the head goes out.
func tell(w http.ResponseWriter, asked string, t *manner.Told) {
	if t == nil || t.Level == "" {
		return
	}
	h := w.Header()
	h[CacheHeader] = []string{string(t.Level)}
	if t.Age > 0 {
		h["Age"] = []string{strconv.Itoa(int(t.Age.Seconds()))}
	}
	if t.Model != "" && t.Model != asked {
		h[ModelHeader] = []string{t.Model}
	}
}
