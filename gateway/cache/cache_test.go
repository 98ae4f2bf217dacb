package cache_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
)

type stream = iter.Seq2[wenyuan.Chunk, error]

// says is a call that answers at once.
func says(pieces ...string) func(context.Context) stream {
	return func(ctx context.Context) stream {
		return func(yield func(wenyuan.Chunk, error) bool) {
			for i, p := range pieces {
				k := wenyuan.Chunk{Text: p}
				if i == len(pieces)-1 {
					k.Finish, k.Usage = "stop", &wenyuan.Usage{Prompt: 3, Completion: 4, Cost: 5, Currency: "USD"}
				}
				if !yield(k, nil) {
					return
				}
			}
		}
	}
}

// fails is a call that answers with an error.
func fails(err error) func(context.Context) stream {
	return func(context.Context) stream {
		return func(yield func(wenyuan.Chunk, error) bool) { yield(wenyuan.Chunk{}, err) }
	}
}

// collect reads a stream.
func collect(s stream) (string, error) {
	var b strings.Builder
	for k, err := range s {
		if err != nil {
			return b.String(), err
		}
		b.WriteString(k.Text)
	}
	return b.String(), nil
}

func query(key byte, how manner.Manner) cache.Query {
	return cache.Query{Key: cache.Key{key}, Space: "main", Model: "m", Hash: "h", How: how}
}

var sharing = manner.Manner{Share: true}

func keeping(d time.Duration) manner.Manner {
	return manner.Manner{Share: true, Keep: d, Told: &manner.Told{}}
}

func open(t *testing.T, c cache.Config) *cache.Cache {
	t.Helper()
	if c.Memory == 0 {
		c.Memory = 1 << 20
	}
	o := cache.Open(c)
	t.Cleanup(o.Close)
	return o
}

// TestIdenticalCallsAreOne: whoever asks the same at the same moment shares one call, whether they
// want a stream or the whole.
func TestIdenticalCallsAreOne(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		for _, timed := range []bool{false, true} {
			t.Run(fmt.Sprintf("whole=%v,timed=%v", whole, timed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := open(t, cache.Config{})
					var calls atomic.Int32
					call := func(ctx context.Context) stream {
						calls.Add(1)
						return func(yield func(wenyuan.Chunk, error) bool) {
							for i, p := range []string{"one ", "two ", "three"} {
								time.Sleep(time.Second)
								k := wenyuan.Chunk{Text: p}
								if i == 2 {
									k.Finish = "stop"
								}
								if !yield(k, nil) {
									return
								}
							}
						}
					}
					var wg sync.WaitGroup
					for i := range 1000 {
						wg.Go(func() {
							ctx := t.Context()
							if timed {
								var stop context.CancelFunc
								ctx, stop = context.WithTimeout(ctx, time.Minute)
								defer stop()
							}
							time.Sleep(time.Duration(i) * 2 * time.Millisecond) // some come when it has begun
							q := query(1, sharing)
							q.Whole = whole
							if said, err := collect(c.Stream(ctx, q, call)); said != "one two three" || err != nil {
								t.Errorf("said %q, %v", said, err)
							}
						})
					}
					wg.Wait()
					if n := calls.Load(); n != 1 {
						t.Errorf("%d calls", n)
					}
					if l := c.Look(); l.Open != 0 || l.Largest != 1000 || l.Levels[0].Hits != 999 {
						t.Errorf("look %+v", l)
					}
				})
			})
		}
	}
}

// TestCallIsThroughBeforeItsCaller: what a call does at its end, such as giving back what it reserved, is done
// when the stream of who made it ends; also of one with a deadline, whose answer another goroutine reads.
func TestCallIsThroughBeforeItsCaller(t *testing.T) {
	t.Parallel()
	for _, timed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := open(t, cache.Config{})
			ctx := t.Context()
			if timed {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, time.Minute)
				defer stop()
			}
			var through atomic.Bool
			call := func(ctx context.Context) stream {
				return func(yield func(wenyuan.Chunk, error) bool) {
					says("one ", "two")(ctx)(yield)
					time.Sleep(time.Second) // this machine stands still
					through.Store(true)
				}
			}
			if said, err := collect(c.Stream(ctx, query(1, sharing), call)); said != "one two" || err != nil || !through.Load() {
				t.Errorf("timed %v: said %q, %v, through %v", timed, said, err, through.Load())
			}
		})
	}
}

