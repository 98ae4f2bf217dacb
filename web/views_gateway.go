package web

import "strconv"

// DriftPage is `/gateway/drift`: how the replicas of a model compare, and what they said side by side.
type DriftPage struct {
	Frame
	Model    string
	Versions []DriftVersion // one, or of a model that is split one for each version that is in use
	Asked    bool           // they were just asked the house's questions
	Reads    bool           // may see what others ask, so that a missing text has another reason
	Done     string
	Problem  *Problem
}

// A DriftVersion is one declaration of a model with its replicas.
type DriftVersion struct {
	Hash     string
	Replicas []DriftReplica
	Cases    []DriftCase // the newest first
	Probes   []DriftProbe
}

// A DriftReplica is what is known of one replica.
type DriftReplica struct {
	Name, State          string // "good", "flagged" or "out"
	Build, Print         string // program and its version; hash of all that the server says of itself
	Differs              []string
	Compared, Different  int64
	Undecided            int64
	Score                float64 // evidence that it drifts, 1 when it is taken for so
	Why                  []string
	Since                int64
	Back                 bool // can be put back by a form
	Quantisation, Remote string
}

// A DriftCase is a request that two replicas answered in different ways.
type DriftCase struct {
	At             int64
	Replica, Other string
	Decided        bool
	Why            string
	Asked          string // "" where no text is kept or may be seen
	Text, Against  string
}

// A DriftProbe is one of the house's questions with what each replica said.
type DriftProbe struct {
	Asked   string
	Replies []DriftReply
}

// A DriftReply is what one replica said.
type DriftReply struct {
	Replica, Text string
	Failed, Why   string
	Differs       bool
}

// Differ is how many of the replies differ from the others.
func (p DriftProbe) Differ() (n int) {
	for _, r := range p.Replies {
		if r.Differs {
			n++
		}
	}
	return n
}

// Percent is the evidence in percent of what is needed to take a replica out.
func (r DriftReplica) Percent() string { return strconv.FormatFloat(100*max(r.Score, 0), 'f', 0, 64) }

// CachesPage is `/gateway/caches`: what the levels of the cache hold and did.
type CachesPage struct {
	Frame
	Levels          []CacheLevel
	Open, Largest   int   // calls under way that may be shared; callers of one call at most
	Refused, Purged int64 // hits that were not given; entries that were taken away
	Lost, Timeouts  int64 // of the level where all servers look
	Engine          string
	Latency         int64 // microseconds, smoothed
	Resting         bool
	Semantic        CacheSemantic
	Operates        bool
	Draft           PurgeDraft
	Done            string
	Gone            int64 // entries that were just forgotten
	Problem         *Problem
	EachKind        []string
}

// A CacheLevel is one level of the cache.
type CacheLevel struct {
	Name                 string
	Hits, Stale, Misses  int64
	Entries, Bytes, Most int64
	Evicted              int64
}

// Counts says whether the level holds answers of its own that are counted.
func (l CacheLevel) Counts() bool { return l.Most > 0 }

// Percent is the share of the looks that found an answer.
func (l CacheLevel) Percent() string {
	if l.Hits+l.Misses == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*float64(l.Hits)/float64(l.Hits+l.Misses), 'f', 1, 64) + " %"
}

// Fill is how much of its room is taken, of 1000.
func (l CacheLevel) Fill() int64 {
	if l.Most == 0 {
		return 0
	}
	return min(1000*l.Bytes/l.Most, 1000)
}

// CacheSemantic is what was learned in the space about questions that mean the same.
type CacheSemantic struct {
	Bound          float64 // share of the hits that may be wrong, 0 to 1
	Pairs          int64   // pairs of questions that it learned from
	Neighbourhoods int64
	Judged, Wrong  int64 // answers that people judged, and those of them that they found wrong
}

// BoundPercent is the bound as it is read.
func (c CacheSemantic) BoundPercent() string { return strconv.FormatFloat(100*c.Bound, 'g', 3, 64) }

// WrongPercent is the share of the judged answers that were wrong.
func (c CacheSemantic) WrongPercent() string {
	return strconv.FormatFloat(100*float64(c.Wrong)/float64(max(c.Judged, 1)), 'f', 1, 64)
}

// A PurgeDraft says what is to be forgotten.
type PurgeDraft struct {
	Kind, Name string
	House      bool
}

// SplitsPage is `/gateway/splits`: which versions of assistants and models are in use, each by which share.
type SplitsPage struct {
	Frame
	Rows    []SplitRow
	One     *SplitOne // that is looked at
	Done    string
	Problem *Problem
}

// A SplitRow is a name with what is in use of it.
type SplitRow struct {
	Kind, Name string // kind: "assistant" or "model"
	Shares     []SplitShare
}

// A SplitShare is a version with its share of 10000.
type SplitShare struct {
	Hash  string
	Share int
}

// Percent is the share as it is read.
func (s SplitShare) Percent() string { return shareText(s.Share) }

func shareText(share int) string { return strconv.FormatFloat(float64(share)/100, 'f', -1, 64) }

// A SplitOne is a name with its versions.
type SplitOne struct {
	Kind, Name string
	Versions   []SplitVersion
	Edits      bool
	More       int // versions that are not shown
	Waits      []SplitWait
}

// A SplitVersion is a version with what it does.
type SplitVersion struct {
	Hash             string
	Created          int64
	Share            int    // of 10000
	Draft            string // what was typed, where that could not be saved
	Requests, Errors int64
	First            int64 // mean to the first words, microseconds; 0 where none came
	Up, Down         int64
}

// Percent is the share as the form has it.
func (v SplitVersion) Percent() string {
	if v.Draft != "" {
		return v.Draft
	}
	return shareText(v.Share)
}

// A SplitWait is a server that has not loaded a version yet.
type SplitWait struct{ Server, Why string }

// UsagePage is `/gateway/usage`: what was used of models by plain requests.
type UsagePage struct {
	Frame
	By          string // what is told apart
	Days        int    // how far back
	House       bool   // of all spaces
	Rows        []UsageRow
	More        int // rows that are not shown
	Total       UsageSum
	ByDay       []UsageDay // the oldest first
	EachBy      []string
	EachDays    []int
	OfWhat, For string // a filter and its value
}

// A UsageSum is an amount.
type UsageSum struct {
	Requests, Failed, Cached, In, Out int64
	Cost                              string
}

// A UsageRow is what was used under one name.
type UsageRow struct {
	Name string
	UsageSum
}

// A UsageDay is what was asked on one day, by model.
type UsageDay struct {
	At     int64
	Models map[string]int64
}
