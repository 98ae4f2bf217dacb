package channel_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/channel"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func operator(t *testing.T) scope.Scope {
	t.Helper()
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func widget(name string, origins ...string) channel.Channel {
	return channel.Channel{Kind: channel.Widget, Name: name, Assistant: "desk", Settings: channel.Settings{Origins: origins}}
}

func TestLife(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		cs, sc, ctx := channel.Open(storetest.Open(t, c)), operator(t), t.Context()
		w, key, err := cs.Add(ctx, sc, widget("shop", "https://Shop.example:443/", "http://localhost:3000", "https://shop.example"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(w.Origins, " "); got != "https://shop.example http://localhost:3000" {
			t.Errorf("origins %q", got)
		}
		if w.PerMinute != 10 || w.PerDay != 200 || w.AllMinute != 120 || w.AllDay != 5000 || !strings.HasPrefix(key, channel.KeyPrefix) || len(key) < 28 {
			t.Errorf("made %+v with a key of %d characters", w, len(key))
		}
		p, none, err := cs.Add(ctx, sc, channel.Channel{Kind: channel.Page, Assistant: "desk"})
		if err != nil || none != "" || len(p.Name) < 26 {
			t.Errorf("made the page %+v, key %q, %v", p, none, err)
		}
		if found, err := cs.ByKey(ctx, key); err != nil || found.ID != w.ID || found.Space() != wenyuan.DefaultSpace {
			t.Errorf("by key: %+v, %v", found, err)
		}
		for _, wrong := range []string{"", "wy_", key[:len(key)-1], key + "A", strings.ToLower(key), w.ID} {
			if _, err := cs.ByKey(ctx, wrong); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("the key %q: %v", wrong, err)
			}
		}
		if found, err := cs.ByName(ctx, wenyuan.DefaultSpace, p.Name); err != nil || found.ID != p.ID {
			t.Errorf("by name: %+v, %v", found, err)
		}
		for _, name := range []string{"shop", "nobody", "a\x00b", "\xff"} { // a widget is no page
			if _, err := cs.ByName(ctx, wenyuan.DefaultSpace, name); wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("by name %q: %v", name, err)
			}
		}
		for origin, want := range map[string]bool{"https://shop.example": true, "http://localhost:3000": true, "http://shop.example": false, "https://shop.example:8443": false, "https://evil.shop.example": false, "null": false, "": false, "*": false} {
			if named, err := cs.Named(ctx, origin); err != nil || named != want || w.Allows(origin) != want || p.Allows(origin) {
				t.Errorf("origin %q: %v, %v", origin, named, err)
			}
		}
		if all, err := cs.List(ctx, sc, ""); err != nil || len(all) != 2 {
			t.Errorf("list: %v, %v", all, err)
		}
		if all, err := cs.List(ctx, sc, "other"); err != nil || len(all) != 0 {
			t.Errorf("list of another: %v, %v", all, err)
		}
		if _, _, err := cs.Add(ctx, sc, widget("shop", "https://shop.example")); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("the same name: %v", err)
		}
		if gone, err := cs.Remove(ctx, sc, "shop"); err != nil || gone.ID != w.ID {
			t.Errorf("remove: %+v, %v", gone, err)
		}
		if _, err := cs.ByKey(ctx, key); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("the key of a channel that is gone: %v", err)
		}
		if _, ok, err := cs.Find(ctx, w.ID); ok || err != nil {
			t.Errorf("find: %v, %v", ok, err)
		}
		if _, err := cs.Remove(ctx, sc, w.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("remove again: %v", err)
		}
		if _, again, err := cs.Add(ctx, sc, widget("shop", "https://shop.example")); err != nil || again == key {
			t.Errorf("the name once more: %v", err)
		}
	})
}

// Who may only ask changes no channels and sees none.
func TestVisitorsChangeNothing(t *testing.T) {
	t.Parallel()
	cs, ctx := channel.Open(storetest.Open(t, store.Config{Dir: t.TempDir()})), t.Context()
	all, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range []scope.Scope{all.Through("desk"), {}} {
		_, _, added := cs.Add(ctx, sc, widget("shop", "https://shop.example"))
		_, listed := cs.List(ctx, sc, "")
		_, removed := cs.Remove(ctx, sc, "shop")
		for _, err := range []error{added, listed, removed} {
			if wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%v: %v", sc, err)
			}
		}
	}
}

