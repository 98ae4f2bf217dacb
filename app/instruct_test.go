package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

// A writingHouse has a teacher, scripted at the wire.
type writingHouse struct {
	*app.App
	t  *testing.T
	sc scope.Scope
	id auth.Identity
}

func writingAt(t *testing.T, dir, place string, closed []string, reply gatewaytest.Reply) writingHouse {
	t.Helper()
	ctx := t.Context()
	server := gatewaytest.New(t, reply)
	h := writingHouse{t: t, id: auth.Machine()}
	var err error
	h.App, err = app.Open(ctx, app.Config{Data: dir, Program: "test", Log: slog.New(slog.DiscardHandler), Closed: closed,
		Models: []gateway.Spec{{Name: "writer", Location: place, Replicas: []gateway.Replica{{URL: server.URL}}}}})
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
	if h.sc, err = h.Auth.Scope(ctx, h.id, wenyuan.DefaultSpace); err != nil {
		t.Fatal(err)
	}
	return h
}

// order has rows written and waits until that is over.
func (h writingHouse) order(o dataset.InstructOrder) dataset.Instructed {
	h.t.Helper()
	run, err := h.Sets.Instruct(h.t.Context(), h.sc, h.id, o)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.Writing.Drain(h.t.Context(), job.Filter{}); err != nil {
		h.t.Fatal(err)
	}
	if run, err = h.Sets.Instructed(h.t.Context(), h.sc, run.ID); err != nil {
		h.t.Fatal(err)
	}
	return run
}

func (h writingHouse) made(name string) []dataset.Sample {
	h.t.Helper()
	page, err := h.Sets.Samples(h.t.Context(), h.sc, h.id.Principal, dataset.Filter{Sources: []string{name}}, "", dataset.MaxSamples)
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Samples
}

// prompted is what a model was sent by the user.
func prompted(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	var q struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(body, &q); err != nil || len(q.Messages) == 0 {
		return string(body)
	}
	return q.Messages[len(q.Messages)-1].Content
}

// teaches writes three good tasks each time, in the language that it is asked in, and some that are none.
func teaches(calls *atomic.Int64) gatewaytest.Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		word := func(i int64) string { return fmt.Sprintf("%x", (n*7919+i*104729)%1_000_003) }
		text := ""
		if strings.Contains(prompted(r), "指令：") {
			han := func(i int64) string {
				x, out := n*7919+i*104729, ""
				for range 8 {
					out, x = out+string(rune(0x4e00+x%4000)), x*31%1_000_003
				}
				return out
			}
			text = fmt.Sprintf("解释%s。\n回答：%s。\n### 任务 10\n指令：比较%s。\n回答：%s。\n### 任务 11\n指令：描述这张图片里的%s。\n回答：一只猫。\n### 任务 12\n指令：Explain the weather of this week to me.\n回答：Rain.\n", han(1), han(2), han(3), han(4), han(5))
		} else {
			text = fmt.Sprintf(" Explain %s %s %s %s.\nAnswer: It is %s.\n### Task 10\nInstruction: Compare %s %s %s %s.\nAnswer: They are %s.\n### Task 11\nInstruction: Describe the picture of a %s house.\nAnswer: Red.\n### Task 12\nInstruction: Explain how a queue keeps its messages in order.\nAnswer: By numbers.\n### Task 13\nInstruction: Name the %s\n",
				word(1), word(2), word(3), word(4), word(5), word(6), word(7), word(8), word(9), word(10), word(11), word(12))
		}
		gatewaytest.Say(text)(w, r)
	}
}

func seedRows(zh bool) (all []form.Row) {
	for _, qa := range [][3]string{
		{"Explain how a queue keeps its messages in order.", "It numbers them.", "解释队列怎样保持消息的顺序。"}, {"Name three uses of a lock.", "Doors, files and data.", "说出锁的三种用途。"},
		{"Rewrite: he go home.", "He goes home.", "改正病句：他把书放。"}, {"What is a broker?", "A server between two others.", "什么是代理服务器？"}, {"Sort 3, 1, 2.", "1, 2, 3", "把 3、1、2 排序。"},
		{"Plan a short walk for a rainy day.", "Take an umbrella and go round the block.", "为下雨天安排一次散步。"}, {"Which is larger, 0.9 or 0.11?", "0.9", "0.9 和 0.11 哪个大？"}, {"Summarise why sleep matters.", "It mends body and mind.", "概括睡眠为什么重要。"}, {"Draft a note of thanks.", "Thank you for your help.", "拟一张感谢便条。"},
	} {
		q := qa[0]
		if zh {
			q = qa[2]
		}
		all = append(all, form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: q}, {Role: form.Assistant, Content: qa[1]}}})
	}
	return all
}

