package main

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress shows how far long work is, on standard error and only where that is a terminal.
type progress struct {
	bars *mpb.Progress // nil: nobody looks

	mu     sync.Mutex
	byName map[string]*mpb.Bar
}

func (s *session) progress() *progress {
	if !terminal(s.stderr) {
		return &progress{}
	}
	return &progress{bars: mpb.New(mpb.WithOutput(s.stderr), mpb.WithWidth(40)), byName: map[string]*mpb.Bar{}}
}

// step says that so many of so many are done.
func (p *progress) step(name string, done, of int) {
	if p.bars == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.byName[name]
	if b == nil {
		b = p.bars.AddBar(int64(of), mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d", decor.WCSyncSpace), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
		p.byName[name] = b
	}
	b.SetTotal(int64(of), false)
	b.SetCurrent(int64(done))
}

// bytes counts what is read; the length is not known before.
func (p *progress) bytes(name string, r io.Reader) io.Reader {
	if p.bars == nil {
		return r
	}
	b := p.bars.AddSpinner(0, mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)), mpb.AppendDecorators(decor.CurrentKibiByte("% .1f")))
	p.byName[name] = b
	return b.ProxyReader(r)
}

// end leaves the terminal as it was. It may be called twice.
func (p *progress) end() {
	if p.bars == nil {
		return
	}
	for _, b := range p.byName {
		if !b.Completed() {
			b.Abort(true)
		}
	}
	p.bars.Wait()
	p.bars = nil
}

// sortedKeys are the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
