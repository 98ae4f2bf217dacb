package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// faults are what a replica may suffer from.
var faults = []string{
	`"first":20`, `"first":20`, `"first":5,"jitter":0.9`, // well
	`"error":1,"status":500`, `"error":0.3,"status":502`, `"error":1,"status":429,"retry":1`, `"error":1,"status":503`,
	`"hang":1`, `"hang":0.2,"first":20`, `"reset":1`, `"reset":0.3,"first":20`, `"cut":0.3,"first":20`, `"stall":0.05,"first":20`,
	`"inside":1`, `"inside":0.3,"first":20`, `"framing":1`, `"drip":1`, `"first":800`, `"first":20,"capacity":4`, `"first":20,"capacity":4,"overflow":429,"retry":1`,
}

// cmdSoak puts a mixed load on the program while its replicas fail at random, one of three always being
// well, and says at the end what was lost, what was wrong, and what did not come back.
func cmdSoak(args []string) error {
	f := flag.NewFlagSet("soak", flag.ExitOnError)
	b := newBench(f)
	long := f.Duration("for", 10*time.Minute, "how long")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "of the faults")
	few := f.Int("explain", 3, "so many calls of each kind that went wrong are explained, as far as the program remembers them")
	dump := f.Duration("dump", 0, "ends the program with a dump of its goroutines, in its log, where a request waits for longer than this; 0: never")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := b.open(); err != nil {
		return err
	}
	defer b.up.stop()
	b.dump = *dump
	t, err := b.start(whole, 3)
	if err != nil {
		return err
	}
	defer t.stop()
	fmt.Printf("seed %d, for %s\n", *seed, *long)
	if _, err := b.soaked(t, 5*time.Second); err != nil { // so that what is kept for good is there
		return err
	}
	before, err := t.state()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(b.dir, "state.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	stop, begun := make(chan struct{}), time.Now()
	told := t.listen(log, begun)
	go b.trouble(rand.New(rand.NewPCG(*seed, 1)), begun, stop)
	bad, err := b.soaked(t, *long)
	close(stop)
	told.explain(os.Stdout, *few, begun)
	if err != nil {
		return err
	}
	if err := b.behave(`{"*": {"first": 20}}`); err != nil {
		return err
	}
	for range 20 { // rests and ejections end
		time.Sleep(3 * time.Second)
		if n, err := b.soaked(t, time.Second); err == nil && n == 0 {
			break
		}
	}
	time.Sleep(15 * time.Second)
	after, err := t.state()
	if err != nil {
		return err
	}
	fmt.Printf("before: %s\nafter:  %s\n", before, after)
	if bad > 0 {
		return fmt.Errorf("%d requests were lost or answered wrongly", bad)
	}
	if after.files > before.files+64 || after.rss > 2*before.rss+64 {
		return errors.New("something was not given back")
	}
	return nil
}

// trouble gives two of three replicas another fault every second or two. What it does stands in a log beside
// the program's.
func (b *bench) trouble(rng *rand.Rand, begun time.Time, stop chan struct{}) {
	log, err := os.Create(filepath.Join(b.dir, "trouble.log"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	defer log.Close()
	for {
		well := rng.IntN(3)
		var parts []string
		for i := range 3 {
			fault := `"first":20`
			if i != well {
				fault = faults[rng.IntN(len(faults))]
			}
			parts = append(parts, fmt.Sprintf(`"%d":{%s}`, i+1, fault))
		}
		fmt.Fprintf(log, "%.3f %s\n", time.Since(begun).Seconds(), strings.Join(parts, " "))
		if err := post("http://"+controlAt+"/set", "", raw("{"+strings.Join(parts, ",")+"}"), nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Second + time.Duration(rng.IntN(1500))*time.Millisecond):
		}
	}
}

// raw is JSON as it is.
type raw string

// MarshalJSON gives the text.
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// soaked puts four loads on at once: unary and streamed, some of whose questions repeat. bad are requests
// that got no answer, another one's, or a break that nobody told of.
func (b *bench) soaked(t *target, long time.Duration) (bad int, err error) {
	loads := map[string]spec{
		"unary, all different":    {Workers: 24, For: long},
		"unary, 200 questions":    {Workers: 24, For: long, Same: 200},
		"streams, all different":  {Workers: 24, For: long, Stream: true},
		"streams, 200 questions":  {Workers: 24, For: long, Stream: true, Same: 200},
		"sent each time, 100 a s": {Workers: 200, For: long, Rate: 100, Fields: never},
	}
	type came struct {
		name string
		*result
	}
	results := make(chan came, len(loads))
	for name, s := range loads {
		s.URL, s.Key, s.Model, s.Patience = t.url, t.key, "m", 40*time.Second
		l, err := newLoader(s)
		if err != nil {
			return 0, err
		}
		if b.dump > 0 {
			l.longest = func(d time.Duration) {
				if d > b.dump {
					_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGQUIT)
				}
			}
		}
		go func() { results <- came{name, l.run()} }()
	}
	for range loads {
		r := <-results
		lost := r.Failures["broken"] + r.Failures["timeout"] + r.Failures["malformed"] + r.Wrong
		for status, n := range r.Statuses {
			if status != 200 && status != 429 && status != 503 {
				lost += n
			}
		}
		// one of three replicas is always well: few may be sent away, and most have to be answered
		if away := r.Statuses[429] + r.Statuses[503]; away > r.Requests/20 || r.OK < r.Requests*8/10 {
			lost += max(away-r.Requests/20, 1)
		}
		bad += lost
		if long > 2*time.Second {
			fmt.Printf("%-24s %d requests, %d good, statuses %v, %v, wrong %d, kept %v, 99th %.0f ms\n", r.name, r.Requests, r.OK, r.Statuses, r.Failures, r.Wrong, r.Levels, r.Took.P99/1000)
		}
	}
	return bad, nil
}

// A state is what a process holds.
type state struct {
	rss   float64 // MiB
	files int
}

func (s state) String() string {
	return fmt.Sprintf("%.0f MiB resident, %d open files", s.rss, s.files)
}

func (t *target) state() (s state, err error) {
	w, err := t.weigh()
	if err != nil {
		return s, err
	}
	for _, pid := range family(t.cmd.Process.Pid) {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return s, err
		}
		s.files += len(list)
	}
	s.rss = w.RSS
	return s, nil
}