// TestInstruct: a model writes rows from seeds, in both languages, each with who wrote it and its licence; it is gone on
// with where it ended, within its tokens.
func TestInstruct(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	h := writingAt(t, t.TempDir(), "", nil, teaches(&calls))
	for _, lang := range []string{"en", "zh"} {
		o := dataset.InstructOrder{Name: "made-" + lang, Seeds: seedRows(lang == "zh"), Model: "writer", Rows: 11, Licence: "Apache-2.0"}
		run := h.order(o)
		if run.State != dataset.Done || run.Made != 11 || run.Error != "" || run.Language != lang || run.Seeds != 9 || run.Left["absent"] == 0 || run.TokensIn == 0 || run.TokensOut == 0 {
			t.Fatalf("%s: %+v", lang, run)
		}
		if lang == "zh" && run.Left["language"] == 0 || lang == "en" && run.Left["alike"] == 0 {
			t.Errorf("%s: %v", lang, run.Left)
		}
		rows := h.made(o.Name)
		if len(rows) != 11 {
			t.Fatalf("%s: %d rows", lang, len(rows))
		}
		x, err := h.Sets.Sample(t.Context(), h.sc, h.id.Principal, rows[0].ID)
		if err != nil || x.Origin != dataset.Instruct || x.Teacher != "writer" || x.Licence != "Apache-2.0" || x.Language != lang || x.Line == 0 || len(x.Versions) != 1 || x.Versions[0].Kind != gateway.Kind || len(x.People) != 0 {
			t.Errorf("%s: %+v, %v", lang, x, err)
		}
		// More of the same goes on, and writes nothing twice.
		o.Rows = 15
		if run = h.order(o); run.Made != 15 || len(h.made(o.Name)) != 15 {
			t.Errorf("%s: %+v", lang, run)
		}
		o.Licence = "MIT"
		if _, err := h.Sets.Instruct(t.Context(), h.sc, h.id, o); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("under another licence: %v", err)
		}
	}
	o := dataset.InstructOrder{Name: "short", Seeds: seedRows(false), Model: "writer", Rows: 1000, Licence: "MIT", Tokens: 300, Without: []string{"Compare"}}
	run := h.order(o)
	if run.State != dataset.Done || run.Error == "" || run.Made == 0 || run.Made == 1000 || run.TokensIn+run.TokensOut > 320 || run.Left["banned"] == 0 {
		t.Errorf("a budget: %+v", run)
	}
}

