package watch

import (
	"maps"
	"slices"
	"time"
)

// A Place is a model: where it was added, "" for the house, and its name.
type Place struct{ Space, Model string }

// How far back the figures go, second by second.
const (
	Minutes   = 15
	perBlock  = 60
	maxBlocks = 96 // minutes of all models together, about half a megabyte; of more the oldest go
	maxSeries = 1024
)

// The levels, in the order in which figures stand.
var levels = [...]string{"flight", "memory", "shared", "alike", "stale", "model"}

// Levels are the levels that an answer may come from, in the order of [Second.Levels].
func Levels() []string { return levels[:] }

// FirstBounds are the upper bounds of [Second.Firsts] and of the histograms of times to the first
// token, in seconds: those of gen_ai.server.time_to_first_token in the semantic conventions of
// OpenTelemetry.
var FirstBounds = []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}

// TookBounds are the bounds of the histograms of durations, in seconds: those of
// gen_ai.client.operation.duration.
var TookBounds = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}

// TokenBounds are the bounds of the histograms of tokens: those of gen_ai.client.token.usage.
var TokenBounds = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}

// A Second is what was counted within one.
type Second struct {
	Offered  uint32 // calls that came
	Answered uint32
	Refused  uint32 // for want of room
	Failed   uint32
	Levels   [len(levels)]uint32
	Firsts   [17]uint16 // of answers of a model, by FirstBounds and above
}

// A block is one minute.
type block struct {
	minute  int64
	seconds [perBlock]Second
}

// A Histogram counts amounts by their upper bounds.
type Histogram struct {
	Counts []uint64 // one more than bounds: the last is of what is above
	Sum    float64
}

func (h *Histogram) add(bounds []float64, x float64) {
	if h.Counts == nil {
		h.Counts = make([]uint64, len(bounds)+1)
	}
	i, _ := slices.BinarySearch(bounds, x)
	h.Counts[i]++
	h.Sum += x
}

func (h *Histogram) clone() Histogram { return Histogram{slices.Clone(h.Counts), h.Sum} }

// Totals are what was counted since the start.
type Totals struct {
	Offered, Answered, Refused, Failed, Gone uint64

	Levels   [len(levels)]uint64
	Outcomes map[Tried]uint64  // what replicas were asked came to
	Reasons  map[string]uint64 // why replicas were asked
	Events   map[Tried]uint64  // what happened to replicas: taken out, back again
	Versions map[string]uint64 // answers of a model by the version of its declaration
	Codes    map[string]uint64 // of errors
	First    Histogram         // seconds, of answers of a model
	Took     Histogram         // seconds, of all calls
	Waited   Histogram         // seconds in the queue, of calls that reached a model
	In, Out  Histogram         // tokens
}

// A Tried is a replica and what asking it came to.
type Tried struct{ Replica, Result string }

// maxTried bounds how many replicas are told apart: those of engines come with every start.
const maxTried = 512

// A Series is what was counted of one model. Its fields are guarded by the Watch.
type Series struct {
	Place
	blocks []*block // the oldest first
	t      Totals
	w      *Watch
	gone   bool // it was forgotten, while its model may still count in it
}

// Series are the figures of a model. They outlive its declaration.
func (w *Watch) Series(p Place) *Series {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.series[p]
	if s == nil {
		if len(w.series) >= maxSeries {
			w.forget()
		}
		s = &Series{Place: p, w: w, t: Totals{Codes: map[string]uint64{}, Outcomes: map[Tried]uint64{}, Reasons: map[string]uint64{}, Events: map[Tried]uint64{}, Versions: map[string]uint64{}}}
		w.series[p] = s
	}
	return s
}

// forget drops the series of a model that had nothing to do in the last minutes.
func (w *Watch) forget() {
	for p, s := range w.series {
		if len(s.blocks) == 0 || time.Now().Unix()/60-s.blocks[len(s.blocks)-1].minute > Minutes {
			w.blocks -= len(s.blocks)
			s.blocks, s.gone = nil, true
			delete(w.series, p)
			return
		}
	}
}

// slot is the second of a time. The lock of the Watch is held.
func (s *Series) slot(w *Watch, at time.Time) *Second {
	if s.gone { // its model was asked again
		if s.gone = false; w.series[s.Place] == nil {
			w.series[s.Place] = s
		}
	}
	t := at.Unix()
	minute := t / 60
	last := len(s.blocks) - 1
	if last < 0 || s.blocks[last].minute < minute { // a clock that is put back counts in the last block
		for len(s.blocks) > 0 && s.blocks[0].minute < minute-Minutes {
			s.blocks = s.blocks[1:]
			w.blocks--
		}
		if w.blocks >= maxBlocks {
			w.drop()
		}
		s.blocks = append(s.blocks, &block{minute: minute})
		w.blocks++
		last = len(s.blocks) - 1
	}
	return &s.blocks[last].seconds[t%60]
}

