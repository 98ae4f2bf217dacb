package answer

import (
	"context"
	"fmt"

	"wenyuan/guard"
	"wenyuan/session"
	"wenyuan/trace"
)

// toRemember is talk that asks for something to be remembered.
const toRemember = "remember"

// remember keeps what the person asked to be remembered, where the question is part of a
// conversation. Visitors of a channel are strangers to the next one, so nothing is kept of them, and
// nothing where the space does not record what is said.
func (w *work) remember(ctx context.Context) error {
	if w.question.Conversation == "" || w.question.Channel != "" || w.dry || w.kept != trace.Everything {
		return nil
	}
	what, ok := session.ToRemember(w.question.Text)
	if !ok {
		return nil
	}
	done := w.step("remember")
	what, err := w.memorable(ctx, what)
	if err != nil {
		return err
	}
	m, err := w.answerer.Sessions.Remember(ctx, w.scope, w.principal, what, w.conversation.ID)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.talk, w.asked = toRemember, m.Text
	done("1 memory", map[string]string{"memory": m.ID})
	return nil
}

// memorable is a text as it may be kept beyond its conversation: what records do not hold is covered,
// and for good, as tokens end with the conversation.
func (w *work) memorable(ctx context.Context, text string) (string, error) {
	g := w.screening.guard
	if g == nil {
		return text, nil
	}
	about := w.about()
	about.Vault = nil
	text, err := g.Cover(ctx, guard.Log, text, about)
	if err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	return text, nil
}
