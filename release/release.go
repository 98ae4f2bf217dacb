// Package release brings an adapter to those who ask, and takes it back: by shares, watched, and
// checked by asking it before anybody else does.
//
// A release is a job that survives its process. It moves the label production of a model of the space
// from the version that was in use to one with the adapter, a share of those who ask at a time, and
// looks every few seconds whether the new version is worse: in sentences that the originals carry, in
// refusals, in what people say, in failures and in time. The looks do not wear the test out, because it
// may be looked at as often as one likes (see eval/stat.Watch). What it keeps is counts, never a word
// of a question or an answer. A stranger would break the order first: what is in use must be said in
// the database before the gateway is told, so that whoever goes on with a release, on whatever
// server, makes the gateway agree with it.
package release

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wenyuan/dataset"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/train"
)

// Config is what Releases are made of.
type Config struct {
	Store    *store.Store
	Queue    *job.Queue
	Models   *gateway.Models
	Training *train.Runs
	Sets     *dataset.Sets
	Scope    func(ctx context.Context, space string) (scope.Scope, error) // by which a release goes on when who began it is away
	Every    time.Duration                                                // how often it is looked; 0: 3 s
	Keep     time.Duration                                                // how long what was in use before is at hand; 0: a day
	Ready    time.Duration                                                // how long a serving engine has to load an adapter; 0: 10 min
	Log      *slog.Logger                                                 // nil: slog.Default()
}

// Defaults of Config.
const (
	DefaultEvery = 3 * time.Second
	DefaultKeep  = 24 * time.Hour
	DefaultReady = 10 * time.Minute
)

// JobKind is the kind of the one job that goes on with all releases that are open. It lasts as long as
// people take to ask.
const JobKind = "release"

// Releases are the releases of a house. Methods may be called from many goroutines.
type Releases struct {
	Config
	moving sync.Mutex    // held while this process tells the gateway what is in use
	bell   chan struct{} // rung when something was changed by hand

	mu    sync.Mutex
	seen  map[string]*counts // by release: what this server had counted when it last looked
	stop  context.CancelFunc
	ended chan struct{}
	over  bool // the program ends: what fails now fails of that
}

// Open makes them ready and takes the jobs of the queue. It starts nothing.
func Open(c Config) *Releases {
	if c.Every <= 0 {
		c.Every = DefaultEvery
	}
	if c.Keep <= 0 {
		c.Keep = DefaultKeep
	}
	if c.Ready <= 0 {
		c.Ready = DefaultReady
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	r := &Releases{Config: c, bell: make(chan struct{}, 1), seen: map[string]*counts{}}
	c.Queue.Handle(JobKind, r.work)
	return r
}
