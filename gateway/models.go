package gateway

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/similar"
	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/watch"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/version"
)

// Config is what Models are made of.
type Config struct {
	Store     *store.Store                                                               // nil: only what is declared here
	Declared  []Spec                                                                     // of the settings file, in its order: read-only at run time
	Embedder  *Spec                                                                      // turns documents into vectors; fixed until the next start
	Key       func(env string) Secret                                                    // reads the variable that a spec names; nil: there are no keys
	Allow     []string                                                                   // hosts and host:port that a model may name; empty: every one
	Proxy     string                                                                     // for what runs outside; "" for none
	Tokenizer func(name string) (wenyuan.Tokenizer, bool)                                // by the name of a tiktoken encoding; nil: none is known
	Encodings []string                                                                   // the names that Tokenizer knows, to be told
	Local     []Replica                                                                  // where [Models.Discover] looks; the usual ports of this machine where it is empty
	WrongHits float64                                                                    // share of the hits on alike questions that may be wrong; 0: similar.DefaultWrong
	Pool      pool.Config                                                                // Region, and what is not to be found or done by itself; the rest is filled in
	Idle      time.Duration                                                              // after so long without a request a replica is asked whether it is there; 0: DefaultIdle; below 0: only one that is out is asked
	Queue     admit.Config                                                               // of the queue before each model; its name is filled in
	Cache     Caching                                                                    // how answers are kept
	Env       func(name string) string                                                   // reads a variable that an engine gets; nil: there are none
	Drift     Drift                                                                      // how replicas are compared with one another
	Moves     func() *version.Servers                                                    // the servers of the house, who move labels together; nil: labels are moved at once
	Strong    func(ctx context.Context, tx *store.Tx, space, model string) (bool, error) // whether the versions of a model are to be moved so
	Admit     func(ctx context.Context, tx *store.Tx, space string, s Spec) error        // refuses a version that stands on an adapter, before production or a share of it moves there; nil: every one may
	Leave     time.Duration                                                              // for how long a version that left use is kept for who was given it before; 0: DefaultLeave
	Engines   engine.Times                                                               // how long engines wait for what; zero values are the defaults
	Adapters  func(ctx context.Context, space, hash string) (AdapterFiles, error)        // lays the files of an adapter of a space on this machine; nil: there are none
	Limits    *limit.Limiter                                                             // what may be used of models; nil: as much as is asked for
	Telemetry telemetry.Config                                                           // where traces are sent; nowhere without an endpoint. Its way there and its log are filled in
	Log       *slog.Logger                                                               // nil: nothing is logged
}

// Models are all models of the house: those of the settings file, which every space has, and
// those added at run time, which are versions in the database and belong to the space that they
// were added in. What another process on the same database changes holds here within a second.
// Requests under way keep what they began with.
type Models struct {
	c       Config
	out     *Outbound
	figures figures
	counts  version.Counts // of the versions of models that were added at run time
	cache   caching
	alike   *similar.Index
	background
	watch     *watch.Watch
	telemetry *telemetry.Exporter // nil: there is none
	onForget  atomic.Pointer[func()]

	set    atomic.Pointer[set]
	looked atomic.Int64 // when the database was asked last, in nanoseconds since shortly before the start

	mu       sync.Mutex // held while the set is changed
	declared []Spec     // with defaults; the embedder last where there is one
	stored   map[place]inUse
	specs    []placed // added at run time, the oldest first
	lanes    map[laneAt]*lane
	keep     bool      // engines run that are always to run
	again    time.Time // when a model is tried again whose adapter could not be had; zero: all could be
}

// A background is what asks servers while nobody waits for it.
type background struct {
	life      context.Context // ends with Close
	end       context.CancelFunc
	comparing sync.WaitGroup
	ending    sync.Mutex // held while something is added to comparing
	removals  removals
	sampling  chan struct{} // holds one token for each comparison under way
}

// A place is where a model's declaration is kept.
type place struct{ space, name string }

// A placed is a declaration with the space that it belongs to; "" for the house.
type placed struct {
	space string
	split *version.Split // where its label is split, on the version with the largest share
	other bool           // of a split, any other version, or one that is only at hand
	apart bool           // there are several versions of it
	hash  string         // of one that was added at run time
	// labels that point at it beside production
	labels []string
	Spec
}

// A set is what holds at one moment.
type set struct {
	models []*Model
	others []*Model                  // of split labels, the versions with the smaller shares, and those that are only at hand
	splits map[*Model]*version.Split // by the version with the largest share
	labels map[*Model][]string       // that point at a version beside production
	faults map[laneAt]string         // of versions that cannot be used
	list   []Listed
}