// TestStreamsDoNotWaitForWhole: who wants a stream does not join a call for a whole answer; who wants
// the whole joins a stream.
func TestStreamsDoNotWaitForWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, first := range []bool{true, false} {
			c := open(t, cache.Config{})
			var calls atomic.Int32
			call := func(ctx context.Context) stream {
				calls.Add(1)
				time.Sleep(time.Second)
				return says("yes")(ctx)
			}
			var wg sync.WaitGroup
			for i, whole := range []bool{first, !first} {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * time.Millisecond)
					q := query(1, sharing)
					q.Whole = whole
					collect(c.Stream(t.Context(), q, call))
				})
			}
			wg.Wait()
			if want := map[bool]int32{true: 2, false: 1}[first]; calls.Load() != want {
				t.Errorf("whole first %v: %d calls", first, calls.Load())
			}
		}
	})
}

// TestLeaving: a caller that leaves does not end the call for the others, and the last one does.
func TestLeaving(t *testing.T) {
	t.Parallel()
	for _, timed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := open(t, cache.Config{})
			ended := make(chan error, 1)
			call := func(ctx context.Context) stream {
				return func(yield func(wenyuan.Chunk, error) bool) {
					for i := range 10 {
						select {
						case <-time.After(time.Second):
						case <-ctx.Done():
							ended <- context.Cause(ctx)
							yield(wenyuan.Chunk{}, context.Cause(ctx))
							return
						}
						if !yield(wenyuan.Chunk{Text: fmt.Sprint(i)}, nil) {
							ended <- nil
							return
						}
					}
				}
			}
			first, leave := context.WithCancel(t.Context())
			if timed {
				var stop context.CancelFunc
				first, stop = context.WithTimeout(first, time.Hour)
				defer stop()
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if said, err := collect(c.Stream(first, query(1, sharing), call)); said != "01" || !errors.Is(err, context.Canceled) {
					t.Errorf("the first got %q, %v", said, err)
				}
			})
			time.Sleep(1500 * time.Millisecond)
			second, leave2 := context.WithCancel(t.Context())
			wg.Go(func() {
				if said, err := collect(c.Stream(second, query(1, sharing), call)); said != "0123" || !errors.Is(err, context.Canceled) {
					t.Errorf("the second got %q, %v", said, err)
				}
			})
			time.Sleep(time.Second)
			leave()
			time.Sleep(2 * time.Second)
			select {
			case <-ended:
				t.Error("the call ended though somebody waited")
			default:
			}
			leave2()
			synctest.Wait()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the call ended with %v", err)
			}
			wg.Wait()
			if c.Look().Open != 0 {
				t.Error("something is left")
			}
		})
	}
}

// TestSlowReaders: one who takes nothing holds nobody up, whether it leads or has joined.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{})
		var calls atomic.Int32
		call := func(ctx context.Context) stream {
			calls.Add(1)
			return func(yield func(wenyuan.Chunk, error) bool) {
				for i := range 5 {
					time.Sleep(time.Second)
					k := wenyuan.Chunk{Text: fmt.Sprint(i)}
					if i == 4 {
						k.Finish = "stop"
					}
					if !yield(k, nil) {
						return
					}
				}
			}
		}
		begun := time.Now()
		slow := func(after time.Duration) {
			time.Sleep(after)
			for range c.Stream(t.Context(), query(1, sharing), call) {
				time.Sleep(time.Hour)
			}
		}
		quick := func() {
			if said, err := collect(c.Stream(t.Context(), query(1, sharing), call)); said != "01234" || err != nil {
				t.Errorf("said %q, %v", said, err)
			}
		}
		go slow(0)
		go slow(100 * time.Millisecond)
		time.Sleep(500 * time.Millisecond)
		quick()
		if took := time.Since(begun); took != 5*time.Second || calls.Load() != 1 {
			t.Errorf("%v, %d calls", took, calls.Load())
		}
		time.Sleep(24 * time.Hour)

		begun = time.Now() // now one that is stuck when the others come
		calls.Store(0)
		go slow(0)
		time.Sleep(1500 * time.Millisecond)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(quick)
		}
		wg.Wait()
		if took := time.Since(begun); took > 8*time.Second || calls.Load() != 2 {
			t.Errorf("%v, %d calls", took, calls.Load())
		}
		time.Sleep(24 * time.Hour)
	})
}