// TestInstructSeeds: what a teacher is shown of a data set is what licences and people allow, and rows that it writes
// belong to the people and documents of it.
func TestInstructSeeds(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	h := writingAt(t, t.TempDir(), "", nil, teaches(&calls))
	ctx := t.Context()
	seeds := seedRows(false)
	err := h.Store.Write(ctx, func(tx *store.Tx) error {
		for i, r := range seeds {
			x := dataset.Sample{Space: wenyuan.DefaultSpace, Origin: dataset.Judged, Row: r, Principal: "psn_li", Source: "judged", Licence: "CC-BY-4.0", Conversation: "one", Documents: []dataset.Document{{ID: fmt.Sprint("doc_", i)}}}
			if i == 0 {
				x.Licence = "CC-BY-ND-4.0"
			}
			if _, _, err := dataset.Put(ctx, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sets.Build(ctx, h.sc, h.id.Principal, dataset.Recipe{Name: "seeds", Split: dataset.Split{Train: 1}}, func(dataset.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	run := h.order(dataset.InstructOrder{Name: "made", From: "seeds", Model: "writer", Rows: 4, Licence: "CC-BY-4.0"})
	if run.State != dataset.Done || run.Made != 4 || run.Seeds != 8 || run.SeedsLeft["licence"] != 1 || run.Licences["CC-BY-4.0"] != 8 || run.From == "" {
		t.Fatalf("%+v", run)
	}
	for _, m := range h.made("made") {
		x, err := h.Sets.Sample(ctx, h.sc, h.id.Principal, m.ID)
		if err != nil || !slices.Equal(x.People, []string{"psn_li"}) || len(x.Documents) != 8 || slices.ContainsFunc(x.Documents, func(d dataset.Document) bool { return d.ID == "doc_0" }) {
			t.Errorf("%+v, %v", x, err)
		}
	}
	// Half of a set may be written by models.
	rep, err := h.Sets.Build(ctx, h.sc, h.id.Principal, dataset.Recipe{Name: "both"}, func(dataset.Progress) error { return nil })
	if err != nil || rep.Set.Rows != 13 || rep.Set.Counts.Written != 4 || rep.Set.Recipe.Synthetic != dataset.DefaultSynthetic {
		t.Errorf("%+v, %v", rep, err)
	}
	_, err = h.Sets.Build(ctx, h.sc, h.id.Principal, dataset.Recipe{Name: "models", From: dataset.Filter{Origins: []string{dataset.Instruct}}}, func(dataset.Progress) error { return nil })
	if wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), "synthetic 4") {
		t.Errorf("a set of models alone: %v", err)
	}
	err = h.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := dataset.Withdraw(ctx, tx, wenyuan.DefaultSpace, "doc_3")
		return err
	})
	if left := h.made("made"); err != nil || len(left) != 0 {
		t.Errorf("after a document of the seeds went: %d, %v", len(left), err)
	}
}

// TestInstructClosed: a teacher outside is not shown rows of a space with a closed corpus, and one that cannot be
// asked makes the run fail with the reason.
func TestInstructClosed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	h := writingAt(t, t.TempDir(), gateway.Outside, []string{"docs"}, teaches(&calls))
	ctx := t.Context()
	if _, err := h.Library.Create(ctx, h.sc, "docs"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sets.Import(ctx, h.sc, h.id.Principal, dataset.ImportOrder{Name: "f", Licence: "MIT"}, strings.NewReader(`{"question":"a b?","answer":"c"}`+"\n"+`{"question":"d e?","answer":"f"}`+"\n"+`{"question":"g h?","answer":"i"}`), func(dataset.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sets.Build(ctx, h.sc, h.id.Principal, dataset.Recipe{Name: "s", Split: dataset.Split{Train: 1}}, func(dataset.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	run := h.order(dataset.InstructOrder{Name: "made", From: "s", Model: "writer", Rows: 4, Licence: "MIT"})
	if run.State != dataset.Failed || run.Error == "" || run.Made != 0 || calls.Load() != 0 {
		t.Errorf("%d calls, %+v", calls.Load(), run)
	}
	// A file that somebody brings along is theirs to send.
	if run = h.order(dataset.InstructOrder{Name: "mine", Seeds: seedRows(false), Model: "writer", Rows: 2, Licence: "MIT"}); run.State != dataset.Done || run.Made != 2 {
		t.Errorf("%+v", run)
	}
}

// TestInstructGoesOn: a house that is closed in the middle goes on where it was, and who stops it is obeyed.
func TestInstructGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var calls atomic.Int64
	begun := make(chan struct{}, 100)
	good := teaches(&calls)
	h := writingAt(t, dir, "", nil, func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		if calls.Load() >= 3 {
			<-r.Context().Done()
			return
		}
		good(w, r)
	})
	o := dataset.InstructOrder{Name: "made", Seeds: seedRows(false), Model: "writer", Rows: 30, Licence: "MIT", Parallel: 1}
	run, err := h.Sets.Instruct(t.Context(), h.sc, h.id, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		<-begun
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := writingAt(t, dir, "", nil, good)
	if err := again.Writing.Drain(t.Context(), job.Filter{}); err != nil {
		t.Fatal(err)
	}
	run, err = again.Sets.Instructed(t.Context(), again.sc, run.ID)
	if err != nil || run.State != dataset.Done || run.Made != 30 || len(again.made("made")) != 30 || run.Rounds != 15 {
		t.Errorf("%+v, %v", run, err)
	}
	o.Rows = 10_000
	if run, err = again.Sets.Instruct(t.Context(), again.sc, again.id, o); err != nil {
		t.Fatal(err)
	}
	if run, err = again.Sets.StopInstruct(t.Context(), again.sc, again.id, run.ID); err != nil || run.State != dataset.Stopped {
		t.Fatalf("%+v, %v", run, err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		ctx, end := t.Context(), func() {}
		if err := again.Writing.Drain(ctx, job.Filter{}); err == nil {
			end()
			break
		}
		if time.Now().After(until) {
			t.Fatal("it does not stop")
		}
	}
	if run, err = again.Sets.Instructed(t.Context(), again.sc, run.ID); err != nil || !run.Again() {
		t.Fatalf("%+v, %v", run, err)
	}
	wanted := run.Made + 5
	if run, err = again.Sets.InstructAgain(t.Context(), again.sc, again.id, run.ID, wanted, 0); err != nil {
		t.Fatal(err)
	}
	if err := again.Writing.Drain(t.Context(), job.Filter{}); err != nil {
		t.Fatal(err)
	}
	run, err = again.Sets.Instructed(t.Context(), again.sc, run.ID)
	if err != nil || run.State != dataset.Done || run.Made != wanted || run.Again() {
		t.Errorf("%+v, %v", run, err)
	}
	if _, err := again.Sets.InstructAgain(t.Context(), again.sc, again.id, run.ID, wanted+5, 0); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("the seeds are gone: %v", err)
	}
}
