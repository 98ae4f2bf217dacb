package session

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// A summary stands for the oldest turns of a conversation. It is derived: whenever a turn
// that it covers may not be seen it is as if it were not there.
type summary struct {
	Text      string   `json:"text"`
	Turns     []int    `json:"turns"`     // the numbers of those it was made from
	Through   int      `json:"through"`   // the last turn that was looked at for it
	Documents []string `json:"documents"` // that had a part in those turns

	raw string // as it is stored, to see whether it is still the same
}

// past is what one reader may see of a conversation.
type past struct {
	conversation Conversation
	summary      summary
	turns        []Turn // that may be seen and are not in the summary, oldest first; without answers
	withdrawn    int
	memories     []Memory
}

// read finds what may be seen of a conversation, without any answer.
func (s *Sessions) read(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id string) (h past, err error) {
	if h.conversation, err = find(ctx, tx, sc, p, id); err != nil {
		return h, err
	}
	if h.conversation.Turns >= MaxTurns {
		return h, full()
	}
	turns, err := rows(ctx, tx, h.conversation.ID)
	if err != nil {
		return h, err
	}
	seen, err := trace.Visible(ctx, tx, sc, p, traces(turns))
	if err != nil {
		return h, err
	}
	if err := tx.QueryRow(ctx, `SELECT summary FROM conversation WHERE id = $1`, h.conversation.ID).Scan(&h.summary.raw); err != nil {
		return h, fmt.Errorf("session: summary of %s: %w", id, err)
	}
	h.summary = h.summary.valid(sc, turns, seen)
	for _, t := range turns {
		switch {
		case !seen[t.Trace]:
			h.withdrawn++
		case t.Number > h.summary.Through:
			h.turns = append(h.turns, t)
		}
	}
	h.memories, err = memories(ctx, tx, sc, p)
	return h, err
}

// valid reads the stored text, and gives the summary only when the reader may see all that it
// was made from.
func (s summary) valid(sc scope.Scope, turns []Turn, seen map[string]bool) summary {
	none := summary{raw: s.raw}
	if json.Unmarshal([]byte(s.raw), &s) != nil || s.Text == "" { // dropped, or never made
		return none
	}
	left := map[int]bool{}
	for _, t := range turns {
		left[t.Number] = seen[t.Trace]
	}
	hidden := func(n int) bool { return !left[n] }
	unseen := func(d string) bool { return !sc.Sees(sc.Space(), d) }
	if slices.ContainsFunc(s.Turns, hidden) || slices.ContainsFunc(s.Documents, unseen) {
		return none
	}
	return s
}

// keep stores a summary in the place of another, unless somebody was quicker: then what was
// made is still good for this one question.
func (s *Sessions) keep(ctx context.Context, id string, old, made summary) error {
	raw, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("session: summary: %w", err)
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE conversation SET summary = $1 WHERE id = $2 AND summary = $3`, string(raw), id, old.raw)
		return err
	})
	if err != nil {
		return fmt.Errorf("session: keep the summary of %s: %w", id, err)
	}
	return nil
}
