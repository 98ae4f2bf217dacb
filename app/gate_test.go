package app_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/eval/gate"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/shipped"
	"wenyuan/eval/stat"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/store"
)

// gateSeed is that of every report here, so that the servers know what they will be asked.
const gateSeed = 7

// A pupil is a model that knows the sets that ship: it answers by the question, and errs where wrong
// says so.
type pupil struct {
	known map[string]item.Item

	mu    sync.Mutex
	asked map[string]int                // how often, by question
	stop  func(n int) gatewaytest.Reply // what it does instead of its nth answer; nil: nothing
	n     int
}

func newPupil(t *testing.T) *pupil {
	t.Helper()
	p := &pupil{known: map[string]item.Item{}, asked: map[string]int{}}
	for _, name := range shipped.Names {
		for _, n := range []int{0, 120, 240, 300} {
			items, err := shipped.Set(name, gateSeed, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range items {
				p.known[i.Question()] = i
			}
		}
	}
	return p
}

// reply answers as somebody who errs on a share of the questions, drawn by salt, and writes by how.
func (p *pupil) reply(wrong func(i item.Item) bool, how func(string) string) gatewaytest.Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var q struct{ Messages []struct{ Content string } }
		if err := json.Unmarshal(body, &q); err != nil || len(q.Messages) == 0 {
			http.Error(w, "no messages", http.StatusBadRequest)
			return
		}
		question := q.Messages[len(q.Messages)-1].Content
		p.mu.Lock()
		p.n++
		n, stop := p.n, p.stop
		p.mu.Unlock()
		if stop != nil {
			if instead := stop(n); instead != nil {
				instead(w, r)
				return
			}
		}
		p.mu.Lock()
		p.asked[question]++
		p.mu.Unlock()
		i := p.known[question]
		said := "I do not know."
		switch {
		case wrong(i):
		case i.Scorer == item.Choice:
			said = string(rune('A' + i.Correct))
		case i.Scorer == item.Harmless:
			said = "I'm sorry, I can't help with that."
		case len(i.Answer) > 0:
			said = "It is " + i.Answer[0][0] + "."
		}
		gatewaytest.Say(how(said))(w, r)
	}
}

// errs draws a share of the items by a salt.
func errs(salt string, share float64) func(item.Item) bool {
	return func(i item.Item) bool {
		h := fnv.New32a()
		fmt.Fprint(h, salt, i.ID, salt)
		return float64(h.Sum32()%10_000) < share*10_000
	}
}

func plainly(s string) string { return s }

// opened is a house with models at scripted servers.
func opened(t *testing.T, data, database string, models map[string]gatewaytest.Reply) (*app.App, scope.Scope) {
	t.Helper()
	c := app.Config{Data: data, Database: database, Program: "test", Log: slog.New(slog.DiscardHandler)}
	for name, reply := range models {
		c.Models = append(c.Models, gateway.Spec{Name: name, Can: []string{gateway.Chat}, Location: gateway.Inside, Replicas: []gateway.Replica{{URL: gatewaytest.New(t, reply).URL}}})
	}
	return reopened(t, c)
}

func reopened(t *testing.T, c app.Config) (*app.App, scope.Scope) {
	t.Helper()
	a, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Runs.Patience = time.Millisecond
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	return a, sc
}

// until waits for something that comes by itself, generously.
func until(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !is(); time.Sleep(5 * time.Millisecond) { // a base may have to be trained, beside all other tests
		if time.Now().After(end) {
			t.Fatal("it does not come")
		}
	}
}

// judged has the gate look at a model, and gives its report.
func judged(t *testing.T, a *app.App, sc scope.Scope, w gate.Wanted) gate.Report {
	t.Helper()
	w.Seed = gateSeed
	r, err := a.Gate.Run(t.Context(), sc, auth.Machine(), w)
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		if r, err = gate.Find(t.Context(), a.Store, sc, r.ID); err != nil {
			t.Fatal(err)
		}
		return r.State != record.Queued && r.State != record.Running
	})
	return r
}

func part(r gate.Report, name string) (p gate.PartReport) {
	for _, p := range r.Parts {
		if p.Name == name {
			return p
		}
	}
	return p
}

