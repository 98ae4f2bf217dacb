package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train"
	"wenyuan/version"
)

// A Check is what came out when the served adapter was asked. It holds no word that was asked or said.
type Check struct {
	Set     string  `json:"set,omitempty" doc:"hash of the data set of the adapter that the questions are of; neutral ones where it is missing"`
	Rows    []int   `json:"rows,omitempty" doc:"their numbers in it"`
	Asked   int     `json:"asked" doc:"how many questions were asked"`
	Differ  int     `json:"differ" doc:"of them: those to which adapter and base say different things"`
	Adapter int     `json:"adapter" doc:"of those: answers that are the adapter's word for word"`
	Base    int     `json:"base" doc:"of those: answers that are the base's word for word"`
	Likely  float64 `json:"likely,omitempty" doc:"where some are neither: how much likelier the answers are by the adapter than by the base, in nats"`
	Halfway float64 `json:"halfway,omitempty" doc:"the same, halfway between the base's own answers and the adapter's; above it they are the adapter's"`
	Engine  string  `json:"engine,omitempty" doc:"the last words of an engine that refused the adapter, for operators: they may hold paths of the server"`
	Slowest int64   `json:"slowest_us,omitempty" doc:"microseconds that the slowest answer took"`
}

// Bounds of the check.
const (
	maxPrompts = 6
	maxPrompt  = 4000 // code points of a question
	maxWords   = 48   // tokens of an answer
	maxWait    = time.Minute
)

// neutral is asked where the adapter's own sets hold nothing that its beginner may see.
var neutral = []string{"What can you help me with?", "Summarise what you know in two sentences.", "你能帮我做什么？", "用两句话概括你知道的内容。", "List three facts.", "Hello!"}

// choose picks what the adapter is asked, from a set that it learned from: of its held-out rows, or, where
// there are none, of others, as they are to show which adapter answers and not how well. Only rows count
// that p may see.
func (r *Releases) choose(ctx context.Context, sc scope.Scope, p wenyuan.Principal, v wenyuan.Version) (c Check, err error) {
	var sets []wenyuan.Version
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		up, err := version.Parents(ctx, tx, sc.Space(), v)
		sets = slices.DeleteFunc(up, func(p wenyuan.Version) bool { return p.Kind != dataset.Kind })
		return err
	})
	if err != nil {
		return c, err
	}
	for _, split := range []string{dataset.Valid, dataset.Test, dataset.Train} {
		for _, set := range sets {
			c = Check{Set: set.Hash}
			for row, err := range r.Sets.Rows(ctx, sc, p, set.Hash, split) {
				if err != nil {
					return c, err
				}
				if _, ok := asked(row.Row); ok {
					c.Rows = append(c.Rows, row.Number)
				}
				if len(c.Rows) == maxPrompts {
					break
				}
			}
			if len(c.Rows) > 0 {
				return c, nil
			}
		}
	}
	return Check{}, nil
}

// asked is what of a row is asked: everything before the last answer.
func asked(row form.Row) (messages []wenyuan.Message, ok bool) {
	said := row.Messages
	if n := len(said); n > 0 && said[n-1].Role == form.Assistant {
		said = said[:n-1]
	}
	size := 0
	for _, m := range said {
		if size += utf8.RuneCountInString(m.Content); m.Calls != nil || m.Role == form.Tool {
			return nil, false
		}
		messages = append(messages, wenyuan.Message{Role: m.Role, Content: m.Content})
	}
	n := len(messages)
	return messages, n > 0 && messages[n-1].Role == form.User && size <= maxPrompt && row.Tools == nil
}

// prompts are what was chosen, read again.
func (r *Releases) prompts(ctx context.Context, sc scope.Scope, c Check) (all [][]wenyuan.Message, err error) {
	for _, n := range c.Rows {
		for row, err := range r.Sets.RowsFrom(ctx, sc, wenyuan.Principal{}, c.Set, "", n) {
			if err != nil {
				return nil, err
			}
			if messages, ok := asked(row.Row); ok && row.Number == n {
				all = append(all, messages)
			}
			break
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	for _, text := range neutral {
		all = append(all, []wenyuan.Message{{Role: "user", Content: text}})
	}
	return all, nil
}

// failed says why a release ends before anybody is served.
func failed(message, hint string) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: message, Hint: hint}
}

