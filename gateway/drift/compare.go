package drift

import (
	"context"
	"slices"
)

// A Sample is an answer that a replica gave to a deterministic request.
type Sample struct {
	Space   string // whose request it was
	Person  string // who asked
	Replica string
	Asked   string // what is kept of the request
	Text    string // the answer
	Keep    bool   // the texts may be kept, to be shown side by side
}

// Ask asks a replica for its answer to the request of a sample.
type Ask func(ctx context.Context, replica string) (string, error)

// Compare asks another replica what a sample asked, and notes whether it says the same. Where it
// does not, both are asked again, and a third one where there is one: who contradicts itself, or
// stands against two others, is the one that differs. Where nobody can say, both are counted when
// there are two replicas, and nobody when there are more. An error says that nothing could be
// compared, which tells nothing of the replicas.
func (w *Watch) Compare(ctx context.Context, s Sample, ask Ask) error {
	others := w.others(s.Replica)
	if len(others) == 0 {
		return nil
	}
	other := others[0]
	text, err := ask(ctx, other)
	if err != nil {
		return err
	}
	exact := w.exact(s.Replica, other)
	same, why := Same(s.Text, text, exact)
	if same {
		w.count(exact, nil, s.Replica, other)
		return nil
	}
	v := verdict{Sample: s, other: other, against: text, why: why, exact: exact}
	if err := v.ask(ctx, w, others[1:], ask); err != nil {
		return err
	}
	w.decide(v)
	return nil
}

// others are the replicas that may be asked beside one, those that were compared least first.
func (w *Watch) others(id string) (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Clone(w.all)
	slices.SortStableFunc(all, func(a, b *watched) int { return int(a.Compared - b.Compared) })
	for _, r := range all {
		if r.ID != id && r.State != Out {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// exact says whether the answers of replicas are compared token by token: where both run on an
// engine that chooses the likeliest token by the same sums.
func (w *Watch) exact(ids ...string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if r := w.find(id); r == nil || r.Fingerprint.Engine != LlamaCpp {
			return false
		}
	}
	return true
}

// A verdict is a sample that two replicas answered in different ways.
type verdict struct {
	Sample
	other, against string
	why            string
	exact          bool
	blamed         []string // who differs
	cleared        []string
}

// ask finds out who differs.
func (v *verdict) ask(ctx context.Context, w *Watch, thirds []string, ask Ask) error {
	again := func(id, said string) (bool, error) {
		text, err := ask(ctx, id)
		same, _ := Same(said, text, w.exact(id))
		return same, err
	}
	first, err := again(v.Replica, v.Text)
	if err != nil {
		return err
	}
	second, err := again(v.other, v.against)
	if err != nil {
		return err
	}
	switch {
	case !first && !second:
		return nil // neither says the same twice: the request is not deterministic
	case !first:
		v.blame(v.Replica, v.other)
		return nil
	case !second:
		v.blame(v.other, v.Replica)
		return nil
	case len(thirds) == 0:
		if len(w.Look()) == 2 {
			v.blamed = []string{v.Replica, v.other}
		}
		return nil
	}
	third := thirds[0]
	text, err := ask(ctx, third)
	if err != nil {
		return err
	}
	with, _ := Same(v.Text, text, w.exact(v.Replica, third))
	against, _ := Same(v.against, text, w.exact(v.other, third))
	switch {
	case with && !against:
		v.blame(v.other, v.Replica, third)
	case against && !with:
		v.blame(v.Replica, v.other, third)
	}
	return nil
}

func (v *verdict) blame(id string, cleared ...string) {
	v.blamed, v.cleared = []string{id}, cleared
}

// count notes that replicas differed, or did not.
func (w *Watch) count(exact bool, differ []string, agree ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted(exact, differ, agree)
	w.judge()
}

func (w *Watch) counted(exact bool, differ, agree []string) {
	add := func(ids []string, differs bool) {
		for _, id := range ids {
			r := w.find(id)
			if r == nil {
				continue
			}
			r.Compared++
			if differs {
				r.Different++
			}
			r.Score = max(0, r.Score+gain(exact, differs))
		}
	}
	add(differ, true)
	add(agree, false)
}

// decide counts a pair that differed, and keeps it.
func (w *Watch) decide(v verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(v.blamed) == 0 {
		for _, id := range []string{v.Replica, v.other} {
			if r := w.find(id); r != nil {
				r.Compared, r.Undecided = r.Compared+1, r.Undecided+1
			}
		}
	}
	w.counted(v.exact, v.blamed, v.cleared)
	c := Case{Space: v.Space, Person: v.Person, Replica: v.Replica, Other: v.other, Decided: len(v.blamed) == 1, Why: v.why}
	text, against := v.Text, v.against
	if c.Decided && v.blamed[0] == v.other {
		c.Replica, c.Other, text, against = v.other, v.Replica, against, text
	}
	if v.Keep {
		c.Asked, c.Text, c.Against = v.Asked, text, against
	} else {
		c.Why = ""
	}
	w.keep(c)
	w.judge()
}
