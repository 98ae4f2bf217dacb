package app

import (
	"context"
	"iter"

	"wenyuan"
	"wenyuan/gateway/manner"
)

// What gives an opinion of a request is asked beside it: neither kept with its answer nor told as what
// answered it.
type (
	besideWriter    struct{ of wenyuan.Model }
	besideJudge     struct{ of wenyuan.Judge }
	besideModerator struct{ of wenyuan.Moderator }
)

// Stream asks a model for its opinion.
func (b besideWriter) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return b.of.Stream(manner.Beside(ctx), r)
}

// Judge asks a judge.
func (b besideJudge) Judge(ctx context.Context, evidence, claim string) (wenyuan.Opinion, error) {
	return b.of.Judge(manner.Beside(ctx), evidence, claim)
}

// Moderate asks a service.
func (b besideModerator) Moderate(ctx context.Context, text string) (map[string]float64, error) {
	return b.of.Moderate(manner.Beside(ctx), text)
}
