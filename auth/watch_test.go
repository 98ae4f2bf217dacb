package auth

import (
	"context"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// ends waits until a watch ends, which takes a second at most.
func (h *house) ends(what string, ctx context.Context) {
	h.t.Helper()
	select {
	case <-ctx.Done():
		if wenyuan.CodeOf(context.Cause(ctx)) != wenyuan.Denied {
			h.t.Errorf("%s: it ended with %v", what, context.Cause(ctx))
		}
	case <-time.After(30 * time.Second): // under any load
		h.t.Errorf("%s: it goes on", what)
	}
}

// What a running request stands on may be withdrawn in many ways; each ends it, and not another.
func TestWatch(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.corpus("main", "c1")
		h.document("main", "c1", "open", "")
		ctx := t.Context()
		yes := true
		for name, withdraw := range map[string]func(who, key string) error{
			"key revoked": func(_, key string) error { return h.RevokeKey(ctx, h.machine, Machine(), key) },
			"person disabled": func(who, _ string) error {
				_, err := h.ChangePerson(ctx, h.machine, who, PersonChange{Disabled: &yes})
				return err
			},
			"person removed": func(who, _ string) error { return h.RemovePerson(ctx, h.machine, who) },
			"role dropped":   func(who, _ string) error { return h.DropRole(ctx, h.machine, "person:"+who) },
			"role lowered":   func(who, _ string) error { return h.SetRole(ctx, h.machine, "person:"+who, Viewer) },
			"group left": func(who, _ string) error {
				_, err := h.RemoveMembers(ctx, h.machine, who+"s", []string{"person:" + who})
				return err
			},
			"document closed": func(who, _ string) error { h.document("main", "c1", who+"-doc", "person:nobody"); return nil },
			"document removed": func(who, _ string) error {
				return h.store.Write(ctx, func(tx *store.Tx) error { return h.Displace(ctx, tx, who+"-doc") })
			},
		} {
			who := "p " + name
			id := h.person(who, Asker)
			h.group(who+"s", "person:"+who)
			h.document("main", "c1", who+"-doc", "group:"+who+"s")
			id, sc, err := h.Enter(ctx, Credential{Key: h.key(NewKey{Person: who})})
			h.must(err)
			watched, w := h.Watch(ctx, id, sc)
			w.Hold(who + "-doc")
			other, o := h.Watch(ctx, Machine(), h.machine)
			o.Hold("open")
			if watched.Err() != nil {
				t.Fatalf("%s: it ended at once", name)
			}
			h.must(withdraw(who, id.Key))
			h.ends(name, watched)
			if other.Err() != nil {
				t.Errorf("%s: the other ended too: %v", name, context.Cause(other))
			}
			w.End()
			o.End()
		}
	})
}

// A watch goes on for what it does not stand on, and ends with its time, its session, or with a
// document that was closed before it was held.
func TestWatchEnds(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.person("ann", Editor)
		h.corpus("main", "c1")
		h.document("main", "c1", "d1", "")
		asks, w := h.Watch(ctx, ann, h.scope(ann, "main").Within(scope.Ask))
		edits, e := h.Watch(ctx, ann, h.scope(ann, "main"))
		late, l := h.Watch(ctx, ann, h.scope(ann, "main").Within(scope.Ask))
		visitor := Identity{Kind: Stranger, Rights: scope.Ask}
		through, err := h.Through(ctx, visitor, "main", "desk")
		h.must(err)
		visits, v := h.Watch(ctx, visitor, through)
		v.Hold("d1")
		h.must(h.SetRole(ctx, h.machine, "person:ann", Asker))
		h.ends("the right to edit", edits)
		h.document("main", "c1", "d1", "person:bob")
		h.ends("a visitor's document", visits)
		h.scope(ann, "main")
		l.Hold("d1")
		if late.Err() == nil {
			t.Error("a document that is not seen can be held")
		}
		if asks.Err() != nil {
			t.Errorf("what only asks ended: %v", context.Cause(asks))
		}
		storetest.Write(t, h.store, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO signin_session (id, person, family, secret, rotated, created, seen, expires) VALUES ('ses_1', $1, 'h', 's', 0, 0, 0, $2)`, ann.Principal.ID, tx.Now+100_000_000)
			return err
		})
		signed, sc, err := h.Enter(ctx, Credential{Session: "ses_1"})
		h.must(err)
		if signed.Session != "ses_1" || signed.Principal != ann.Principal || !sc.May(scope.Ask) {
			t.Errorf("signed in is %+v", signed)
		}
		session, s := h.Watch(ctx, signed, sc)
		timed := signed
		timed.Session, timed.Expires = "", h.store.Now()+10_000_000
		short, sh := h.Watch(ctx, timed, sc)
		h.ahead.Store(11_000_000)
		h.ends("its time", short)
		if session.Err() != nil {
			t.Errorf("the session ended: %v", context.Cause(session))
		}
		storetest.Write(t, h.store, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM signin_session`); err != nil {
				return err
			}
			return Changed(ctx, tx, ChangedSession, "ses_1")
		})
		h.ends("its session", session)
		for _, one := range []*Watch{w, e, l, v, s, sh} {
			one.End()
		}
	})
}

// What runs ends when it cannot be known any more whether it may.
func TestWatchBlind(t *testing.T) {
	t.Parallel()
	h := newHouse(t, store.Config{Dir: t.TempDir()})
	h.watches.blind = 0
	ctx, w := h.Watch(t.Context(), Machine(), h.machine)
	defer w.End()
	h.must(h.store.Close())
	select {
	case <-ctx.Done():
		if wenyuan.CodeOf(context.Cause(ctx)) != wenyuan.Unavailable {
			t.Errorf("it ended with %v", context.Cause(ctx))
		}
	case <-time.After(30 * time.Second):
		t.Error("it goes on")
	}
}
