package answer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/guard"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
)

// closed is a library whose indexes cannot be read.
type closed struct{ retrieve.Library }

var errClosed = errors.New("the index cannot be read")

func (closed) Index(context.Context, scope.Scope, string, string) (*index.Index, error) {
	return nil, errClosed
}

// TestFenceWithoutAnIndex: where nobody knows whether a question is outside the field, it is not let
// through.
func TestFenceWithoutAnIndex(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, nil)
	h.Guards = guard.Open(guard.Config{Store: h.store})
	l, err := h.Guards.Save(t.Context(), h.sc, guard.Policy{Name: guard.DefaultName, Fence: guard.Fence{Mode: guard.FenceCorpus}})
	if err == nil {
		_, err = h.Guards.Release(t.Context(), h.sc, guard.DefaultName, l.Hash, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a := h.ask(t, "How many days of paid leave does an employee have?", nil); a.Refused || !strings.Contains(a.Answer, "25 days") {
		t.Errorf("%+v", a)
	}
	h.Retriever = retrieve.New(closed{h.library}, nil)
	guarded := false
	_, err = h.Ask(t.Context(), h.sc, auth.Single, answer.Question{Corpus: "docs", Text: "Write a poem about the moon."}, func(e answer.Event) {
		guarded = guarded || e.Step != nil && e.Step.Name != "guard"
	})
	if !errors.Is(err, errClosed) || wenyuan.CodeOf(err) == "guard_refused" || guarded {
		t.Errorf("%v, behind the fence: %v", err, guarded)
	}
}
