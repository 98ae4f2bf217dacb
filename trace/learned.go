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
	made, err := judged(ctx, tx, samples)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(append(slices.Clone(samples), made...), batch) {
		for _, q := range []string{
			`DELETE FROM judge_judgement WHERE item IN (SELECT item FROM judge_item_sample WHERE sample IN (`,
			`DELETE FROM judge_lease WHERE item IN (SELECT item FROM judge_item_sample WHERE sample IN (`,
			`UPDATE judge_item SET body = '', raw = '', gold = '', hash = id WHERE id IN (SELECT item FROM judge_item_sample WHERE sample IN (`,
		} {
			if _, err := tx.Exec(ctx, q+store.Marks(1, len(part))+`))`, store.Args(part)...); err != nil {
				return fmt.Errorf("trace: forget samples: %w", err)
			}
		}
		for _, q := range []string{
			`DELETE FROM judge_item_sample WHERE sample IN (`,
			`DELETE FROM judge_made WHERE sample IN (`,
			`UPDATE sample SET row = '', hash = id, trace = '', conversation = '', principal = '', assistant = '', source = '', line = 0, why = '', state = 'erased' WHERE id IN (`,
			`UPDATE eval_item SET item = '', output = '' WHERE sample IN (`,
			`DELETE FROM sample_person WHERE sample IN (`,
			`DELETE FROM sample_document WHERE sample IN (`,
			`DELETE FROM sample_version WHERE sample IN (`,
			`DELETE FROM sample_trace WHERE sample IN (`,
		} {
			if _, err := tx.Exec(ctx, q+store.Marks(1, len(part))+`)`, store.Args(part)...); err != nil {
				return fmt.Errorf("trace: forget samples: %w", err)
			}
		}
	}
	return nil
}

// judged are the samples that people's judgements became of items that are made of samples.
func judged(ctx context.Context, tx *store.Tx, samples []string) (all []string, err error) {
	for part := range slices.Chunk(samples, batch) {
		found, err := column(ctx, tx, `SELECT m.sample FROM judge_made m JOIN judge_item_sample s ON s.item = m.item WHERE s.sample IN (`+store.Marks(1, len(part))+`)`, store.Args(part)...)
		if err != nil {
			return nil, fmt.Errorf("trace: samples: %w", err)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// unlearn forgets the samples that were made from answers.
func unlearn(ctx context.Context, tx *store.Tx, ids []string) error {
	for part := range slices.Chunk(ids, batch) {
		samples, err := column(ctx, tx, `SELECT id FROM sample WHERE trace IN (`+store.Marks(1, len(part))+`) UNION SELECT sample FROM sample_trace WHERE trace IN (`+store.Marks(1, len(part))+`)`, store.Args(part)...)
		if err != nil {
			return fmt.Errorf("trace: samples: %w", err)
		}
		if err := ForgetSamples(ctx, tx, samples); err != nil {
			return err
		}
	}
	return nil
}

// Mined begins the source of samples that were made by comparing what people did with several answers.
const Mined = "mine:"

// unsaid forgets the samples that were made from what somebody said of an answer, which is about to be said anew,
// and those that were mined from it with what others did.
func unsaid(ctx context.Context, tx *store.Tx, id, principal string) error {
	samples, err := column(ctx, tx, `SELECT id FROM sample WHERE trace = $1 AND origin = 'feedback' AND (source = $2 OR source LIKE '`+Mined+`%')
		UNION SELECT s.id FROM sample s JOIN sample_trace t ON t.sample = s.id WHERE t.trace = $1 AND s.origin = 'feedback'`, id, principal)
	if err != nil {
		return fmt.Errorf("trace: samples: %w", err)
	}
	return ForgetSamples(ctx, tx, samples)
}
