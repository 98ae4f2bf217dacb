package corpus

import (
	"context"
	"encoding/json"
	"fmt"

	"wenyuan"
	"wenyuan/job"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/version"
)

// embedBatch is how many passages go to the embedder in one request.
const embedBatch = 64

// wantFeatures asks for what is missing beside the words: the index's own vectors, where
// enough has changed since they were learned, and those of the configured embedder.
func (l *Library) wantFeatures(ctx context.Context, tx *store.Tx, s *shelf) error {
	var kinds []string
	if s.index.Stale() {
		kinds = append(kinds, learnJob)
	}
	if l.embedder != nil {
		kinds = append(kinds, embedJob)
	}
	for _, kind := range kinds {
		j := job.Job{Space: s.space, Kind: kind, Key: s.corpus, Payload: quote(s.corpus)}
		if _, err := l.queue.Enqueue(ctx, tx, j); err != nil {
			return err
		}
	}
	return nil
}

// learn trains the index's own vectors and records their version. While files are still being
// read it leaves that to the last of them: learning once from everything is cheaper than
// again and again, and makes the result a matter of the documents and not of their order.
func (l *Library) learn(ctx context.Context, j job.Job, report func(progress any)) error {
	s, name, err := l.jobShelf(ctx, j)
	if err != nil || s == nil || !s.index.Stale() {
		return err
	}
	var open int
	err = l.store.Read(ctx, func(tx *store.Tx) (err error) {
		open, err = waiting(ctx, tx, s.space, s.corpus, nil)
		return err
	})
	if err != nil || open > 0 {
		return err
	}
	learned, err := s.index.Learn(ctx)
	if err != nil {
		return fmt.Errorf("corpus: learn %s: %w", name, l.explain(err))
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		_, err := version.Put(ctx, tx, s.space, "index", name, map[string]string{"corpus": s.corpus, "learned": learned})
		return err
	})
}

// embed asks the configured embedder for the vectors that are missing, batch by batch. Each
// batch is committed and indexed before the next, so that a stop loses one batch at most.
func (l *Library) embed(ctx context.Context, j job.Job, report func(progress any)) error {
	s, name, err := l.jobShelf(ctx, j)
	if err != nil || s == nil || l.embedder == nil {
		return err
	}
	// What comes in behind the cursor meanwhile asks for this job again, and so does opening a
	// corpus that is closed now.
	for done, cursor := 0, ""; ; {
		batch, err := l.unembedded(ctx, s, cursor)
		if err != nil {
			return fmt.Errorf("corpus: embed %s: %w", name, err)
		}
		if len(batch) == 0 {
			return nil
		}
		texts := make([]string, len(batch))
		for i, p := range batch {
			texts[i] = p.text
		}
		ask, err := l.jobContext(ctx, s)
		if err != nil {
			return fmt.Errorf("corpus: embed %s: %w", name, err)
		}
		if wenyuan.StaysInside(ask) && !l.embedsInside() {
			return nil
		}
		vectors, err := l.embedder.Embed(limit.For(ask, limit.Claim{Space: s.space}), texts)
		if err != nil {
			return fmt.Errorf("corpus: embed %s: %w", name, err)
		}
		if err := l.putVectors(ctx, s, batch, vectors); err != nil {
			return fmt.Errorf("corpus: embed %s: %w", name, err)
		}
		if err := l.catchUp(ctx, s); err != nil {
			return err
		}
		done, cursor = done+len(batch), batch[len(batch)-1].passage
		report(map[string]int{"done": done})
	}
}

// jobShelf opens what a job is about; a corpus that is gone by now gives nil.
func (l *Library) jobShelf(ctx context.Context, j job.Job) (*shelf, string, error) {
	var corpus, name string
	if err := json.Unmarshal(j.Payload, &corpus); err != nil {
		return nil, "", fmt.Errorf("corpus: job: %w", err)
	}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COALESCE(MAX(name), '') FROM corpus WHERE id = $1`, corpus).Scan(&name)
	})
	if err != nil || name == "" {
		return nil, "", err
	}
	s, err := l.shelf(ctx, corpus)
	return s, name, err
}

type unembedded struct{ passage, document, text string }

// unembedded gives the next passages behind a cursor that have no vector.
func (l *Library) unembedded(ctx context.Context, s *shelf, cursor string) ([]unembedded, error) {
	var out []unembedded
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out = nil
		return tx.Each(ctx, func(r store.Row) error {
			var u unembedded
			var extra string
			if err := r.Scan(&u.passage, &u.document, &extra, &u.text); err != nil {
				return err
			}
			if extra != "" {
				u.text = extra + "\n" + u.text
			}
			out = append(out, u)
			return nil
		}, `SELECT passage.id, passage.document, passage.context, passage.text FROM passage
			JOIN document ON document.id = passage.document AND document.revision = passage.revision
			WHERE document.corpus = $1 AND passage.id > $2
			AND NOT EXISTS (SELECT 1 FROM vector WHERE vector.passage = passage.id AND vector.embedder = $3)
			ORDER BY passage.id LIMIT $4`, s.corpus, cursor, l.embedder.Version(), embedBatch)
	})
	return out, err
}

func (l *Library) putVectors(ctx context.Context, s *shelf, batch []unembedded, vectors [][]float32) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		changed := map[string]bool{}
		for i, u := range batch {
			n, err := tx.Exec(ctx, `INSERT INTO vector (passage, embedder, data, space) SELECT $1, $2, $3, $4
				WHERE EXISTS (SELECT 1 FROM passage WHERE id = $1) ON CONFLICT (passage, embedder) DO NOTHING`,
				u.passage, l.embedder.Version(), encodeVector(vectors[i]), s.space)
			if err != nil {
				return err
			}
			if n > 0 && !changed[u.document] {
				changed[u.document] = true
				if err := logChange(ctx, tx, s.space, s.corpus, u.document, "put", ""); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
