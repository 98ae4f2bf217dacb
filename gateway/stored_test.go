package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func everything(t *testing.T) scope.Scope {
	t.Helper()
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// TestStoredModels adds models while the house runs, sees them from a second process on the
// same database, and opens the house again.
func TestStoredModels(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx, sc := t.Context(), everything(t)
		s := storetest.Open(t, c)
		srv := New(t, Say("here"))
		key := func(env string) gateway.Secret { return gateway.Secret(map[string]string{"SET": "k"}[env]) }
		house := gateway.Config{Store: s, Declared: []gateway.Spec{at("file", srv.URL)}, Key: key}
		m, other := open(t, house), open(t, house)
		for _, name := range []string{"zeta", "alpha"} {
			added := at(name, srv.URL)
			added.Replicas[0].KeyEnv = "SET"
			if err := m.Put(ctx, sc, added); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"file", "zeta", "alpha"} // the file's first, then the oldest
		if d := cmp.Diff(want, m.Names(wenyuan.DefaultSpace)); d != "" {
			t.Error(d)
		}
		for end := time.Now().Add(10 * time.Second); len(other.Names(wenyuan.DefaultSpace)) != 3; {
			if time.Now().After(end) {
				t.Fatal("another process never sees the models")
			}
			time.Sleep(50 * time.Millisecond) // another process, of which there is no other sign
		}
		text, _, err := said(get(t, other, "zeta"), ctx)
		if text != "here" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if got := srv.Requests()[0].Header.Get("Authorization"); got != "Bearer k" {
			t.Errorf("the key is %q", got)
		}
		if a, b := get(t, m, "zeta").Hash(), get(t, other, "zeta").Hash(); a != b || len(a) != 64 {
			t.Errorf("two processes, two versions: %s %s", a, b)
		}

		// Declared anew it keeps its place, has another version, and warns of a key that is missing.
		before := get(t, m, "zeta").Hash()
		again := at("zeta", srv.URL)
		again.Replicas[0].KeyEnv, again.Context = "UNSET", 100
		if err := m.Put(ctx, sc, again); err != nil {
			t.Fatal(err)
		}
		list := m.List(wenyuan.DefaultSpace)
		if z := list[1]; z.Name != "zeta" || z.Hash == before || z.Declared || len(z.Missing) != 1 || z.Missing[0] != "UNSET" || !list[0].Declared {
			t.Errorf("%+v", list)
		}
		reopened := open(t, house)
		if d := cmp.Diff(m.List(wenyuan.DefaultSpace), reopened.List(wenyuan.DefaultSpace)); d != "" {
			t.Errorf("after a restart:\n%s", d)
		}
		if err := m.Remove(ctx, sc, "zeta"); err != nil {
			t.Fatal(err)
		}
		if _, ok := m.Get(wenyuan.DefaultSpace, "zeta"); ok {
			t.Error("a removed model is there")
		}
	})
}

