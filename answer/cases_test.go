package answer_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/store"
	"wenyuan/trace"
)

var update = flag.Bool("update", false, "write what came out into the cases")

// A story is what a case tells: documents, how the assistant is set, what models say, what
// was asked before, and what came out.
type story struct {
	setup
	assistant string   // settings as YAML; empty: the default assistant
	before    []string // questions of the conversation before this one
	remember  []string
	question  string
	closed    bool
}

// read takes a case apart. Every file that is not named here is a document.
func read(ar *txtar.Archive) (s story, want, steps int) {
	s.docs, want, steps = map[string]string{}, -1, -1
	for i, f := range ar.Files {
		text := strings.TrimSpace(string(f.Data))
		name, _, _ := strings.Cut(f.Name, " ")
		switch name {
		case "question":
			s.question = text
		case "before":
			s.before = append(s.before, text)
		case "remember":
			s.remember = append(s.remember, text)
		case "model":
			s.replies = append(s.replies, gatewaytest.Reply(say(text)))
		case "finish":
			s.replies = append(s.replies, gatewaytest.Finish("length", text))
		case "judge":
			s.judge = append(s.judge, gatewaytest.JSON(text))
		case "kappa":
			s.kappa, _ = strconv.ParseFloat(text, 64)
		case "assistant":
			s.assistant = text
		case "closed":
			s.closed = true
		case "want":
			want = i
		case "steps":
			steps = i
		default:
			s.docs[f.Name] = string(f.Data)
		}
	}
	return s, want, steps
}

// tell plays a story and writes down what came out: the answer, and the steps that led to it.
func (s story) tell(t *testing.T) (string, string) {
	t.Helper()
	ctx := context.Background()
	h := s.house(t)
	q := answer.Question{Corpus: "docs", Text: s.question}
	if s.assistant != "" {
		h.save(t, s.assistant)
		q = answer.Question{Assistant: "case", Text: s.question}
	}
	if s.closed {
		if err := h.library.SetClosed(ctx, h.sc, "docs", true); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range s.remember {
		if _, err := h.Sessions.Remember(ctx, h.sc, auth.Single, m, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.before)+len(s.remember) > 0 {
		q.Conversation = "new"
	}
	for _, b := range s.before {
		before := q
		before.Text = b
		a, err := h.Ask(ctx, h.sc, auth.Single, before, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Conversation = a.Conversation
	}
	var withheld []answer.Withheld
	var pieces, steps strings.Builder
	a, err := h.Ask(ctx, h.sc, auth.Single, q, func(e answer.Event) {
		if e.Withheld != nil {
			withheld = append(withheld, *e.Withheld)
		}
		if e.Sentence != nil {
			pieces.WriteString(e.Sentence.Piece)
		}
	})
	if err != nil {
		return fmt.Sprintf("error %s: %s\n", wenyuan.CodeOf(err), err), ""
	}
	h.sound(t, a)
	if !a.Refused && pieces.String() != a.Answer {
		t.Errorf("the pieces make %q, the answer is %q", pieces.String(), a.Answer)
	}
	for _, step := range h.trace(t, a.Trace).Steps {
		fmt.Fprintf(&steps, "%s: %s\n", step.Name, step.Summary)
	}
	return describe(a, withheld), steps.String()
}

// save saves the assistant "case" over the corpus "docs".
func (h *house) save(t *testing.T, settings string) answer.Assistant {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	as := answer.Assistant{Name: "case", Corpora: []string{"docs"}}
	if h.model != nil {
		as.Model = "script"
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&as); err != nil {
		t.Fatal(err)
	}
	if as, err = h.SaveAssistant(context.Background(), h.sc, as); err != nil {
		t.Fatal(err)
	}
	return as
}

func (h *house) trace(t *testing.T, id string) (out trace.Trace) {
	t.Helper()
	ctx := context.Background()
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		out, err = trace.Get(ctx, tx, h.sc, auth.Single, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// describe writes an answer as a case expects it.
func describe(a wenyuan.Answer, withheld []answer.Withheld) string {
	var b strings.Builder
	if a.Refused {
		fmt.Fprintf(&b, "refused: %s\n", a.Answer)
	}
	for _, s := range a.Sentences {
		fmt.Fprintf(&b, "%s %v: %s\n", s.Verdict, s.Citations, s.Text)
		if s.Reason != "" {
			fmt.Fprintf(&b, "  because: %s\n", s.Reason)
		}
	}
	for _, w := range withheld {
		fmt.Fprintf(&b, "withheld: %s\n", w.Reason)
	}
	for _, c := range a.Citations {
		fmt.Fprintf(&b, "[%d] %s %s: %q\n", c.N, c.Source, strings.Join(c.Heading, " › "), c.Quote)
	}
	for _, c := range a.Conflicts {
		fmt.Fprintf(&b, "conflict: %s\n", c.About)
	}
	if a.Notice != "" {
		fmt.Fprintf(&b, "notice: %s\n", a.Notice)
	}
	return b.String()
}

// Each case holds the documents, the question, what the model says if there is one, and the
// answer. go test ./answer -update writes the answers anew; read them before you keep them.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, want, steps := read(ar)
			got, road := s.tell(t)
			if *update {
				ar.Files[want].Data = []byte(got)
				if steps >= 0 {
					ar.Files[steps].Data = []byte(road)
				}
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(ar.Files[want].Data), got); diff != "" {
				t.Error(diff)
			}
			if steps >= 0 {
				if diff := cmp.Diff(string(ar.Files[steps].Data), road); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
