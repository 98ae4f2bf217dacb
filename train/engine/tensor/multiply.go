package tensor

import "sync"

// Blocks of the product after Goto and van de Geijn (2008), "Anatomy of High-Performance
// Matrix Multiplication", doi:10.1145/1356052.1356053: a panel of b stays in the first cache
// while a block of a comes from the second.
const (
	tileRows = 6 // of the kernel: 12 sums in registers, two for b, two for a
	tileCols = 16
	depth    = 256     // of k that is multiplied at once: a panel of b has 16 KiB
	blockRow = 120     // rows of a to a task: 120 KiB
	blockCol = 512     // columns of b to a task
	slabCol  = 4096    // columns of b that are packed at once: 4 MiB
	fewDots  = 16      // rows of a for which packing columns of b that are contiguous does not pay
	fewSums  = 4       // the same for rows that are
	alone    = 1 << 17 // products that are not worth sharing
)

// A kernel makes a tile of c, 6 rows of 16 that stand apart by ldc, from k products: element
// (y, x) of a stands at y*row + x*step, b is packed in rows of 16. With add, c is added to.
type kernel[T Float] func(k int, a *T, row, step int, b, c *T, ldc int, add bool)

// Multiply sets c = a b, or c += a b with add. Rows of c are contiguous. c must not overlap a or b.
func Multiply[T Float](w *Workers, c, a, b Matrix[T], add bool) {
	if c.Rows != a.Rows || c.Cols != b.Cols || a.Cols != b.Rows || (c.Col != 1 && c.Cols > 1) {
		panic("tensor: the shapes of a product do not fit")
	}
	if a.Rows*a.Cols*b.Cols <= alone {
		w = nil
	}
	switch {
	case a.Cols == 0 || c.Rows == 0 || c.Cols == 0:
		if !add {
			clearRows(c)
		}
	case a.Rows <= fewDots && a.Col == 1 && b.Row == 1:
		dots(w, c, a, b, add)
	case a.Rows <= fewSums && b.Col == 1:
		sums(w, c, a, b, add)
	default:
		tiled(w, c, a, b, add)
	}
}

func clearRows[T Float](c Matrix[T]) {
	for i := range c.Rows {
		clear(c.Data[i*c.Row : i*c.Row+c.Cols])
	}
}

// dots multiplies few rows with columns that are contiguous: weights are read once.
func dots[T Float](w *Workers, c, a, b Matrix[T], add bool) {
	w.Ranges(b.Cols, 64, func(from, to int) {
		for j := from; j < to; j++ {
			col := b.Data[j*b.Col : j*b.Col+b.Rows]
			for i := range a.Rows {
				d := Dot(a.Data[i*a.Row:i*a.Row+a.Cols], col)
				if add {
					d += c.Data[i*c.Row+j]
				}
				c.Data[i*c.Row+j] = d
			}
		}
	})
}

// sums multiplies few rows with rows that are contiguous.
func sums[T Float](w *Workers, c, a, b Matrix[T], add bool) {
	w.Ranges(b.Cols, 256, func(from, to int) {
		for i := range c.Rows {
			out := c.Data[i*c.Row+from : i*c.Row+to]
			if !add {
				clear(out)
			}
			for k := range b.Rows {
				AddScaled(out, b.Data[k*b.Row+from:k*b.Row+to], a.Data[i*a.Row+k*a.Col])
			}
		}
	})
}

// tiled is the blocked product. The sum over k is cut at multiples of depth only.
func tiled[T Float](w *Workers, c, a, b Matrix[T], add bool) {
	kern := kernelOf[T]()
	for j0 := 0; j0 < c.Cols; j0 += slabCol {
		cols := min(slabCol, c.Cols-j0)
		for k0 := 0; k0 < a.Cols; k0 += depth {
			s := slab[T]{kern: kern, c: c, a: a, b: b, j0: j0, cols: cols, k0: k0, k: min(depth, a.Cols-k0), add: add || k0 > 0}
			s.run(w)
		}
	}
}

// A slab is the part of a product with k terms of the sum and some columns.
type slab[T Float] struct {
	kern     kernel[T]
	c, a, b  Matrix[T]
	j0, cols int
	k0, k    int
	add      bool
	pa, pb   []T
}

func (s *slab[T]) run(w *Workers) {
	panels := (s.cols + tileCols - 1) / tileCols
	pb := Take[T](panels * tileCols * s.k)
	defer Give(pb)
	s.pb = *pb
	w.Ranges(panels, 16, func(from, to int) {
		for p := from; p < to; p++ {
			s.packB(p)
		}
	})
	tiles := (s.c.Rows + tileRows - 1) / tileRows
	if s.a.Col != 1 { // rows that are contiguous are read where they stand
		pa := Take[T](tiles * tileRows * s.k)
		defer Give(pa)
		s.pa = *pa
		w.Ranges(tiles, 16, func(from, to int) {
			for t := from; t < to; t++ {
				s.packA(s.pa[t*tileRows*s.k:], t*tileRows)
			}
		})
	}
	rows, columns := (s.c.Rows+blockRow-1)/blockRow, (s.cols+blockCol-1)/blockCol
	w.Each(rows*columns, func(i int) {
		s.block(i/columns*blockRow, i%columns*blockCol)
	})
}

