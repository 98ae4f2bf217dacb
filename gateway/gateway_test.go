package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
)

// TestMain is also an engine that answers everything but the question whether it is ready with an error.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "answers-500" {
		http.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) })
		http.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
		fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Args[2], nil))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

var hello = wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "你好"}}}

// said collects a stream.
func said(m wenyuan.Model, ctx context.Context) (text string, last wenyuan.Chunk, err error) {
	return told(m, ctx, hello)
}

func told(m wenyuan.Model, ctx context.Context, r wenyuan.Request) (text string, last wenyuan.Chunk, err error) {
	for c, e := range m.Stream(ctx, r) {
		if e != nil {
			return text, last, e
		}
		text, last = text+c.Text, c
	}
	return text, last, nil
}

func open(t *testing.T, c gateway.Config) *gateway.Models {
	t.Helper()
	m, err := gateway.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// at is a model at addresses.
func at(name string, urls ...string) gateway.Spec {
	s := gateway.Spec{Name: name}
	for _, u := range urls {
		s.Replicas = append(s.Replicas, gateway.Replica{URL: u})
	}
	return s
}

func get(t *testing.T, m *gateway.Models, name string) *gateway.Model {
	t.Helper()
	o, ok := m.Get(wenyuan.DefaultSpace, name)
	if !ok {
		t.Fatalf("there is no model %s", name)
	}
	return o
}

func TestModels(t *testing.T) {
	t.Parallel()
	down, busy, up := New(t, Fail(500, "")), New(t, Fail(429, "")), New(t, Say("from the third"))
	vectors := at("v", up.URL)
	vectors.Can = []string{gateway.Embeddings}
	m := open(t, gateway.Config{Declared: []gateway.Spec{vectors, at("b", down.URL, busy.URL, up.URL), at("a", up.URL)}})
	if d := cmp.Diff([]string{"b", "a"}, m.Names(wenyuan.DefaultSpace)); d != "" {
		t.Error(d)
	}
	model, ok := m.Default(wenyuan.DefaultSpace)
	if !ok || model.Name() != "b" {
		t.Fatalf("the default is %v", model)
	}
	text, _, err := said(model, t.Context())
	if text != "from the third" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if f := m.Figures()[1]; f.Errors[wenyuan.Unavailable] != 1 || f.Errors[wenyuan.Limited] != 1 || f.Requests != 1 {
		t.Errorf("what was passed over is not counted: %+v", f)
	}
	if _, ok := m.Get(wenyuan.DefaultSpace, "c"); ok {
		t.Error("an unknown model was found")
	}
	if err := m.Replace([]gateway.Spec{at("b", up.URL)}, nil); err != nil {
		t.Fatal(err)
	}
	before := len(down.Requests()) + len(busy.Requests())
	if text, _, err := said(model, t.Context()); err != nil || text != "from the third" { // who holds it is served by what is declared now
		t.Errorf("%q, %v", text, err)
	}
	if after := len(down.Requests()) + len(busy.Requests()); after != before {
		t.Error("an address that is no longer configured is asked")
	}
	if err := m.Replace(nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Default(wenyuan.DefaultSpace); ok {
		t.Error("a model is left after all were taken away")
	}
	if err := m.Replace([]gateway.Spec{at("x", up.URL), at("x", up.URL)}, nil); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("two models of one name: %v", err)
	}
}

// TestNoSecondTry: after the first chunk was handed on, another replica is not asked.
func TestNoSecondTry(t *testing.T) {
	t.Parallel()
	breaks, up := New(t, BreakOff("half ")), New(t, Say("whole"))
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", breaks.URL, up.URL)}})
	text, _, err := said(get(t, m, "m"), t.Context())
	if text != "half " || wenyuan.CodeOf(err) != wenyuan.Unavailable || len(up.Requests()) != 0 {
		t.Errorf("%q, %v, %d requests to the other", text, err, len(up.Requests()))
	}
}

func TestPriceAndFigures(t *testing.T) {
	t.Parallel()
	s := at("m", New(t, Say("a", "b"), Fail(500, "")).URL)
	s.Price = &gateway.Price{Input: 2, Output: 10, Currency: "CNY"}
	m := open(t, gateway.Config{Declared: []gateway.Spec{s}})
	_, last, err := said(get(t, m, "m"), t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &wenyuan.Usage{Prompt: 7, Completion: 2, Cost: (7*2.0 + 2*10) / 1e6, Currency: "CNY"}
	if d := cmp.Diff(want, last.Usage); d != "" {
		t.Error(d)
	}
	if _, _, err := said(get(t, m, "m"), t.Context()); err == nil {
		t.Fatal("no error")
	}
	f := m.Figures()[0]
	if f.First <= 0 {
		t.Errorf("the first piece took %s", f.First)
	}
	f.First = 0
	if d := cmp.Diff(gateway.Figure{Model: "m", Requests: 2, Errors: map[wenyuan.Code]int64{wenyuan.Unavailable: 1}, Prompt: 7, Completion: 2,
		Cost: map[string]float64{"CNY": want.Cost}, Firsts: 1}, f); d != "" {
		t.Error(d)
	}
}

// TestAbilities: what a model is not declared for is refused instead of being passed over.
func TestAbilities(t *testing.T) {
	t.Parallel()
	srv := New(t, Say("x"))
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", srv.URL)}}), "m")
	for what, r := range map[string]wenyuan.Request{"tools": {Tools: []wenyuan.Tool{{Name: "clock"}}}, "json_schema": {Schema: &wenyuan.Schema{Name: "x"}}} {
		for _, err := range m.Stream(t.Context(), r) {
			if wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	_, embeds := m.Embedder()
	_, reranks := m.Reranker()
	_, judges := m.Judge()
	if embeds || reranks || judges || len(srv.Requests()) != 0 {
		t.Errorf("a chat model embeds %v, reranks %v, judges %v; %d requests", embeds, reranks, judges, len(srv.Requests()))
	}
}

func TestChatModelAsJudge(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]wenyuan.Opinion{
		`{"entailed": 0.9, "contradicted": 0.05}`:                    {Entailed: 0.9, Contradicted: 0.05},
		"```json\n{\"entailed\": 0, \"contradicted\": 1}\n``` Done.": {Contradicted: 1},
		`{"entailed": 1, "contradicted": 1}`:                         {Entailed: 0.5, Contradicted: 0.5},
	} {
		srv := New(t, Say(reply))
		s := at("j", srv.URL)
		s.Can = []string{gateway.Judging, gateway.JSONSchema}
		j, ok := get(t, open(t, gateway.Config{Declared: []gateway.Spec{s}}), "j").Judge()
		if !ok {
			t.Fatal("no judge")
		}
		got, err := j.Judge(t.Context(), "The pump runs. \"}", "泵在运行。")
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", reply, err, d)
		}
		if body := srv.Requests()[0].Body; !strings.Contains(body, "json_schema") || !strings.Contains(body, "泵在运行。") {
			t.Errorf("sent %s", body)
		}
	}
	for _, reply := range []string{"It is entailed.", `{"entailed": 2, "contradicted": 0}`, `{"entailed": 0.5}`, `}{`} {
		s := at("j", New(t, Say(reply)).URL)
		s.Can = []string{gateway.Judging}
		j, _ := get(t, open(t, gateway.Config{Declared: []gateway.Spec{s}}), "j").Judge()
		if o, err := j.Judge(t.Context(), "e", "c"); wenyuan.CodeOf(err) != wenyuan.Unavailable || o != (wenyuan.Opinion{}) {
			t.Errorf("%s: %+v, %v", reply, o, err)
		}
	}
}
