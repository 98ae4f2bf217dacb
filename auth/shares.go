package auth

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// maxAssistant is how many bytes the name of an assistant may have.
const maxAssistant = 500

// ShareAssistant lets people, services or groups that may not ask in the space ask one of its
// assistants, which answers from what they may read. Needs Own. Whether there is such an
// assistant is the caller's to know.
func (d *Directory) ShareAssistant(ctx context.Context, sc scope.Scope, assistant string, subjects []string) error {
	if !sc.May(scope.Own) {
		return errNotOwner
	}
	if assistant == "" || len(assistant) > maxAssistant || len(subjects) == 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "sharing names an assistant, and with whom", Hint: "give both: wenyuan assistant share NAME --with person:NAME"}
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		all, err := findSubjects(ctx, tx, subjects)
		if err != nil {
			return err
		}
		for _, s := range all {
			_, err := tx.Exec(ctx, `INSERT INTO assistant_share (space, assistant, kind, member) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, sc.Space(), assistant, s.kind, s.id)
			if err != nil {
				return fmt.Errorf("auth: share an assistant: %w", err)
			}
		}
		if err := changedSubjects(ctx, tx, all); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.share", Object: assistant, Detail: map[string]any{"with": subjects}})
	})
}

// Unshare takes that back; of everybody where no subject is named. Needs Own.
func (d *Directory) Unshare(ctx context.Context, sc scope.Scope, assistant string, subjects ...string) error {
	if !sc.May(scope.Own) {
		return errNotOwner
	}
	return d.store.Write(ctx, func(tx *store.Tx) error {
		if len(subjects) == 0 {
			if err := d.DropShares(ctx, tx, sc.Space(), assistant); err != nil {
				return err
			}
		}
		all, err := findSubjects(ctx, tx, subjects)
		if err != nil {
			return err
		}
		for _, s := range all {
			_, err := tx.Exec(ctx, `DELETE FROM assistant_share WHERE space = $1 AND assistant = $2 AND kind = $3 AND member = $4`, sc.Space(), assistant, s.kind, s.id)
			if err != nil {
				return fmt.Errorf("auth: take back a share: %w", err)
			}
		}
		if err := changedSubjects(ctx, tx, all); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.unshare", Object: assistant, Detail: map[string]any{"with": subjects}})
	})
}

// DropShares forgets with whom an assistant was shared, in the transaction that removes it.
func (d *Directory) DropShares(ctx context.Context, tx *store.Tx, space, assistant string) error {
	var all []subject
	err := each(ctx, tx, func(scan func(...any) error) error {
		var s subject
		err := scan(&s.kind, &s.id)
		all = append(all, s)
		return err
	}, `DELETE FROM assistant_share WHERE space = $1 AND assistant = $2 RETURNING kind, member`, space, assistant)
	if err != nil {
		return fmt.Errorf("auth: forget the shares of an assistant: %w", err)
	}
	return changedSubjects(ctx, tx, all)
}

// Shares lists with whom assistants of the space are shared; of all assistants where none is
// named. Needs Edit or Own.
func (d *Directory) Shares(ctx context.Context, sc scope.Scope, assistant string) ([]Share, error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Own) {
		return nil, errNotEditor
	}
	list := []Share{}
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		return each(ctx, tx, func(scan func(...any) error) error {
			var x Share
			err := scan(&x.Assistant, &x.Subject)
			list = append(list, x)
			return err
		}, `SELECT s.assistant, p.kind || ':' || p.name FROM assistant_share s JOIN person p ON s.kind = 'person' AND p.id = s.member WHERE s.space = $1 AND ($2 = '' OR s.assistant = $2)
			UNION SELECT s.assistant, 'group:' || g.name FROM assistant_share s JOIN person_group g ON s.kind = 'group' AND g.id = s.member WHERE s.space = $1 AND ($2 = '' OR s.assistant = $2)
			ORDER BY 1, 2`, sc.Space(), strings.TrimSpace(assistant))
	})
	if err != nil {
		return nil, fmt.Errorf("auth: shares: %w", err)
	}
	return list, nil
}
