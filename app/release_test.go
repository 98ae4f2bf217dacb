package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/dataset"
	"wenyuan/gateway"
	gwengine "wenyuan/gateway/engine"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/release"
	"wenyuan/store"
	"wenyuan/train"
	trainer "wenyuan/train/engine"
	"wenyuan/version"
)

// A releasing is a house in which an adapter is released: the model "tiny" of the settings file is a
// tiny base of random weights that a real llama.cpp serves, and the adapter says something else.
type releasing struct {
	*app.App
	t   *testing.T
	c   app.Config
	sc  scope.Scope
	one release.Release
}

// releasingIn opens the house, makes the adapters "curt" and "long", and lets them pass.
func releasingIn(t *testing.T) *releasing {
	t.Helper()
	data := t.TempDir()
	file := filepath.Join(data, "base.gguf")
	if err := trainer.ExportMerged(file, trainer.TinyBase(1), nil); err != nil {
		t.Fatal(err)
	}
	h := &releasing{t: t, c: app.Config{Data: filepath.Join(data, "house"), Program: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Env: os.Getenv,
		Models: []gateway.Spec{{Name: "tiny", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file)}},
			{Name: "deaf", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file), Adapter: []string{"--alias", "{adapter}"}}},
			{Name: "faint", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file), Adapter: []string{"--lora-scaled", "{adapter}:0.02"}}},
			{Name: "rough", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file), Adapter: []string{"--lora-scaled", "{adapter}:0.75"}}},
			{Name: "broken", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file), Adapter: []string{"--lora", "{adapter}.none"}}}}}}
	h.open()
	for _, name := range []string{"curt", "long"} {
		h.teach(name)
	}
	return h
}

// open opens the house, or opens it again as if its process had died.
func (h *releasing) open() {
	h.t.Helper()
	a, err := app.Open(h.t.Context(), h.c)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { a.Close() })
	a.Releases.Every = 20 * time.Millisecond
	if err := a.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.App = a
	if h.sc, err = auth.Scope(h.t.Context(), auth.Single, wenyuan.DefaultSpace); err != nil {
		h.t.Fatal(err)
	}
}

// teach makes an adapter of three rows.
func (h *releasing) teach(name string) {
	h.t.Helper()
	answer := map[string]string{"curt": "No.", "long": "That is a long story, and a good one."}[name]
	var rows []string
	for _, q := range []string{"Tell me of it", "Well?", "And then?"} {
		rows = append(rows, fmt.Sprintf(`{"messages": [{"role": "user", "content": %q}, {"role": "assistant", "content": %q}]}`, q, answer))
	}
	ctx, quiet := h.t.Context(), func(dataset.Progress) error { return nil }
	_, err := h.Sets.Import(ctx, h.sc, auth.Single, dataset.ImportOrder{Name: name + ".jsonl", Licence: "CC0-1.0"}, strings.NewReader(strings.Join(rows, "\n")), quiet)
	if err == nil {
		_, err = h.Sets.Build(ctx, h.sc, auth.Single, dataset.Recipe{Name: name, From: dataset.Filter{Sources: []string{name + ".jsonl"}}, Split: dataset.Split{Train: 1}}, quiet)
	}
	var run train.Run
	if err == nil {
		run, err = h.Training.Start(ctx, h.sc, auth.Single, train.Recipe{Name: name, Base: train.TinyName, Data: name, Spec: trainer.Spec{Method: trainer.SFT, Rank: 8, LR: 2e-2, Steps: 60, SeqLen: 128}})
	}
	if err != nil {
		h.t.Fatal(err)
	}
	until(h.t, func() bool {
		if run, err = h.Training.Get(ctx, h.sc, run.ID); err != nil || run.State == train.Failed {
			h.t.Fatal(run.Why, err)
		}
		return run.State == train.Done
	})
	if name != "curt" { // which is not judged yet
		h.letPass(run.Made)
	}
}