// TestKeysOfTheFile: who may add models does not get at the keys that the settings file names by
// sending them to a server of their own, not even with a model that was there before.
func TestKeysOfTheFile(t *testing.T) {
	t.Parallel()
	ctx, sc := t.Context(), everything(t)
	theirs, srv := New(t, Say("x")), New(t, Say("x"))
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	m := open(t, gateway.Config{Store: s, Key: func(string) gateway.Secret { return "secret" }})
	with := func(name, url string) gateway.Spec {
		spec := at(name, url)
		spec.Replicas[0].KeyEnv = "FILE_KEY"
		return spec
	}
	if err := m.Put(ctx, sc, with("before", theirs.URL)); err != nil {
		t.Fatal(err)
	}
	if err := m.Replace([]gateway.Spec{with("file", srv.URL)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Put(ctx, sc, with("theirs", theirs.URL)); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("the key of the file goes elsewhere: %v", err)
	}
	if _, ok := m.Get(wenyuan.DefaultSpace, "before"); ok {
		t.Error("a model that was added before the file named its key is still asked with it")
	}
	if err := m.Put(ctx, sc, with("beside", srv.URL)); err != nil {
		t.Errorf("another model of the same server: %v", err)
	}
	if n := len(theirs.Requests()); n > 0 {
		t.Errorf("%d requests went to a server of theirs", n)
	}
}

func TestPutAndRemoveRefuse(t *testing.T) {
	t.Parallel()
	ctx, sc := t.Context(), everything(t)
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	srv := New(t, Say("x"))
	m := open(t, gateway.Config{Store: s, Declared: []gateway.Spec{at("file", srv.URL)}, Allow: []string{"127.0.0.1"}})
	own := at("m", srv.URL)
	own.Replicas[0].KeyEnv = "WENYUAN_DATABASE"
	database := at("m", srv.URL)
	database.Replicas[0].KeyEnv = "pgpassword"
	unknown := at("m", srv.URL)
	unknown.Tokenizer = "words"
	for name, c := range map[string]struct {
		err  error
		code wenyuan.Code
	}{
		"of the file":            {m.Put(ctx, sc, at("file", srv.URL)), wenyuan.Conflict},
		"nobody's":               {m.Put(ctx, scope.Scope{}, at("m", srv.URL)), wenyuan.Denied},
		"not permitted":          {m.Put(ctx, sc, at("m", "https://api.example.com")), wenyuan.Denied},
		"a setting as a key":     {m.Put(ctx, sc, own), wenyuan.Invalid},
		"the database's":         {m.Put(ctx, sc, database), wenyuan.Invalid},
		"unknown tokenizer":      {m.Put(ctx, sc, unknown), wenyuan.Invalid},
		"no address":             {m.Put(ctx, sc, at("m")), wenyuan.Invalid},
		"remove that of a file":  {m.Remove(ctx, sc, "file"), wenyuan.Conflict},
		"remove what is nowhere": {m.Remove(ctx, sc, "m"), wenyuan.NotFound},
		"remove as nobody":       {m.Remove(ctx, scope.Scope{}, "m"), wenyuan.Denied},
	} {
		if wenyuan.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v, want %s", name, c.err, c.code)
		}
	}
	if len(m.Names(wenyuan.DefaultSpace)) != 1 {
		t.Errorf("%v", m.Names(wenyuan.DefaultSpace))
	}
	// What was permitted once and no longer is, is shown with the reason.
	if err := m.Put(ctx, sc, at("m", srv.URL)); err != nil {
		t.Fatal(err)
	}
	if err := m.Replace(nil, []string{"models.example.com"}); err != nil {
		t.Fatal(err)
	}
	if l := m.List(wenyuan.DefaultSpace); len(l) != 1 || !strings.Contains(l[0].Fault, "do not permit") {
		t.Errorf("%+v", l)
	}
	if _, err := m.Test(ctx, wenyuan.DefaultSpace, "m"); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("tested: %v", err)
	}
	if _, ok := m.Get(wenyuan.DefaultSpace, "m"); ok {
		t.Error("a model that is not permitted can be asked")
	}
}

// TestModelsOfSpaces: what a space adds is there for that space alone, by its name too.
func TestModelsOfSpaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx, ours := t.Context(), everything(t)
		theirs, err := auth.Scope(ctx, auth.Single, "theirs")
		if err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, c)
		srv, other := New(t, Say("ours")), New(t, Say("theirs"))
		house := gateway.Config{Store: s, Declared: []gateway.Spec{at("file", srv.URL)}, Key: func(string) gateway.Secret { return "k" }}
		m := open(t, house)
		for _, put := range []struct {
			sc   scope.Scope
			spec gateway.Spec
		}{{ours, at("same", srv.URL)}, {theirs, at("same", other.URL)}, {theirs, at("only", other.URL)}} {
			if err := m.Put(ctx, put.sc, put.spec); err != nil {
				t.Fatal(err)
			}
		}
		for space, want := range map[string][]string{wenyuan.DefaultSpace: {"file", "same"}, "theirs": {"file", "same", "only"}, "empty": {"file"}} {
			for _, m := range []*gateway.Models{m, open(t, house)} {
				if d := cmp.Diff(want, m.Names(space)); d != "" || len(m.List(space)) != len(want) {
					t.Errorf("%s: %s", space, d)
				}
			}
		}
		for space, want := range map[string]string{wenyuan.DefaultSpace: "ours", "theirs": "theirs"} {
			one, ok := m.Get(space, "same")
			if !ok {
				t.Fatal("it is not there")
			}
			if text, _, err := said(one, ctx); text != want || err != nil {
				t.Errorf("%s answers %q, %v", space, text, err)
			}
		}
		if _, ok := m.Get(wenyuan.DefaultSpace, "only"); ok {
			t.Error("a model of another space is found")
		}
		if err := m.Remove(ctx, ours, "only"); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("a model of another space is removed: %v", err)
		}
		owner := ours.Within(scope.Every &^ scope.Operate)
		with := at("keyed", srv.URL)
		with.Replicas[0].KeyEnv = "THEIRS"
		if err := m.Put(ctx, owner, with); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an owner sends any key of the environment anywhere: %v", err)
		}
		if err := m.Put(ctx, owner, at("plain", srv.URL)); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an owner makes the server talk to any address: %v", err)
		}
		if err := m.Replace(house.Declared, []string{"127.0.0.1"}); err != nil {
			t.Fatal(err)
		}
		if err := m.Put(ctx, owner, at("plain", srv.URL)); err != nil {
			t.Errorf("an owner adds a model where models may be: %v", err)
		}
		if err := m.Put(ctx, owner.Within(scope.Edit), at("edited", srv.URL)); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an editor adds a model: %v", err)
		}
	})
}
