package gateway

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"sync"

	"wenyuan"
	"wenyuan/gateway/cache"
)

// keyOf is the key of a request to a model in a space: the hash of everything that is sent, of the
// version of the model's declaration with what it stands on, and of the space. Each field stands with its length, so that no
// two requests read the same.
func (m *Model) keyOf(space string, r *wenyuan.Request) cache.Key {
	h := hashers.Get().(*hasher)
	defer hashers.Put(h)
	h.Reset()
	h.text(space)
	h.text(m.space)
	h.text(m.made)
	h.number(uint64(len(r.Messages)))
	for i := range r.Messages {
		o := &r.Messages[i]
		h.text(o.Role)
		h.text(o.Content)
		h.text(o.Name)
		h.text(o.ToolCall)
		h.number(uint64(len(o.ToolCalls)))
		for _, c := range o.ToolCalls {
			h.number(uint64(c.Index))
			h.text(c.ID)
			h.text(c.Name)
			h.text(c.Arguments)
		}
	}
	h.number(uint64(len(r.Tools)))
	for _, t := range r.Tools {
		h.text(t.Name)
		h.text(t.Description)
		h.text(string(t.Parameters))
		h.flag(t.Strict)
	}
	h.text(r.ToolChoice)
	if h.flag(r.Schema != nil); r.Schema != nil {
		h.text(r.Schema.Name)
		h.text(string(r.Schema.Schema))
		h.flag(r.Schema.Strict)
	}
	for _, x := range []*float64{r.Temperature, r.TopP} {
		if h.flag(x != nil); x != nil {
			h.number(math.Float64bits(*x))
		}
	}
	h.number(uint64(r.MaxTokens))
	if h.flag(r.Seed != nil); r.Seed != nil {
		h.number(uint64(*r.Seed))
	}
	h.number(uint64(len(r.Stop)))
	for _, s := range r.Stop {
		h.text(s)
	}
	var k cache.Key
	h.Sum(k[:0])
	return k
}

// Deterministic says whether a request gives the same answer each time, as far as the model's server
// holds to it: at temperature 0, or with a seed.
func Deterministic(r wenyuan.Request) bool {
	return r.Seed != nil || r.Temperature != nil && *r.Temperature == 0
}

// A hasher hashes fields.
type hasher struct {
	hash.Hash
	buf []byte
}

var hashers = sync.Pool{New: func() any { return &hasher{Hash: sha256.New()} }}

func (h *hasher) text(s string) {
	h.number(uint64(len(s)))
	for len(s) > 0 {
		n := min(len(s), 512)
		h.buf = append(h.buf[:0], s[:n]...)
		h.Write(h.buf)
		s = s[n:]
	}
}

func (h *hasher) number(n uint64) {
	h.buf = binary.LittleEndian.AppendUint64(h.buf[:0], n)
	h.Write(h.buf)
}

func (h *hasher) flag(b bool) {
	n := uint64(0)
	if b {
		n = 1
	}
	h.number(n)
}