// drop takes the oldest minute of all away.
func (w *Watch) drop() {
	var oldest *Series
	for _, s := range w.series {
		if len(s.blocks) > 0 && (oldest == nil || s.blocks[0].minute < oldest.blocks[0].minute) {
			oldest = s
		}
	}
	if oldest != nil {
		oldest.blocks = oldest.blocks[1:]
		w.blocks--
	}
}

// ended counts a call. The lock of the Watch is held.
func (s *Series) ended(w *Watch, now time.Time, h *Record) {
	one, t := s.slot(w, now), &s.t
	t.Offered++
	switch {
	case h.Refused:
		one.Refused++
		t.Refused++
	case h.Gone:
		t.Gone++
	case h.Code != "":
		one.Failed++
		t.Failed++
	default:
		one.Answered++
		t.Answered++
	}
	if h.Code != "" {
		t.Codes[h.Code]++
	}
	t.Took.add(TookBounds, float64(h.Took)/1e6)
	level := slices.Index(levels[:], h.Level)
	if level < 0 {
		return
	}
	one.Levels[level]++
	t.Levels[level]++
	if len(t.Versions) < maxTried || t.Versions[h.version] > 0 {
		t.Versions[h.version]++
	}
	if h.Level != "model" {
		return
	}
	t.Waited.add(TookBounds, float64(h.Waited)/1e6)
	if h.First > 0 {
		first := float64(h.First) / 1e6
		i, _ := slices.BinarySearch(FirstBounds, first)
		if one.Firsts[i] < 1<<16-1 {
			one.Firsts[i]++
		}
		t.First.add(FirstBounds, first)
	}
	if h.In > 0 || h.Out > 0 {
		t.In.add(TokenBounds, float64(h.In))
		t.Out.add(TokenBounds, float64(h.Out))
	}
}

// Totals are what was counted of the model since the start.
func (s *Series) Totals() Totals {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	t := s.t
	t.Codes, t.Outcomes, t.Reasons, t.Events, t.Versions = maps.Clone(t.Codes), maps.Clone(t.Outcomes), maps.Clone(t.Reasons), maps.Clone(t.Events), maps.Clone(t.Versions)
	t.First, t.Took, t.Waited, t.In, t.Out = t.First.clone(), t.Took.clone(), t.Waited.clone(), t.In.clone(), t.Out.clone()
	return t
}

// Seconds are the last ones of a model, the oldest first; the last is the one before this, which is
// whole. until is its time in UTC seconds.
func (s *Series) Seconds(n int) (all []Second, until int64) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	until = time.Now().Unix() - 1
	all = make([]Second, n)
	for _, b := range s.blocks {
		for i := range b.seconds {
			if at := int64(n) - 1 - (until - (b.minute*60 + int64(i))); at >= 0 && at < int64(n) {
				all[at] = b.seconds[i]
			}
		}
	}
	return all, until
}

// A Sum is what was counted within several seconds.
type Sum struct {
	Offered, Answered, Refused, Failed int

	Levels [len(levels)]int
	Firsts [17]int
}

// Add counts a second.
func (s *Sum) Add(o Second) {
	s.Offered += int(o.Offered)
	s.Answered += int(o.Answered)
	s.Refused += int(o.Refused)
	s.Failed += int(o.Failed)
	for i, n := range o.Levels {
		s.Levels[i] += int(n)
	}
	for i, n := range o.Firsts {
		s.Firsts[i] += int(n)
	}
}

// First is the time to the first token within which a share of the answers began, in seconds; within a
// bucket it is taken to grow evenly, as Prometheus' histogram_quantile does. 0 where there are none.
func (s *Sum) First(share float64) float64 {
	all := 0
	for _, n := range s.Firsts {
		all += n
	}
	if all == 0 {
		return 0
	}
	rank, below := share*float64(all), 0
	for i, n := range s.Firsts {
		if float64(below+n) < rank {
			below += n
			continue
		}
		if i == len(FirstBounds) {
			break
		}
		from := 0.
		if i > 0 {
			from = FirstBounds[i-1]
		}
		return from + (FirstBounds[i]-from)*(rank-float64(below))/float64(max(n, 1))
	}
	return FirstBounds[len(FirstBounds)-1]
}

// tried counts that a replica was asked, or with a result what came of it. The lock of the Watch is held.
func (s *Series) tried(replica, why, result string) {
	if result == "" {
		s.t.Reasons[why]++
		return
	}
	count(s.t.Outcomes, Tried{replica, result})
}

// Happened counts what happened to a replica, such as that it was taken out.
func (s *Series) Happened(replica, event string) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	count(s.t.Events, Tried{replica, event})
}

// count adds one. Of more replicas than are told apart, the others are one.
func count(all map[Tried]uint64, k Tried) {
	if all[k] == 0 && len(all) >= maxTried {
		k.Replica = "others"
	}
	all[k]++
}