// TestErrors: an error of what is asked goes to all, one of who asks to that one alone.
func TestErrors(t *testing.T) {
	t.Parallel()
	broken := &wenyuan.Error{Code: wenyuan.Unavailable, Message: "down"}
	for _, own := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := open(t, cache.Config{})
			var calls atomic.Int32
			call := func(ctx context.Context) stream {
				n := calls.Add(1)
				time.Sleep(time.Second)
				if own && n == 1 {
					return fails(cache.Own(&wenyuan.Error{Code: wenyuan.Limited, Message: "you have none left"}))(ctx)
				}
				if own {
					return says("fine")(ctx)
				}
				return fails(broken)(ctx)
			}
			var wg sync.WaitGroup
			var failed atomic.Int32
			for i := range 100 {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * time.Millisecond)
					if _, err := collect(c.Stream(t.Context(), query(1, sharing), call)); err != nil {
						failed.Add(1)
					}
				})
			}
			wg.Wait()
			if own && (calls.Load() != 2 || failed.Load() != 1) || !own && (calls.Load() != 1 || failed.Load() != 100) {
				t.Errorf("own %v: %d calls, %d failed", own, calls.Load(), failed.Load())
			}
		})
	}
}

// TestKept: what ended well is given again, for its time; what did not is not.
func TestKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{})
		calls := 0
		ask := func(key byte, how manner.Manner, call func(context.Context) stream) (string, manner.Told, error) {
			if how.Told == nil {
				how.Told = &manner.Told{}
			}
			*how.Told = manner.Told{}
			said, err := collect(c.Stream(t.Context(), query(key, how), func(ctx context.Context) stream { calls++; return call(ctx) }))
			return said, *how.Told, err
		}
		for i := range 3 {
			said, told, err := ask(1, keeping(time.Minute), says("a", "b", "c"))
			if said != "abc" || err != nil || i > 0 && told.Level != manner.Memory || calls != 1 {
				t.Errorf("%d: %q, %v, %+v, %d calls", i, said, err, told, calls)
			}
			time.Sleep(time.Second)
		}
		if _, told, _ := ask(1, keeping(2*time.Second), says("new")); told.Level != "" || calls != 2 {
			t.Errorf("one who takes nothing older than 2 s got %+v", told)
		}
		time.Sleep(time.Minute)
		if said, told, _ := ask(1, keeping(time.Minute), says("new")); said != "new" || told.Level != "" {
			t.Errorf("after its time: %q, %+v", said, told)
		}
		for i, call := range []func(context.Context) stream{
			fails(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "down"}),
			fails(&wenyuan.Error{Code: wenyuan.Limited, Message: "busy"}),
			func(context.Context) stream {
				return func(yield func(wenyuan.Chunk, error) bool) {
					yield(wenyuan.Chunk{Text: "no", Finish: "content_filter"}, nil)
				}
			},
			func(context.Context) stream {
				return func(yield func(wenyuan.Chunk, error) bool) { yield(wenyuan.Chunk{Text: "half"}, nil) }
			},
		} {
			calls = 0
			ask(byte(10+i), keeping(time.Minute), call)
			ask(byte(10+i), keeping(time.Minute), call)
			if calls != 2 {
				t.Errorf("case %d was kept", i)
			}
		}
		calls = 0
		wrong := fails(&wenyuan.Error{Code: wenyuan.Invalid, Message: "no such parameter"})
		ask(20, keeping(time.Minute), wrong)
		if _, _, err := ask(20, keeping(time.Minute), wrong); calls != 1 || wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("an error that repeats: %d calls, %v", calls, err)
		}
		time.Sleep(11 * time.Second)
		if ask(20, keeping(time.Minute), wrong); calls != 2 {
			t.Error("an error was kept for long")
		}
	})
}

// TestStale: what is past its time is given while one new answer is made.
func TestStale(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{})
		var calls atomic.Int32
		down := false
		call := func(ctx context.Context) stream {
			n := calls.Add(1)
			if manner.Of(ctx).Class != manner.Batch && n > 1 {
				t.Error("a refreshing does not yield to people")
			}
			time.Sleep(time.Second)
			if down {
				return fails(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "down"})(ctx)
			}
			return says(fmt.Sprint("answer ", n))(ctx)
		}
		ask := func() (string, manner.Level) {
			how := keeping(time.Minute)
			how.Stale = time.Hour
			said, err := collect(c.Stream(t.Context(), query(1, how), call))
			if err != nil {
				t.Error(err)
			}
			return said, how.Told.Level
		}
		ask()
		time.Sleep(2 * time.Minute)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if said, level := ask(); said != "answer 1" || level != manner.Stale {
					t.Errorf("%q, %s", said, level)
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * time.Second)
		if said, level := ask(); said != "answer 2" || level != manner.Memory || calls.Load() != 2 {
			t.Errorf("%q, %s, %d calls", said, level, calls.Load())
		}
		down = true
		time.Sleep(10 * time.Minute)
		for range 3 {
			if said, level := ask(); said != "answer 2" || level != manner.Stale {
				t.Errorf("with the model down: %q, %s", said, level)
			}
			time.Sleep(6 * time.Second)
		}
		if calls.Load() != 5 {
			t.Errorf("%d calls", calls.Load())
		}
	})
}

