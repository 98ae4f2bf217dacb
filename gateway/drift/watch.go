package drift

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// The sequential test by which a replica is found to drift is the cumulative sum of Page, which is
// Wald's sequential probability ratio test begun anew each time it finds nothing: score =
// max(0, score + ln(p1/p0)) where its answer differed, and + ln((1-p1)/(1-p0)) where it did not.
// From ln(1/falseAlarms) on it drifts: between two false alarms lie at least 1/falseAlarms
// comparisons on average (Lorden). E. S. Page, "Continuous inspection schemes", Biometrika 41
// (1954); A. Wald, "Sequential tests of statistical hypotheses" (1945); G. Lorden, "Procedures for
// reacting to a change in distribution", Annals of Mathematical Statistics 42 (1971).
//
// p0 is how often a healthy replica may differ. Servers that batch give another token now and then
// at temperature 0 (llama.cpp, tools/server/README.md, on cache_prompt: the logits are not
// guaranteed to be the same bits for other sizes of batch); answers that are compared by meaning
// are sometimes put in other words. p1 is how often one that drifts does. A replica that differs
// each time is found with the fifth pair, or with the eighth where meaning is compared.
const (
	exactP0     = 0.02
	exactP1     = 0.5
	meaningP0   = 0.1
	meaningP1   = 0.6
	falseAlarms = 1e-6
)

var most = math.Log(1 / falseAlarms)

// gain is what one comparison adds to a score.
func gain(exact, differs bool) float64 {
	p0, p1 := meaningP0, meaningP1
	if exact {
		p0, p1 = exactP0, exactP1
	}
	if differs {
		return math.Log(p1 / p0)
	}
	return math.Log((1 - p1) / (1 - p0))
}

// Bounds on what is kept.
const (
	maxCases = 20             // of one model
	caseFor  = 24 * time.Hour // how long two texts are kept
	wordsFor = time.Hour      // the same, of what somebody asked
	maxKept  = 8 << 10        // bytes of each
)

// Config is what a Watch is made of.
type Config struct {
	Model string
	Take  bool // whether a replica whose fingerprint differs is taken out at once; else it is flagged
	// Out takes a replica out of the pool, or puts it back; false where there is none of that id.
	Out func(id, why string, out bool) bool
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
}

// A Watch is what is known of the replicas of one model. It is safe for concurrent use.
type Watch struct {
	c   Config
	mu  sync.Mutex
	all []*watched
	got []Case // the oldest first
	id  int
}

type watched struct {
	Replica
	first   Fingerprint // when it joined
	asked   bool        // its server was asked what it is
	suspect bool        // found to differ by its answers
}

// New makes a watch over no replicas.
func New(c Config) *Watch {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Watch{c: c}
}

// Set says which replicas there are. What is known of one that stays is kept.
func (w *Watch) Set(ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.all
	w.all = nil
	for _, id := range ids {
		if i := slices.IndexFunc(old, func(r *watched) bool { return r.ID == id }); i >= 0 {
			w.all = append(w.all, old[i])
			continue
		}
		w.all = append(w.all, &watched{Replica: Replica{ID: id, State: Good, Most: most}})
	}
}

