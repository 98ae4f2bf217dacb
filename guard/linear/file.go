package linear

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

// A model file is the magic, the length of the head, the head, and the rows of weights that
// are not all zero: how many places were passed over (uvarint), then one byte a class.
const (
	magic       = "WYLM\x01"
	headAtMost  = 1 << 20
	classesMost = 64
)

// Save writes the model as a file. Equal models give equal bytes.
func (m *Model) Save() []byte {
	head, err := json.Marshal(m.Head)
	if err != nil {
		panic(err) // numbers and strings; those that are not finite do not come out of training
	}
	out := append([]byte(magic), binary.AppendUvarint(nil, uint64(len(head)))...)
	out = append(out, head...)
	width, passed := len(m.Classes), uint64(0)
	for p := 0; p < len(m.weights); p += width {
		row := m.weights[p : p+width]
		if empty(row) {
			passed++
			continue
		}
		out = binary.AppendUvarint(out, passed)
		for _, w := range row {
			out = append(out, byte(w))
		}
		passed = 0
	}
	return out
}

func empty(row []int8) bool {
	for _, w := range row {
		if w != 0 {
			return false
		}
	}
	return true
}

// Load reads what Save wrote. Anything else is an error that says where it breaks off.
func Load(file []byte) (*Model, error) {
	if len(file) < len(magic) || string(file[:len(magic)]) != magic {
		return nil, fmt.Errorf("linear: not a model file of version %d", magic[len(magic)-1])
	}
	rest := file[len(magic):]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > headAtMost || uint64(len(rest)-n) < size {
		return nil, fmt.Errorf("linear: the head of the model is cut off")
	}
	m := &Model{}
	if err := json.Unmarshal(rest[n:n+int(size)], &m.Head); err != nil {
		return nil, fmt.Errorf("linear: the head of the model: %w", err)
	}
	if err := m.sound(); err != nil {
		return nil, err
	}
	return m, m.rows(rest[n+int(size):])
}

func (m *Model) sound() error {
	k := len(m.Classes)
	if k == 0 || k > classesMost || len(m.Bias) != k || len(m.Scale) != k {
		return fmt.Errorf("linear: a model needs 1 to %d classes, each with a bias and a scale", classesMost)
	}
	if len(m.Thresholds) != 0 && len(m.Thresholds) != k {
		return fmt.Errorf("linear: %d thresholds for %d classes", len(m.Thresholds), k)
	}
	return m.Options.sound()
}

func (o Options) sound() error {
	if o.Bits < 10 || o.Bits > 20 || o.Words < 0 || o.Words > 3 || o.Latin < 0 || o.Latin > 6 || o.Han < 0 || o.Han > 5 {
		return fmt.Errorf("linear: options %+v: bits are 10 to 20, words 0 to 3, latin 0 to 6, han 0 to 5", o)
	}
	return nil
}

func (m *Model) rows(body []byte) error {
	width := len(m.Classes)
	m.weights = make([]int8, width<<m.Options.Bits)
	for p := uint64(0); len(body) > 0; p++ {
		passed, n := binary.Uvarint(body)
		if n <= 0 || len(body)-n < width || passed > math.MaxUint32 {
			return fmt.Errorf("linear: the weights break off after place %d", p)
		}
		if p += passed; p >= 1<<m.Options.Bits {
			return fmt.Errorf("linear: a weight for place %d of %d", p, 1<<m.Options.Bits)
		}
		for c := range width {
			m.weights[int(p)*width+c] = int8(body[n+c])
		}
		body = body[n+width:]
	}
	return nil
}

// Shipped reads a model that ships with the program when it is first needed. One that cannot be
// read is a fault of the program, and panics with the name of who ships it.
func Shipped(room string, file []byte) func() *Model {
	return sync.OnceValue(func() *Model {
		m, err := Load(file)
		if err != nil {
			panic(room + ": a model that ships with the program: " + err.Error())
		}
		return m
	})
}
