package signin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/signin"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

const (
	li     = "per_li"
	right  = "correct horse battery"
	office = "203.0.113.7"
)

// A house is a store with a clock of its own, two replicas, and Li who has a password.
type house struct {
	*store.Store
	a, b *signin.Sessions
	now  *clock
	t    *testing.T
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func open(t *testing.T, c store.Config) house {
	t.Helper()
	now := &clock{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	c.Clock = now.Now
	s := storetest.Open(t, c)
	h := house{s, signin.Open(signin.Config{Store: s}), signin.Open(signin.Config{Store: s}), now, t}
	h.person(li, "Li", "li@example.com")
	h.must(h.a.SetPassword(t.Context(), operator, true, "Li", "", right))
	return h
}

var operator = auth.Machine()

// cheaply is for tests that try often. What Li has is made anew.
func (h house) cheaply() {
	h.t.Helper()
	h.a.Cheaply()
	h.b.Cheaply()
	h.must(h.try("Li", right, office))
}

func (h house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h house) person(id, name, email string) {
	h.t.Helper()
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `INSERT INTO person (id, name, fold, email, created, updated) VALUES ($1, $2, $3, $4, $5, $5)`, id, name, auth.Fold(name), email, tx.Now)
		return err
	})
}

func (h house) exec(query string, args ...any) {
	h.t.Helper()
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), query, args...)
		return err
	})
}

func (h house) in(from string) string {
	h.t.Helper()
	token, err := h.a.ByPassword(h.t.Context(), "li", right, signin.Visit{Address: from, Agent: "Firefox"})
	h.must(err)
	return token
}

// try is what comes of an attempt.
func (h house) try(name, password, from string) error {
	_, err := h.b.ByPassword(h.t.Context(), name, password, signin.Visit{Address: from})
	return err
}

// use comes with a token, and gives the one to come with next.
func (h house) use(token string) string {
	h.t.Helper()
	id, next, err := h.b.BySession(h.t.Context(), token)
	h.must(err)
	if id.Kind != auth.Person || id.Principal != (wenyuan.Principal{ID: li, Name: "Li"}) || id.Session == "" || id.Expires == 0 {
		h.t.Fatalf("who came is %+v", id)
	}
	if next != "" {
		return next
	}
	return token
}

func (h house) over(token, why string) {
	h.t.Helper()
	_, next, err := h.a.BySession(h.t.Context(), token)
	if !errors.Is(err, signin.ErrSignedOut) || wenyuan.CodeOf(err) != wenyuan.Denied || next != "" {
		h.t.Errorf("%s: %v, next %q", why, err, next)
	}
}

func each(t *testing.T, f func(h house)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) { f(open(t, c)) })
}

func TestSessionIsRenewedWhileItIsUsed(t *testing.T) {
	each(t, func(h house) {
		first := h.in(office)
		if h.use(first) != first {
			t.Error("a token that is new was replaced")
		}
		h.now.pass(16 * time.Minute)
		second := h.use(first)
		if second == first {
			t.Fatal("a token of 16 minutes was kept")
		}
		if h.use(first) != first {
			t.Error("a request that was under way got another token")
		}
		if h.use(second) != second {
			t.Error("the new one was replaced at once")
		}
		h.now.pass(30 * time.Second)
		h.use(first)
		h.use(second)
	})
}

func TestStolenTokenEndsTheSessionForBoth(t *testing.T) {
	each(t, func(h house) {
		first := h.in(office)
		h.now.pass(16 * time.Minute)
		second := h.use(first)
		h.use(second)
		h.now.pass(2 * time.Minute)
		h.over(first, "the thief comes with the token before")
		h.over(second, "the session goes on for who has the new one")

		first = h.in(office)
		h.now.pass(16 * time.Minute)
		second = h.use(first) // the thief is quicker
		h.now.pass(16 * time.Minute)
		third := h.use(second)
		h.use(third)
		h.over(first, "the owner comes with what the thief has used up")
		h.over(third, "the thief goes on")

		token := h.in(office)
		family, _, _ := strings.Cut(token, ".")
		h.over(family+"."+strings.Repeat("A", 43), "a secret that never was")
		h.over(token, "the session goes on although somebody guesses")
	})
}

