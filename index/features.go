package index

import "wenyuan/index/analysis"

// features are what a model makes of the sections of one segment: their vectors, the
// signs of the vectors for a first look, and their nearest sections in the same segment.
type features struct {
	*mapped
	name string

	dim     int
	vectors []float32 // of length 1, or zero where the model knows no term of the section
	codes   []uint64
	mean    []float32 // of the vectors
	nearAt  []uint32  // first neighbour of each section, and one more
	near    []uint32
	close   []float32 // cosine of each neighbour
}

const (
	featuresKind    = "feat"
	featuresVersion = 1<<16 | analysis.Version
	featuresParts   = 7
)

// writeFeatures writes the features of a segment.
func writeFeatures(path string, m *model, vectors []float32, near neighbours) error {
	n := len(vectors) / m.dim
	mean := make([]float32, m.dim)
	var codes []uint64
	for at := 0; at < len(vectors); at += m.dim {
		v := vectors[at : at+m.dim]
		axpy(mean, 1/float32(n), v)
		codes = appendCode(codes, v, m.centre)
	}
	if near.at == nil {
		near.at = make([]uint32, n+1)
	}
	w, err := createFile(path, featuresKind, featuresVersion)
	if err != nil {
		return err
	}
	for _, p := range [featuresParts][]byte{[]byte(m.version), raw(vectors), raw(codes), raw(mean), raw(near.at), raw(near.to), raw(near.cosine)} {
		w.part(p)
	}
	return w.finish()
}

func openFeatures(path, name string, m *model, sections int) (*features, error) {
	f, err := openFile(path, featuresKind, featuresVersion, featuresParts)
	if err != nil {
		return nil, err
	}
	p := f.parts
	x := &features{mapped: f, name: name, dim: m.dim, vectors: array[float32](p[1]), codes: array[uint64](p[2]), mean: array[float32](p[3]),
		nearAt: array[uint32](p[4]), near: array[uint32](p[5]), close: array[float32](p[6])}
	if string(p[0]) != m.version || len(x.vectors) != sections*m.dim || len(x.codes) != sections*codeWords(m.dim) || len(x.mean) != m.dim ||
		len(x.nearAt) != sections+1 || len(x.near) != len(x.close) || int(x.nearAt[sections]) != len(x.near) {
		f.release()
		return nil, errDamaged
	}
	return x, nil
}

func (f *features) vector(sec uint32) []float32 {
	return f.vectors[int(sec)*f.dim : (int(sec)+1)*f.dim]
}

// foldIn writes the features of a segment that came after the learning: vectors by the
// model's terms, no neighbours.
func (m *model) foldIn(path string, s *segment) error {
	v := m.sections(s)
	lean(s, v, m.dim)
	return writeFeatures(path, m, v, neighbours{})
}

// mergeFeatures carries the features over into a merged segment.
func mergeFeatures(path string, m *model, from []*part, moved [][]uint32, sections int) error {
	vectors := make([]float32, sections*m.dim)
	near := neighbours{at: []uint32{0}}
	for i, p := range from {
		for sec, now := range moved[i] {
			if now == gone {
				continue
			}
			copy(vectors[int(now)*m.dim:], p.feats.vector(uint32(sec)))
			for n := p.feats.nearAt[sec]; n < p.feats.nearAt[sec+1]; n++ {
				if to := moved[i][p.feats.near[n]]; to != gone {
					near.to = append(near.to, to)
					near.cosine = append(near.cosine, p.feats.close[n])
				}
			}
			near.at = append(near.at, uint32(len(near.to)))
		}
	}
	return writeFeatures(path, m, vectors, near)
}