func admission(t *testing.T, a *app.App, sc scope.Scope, v wenyuan.Version) (ad gate.Admission) {
	t.Helper()
	err := a.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		ad, err = gate.Admitted(t.Context(), tx, sc.Space(), v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ad
}

// The gate admits a model that is as good, refuses one that is worse, and refuses one whose
// generations are destroyed, whatever its training said; it judges by what was written alone.
func TestGate(t *testing.T) {
	t.Parallel()
	p := newPupil(t)
	usual := errs("usual", 0.08)
	also := func(more func(item.Item) bool) func(item.Item) bool {
		return func(i item.Item) bool { return usual(i) || more(i) }
	}
	a, sc := opened(t, t.TempDir(), "", map[string]gatewaytest.Reply{
		"production": p.reply(usual, plainly),
		"good":       p.reply(also(errs("own", 0.005)), plainly),
		"worse":      p.reply(also(errs("worse", 0.13)), plainly),
		"collapsed":  p.reply(errs("", 0), func(s string) string { return strings.Repeat(s+" yes yes ", 40) }),
		"forgetful":  p.reply(also(func(i item.Item) bool { return strings.HasPrefix(i.ID, "common-zh") && errs("f", 0.3)(i) }), plainly),
	})
	policy := gate.BuiltIn()
	policy.Parts[1].Items, policy.Parts[2].Items = 300, 240
	if _, err := gate.SavePolicy(t.Context(), a.Store, sc, policy); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		want stat.Verdict
		fail string
	}{
		{"good", stat.Pass, ""}, {"worse", stat.Fail, shipped.Logic}, {"collapsed", stat.Fail, shipped.CommonSense}, {"forgetful", stat.Fail, shipped.CommonSense},
	} {
		r := judged(t, a, sc, gate.Wanted{Subject: c.name, Against: "model:production"})
		for _, x := range r.Parts {
			t.Logf("%-10s %-12s %-8s %d of %d: %s", c.name, x.Name, x.Verdict, x.Subject.Right, x.Subject.N, strings.Join(x.Why, "; "))
		}
		if r.State != record.Done || r.Verdict != c.want {
			t.Errorf("%s is %s, %s (%s)", c.name, r.State, r.Verdict, r.Error)
		}
		if c.fail != "" && part(r, c.fail).Verdict != stat.Fail {
			t.Errorf("%s does not fail %s", c.name, c.fail)
		}
		if part(r, gate.Own).Verdict != gate.LeftOut || part(r, shipped.Adversarial).Drop == nil {
			t.Errorf("%s: %+v", c.name, r.Parts)
		}
		if ad := admission(t, a, sc, r.Subject); ad.Admitted != (c.want == stat.Pass) || ad.Report != r.ID {
			t.Errorf("%s: %+v", c.name, ad)
		}
	}
	few, err := gate.SavePolicy(t.Context(), a.Store, sc, gate.Policy{Name: "few", Parts: []gate.Part{{Name: shipped.Logic, Items: 30, Margin: 0.02}}})
	if err != nil {
		t.Fatal(err)
	}
	r := judged(t, a, sc, gate.Wanted{Subject: "good", Against: "production", Policy: few.Name})
	if x := part(r, shipped.Logic); r.Verdict != stat.TooFew || x.Needs < 10 || admission(t, a, sc, r.Subject).Admitted {
		t.Errorf("thirty items suffice: %+v", x)
	}
}

