package tensor

import "golang.org/x/sys/cpu"

// assembly says whether this processor runs fast_amd64.s.
var assembly = cpu.X86.HasAVX2 && cpu.X86.HasFMA

func fastKernel(k int, a *float32, row, step int, b, c *float32, ldc int, add bool) {
	tile6x16(k, a, row, step, b, c, ldc, add)
}

// n is a multiple of 8 that is not 0 in all of these.

//go:noescape
func tile6x16(k int, a *float32, row, step int, b, c *float32, ldc int, add bool)

//go:noescape
func fastDot(n int, a, b *float32) float32

//go:noescape
func fastDot3(n int, a, b, c *float32) float32

//go:noescape
func fastAddScaled(n int, y, x *float32, s float32)

//go:noescape
func fastMax(n int, x *float32) float32

//go:noescape
func fastExp(n int, x *float32, scale, shift float32) float32

//go:noescape
func fastNorm(n int, y, x, w *float32, s float32)

//go:noescape
func fastNormBack(n int, dx, x, grad, w *float32, s, k float32)

//go:noescape
func fastSwiGLU(n int, act, gate, up *float32)

//go:noescape
func fastSwiGLUBack(n int, gate, up, d *float32)

//go:noescape
func fastSoftmaxBack(n int, d, p *float32, delta, scale float32)

//go:noescape
func fastRotate(n int, u, v, cos, sin *float32)

// c is the clip, 1 - beta1, 1 - beta2, rate, root, eps, decay.
//
//go:noescape
func fastAdam(n int, w, grad, m, v *float32, c *[8]float32)
