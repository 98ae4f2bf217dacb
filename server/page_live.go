package server

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/watch"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// callsShown is how many calls the live page has.
const callsShown = 30

// livePage shows what the gateway does now.
func livePage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	p := s.liveView(r, s.liveNames(r, asIs))
	p.Frame, p.Done = f, did(r, "back", "drained", "undrained", "engine")
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Live(b, p) })
}

// liveParts sends what changes on that page, each second until the reader leaves.
func liveParts(s *Server, w http.ResponseWriter, r *request) error {
	names, f := s.liveNames(r, asIs), s.preferred(r)
	var b bytes.Buffer
	_, err := s.watching(w, r, func(e *events) error {
		p := s.liveView(r, names)
		p.Frame = f
		b.Reset()
		if err := s.web.LiveParts(&b, p); err != nil {
			return err
		}
		if err := e.raw("parts", b.Bytes()); err != nil {
			e.stop(err)
		}
		return nil
	})
	return err
}

// liveView is the page of the model that the address names, else of the first that may be seen.
func (s *Server) liveView(r *request, names *liveNames) web.LivePage {
	q := r.URL.Query()
	p := web.LivePage{At: time.Now().UnixMicro(), Minutes: 15, Query: shortened(q.Get("q"), 200)}
	if n, err := strconv.Atoi(q.Get("minutes")); err == nil && (n == 1 || n == 5) {
		p.Minutes = n
	}
	all := s.Gateway.Live(r.scope)
	at, best := -1, 0
	for i, m := range all {
		key := m.Model
		if m.Split {
			key += " " + m.Hash[:6]
		}
		shown := key
		if m.Adapter != nil {
			shown += " · " + m.Adapter.String()
		}
		p.Models = append(p.Models, web.LiveModel{Key: key, Name: shown})
		fits := 0
		switch chosen := q.Get("model"); {
		case key == chosen:
			fits = 3
		case m.Model == chosen:
			fits = 2
		case len(m.Replicas) > 0:
			fits = 1
		}
		if fits > best {
			at, best, p.Model = i, fits, key
		}
	}
	wanted := callsWanted{Find: p.Query, Limit: callsShown}
	if at >= 0 {
		s.fillLive(r, names, &p, all[at])
		wanted.Model = all[at].Model
	}
	for _, c := range s.calls(r, names, wanted) {
		p.Calls = append(p.Calls, callView(c))
	}
	return p
}

func shortened(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// fillLive shows one model.
func (s *Server) fillLive(r *request, names *liveNames, p *web.LivePage, m gateway.LiveModel) {
	v := liveOf(names, m, 60*p.Minutes)
	p.Now = web.LiveNow{Offered: v.Rates.Offered, Reached: v.Rates.Levels[string(manner.Origin)], First: v.First.Median, Slow: v.First.P99}
	if v.Rates.Offered > 0 {
		p.Now.Refused = min(v.Rates.Refused/v.Rates.Offered, 1)
	}
	for _, o := range v.Seconds {
		p.Points = append(p.Points, web.LivePoint{Offered: float64(o.Offered), Answered: float64(o.Answered), Refused: float64(o.Refused)})
	}
	p.Queue = web.LiveQueue{Places: v.Queue.Places, Drain: v.Queue.Drain}
	for _, l := range v.Queue.Lanes {
		p.Queue.Waiting += l.Waiting
		p.Queue.Lanes = append(p.Queue.Lanes, web.LiveLane{Name: l.Class, Waiting: l.Waiting, Longest: l.Longest, Next: l.Next})
	}
	if g := v.Queue.Greedy; len(g) > 0 && g[0].Waiting >= greedyWaits && g[0].Share > greedyShare {
		p.Queue.Greedy = &web.LiveGreedy{Name: g[0].Name, Waiting: g[0].Waiting, Share: g[0].Share}
	}
	for _, x := range v.Replicas {
		p.Servers = append(p.Servers, serverView(x, m.Model, len(v.Replicas) > 1 && (r.scope.May(scope.Own) || r.scope.May(scope.Operate))))
	}
	if len(m.Replicas) > 1 {
		p.Drift = "/gateway/drift?" + url.Values{"model": {m.Model}}.Encode()
	}
	if m.Engine != nil && r.scope.May(scope.Operate) {
		p.Engine = engineView(*m.Engine, m.Engine.Model)
	}
	s.fillLevels(r, p, m, v)
}

// Whoever has more than this of a lane is shown to have it.
const (
	greedyWaits = 4
	greedyShare = .5
)

// fillLevels shows where the calls of the last minute ended.
func (s *Server) fillLevels(r *request, p *web.LivePage, m gateway.LiveModel, v liveModel) {
	sum := sumOf(m.Series, rateSeconds)
	look := cache.Look{}
	if r.scope.May(scope.Operate) { // they tell of every space
		look = s.Gateway.CacheLook()
	}
	add := func(name string, n int, note *web.Remark) {
		rate := float64(n) / rateSeconds
		p.Levels = append(p.Levels, web.LiveLevel{Name: name, Rate: rate, Note: note})
		p.Ended += rate
	}
	for i, level := range watch.Levels() {
		if level == string(manner.Origin) {
			continue
		}
		if n := sum.Levels[i]; n > 0 || level != string(manner.Stale) {
			add(level, n, levelNote(look, manner.Level(level)))
		}
	}
	add("refused", sum.Refused, nil)
	if sum.Failed > 0 {
		add("failed", sum.Failed, nil)
	}
	warm, n := 0., 0
	for _, x := range v.Replicas {
		warm, n = warm+x.Warm*float64(x.Requests), n+int(x.Requests)
	}
	var note *web.Remark
	if n > 0 {
		note = &web.Remark{Key: "note.warm", Args: []any{strconv.Itoa(int(100*warm/float64(n) + .5))}}
	}
	add(string(manner.Origin), sum.Levels[len(sum.Levels)-1], note)
}

// levelNote is what is worth saying of a level of the cache.
func levelNote(look cache.Look, level manner.Level) *web.Remark {
	for _, l := range look.Levels {
		if l.Level != level {
			continue
		}
		switch {
		case level == manner.Flight && look.Largest > 1:
			return &web.Remark{Key: "note.group", Args: []any{look.Largest}}
		case level == manner.Memory && l.Limit > 0:
			return &web.Remark{Key: "note.bytes", Args: []any{mebibytes(l.Bytes), mebibytes(l.Limit)}}
		case level == manner.Shared && look.Engine != "" && look.Resting:
			return &web.Remark{Key: "note.resting", Args: []any{look.Engine}}
		case level == manner.Shared && look.Engine != "":
			return &web.Remark{Key: "note.engine", Args: []any{look.Engine, strconv.FormatFloat(look.Latency.Seconds()*1e3, 'f', 1, 64) + " ms"}}
		}
	}
	return nil
}

func mebibytes(n int64) string {
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 0, 64) + " MiB"
}

