package gateway

import "context"

// Granting is a context of a request that has a turn at a replica.
func Granting(ctx context.Context, url string) context.Context {
	return granting(ctx, &replica{at: Replica{URL: url}})
}
