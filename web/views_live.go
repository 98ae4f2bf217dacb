package web

// LivePage is `/gateway/live`: what the gateway does now and did in the last minutes.
type LivePage struct {
	Frame
	Models  []LiveModel // that may be looked at
	Model   string      // address of the one that is
	Minutes int         // that the plot goes back
	At      int64       // of the figures, UTC microseconds
	Now     LiveNow
	Points  []LivePoint // a second each, the oldest first
	Levels  []LiveLevel // where calls ended
	Ended   float64     // calls a second of all levels together
	Queue   LiveQueue
	Servers []LiveReplica
	Calls   []LiveCall  // the newest first
	Query   string      // what was looked for among them
	Engine  *LiveEngine // of the model; nil where it has none, or who looks may not look after it
	Drift   string      // where its replicas are compared; "" where there is nothing to compare
	Done    string      // what was just done
}

// A LiveEngine is the program of this machine that runs the model.
type LiveEngine struct {
	State     string // "stopped", "starting", "ready", "draining" or "failed"
	Why, Line string // its last failure, as a message; what it wrote last
	Held      bool   // stopped by hand
	Min, Max  int
	Wanted    int // instances that there should be
	There     int
	Waiting   int   // requests that wait for a place
	Restarts  int   // instances that ended without being asked to
	Cold      int64 // microseconds that the last start took
	Act       string
}

// A LiveModel is a model in the choice.
type LiveModel struct {
	Key  string // in the address
	Name string
}

// LiveNow are the figures of the last seconds.
type LiveNow struct {
	Offered, Reached float64 // a second
	Refused          float64 // of those that came, 0 to 1
	First, Slow      int64   // to the first token: median and 99th percentile, microseconds; 0 where none came
}

// A LivePoint is one second.
type LivePoint struct{ Offered, Answered, Refused float64 }

// A LiveLevel is where calls ended.
type LiveLevel struct {
	Name string // chooses the words
	Rate float64
	Note *Remark
}

// LiveQueue is who waits.
type LiveQueue struct {
	Waiting, Places int
	Drain           float64 // a second; 0 where not known
	Lanes           []LiveLane
	Greedy          *LiveGreedy // who offers more than its share; nil: nobody
}

// A LiveLane is a class of those who wait.
type LiveLane struct {
	Name    string // "people", "services", "batch"
	Waiting int
	Longest int64  // microseconds
	Next    string // who is next; "" where nobody is
}

// A LiveGreedy is a key that has most of the queue.
type LiveGreedy struct {
	Name    string
	Waiting int
	Share   float64 // of its lane, 0 to 1
}

// A LiveReplica is a server of the model.
type LiveReplica struct {
	Name, Dialect   string
	State           string // "serving", "starting", "resting", "drained", "drifting", "out", "flagged"
	Left            int64  // until the state ends, microseconds; 0: not by itself
	InFlight, Limit int
	Tokens          int     // ahead
	First           int64   // median to the first token, microseconds; 0: none came
	Warm            float64 // share of the prompts' tokens, 0 to 1; negative: not known
	Errors          int     // in the last minute
	Build           string
	Why             string // that brought it to its state, as a message
	Back            string // where it is put back by a form; "" where it is not
	Drain           string // where it is drained by a form; "" where it cannot be
	Again           string // where it comes back by a form that was drained
	Cases           string // where it is shown side by side
	Compare         string // where it is compared again by a form
}

// A LiveCall is what happened to one call.
type LiveCall struct {
	Request string
	At      int64 // UTC microseconds
	From    string
	Level   string // "model", or the level of the cache; "" while it is under way and where none answered
	To      string // the replica, or the model that took the place of another
	Refused bool
	Status  int    // of the reply, where it is an error
	Why     string // as a message
	First   int64  // microseconds
	Steps   []LiveStep
	Model   string
	On      string // what it stood on, with the adapter; "" where it stands by itself
	Took    int64
	Live    bool
	More    int
	In, Out int
}

// A LiveStep is one on the road of a call.
type LiveStep struct {
	At, Took int64 // microseconds
	Kind     string
	Where    string
	Why      string // as a message
	Came     string // how it ended, as a message; "" for nothing to say
	Bad      bool
}

// ExplainPage is `/gateway/requests/{id}`: why the calls of one request went where they went.
type ExplainPage struct {
	Frame
	ID    string
	Calls []LiveCall // the first first
}

// Out is how many servers get no requests.
func (p LivePage) Out() (n int) {
	for _, r := range p.Servers {
		if r.Off() {
			n++
		}
	}
	return n
}

// Serve is how many servers get requests.
func (p LivePage) Serve() int { return len(p.Servers) - p.Out() }

// Spans are the ranges that the plot may have, in minutes.
func (p LivePage) Spans() []int { return []int{1, 5, 15} }

// Off says that a replica gets no requests.
func (r LiveReplica) Off() bool {
	return r.State == "resting" || r.State == "drained" || r.State == "drifting" || r.State == "out"
}

// Fill is how much of the limit is taken, of 1000.
func (r LiveReplica) Fill() int {
	if r.Limit == 0 {
		return 0
	}
	return min(1000*r.InFlight/r.Limit, 1000)
}

// Told says whether there is something to be said under the row.
func (r LiveReplica) Told() bool {
	return r.Why != "" || r.Back != "" || r.Again != "" || r.Cases != "" || r.Compare != ""
}

// Ink is how the places of a lane are drawn.
func (l LiveLane) Ink() string {
	return map[string]string{"people": "p", "services": "v", "batch": "b"}[l.Name]
}

// Percent is the share of a lane.
func (g LiveGreedy) Percent() int { return int(100*g.Share + .5) }
