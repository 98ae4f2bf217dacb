package signin_test

import (
	"errors"
	"fmt"
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

func waitOf(err error) time.Duration {
	w, ok := errors.AsType[*signin.Wait](err)
	if !ok {
		return 0
	}
	return w.After
}

// TestRefusalsTellNothing: a wrong password, a name that nobody has, somebody without a
// password, a service, and somebody who is disabled read the same.
func TestRefusalsTellNothing(t *testing.T) {
	each(t, func(h house) {
		h.person("per_none", "none", "")
		h.person("per_off", "off", "")
		h.must(h.a.SetPassword(t.Context(), operator, true, "off", "", right))
		h.exec(`UPDATE person SET disabled = 1 WHERE id = 'per_off'`)
		h.person("per_app", "app", "")
		h.must(h.a.SetPassword(t.Context(), operator, true, "app", "", right))
		h.exec(`UPDATE person SET kind = 'service' WHERE id = 'per_app'`)
		said := map[string]bool{}
		for i, a := range [][2]string{{"Li", "wrong horse battery"}, {"nobody", right}, {"none", ""}, {"none", right}, {"off", right}, {"app", right}, {"", ""}, {"Li", right + " "}, {strings.Repeat("x", 500), right}, {"Li\x00", right}, {"Li", "\xff\xfe"}} {
			err := h.try(a[0], a[1], fmt.Sprintf("198.51.100.%d", i))
			e, ok := errors.AsType[*wenyuan.Error](err)
			if !ok || e.Code != wenyuan.Denied {
				t.Fatalf("%q: %v", a[0], err)
			}
			said[e.Message+e.Hint] = true
		}
		if len(said) != 1 {
			t.Errorf("they are told apart: %v", said)
		}
		h.must(h.try(" LI ", right, office))
		h.must(h.try("LI@example.com", right, office))
	})
}

func TestRules(t *testing.T) {
	each(t, func(h house) {
		for password, good := range map[string]bool{
			"short": false, strings.Repeat("ab", 513): false, "li@example.com": false, "LI@EXAMPLE.COM ": false, "aaaaaaaaaaaa": false, "Password123": false, "1234567890": false, "bad\xffutf8 text": false,
			"a few words more": true, "十个汉字也可以作密码": true, strings.Repeat("ab", 512): true, "          x": true,
		} {
			err := h.a.SetPassword(t.Context(), operator, true, "Li", "", password)
			if good != (err == nil) || !good && wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("%.30q: %v", password, err)
			}
		}
	})
}

// TestSameCharacters: keyboards write é in two ways.
func TestSameCharacters(t *testing.T) {
	each(t, func(h house) {
		h.must(h.a.SetPassword(t.Context(), operator, true, "Li", "", "caf\u00e9 au lait"))
		h.must(h.try("Li", "cafe\u0301 au lait", office))
	})
}

func TestWaitsGrowAndPass(t *testing.T) {
	each(t, func(h house) {
		h.cheaply()
		for range 5 {
			if err := h.try("Li", "wrong horse", office); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Fatal(err)
			}
		}
		before := time.Duration(0)
		for range 5 {
			err := h.try("Li", right, office)
			wait := waitOf(err)
			if wenyuan.CodeOf(err) != wenyuan.Limited || wait <= before {
				t.Fatalf("wait %s after %s: %v", wait, before, err)
			}
			h.now.pass(wait)
			if err := h.try("Li", "wrong horse", office); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Fatal(err)
			}
			before = wait
		}
		h.must(h.try("Li", right, "192.0.2.1")) // elsewhere nothing happened
		h.now.pass(time.Hour)
		h.must(h.try("Li", right, office))
		for range 5 { // what was before is forgotten
			if err := h.try("Li", "wrong horse", office); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Fatal(err)
			}
		}
		for i := range 60 { // one place, many names
			h.now.pass(time.Second)
			h.try(fmt.Sprintf("name%d", i), "wrong horse", "2001:db8::"+fmt.Sprint(i%10))
		}
		if err := h.try("another", "wrong horse", "2001:db8::ff"); wenyuan.CodeOf(err) != wenyuan.Limited {
			t.Errorf("a place may try as many names as it likes: %v", err)
		}
	})
}

// TestNameAloneKeepsNobodyOut: an attacker with many addresses does not keep Li out of where Li
// comes from, and does not have as many attempts as addresses.
func TestNameAloneKeepsNobodyOut(t *testing.T) {
	each(t, func(h house) {
		h.cheaply()
		tried := 0
		for i := range 130 {
			if err := h.try("Li", "wrong horse", fmt.Sprintf("198.51.%d.%d", i, i)); wenyuan.CodeOf(err) == wenyuan.Denied {
				tried++
			}
		}
		if tried > 100 {
			t.Errorf("%d attempts from as many addresses", tried)
		}
		h.must(h.try("Li", right, office))
		if err := h.try("Li", right, "192.0.2.9"); wenyuan.CodeOf(err) != wenyuan.Limited || waitOf(err) > 15*time.Minute {
			t.Errorf("from a new place: %v", err)
		}
	})
}

