package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"wenyuan"
)

// counter says how to make the tokenizer that a model declares; nil where it declares none.
func (m *Models) counter(s Spec) (func(*Model) wenyuan.Tokenizer, error) {
	switch s.Tokenizer {
	case "":
		return nil, nil
	case EngineTokenizer:
		return func(o *Model) wenyuan.Tokenizer { return &engineCounter{m: o} }, nil
	}
	if m.c.Tokenizer != nil {
		if t, ok := m.c.Tokenizer(s.Tokenizer); ok {
			return func(*Model) wenyuan.Tokenizer { return t }, nil
		}
	}
	unknown := &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the tokenizer %q is not known", s.Tokenizer), Hint: "take engine, or leave it out: then tokens are estimated"}
	if len(m.c.Encodings) > 0 {
		unknown.Hint = fmt.Sprintf("take engine, or one of %s, or leave it out: then tokens are estimated", strings.Join(m.c.Encodings, ", "))
	}
	return nil, unknown
}

// keptCounts is how many counts an engine's tokenizer remembers, twice; one takes about 60 bytes.
const keptCounts = 8192

// An engineCounter asks the model's server, once for each text: the same passages come
// again and again. It remembers in two generations, so that it never grows and needs no list.
type engineCounter struct {
	m *Model

	mu       sync.Mutex
	now, old map[[32]byte]int
}

// Count counts the tokens that the model makes of a text.
func (e *engineCounter) Count(ctx context.Context, text string) (n int, err error) {
	key := sha256.Sum256([]byte(text))
	if n, ok := e.known(key); ok {
		return n, nil
	}
	for _, r := range e.m.present() {
		if n, err = r.client.(wenyuan.Tokenizer).Count(ctx, text); err == nil {
			e.learn(key, n)
			return n, nil
		}
		if ctx.Err() != nil || !passing(err) {
			break
		}
	}
	return 0, err
}

func (e *engineCounter) known(key [32]byte) (int, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n, ok := e.now[key]; ok {
		return n, true
	}
	n, ok := e.old[key]
	return n, ok
}

func (e *engineCounter) learn(key [32]byte, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == nil || len(e.now) >= keptCounts {
		e.old, e.now = e.now, map[[32]byte]int{}
	}
	e.now[key] = n
}

var _ wenyuan.Tokenizer = (*engineCounter)(nil)
