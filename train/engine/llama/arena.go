package llama

import "wenyuan/train/engine/tensor"

// An arena gives out slices that all end together, so that a step does not leave garbage. What
// it gives holds what was there before.
type arena[T tensor.Float] struct {
	blocks [][]T
	block  int // in use
	used   int // of it
}

// A mark is a place to go back to.
type mark struct{ block, used int }

const arenaBlock = 1 << 20 // numbers

func (a *arena[T]) take(n int) []T {
	for ; a.block < len(a.blocks); a.block, a.used = a.block+1, 0 {
		if b := a.blocks[a.block]; a.used+n <= len(b) {
			a.used += n
			return b[a.used-n : a.used : a.used]
		}
	}
	a.blocks = append(a.blocks, make([]T, max(n, arenaBlock)))
	a.used = n
	return a.blocks[a.block][:n:n]
}

func (a *arena[T]) here() mark   { return mark{a.block, a.used} }
func (a *arena[T]) back(to mark) { a.block, a.used = to.block, to.used }
func (a *arena[T]) zeros(n int) []T {
	s := a.take(n)
	clear(s)
	return s
}