// all are the models with all versions that are in use.
func (s *set) all() iter.Seq[*Model] {
	return func(yield func(*Model) bool) {
		for _, all := range [][]*Model{s.models, s.others} {
			for _, o := range all {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// in says whether a space has what belongs to a place: its own, and the house's.
func in(space, of string) bool { return of == "" || of == space }

// A Listed is a model as an operator sees it. It holds no key.
type Listed struct {
	Spec
	Hash     string          `json:"hash" doc:"version of the declaration"`
	Split    []version.Share `json:"split,omitempty" doc:"where several versions are in use: what each gets of those who ask"`
	Declared bool            `json:"declared" doc:"it stands in the settings file and is changed there"`
	Missing  []string        `json:"missing,omitempty" doc:"environment variables that should hold its key and are empty"`
	Fault    string          `json:"fault,omitempty" doc:"why it cannot be used"`
	Beside   []Beside        `json:"beside,omitempty" doc:"versions that are at hand and not in use"`
	Space    string          `json:"-"` // that it was added in; "" for one of the settings file
}

// A Beside is a version that is at hand beside those in use.
type Beside struct {
	Labels  []string `json:"labels" doc:"candidate, previous"`
	Hash    string   `json:"hash" doc:"version of the declaration"`
	Adapter *Adapter `json:"adapter,omitempty" doc:"what it stands on"`
	Fault   string   `json:"fault,omitempty" doc:"why it cannot be used"`
}

// Open makes the clients of all models. It reaches out to none of them.
func Open(ctx context.Context, c Config) (*Models, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Key == nil {
		c.Key = func(string) Secret { return "" }
	}
	out, err := NewOutbound(c.Proxy)
	if err != nil {
		return nil, err
	}
	m := &Models{c: c, out: out, watch: watch.New(watch.Config{})}
	m.c.Drift = m.c.Drift.withDefaults()
	m.life, m.end = context.WithCancel(context.WithoutCancel(ctx))
	m.sampling = make(chan struct{}, maxSampling)
	m.alike = m.openAlike()
	if m.cache, err = m.openCache(); err != nil {
		m.end()
		m.out.Close()
		return nil, err
	}
	m.set.Store(&set{})
	if err := m.trace(); err != nil {
		m.Close()
		return nil, err
	}
	if err := m.begin(ctx, c); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// begin takes over what is declared, and what was added at run time.
func (m *Models) begin(ctx context.Context, c Config) error {
	if err := m.Replace(c.Declared, c.Allow); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.load(ctx)
}

// Replace puts other declared models, and another list of permitted addresses, in the
// place of the present ones. When it returns an error, everything is as it was.
func (m *Models) Replace(declared []Spec, allow []string) error {
	all := make([]Spec, 0, len(declared)+1)
	for _, s := range declared {
		all = append(all, s.WithDefaults())
	}
	if m.c.Embedder != nil {
		all = append(all, m.c.Embedder.WithDefaults())
	}
	for i, s := range all {
		if s.Adapter != nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the model " + s.Name + " of the settings file stands on another one", Hint: "declare its servers: models with adapters belong to a space"}
		}
		if err := m.check(s, allow); err != nil {
			return err
		}
		if slices.ContainsFunc(all[:i], func(o Spec) bool { return o.Name == s.Name }) {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("two models are named %q", s.Name), Hint: "give one of them another name"}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.declared, m.c.Allow = all, allow
	m.build()
	return nil
}

// check looks at a declaration, at whether its addresses are permitted, and at its tokenizer.
func (m *Models) check(s Spec, allow []string) error {
	if err := s.Check(); err != nil {
		return err
	}
	for _, r := range s.Replicas {
		if !Permitted(allow, r.URL) {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "the model " + s.Name + " names " + r.URL + ", which the settings do not permit", Hint: "put its host under outbound in the settings file"}
		}
	}
	_, err := m.counter(s)
	return err
}

// behind runs f in the background, and Close waits for it. It is false where the house is closing.
func (m *Models) behind(f func()) bool {
	m.ending.Lock()
	defer m.ending.Unlock()
	if m.life.Err() != nil {
		return false
	}
	m.comparing.Go(f)
	return true
}

// Close ends the engines, waits until their processes are gone, and lets idle connections go. A
// request to a model elsewhere still works after it.
func (m *Models) Close() {
	m.ending.Lock()
	m.end()
	m.ending.Unlock()
	m.comparing.Wait()
	m.cache.close()
	m.mu.Lock()
	lanes := slices.Collect(maps.Values(m.lanes))
	for _, l := range lanes {
		l.stays()
	}
	m.mu.Unlock()
	var wg sync.WaitGroup
	for _, l := range lanes {
		wg.Go(l.close)
	}
	wg.Wait()
	m.telemetry.Close()
	m.out.Close()
}

// Keep is how long an answer of a plain model may be given again.
func (m *Models) Keep() time.Duration { return max(cmp.Or(m.c.Cache.Keep, DefaultKeep), 0) }
