package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/internal/lang"
	"wenyuan/store"
)

// MaxRow is the most bytes of canonical JSON that the row of a sample may have.
const MaxRow = 4 << 20

// Put keeps a sample of its space and gives its id. One with the same row of the same trace and source
// that is there already stays as it is, and added is false. Hash, Created, State, and where it is empty
// Language, are filled in. Whoever calls it has looked at who may: the sample names by what it is seen.
func Put(ctx context.Context, tx *store.Tx, s Sample) (id string, added bool, err error) {
	if err := s.Row.Check(); err != nil {
		return "", false, err
	}
	text, err := json.Marshal(s.Row)
	if err != nil {
		return "", false, fmt.Errorf("dataset: %w", err)
	}
	if len(text) > MaxRow {
		return "", false, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the row has %d bytes, more than %d", len(text), MaxRow), Hint: "cut it, or leave it out"}
	}
	if s.Hash, err = s.Row.Hash(); err != nil {
		return "", false, err
	}
	if s.Language == "" {
		s.Language = language(s.Row)
	}
	s.ID = store.NewID("smp")
	n, err := tx.Exec(ctx, insertSample+` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'ready', '', $17) ON CONFLICT DO NOTHING`, s.cells(string(text), tx.Now)...)
	if err != nil {
		return "", false, fmt.Errorf("dataset: put: %w", err)
	}
	if n == 0 {
		err := tx.QueryRow(ctx, `SELECT id FROM sample WHERE space = $1 AND hash = $2 AND trace = $3 AND source = $4`, s.Space, s.Hash, s.Trace, s.Source).Scan(&id)
		return id, false, err
	}
	return s.ID, true, s.belongs(ctx, tx)
}

const insertSample = `INSERT INTO sample (id, space, kind, origin, row, hash, trace, conversation, principal, assistant, source, line, licence, teacher, language, quality, state, why, created)`

// cells are the values of insertSample without state and why.
func (s Sample) cells(row string, now int64) []any {
	return []any{s.ID, s.Space, s.Row.Kind, s.Origin, row, s.Hash, s.Trace, s.Conversation, s.Principal, s.Assistant, s.Source, s.Line, s.Licence, s.Teacher, s.Language, millionths(s.Quality), now}
}

// belongs keeps whose words a sample has, and of what.
func (s Sample) belongs(ctx context.Context, tx *store.Tx) error {
	people := s.People
	if s.Origin != Import && s.Origin != Instruct { // who brought it or had it written has no words in it
		people = append([]string{s.Principal}, s.People...)
	}
	for _, person := range people {
		if person == "" {
			continue
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sample_person (sample, principal) VALUES ($1, $2) ON CONFLICT DO NOTHING`, s.ID, person); err != nil {
			return fmt.Errorf("dataset: put: %w", err)
		}
	}
	for _, d := range s.Documents {
		if _, err := tx.Exec(ctx, `INSERT INTO sample_document (sample, document, revision) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, s.ID, d.ID, d.Revision); err != nil {
			return fmt.Errorf("dataset: put: %w", err)
		}
	}
	for _, v := range s.Versions {
		if _, err := tx.Exec(ctx, `INSERT INTO sample_version (sample, kind, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, s.ID, v.Kind, v.Hash); err != nil {
			return fmt.Errorf("dataset: put: %w", err)
		}
	}
	return nil
}

func millionths(f float64) int64 { return int64(math.Round(min(max(f, 0), 1) * 1e6)) }

// language is that of a row, where it has one: of what is answered, and where that says nothing of what
// is asked. Chinese with names in Latin letters is Chinese.
func language(r form.Row) string {
	var b strings.Builder
	for _, list := range [][]form.Message{r.Messages, r.Chosen} {
		for _, m := range list {
			if m.Role != form.Tool && m.Role != form.System && b.Len() < 4096 {
				b.WriteString(m.Content[:min(len(m.Content), 4096)])
				b.WriteByte(' ')
			}
		}
	}
	switch text := b.String(); {
	case strings.TrimSpace(text) == "":
		return ""
	case lang.Of(text) == lang.Chinese:
		return "zh"
	}
	return "en"
}