// TestLongAnswers: an answer that is longer than what is kept goes on for those who joined; nobody joins
// any more, and it is not kept.
func TestLongAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{Memory: 64 << 20})
		var calls atomic.Int32
		part := strings.Repeat("x", 64<<10)
		call := func(ctx context.Context) stream {
			calls.Add(1)
			return func(yield func(wenyuan.Chunk, error) bool) {
				for range 32 {
					time.Sleep(time.Second)
					if !yield(wenyuan.Chunk{Text: part}, nil) {
						return
					}
				}
				yield(wenyuan.Chunk{Finish: "stop"}, nil)
			}
		}
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second * 3 / 2)
				if said, err := collect(c.Stream(t.Context(), query(1, keeping(time.Hour)), call)); len(said) != 32*len(part) || err != nil {
					t.Errorf("%d: %d bytes, %v", i, len(said), err)
				}
			})
		}
		wg.Go(func() { // one that reads nothing
			time.Sleep(time.Second)
			var last error
			for _, err := range c.Stream(t.Context(), query(1, keeping(time.Hour)), call) {
				if last = err; err == nil {
					time.Sleep(time.Minute)
				}
			}
			if wenyuan.CodeOf(last) != wenyuan.Unavailable {
				t.Errorf("who read too slowly got %v", last)
			}
		})
		time.Sleep(10 * time.Second)
		if calls.Load() != 1 {
			t.Errorf("%d calls", calls.Load())
		}
		collect(c.Stream(t.Context(), query(1, keeping(time.Hour)), call))
		if wg.Wait(); calls.Load() != 2 {
			t.Errorf("%d calls", calls.Load())
		}
		if l := c.Look(); l.Levels[1].Entries != 0 {
			t.Errorf("it was kept: %+v", l.Levels[1])
		}
	})
}

// TestToolCalls: calls of tools are given again as they came, with their pieces joined.
func TestToolCalls(t *testing.T) {
	t.Parallel()
	c := open(t, cache.Config{})
	call := func(context.Context) stream {
		return func(yield func(wenyuan.Chunk, error) bool) {
			for _, k := range []wenyuan.Chunk{
				{Text: "I look "}, {Text: "it up."},
				{ToolCalls: []wenyuan.ToolCall{{Index: 0, ID: "a", Name: "find", Arguments: `{"q":`}}},
				{ToolCalls: []wenyuan.ToolCall{{Index: 0, Arguments: `"x"}`}}},
				{ToolCalls: []wenyuan.ToolCall{{Index: 1, ID: "b", Name: "get", Arguments: `{}`}}},
				{Finish: "tool_calls"},
			} {
				if !yield(k, nil) {
					return
				}
			}
		}
	}
	collect(c.Stream(t.Context(), query(1, keeping(time.Minute)), call))
	var got []wenyuan.Chunk
	for k := range c.Stream(t.Context(), query(1, keeping(time.Minute)), fails(errors.New("asked again"))) {
		got = append(got, k)
	}
	if len(got) != 2 || got[0].Text != "I look it up." || len(got[1].ToolCalls) != 2 || got[1].ToolCalls[0].Arguments != `{"q":"x"}` || got[1].Finish != "tool_calls" {
		t.Errorf("got %+v", got)
	}
}

