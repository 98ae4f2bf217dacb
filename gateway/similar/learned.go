package similar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"wenyuan/gateway/manner"
	"wenyuan/store"
)

// How much is remembered of what was learned.
const (
	mostSeen    = 64          // of one neighbourhood, the newest
	mostLearned = 50000       // of one space, the newest
	mostCurves  = 10000       // that are held ready, a little over 1 KB each
	curveAge    = time.Minute // after which a curve is made again, with what other processes have learned
	curveTime   = 200 * time.Millisecond
	millionth   = 1e6 // distances are kept as whole numbers
)

// A curveID names the curve of a neighbourhood: distances of two measures are not alike.
type curveID struct{ space, near, measure string }

// A known is a curve with when it was made, and where there is no database with what it was made of.
type known struct {
	*curve
	made time.Time
	seen []seen
}

// curves are those in use.
type curves struct {
	mu    sync.Mutex
	known map[curveID]*known
}

var unlearned = learn(byWords, nil)

// of is the curve of a neighbourhood. Where the database does not answer it is that of one of which
// nothing was seen, which gives less.
func (c *curves) of(ctx context.Context, x *Index, id curveID) *curve {
	c.mu.Lock()
	k := c.known[id]
	c.mu.Unlock()
	if k != nil && (x.c.Store == nil || time.Since(k.made) < curveAge) {
		return k.curve
	}
	if x.c.Store == nil {
		return unlearned
	}
	ctx, cancel := context.WithTimeout(ctx, curveTime)
	defer cancel()
	var all []seen
	err := x.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = findSeen(ctx, tx, id)
		return err
	})
	if err != nil {
		x.c.Log.Warn("what was learned of a question could not be read", "reason", err)
		return closed
	}
	return c.put(id, &known{curve: learned(all), made: time.Now()})
}

// closed gives nothing.
var closed = learn(prior{slope: byWords.slope, middle: leastMidst, spread: stepMidst}, nil)

// learned is the curve of what was seen.
func learned(all []seen) *curve {
	if len(all) == 0 {
		return unlearned
	}
	return learn(byWords, all)
}

func (c *curves) put(id curveID, k *known) *curve {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= mostCurves {
		clear(c.known)
	}
	c.known[id] = k
	return k.curve
}

// forget drops the curves of a space.
func (c *curves) forget(space string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.known {
		if space == "" || id.space == space {
			delete(c.known, id)
		}
	}
}

// add learns without a database.
func (c *curves) add(id curveID, s seen) {
	c.mu.Lock()
	var all []seen
	if k := c.known[id]; k != nil {
		all = slices.Clone(k.seen)
	}
	c.mu.Unlock()
	all = append(all, s)
	all = all[max(0, len(all)-mostSeen):]
	c.put(id, &known{curve: learned(all), made: time.Now(), seen: all})
}

// Learn takes in whether an answer was right for the question that it was found for, or would have been.
func (x *Index) Learn(ctx context.Context, space string, m Match, right bool) error {
	return x.learn(ctx, store.NewID("near"), curveID{space, m.Near, m.Measure}, seen{m.Distance, right})
}

// Judge takes in what somebody thinks of an answer that was given for a question like its own: right,
// wrong, or nil, which takes back what they said. by names the person and what they speak of: a later word
// takes the place of the earlier; it is kept as a hash.
func (x *Index) Judge(ctx context.Context, space, by string, l manner.Like, right *bool) error {
	h := sha256.Sum256([]byte(by))
	row, id := "said_"+hex.EncodeToString(h[:16]), curveID{space, l.Near, l.Measure}
	if right != nil {
		return x.learn(ctx, row, id, seen{l.Distance, *right})
	}
	if x.c.Store == nil {
		return nil
	}
	err := x.c.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM cache_near WHERE id = $1 AND space = $2`, row, space)
		return err
	})
	x.curves.drop(id)
	if err != nil {
		return fmt.Errorf("similar: %w", err)
	}
	return nil
}

func (x *Index) learn(ctx context.Context, row string, id curveID, s seen) error {
	if id.near == "" || math.IsNaN(s.distance) || s.distance < 0 || s.distance > farthest {
		return nil
	}
	if x.c.Store == nil {
		x.curves.add(id, s)
		return nil
	}
	err := x.c.Store.Write(ctx, func(tx *store.Tx) error { return addSeen(ctx, tx, row, id, s) })
	x.curves.drop(id)
	return err
}

// drop has a curve made again when it is needed.
func (c *curves) drop(id curveID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, id)
}

func findSeen(ctx context.Context, tx *store.Tx, id curveID) (all []seen, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (v seen, err error) {
		var distance, good int64
		if err := r.Scan(&distance, &good); err != nil {
			return v, err
		}
		return seen{float64(distance) / millionth, good != 0}, nil
	}, fmt.Sprintf(`SELECT distance, good FROM cache_near WHERE space = $1 AND near = $2 AND measure = $3 ORDER BY created DESC, id DESC LIMIT %d`, mostSeen), id.space, id.near, id.measure)
	if err != nil {
		return nil, fmt.Errorf("similar: %w", err)
	}
	return all, nil
}

// addSeen keeps what was seen, and lets go of the oldest past what is remembered.
func addSeen(ctx context.Context, tx *store.Tx, row string, id curveID, s seen) error {
	good := int64(0)
	if s.right {
		good = 1
	}
	_, err := tx.Exec(ctx, `INSERT INTO cache_near (id, space, near, measure, distance, good, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET good = excluded.good, created = excluded.created`, row, id.space, id.near, id.measure, int64(s.distance*millionth), good, tx.Now)
	if err == nil {
		_, err = tx.Exec(ctx, fmt.Sprintf(`DELETE FROM cache_near WHERE id IN (SELECT id FROM cache_near WHERE space = $1 AND near = $2 AND measure = $3 ORDER BY created DESC, id DESC LIMIT 1000 OFFSET %d)`, mostSeen), id.space, id.near, id.measure)
	}
	if err == nil {
		_, err = tx.Exec(ctx, fmt.Sprintf(`DELETE FROM cache_near WHERE id IN (SELECT id FROM cache_near WHERE space = $1 ORDER BY created DESC, id DESC LIMIT 100 OFFSET %d)`, mostLearned), id.space)
	}
	if err != nil {
		return fmt.Errorf("similar: %w", err)
	}
	return nil
}
