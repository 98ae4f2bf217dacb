package train

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/train/engine"
	engtokens "wenyuan/train/engine/tokens"
)

// A Told is an answer to a conversation.
type Told struct {
	Asked []wenyuan.Message
	Said  string
}

// Likelier says of each answer how much likelier it is by an adapter than by its base alone: the logarithm
// of the ratio of both likelihoods, in nats, below 0 where it is less likely. It tells who wrote an answer
// that neither would have written word for word. adapter is a hash. Needs Edit or Own.
func (r *Runs) Likelier(ctx context.Context, sc scope.Scope, adapter string, all []Told) ([]float64, error) {
	_, made, err := r.Version(ctx, sc, AdapterKind, adapter)
	if err != nil {
		return nil, err
	}
	base, _, err := r.base(ctx, sc.Space(), made.Base)
	if err != nil {
		return nil, err
	}
	lora, err := r.Adapter(made)
	if err != nil {
		return nil, err
	}
	var texts [][]int32
	starts := make([]int, len(all))
	for i, t := range all {
		var turns []engtokens.Message
		for _, m := range t.Asked {
			turns = append(turns, engtokens.Message{Role: m.Role, Content: m.Content})
		}
		asked, err := base.Tokenizer().Prompt(turns)
		if err != nil {
			return nil, fmt.Errorf("train: likelier: %w", err)
		}
		starts[i] = len(asked)
		texts = append(texts, append(asked, base.Tokenizer().Encode(t.Said)...))
	}
	with, err := engine.Score(ctx, base, lora, texts)
	if err != nil {
		return nil, err
	}
	without, err := engine.Score(ctx, base, nil, texts)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(all))
	for i, from := range starts {
		for k := from; k < len(texts[i]); k++ {
			out[i] += float64(with[i][k]) - float64(without[i][k])
		}
	}
	return out, nil
}
