package session

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Exported is one line of an export; one of its fields is set. The turns of a conversation
// follow it, oldest first.
type Exported struct {
	Conversation *Conversation `json:"conversation,omitempty"`
	Turn         *Turn         `json:"turn,omitempty"`
	Memory       *Memory       `json:"memory,omitempty"`
}

// exportedTurns is how many turns are read at once.
const exportedTurns = 20

// Export gives out all that p said and was told, as p may see it now, conversation by
// conversation, newest first, and then what p asked to be remembered. No snapshot is held while
// give works.
func (s *Sessions) Export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, give func(Exported) error) error {
	for page := (Page{Limit: MaxList}); ; {
		list, err := s.List(ctx, sc, p, page)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := s.export(ctx, sc, p, c, give); err != nil {
				return err
			}
		}
		if len(list) < MaxList {
			break
		}
		page.Before = list[len(list)-1].ID
	}
	memories, err := s.Memories(ctx, sc, p)
	if err != nil {
		return err
	}
	for _, m := range memories {
		if err := give(Exported{Memory: &m}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sessions) export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, c Conversation, give func(Exported) error) error {
	if err := give(Exported{Conversation: &c}); err != nil {
		return err
	}
	first, last, err := s.ends(ctx, c.ID)
	if err != nil {
		return err
	}
	for at := first; at <= last; at += exportedTurns {
		turns, err := s.Turns(ctx, sc, p, c.ID, at+exportedTurns, exportedTurns)
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			return nil // it was deleted while this was read
		}
		if err != nil {
			return err
		}
		for _, t := range turns {
			if t.Number < at {
				continue // of the piece before, as the last one reaches back
			}
			if err := give(Exported{Turn: &t}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ends are the numbers of the first and the last turn; the oldest may have been dropped.
func (s *Sessions) ends(ctx context.Context, id string) (first, last int, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COALESCE(MIN(number), 1), COALESCE(MAX(number), 0) FROM turn WHERE conversation = $1`, id).Scan(&first, &last)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("session: export: %w", err)
	}
	return first, last, nil
}
