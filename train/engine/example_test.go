package engine_test

import (
	"context"
	"fmt"

	"wenyuan/train/engine"
	"wenyuan/train/engine/tokens"
)

// A tiny base of random weights learns one answer by heart.
func ExampleRun_Do() {
	base := engine.TinyBase(1)
	question := tokens.Message{Role: "user", Content: "Who?"}
	ids, learn, err := base.Tokenizer().Chat([]tokens.Message{question, {Role: "assistant", Content: "Me."}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Run{
		Spec: engine.Spec{Method: engine.SFT, Rank: 8, LR: 2e-2, Steps: 40, SeqLen: 64},
		Base: base,
		Sets: engine.Sets{Train: engine.Rows{{Tokens: ids, Learn: learn}}, Made: base.Made()},
	}.Do(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	prompt, err := base.Tokenizer().Prompt([]tokens.Message{question})
	if err != nil {
		fmt.Println(err)
		return
	}
	answers, err := engine.Generate(context.Background(), base, result.Adapter, [][]int32{prompt}, engine.Sampling{Max: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.End, base.Tokenizer().Decode(answers[0]))
	// Output: finished Me.
}