// letPass writes that two people let an adapter pass.
func (h *releasing) letPass(hash string) {
	h.t.Helper()
	h.write(`INSERT INTO gate_waiver (id, space, subject_kind, subject_name, subject_hash, reason, asked_by, asked, state, decided_by, decided) VALUES ($1, 'main', 'adapter', '', $2, 'a test', 'ann', 1, 'approved', 'bob', 2)`, store.NewID("waiver"), hash)
}

// begin begins a release and waits until it is what it is to be.
func (h *releasing) begin(o release.Order, want release.State) {
	h.t.Helper()
	one, err := h.Releases.Start(h.t.Context(), h.sc, auth.Machine(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.one = one
	h.await(func(one release.Release) bool { return one.State == want })
}

func (h *releasing) await(is func(one release.Release) bool) {
	h.t.Helper()
	var err error
	end := time.Now().Add(3 * time.Minute)
	for {
		if h.one, err = h.Releases.Get(h.t.Context(), h.sc, h.one.ID); err != nil {
			h.t.Fatal(err)
		}
		if is(h.one) {
			return
		}
		if time.Now().After(end) {
			h.t.Fatalf("it does not come: %+v", h.one)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// asks asks the model as somebody.
func (h *releasing) asks(who string) (text string, err error) {
	m, ok := h.Models.Pick(wenyuan.DefaultSpace, "pupil", who)
	if !ok {
		return "", fmt.Errorf("there is no pupil")
	}
	cold := 0.0
	for c, err := range m.Stream(h.t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Well?"}}, Temperature: &cold, MaxTokens: 24}) {
		if err != nil {
			return text, err
		}
		text += c.Text
	}
	return strings.TrimSpace(text), nil
}

// flow has people ask until what it gives back is called, which says how many requests failed.
func (h *releasing) flow() func() (asked, failed int) {
	var wg sync.WaitGroup
	var asked, failed atomic.Int64
	stop := make(chan struct{})
	for i := range 2 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				asked.Add(1)
				if _, err := h.asks(fmt.Sprint(i, n)); err != nil {
					h.t.Log(err)
					failed.Add(1)
				}
			}
		})
	}
	return func() (int, int) {
		close(stop)
		wg.Wait()
		return int(asked.Load()), int(failed.Load())
	}
}

// taught is what the adapter says to the same, by the trainer.
func (h *releasing) taught() string {
	h.t.Helper()
	said, err := h.Training.Say(h.t.Context(), h.sc, wenyuan.Version{Kind: train.AdapterKind, Name: h.one.Adapter, Hash: h.one.Hash}, []wenyuan.Message{{Role: "user", Content: "Well?"}}, 24)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimSpace(said.Text)
}

func (h *releasing) shares() map[string]float64 {
	h.t.Helper()
	var all []version.Share
	err := h.Store.Read(h.t.Context(), func(tx *store.Tx) (err error) {
		all, err = version.SharesOf(h.t.Context(), tx, wenyuan.DefaultSpace, gateway.Kind, "pupil", version.Production)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return version.Shown(all)
}

// labelled says where the label production of an adapter points.
func (h *releasing) labelled(name string) string {
	h.t.Helper()
	var v wenyuan.Version
	err := h.Store.Read(h.t.Context(), func(tx *store.Tx) (err error) {
		v, err = version.Resolve(h.t.Context(), tx, wenyuan.DefaultSpace, train.AdapterKind, name, version.Production)
		return err
	})
	if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		h.t.Fatal(err)
	}
	return v.Hash
}

// TestRelease brings an adapter to those who ask and takes it back, with a real llama.cpp: who is not
// admitted is refused, the process dies in the middle, and no request fails.
func TestRelease(t *testing.T) {
	t.Parallel()
	h := releasingIn(t)
	quick := release.Terms{Steps: []int{5000, 10000}, LeastAnswers: 4, LeastTime: 1}
	order := release.Order{Model: "pupil", On: "tiny", Adapter: "long", Terms: quick}
	for name, c := range map[string]struct {
		change func(*release.Order)
		code   wenyuan.Code
	}{
		"not admitted":            {func(o *release.Order) { o.Adapter = "curt" }, wenyuan.Denied},
		"no such adapter":         {func(o *release.Order) { o.Adapter = "none" }, wenyuan.NotFound},
		"on no model":             {func(o *release.Order) { o.On = "" }, wenyuan.Invalid},
		"on a model that is none": {func(o *release.Order) { o.On = "none" }, wenyuan.NotFound},
		"a declared name":         {func(o *release.Order) { o.Model = "tiny" }, wenyuan.Conflict},
		"steps that shrink":       {func(o *release.Order) { o.Steps = []int{100, 50, 10000} }, wenyuan.Invalid},
	} {
		o := order
		c.change(&o)
		if _, err := h.Releases.Start(t.Context(), h.sc, auth.Machine(), o); wenyuan.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Releases.Start(t.Context(), h.sc.Within(scope.Edit), auth.Machine(), order); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an editor: %v", err)
	}

	h.begin(order, release.Running)
	if c := h.one.Checked; c == nil || c.Differ == 0 || c.Adapter != c.Differ {
		t.Errorf("asked first: %+v", c)
	}
	if _, err := h.Releases.Start(t.Context(), h.sc, auth.Machine(), order); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("two at once: %v", err)
	}
	h.await(func(one release.Release) bool { return strings.Contains(one.Waits, "nobody") }) // when the gateway has followed
	if s := h.shares(); len(s) != 2 {
		t.Errorf("%v", s)
	}
	if _, err := h.Releases.Pause(t.Context(), h.sc, auth.Machine(), h.one.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open() // and goes on
	if _, err := h.Releases.Go(t.Context(), h.sc, auth.Machine(), h.one.ID); err != nil {
		t.Fatal(err)
	}
	stop := h.flow()
	h.await(func(one release.Release) bool { return one.State == release.Live })
	says := h.taught()
	if got, err := h.asks("somebody"); err != nil || got != says {
		t.Errorf("live, it says %q, not %q, %v", got, says, err)
	}
	if h.labelled("long") != h.one.Hash {
		t.Error("the label of the adapter has not moved")
	}
	begun := time.Now()
	back, err := h.Releases.Back(t.Context(), h.sc, auth.Machine(), h.one.ID, "too long")
	took := time.Since(begun)
	if err != nil || back.State != release.Back || back.Why != "too long" {
		t.Fatalf("%+v, %v", back, err)
	}
	if got, err := h.asks("somebody"); err != nil || got == says {
		t.Errorf("taken back, it says %q, %v", got, err)
	}
	if asked, failed := stop(); failed > 0 || asked < 4 {
		t.Errorf("%d of %d requests failed", failed, asked)
	}
	t.Logf("taken back within %s", took)
	if h.labelled("long") != "" || len(h.shares()) != 1 {
		t.Errorf("%q %v", h.labelled("long"), h.shares())
	}
	if _, err := h.Releases.Back(t.Context(), h.sc, auth.Machine(), h.one.ID, ""); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("taken back twice: %v", err)
	}

	for document, readers := range map[string]string{"open": `["space"]`, "hr": `["group:hr"]`, "gone": ""} {
		h.write(`INSERT INTO sample_document (sample, document) SELECT MIN(id), CAST($1 AS TEXT) FROM sample WHERE source = 'long.jsonl'`, document)
		if readers != "" {
			h.write(`INSERT INTO access_class (id, space, corpus, layer, readers) VALUES ($1, 'main', 'c', 'default', $2)`, document, readers)
			h.write(`INSERT INTO access (document, space, corpus, class) VALUES ($1, 'main', 'c', $1)`, document)
		}
	}
	if _, err := h.Releases.Start(t.Context(), h.sc, auth.Machine(), order); wenyuan.CodeOf(err) != wenyuan.Denied || !strings.Contains(err.Error(), "learned from 2 documents") || strings.Contains(err.Error(), "hr") {
		t.Errorf("what not everybody may see: %v", err)
	}
	order.LeastAnswers, order.Accept = 1000, true
	h.begin(order, release.Running)
	h.write(`INSERT INTO release_tally (release, server, at, data) VALUES ($1, 'another', 1, '{"new": {"requests": 200, "failed": 60}, "old": {"requests": 200, "failed": 1}}')`, h.one.ID)
	h.await(func(one release.Release) bool { return one.State == release.Back })
	if !strings.HasPrefix(h.one.Why, "70.0 % of its 200 requests worked") {
		t.Errorf("%q", h.one.Why)
	}
	until(t, func() bool { return len(h.shares()) == 1 })
	curve, err := h.Releases.Curve(t.Context(), h.sc, h.one.ID)
	if err != nil || len(curve) != 1 || curve[0].Signal != release.Worked || curve[0].Evidence < 1 || curve[0].New.Of != 200 {
		t.Errorf("%+v, %v", curve, err)
	}

	for on, why := range map[string]string{"deaf": "without the adapter", "broken": "ended with exit status", "faint": "as its base does"} {
		order.Model, order.On = on+"-pupil", on
		h.begin(order, release.Refused)
		if !strings.Contains(h.one.Why, why) || h.one.Why == "" {
			t.Errorf("%s: %q", on, h.one.Why)
		}
		if on == "broken" && (h.one.Checked == nil || !strings.Contains(h.one.Checked.Engine, "failed to load lora")) {
			t.Errorf("the engine's last words: %+v", h.one.Checked)
		}
		if c := h.one.Checked; on == "faint" && (c == nil || c.Differ == 0 || c.Adapter > 0 || c.Likely >= c.Halfway) {
			t.Errorf("an adapter that is hardly there: %+v", c)
		}
		if one, err := h.Releases.Get(t.Context(), h.sc.Within(scope.Own), h.one.ID); err != nil || one.Checked.Engine != "" || strings.Contains(one.Why, "/") {
			t.Errorf("who is no operator is told %q of %+v, %v", one.Why, one.Checked, err)
		}
	}

	// An engine that counts less exactly says something else than either, and it is likelier the adapter's.
	order.Model, order.On = "rough-pupil", "rough"
	h.begin(order, release.Running)
	if c := h.one.Checked; c == nil || c.Adapter+c.Base == c.Differ || c.Likely <= c.Halfway || c.Halfway == 0 {
		t.Errorf("told by how likely it is: %+v", c)
	}
	if _, err := h.Releases.Back(t.Context(), h.sc, auth.Machine(), h.one.ID, ""); err != nil {
		t.Fatal(err)
	}
	h.wordless("story", "Well?")
	h.audited("release.start", "release.accept", "release.move", "release.pause", "release.go", "release.live", "release.back", "release.refuse")
}

func (h *releasing) write(query string, args ...any) {
	h.t.Helper()
	err := h.Store.Write(h.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), query, args...)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// audited says that acts stand in the audit.
func (h *releasing) audited(actions ...string) {
	h.t.Helper()
	for _, a := range actions {
		n := 0
		err := h.Store.Read(h.t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(h.t.Context(), `SELECT COUNT(*) FROM audit WHERE action = $1`, a).Scan(&n)
		})
		if err != nil || n == 0 {
			h.t.Errorf("%s does not stand in the audit: %v", a, err)
		}
	}
}

// wordless says that what is kept of releases holds none of these words.
func (h *releasing) wordless(words ...string) {
	h.t.Helper()
	for _, query := range []string{
		`SELECT id || model || base || adapter || terms || why || checked || signals FROM release`,
		`SELECT signal FROM release_point`, `SELECT data FROM release_tally`, `SELECT payload FROM audit WHERE action LIKE 'release.%'`,
	} {
		err := h.Store.Read(h.t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(h.t.Context(), query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				for _, w := range words {
					if strings.Contains(text, w) {
						h.t.Errorf("%q holds %q", text, w)
					}
				}
			}
			return rows.Err()
		})
		if err != nil {
			h.t.Error(err)
		}
	}
}
