// Package gateway is the way to models that live outside the program. The packages below it
// speak the dialects; this one knows which models there are and where they run.
//
// It never retries after the first piece of text was handed on: the reader would see two
// answers mixed.
package gateway

import (
	"time"

	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
)

type (
	// A Config says where one model is.
	Config = wire.Config
	// A Secret is a key.
	Secret = wire.Secret
	// A Wait is the cause of an error that passes by itself.
	Wait = wire.Wait
	// An Embedder is one embedding model on one server.
	Embedder = openai.Client
)

// WaitOf finds how long an error asks to wait; 0 where it does not say.
func WaitOf(err error) time.Duration { return wire.WaitOf(err) }

// CheckURL says whether a model can be reached by such an address.
func CheckURL(raw string) error { return wire.CheckURL(raw) }

// NewClient makes the client of a chat model. It does not reach out.
func NewClient(c Config) *openai.Client { return openai.New(c) }

// NewEmbedder makes the client of an embedding model. It does not reach out.
func NewEmbedder(c Config) *Embedder { return openai.New(c) }
