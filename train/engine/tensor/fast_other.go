//go:build !amd64

package tensor

// assembly: there is none for this processor, and nothing below is ever called.
const assembly = false

func fastKernel(k int, a *float32, row, step int, b, c *float32, ldc int, add bool) {
	plainKernel(k, a, row, step, b, c, ldc, add)
}

func fastDot(n int, a, b *float32) float32                       { panic("tensor: no assembly") }
func fastDot3(n int, a, b, c *float32) float32                   { panic("tensor: no assembly") }
func fastAddScaled(n int, y, x *float32, s float32)              { panic("tensor: no assembly") }
func fastMax(n int, x *float32) float32                          { panic("tensor: no assembly") }
func fastExp(n int, x *float32, scale, shift float32) float32    { panic("tensor: no assembly") }
func fastNorm(n int, y, x, w *float32, s float32)                { panic("tensor: no assembly") }
func fastNormBack(n int, dx, x, grad, w *float32, s, k float32)  { panic("tensor: no assembly") }
func fastSwiGLU(n int, act, gate, up *float32)                   { panic("tensor: no assembly") }
func fastSwiGLUBack(n int, gate, up, d *float32)                 { panic("tensor: no assembly") }
func fastSoftmaxBack(n int, d, p *float32, delta, scale float32) { panic("tensor: no assembly") }
func fastRotate(n int, u, v, cos, sin *float32)                  { panic("tensor: no assembly") }
func fastAdam(n int, w, grad, m, v *float32, c *[8]float32)      { panic("tensor: no assembly") }
