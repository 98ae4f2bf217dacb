package prompt

import "context"

// Build makes the prompt of one question.
func Build(ctx context.Context, in Input) (Built, error) { panic("being built") }