// TestMade: what was made from documents is given to who sees them as they are, whether it is kept or
// under way, and to nobody where nobody can say that.
func TestMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dead := false
		alive := func(ctx context.Context, sc scope.Scope, made []manner.Made) (bool, error) {
			return !dead && sc.Sees("main", made[0].Document), nil
		}
		for _, c := range []*cache.Cache{open(t, cache.Config{}), open(t, cache.Config{Alive: alive})} {
			var calls atomic.Int32
			call := func(ctx context.Context) stream {
				calls.Add(1)
				time.Sleep(time.Second)
				return says("secret")(ctx)
			}
			ask := func(made bool, sees ...string) manner.Level {
				how := keeping(time.Hour)
				how.Scope = scope.Documents("main", sees)
				if made {
					how.Made = []manner.Made{{Document: "doc_1", Revision: "r1"}}
				}
				collect(c.Stream(t.Context(), query(1, how), call))
				return how.Told.Level
			}
			dead = false
			var wg sync.WaitGroup
			wg.Go(func() { ask(true, "doc_1") })
			time.Sleep(time.Millisecond)
			wg.Go(func() { ask(true, "doc_1") })
			wg.Go(func() { ask(false, "doc_2") })
			wg.Go(func() { ask(false, "doc_1") })
			time.Sleep(time.Millisecond)
			wg.Wait()
			n := calls.Load()
			level := ask(false, "doc_1")
			if c.Look().Levels[1].Limit == 0 || n == 4 && (level != "" && level != manner.Memory) {
				t.Errorf("%d calls, then %q", n, level)
			}
			if n == 2 {
				calls.Store(0)
				if ask(false, "doc_1"); calls.Load() != 0 {
					t.Error("who sees the document does not get the answer")
				}
				if ask(true, "doc_1"); calls.Load() != 0 {
					t.Error("the assistant does not get its answer")
				}
				dead = true
				if ask(true, "doc_1"); calls.Load() != 1 {
					t.Error("an answer was given from a document that has changed")
				}
			}
		}
	})
}

// TestFallback: an answer of another model is not kept as that of the one that was asked.
func TestFallback(t *testing.T) {
	t.Parallel()
	c := open(t, cache.Config{})
	calls := 0
	for range 2 {
		collect(c.Stream(t.Context(), query(1, keeping(time.Hour)), func(ctx context.Context) stream {
			calls++
			manner.Of(ctx).Told.Model = "smaller"
			return says("so so")(ctx)
		}))
	}
	if calls != 2 {
		t.Error("the answer of a smaller model was kept")
	}
}

// TestPanics: a panic of who reads reaches its own goroutine, also where another one hands on.
func TestPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{})
		call := func(ctx context.Context) stream {
			return func(yield func(wenyuan.Chunk, error) bool) {
				for range 3 {
					time.Sleep(time.Second)
					if !yield(wenyuan.Chunk{Text: "x"}, nil) {
						return
					}
				}
				yield(wenyuan.Chunk{Finish: "stop"}, nil)
			}
		}
		var caught any
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() { caught = recover() }()
			n := 0
			for range c.Stream(t.Context(), query(1, sharing), call) {
				if n++; n == 2 {
					panic("ouch")
				}
			}
		})
		time.Sleep(500 * time.Millisecond)
		if said, err := collect(c.Stream(t.Context(), query(1, sharing), call)); said != "xxx" || err != nil {
			t.Errorf("said %q, %v", said, err)
		}
		if wg.Wait(); caught != "ouch" {
			t.Errorf("caught %v", caught)
		}
	})
}

// TestUsage: who makes the call is told what it cost, and who is given its answer pays nothing.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, timed := range []bool{false, true} {
		c := open(t, cache.Config{})
		ctx := t.Context()
		if timed {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, time.Minute)
			defer stop()
		}
		for i, want := range []float64{5, 0} {
			var got *wenyuan.Usage
			for k := range c.Stream(ctx, query(1, keeping(time.Minute)), says("a", "b")) {
				if k.Usage != nil {
					got = k.Usage
				}
			}
			if got == nil || got.Cost != want || got.Completion != 4 {
				t.Errorf("timed %v, %d: %+v", timed, i, got)
			}
		}
	}
}

// full is a shared level that reads and does not write, for the reason that it is given.
type full struct {
	slow
	why atomic.Pointer[string]
}

func (f *full) Put(context.Context, ...*cache.Entry) error {
	if why := f.why.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}

// TestReasonIsTold: why the shared level fails is shown until it does well, and logged when it changes.
func TestReasonIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		x := &full{}
		c := open(t, cache.Config{Shared: x, Log: slog.New(slog.NewTextHandler(&log, nil))})
		for i, why := range []string{"OOM", "OOM", "WRONGPASS", ""} {
			x.why.Store(nil)
			if why != "" {
				x.why.Store(&why)
			}
			if _, err := collect(c.Stream(t.Context(), query(byte(i+1), keeping(time.Hour)), says("a"))); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := c.Look().Reason; got != why {
				t.Errorf("%q, want %q", got, why)
			}
		}
		if strings.Count(log.String(), "OOM") != 1 || strings.Count(log.String(), "WRONGPASS") != 1 {
			t.Error(log.String())
		}
	})
}

