package manner

import "context"

// AsBatch gives a context whose calls are work that nobody waits for: measuring, scanning, what is
// done with documents in the background.
func AsBatch(ctx context.Context) context.Context {
	m := Of(ctx)
	m.Class = Batch
	return With(ctx, m)
}
