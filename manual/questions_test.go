package manual_test

import (
	"log/slog"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/guard"
)

// firstQuestions are what people ask before anything else. The answer must hold the words; for
// a refusal there are none.
var firstQuestions = []struct{ question, words string }{
	{"How do I add my own documents?", "wenyuan add"},
	{"Which formats can it read?", "PDF with a text layer"},
	{"How do I connect a model?", "models"},
	{"What does unsupported mean?", "something hard stands against"},
	{"What does “unsupported” mean beside a sentence?", "something hard stands against"},
	{"Where is my data?", "one data folder"},
	{"How do I back up?", "wenyuan backup"},
	{"How do I restore a backup?", "wenyuan restore"},
	{"Can I use it without a model?", "Without a model"},
	{"What is a corpus?", "named collection"},
	{"How large may a file be?", "100 MiB"},
	{"What is the capital of France?", ""},
	{"如何添加自己的文档？", "wenyuan add"},
	{"能读哪些格式？", "带文字层的 PDF"},
	{"怎样接入模型？", "models"},
	{"句子旁边的“无据”是什么意思？", "相抵触"},
	{"我的数据在哪里？", "数据文件夹"},
	{"怎样备份？", "wenyuan backup"},
	{"怎样恢复备份？", "wenyuan restore"},
	{"没有模型能用吗？", "没有模型"},
	{"什么是语料库？", "一组有名字的文档"},
	{"文件最大可以多大？", "100 MiB"},
	{"法国的首都是哪里？", ""},
}

// TestFirstQuestions asks the manual as a new house holds it, without a model. The guards read it as any
// other documents.
func TestFirstQuestions(t *testing.T) {
	t.Parallel()
	a := house(t)
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.Guards.Incidents(t.Context(), sc, auth.Single, guard.IncidentFilter{})
	if err != nil || len(found.Incidents) > 0 {
		t.Errorf("%v: the guards find something in the manual, so that a new house begins with incidents: word it otherwise", err)
	}
	for _, i := range found.Incidents {
		t.Errorf("%s: %q", i.Source, i.Text)
	}
	for _, q := range firstQuestions {
		got, err := a.Answerer.Ask(t.Context(), sc, auth.Single, answer.Question{Corpus: app.ManualCorpus, Text: q.question}, nil)
		if err != nil {
			t.Fatalf("%s: %v", q.question, err)
		}
		switch {
		case q.words == "" && !got.Refused:
			t.Errorf("%s: want a refusal, got:\n%s", q.question, got.Answer)
		case !strings.Contains(got.Answer, q.words):
			t.Errorf("%s: the answer does not say %q:\n%s", q.question, q.words, got.Answer)
		}
	}
}

// house is a new one in a temporary folder, with the manual in it and all its work done.
func house(t *testing.T) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.AddManual(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}
