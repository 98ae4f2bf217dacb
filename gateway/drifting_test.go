package gateway_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/drift"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/manner"
	"wenyuan/internal/testenv"
	"wenyuan/limit"
)

// A logged is a log that can be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// asked asks deterministic questions until f holds, and gives how many it took.
func asked(t *testing.T, m *gateway.Models, name string, most int, f func([]drift.Replica) bool) int {
	t.Helper()
	zero := 0.0
	o := get(t, m, name)
	for n := 1; n <= most; n++ {
		r := hello
		r.Temperature = &zero
		ctx := limit.For(manner.With(t.Context(), manner.Manner{Plain: true}), limit.Claim{Space: wenyuan.DefaultSpace, Person: "li"})
		for _, err := range o.Stream(ctx, r) {
			if err != nil {
				t.Fatal(err)
			}
		}
		m.Compared() // the comparison comes after the answer
		if f(replicasOf(t, m, name)) {
			return n
		}
	}
	t.Fatalf("nothing after %d questions: %+v", most, replicasOf(t, m, name))
	return 0
}

func replicasOf(t *testing.T, m *gateway.Models, name string) []drift.Replica {
	t.Helper()
	for _, d := range m.Drift(everything(t)) {
		if d.Model == name {
			return d.Replicas
		}
	}
	t.Fatalf("%s is not among the models that are watched", name)
	return nil
}

func stateOf(all []drift.Replica, url string) drift.State {
	for _, r := range all {
		if strings.HasPrefix(r.ID, url) {
			return r.State
		}
	}
	return ""
}

var always = gateway.Drift{Every: 1, Minute: 1 << 20, Record: func(context.Context, string) bool { return true }}

// TestLlamaThatDrifts: of three real servers one answers something else; it is found within some
// samples, taken out, named in the log and shown with both texts.
func TestLlamaThatDrifts(t *testing.T) {
	t.Parallel()
	good, same, bad := testenv.ScriptedServer(t, "Water boils at 100 degrees."), testenv.ScriptedServer(t, "Water boils at 100 degrees."), testenv.ScriptedServer(t, "Water boils at 900 degrees.")
	var log logged
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", good, same, bad)}, Drift: always, Log: slog.New(slog.NewTextHandler(&log, nil))})
	m.Identify(t.Context())
	for _, r := range replicasOf(t, m, "writer") {
		if r.Fingerprint.Engine != drift.LlamaCpp || r.State != drift.Good {
			t.Errorf("%+v", r)
		}
	}
	n := asked(t, m, "writer", 60, func(all []drift.Replica) bool { return stateOf(all, bad) == drift.Out })
	t.Logf("found after %d requests", n)
	all := replicasOf(t, m, "writer")
	if stateOf(all, good) != drift.Good || stateOf(all, same) != drift.Good {
		t.Errorf("%+v", all)
	}
	if !strings.Contains(log.String(), "drifts and was taken out") || !strings.Contains(log.String(), bad) {
		t.Error("the log does not name it:", log.String())
	}
	c := m.Drift(everything(t))[0].Cases[0]
	if !strings.HasPrefix(c.Replica, bad) || !strings.Contains(c.Text, "900") || !strings.Contains(c.Against, "100") || c.Asked != "你好" {
		t.Errorf("%+v", c)
	}
	m.Forget("li")
	if left := m.Drift(everything(t))[0].Cases; len(left) != 0 {
		t.Errorf("what somebody asked is still there: %+v", left)
	}
	for range 12 {
		if text, _, err := said(get(t, m, "writer"), t.Context()); err != nil || strings.Contains(text, "900") {
			t.Errorf("it still answers: %q %v", text, err)
		}
	}
	if err := m.PutBack(t.Context(), everything(t), "writer", bad); err != nil || stateOf(replicasOf(t, m, "writer"), bad) != drift.Good {
		t.Errorf("not put back: %v", err)
	}
}

// TestPutBackByAddress: the address of a replica names it where it is the only one there.
func TestPutBackByAddress(t *testing.T) {
	t.Parallel()
	one, two := New(t, Say("x")), New(t, Say("x"))
	s := at("m", one.URL)
	s.Replicas[0].RemoteName = "s"
	for _, name := range []string{"a", "b"} {
		r := s.Replicas[0]
		r.URL, r.RemoteName = two.URL, name
		s.Replicas = append(s.Replicas, r)
	}
	m := open(t, gateway.Config{Declared: []gateway.Spec{s}})
	for _, r := range replicasOf(t, m, "m") {
		if r.ID != strings.TrimSpace(r.ID) {
			t.Errorf("%q", r.ID)
		}
		if err := m.PutBack(t.Context(), everything(t), "m", r.ID); err != nil {
			t.Error(err)
		}
	}
	if err := m.PutBack(t.Context(), everything(t), "m", one.URL+"/"); err != nil {
		t.Error(err)
	}
	if err := m.PutBack(t.Context(), everything(t), "m", two.URL); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Error(err)
	}
	if err := m.PutBack(t.Context(), everything(t), "m", "http://127.0.0.1:1"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Error(err)
	}
}

