// Package corpus holds the life of a document: it takes files in, parses and cuts
// them, keeps their revisions, and feeds the index.
//
// A revision, its passages and its change number become visible in one transaction.
// The index is derived from the change log and never written by any other way, so a
// crash between the two costs nothing but the time to read the log again. The
// package never answers, ranks or decides who may see what: everything that returns
// content takes a scope.
package corpus

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/gateway/manner"
	"wenyuan/guard"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

// Config is what a Library is made of.
type Config struct {
	Store    *store.Store
	Auth     *auth.Directory
	Queue    *job.Queue
	Dir      string           // folder of the derived index files
	Embedder wenyuan.Embedder // nil: only the vectors that the index learns itself
	Limits   parse.Limits
	Cut      cut.Settings
	Log      *slog.Logger
	Guards   *guard.Guards                          // look at what documents hold beside their passages; nil: nobody does
	Removed  func(space string, documents []string) // told on every server once its index has forgotten documents; in order; nil: nobody
	Closed   []string                               // corpora that nothing may leave, whether they are there yet or not; see [Library.DeclareClosed]
}

// A Library holds every corpus of the house. Its methods may be called from many goroutines.
type Library struct {
	store    *store.Store
	auth     *auth.Directory
	queue    *job.Queue
	dir      string
	embedder wenyuan.Embedder
	limits   parse.Limits
	cut      cut.Settings
	log      *slog.Logger
	guards   *guard.Guards
	removed  func(space string, documents []string)
	closed   atomic.Pointer[[]string] // names of the corpora that the settings file closes

	// blobs is held for reading between storing an original and recording who needs
	// it, and for writing while an original that nobody needs is taken away.
	blobs sync.RWMutex

	mu      sync.Mutex
	shelves map[string]*shelf // by corpus id

	scanning sync.Mutex // one scan at a time

	counting sync.Mutex
	counts   map[counted]tally // what somebody sees
}

// New makes a library and registers its background work with the queue; Start begins it.
func New(c Config) *Library {
	l := &Library{
		store: c.Store, auth: c.Auth, queue: c.Queue, dir: c.Dir, embedder: c.Embedder,
		limits: c.Limits.WithDefaults(), cut: c.Cut, log: c.Log, guards: c.Guards, removed: c.Removed, shelves: map[string]*shelf{}, counts: map[counted]tally{},
	}
	if l.removed == nil {
		l.removed = func(string, []string) {}
	}
	l.closed.Store(&c.Closed)
	c.Queue.Handle(ingestJob, unhurried(l.ingest))
	c.Queue.Handle(learnJob, unhurried(l.learn))
	c.Queue.Handle(embedJob, unhurried(l.embed))
	return l
}

// unhurried has the models that a job asks serve people first.
func unhurried(h job.Handler) job.Handler {
	return func(ctx context.Context, j job.Job, report func(progress any)) error {
		return h(manner.AsBatch(ctx), j, report)
	}
}

// Start opens the index of every corpus, brings it up to the database, and takes
// away index folders whose corpus is gone.
func (l *Library) Start(ctx context.Context) error {
	known, err := l.wantAll(ctx)
	if err != nil {
		return err
	}
	return l.sweepIndexes(known)
}

// wantAll opens the index of every corpus and asks for what is missing in it. It gives the
// ids of the corpora.
func (l *Library) wantAll(ctx context.Context) (known map[string]bool, err error) {
	known = map[string]bool{}
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		clear(known)
		all, err := l.allCorpora(ctx, tx)
		for _, c := range all {
			known[c.ID] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		s, err := l.shelf(ctx, id)
		if err == nil {
			err = l.store.Write(ctx, func(tx *store.Tx) error { return l.wantFeatures(ctx, tx, s) })
		}
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (l *Library) sweepIndexes(known map[string]bool) error {
	entries, err := os.ReadDir(l.dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && !known[e.Name()] {
			if err := os.RemoveAll(filepath.Join(l.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close closes the indexes. The queue must have stopped before.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first error
	for id, s := range l.shelves {
		if err := s.index.Close(); err != nil && first == nil {
			first = err
		}
		delete(l.shelves, id)
	}
	return first
}

// Index is the index of one corpus, brought up to the last change that was committed.
func (l *Library) Index(ctx context.Context, sc scope.Scope, space, name string) (*index.Index, error) {
	c, err := l.Corpus(ctx, sc, name)
	if err != nil {
		return nil, err
	}
	s, err := l.shelf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if c.change > s.index.Change() {
		if err := l.catchUp(ctx, s); err != nil {
			return nil, err
		}
	}
	return s.index, nil
}
