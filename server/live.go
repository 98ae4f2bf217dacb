package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/watch"
	"wenyuan/internal/scope"
	"wenyuan/limit"
)

// liveRoutes are the doors to what the gateway does now, and to why each call went where it went.
func liveRoutes() []route {
	return []route{
		{"GET", "/api/gateway", "What the models do now: rates, queue, replicas, caches", reply(liveNow).asLight().needs(scope.Edit, scope.Own, scope.Operate)},
		{"GET", "/api/gateway/live", "The same each second, as a stream of events named state", streamed[liveWanted, liveState](liveStream, eventStream).asLight().asLong().needs(scope.Edit, scope.Own, scope.Operate)},
		{"GET", "/api/gateway/requests", "The calls of models that were made last, the newest first; without further rights your own", reply(callList).asLight().needs(anything...)},
		{"GET", "/api/gateway/requests/{id}", "Why the calls of a request went where they went, by its id or the id of an answer", reply(explained).asLight().needs(anything...)},
		{"POST", "/api/gateway/drain", "Let a replica of a model finish what it has and give it nothing more, or let it come back; on this server, until it is started again", reply(drain).needs(scope.Own, scope.Operate)},
		{"GET", "/gateway/live", "What the gateway does now, and why each request went where it went", page(livePage).asLight().needs(scope.Edit, scope.Own, scope.Operate)},
		{"GET", "/gateway/live/parts", "The parts of that page each second, as a stream of events", page(liveParts).asLight().asLong().needs(scope.Edit, scope.Own, scope.Operate)},
		{"POST", "/gateway/live/back", "Let a replica serve again from the page that was taken out for its answers", page(backForm).needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/live/drain", "Drain a replica from the page, or let it come back", page(drainForm).needs(scope.Own, scope.Operate)},
		{"GET", "/gateway/requests/{id}", "Why the calls of a request went where they went", page(explainPage).asLight().needs(anything...)},
	}
}

type liveWanted struct {
	Model   string `query:"model" doc:"only this model"`
	Seconds int    `query:"seconds" doc:"how far back the figures by the second go, up to 900; without it none are sent"`
}

type liveState struct {
	At     int64       `json:"at" doc:"UTC microseconds"`
	Models []liveModel `json:"models" doc:"those of the house for who operates it, those of the space for its owners"`
	Cache  *cache.Look `json:"cache,omitempty" doc:"of the whole house, for who operates it"`
}

type liveModel struct {
	Model    string           `json:"model"`
	House    bool             `json:"house" doc:"it stands in the settings file"`
	Hash     string           `json:"hash" doc:"version of the declaration"`
	Adapter  *gateway.Adapter `json:"adapter,omitempty" doc:"what the model stands on; missing where it stands by itself"`
	Labels   []string         `json:"labels,omitempty" doc:"candidate or previous: nobody falls to the version"`
	Rates    liveRates        `json:"rates" doc:"of the last ten seconds"`
	First    liveFirst        `json:"first" doc:"time to the first token of a model, in the last minute"`
	Queue    liveQueue        `json:"queue"`
	Replicas []liveReplica    `json:"replicas"`
	Seconds  []liveSecond     `json:"seconds,omitempty" doc:"the oldest first; the last is the one before this"`
}

type liveRates struct {
	Offered  float64            `json:"offered" doc:"calls a second"`
	Answered float64            `json:"answered"`
	Refused  float64            `json:"refused" doc:"for want of room"`
	Failed   float64            `json:"failed"`
	Levels   map[string]float64 `json:"levels" doc:"where they were answered: flight, memory, shared, alike, stale, model"`
}

type liveFirst struct {
	Median int64 `json:"median_us" doc:"microseconds; 0 where none came"`
	P99    int64 `json:"p99_us"`
}

type liveQueue struct {
	Places  int              `json:"places" doc:"how many may wait"`
	Drain   float64          `json:"drain" doc:"calls a second that leave it at the present rate"`
	Lanes   []liveLane       `json:"lanes" doc:"people, services, batch"`
	Refused map[string]int64 `json:"refused" doc:"since the start, by reason"`
	Greedy  []liveGreedy     `json:"greedy,omitempty" doc:"who has the most of those who wait"`
}

type liveLane struct {
	Class   string `json:"class"`
	Waiting int    `json:"waiting"`
	Longest int64  `json:"longest_us" doc:"how long the first of them has waited, microseconds"`
	Next    string `json:"next,omitempty" doc:"who is next"`
}

type liveGreedy struct {
	Class   string  `json:"class"`
	Name    string  `json:"name"`
	Waiting int     `json:"waiting"`
	Share   float64 `json:"share" doc:"of its class, 0 to 1"`
}

type liveReplica struct {
	ID       string  `json:"id"`
	Dialect  string  `json:"dialect,omitempty"`
	State    string  `json:"state" doc:"serving, starting, resting, drained, drifting, out; flagged: it serves and differs from the others"`
	Until    int64   `json:"until,omitempty" doc:"when that ends by itself, UTC microseconds"`
	Why      string  `json:"why,omitempty" doc:"what brought it there"`
	InFlight int     `json:"in_flight"`
	Limit    int     `json:"limit" doc:"calls at once, as found from its answers"`
	Tokens   int     `json:"tokens" doc:"ahead, about"`
	Requests int64   `json:"requests" doc:"since the start"`
	Minute   int     `json:"minute" doc:"calls that ended in the last minute"`
	Errors   int     `json:"errors" doc:"of these, that failed by its fault"`
	Median   int64   `json:"median_us" doc:"to the first token in the last minute, microseconds"`
	P99      int64   `json:"p99_us"`
	Warm     float64 `json:"warm" doc:"share of the prompts' tokens that it had seen before, 0 to 1"`
	Build    string  `json:"build,omitempty" doc:"what its server says of itself"`
	Print    string  `json:"fingerprint,omitempty" doc:"hash of that"`
	Last     string  `json:"last,omitempty" doc:"what its last error said"`
}

type liveSecond struct {
	Offered  uint32 `json:"offered"`
	Answered uint32 `json:"answered"`
	Refused  uint32 `json:"refused"`
	Failed   uint32 `json:"failed"`
}

// The figures of the page and of the interface are of these last seconds.
const (
	rateSeconds  = 10
	firstSeconds = 60
	historyMost  = 60 * watch.Minutes
)

type drainWanted struct {
	Model   string `json:"model" doc:"its name"`
	Replica string `json:"replica" doc:"as GET /api/gateway names it, or its address"`
	Off     bool   `json:"off,omitempty" doc:"let it come back"`
}

func drain(s *Server, r *request, in drainWanted) (liveState, error) {
	if err := s.Gateway.Drain(r.Context(), r.scope, in.Model, in.Replica, !in.Off); err != nil {
		return liveState{}, err
	}
	return liveNow(s, r, liveWanted{Model: in.Model})
}

func liveNow(s *Server, r *request, in liveWanted) (liveState, error) {
	return s.liveState(r, s.liveNames(r, r.tell), in)
}

func (s *Server) liveState(r *request, names *liveNames, in liveWanted) (liveState, error) {
	if in.Seconds < 0 || in.Seconds > historyMost {
		return liveState{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "seconds is out of bounds", Hint: "up to 900"}
	}
	out := liveState{At: time.Now().UnixMicro(), Models: []liveModel{}}
	for _, m := range s.Gateway.Live(r.scope) {
		if in.Model == "" || in.Model == m.Model {
			out.Models = append(out.Models, liveOf(names, m, in.Seconds))
		}
	}
	if r.scope.May(scope.Operate) {
		look := s.Gateway.CacheLook()
		out.Cache = &look
	}
	return out, nil
}

// liveOf is a model with names in the place of ids.
func liveOf(names *liveNames, m gateway.LiveModel, seconds int) liveModel {
	out := liveModel{Model: m.Model, House: m.Space == "", Hash: m.Hash, Adapter: m.Adapter, Labels: m.Labels, Rates: ratesOf(m.Series), First: firstOf(m.Series), Queue: queueOf(names, m)}
	for _, x := range m.Replicas {
		out.Replicas = append(out.Replicas, replicaOf(names, x))
	}
	if seconds > 0 {
		all, _ := m.Series.Seconds(seconds)
		for _, o := range all {
			out.Seconds = append(out.Seconds, liveSecond{o.Offered, o.Answered, o.Refused, o.Failed})
		}
	}
	return out
}

func sumOf(s *watch.Series, seconds int) (sum watch.Sum) {
	all, _ := s.Seconds(seconds)
	for _, o := range all {
		sum.Add(o)
	}
	return sum
}

func ratesOf(s *watch.Series) liveRates {
	sum := sumOf(s, rateSeconds)
	each := func(n int) float64 { return float64(n) / rateSeconds }
	out := liveRates{each(sum.Offered), each(sum.Answered), each(sum.Refused), each(sum.Failed), map[string]float64{}}
	for i, level := range watch.Levels() {
		out.Levels[level] = each(sum.Levels[i])
	}
	return out
}

func firstOf(s *watch.Series) liveFirst {
	sum := sumOf(s, firstSeconds)
	return liveFirst{int64(1e6 * sum.First(.5)), int64(1e6 * sum.First(.99))}
}

func queueOf(names *liveNames, m gateway.LiveModel) liveQueue {
	q := m.Queue
	out := liveQueue{Places: q.Places, Drain: q.Drain, Refused: q.Refused}
	for c := range q.Waiting {
		lane := liveLane{Class: manner.Class(c).String(), Waiting: q.Waiting[c], Longest: q.Longest[c].Microseconds()}
		if i := slices.IndexFunc(q.Next, func(w admit.Waiting) bool { return w.Class == lane.Class }); i >= 0 {
			lane.Next = names.asker(q.Next[i].Space, q.Next[i].Key)
		}
		out.Lanes = append(out.Lanes, lane)
	}
	for _, f := range q.Greedy {
		out.Greedy = append(out.Greedy, liveGreedy{f.Class, names.asker(f.Space, f.Key), f.Waiting, f.Share})
	}
	return out
}

func replicaOf(names *liveNames, x gateway.LiveReplica) liveReplica {
	out := liveReplica{ID: x.ID, Dialect: x.Dialect, State: string(x.State), Why: names.say(x.Why), InFlight: x.InFlight, Limit: x.Limit, Tokens: x.Tokens,
		Requests: x.Requests, Minute: x.Minute, Errors: x.Errors, Median: x.Median.Microseconds(), P99: x.P99.Microseconds(), Warm: x.Warm, Last: names.say(x.Last), Print: x.Drift.Hash}
	if !x.Until.IsZero() {
		out.Until = x.Until.UnixMicro()
	}
	f := x.Drift.Fingerprint
	out.Build = strings.TrimSpace(f.Engine + " " + f.Build)
	if x.Drift.State == "flagged" && out.State == "serving" {
		out.State, out.Why = "flagged", names.say(x.Drift.Why)
	}
	return out
}

// maxViewers is how many may look at the live figures at once.
const maxViewers = 64

// viewers are those who do.
type viewers struct{ n atomic.Int64 }

func (v *viewers) enter() (leave func(), err error) {
	if v.n.Add(1) > maxViewers {
		v.n.Add(-1)
		return nil, &wenyuan.Error{Code: wenyuan.Limited, Message: "too many look at the live figures at once", Hint: "close some of them, or ask for them once: GET /api/gateway"}
	}
	return func() { v.n.Add(-1) }, nil
}

// watching sends a viewer what f sends, at once and then each second until the reader leaves.
func (s *Server) watching(w http.ResponseWriter, r *request, f func(e *events) error) (*events, error) {
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	e := s.eventStream(w, stop)
	leave, err := s.viewers.enter()
	if err != nil {
		return e, err
	}
	defer leave()
	return e, everySecond(ctx, func() error { return f(e) })
}

// everySecond calls f at once and then each second, until ctx ends or f fails.
func everySecond(ctx context.Context, f func() error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := f(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// liveStream sends the state each second until the reader leaves.
func liveStream(s *Server, w http.ResponseWriter, r *request, in liveWanted) error {
	names := s.liveNames(r, r.tell)
	events, err := s.watching(w, r, func(e *events) error {
		state, err := s.liveState(r, names, in)
		if err == nil {
			e.send("state", state)
		}
		return err
	})
	return s.breakOff(events, r, err)
}

// asker is whom an id of the queue or of a call stands for: a key, else a person, else the space.
func (n *liveNames) asker(space, key string) string {
	if key == "" {
		return n.name(limit.Space, space)
	}
	return n.name(limit.Person, key)
}

// liveNames are names in the place of ids, and sentences in the language of who reads them.
type liveNames struct {
	*limitNames
	say   func(english string) string
	found map[string]map[string]bool // people by a text that stands in their names
}

func (s *Server) liveNames(r *request, say func(string) string) *liveNames {
	return &liveNames{s.limitNames(r), say, nil}
}

// asIs leaves a sentence to the page, which has a language of its own.
func asIs(english string) string { return english }
