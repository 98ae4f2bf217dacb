package gateway

import (
	"context"
	"iter"
	"log/slog"
	"net/url"
	"slices"
	"sync/atomic"

	"wenyuan"
	"wenyuan/gateway/anthropic"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/nli"
	"wenyuan/gateway/ollama"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/gateway/wire"
	"wenyuan/limit"
	"wenyuan/version"
)

// A Model is one model with the servers that run it. It is safe for concurrent use.
type Model struct {
	spec      Spec
	space     string // that it was added in; "" for the house
	hash      string
	made      string // hash of everything that decides about answers: of the declaration, and of what it stands on
	on        *Model // that it stands on; nil where it stands by itself
	files     AdapterFiles
	meters    string // the name that limits know it by
	replicas  []replica
	tokenizer wenyuan.Tokenizer
	guards    *atomic.Bool // it moderates in a chat: its server has no /v1/moderations
	figure    *figure
	counted   *version.Counted // of one that was added at run time, whose label may be split
	series    *watch.Series
	limits    *limit.Limiter
	log       *slog.Logger
	lane      *lane
	house     *Models
}

// A replica is one server of a model. What its client can do is found by type assertion.
type replica struct {
	at       Replica
	key      Secret
	client   any
	instance *engine.Instance // nil where it is no process of ours
}

// client makes the client of one server.
func client(dialect string, c wire.Config) any {
	switch dialect {
	case Anthropic:
		return anthropic.New(c)
	case Ollama:
		return ollama.New(c)
	case NLI:
		return nli.New(c)
	}
	return openai.New(c)
}

// model makes a model, or finds it in the old set where nothing about it has changed. next has those of
// the house that it may stand on.
func (m *Models) model(ctx context.Context, s placed, next, old *set) (*Model, error) {
	hash, err := version.Hash(s.Spec)
	if err != nil {
		return nil, err
	}
	st := standing{spec: s.Spec, made: hash}
	if s.Adapter != nil {
		if st, err = m.stands(ctx, s.Spec, s.space, hash, next.models); err != nil {
			return nil, err
		}
	}
	for o := range old.all() {
		if o.spec.Name == s.Name && o.space == s.space && o.made == st.made && o.on == st.on && m.keysHold(o) && !o.lane.left.Load() {
			return o, nil
		}
	}
	return m.newModel(s, hash, st)
}

// newModel makes a model and puts it on its lane.
func (m *Models) newModel(s placed, hash string, st standing) (*Model, error) {
	spec, space := st.spec, s.space
	o := &Model{spec: spec, space: space, hash: hash, made: st.made, on: st.on, files: st.files, meters: MeteredName(space, s.Name), guards: new(atomic.Bool), figure: m.figures.of(place{space, s.Name}), series: m.watch.Series(watch.Place{Space: space, Model: s.Name}), limits: m.c.Limits, log: m.c.Log, house: m}
	inside := spec.Location == Inside
	for _, r := range spec.Replicas {
		c := wire.Config{Name: s.Name, URL: r.URL, RemoteName: r.RemoteName, KeyEnv: r.KeyEnv, Inside: inside, Context: spec.Context, Idle: max(m.c.Pool.Pause, wire.DefaultIdle), HTTP: m.out.Client(inside)}
		if r.KeyEnv != "" {
			c.Key = m.c.Key(r.KeyEnv)
		}
		o.replicas = append(o.replicas, replica{at: r, key: c.Key, client: client(r.Dialect, c)})
	}
	at := laneAt{place: place{space, s.Name}}
	if space != "" {
		o.counted = m.counts.Of(space, Kind, s.Name, hash)
	}
	if s.apart || s.adapted() {
		at.hash = hash // versions that are in use beside one another share no replicas
	}
	if s.itself() {
		o.lane, o.replicas = st.on.lane, st.on.replicas // it is asked where that one is
	} else {
		m.enter(at, o)
	}
	count, err := m.counter(spec)
	if count != nil {
		o.tokenizer = count(o)
	}
	return o, err
}

