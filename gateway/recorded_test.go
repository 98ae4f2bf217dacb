package gateway_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"wenyuan/gateway/admit"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/internal/testenv"
)

// A come is a request of a day: when it comes, of so many tokens, and how long its answer is.
type come struct {
	at             time.Duration
	prompt, answer int
	stream         bool
}

// conversations are like the recorded arrivals of a service that people talk to (Azure's trace of conversations,
// 2023): prompts that are short, or of about a thousand or of four thousand tokens, answers that are short or of about four hundred,
// and a rate that drifts by a third from minute to minute. rate is a second's, on average; speed is
// how many times as fast as recorded.
func conversations(seed uint64, rate, speed float64, during time.Duration, streams float64) (all []come) {
	r := rand.New(rand.NewPCG(seed, 11))
	drift := 0.0
	for at := time.Duration(0); at < during; {
		gap := r.ExpFloat64() / (rate * math.Exp(drift))
		at += time.Duration(gap * float64(time.Second))
		back := math.Exp(-gap * speed / 120) // after two minutes little is left of it
		drift = drift*back + 0.17*math.Sqrt(1-back*back)*r.NormFloat64()
		c := come{at: at, stream: r.Float64() < streams}
		switch x := r.Float64(); {
		case x < 0.45:
			c.prompt = int(math.Exp(5.7 + 0.7*r.NormFloat64()))
		case x < 0.8:
			c.prompt = 1020 + int(180*r.Float64())
		default:
			c.prompt = 4000 + int(130*r.Float64())
		}
		if c.answer = int(math.Exp(4.55 + 0.8*r.NormFloat64())); r.Float64() < 0.4 {
			c.answer = 340 + int(120*r.Float64())
		}
		c.answer = min(max(c.answer, 5), 1000)
		all = append(all, c)
	}
	return all
}

// A worker is a model server as the gateway sees it.
type worker interface {
	// serve takes as long as an answer; begins is called with the tokens of its first piece.
	serve(c come, begins func(piece int))
}

// slots are a server that works on so many at once; others wait in their order.
type slots struct {
	free              chan struct{}
	each              time.Duration
	perPrompt, perOut time.Duration
	jitter            float64
	tells             bool // how long answers are

	mu sync.Mutex
	r  *rand.Rand
}

func (s *slots) alone(c come) time.Duration {
	return s.each + time.Duration(c.prompt)*s.perPrompt + time.Duration(c.answer)*s.perOut
}

func (s *slots) serve(c come, begins func(int)) {
	s.free <- struct{}{}
	defer func() { <-s.free }()
	s.mu.Lock()
	by := 1 + (2*s.r.Float64()-1)*s.jitter
	s.mu.Unlock()
	first, rest, piece := s.each+time.Duration(c.prompt)*s.perPrompt, time.Duration(c.answer)*s.perOut, 128
	if s.tells {
		piece = c.answer
	}
	if c.stream {
		time.Sleep(time.Duration(by * float64(first)))
		begins(1)
		time.Sleep(time.Duration(by * float64(rest)))
		return
	}
	time.Sleep(time.Duration(by * float64(first+rest)))
	begins(piece)
}

// batches are a server that works on all at once, the slower the more there are: so many of them double the
// time of a token.
type batches struct {
	slots
	doubling float64
	now      int
}

const stepOf = 16 // tokens between two looks at how many there are

func (b *batches) serve(c come, begins func(int)) {
	b.mu.Lock()
	b.now++
	by := 1 + (2*b.r.Float64()-1)*b.jitter
	b.mu.Unlock()
	step := func(alone time.Duration) {
		b.mu.Lock()
		slow := by * (1 + float64(b.now)/b.doubling)
		b.mu.Unlock()
		time.Sleep(time.Duration(slow * float64(alone)))
	}
	step(b.each + time.Duration(c.prompt)*b.perPrompt)
	if c.stream {
		begins(1)
	}
	for left := c.answer; left > 0; left -= stepOf {
		step(time.Duration(min(left, stepOf)) * b.perOut)
	}
	if !c.stream {
		begins(c.answer)
	}
	b.mu.Lock()
	b.now--
	b.mu.Unlock()
}