// TestAttemptsAtOnce: what is tried at the same time does not share one count.
func TestAttemptsAtOnce(t *testing.T) {
	each(t, func(h house) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		looked := 0
		for i := range 24 {
			wg.Go(func() {
				s := h.a
				if i%2 == 0 {
					s = h.b
				}
				_, err := s.ByPassword(t.Context(), "Li", "wrong horse", signin.Visit{Address: office})
				mu.Lock()
				defer mu.Unlock()
				if wenyuan.CodeOf(err) == wenyuan.Denied {
					looked++
				} else if wenyuan.CodeOf(err) != wenyuan.Limited {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if looked > 5 {
			t.Errorf("%d passwords were looked at", looked)
		}
	})
}

func TestChangeOfPassword(t *testing.T) {
	each(t, func(h house) {
		one, two := h.in(office), h.in(office)
		me, _, err := h.a.BySession(t.Context(), one)
		h.must(err)
		const next = "another good one"
		for range 5 {
			if err := h.a.SetPassword(t.Context(), me, false, "Li", "wrong horse", next); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Fatal(err)
			}
		}
		if err := h.a.SetPassword(t.Context(), me, false, "Li", right, next); waitOf(err) == 0 {
			t.Errorf("an open browser may guess: %v", err)
		}
		h.now.pass(time.Minute)
		h.must(h.a.SetPassword(t.Context(), me, false, "li@example.com", right, next))
		h.over(two, "the other session goes on")
		if h.use(one) == one {
			t.Error("the token stays the same")
		}
		h.must(h.try("Li", next, office))
		if err := h.try("Li", right, "192.0.2.2"); err == nil {
			t.Error("the password before holds")
		}
		h.person("per_wang", "Wang", "")
		for _, name := range []string{"Wang", "nobody"} {
			if err := h.a.SetPassword(t.Context(), me, false, name, "", next); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%s: %v", name, err)
			}
		}
		behind := me
		behind.Behind = &auth.Identity{Kind: auth.Service}
		if err := h.a.SetPassword(t.Context(), behind, false, "Li", next, right); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("a service in the place of a person: %v", err)
		}
		if err := h.a.SetPassword(t.Context(), operator, true, "nobody", "", next); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Error(err)
		}
		h.must(h.a.SetPassword(t.Context(), operator, true, "Li", "", ""))
		if err := h.try("Li", next, "192.0.2.3"); err == nil {
			t.Error("it was taken away")
		}
	})
}

// TestHashIsMadeAnew: what was stored at another cost is replaced when its password is shown.
func TestHashIsMadeAnew(t *testing.T) {
	each(t, func(h house) {
		const weak = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
		stored := func() (s string) {
			storetest.Read(t, h.Store, func(tx *store.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT password FROM person WHERE id = $1`, li).Scan(&s)
			})
			return s
		}
		if !strings.HasPrefix(stored(), "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(stored(), right) {
			t.Errorf("it is kept as %s", stored())
		}
		h.exec(`UPDATE person SET password = $1 WHERE id = $2`, signin.Weak(right, weak), li)
		h.must(h.try("Li", right, office))
		if !strings.HasPrefix(stored(), "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("it stays as %s", stored())
		}
		for _, broken := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"} {
			h.exec(`UPDATE person SET password = $1 WHERE id = $2`, broken, li)
			h.now.pass(time.Minute)
			if err := h.try("Li", right, office); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%s: %v", broken, err)
			}
		}
	})
}

func TestWithoutPasswords(t *testing.T) {
	t.Parallel()
	s := signin.Open(signin.Config{Store: storetest.Open(t, store.Config{Dir: t.TempDir()}), Closed: true})
	if _, err := s.ByPassword(t.Context(), "li", right, signin.Visit{}); wenyuan.CodeOf(err) != wenyuan.Denied || s.Passwords() {
		t.Error(err)
	}
}

// TestSameTime: a name that nobody has takes as long as one that somebody has.
func TestSameTime(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures")
	}
	h := open(t, store.Config{Dir: t.TempDir()})
	best := map[string]time.Duration{"li": time.Hour, "nobody": time.Hour}
	for i := range 80 { // as many as are free; the quickest of enough is met by nothing else that runs
		for name := range best {
			begin := time.Now()
			h.try(name, "wrong horse", fmt.Sprintf("198.51.100.%d", i))
			best[name] = min(best[name], time.Since(begin))
		}
		if ratio := float64(best["li"]) / float64(best["nobody"]); i >= 4 && ratio < 1.5 && ratio > 1/1.5 {
			return
		}
	}
	t.Errorf("known %s, unknown %s", best["li"], best["nobody"])
}