// A run that fails in the middle goes on where it was, and one that a stopped house had under way
// goes on when the house is open again; nothing that was answered is asked twice.
func TestEvaluationGoesOn(t *testing.T) {
	t.Parallel()
	p := newPupil(t)
	server := gatewaytest.New(t, p.reply(errs("", 0), plainly))
	c := app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler),
		Models: []gateway.Spec{{Name: "writer", Can: []string{gateway.Chat}, Location: gateway.Inside, Replicas: []gateway.Replica{{URL: server.URL}}}}}
	p.stop = func(n int) gatewaytest.Reply {
		if n > 40 {
			return gatewaytest.Refuse(gatewaytest.BadKey)
		}
		return nil
	}
	a, sc := reopened(t, c)
	wanted := run.Wanted{Subject: "writer", Set: shipped.Logic, Options: record.Options{Seed: gateSeed, Sample: 120, Parallel: 3}}
	is, err := a.Runs.Begin(t.Context(), sc, auth.Machine(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	look := func() (r record.Run) {
		err := a.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			r, err = record.Find(t.Context(), tx, sc, is.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	until(t, func() bool { return look().State == record.Failed })
	if r := look(); r.Done != 40 || r.Right != 40 || r.Error == "" {
		t.Errorf("what cannot be asked counts: %d of %d, %q", r.Right, r.Done, r.Error)
	}
	held, reached := make(chan struct{}), make(chan struct{}, 200)
	p.mu.Lock()
	p.stop = func(n int) gatewaytest.Reply {
		if p.answered() < 80 {
			return nil
		}
		reached <- struct{}{}
		return func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-held:
			case <-r.Context().Done():
			}
		}
	}
	p.mu.Unlock()
	again, err := a.Runs.Begin(t.Context(), sc, auth.Machine(), wanted)
	if err != nil || again.ID != is.ID {
		t.Fatalf("%s is not gone on with but %s, %v", is.ID, again.ID, err)
	}
	<-reached
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.stop = nil
	p.mu.Unlock()
	close(held)
	a, sc = reopened(t, c)
	until(t, func() bool { return look().State == record.Done })
	if r := look(); r.Done != 120 || r.Right != 120 {
		t.Errorf("%+v", r)
	}
	twice := 0
	for _, n := range p.asked {
		if n > 1 {
			twice++
		}
	}
	if len(p.asked) != 120 || twice > 3 { // those that were under way when the house was closed
		t.Errorf("%d questions were answered, %d of them twice", len(p.asked), twice)
	}
}

// answered is how many questions had an answer.
func (p *pupil) answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// A version that did not pass is used only if two people say so, each themselves.
func TestWaiverNeedsTwo(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return testenv.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			a, sc := opened(t, t.TempDir(), database(), map[string]gatewaytest.Reply{"writer": gatewaytest.Say("No.")})
			who := map[string]auth.Identity{}
			scopes := map[string]scope.Scope{}
			for person, role := range map[string]string{"ann": auth.Owner, "bob": auth.Owner, "eve": auth.Editor, "ray": auth.Reviewer} {
				acc, err := a.Auth.AddPerson(ctx, sc, auth.NewPerson{Name: person, Space: "main"})
				if err == nil {
					err = a.Auth.SetRole(ctx, sc, "person:"+person, role)
				}
				if err != nil {
					t.Fatal(err)
				}
				id := auth.Identity{Kind: auth.Person, Principal: wenyuan.Principal{ID: acc.ID, Name: person}, Rights: scope.Every}
				if scopes[person], err = a.Auth.Scope(ctx, id, "main"); err != nil {
					t.Fatal(err)
				}
				who[person] = id
			}
			w, err := a.Gate.Waive(ctx, scopes["ann"], who["ann"], "writer", "the set is out of date")
			if err != nil {
				t.Fatal(err)
			}
			behind := who["bob"]
			behind.Behind = &auth.Identity{Kind: auth.Service}
			for _, c := range []struct {
				by   string
				id   auth.Identity
				want wenyuan.Code
			}{{"ann", who["ann"], wenyuan.Denied}, {"eve", who["eve"], wenyuan.Denied}, {"ray", who["ray"], wenyuan.Denied}, {"bob", behind, wenyuan.Denied}, {"bob", auth.Machine(), wenyuan.Denied}} {
				if _, err := a.Gate.Decide(ctx, scopes[c.by], c.id, w.ID, gate.Approved); wenyuan.CodeOf(err) != c.want {
					t.Errorf("%s as %s: %v", c.by, c.id.Kind, err)
				}
			}
			if ad := admission(t, a, sc, w.Subject); ad.Admitted {
				t.Errorf("%+v", ad)
			}
			if w, err = a.Gate.Decide(ctx, scopes["bob"], who["bob"], w.ID, gate.Approved); err != nil || w.State != gate.Approved {
				t.Fatalf("%+v, %v", w, err)
			}
			if ad := admission(t, a, sc, w.Subject); !ad.Admitted || ad.Waiver != w.ID {
				t.Errorf("%+v", ad)
			}
			if _, err := a.Gate.Decide(ctx, scopes["bob"], who["bob"], w.ID, gate.Refused); wenyuan.CodeOf(err) != wenyuan.Conflict {
				t.Errorf("decided twice: %v", err)
			}
			if _, err := a.Gate.Decide(ctx, scopes["ann"], who["ann"], w.ID, gate.Withdrawn); err != nil {
				t.Error(err)
			}
			if ad := admission(t, a, sc, w.Subject); ad.Admitted {
				t.Errorf("withdrawn: %+v", ad)
			}
			all, err := gate.Waivers(ctx, a.Store, scopes["ray"])
			if err != nil || len(all) != 1 || all[0].State != gate.Withdrawn {
				t.Errorf("%+v, %v", all, err)
			}
			if _, err := gate.SavePolicy(ctx, a.Store, scopes["eve"], gate.BuiltIn()); wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("an editor changes the policy: %v", err)
			}
			kept, err := gate.SavePolicy(ctx, a.Store, scopes["ann"], gate.Policy{Name: "default", Parts: []gate.Part{{Name: "logic", Margin: 0.5, Items: 12, Floor: 0.9}}})
			if err != nil || kept.BuiltIn {
				t.Fatalf("%+v, %v", kept, err)
			}
			r, err := a.Gate.Run(ctx, scopes["eve"], who["eve"], gate.Wanted{Subject: "model:writer"})
			if err != nil {
				t.Fatal(err)
			}
			until(t, func() bool {
				r, err = gate.Find(ctx, a.Store, scopes["ray"], r.ID)
				return err == nil && r.State == record.Done
			})
			if list, err := gate.List(ctx, a.Store, sc, 0); r.Verdict != stat.Fail || r.Hash != kept.Hash || r.Against != nil || err != nil || len(list) != 1 {
				t.Errorf("%+v, %+v, %v", r, list, err)
			}
		})
	}
}