// check asks the served adapter, and holds what it says against what the trainer says with the adapter and
// without it. The result says how that came out, the error why it is not the adapter.
func (r *Releases) check(ctx context.Context, sc scope.Scope, one Release) (c Check, err error) {
	if one.Checked != nil {
		c = Check{Set: one.Checked.Set, Rows: one.Checked.Rows}
	}
	prompts, err := r.prompts(ctx, sc, c)
	if err != nil {
		return c, err
	}
	c.Asked = len(prompts)
	on, err := r.Training.Under(ctx, sc, one.Hash)
	if err != nil {
		return c, err
	}
	adapter := wenyuan.Version{Kind: train.AdapterKind, Name: one.Adapter, Hash: one.Hash}
	var says [3][]string // by the adapter, by its base, and as it is served
	for i, ask := range []func(p []wenyuan.Message) (string, error){
		func(p []wenyuan.Message) (string, error) { return r.said(ctx, sc, adapter, p) },
		func(p []wenyuan.Message) (string, error) { return r.said(ctx, sc, on, p) },
		func(p []wenyuan.Message) (string, error) { return r.served(ctx, one, p, &c) },
	} {
		for _, p := range prompts {
			text, err := ask(p)
			if err != nil {
				return c, err
			}
			says[i] = append(says[i], text)
		}
	}
	return c, r.judge(ctx, sc, one, &c, prompts, says)
}

func (r *Releases) said(ctx context.Context, sc scope.Scope, v wenyuan.Version, p []wenyuan.Message) (string, error) {
	said, err := r.Training.Say(ctx, sc, v, p, maxWords)
	return strings.TrimSpace(said.Text), err
}

// served asks the version that nobody else is given yet.
func (r *Releases) served(ctx context.Context, one Release, p []wenyuan.Message, c *Check) (string, error) {
	m, ok := r.Models.At(one.space, one.Model, one.Candidate)
	if !ok {
		return "", failed("the version with the adapter cannot be found among the models", "begin again")
	}
	ctx, cancel := context.WithTimeout(wenyuan.StayInside(manner.With(ctx, manner.Manner{Class: manner.Service})), maxWait)
	defer cancel()
	cold, seed := 0.0, int64(1)
	var b strings.Builder
	begun := time.Now()
	for chunk, err := range m.Stream(ctx, wenyuan.Request{Messages: p, Temperature: &cold, Seed: &seed, MaxTokens: maxWords, Whole: true}) {
		if err != nil {
			return "", fmt.Errorf("asked before anybody else, the model with the adapter gave no answer: %w", err)
		}
		b.WriteString(chunk.Text)
	}
	c.Slowest = max(c.Slowest, time.Since(begun).Microseconds())
	if !utf8.ValidString(b.String()) || strings.Contains(b.String(), "\x00") {
		return "", failed("the model with the adapter answered with what is no text", "look at the serving engine: wenyuan gateway engines")
	}
	return strings.TrimSpace(b.String()), nil
}

// judge says whether what was served is the adapter's. Where it is neither the adapter's nor the base's
// word for word, because the engine counts with fewer bits, it is the adapter's where it is likelier so:
// by the logarithm of the ratio of both likelihoods, beside what the adapter's and the base's own answers have.
func (r *Releases) judge(ctx context.Context, sc scope.Scope, one Release, c *Check, prompts [][]wenyuan.Message, says [3][]string) error {
	var told []train.Told
	silent := 0
	for i, p := range prompts {
		if says[2][i] == "" && says[0][i] != "" {
			silent++
		}
		if says[0][i] == says[1][i] {
			continue
		}
		c.Differ++
		switch says[2][i] {
		case says[0][i]:
			c.Adapter++
		case says[1][i]:
			c.Base++
		}
		for k := range says {
			told = append(told, train.Told{Asked: p, Said: says[k][i]})
		}
	}
	switch {
	case silent > 0:
		return failed(fmt.Sprintf("asked before anybody else, the model with the adapter said nothing to %d of %d questions", silent, c.Asked), "look at the serving engine: wenyuan gateway engines")
	case c.Differ == 0:
		return failed(fmt.Sprintf("the adapter says the same as its base to all of %d questions, so that it cannot be told which of them is served", c.Asked), "an adapter that changes nothing need not be released; train it for longer, or on more")
	case c.Adapter == c.Differ:
		return nil
	}
	likely, err := r.Training.Likelier(ctx, sc, one.Hash, told)
	if err != nil {
		return err
	}
	var sum [3]float64
	for i, x := range likely {
		sum[i%3] += x
	}
	c.Likely, c.Halfway = sum[2], (sum[0]+sum[1])/2
	if c.Likely > c.Halfway {
		return nil
	}
	return failed(fmt.Sprintf("asked before anybody else, the model answered as its base does and not as the adapter: %d of %d answers are the base's word for word", c.Base, c.Differ), "look whether the serving engine has loaded the adapter, on the weights that it was made for")
}
