package prompt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer"

	"wenyuan"
)

// A tiktoken counts with one of OpenAI's public vocabularies. The vocabulary, some 10 to
// 30 MB once it is in memory, is made with the first count and then kept.
type tiktoken struct {
	name  string
	codec func() (tokenizer.Codec, error)
}

// Encodings are the names that [TiktokenFor] knows.
func Encodings() []string { return slices.Clone(encodings) }

var encodings = []string{
	string(tokenizer.O200kBase), string(tokenizer.Cl100kBase),
	string(tokenizer.P50kBase), string(tokenizer.P50kEdit), string(tokenizer.R50kBase),
}

// tiktokens hold each vocabulary once, for all who count with it.
var tiktokens = func() map[string]*tiktoken {
	all := map[string]*tiktoken{}
	for _, name := range encodings {
		all[name] = &tiktoken{name, sync.OnceValues(func() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.Encoding(name)) })}
	}
	return all
}()

// TiktokenFor gives the tokenizer with one of tiktoken's names ("o200k_base",
// "cl100k_base", ...); false where there is none. Nothing is loaded before the first count.
func TiktokenFor(name string) (wenyuan.Tokenizer, bool) {
	t, ok := tiktokens[name]
	return t, ok
}

// longestRun is how many bytes without white space are counted at once: merging a piece
// takes longer than its length, and such runs are data. Cutting adds a token at most.
const longestRun = 4096

// Count counts the tokens of a text. A special token that is written in it counts as text.
func (t *tiktoken) Count(ctx context.Context, text string) (int, error) {
	codec, err := t.codec()
	if err != nil {
		return 0, fmt.Errorf("prompt: the tokenizer %s: %w", t.name, err)
	}
	total := 0
	for text != "" {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n := cutAt(text)
		count, err := codec.Count(text[:n])
		if err != nil {
			return 0, fmt.Errorf("prompt: the tokenizer %s: %w", t.name, err)
		}
		total += count
		text = text[n:]
	}
	return total, nil
}

// cutAt is where the next piece of a text ends: behind a line break within 64 KiB, or else
// wherever a run gets too long, but not within a character.
func cutAt(text string) int {
	const piece = 64 << 10
	run := 0
	for i := range text {
		switch text[i] {
		case '\n':
			if run = 0; i >= piece {
				return i
			}
		case ' ', '\t', '\r':
			run = 0
		default:
			if run++; run >= longestRun {
				return i
			}
		}
	}
	return len(text)
}

// known says whether a model's name belongs to one of the families.
func known(model string, families ...string) bool {
	model = strings.ToLower(model)
	return slices.ContainsFunc(families, func(f string) bool { return strings.Contains(model, f) })
}

var _ wenyuan.Tokenizer = (*tiktoken)(nil)