func TestWhatIsNoChannel(t *testing.T) {
	t.Parallel()
	cs, sc := channel.Open(storetest.Open(t, store.Config{Dir: t.TempDir()})), operator(t)
	for name, c := range map[string]channel.Channel{
		"kind":        {Kind: "door", Name: "a", Assistant: "desk"},
		"name":        widget("a b", "https://a.example"),
		"no name":     widget("", "https://a.example"),
		"long name":   widget(strings.Repeat("a", 65), "https://a.example"),
		"assistant":   {Kind: channel.Page, Name: "a"},
		"no origin":   widget("a"),
		"many":        widget("a", strings.Split(strings.Repeat("https://a.example ", 21), " ")[:21]...),
		"page origin": {Kind: channel.Page, Name: "a", Assistant: "desk", Settings: channel.Settings{Origins: []string{"https://a.example"}}},
		"language":    {Kind: channel.Page, Name: "a", Assistant: "desk", Settings: channel.Settings{Lang: "fr"}},
		"notice":      {Kind: channel.Page, Name: "a", Assistant: "desk", Settings: channel.Settings{Notice: strings.Repeat("言", 301)}},
		"limit":       {Kind: channel.Page, Name: "a", Assistant: "desk", Settings: channel.Settings{PerMinute: -1}},
		"big limit":   {Kind: channel.Page, Name: "a", Assistant: "desk", Settings: channel.Settings{AllDay: 1_000_001}},
	} {
		if _, _, err := cs.Add(t.Context(), sc, c); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, origin := range []string{"*", "https://*.example", "null", "shop.example", "ftp://shop.example", "https://shop.example/path", "https://shop.example?q", "https://li@shop.example", "https://", "https://店.example", "file:///", "https://shop.example#a", ""} {
		if _, _, err := cs.Add(t.Context(), sc, widget("a", origin)); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	l := channel.NewLimiter(func() time.Time { return now })
	c := channel.Channel{ID: "chn_1", Settings: channel.Settings{PerMinute: 2, PerDay: 4, AllMinute: 5, AllDay: 100}}
	take := func(address string, want bool, wait time.Duration) {
		t.Helper()
		got, ok := l.Take(c, netip.MustParseAddr(address))
		if ok != want || got.Round(time.Second) != wait {
			t.Errorf("%s: %v after %v, want %v after %v", address, ok, got, want, wait)
		}
	}
	take("192.0.2.1", true, 0)
	take("::ffff:192.0.2.1", true, 0) // the same address
	take("192.0.2.1", false, 30*time.Second)
	take("192.0.2.2", true, 0)
	take("2001:db8::1", true, 0)
	take("2001:db8::2:0:0:1", true, 0) // the same /64
	take("2001:db8:0:1::1", false, 12*time.Second)
	now = now.Add(time.Minute)
	take("2001:db8::3", true, 0)
	take("192.0.2.1", true, 0)
	take("192.0.2.1", true, 0)
	now = now.Add(time.Minute)
	take("192.0.2.1", false, 6*time.Hour-2*time.Minute) // the day's are used up
	l.Forget(c.ID)
	take("192.0.2.1", true, 0)
}

// However many come, what is known of them stays bounded.
func TestLimiterForgets(t *testing.T) {
	t.Parallel()
	l := channel.NewLimiter(time.Now)
	c := channel.Channel{ID: "chn_1", Settings: channel.Settings{PerMinute: 1, PerDay: 1, AllMinute: 100_000, AllDay: 1_000_000}}
	for i := range 60_000 {
		if _, ok := l.Take(c, netip.MustParseAddr(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))); !ok {
			t.Fatalf("visitor %d is refused", i)
		}
	}
	if n := l.Known(); n > 20_000 {
		t.Errorf("%d visitors are known", n)
	}
}
