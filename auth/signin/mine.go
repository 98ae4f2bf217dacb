package signin

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/store"
)

// A Session is one browser in which somebody is signed in.
type Session struct {
	ID      string `json:"id"`
	Created int64  `json:"created" doc:"UTC microseconds"`
	Seen    int64  `json:"seen" doc:"UTC microseconds, to the minute"`
	Expires int64  `json:"expires" doc:"UTC microseconds"`
	Address string `json:"address"`
	Agent   string `json:"agent" doc:"how the browser calls itself"`
	Way     string `json:"way" doc:"password, or the provider"`
	Current bool   `json:"current" doc:"whether it is the one that asks"`
}

// most is how many sessions are listed, the newest ones.
const most = 200

// List gives somebody's own sessions, the one used last first.
func (s *Sessions) List(ctx context.Context, who auth.Identity) (all []Session, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r store.Row) error {
			var x Session
			if err := r.Scan(&x.ID, &x.Created, &x.Seen, &x.Expires, &x.Address, &x.Agent, &x.Way); err != nil {
				return err
			}
			x.Current = x.ID == who.Session
			all = append(all, x)
			return nil
		}, `SELECT id, created, seen, expires, address, agent, way FROM signin_session
			WHERE person = $1 AND expires > $2 AND seen > $3 ORDER BY seen DESC, id LIMIT $4`, who.Principal.ID, tx.Now, tx.Now-s.idle, most)
	})
	if err != nil {
		return nil, fmt.Errorf("signin: sessions: %w", err)
	}
	return all, nil
}

// End ends one of somebody's own sessions, or all but the present one where id is "".
func (s *Sessions) End(ctx context.Context, who auth.Identity, id string) error {
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		ids, err := idsOf(ctx, tx, who.Principal.ID)
		if err != nil {
			return err
		}
		ended := 0
		for _, own := range ids {
			if own != id && (id != "" || own == who.Session) {
				continue
			}
			ended++
			if err := s.end(ctx, tx, own); err != nil {
				return err
			}
		}
		if ended == 0 && id != "" {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("you have no session %q", id), Hint: "GET /api/sessions lists them"}
		}
		return audit.Append(ctx, tx, audit.Act{Action: "signin.out", Object: who.Principal.Name, Detail: map[string]int{"sessions": ended}})
	})
	if err != nil {
		return fmt.Errorf("signin: end: %w", err)
	}
	return nil
}

// View has the session show what another person sees, by id; "" is one's own view again. Who may
// do that is for the caller to know. The token is replaced with the next request.
func (s *Sessions) View(ctx context.Context, tx *store.Tx, who auth.Identity, person string) error {
	_, err := tx.Exec(ctx, `UPDATE signin_session SET view_as = $2, rotated = 0 WHERE id = $1`, who.Session, person)
	return err
}

func idsOf(ctx context.Context, tx *store.Tx, person string) (ids []string, err error) {
	return store.Column[string](ctx, tx, `SELECT id FROM signin_session WHERE person = $1`, person)
}
