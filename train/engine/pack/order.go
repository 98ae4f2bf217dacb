package pack

import "math/bits"

// An Order is a permutation of 0 to n-1 that is computed and not stored: a balanced Feistel
// network (Luby and Rackoff 1988, doi:10.1137/0217022) over the next power of four from 256, walked until it falls into
// the range (Black and Rogaway 2002, doi:10.1007/3-540-45760-7_9).
type Order struct {
	n    uint64
	half uint
	keys [rounds]uint64
}

const rounds = 6

// NewOrder is the order of n things by a seed.
func NewOrder(n int, seed uint64) Order {
	o := Order{n: uint64(n), half: max(4, (uint(bits.Len64(uint64(max(n-1, 1))))+1)/2)}
	for i := range o.keys {
		seed = mix(seed + 0x9e3779b97f4a7c15)
		o.keys[i] = seed
	}
	return o
}

// At is the thing at place i, which has to be within 0 to n-1.
func (o Order) At(i int) int {
	x, mask := uint64(i), uint64(1)<<o.half-1
	for {
		left, right := x>>o.half, x&mask
		for _, k := range o.keys {
			left, right = right, left^(mix(right^k)&mask)
		}
		if x = left<<o.half | right; x < o.n {
			return int(x)
		}
	}
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
