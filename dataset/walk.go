package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// where is a filter as a condition on sample s, beside the space.
func (f Filter) where(args []any) (string, []any) {
	var b strings.Builder
	in := func(column string, given []string) {
		if len(given) > 0 {
			fmt.Fprintf(&b, ` AND %s IN (%s)`, column, store.Marks(len(args)+1, len(given)))
			args = append(args, store.Args(given)...)
		}
	}
	from := func(column string, least int64) {
		if least > 0 {
			args = append(args, least)
			fmt.Fprintf(&b, ` AND %s >= $%d`, column, len(args))
		}
	}
	in(`s.origin`, f.Origins)
	in(`s.kind`, f.Kinds)
	in(`s.assistant`, f.Assistants)
	in(`s.language`, f.Languages)
	in(`s.source`, f.Sources)
	in(`s.state`, one(f.State))
	from(`s.quality`, millionths(f.Quality))
	from(`s.created`, f.Since)
	if len(f.Corpora) > 0 {
		fmt.Fprintf(&b, ` AND EXISTS (SELECT 1 FROM sample_document w JOIN document d ON d.id = w.document JOIN corpus c ON c.id = d.corpus WHERE w.sample = s.id AND c.name IN (%s))`, store.Marks(len(args)+1, len(f.Corpora)))
		args = append(args, store.Args(f.Corpora)...)
	}
	return b.String(), args
}

const sampleColumns = `s.id, s.space, s.origin, s.row, s.hash, s.trace, s.conversation, s.principal, s.assistant, s.source, s.line, s.licence, s.teacher, s.language, s.quality, s.state, s.why, s.created`

func scanSample(rows store.Row) (s Sample, err error) {
	var text, why string
	var quality int64
	err = rows.Scan(&s.ID, &s.Space, &s.Origin, &text, &s.Hash, &s.Trace, &s.Conversation, &s.Principal, &s.Assistant, &s.Source, &s.Line, &s.Licence, &s.Teacher, &s.Language, &quality, &s.State, &why, &s.Created)
	if err != nil {
		return s, err
	}
	s.Quality = float64(quality) / 1e6
	if text != "" {
		if err := json.Unmarshal([]byte(text), &s.Row); err != nil {
			return s, fmt.Errorf("the row of %s: %w", s.ID, err)
		}
	}
	if why != "" {
		err = json.Unmarshal([]byte(why), &s.Why)
	}
	return s, err
}

// page reads the next samples that a filter means, in the order of their ids, with which of them p
// may see by the scope.
func page(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Filter, after string, most int) (all []Sample, seen map[string]bool, err error) {
	if sc.Space() == "" {
		return nil, nil, nil
	}
	where, args := f.where([]any{sc.Space(), after})
	var ids []string
	err = tx.Each(ctx, func(r store.Row) error {
		s, err := scanSample(r)
		if err != nil {
			return err
		}
		all, ids = append(all, s), append(ids, s.ID)
		return nil
	}, fmt.Sprintf(`SELECT %s FROM sample s WHERE s.space = $1 AND s.id > $2%s ORDER BY s.id LIMIT %d`, sampleColumns, where, most), args...)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: samples: %w", err)
	}

	seen, err = visible(ctx, tx, sc, p, ids)
	return all, seen, err
}

// walk goes through all samples that a filter means; f is told of each whether p may see it.
func (s *Sets) walk(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f Filter, each func(Sample, bool) error) error {
	for after := ""; ; {
		var all []Sample
		var seen map[string]bool
		err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			all, seen, err = page(ctx, tx, sc, p, f, after, pageRows)
			return err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		for _, x := range all {
			if err := each(x, seen[x.ID]); err != nil {
				return err
			}
		}
		after = all[len(all)-1].ID
	}
}
