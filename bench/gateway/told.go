package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A told is what the program tells of one call that did not go well.
type told struct {
	Number uint64 `json:"number"`
	Begun  int64  `json:"begun"`   // UTC microseconds
	Took   int64  `json:"took_us"` // microseconds
	Live   bool   `json:"live"`
	Code   string `json:"code"`
	Steps  []struct {
		At      int64  `json:"at_us"`
		Took    int64  `json:"took_us"`
		Because string `json:"because"`
		Came    string `json:"came"`
	} `json:"steps"`
}

// slow is how long a call takes that somebody should look at.
const slow = 10 * time.Second

// kind is how a call went wrong; "" where it did not.
func (c *told) kind(now time.Time) string {
	took := time.Duration(c.Took) * time.Microsecond
	if c.Live {
		took = now.Sub(time.UnixMicro(c.Begun))
	}
	if took > slow {
		return "slow"
	}
	return c.Code
}

func (c *told) write(w io.Writer, since time.Time) {
	end := fmt.Sprintf("took %.3f s", float64(c.Took)/1e6)
	if c.Live {
		end = "goes on"
	}
	fmt.Fprintf(w, "at %.3f s, %s, %s\n", time.UnixMicro(c.Begun).Sub(since).Seconds(), end, cmp.Or(c.Code, "no error"))
	for _, s := range c.Steps {
		fmt.Fprintf(w, "  %8.3f s +%.3f s %s %s\n", float64(s.At)/1e6, float64(s.Took)/1e6, s.Because, s.Came)
	}
}

// A listener asks the program every few seconds which calls went wrong, and why.
type listener struct {
	t    *target
	stop chan struct{}
	done sync.WaitGroup
	all  map[uint64]*told
	of   map[uint64]string // kind by number
}

// listen begins to ask. How the replicas and the queue stand each time is written to log.
func (t *target) listen(log io.Writer, since time.Time) *listener {
	l := &listener{t: t, stop: make(chan struct{}), all: map[uint64]*told{}, of: map[uint64]string{}}
	l.done.Go(func() {
		for {
			l.ask()
			l.look(log, since)
			select {
			case <-l.stop:
				l.ask()
				return
			case <-time.After(time.Second):
			}
		}
	})
	return l
}

// look writes how the replicas and the queue stand.
func (l *listener) look(w io.Writer, since time.Time) {
	var now struct {
		Models []struct {
			Rates map[string]any `json:"rates"`
			Queue struct {
				Drain float64 `json:"drain"`
				Lanes []struct {
					Waiting int `json:"waiting"`
				} `json:"lanes"`
				Refused map[string]int64 `json:"refused"`
			} `json:"queue"`
			Replicas []struct {
				State    string `json:"state"`
				InFlight int    `json:"in_flight"`
				Limit    int    `json:"limit"`
				Median   int64  `json:"median_us"`
				P99      int64  `json:"p99_us"`
				Minute   int    `json:"minute"`
				Errors   int    `json:"errors"`
			} `json:"replicas"`
		} `json:"models"`
	}
	begun := time.Now()
	if err := call(http.MethodGet, "http://"+houseAt+"/api/gateway", l.t.key, nil, &now); err != nil || len(now.Models) == 0 {
		fmt.Fprintf(w, "%.3f %v\n", time.Since(since).Seconds(), err)
		return
	}
	m, used := now.Models[0], time.Duration(0)
	if weight, err := l.t.weigh(); err == nil {
		used = weight.CPU
	}
	fmt.Fprintf(w, "%.3f (asked %d ms, processor %.2f s) waiting %d drain %.0f refused %v |", time.Since(since).Seconds(), time.Since(begun).Milliseconds(), used.Seconds(), m.Queue.Lanes[0].Waiting, m.Queue.Drain, m.Queue.Refused)
	for _, r := range m.Replicas {
		fmt.Fprintf(w, " %s %d of %d, %d and %d ms, failed %d of %d |", r.State, r.InFlight, r.Limit, r.Median/1000, r.P99/1000, r.Errors, r.Minute)
	}
	fmt.Fprintln(w)
}

func (l *listener) ask() {
	for _, find := range []string{"", "internal", "unavailable", "limited"} { // what went wrong is remembered for longer
		var found struct {
			Calls []*told `json:"calls"`
		}
		if err := call(http.MethodGet, "http://"+houseAt+"/api/gateway/requests?limit=500&find="+find, l.t.key, nil, &found); err != nil {
			return // a busy program is asked again
		}
		now := time.Now()
		for _, c := range found.Calls {
			if kind := c.kind(now); kind != "" {
				l.all[c.Number], l.of[c.Number] = c, kind
			}
		}
	}
}

// explain writes the first few of each kind to w, and how many were seen.
func (l *listener) explain(w io.Writer, few int, since time.Time) {
	close(l.stop)
	l.done.Wait()
	by := map[string][]uint64{}
	for _, n := range slices.Sorted(maps.Keys(l.all)) {
		by[l.of[n]] = append(by[l.of[n]], n)
	}
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		fmt.Fprintf(w, "%s: %d seen\n", strings.ToUpper(kind), len(by[kind]))
		every := max(len(by[kind])/max(few, 1), 1)
		for i := 0; i < len(by[kind]) && i/every < few; i += every {
			l.all[by[kind][i]].write(w, since)
		}
	}
}
