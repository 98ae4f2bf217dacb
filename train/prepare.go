package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/train/engine"
	engtokens "wenyuan/train/engine/tokens"
)

// A Prepared says what a run learns from, as tokens. It is written when all of them are.
type Prepared struct {
	Train   Part           `json:"train"`
	Held    Part           `json:"held"`
	General Part           `json:"general"`            // of Train: what the mix brought
	LeftOut map[string]int `json:"left_out,omitempty"` // rows, by why: too_long, tools, kind, template
}

// A Part is some samples.
type Part struct {
	Samples int    `json:"samples"`
	Tokens  int64  `json:"tokens"`
	Digest  string `json:"digest,omitempty"`
}

// Why a row is not learned from.
const (
	tooLong   = "too_long" // more tokens than seq_len
	withTools = "tools"    // calls of tools, for which there is no template yet
	otherKind = "kind"     // a preference where answers are learned, or the other way round
)

// prepare turns the rows of a run's sets into tokens on the disk, unless that is done already.
func (r *Runs) prepare(ctx context.Context, sc scope.Scope, run Run, base *engine.Base) (p Prepared, err error) {
	dir := r.dirOf(run.ID)
	done := filepath.Join(dir, "prepared.json")
	raw, err := os.ReadFile(done)
	if err == nil {
		return p, json.Unmarshal(raw, &p)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("train: %w", err)
	}
	c := cutter{recipe: run.Recipe, tokenizer: base.Tokenizer(), left: map[string]int{}}
	all := func(set, split string) source { return r.rows(ctx, sc, set, split) }
	if p.Train, p.General, err = c.training(filepath.Join(dir, "train"), all(run.Dataset, dataset.Train), all, run.General); err != nil {
		return p, err
	}
	if p.Held, err = c.write(filepath.Join(dir, "held"), all(run.Dataset, dataset.Valid)); err != nil {
		return p, err
	}
	if p.LeftOut = c.left; p.Train.Samples == 0 {
		return p, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("nothing of the set can be learned by %s: %s", run.Recipe.Method, leftOut(c.left)), Hint: "dpo and reward learn from preferences, sft from answers; seq_len bounds how long a row is"}
	}
	raw, err = json.Marshal(p)
	if err == nil {
		err = os.WriteFile(done+".part", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(done+".part", done)
	}
	return p, err
}

// leftOut says of how many rows why.
func leftOut(left map[string]int) string {
	raw, err := json.Marshal(left)
	if err != nil || len(left) == 0 {
		return "the set has no row in train"
	}
	return string(raw)
}

// A source gives the rows of a set one by one.
type source func(yield func(form.Row) error) error

