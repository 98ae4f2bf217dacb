package release

import (
	"wenyuan/eval/stat"
	"wenyuan/version"
)

// The signals of a release.
const (
	Supported = "supported" // answers all of whose sentences are carried by what they cite
	Answered  = "answered"  // questions that were not refused
	Liked     = "liked"     // ratings that are a thumb up
	Worked    = "worked"    // requests that did not fail
	Median    = "median"    // answers whose first words came within the median of the old version; the new one may take half as long again
	Tail      = "tail"      // the same, within what 95 of 100 answers of the old version take
)

// Names are the signals in the order in which they are shown.
var Names = []string{Supported, Answered, Liked, Worked, Median, Tail}

// part is what a signal gets of the chance of a false alarm. What is carried by the originals is what
// a release is most often about, and five points of it are much harder to see than the rest.
var part = map[string]float64{Supported: 0.9, Answered: 0.03, Liked: 0.02, Worked: 0.03, Median: 0.01, Tail: 0.01}

// dropOf is what each signal is tuned for, where that is not the drop of the order: half of the answers
// take longer than the median, and one of twenty longer than the tail.
var dropOf = map[string]float64{Median: 0.15, Tail: 0.05}

// slower is by how many places of version.Times the new version may take longer: three are half as
// long again. An adapter is worth some time, and an engine that has just been started is not warm.
const slower = 3

// leastTimes is how many answers of the old version have to be known before anything is held against
// their times.
const leastTimes = 20

// Count is how many of how many turned out well.
type Count = stat.Count

// A Signal is how one of them stands.
type Signal struct {
	Name       string  `json:"name" enum:"supported,answered,liked,worked,median,tail"`
	New        Count   `json:"new"`
	Old        Count   `json:"old"`
	Difference float64 `json:"difference" doc:"share of the new version less that of the old"`
	Low        float64 `json:"low" doc:"a range of the difference that holds at all times, with 95 %"`
	High       float64 `json:"high"`
	Evidence   float64 `json:"evidence" doc:"that the new version is worse; at 1 it is taken back"`
	Bound      float64 `json:"bound" doc:"share of the new version at which it would be taken back by now, about; 0 where too few are known"`
}

// signals are what is watched of one release, and up to where it was read.
type signals struct {
	Watches  map[string]*stat.Watch `json:"watches"`
	Times    version.Times          `json:"times"`    // of the old version's answers
	Traces   int64                  `json:"traces"`   // up to when answers were counted, UTC microseconds
	Feedback int64                  `json:"feedback"` // the same of what was said of them
	Step     int                    `json:"answers"`  // that the new version gave at this step
	Drawn    int64                  `json:"drawn"`    // when the last points of the curve were kept
	Points   int                    `json:"points"`   // outcomes that were known then
}

// newSignals are those of a release that begins to be asked now.
func newSignals(t Terms, now int64) signals {
	s := signals{Watches: map[string]*stat.Watch{}, Traces: now, Feedback: now}
	for _, name := range Names {
		drop := dropOf[name]
		if drop == 0 {
			drop = t.Drop
		}
		s.Watches[name] = stat.NewWatch(t.Alpha*part[name], drop)
	}
	return s
}

// one takes an outcome of either version.
func (s *signals) one(name string, isNew, good bool) { s.Watches[name].Add(isNew, good) }

// take counts what a server met.
func (s *signals) take(t tally) {
	s.Step += int(t.New.Requests)
	s.Watches[Worked].AddCounts(t.New.worked(), t.Old.worked())
	if place, ok := s.within(0.5); ok {
		s.Watches[Median].AddCounts(t.New.within(place+slower), t.Old.within(place))
	}
	if place, ok := s.within(0.95); ok {
		s.Watches[Tail].AddCounts(t.New.within(place+slower), t.Old.within(place))
	}
	for i, n := range t.Old.Times {
		s.Times[i] += n
	}
}

// within is the place of the times of the old version up to which that share of them is, by what was
// known before what is counted now: so which answers are quick does not hang on how they turn out.
func (s *signals) within(share float64) (place int, ok bool) {
	all := int64(0)
	for _, n := range s.Times {
		all += n
	}
	if all < leastTimes {
		return 0, false
	}
	sum := int64(0)
	for i, n := range s.Times {
		if sum += n; float64(sum) >= share*float64(all) {
			return i, true
		}
	}
	return len(s.Times) - 1, true
}

// alarm names the first signal by which the new version is worse.
func (s *signals) alarm() (name string, ok bool) {
	for _, name := range Names {
		if w := s.Watches[name]; w != nil && w.Alarm() {
			return name, true
		}
	}
	return "", false
}

// shown are the signals as they are told.
func (s *signals) shown() []Signal {
	all := []Signal{}
	for _, name := range Names {
		w := s.Watches[name]
		if w == nil {
			continue
		}
		between := w.Between(0.95)
		all = append(all, Signal{Name: name, New: w.New, Old: w.Old, Difference: w.New.Share() - w.Old.Share(), Low: between.Low, High: between.High,
			Evidence: w.Near(), Bound: w.Bound(w.New.Of, w.Old)})
	}
	return all
}
