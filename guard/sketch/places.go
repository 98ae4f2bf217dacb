package sketch

import "slices"

// places says where in a text each of its shingles stands: a table with open addressing.
type places struct {
	hash  []uint32
	place []int32 // counted from 1; the last one of a shingle that stands there more than once
	mask  uint32
}

func newPlaces(hashes []uint32) *places {
	size := 16
	for size < 2*len(hashes) {
		size *= 2
	}
	p := &places{make([]uint32, size), make([]int32, size), uint32(size - 1)}
	for i, h := range hashes {
		j := h * 0x9E3779B1 & p.mask
		for p.place[j] != 0 && p.hash[j] != h {
			j = (j + 1) & p.mask
		}
		p.hash[j], p.place[j] = h, int32(i+1)
	}
	return p
}

// at is the place of a shingle, or 0.
func (p *places) at(h uint32) int32 {
	j := h * 0x9E3779B1 & p.mask
	for p.place[j] != 0 && p.hash[j] != h {
		j = (j + 1) & p.mask
	}
	return p.place[j]
}

// holds estimates how much of a sketched text stands together: within a part of the text
// that is half as long again as what was sketched.
func (p *places) holds(s *Sketch) float64 {
	var buffer [Kept]int32
	found := buffer[:0]
	for _, h := range s.mins {
		if at := p.at(h); at != 0 {
			found = append(found, at)
		}
	}
	if len(found)*4 < len(s.mins) {
		return 0
	}
	slices.Sort(found)
	width := int32(min(s.n+s.n/2+32, 1<<30))
	most := 0
	for i, j := 0, 0; j < len(found); j++ {
		for found[j]-found[i] > width {
			i++
		}
		most = max(most, j-i+1)
	}
	return float64(most) / float64(len(s.mins))
}