func (w *Watch) find(id string) *watched {
	for _, r := range w.all {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Unknown lists the replicas whose servers have not said yet what they are and were not listed
// before; again: all of those, and all: every one. Of a single replica there is nothing to know.
func (w *Watch) Unknown(all, again bool) (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) < 2 {
		return nil
	}
	for _, r := range w.all {
		if all || !r.Fingerprint.Known() && (again || !r.asked) {
			r.asked = true
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Says notes what a replica's server says of itself. A replica that was taken out for its answers
// and is another one now is compared anew.
func (w *Watch) Says(id string, f Fingerprint) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.find(id)
	if r == nil || !f.Known() || f == r.Fingerprint {
		return
	}
	if !r.first.Known() {
		r.first = f
	} else if r.Fingerprint.Known() {
		w.c.Log.Warn("a replica is not what it was", "model", w.c.Model, "replica", id, "was", r.Fingerprint, "is", f)
		w.forget() // what was compared, was compared with another one
		r.Score, r.suspect = 0, false
	}
	r.Fingerprint, r.Hash, r.Changed = f, f.Hash(), f != r.first
	w.judge()
}

// judge looks at all fingerprints and scores, and takes out, flags or puts back.
func (w *Watch) judge() {
	said := make([]Fingerprint, len(w.all))
	for i, r := range w.all {
		said[i] = r.Fingerprint
	}
	for i, d := range Differences(said) {
		w.all[i].Differs = d
	}
	taken := false
	for _, r := range w.all {
		was := r.State
		w.put(r)
		taken = taken || was != Out && r.State == Out
	}
	if taken {
		w.forget() // whoever differed from it need not be one that drifts
		for _, r := range w.all {
			w.put(r)
		}
	}
}

// forget begins the test anew for all replicas that serve.
func (w *Watch) forget() {
	for _, r := range w.all {
		if r.State != Out {
			r.Score, r.suspect = 0, false
		}
	}
}

// put brings a replica into the state that is due to it.
func (w *Watch) put(r *watched) {
	state, why := Good, ""
	for _, d := range r.Differs {
		if d.Weighs() {
			state, why = Flagged, because(why, d.String())
		}
	}
	take := state == Flagged && w.c.Take && w.outvoted(r)
	if r.Score >= most {
		r.suspect = true
	} else if r.Score == 0 && r.State != Out {
		r.suspect = false
	}
	if r.suspect {
		state = Flagged
		why = because(fmt.Sprintf("%d of %d answers differ from those of others", r.Different, r.Compared), why)
		take = take || r.State == Out || w.guilty(r)
	}
	if take && (r.State == Out || w.out(r, why)) {
		state = Out
	}
	w.move(r, state, why)
}

// because joins reasons.
func because(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")
}

// outvoted says that more than half of the replicas say something else than this one in what weighs.
func (w *Watch) outvoted(r *watched) bool {
	for _, d := range r.Differs {
		n := 0
		for _, o := range w.all {
			if o.Fingerprint.part(d.What) == d.Others {
				n++
			}
		}
		if d.Weighs() && 2*n > len(w.all) {
			return true
		}
	}
	return false
}

// guilty says whether it is known that a suspect is the one who differs: no other one is a suspect,
// or it alone is not what it was when it joined.
func (w *Watch) guilty(r *watched) bool {
	others, changed := 0, 0
	for _, o := range w.all {
		if o != r && o.State != Out {
			if o.Score >= most/2 || o.suspect {
				others++
			}
			if o.Changed {
				changed++
			}
		}
	}
	return others == 0 || r.Changed && changed == 0
}

// out takes a replica out of the pool, unless it is the last.
func (w *Watch) out(r *watched, why string) bool {
	left := slices.ContainsFunc(w.all, func(o *watched) bool { return o != r && o.State != Out })
	return left && w.c.Out != nil && w.c.Out(r.ID, why, true)
}

// move notes a state and says so in the log.
func (w *Watch) move(r *watched, state State, why string) {
	if r.State == Out && state != Out && w.c.Out != nil {
		w.c.Out(r.ID, "", false)
	}
	if r.State == state {
		r.Why = why
		return
	}
	was := r.State
	r.State, r.Why, r.Since = state, why, w.c.Now().UnixMicro()
	switch state {
	case Out:
		w.c.Log.Warn("a replica drifts and was taken out", "model", w.c.Model, "replica", r.ID, "reason", why)
	case Flagged:
		w.c.Log.Warn("a replica is not as the others", "model", w.c.Model, "replica", r.ID, "reason", why)
	default:
		w.c.Log.Info("a replica is as the others again", "model", w.c.Model, "replica", r.ID, "was", string(was))
	}
}

// Back puts a replica back that was flagged or taken out for its answers, and forgets them. It says
// whether there is such a replica.
func (w *Watch) Back(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.find(id)
	if r == nil {
		return false
	}
	r.Score, r.suspect, r.Compared, r.Different, r.Undecided, r.first, r.Changed = 0, false, 0, 0, 0, r.Fingerprint, false
	if r.State == Out {
		w.move(r, Good, "")
	}
	w.judge()
	return true
}

// Has says whether there is a replica of an id.
func (w *Watch) Has(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.find(id) != nil
}

// Strangers are the replicas that are not as agreed: flagged or out. Where that would leave nobody,
// there are none.
func (w *Watch) Strangers() (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.all {
		if r.State != Good {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == len(w.all) {
		return nil
	}
	return ids
}

// Look gives what is known of all replicas, in their order.
func (w *Watch) Look() []Replica {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Replica, len(w.all))
	for i, r := range w.all {
		out[i] = r.Replica
		out[i].Differs = slices.Clone(r.Differs)
	}
	return out
}

// Cases gives the pairs that differed and are kept, the newest first.
func (w *Watch) Cases() []Case {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age()
	out := slices.Clone(w.got)
	slices.Reverse(out)
	return out
}

func (w *Watch) age() {
	now := w.c.Now()
	w.got = slices.DeleteFunc(w.got, func(c Case) bool {
		lasts := caseFor
		if c.Asked != "" && c.Space != "" {
			lasts = wordsFor
		}
		return c.At < now.Add(-lasts).UnixMicro()
	})
}

// Forget forgets what somebody asked.
func (w *Watch) Forget(person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = slices.DeleteFunc(w.got, func(c Case) bool { return c.Person == person && person != "" })
}

// keep keeps a case, and forgets the oldest.
func (w *Watch) keep(c Case) {
	w.id++
	c.ID, c.At = fmt.Sprintf("%d", w.id), w.c.Now().UnixMicro()
	c.Asked, c.Text, c.Against = cut(c.Asked), cut(c.Text), cut(c.Against)
	w.age()
	w.got = append(w.got, c)
	if len(w.got) > maxCases {
		w.got = slices.Delete(w.got, 0, len(w.got)-maxCases)
	}
}

// cut bounds a text that is kept.
func cut(s string) string {
	if len(s) <= maxKept {
		return s
	}
	return strings.ToValidUTF8(s[:maxKept], "") + "…"
}
