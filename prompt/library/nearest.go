package library

import (
	"context"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/version"
)

const (
	leastNear = 0.1 // nearness under which an example has hardly a word of the question: what it shows is then of another thing
	twin      = 0.8 // nearness from which on two questions ask the same, as in the prompt engine
	page      = 32  // samples that are read at once
	mostRead  = 128 // samples that are read for one question
	mostKnown = 64  // versions whose index is kept
)

// Why an example of a version is passed over, beside the Left constants of dataset.
const (
	LeftTaken = "taken_out" // it was taken out of the library since
	LeftAsked = "asked"     // somebody measures with a question that it answers
)

// A Chosen are the examples that may be shown beside a question.
type Chosen struct {
	Library  wenyuan.Version `json:"library"`
	Examples []Near          `json:"examples"`
	Left     map[string]int  `json:"left,omitempty"` // others that were as near and that the asker may see, by why they are left out
}

// A Near is an example with how near it is to a question.
type Near struct {
	dataset.Exemplar
	Near    float64 `json:"near"`              // 0 to 1
	Foreign bool    `json:"foreign,omitempty"` // not in the language of the question
}

// A Question is what examples are sought for.
type Question struct {
	Library string // NAME, or NAME@HASH for the version that an assistant names
	Text    string
	Most    int  // examples, up to MaxNearest
	Apart   bool // somebody measures: what answers this very question is left out, or the measure would be of the library
}

// Nearest gives the examples of a library that are nearest to a question, those in its language first. They are of
// samples all of whose documents the scope sees, as they are now; of a version that an assistant names those are left out that
// are in the library no more. A library that is gone has none.
func (l *Libraries) Nearest(ctx context.Context, sc scope.Scope, q Question) (out Chosen, err error) {
	q.Most = min(max(q.Most, 1), MaxNearest)
	err = l.Store.Read(ctx, func(tx *store.Tx) error {
		out = Chosen{Examples: []Near{}, Left: map[string]int{}}
		x, held, err := l.indexed(ctx, tx, sc, q.Library)
		if err != nil {
			return err
		}
		out.Library = x.version
		if held == nil {
			return nil
		}
		return out.gather(ctx, tx, sc, q, x, held)
	})
	return out, err
}

// gather reads the nearest examples, page by page, until there are enough.
func (out *Chosen) gather(ctx context.Context, tx *store.Tx, sc scope.Scope, q Question, x *index, held map[string]bool) error {
	all := x.pool.Nearest(q.Text, leastNear)
	near, ids := map[string]prompt.Near{}, []string{}
	for _, n := range all[:min(len(all), mostRead)] {
		id := x.ids[n.At]
		near[id], ids = n, append(ids, id)
	}
	for at := 0; at < len(ids); at += page {
		found, err := dataset.Exemplars(ctx, tx, sc, ids[at:min(len(ids), at+page)])
		if err != nil {
			return err
		}
		for _, f := range found {
			n := near[f.Sample]
			switch {
			case !held[f.Sample]:
				f.Left = LeftTaken
			case f.Left == "" && q.Apart && n.Score >= twin:
				f.Left = LeftAsked
			}
			if f.Left != "" {
				out.Left[f.Left]++
				continue
			}
			if out.Examples = append(out.Examples, Near{f, n.Score, n.Foreign}); len(out.Examples) == q.Most {
				return nil
			}
		}
	}
	return nil
}

// An index finds the examples of one version by their questions. It holds no word.
type index struct {
	version wenyuan.Version
	ids     []string // samples, as in the pool
	pool    *prompt.Pool
	held    map[string]bool // all samples of the version
}

// indexed is the index of the version that is named, and the samples that the library has now; nil where it is gone.
func (l *Libraries) indexed(ctx context.Context, tx *store.Tx, sc scope.Scope, which string) (*index, map[string]bool, error) {
	name, hash, named := strings.Cut(which, "@")
	now, err := version.InUse(ctx, tx, sc.Space(), Kind, name)
	if err != nil {
		return nil, nil, err
	}
	if name == "" || len(now) == 0 && !named {
		return nil, nil, noLibrary(name)
	}
	if !named {
		hash = now[0].Hash
	}
	x, err := l.index(ctx, tx, sc, name, hash)
	if err != nil || len(now) == 0 {
		return x, nil, err
	}
	if now[0].Hash == hash {
		return x, x.held, nil
	}
	y, err := l.index(ctx, tx, sc, name, now[0].Hash)
	if err != nil {
		return nil, nil, err
	}
	return x, y.held, nil
}

// index makes that of a version, or finds it again: a version never changes.
func (l *Libraries) index(ctx context.Context, tx *store.Tx, sc scope.Scope, name, hash string) (*index, error) {
	key := sc.Space() + "\n" + hash
	l.mu.Lock()
	x := l.known[key]
	l.mu.Unlock()
	if x != nil {
		return x, nil
	}
	c, err := contentOf(ctx, tx, sc, hash)
	if err != nil || c.Name != name {
		return nil, noVersion(name, hash, err)
	}
	texts, err := dataset.ExemplarQuestions(ctx, tx, sc, c.ids())
	if err != nil {
		return nil, err
	}
	x = &index{version: wenyuan.Version{Kind: Kind, Name: name, Hash: hash}, held: map[string]bool{}}
	var questions []string
	for _, id := range c.ids() {
		if x.held[id] = true; texts[id] != "" {
			x.ids, questions = append(x.ids, id), append(questions, texts[id])
		}
	}
	x.pool = prompt.NewPool(questions)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= mostKnown {
		clear(l.known) // rare, and made again by who asks
	}
	l.known[key] = x
	return x, nil
}
