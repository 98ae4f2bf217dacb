package gateway

import (
	"hash/maphash"

	"wenyuan"
	"wenyuan/gateway/pool"
)

const (
	shortAnswer = 256 // tokens of an answer that may be hedged
	openAnswer  = 512 // tokens that one is taken for whose length the request leaves open
)

// asks is what a request wants of a replica.
func (m *Model) asks(r wenyuan.Request) pool.Ask {
	n := 0
	for i := range r.Messages {
		n += len(r.Messages[i].Content)
	}
	for i := range r.Tools {
		n += len(r.Tools[i].Description) + len(r.Tools[i].Parameters)
	}
	a := pool.Ask{Prompt: n / bytesPerToken, Short: r.MaxTokens > 0 && r.MaxTokens <= shortAnswer}
	a.Tokens = a.Prompt + r.MaxTokens
	if r.MaxTokens <= 0 {
		a.Tokens += openAnswer
	}
	if n >= firstPrefix && m.lane.pool.Follows() {
		a.Prefix = prefixesOf(&r)
	}
	return a
}

const (
	firstPrefix  = 512 // bytes of the shortest beginning that is worth remembering
	prefixSteps  = 4   // beginnings for each doubling
	lastMessages = 4   // whose ends are beginnings too: the next turn of a conversation goes on there
	maxPrefixes  = 64
)

// seed makes the hashes of this process its own: what somebody sends cannot be made to meet
// another one's.
var seed = maphash.MakeSeed()

// A beginner hashes a prompt and notes the hash at growing lengths.
type beginner struct {
	h    maphash.Hash
	n    int // bytes so far
	next int // where the next one is noted
	all  []pool.Prefix
}

// prefixesOf are hashes of the beginnings of a prompt, the shortest first: at
// lengths that grow by a part of themselves, and at the ends of the last messages. Engines keep
// keys and values by blocks of tokens; bytes will do, as equal bytes make equal tokens.
func prefixesOf(r *wenyuan.Request) []pool.Prefix {
	b := beginner{next: firstPrefix, all: make([]pool.Prefix, 0, 16)}
	b.h.SetSeed(seed)
	for i := range r.Tools { // engines put them first
		b.write(r.Tools[i].Name)
		b.write(r.Tools[i].Description)
		b.write(string(r.Tools[i].Parameters))
	}
	for i := range r.Messages {
		o := &r.Messages[i]
		b.write(o.Role)
		b.write(o.Content)
		for _, c := range o.ToolCalls {
			b.write(c.Name)
			b.write(c.Arguments)
		}
		b.h.WriteByte(0)
		if b.n >= firstPrefix && (i+lastMessages >= len(r.Messages) || o.Role == "system") {
			b.note()
		}
	}
	return b.all
}

func (b *beginner) write(s string) {
	for len(b.all) < maxPrefixes && b.n+len(s) >= b.next {
		part := s[:b.next-b.n]
		b.h.WriteString(part)
		b.n, s = b.next, s[len(part):]
		b.note()
		b.next += b.next / prefixSteps
	}
	b.h.WriteString(s)
	b.n += len(s)
}

func (b *beginner) note() {
	if len(b.all) < maxPrefixes {
		b.all = append(b.all, pool.Prefix{Hash: b.h.Sum64(), Tokens: b.n / bytesPerToken})
	}
}
