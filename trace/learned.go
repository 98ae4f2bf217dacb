package trace

import (
	"context"
	"fmt"
	"slices"

	"wenyuan/store"
)

// ForgetSamples takes every word out of samples that a model may learn from, and who and what they
// were made of. What stays is that there was one: the data sets that name it then have a gap. It
// stands here because it is reached from wherever an answer goes.
func ForgetSamples(ctx context.Context, tx *store.Tx, samples []string) error {
	for part := range slices.Chunk(samples, batch) {
		for _, q := range []string{
			`UPDATE sample SET row = '', hash = id, trace = '', conversation = '', principal = '', assistant = '', source = '', line = 0, why = '', state = 'erased' WHERE id IN (`,
			`UPDATE eval_item SET item = '', output = '' WHERE sample IN (`,
			`DELETE FROM sample_person WHERE sample IN (`,
			`DELETE FROM sample_document WHERE sample IN (`,
			`DELETE FROM sample_version WHERE sample IN (`,
		} {
			if _, err := tx.Exec(ctx, q+store.Marks(1, len(part))+`)`, store.Args(part)...); err != nil {
				return fmt.Errorf("trace: forget samples: %w", err)
			}
		}
	}
	return nil
}

// unlearn forgets the samples that were made from answers.
func unlearn(ctx context.Context, tx *store.Tx, ids []string) error {
	for part := range slices.Chunk(ids, batch) {
		samples, err := column(ctx, tx, `SELECT id FROM sample WHERE trace IN (`+store.Marks(1, len(part))+`)`, store.Args(part)...)
		if err != nil {
			return fmt.Errorf("trace: samples: %w", err)
		}
		if err := ForgetSamples(ctx, tx, samples); err != nil {
			return err
		}
	}
	return nil
}

// unsaid forgets the samples that were made from what somebody said of an answer, which is about to be said anew.
func unsaid(ctx context.Context, tx *store.Tx, id, principal string) error {
	samples, err := column(ctx, tx, `SELECT id FROM sample WHERE trace = $1 AND origin = 'feedback' AND source = $2`, id, principal)
	if err != nil {
		return fmt.Errorf("trace: samples: %w", err)
	}
	return ForgetSamples(ctx, tx, samples)
}