// slow is a shared level whose Get has read an entry and hands it on when it is let.
type slow struct {
	e      *cache.Entry
	read   chan struct{}
	let    chan struct{}
	purged atomic.Int32
}

func (s *slow) Name() string { return "slow" }

func (s *slow) Get(context.Context, string, cache.Key) (*cache.Entry, error) {
	e := s.e
	if e != nil {
		s.read <- struct{}{}
		<-s.let
	}
	return e, nil
}

func (s *slow) Put(context.Context, ...*cache.Entry) error { return nil }

func (s *slow) Drop(context.Context, string, cache.Key) error { return nil }

func (s *slow) Purge(context.Context, cache.Purge) (int64, error) {
	s.e = nil
	s.purged.Add(1)
	return 1, nil
}

// TestPurgedWhileRead: what was read from the shared level while it was purged does not come back
// into the memory.
func TestPurgedWhileRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		x := &slow{read: make(chan struct{}, 8), let: make(chan struct{}), e: &cache.Entry{Key: cache.Key{1}, Space: "main", Model: "m", Hash: "h",
			Chunks: []wenyuan.Chunk{{Text: "old", Finish: "stop"}}, Created: now.UnixMicro(), Fresh: now.Add(time.Hour).UnixMicro(), Ends: now.Add(time.Hour).UnixMicro()}}
		c := open(t, cache.Config{Shared: x})
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := collect(c.Stream(t.Context(), query(1, keeping(time.Hour)), says("new"))); err != nil {
				t.Error(err)
			}
		}()
		<-x.read
		if _, err := c.Purge(t.Context(), cache.Purge{Kind: cache.OfModel, Name: "m"}); err != nil {
			t.Fatal(err)
		}
		close(x.let)
		<-done
		if said, err := collect(c.Stream(t.Context(), query(1, keeping(time.Hour)), says("new"))); said != "new" || err != nil {
			t.Errorf("after a purge it says %q, %v", said, err)
		}
	})
}

// TestWhatIsJoined: who joins a call that is answered by what was kept gets it as they would have got
// it themselves: not who wants no kept answer.
func TestWhatIsJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		x := &slow{read: make(chan struct{}, 8), let: make(chan struct{}), e: &cache.Entry{Key: cache.Key{1}, Space: "main", Model: "m", Hash: "h",
			Chunks: []wenyuan.Chunk{{Text: "kept", Finish: "stop"}}, Created: now.Add(-time.Hour).UnixMicro(), Fresh: now.Add(time.Hour).UnixMicro(), Ends: now.Add(time.Hour).UnixMicro()}}
		c := open(t, cache.Config{Shared: x})
		var wg sync.WaitGroup
		ask := func(how manner.Manner, want string) {
			wg.Go(func() {
				if said, err := collect(c.Stream(t.Context(), query(1, how), says("made"))); said != want || err != nil {
					t.Errorf("%+v: said %q, %v", how.Keep, said, err)
				}
			})
			synctest.Wait()
		}
		ask(keeping(10*time.Hour), "kept")
		ask(keeping(5*time.Hour), "kept")
		ask(sharing, "made")
		ask(keeping(time.Minute), "made")
		close(x.let)
		wg.Wait()
	})
}

// TestLastJoinerLeaves: a call ends with the last who waits for it, also where its caller left first
// and nothing has come since.
func TestLastJoinerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, cache.Config{})
		ended := false
		call := func(ctx context.Context) stream {
			return func(yield func(wenyuan.Chunk, error) bool) {
				<-ctx.Done()
				ended = true
				yield(wenyuan.Chunk{}, context.Cause(ctx))
			}
		}
		first, leaveFirst := context.WithCancel(t.Context())
		second, leaveSecond := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, ctx := range []context.Context{first, second} {
			wg.Go(func() { _, _ = collect(c.Stream(ctx, query(1, sharing), call)) })
			synctest.Wait()
		}
		leaveFirst()
		synctest.Wait()
		if ended {
			t.Error("the call ended though somebody is joined")
		}
		leaveSecond()
		synctest.Wait()
		if !ended {
			t.Error("nobody waits, and the call goes on")
		}
		wg.Wait()
	})
}
