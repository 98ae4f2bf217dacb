// Package usage keeps what was used of models by plain requests: by hour, space, who asked, key and
// version of the model. A request leaves no row of its own.
//
// What happens is added up in memory and written every second and when the program ends, so that the
// sums are exact; a process that is killed loses the last second. It keeps no word of what was asked.
package usage

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/store"
)

// An Of says whose use it is, and of what.
type Of struct {
	Space     string // id
	Principal string // id of who asked
	Key       string // id of the key they came with; "" for none
	Model     string
	Hash      string // version of the model's declaration
	Currency  string // of Money; "" where the price is not declared
}

// An Amount is what was used.
type Amount struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
	Cached   int64 `json:"cached"` // of the requests: answered without the model
	In       int64 `json:"tokens_in"`
	Out      int64 `json:"tokens_out"`
	Money    int64 `json:"-"` // millionths of the currency
}

func (a *Amount) add(b Amount) {
	a.Requests, a.Failed, a.Cached = a.Requests+b.Requests, a.Failed+b.Failed, a.Cached+b.Cached
	a.In, a.Out, a.Money = a.In+b.In, a.Out+b.Out, a.Money+b.Money
}

// A Book adds up what is used. It may be used from many goroutines.
type Book struct {
	store *store.Store
	log   *slog.Logger

	mu  sync.Mutex
	new map[line]*Amount

	flushing sync.Mutex // so that Flush returns once all that was added before it is written
	stop     func()
}

// line is a row of the table.
type line struct {
	Of
	since int64 // when the hour began, UTC microseconds
}

const (
	hour       = int64(time.Hour / time.Microsecond)
	flushEvery = time.Second
	maxRows    = 2000    // that one transaction writes
	maxNew     = 100_000 // that are held while the database does not answer; beyond it they are added up by space and model alone
)

// Open makes a book, which writes every second until it is closed.
func Open(s *store.Store, log *slog.Logger) *Book {
	b := &Book{store: s, log: cmp.Or(log, slog.New(slog.DiscardHandler)), new: map[line]*Amount{}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	b.stop = sync.OnceFunc(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		tick := time.NewTicker(flushEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := b.Flush(ctx); err != nil && ctx.Err() == nil {
				b.log.Warn("what was used of models could not be written; it is tried again", "error", err)
			}
		}
	}()
	return b
}

// Close writes what is left.
func (b *Book) Close(ctx context.Context) error {
	if b == nil {
		return nil
	}
	b.stop()
	return b.Flush(ctx)
}

// Add adds what was used now.
func (b *Book) Add(of Of, a Amount) {
	if b == nil {
		return
	}
	now := b.store.Now()
	b.put(line{of, now - now%hour}, a)
}

func (b *Book) put(l line, a Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := b.new[l]
	if sum == nil && len(b.new) >= maxNew {
		l.Principal, l.Key = "", ""
		sum = b.new[l]
	}
	if sum == nil {
		sum = new(Amount)
		b.new[l] = sum
	}
	sum.add(a)
}

// Flush writes what was added before it was called. What could not be written is kept.
func (b *Book) Flush(ctx context.Context) error {
	b.flushing.Lock()
	defer b.flushing.Unlock()
	b.mu.Lock()
	now := b.new
	if len(now) == 0 {
		b.mu.Unlock()
		return nil // this map takes what comes next
	}
	b.new = make(map[line]*Amount, len(now))
	b.mu.Unlock()
	for len(now) > 0 {
		batch := make([]line, 0, min(len(now), maxRows))
		for l := range now {
			if batch = append(batch, l); len(batch) == maxRows {
				break
			}
		}
		err := b.store.WriteSums(ctx, func(tx *store.Tx) error { return write(ctx, tx, batch, now) })
		if err != nil {
			for l, a := range now {
				b.put(l, *a)
			}
			return err
		}
		for _, l := range batch {
			delete(now, l)
		}
	}
	return nil
}

// OfRequest is the amount of one request.
func OfRequest(u *wenyuan.Usage, cached, failed bool) Amount {
	a := Amount{Requests: 1}
	if failed {
		a.Failed = 1
	}
	if cached {
		a.Cached = 1
		return a // the model did nothing
	}
	if u != nil {
		a.In, a.Out, a.Money = int64(u.Prompt), int64(u.Completion), int64(u.Cost*1e6+0.5)
	}
	return a
}