func (r *Runs) rows(ctx context.Context, sc scope.Scope, set, split string) source {
	return func(yield func(form.Row) error) error {
		for row, err := range r.Sets.Rows(ctx, sc, wenyuan.Principal{}, set, split) {
			if err != nil {
				return err
			}
			if err := yield(row.Row); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
}

// A cutter makes rows into samples.
type cutter struct {
	recipe    Recipe
	tokenizer *engtokens.Tokenizer
	left      map[string]int
}

// write writes the samples of a source.
func (c *cutter) write(path string, from source) (p Part, err error) {
	w, err := newTokenWriter(path)
	if err != nil {
		return p, err
	}
	if err := c.pour(w, from, &p); err != nil {
		return p, errors.Join(err, w.close())
	}
	p.Digest, err = w.done()
	return p, err
}

// training writes what a run learns from: its set, and of the general one as many rows as the mix
// asks for, chosen by the seed.
func (c *cutter) training(path string, domain source, all func(set, split string) source, general string) (p, mixed Part, err error) {
	w, err := newTokenWriter(path)
	if err != nil {
		return p, mixed, err
	}
	if err = c.pour(w, domain, &p); err == nil && general != "" {
		share := c.recipe.Mix.Domain
		mixed, err = c.mix(w, all(general, dataset.Train), int64(float64(p.Tokens)*(1-share)/share))
	}
	if err != nil {
		return p, mixed, errors.Join(err, w.close())
	}
	p.Samples += mixed.Samples
	p.Tokens += mixed.Tokens
	p.Digest, err = w.done()
	return p, mixed, err
}

// mix adds rows of a source until they have as many tokens as are wanted. Which ones is a function
// of the seed: each row draws a number, and the lowest are taken. The source is gone through twice.
func (c *cutter) mix(w *tokenWriter, from source, want int64) (p Part, err error) {
	type drawn struct {
		lot  uint64
		row  int
		size int64
	}
	var lots []drawn
	r, n := rand.New(rand.NewPCG(c.recipe.Seed, 0x6d6978)), 0
	err = from(func(row form.Row) error {
		lot := r.Uint64()
		parts, why, err := c.sample(row)
		if err == nil && why == "" {
			lots = append(lots, drawn{lot, n, size(parts)})
		}
		n++
		return err
	})
	if err != nil {
		return p, err
	}
	slices.SortFunc(lots, func(a, b drawn) int {
		if a.lot < b.lot {
			return -1
		}
		return 1
	})
	taken := map[int]bool{}
	for _, l := range lots {
		if want <= 0 {
			break
		}
		taken[l.row], want = true, want-l.size
	}
	n = -1
	return p, c.pour(w, func(yield func(form.Row) error) error {
		return from(func(row form.Row) error {
			if n++; taken[n] {
				return yield(row)
			}
			return nil
		})
	}, &p)
}

// pour writes the rows of a source and counts them.
func (c *cutter) pour(w *tokenWriter, from source, p *Part) error {
	return from(func(row form.Row) error {
		parts, why, err := c.sample(row)
		if err != nil {
			return err
		}
		if why != "" {
			c.left[why]++
			return nil
		}
		p.Samples++
		p.Tokens += size(parts)
		return w.add(parts...)
	})
}

func size(parts []engine.Sample) (n int64) {
	for _, p := range parts {
		n += int64(len(p.Tokens))
	}
	return n
}

// sample makes a row into what the method learns from: one text, or a better and a worse one.
func (c *cutter) sample(row form.Row) (parts []engine.Sample, why string, err error) {
	var texts [][]form.Message
	pairs := c.recipe.Method == engine.DPO || c.recipe.Method == engine.Reward
	switch {
	case row.Tools != nil || slices.ContainsFunc(slices.Concat(row.Messages, row.Chosen, row.Rejected), func(m form.Message) bool { return m.Calls != nil || m.Role == form.Tool }):
		return nil, withTools, nil
	case pairs && row.Kind == form.Preference:
		texts = [][]form.Message{slices.Concat(row.Messages, row.Chosen), slices.Concat(row.Messages, row.Rejected)}
	case !pairs && row.Kind == form.Chat, !pairs && row.Kind == form.Label && row.Good != nil && *row.Good:
		texts = [][]form.Message{row.Messages}
	default:
		return nil, otherKind, nil
	}
	for _, messages := range texts {
		s, err := c.chat(messages, len(row.Messages), pairs)
		if err != nil {
			return nil, "", err
		}
		if len(s.Tokens) > c.recipe.SeqLen {
			return nil, tooLong, nil
		}
		parts = append(parts, s)
	}
	return parts, "", nil
}

// chat gives the tokens of a conversation. Of a pair only what follows the common beginning is
// learned; in pretraining, all.
func (c *cutter) chat(messages []form.Message, common int, pair bool) (s engine.Sample, err error) {
	s.Tokens, s.Learn, err = c.tokenizer.Chat(turns(messages))
	if err != nil {
		return s, err
	}
	if c.recipe.Method == engine.Pretrain {
		s.Learn = nil
	}
	if !pair {
		return s, nil
	}
	before, err := c.tokenizer.Prompt(turns(messages[:common]))
	if err != nil {
		return s, err
	}
	if len(before) > len(s.Tokens) || !slices.Equal(before, s.Tokens[:len(before)]) {
		return s, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the chat template of the base writes a conversation anew when an answer follows: what of a pair is to be learned cannot be told", Hint: "take a base whose template only adds to what stands there"}
	}
	clear(s.Learn[:len(before)])
	return s, nil
}

func turns(messages []form.Message) []engtokens.Message {
	all := make([]engtokens.Message, len(messages))
	for i, m := range messages {
		all[i] = engtokens.Message{Role: m.Role, Content: m.Content}
	}
	return all
}
