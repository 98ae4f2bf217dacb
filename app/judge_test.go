package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/eval"
	"wenyuan/eval/item"
	"wenyuan/eval/pairwise"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// TestEvalByJudge: what has no exact check is compared with the reference by a judge, in both orders; how far it is to be
// trusted is told, and one that favours a place makes ties.
func TestEvalByJudge(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	writer := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		said := map[string]string{"Why is the sky blue?": "Air scatters blue light most.", "Why is grass green?": "Bad.", "Why is snow white?": "Swayed.", "2 + 2?": "4"}[prompted(r)]
		gatewaytest.Say(said)(w, r)
	})
	judge := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Question, A, B string }
		if err := json.Unmarshal([]byte(prompted(r)), &m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		better := "a"
		switch {
		case strings.HasPrefix(m.A, "Air"), strings.HasPrefix(m.B, "Bad"):
		case strings.HasPrefix(m.B, "Air"), strings.HasPrefix(m.A, "Bad"):
			better = "b"
		}
		gatewaytest.Say(`{"better": "`+better+`"}`)(w, r)
	})
	h, err := app.Open(ctx, app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler), Models: []gateway.Spec{
		{Name: "writer", Replicas: []gateway.Replica{{URL: writer.URL}}},
		{Name: "judge", Can: []string{gateway.Chat, gateway.Judging}, Replicas: []gateway.Replica{{URL: judge.URL}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	sc, err := h.Auth.Scope(ctx, auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	items := []item.Item{
		item.Short("sky", "en", "", "Why is the sky blue?", item.Reference, "Because of scattering."),
		item.Short("grass", "en", "", "Why is grass green?", item.Judge, "Because of chlorophyll."),
		item.Short("snow", "en", "", "Why is snow white?", item.Reference, "It reflects all colours."),
		item.Short("sum", "en", "", "2 + 2?", item.Number, "4"),
	}
	begin := func(o record.Options, subject string) (record.Run, error) {
		return h.Runs.Begin(ctx, sc, auth.Machine(), run.Wanted{Subject: subject, Set: "mine", Items: items, Options: o})
	}
	for name, c := range map[string]struct {
		judge string
		want  wenyuan.Code
	}{"no judge": {"", wenyuan.Invalid}, "unknown": {"nobody", wenyuan.NotFound}, "no judge by trade": {"writer", wenyuan.Invalid}} {
		if _, err := begin(record.Options{Judge: c.judge}, "writer"); wenyuan.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	is, err := begin(record.Options{Judge: "judge"}, "writer")
	if err != nil || is.Trust != nil || is.Options.JudgeHash == "" {
		t.Fatalf("%+v, %v", is, err)
	}
	j, ok := h.Models.Get(sc.Space(), "judge")
	if !ok {
		t.Fatal("no judge")
	}
	if err := eval.SaveAgreement(ctx, h.Store, sc, eval.Agreement{Judge: "judge", Model: j.Hash(), Figures: eval.Figures{N: 50, Kappa: 0.6}}); err != nil {
		t.Fatal(err)
	}
	done := await(t, h, sc, is.ID)
	h.Runs.Told(ctx, sc, &done)
	if done.State != record.Done || done.Judged != 3 || done.Swayed != 1 || done.Right != 3 || done.Score != 0.625 || done.Trust == nil || done.Trust.Kappa != 0.6 {
		t.Errorf("%+v", done)
	}
	got := map[string]string{}
	for _, a := range answersOf(t, h, sc, done) {
		got[a.Item.ID] = a.Judged
	}
	if got["sky"] != pairwise.Win || got["grass"] != pairwise.Loss || got["snow"] != pairwise.Swayed || got["sum"] != "" {
		t.Errorf("%v", got)
	}
}

// await waits for an evaluation.
func await(t *testing.T, h *app.App, sc scope.Scope, id string) (is record.Run) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := h.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			is, err = record.Find(t.Context(), tx, sc, id)
			return err
		})
		if err != nil || time.Now().After(until) {
			t.Fatalf("%+v, %v", is, err)
		}
		if is.State != record.Queued && is.State != record.Running {
			return is
		}
	}
}

func answersOf(t *testing.T, h *app.App, sc scope.Scope, is record.Run) (all []record.Answered) {
	t.Helper()
	err := h.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		all, err = record.Items(t.Context(), tx, sc, auth.Machine().Principal, is, 0, 0, false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
