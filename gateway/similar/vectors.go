package similar

import (
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"wenyuan"
)

// vectors are those of questions that were measured, so that each is turned into one once.
type vectors struct {
	mu    sync.Mutex
	bytes int
	kept  *list.List // of *kept that have one, the oldest first
	asked []vector   // of questions whose answers may be kept soon; a ring
	next  int        // in it
}

// A vector is a question as an embedder sees it.
type vector struct {
	question [32]byte // its hash
	version  string   // of the embedder
	v        []float32
}

// The bounds of what is held. Past them the oldest goes, and is asked for again where it is needed.
const (
	mostVectors = 32 << 20 // bytes of the vectors of kept questions
	mostAsked   = 256
)

func newVectors() *vectors { return &vectors{kept: list.New()} }

// of is the vector of a kept question; nil for none of this version.
func (x *vectors) of(k *kept, version string) []float32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k.vector == nil || k.vector.Value.(*held).version != version {
		return nil
	}
	return k.vector.Value.(*held).v
}

// A held is the vector of a kept question.
type held struct {
	vector
	of *kept
}

// put keeps the vector of a kept question, unless that is forgotten meanwhile.
func (x *vectors) put(k *kept, version string, v []float32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k.gone {
		return
	}
	x.drop(k)
	k.vector = x.kept.PushBack(&held{vector{version: version, v: v}, k})
	for x.bytes += 4 * len(v); x.bytes > mostVectors && x.kept.Len() > 1; {
		x.drop(x.kept.Front().Value.(*held).of)
	}
}

// drop is called under the lock.
func (x *vectors) drop(k *kept) {
	if k.vector != nil {
		x.bytes -= 4 * len(x.kept.Remove(k.vector).(*held).v)
		k.vector = nil
	}
}

// forget drops the vector of a question that is no longer kept.
func (x *vectors) forget(k *kept) {
	x.mu.Lock()
	defer x.mu.Unlock()
	k.gone = true
	x.drop(k)
}

// note holds the vector of a question that was asked, until its answer is kept.
func (x *vectors) note(v vector) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.asked) < mostAsked {
		x.asked = append(x.asked, v)
		return
	}
	x.asked[x.next] = v
	x.next = (x.next + 1) % mostAsked
}

// take gives a question that is kept from now on the vector that it was asked with.
func (x *vectors) take(k *kept) {
	var found vector
	sum := sha256.Sum256([]byte(k.question))
	x.mu.Lock()
	for i := range x.asked {
		if x.asked[i].question == sum {
			found, x.asked[i] = x.asked[i], vector{}
		}
	}
	x.mu.Unlock()
	if found.v != nil {
		x.put(k, found.version, found.v)
	}
}

// clear drops what was only asked.
func (x *vectors) clear() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.asked, x.next = nil, 0
}

// measured are the vectors of a question and of candidates. Only those that nobody has are asked for.
func (x *Index) measured(ctx context.Context, e wenyuan.Embedder, question string, all []candidate) ([]float32, [][]float32, error) {
	version := e.Version()
	texts, out, missing := []string{question}, make([][]float32, len(all)), []int{}
	for i, c := range all {
		if out[i] = x.vectors.of(c.kept, version); out[i] == nil {
			texts, missing = append(texts, c.kept.question), append(missing, i)
		}
	}
	got, err := e.Embed(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	if len(got) != len(texts) {
		return nil, nil, fmt.Errorf("similar: %d vectors for %d texts", len(got), len(texts))
	}
	for n, i := range missing {
		out[i] = got[n+1]
		x.vectors.put(all[i].kept, version, out[i])
	}
	x.vectors.note(vector{sha256.Sum256([]byte(question)), version, got[0]})
	return got[0], out, nil
}
