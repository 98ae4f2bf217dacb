package prompt

import (
	"context"
	"errors"

	"wenyuan"
)

// A counter counts tokens for one prompt, by the model's tokenizer where there is one. A
// tokenizer that fails is done without from then on.
type counter struct {
	ctx    context.Context
	exact  wenyuan.Tokenizer // nil: the estimate
	guess  estimate
	failed error
	known  map[string]int
}

func newCounter(ctx context.Context, exact wenyuan.Tokenizer, model string) *counter {
	guess, _ := EstimateFor(model).(estimate)
	return &counter{ctx: ctx, exact: exact, guess: guess, known: map[string]int{}}
}

// of counts the tokens of a text.
func (c *counter) of(text string) int {
	if c.exact == nil {
		return c.guess.count(text)
	}
	if n, ok := c.known[text]; ok {
		return n
	}
	n, err := c.exact.Count(c.ctx, text)
	if err == nil && n < 0 {
		err = errors.New("it counted less than nothing")
	}
	if err != nil {
		c.failed, c.exact = err, nil
		return c.guess.count(text)
	}
	c.known[text] = n
	return n
}

// sentence counts a part of a text whose count is known, without asking a tokenizer that may
// be a server: by the estimate, brought to the scale of the whole.
func (c *counter) sentence(part, whole string) int {
	n := c.guess.count(part)
	if c.exact == nil {
		return n
	}
	if all := c.guess.count(whole); all > 0 {
		return n*c.of(whole)/all + 1
	}
	return n
}
