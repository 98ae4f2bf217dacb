package signin

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/store"
)

// How often one may fail before one has to wait, and for how long failures are remembered.
//
// A name from one place has few; a place has more, as a whole office may share one; a name from
// everywhere has most, and does not hold where somebody signed in with it before. So who knows
// nothing but a name cannot keep its owner out where the owner comes from; from a place that is
// new, the owner waits as the attacker does, up to maxWait for each attempt, for as long as the
// attack lasts. Without that, whoever has many addresses would have as many attempts.
const (
	freePair  = 5
	freePlace = 50
	freeName  = 100

	maxWait  = 15 * minute
	memory   = 24 * 60 * minute      // failures are forgotten that long after the last one
	familiar = 90 * 24 * 60 * minute // where one signed in is remembered
)

// A tally is one of the counts that an attempt belongs to.
type tally struct {
	who  string
	free int64
}

// An attempt is somebody who tries to come in.
type attempt struct {
	counts []tally
	known  string // that the name signed in from this place before; "" where nothing is remembered
}

// from is an attempt to sign in.
func from(name, address string) attempt {
	place := placeOf(address)
	name = auth.Fold(strings.TrimSpace(name))
	counts := []tally{{"pair:" + hash(name+"\n"+place), freePair}, {"name:" + hash(name), freeName}}
	if place != "" {
		counts = append(counts, tally{"place:" + place, freePlace})
	}
	return attempt{counts, "known:" + hash(name+"\n"+place)}
}

// within is an attempt of who is signed in already to show that it is them: what others do with
// the name does not count.
func within(person string) attempt {
	return attempt{counts: []tally{{"own:" + hash(person), freePair}}}
}

// placeOf is the network of an address: of IPv6 the first 64 bits, which one customer has.
func placeOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// begin counts an attempt as failed before it is looked at. Who failed too often is Limited,
// and that counts nothing: an attempt too early does not lengthen the wait.
func (s *Sessions) begin(ctx context.Context, a attempt) error {
	check := func(tx *store.Tx) error { return allowed(ctx, tx, a) }
	if err := s.store.Read(ctx, check); err != nil { // a flood of refused attempts does not take the turn of who writes
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		if err := forget(ctx, tx); err != nil {
			return err
		}
		for _, t := range a.counts {
			if _, err := tx.Exec(ctx, `INSERT INTO signin_attempt (who, since, failed) VALUES ($1, $2, 1)
				ON CONFLICT (who) DO UPDATE SET failed = CASE WHEN signin_attempt.since < $3 THEN 1 ELSE signin_attempt.failed + 1 END, since = $2`, t.who, tx.Now, tx.Now-memory); err != nil {
				return err
			}
		}
		return nil
	})
}

// allowed says how long there is to wait, as an error.
func allowed(ctx context.Context, tx *store.Tx, a attempt) error {
	here, _, err := failures(ctx, tx, a.known, familiar)
	if err != nil {
		return err
	}
	wait := int64(0)
	for _, t := range a.counts {
		if t.free == freeName && here > 0 {
			continue
		}
		n, since, err := failures(ctx, tx, t.who, memory)
		if err != nil {
			return err
		}
		wait = max(wait, since+delay(n, t.free)-tx.Now)
	}
	if wait <= 0 {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Limited, Message: "too many attempts to sign in failed", Hint: "wait a little, and look for the right password",
		Err: &Wait{time.Duration(wait) * time.Microsecond}}
}

// delay is how long one waits after so many failures: nothing for the free ones, then a second,
// and twice as long each time.
func delay(failed, free int64) int64 {
	if failed < free {
		return 0
	}
	return min(second<<min(failed-free, 20), maxWait)
}

func failures(ctx context.Context, tx *store.Tx, who string, span int64) (n, since int64, err error) {
	err = tx.QueryRow(ctx, `SELECT failed, since FROM signin_attempt WHERE who = $1 AND since >= $2`, who, tx.Now-span).Scan(&n, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return n, since, err
}

// succeeded takes back what begin counted, and the failures of this name from this place, which
// is familiar from now on.
func (a attempt) succeeded(ctx context.Context, tx *store.Tx) error {
	for _, t := range a.counts {
		query := `UPDATE signin_attempt SET failed = failed - 1 WHERE who = $1 AND failed > 0`
		if t.free == freePair {
			query = `DELETE FROM signin_attempt WHERE who = $1`
		}
		if _, err := tx.Exec(ctx, query, t.who); err != nil {
			return err
		}
	}
	if a.known == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO signin_attempt (who, since, failed) VALUES ($1, $2, 1) ON CONFLICT (who) DO UPDATE SET since = $2`, a.known, tx.Now)
	return err
}

// forget drops what is too old to count, a few at a time.
func forget(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM signin_attempt WHERE who IN (SELECT who FROM signin_attempt WHERE since < $1 AND (since < $2 OR who NOT LIKE 'known:%') LIMIT 100)`,
		tx.Now-memory, tx.Now-familiar)
	return err
}