// TestAnotherQuantisation is named, and serves unless the settings say otherwise; who is strict is
// not served by it.
func TestAnotherQuantisation(t *testing.T) {
	t.Parallel()
	for _, take := range []bool{false, true} {
		of := func(q string) *Server {
			return New(t, Identified(Identity{Build: "b1", Quantisation: q, Template: "t", Parameters: 7}, Say("here")))
		}
		a, b, c := of("Q8_0"), of("Q8_0"), of("Q4_K_M")
		d := always
		d.Take = take
		m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", a.URL, b.URL, c.URL)}, Drift: d})
		m.Identify(t.Context())
		all := replicasOf(t, m, "writer")
		want := map[bool]drift.State{false: drift.Flagged, true: drift.Out}[take]
		if stateOf(all, c.URL) != want || all[2].Why != "another quantisation: Q4_K_M, others have Q8_0" || stateOf(all, a.URL) != drift.Good {
			t.Errorf("%+v", all)
		}
	}
}

// TestHealthyReplicasStay: nobody is suspected in ten thousand comparisons, and what they ask counts
// for nobody who asked.
func TestHealthyReplicasStay(t *testing.T) {
	t.Parallel()
	servers := []*Server{New(t, Say("here")), New(t, Say("here"))}
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", servers[0].URL, servers[1].URL)}, Drift: always})
	n := 500
	if !testing.Short() {
		n = 10_000
	}
	asked(t, m, "writer", n, func(all []drift.Replica) bool {
		if i := slices.IndexFunc(all, func(r drift.Replica) bool { return r.State != drift.Good }); i >= 0 {
			t.Fatalf("%+v", all[i])
		}
		return all[0].Compared >= int64(n/2)
	})
}

// TestNobodyWaitsForASample: a second replica that hangs does not hold up who asked, and the house
// closes all the same.
func TestNobodyWaitsForASample(t *testing.T) {
	t.Parallel()
	a, b := New(t, Say("here")), New(t, Hang(nil))
	m := open(t, gateway.Config{Declared: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: a.URL}, {URL: b.URL, Priority: 1}}}}, Drift: always})
	zero := 0.0
	r := hello
	r.Temperature = &zero
	begun := time.Now()
	for _, err := range get(t, m, "writer").Stream(t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
	}
	m.Close()
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestOnlySomeAreSampled: one in so many, none that is not deterministic, and none where it is off.
func TestOnlySomeAreSampled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d    gateway.Drift
		zero bool
		want int
	}{
		"one in four":       {gateway.Drift{Every: 4, Minute: 100}, true, 5},
		"some in a minute":  {gateway.Drift{Every: 1, Minute: 3}, true, 3},
		"not deterministic": {gateway.Drift{Every: 1}, false, 0},
		"off":               {gateway.Drift{Every: -1}, true, 0},
	} {
		a, b := New(t, Say("here")), New(t, Say("here"))
		m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", a.URL, b.URL)}, Drift: c.d})
		for range 20 {
			r := hello
			if zero := 0.0; c.zero {
				r.Temperature = &zero
			}
			for _, err := range get(t, m, "writer").Stream(t.Context(), r) {
				if err != nil {
					t.Fatal(err)
				}
			}
			m.Compared()
		}
		if extra := len(a.Requests()) + len(b.Requests()) - 20; extra != c.want && !(name == "some in a minute" && extra > c.want && extra <= 2*c.want) {
			t.Errorf("%s: %d requests for comparing, want %d", name, extra, c.want)
		}
	}
}

// TestCompareNow asks all replicas the house's own questions and marks who differs, also one that
// was taken out.
func TestCompareNow(t *testing.T) {
	t.Parallel()
	good, same, bad := New(t, Say("Blue.")), New(t, Say("Blue.")), New(t, Say("Completely different words about bananas."))
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", good.URL, same.URL, bad.URL)}, Drift: gateway.Drift{Every: -1}})
	for round := range 3 {
		all, err := m.Compare(t.Context(), everything(t), "writer")
		if err != nil || len(all) != 1 || len(all[0].Probes) != len(drift.Probes) {
			t.Fatalf("%+v %v", all, err)
		}
		for _, p := range all[0].Probes {
			for _, r := range p.Replies {
				if r.Differs != (r.Replica == bad.URL) || r.Failed != "" || r.Text == "" {
					t.Errorf("round %d: %+v", round, r)
				}
			}
		}
	}
	if s := stateOf(replicasOf(t, m, "writer"), bad.URL); s != drift.Out {
		t.Errorf("after three rounds it is %s", s)
	}
	if _, err := m.Compare(t.Context(), everything(t), "nobody"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("%v", err)
	}
}

// TestAgreed: who wants answers of agreed replicas alone is never answered by one that differs from
// most of them, though it goes on serving others.
func TestAgreed(t *testing.T) {
	t.Parallel()
	of := func(q string) *Server {
		return New(t, Identified(Identity{Build: "b1", Quantisation: q, Template: "t", Parameters: 7}, Say(q)))
	}
	good, same, odd := of("Q8_0"), of("Q8_0"), of("Q4_K_M")
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("writer", good.URL, same.URL, odd.URL)}, Drift: gateway.Drift{Every: -1}})
	m.Identify(t.Context())
	if s := stateOf(replicasOf(t, m, "writer"), odd.URL); s != drift.Flagged {
		t.Fatalf("it is %s", s)
	}
	ask := func(ctx context.Context) string {
		text, _, err := said(get(t, m, "writer"), ctx)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	agreed := manner.With(t.Context(), manner.Manner{Agreed: true})
	for range 50 {
		if text := ask(agreed); text != "Q8_0" {
			t.Fatalf("answered by the one that differs: %q", text)
		}
	}
	met := map[string]bool{}
	for range 200 {
		met[ask(t.Context())] = true
	}
	if !met["Q4_K_M"] {
		t.Error("who does not mind is kept from a replica that is only flagged")
	}
}