// TestLostReply: the new token never reached the browser.
func TestLostReply(t *testing.T) {
	each(t, func(h house) {
		first := h.in(office)
		h.now.pass(16 * time.Minute)
		lost := h.use(first)
		h.now.pass(5 * time.Minute)
		second := h.use(first)
		if second == first || second == lost {
			t.Fatalf("the browser gets no token in place of the one that was lost")
		}
		h.use(second)
		h.over(lost, "the lost one opens still")
		h.over(second, "and whoever held it is not noticed")
	})
}

func TestConcurrentRequestsAtTheTurn(t *testing.T) {
	each(t, func(h house) {
		token := h.in(office)
		h.now.pass(16 * time.Minute)
		var wg sync.WaitGroup
		fresh := make(chan string, 20)
		for range 20 {
			wg.Go(func() {
				_, next, err := h.b.BySession(t.Context(), token)
				if err != nil {
					t.Error(err)
				}
				if next != "" {
					fresh <- next
				}
			})
		}
		wg.Wait()
		if len(fresh) != 1 {
			t.Errorf("%d tokens were given out", len(fresh))
		}
		h.use(<-fresh)
	})
}

func TestSessionEnds(t *testing.T) {
	each(t, func(h house) {
		token := h.in(office)
		h.now.pass(12*time.Hour + 2*time.Minute)
		h.over(token, "not used for 12 hours")

		token = h.in(office)
		for range 7*24 - 1 {
			h.now.pass(time.Hour)
			token = h.use(token)
		}
		h.now.pass(2 * time.Hour)
		h.over(token, "seven days old")

		token = h.in(office)
		h.exec(`UPDATE person SET disabled = 1 WHERE id = $1`, li)
		h.over(token, "disabled")
		for _, odd := range []string{"", ".", "x.y", strings.Repeat("A", 22) + "." + strings.Repeat("A", 43), strings.Repeat("a", 1<<16), "%00.\x00"} {
			h.over(odd, "no token: "+odd[:min(len(odd), 20)])
		}
	})
}

func TestTokenIsNewAfterAChangeOfWhatOneMay(t *testing.T) {
	each(t, func(h house) {
		token := h.in(office)
		h.use(token)
		h.now.pass(time.Minute)
		h.exec(`UPDATE person SET operator = 1, updated = $1 WHERE id = $2`, h.Now(), li)
		if h.use(token) == token {
			t.Error("an operator goes on with the token of before")
		}
		again, err := h.a.Begin(t.Context(), li, signin.Visit{Former: token})
		h.must(err)
		h.over(token, "who signs in anew leaves the session before")
		h.use(again)
	})
}

func TestOwnSessions(t *testing.T) {
	each(t, func(h house) {
		one, two := h.in(office), h.in(office)
		h.person("per_wang", "Wang", "")
		foreign, err := h.a.Begin(t.Context(), "per_wang", signin.Visit{})
		h.must(err)
		me, _, err := h.a.BySession(t.Context(), one)
		h.must(err)
		list, err := h.b.List(t.Context(), me)
		h.must(err)
		if len(list) != 2 || list[0].Agent != "Firefox" || list[0].Address != office || list[0].Way != "password" || list[0].Current == list[1].Current {
			t.Errorf("%+v", list)
		}
		wang, _, err := h.a.BySession(t.Context(), foreign)
		h.must(err)
		if err := h.b.End(t.Context(), wang, me.Session); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("somebody else ends it: %v", err)
		}
		h.must(h.b.End(t.Context(), me, ""))
		h.over(two, "the others were ended")
		h.use(one)
		h.must(h.b.End(t.Context(), me, me.Session))
		h.over(one, "it was ended")
		if _, _, err := h.a.BySession(t.Context(), foreign); err != nil {
			t.Error(err)
		}
	})
}