// packB copies 16 columns so that the kernel reads them in order.
func (s *slab[T]) packB(p int) {
	dst := s.pb[p*tileCols*s.k:][:tileCols*s.k]
	j := s.j0 + p*tileCols
	wide := min(tileCols, s.j0+s.cols-j)
	if wide < tileCols {
		clear(dst)
	}
	if s.b.Col == 1 {
		for x := range s.k {
			copy(dst[x*tileCols:][:wide], s.b.Data[(s.k0+x)*s.b.Row+j:])
		}
		return
	}
	if s.b.Row == 1 {
		s.turnB(dst, j, wide)
		return
	}
	for y := range wide {
		for x := range s.k {
			dst[x*tileCols+y] = s.b.Data[(j+y)*s.b.Col+(s.k0+x)*s.b.Row]
		}
	}
}

// turnB is packB for columns that are contiguous, four at a time.
func (s *slab[T]) turnB(dst []T, j, wide int) {
	col := func(y int) []T { return s.b.Data[(j+y)*s.b.Col+s.k0:][:s.k] }
	y := 0
	for ; y+4 <= wide; y += 4 {
		c0, c1, c2, c3 := col(y), col(y+1), col(y+2), col(y+3)
		for x := range c0 {
			d := dst[x*tileCols+y:][:4]
			d[0], d[1], d[2], d[3] = c0[x], c1[x], c2[x], c3[x]
		}
	}
	for ; y < wide; y++ {
		for x, v := range col(y) {
			dst[x*tileCols+y] = v
		}
	}
}

// packA copies up to 6 rows from row i, missing ones as zero.
func (s *slab[T]) packA(dst []T, i int) {
	high := min(tileRows, s.c.Rows-i)
	dst = dst[:tileRows*s.k]
	if high < tileRows {
		clear(dst)
	}
	if s.a.Row == 1 {
		for x := range s.k {
			copy(dst[x*tileRows:][:high], s.a.Data[(s.k0+x)*s.a.Col+i:])
		}
		return
	}
	for y := range high {
		for x := range s.k {
			dst[x*tileRows+y] = s.a.Data[(i+y)*s.a.Row+(s.k0+x)*s.a.Col]
		}
	}
}

// block makes the tiles of one task.
func (s *slab[T]) block(i0, jOff int) {
	edge := Take[T](tileRows*tileCols + tileRows*s.k)
	defer Give(edge)
	tmp, last := (*edge)[:tileRows*tileCols], (*edge)[tileRows*tileCols:]
	i1, jEnd := min(i0+blockRow, s.c.Rows), min(jOff+blockCol, s.cols)
	if s.pa == nil && (i1-i0)%tileRows != 0 {
		s.packA(last, i1-(i1-i0)%tileRows)
	}
	for j := jOff; j < jEnd; j += tileCols {
		b := &s.pb[j*s.k]
		wide := min(tileCols, s.cols-j)
		for i := i0; i < i1; i += tileRows {
			high := min(tileRows, i1-i)
			a, row, step := s.rows(i, high, last)
			at := i*s.c.Row + s.j0 + j
			if high == tileRows && wide == tileCols {
				s.kern(s.k, a, row, step, b, &s.c.Data[at], s.c.Row, s.add)
				continue
			}
			s.kern(s.k, a, row, step, b, &tmp[0], tileCols, false)
			for y := range high {
				out := s.c.Data[at+y*s.c.Row:][:wide]
				for x := range out {
					if s.add {
						out[x] += tmp[y*tileCols+x]
					} else {
						out[x] = tmp[y*tileCols+x]
					}
				}
			}
		}
	}
}

// rows says where 6 rows of a stand for the kernel.
func (s *slab[T]) rows(i, high int, last []T) (a *T, row, step int) {
	switch {
	case s.pa != nil:
		return &s.pa[i*s.k], 1, tileRows
	case high < tileRows:
		return &last[0], 1, tileRows
	default:
		return &s.a.Data[i*s.a.Row+s.k0], s.a.Row, 1
	}
}

// Memory for packing is used again.
var spare32, spare64 sync.Pool

func spare[T Float]() *sync.Pool {
	if _, ok := any(T(0)).(float32); ok {
		return &spare32
	}
	return &spare64
}

// Take gives n numbers of scratch memory that holds anything, until Give takes it back.
func Take[T Float](n int) *[]T {
	p, _ := spare[T]().Get().(*[]T)
	if p == nil || cap(*p) < n {
		p = new(make([]T, n))
	}
	*p = (*p)[:n]
	return p
}

// Give takes back what Take gave.
func Give[T Float](p *[]T) { spare[T]().Put(p) }

// kernelOf is the kernel for the type and this processor.
func kernelOf[T Float]() kernel[T] {
	k := kernel[T](plainKernel[T])
	if p, ok := any(&k).(*kernel[float32]); ok && fast() {
		*p = fastKernel
	}
	return k
}
