package session

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// MaxPage is how many turns are shown at once: each brings its answer with its originals.
const MaxPage = 100

// A Turn is one question of a conversation with its answer, as the reader may see it now.
type Turn struct {
	Number    int             `json:"number"` // from 1
	Question  string          `json:"question"`
	Trace     string          `json:"trace"`
	Created   int64           `json:"created"`             // UTC microseconds
	Answer    *wenyuan.Answer `json:"answer"`              // nil when Withdrawn
	Withdrawn bool            `json:"withdrawn,omitempty"` // the reader may no longer see what it was made from
}

// Append adds a turn, in the transaction that saves its trace and after it was saved.
// Without a title the conversation gets the question for one.
func (s *Sessions) Append(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id, question, trace string) error {
	c, err := find(ctx, tx, sc, p, id)
	if err != nil {
		return err
	}
	if question = clean(question); len(question) > MaxQuestion {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a question of a conversation has up to %d bytes", MaxQuestion), Hint: "long material belongs into a document"}
	}
	var last int
	if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(number), 0) FROM turn WHERE conversation = $1`, c.ID).Scan(&last); err != nil {
		return fmt.Errorf("session: append: %w", err)
	}
	if last >= MaxTurns {
		return full()
	}
	_, err = tx.Exec(ctx, `INSERT INTO turn (conversation, number, space, question, trace, created) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.ID, last+1, c.Space, question, trace, tx.Now)
	if err != nil {
		return fmt.Errorf("session: append: %w", err)
	}
	if c.Title == "" {
		c.Title = titleOf(question)
	}
	if _, err = tx.Exec(ctx, `UPDATE conversation SET updated = $1, title = $2 WHERE id = $3`, tx.Now, c.Title, c.ID); err != nil {
		return fmt.Errorf("session: append: %w", err)
	}
	return nil
}

func full() error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("this conversation has %d questions, and that is all it can have", MaxTurns), Hint: "begin a new one"}
}

// Turns shows the newest turns of a conversation of p's before a number (0: the end), oldest
// first. limit is 1 to MaxPage; 0 for MaxPage.
func (s *Sessions) Turns(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string, before, limit int) (turns []Turn, err error) {
	if limit <= 0 {
		limit = MaxPage
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		c, err := find(ctx, tx, sc, p, id)
		if err != nil {
			return err
		}
		if turns, err = rows(ctx, tx, c.ID); err != nil {
			return err
		}
		end := len(turns)
		for before > 0 && end > 0 && turns[end-1].Number >= before {
			end--
		}
		turns = turns[max(0, end-min(limit, MaxPage)):end]
		return answers(ctx, tx, sc, p, turns)
	})
	return turns, err
}

// rows are the turns of a conversation without their answers, oldest first.
func rows(ctx context.Context, tx *store.Tx, id string) ([]Turn, error) {
	turns, err := store.List(ctx, tx, func(r store.Row) (t Turn, err error) {
		err = r.Scan(&t.Number, &t.Question, &t.Trace, &t.Created)
		return t, err
	}, `SELECT number, question, trace, created FROM turn WHERE conversation = $1 ORDER BY number`, id)
	if err != nil {
		return nil, fmt.Errorf("session: turns: %w", err)
	}
	return turns, nil
}

// answers reads the answers of turns for whoever reads now.
func answers(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, turns []Turn) error {
	found, err := trace.Answers(ctx, tx, sc, p, traces(turns))
	if err != nil {
		return err
	}
	for i := range turns {
		if t, ok := found[turns[i].Trace]; ok && !t.Withheld() {
			turns[i].Answer = &t.Answer
		} else {
			turns[i].Withdrawn = true
		}
	}
	return nil
}

func traces(turns []Turn) []string {
	ids := make([]string, len(turns))
	for i, t := range turns {
		ids[i] = t.Trace
	}
	return ids
}

// Delete takes a conversation of p's away with its turns, their traces and what people think
// of them: nothing of what was said is left. What p asked to be remembered stays.
func (s *Sessions) Delete(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		c, err := find(ctx, tx, sc, p, id)
		if err != nil {
			return err
		}
		turns, err := rows(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE memory SET conversation = '' WHERE conversation = $1`,
			`DELETE FROM guard_token WHERE space = (SELECT space FROM conversation WHERE id = $1) AND conversation = $1`,
			`DELETE FROM turn WHERE conversation = $1`,
			`DELETE FROM conversation WHERE id = $1`,
		} {
			if _, err := tx.Exec(ctx, q, c.ID); err != nil {
				return fmt.Errorf("session: delete %s: %w", id, err)
			}
		}
		if err := trace.Delete(ctx, tx, traces(turns)); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "conversation.delete", Object: c.ID, Detail: map[string]int{"turns": len(turns)}})
	})
}

// Withdraw forgets every summary that a document may have had a part in. It belongs into the
// transaction that removes the document.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	// The text that is put in its place is never the same twice, so that a summary which is being
	// made just now finds that it is no longer wanted.
	_, err := tx.Exec(ctx, `UPDATE conversation SET summary = $1 WHERE space = $2 AND id IN
		(SELECT turn.conversation FROM turn JOIN trace_document d ON d.trace = turn.trace WHERE d.document = $3)`,
		store.NewID("dropped"), space, document)
	if err != nil {
		return fmt.Errorf("session: withdraw %s: %w", document, err)
	}
	return nil
}
