package app

import (
	"cmp"
	"context"
	"runtime"

	"wenyuan/gateway/admit"
	"wenyuan/gateway/manner"
	"wenyuan/limit"
)

// How many questions of assistants are looked at and searched for at once where nothing is said: for each
// processor as many as keep it busy while some of them wait for other servers, and some at least.
const (
	questionsEach  = 32
	questionsLeast = 64
)

// turns gives out the turns of questions: fair between spaces and keys, and refused at once where they would
// wait too long, as before a model.
func turns(most int) func(context.Context) (leave func(), err error) {
	places := admit.NewPlaces(cmp.Or(most, max(questionsLeast, questionsEach*runtime.GOMAXPROCS(0))), admit.Config{})
	return func(ctx context.Context) (func(), error) {
		how, who := manner.Of(ctx), limit.Of(ctx)
		return places.Take(ctx, admit.Want{Class: how.Class, Space: who.Space, Key: cmp.Or(who.Key, who.Person), Tokens: 1, Deadline: how.Deadline})
	}
}
