package cache

import (
	"slices"
	"strings"

	"wenyuan"
)

// chunks is the answer of a flight as it is kept: with its text in pieces of some length, and pieces of
// one tool call joined. It is called under the lock, when all is there.
func (f *flight) chunks() (all []wenyuan.Chunk) {
	text, at := f.text.String(), 0
	upTo := func(end int) {
		for at < end {
			p := piece(text[at:end])
			all = append(all, wenyuan.Chunk{Text: p})
			at += len(p)
		}
	}
	for i := 0; i < len(f.marks); {
		from := i
		for i++; i < len(f.marks) && f.marks[i].at == f.marks[from].at; i++ {
		}
		upTo(f.marks[from].at)
		all = append(all, wenyuan.Chunk{ToolCalls: joined(f.marks[from:i])})
	}
	upTo(len(text))
	if len(all) == 0 {
		all = make([]wenyuan.Chunk, 1)
	}
	last := &all[len(all)-1]
	last.Finish, last.Usage = f.finish, f.usage
	return all
}

// joined is the calls of some marks, with the pieces of one joined.
func joined(marks []mark) (calls []wenyuan.ToolCall) {
	var texts []*strings.Builder
	for _, m := range marks {
		for _, k := range m.calls {
			i := slices.IndexFunc(calls, func(o wenyuan.ToolCall) bool { return o.Index == k.Index })
			if i < 0 || k.ID != "" || k.Name != "" {
				i = len(calls)
				calls, texts = append(calls, k), append(texts, &strings.Builder{})
			}
			texts[i].WriteString(k.Arguments)
		}
	}
	for i := range calls {
		calls[i].Arguments = texts[i].String()
	}
	return calls
}

// replay gives an entry as a stream, or the error that it is.
func (e *Entry) replay(yield yielder) {
	if e.err != nil {
		yield(wenyuan.Chunk{}, e.err)
		return
	}
	for i := range e.Chunks {
		k := e.Chunks[i]
		k.ToolCalls = slices.Clone(k.ToolCalls) // a reader may add to them
		if !yield(k, nil) {
			return
		}
	}
}
