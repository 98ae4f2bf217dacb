package trace

import (
	"context"
	"fmt"

	"wenyuan/internal/lang"
	"wenyuan/store"
)

// since says, in the language of the question, what was withdrawn from an answer.
func (t Trace) since() string {
	switch {
	case t.Withdrawn == 0:
		return ""
	case lang.Of(t.Question) == lang.Chinese:
		return fmt.Sprintf("此后移除了 %d 个文档，出自其中的内容不再显示。", t.Withdrawn)
	case t.Withdrawn == 1:
		return "1 document was removed since; what came from it is no longer shown."
	}
	return fmt.Sprintf("%d documents were removed since; what came from them is no longer shown.", t.Withdrawn)
}

// Withheld says that nothing is left of an answer, because it came from documents that were removed.
func (t Trace) Withheld() bool { return t.Withdrawn > 0 && t.Answer.Answer == "" }

// Withdraw takes a document out of every trace. It belongs into the transaction that removes the document.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	panic("being built")
}

// Delete takes traces away, with what people think of them.
func Delete(ctx context.Context, tx *store.Tx, ids []string) error {
	for from := 0; from < len(ids); from += batch {
		part := ids[from:min(from+batch, len(ids))]
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		for _, q := range []string{`DELETE FROM feedback WHERE trace IN (`, `DELETE FROM trace_document WHERE trace IN (`, `DELETE FROM trace WHERE id IN (`} {
			if _, err := tx.Exec(ctx, q+store.Marks(1, len(part))+`)`, args...); err != nil {
				return fmt.Errorf("trace: delete: %w", err)
			}
		}
	}
	return nil
}

const batch = 500 // rows of one statement