// A day is what became of it.
type day struct {
	good, all int
	took      []float64 // seconds, of those that were answered, the quickest first
	needs     []float64 // seconds that these take alone
	limits    []float64 // mean over time, by replica
	done      float64   // seconds of work
}

func (d *day) late(share float64) float64  { return d.took[int(share*float64(len(d.took)-1))] }
func (d *day) alone(share float64) float64 { return d.needs[int(share*float64(len(d.needs)-1))] }

func (d *day) String() string {
	return fmt.Sprintf("%.1f%% of %d answered, the 99th percentile of the time is %.3f s and %.3f s alone, limits %.1f", 100*float64(d.good)/float64(d.all), d.all, d.late(0.99), d.alone(0.99), d.limits)
}

// replay lets requests come to replicas, through a queue and a pool with the limits that it finds, or a given
// one.
func replay(all []come, fixed int, after time.Duration, make func(i int) worker, alone func(come) time.Duration) (d day) {
	p := pool.New(pool.Config{Lag: prompt, Limit: fixed})
	ids := []string{"a", "b", "c"}
	servers := map[string]worker{}
	var members []pool.Member
	for i, id := range ids {
		servers[id] = make(i)
		members = append(members, pool.Member{ID: id})
	}
	p.Set(members)
	q := admit.New(admit.Config{})
	d.limits = []float64{0, 0, 0}
	var mu sync.Mutex
	var wg sync.WaitGroup
	one := func(c come) {
		begun := time.Now()
		tokens := c.prompt + c.answer
		var turn *pool.Turn
		err := q.Enter(context.Background(), admit.Want{Tokens: tokens, Space: "s", Key: "k"}, func() bool {
			turn = p.Take(pool.Ask{Tokens: tokens, Prompt: c.prompt})
			return turn != nil
		})
		if err == nil {
			servers[turn.ID].serve(c, func(piece int) {
				if _, wake := turn.Begin(piece); wake {
					q.Wake()
				}
			})
			turn.End(pool.Good)
			q.Leave(manner.Person)
		}
		took := time.Since(begun)
		mu.Lock()
		defer mu.Unlock()
		if c.at < after {
			return
		}
		if d.all++; err == nil {
			d.good++
			d.done += alone(c).Seconds()
			d.took, d.needs = append(d.took, took.Seconds()), append(d.needs, alone(c).Seconds())
		}
	}
	begun, looks := time.Now(), 0
	for _, c := range all {
		time.Sleep(c.at - time.Since(begun))
		if c.at >= after {
			looks++
			for i, l := range p.Look() {
				d.limits[i] += float64(l.Limit)
			}
		}
		wg.Go(func() { one(c) })
	}
	wg.Wait()
	for i := range d.limits {
		d.limits[i] /= float64(looks)
	}
	slices.Sort(d.took)
	slices.Sort(d.needs)
	return d
}

// recorded reads arrivals of a trace of Azure's, so many times as fast.
func recorded(t *testing.T, name string, speed float64, during time.Duration, streams float64) (all []come) {
	file, err := os.Open(filepath.Join(testenv.MeasuringData(t), "traces", name))
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var begun time.Time
	r := rand.New(rand.NewPCG(1, 1))
	for i, row := range rows[1:] {
		at, err := time.Parse("2006-01-02 15:04:05.9999999", row[0])
		prompt, wrong := strconv.Atoi(row[1])
		answer, bad := strconv.Atoi(row[2])
		if err := errors.Join(err, wrong, bad); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			begun = at
		}
		c := come{at: time.Duration(float64(at.Sub(begun)) / speed), prompt: prompt, answer: max(answer, 1), stream: r.Float64() < streams}
		if c.at >= during {
			break
		}
		all = append(all, c)
	}
	return all
}