// serverView is a replica on the page.
func serverView(x liveReplica, model string, several bool) web.LiveReplica {
	out := web.LiveReplica{Name: x.ID, Dialect: x.Dialect, State: x.State, InFlight: x.InFlight, Limit: x.Limit, Tokens: x.Tokens, First: x.Median, Warm: x.Warm, Errors: x.Errors,
		Build: strings.TrimSpace(x.Build + " " + x.Print[:min(len(x.Print), 4)]), Why: x.Why}
	if x.Until > 0 {
		out.Left = max(x.Until-time.Now().UnixMicro(), 0)
	}
	if x.Requests == 0 {
		out.Warm = -1
	}
	of := url.Values{"model": {model}, "replica": {x.ID}}
	if x.State == "drained" {
		of.Set("off", "true")
		out.Again = "/gateway/live/drain?" + of.Encode()
	} else if several {
		out.Drain = "/gateway/live/drain?" + of.Encode()
	}
	if x.State == "flagged" || x.State == "drifting" {
		of := url.Values{"model": {model}}.Encode()
		out.Back = "/gateway/live/back?" + url.Values{"model": {model}, "replica": {x.ID}}.Encode()
		out.Cases, out.Compare = "/gateway/drift?"+of, "/gateway/drift/compare?"+of
	}
	return out
}

// engineView is the program that runs a model, for an operator.
func engineView(e engine.Status, model string) *web.LiveEngine {
	out := &web.LiveEngine{State: string(e.State), Why: e.Why, Held: e.Held, Min: e.Min, Max: e.Max, Wanted: e.Wanted, There: len(e.Instances), Waiting: e.Waiting, Restarts: e.Restarts, Cold: e.ColdStart,
		Act: "/gateway/live/engine?" + url.Values{"model": {model}}.Encode()}
	for _, i := range e.Instances {
		out.Line = cmp.Or(i.Line, out.Line)
	}
	return out
}

// callView is a call on the page.
func callView(c call) web.LiveCall {
	out := web.LiveCall{Request: c.Request, At: c.Begun, From: c.From, Level: c.Level, To: cmp.Or(c.Answered, c.Replica), Refused: c.Refused, Why: c.Because, First: c.First, Model: c.Model, Took: c.Took, Live: c.Live, More: c.More, In: c.In, Out: c.Out}
	if c.Adapter != nil {
		out.On = c.Adapter.String()
	}
	if c.Code != "" && !c.Gone {
		out.Status = statuses[wenyuan.Code(c.Code)]
	}
	for _, s := range c.Steps {
		out.Steps = append(out.Steps, web.LiveStep{At: s.At, Took: s.Took, Kind: s.Kind, Where: s.Where, Why: s.Because, Came: s.Came, Bad: s.Result == watch.Failed || s.Result == watch.Hung || s.Result == watch.Crowded})
	}
	return out
}

// explainPage shows why the calls of a request went where they went.
func explainPage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	e, err := s.explained(r, s.liveNames(r, asIs), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := web.ExplainPage{Frame: f, ID: e.Request}
	for _, c := range e.Calls {
		p.Calls = append(p.Calls, callView(c))
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Explain(b, p) })
}

// backForm lets a replica serve again that was flagged or taken out for its answers.
func backForm(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	if err := s.Gateway.PutBack(r.Context(), r.scope, q.Get("model"), q.Get("replica")); err != nil {
		return err
	}
	return seeOther(w, r, "/gateway/live?"+url.Values{"model": {q.Get("model")}, "did": {"back"}}.Encode())
}

// drainForm drains a replica, or lets it come back.
func drainForm(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	did, off := "drained", q.Get("off") != ""
	if off {
		did = "undrained"
	}
	if err := s.Gateway.Drain(r.Context(), r.scope, q.Get("model"), q.Get("replica"), !off); err != nil {
		return err
	}
	return seeOther(w, r, "/gateway/live?"+url.Values{"model": {q.Get("model")}, "did": {did}}.Encode())
}