// keysHold says whether the variables still hold the keys that a model was made with.
func (m *Models) keysHold(o *Model) bool {
	return !slices.ContainsFunc(o.replicas, func(r replica) bool { return r.at.KeyEnv != "" && m.c.Key(r.at.KeyEnv) != r.key })
}

// Name is how the model is called here.
func (m *Model) Name() string { return m.spec.Name }

// Spec is how the model is declared.
func (m *Model) Spec() Spec { return m.spec }

// Space is where the model was added at run time; "" for one of the settings file, which belongs to
// the house.
func (m *Model) Space() string { return m.space }

// Hash is the version of the declaration.
func (m *Model) Hash() string { return m.hash }

// Inside says whether the model runs inside, so that what is in closed corpora may reach it.
func (m *Model) Inside() bool { return m.spec.Location == Inside }

// Tokenizer counts tokens as the model does; nil where none is declared.
func (m *Model) Tokenizer() wenyuan.Tokenizer { return m.tokenizer }

// addresses are the host:port of its replicas.
func (m *Model) addresses() (all []string) {
	for _, r := range m.replicas {
		if u, err := url.Parse(r.at.URL); err == nil {
			all = append(all, addressOf(u))
		}
	}
	return all
}

// Stream answers a chat in the manner that the context says: see [manner.Manner]. A replica that
// fails before anything was said is passed over. After the first chunk was handed on there is no
// second try: the reader would see two answers mixed. The usage
// on the last chunk has its cost where the price is declared. What the call may take is reserved
// before, from the limits of whom [limit.For] names, and settled after. A request for tools or for
// a form that the model is not declared for is refused: a server that does not know them
// would pass over them in silence.
func (m *Model) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	o, ok := m.now()
	if !ok {
		return m.noMore()
	}
	switch m = o; {
	case !m.spec.Able(Chat):
		return m.unable(Chat)
	case len(r.Tools) > 0 && !m.spec.Able(Tools):
		return m.unable(Tools)
	case r.Schema != nil && !m.spec.Able(JSONSchema):
		return m.unable(JSONSchema)
	}
	return m.seen(ctx, r)
}

func (m *Model) unable(what string) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		yield(wenyuan.Chunk{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the model " + m.spec.Name + " is not declared for " + what, Hint: "where it can do that, add it under can of the model; else ask another one"})
	}
}

// passOver notes that a replica failed and another one is asked: who gets the answer does
// not see it, so the operator has to.
func (m *Model) passOver(id string, one *counted, err error) {
	one.failed(err)
	m.log.Warn("a replica failed, another one is asked", "model", m.spec.Name, "replica", id, "reason", err)
}

// passing says whether another server may do what this one did not: also where this one found the
// request wrong, as servers differ in what they take.
func passing(err error) bool {
	code := wenyuan.CodeOf(err)
	return code == wenyuan.Unavailable || code == wenyuan.Limited || code == wenyuan.Invalid && wire.RefusalOf(err) != nil
}

// ask asks a replica, and another one where that fails, for something that comes in one piece. size
// is about how many tokens it has to read.
func ask[C, T any](ctx context.Context, m *Model, size int, f func(context.Context, C) (T, error)) (out T, err error) {
	one := m.figure.begin()
	err = m.each(ctx, pool.Ask{Tokens: size}, one, func(ctx context.Context, _ *pool.Turn, client any) (bool, error) {
		out, err = f(ctx, client.(C))
		return false, err
	})
	if err != nil {
		one.failed(err)
	}
	return out, err
}

// priced is a usage with its cost, where the price is known.
func (m *Model) priced(u *wenyuan.Usage) *wenyuan.Usage {
	p := m.spec.Price
	if u == nil || p == nil {
		return u
	}
	with := *u
	with.Cost = (float64(u.Prompt)*p.Input + float64(u.Completion)*p.Output) / 1e6
	with.Currency = p.Currency
	return &with
}

var _ wenyuan.Model = (*Model)(nil)
