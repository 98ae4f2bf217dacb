// Package tensor is the arithmetic of a language model on the processor: matrix products and
// the few operations over rows between them, in 32-bit floats with AVX2 and FMA where the
// processor has them, and in portable Go otherwise and for 64-bit floats.
//
// Each sum is made in an order that depends on the shapes alone, so a result has the same bits
// for any number of workers. Between the two instruction sets results differ by rounding.
package tensor

// Float is what a matrix holds. Training is in float32; float64 is there to check gradients.
type Float interface{ float32 | float64 }

// A Matrix is a view of numbers: element (i, j) stands at i*Row + j*Col.
type Matrix[T Float] struct {
	Data       []T
	Rows, Cols int
	Row, Col   int // strides in elements
}

// Of is a view of rows x cols numbers that stand row after row.
func Of[T Float](data []T, rows, cols int) Matrix[T] {
	return Matrix[T]{Data: data, Rows: rows, Cols: cols, Row: cols, Col: 1}
}

// Strided is a view of rows that stand apart by row elements.
func Strided[T Float](data []T, rows, cols, row int) Matrix[T] {
	return Matrix[T]{Data: data, Rows: rows, Cols: cols, Row: row, Col: 1}
}

// T is the transposed view.
func (m Matrix[T]) T() Matrix[T] {
	return Matrix[T]{Data: m.Data, Rows: m.Cols, Cols: m.Rows, Row: m.Col, Col: m.Row}
}

// portable forces the Go kernels, for the test that holds both against each other.
var portable bool

// fast says whether the assembly is used.
func fast() bool { return assembly && !portable }
