package weights

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// The form of GGUF is that of ggml's docs/gguf.md, versions 2 and 3.
const (
	ggufMagic = "GGUF"
	alignment = 32 // of each tensor's numbers, where the file says nothing else
)

// The types of metadata.
const (
	metaUint8 = iota
	metaInt8
	metaUint16
	metaInt16
	metaUint32
	metaInt32
	metaFloat32
	metaBool
	metaString
	metaArray
	metaUint64
	metaInt64
	metaFloat64
)

// ggmlTypes are the numbers of ggml for the types that are read.
var ggmlTypes = map[uint32]Type{0: F32, 1: F16, 8: Q8, 30: BF16}

// A source reads little-endian numbers of a head and counts what it reads; the first error
// stays.
type source struct {
	r    *bufio.Reader
	at   int64
	size int64
	err  error
}

func (s *source) bytes(n uint64) []byte {
	if s.err != nil {
		return nil
	}
	if n > maxText || int64(n) > s.size-s.at || s.at+int64(n) > maxHeader {
		s.err = malformed("%d bytes at %d of a file of %d", n, s.at, s.size)
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(s.r, b); err != nil {
		s.err = malformed("it ends in its head")
		return nil
	}
	s.at += int64(n)
	return b
}

func (s *source) uint(n int) uint64 {
	var v uint64
	for i, b := range s.bytes(uint64(n)) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (s *source) text(limit uint64) string {
	n := s.uint(8)
	if n > limit && s.err == nil {
		s.err = malformed("a text of %d bytes", n)
	}
	return string(s.bytes(n))
}

// count is a number of things, of which each takes at least each bytes.
func (s *source) count(what string, limit uint64, each int64) int {
	n := s.uint(8)
	if s.err == nil && (n > limit || int64(n) > (s.size-s.at)/each) {
		s.err = malformed("%d %s", n, what)
	}
	if s.err != nil {
		return 0
	}
	return int(n)
}

// readGGUF reads the head.
func (f *File) readGGUF(r *bufio.Reader, size int64) error {
	s := &source{r: r, size: size}
	s.bytes(4)
	if v := s.uint(4); s.err == nil && v != 2 && v != 3 {
		return malformed("version %d of GGUF: 2 and 3 are read", v)
	}
	tensors, meta := s.count("tensors", maxTensors, 24), s.count("metadata", maxMeta, 12)
	f.Meta = make(map[string]any, meta)
	for range meta {
		key := s.text(maxName)
		v := s.value(uint32(s.uint(4)), true)
		if s.err != nil {
			return s.err
		}
		if _, ok := f.Meta[key]; ok {
			return malformed("the key %q is there twice", key)
		}
		f.Meta[key] = v
	}
	for range tensors {
		t, err := s.tensor()
		if err != nil {
			return err
		}
		f.Tensors = append(f.Tensors, t)
	}
	if s.err != nil {
		return s.err
	}
	return f.place(s.at)
}

// place turns offsets into places of the file.
func (f *File) place(head int64) error {
	align := int64(alignment)
	if v, ok := f.Meta["general.alignment"]; ok {
		n, ok := v.(uint64)
		if !ok || n == 0 || n > 1<<16 || n&(n-1) != 0 {
			return malformed("an alignment of %v", v)
		}
		align = int64(n)
	}
	data := (head + align - 1) / align * align
	for i := range f.Tensors {
		f.Tensors[i].at += data
	}
	return nil
}

func (s *source) tensor() (Info, error) {
	t := Info{Name: s.text(maxName)}
	dims := s.uint(4)
	if s.err == nil && dims > maxDims {
		return t, malformed("a tensor of %d dimensions", dims)
	}
	for range dims {
		n := s.uint(8)
		if n > maxParameter {
			return t, malformed("a tensor with a side of %d", n)
		}
		t.Shape = append(t.Shape, int(n))
	}
	slices.Reverse(t.Shape) // GGUF writes the fastest first
	kind := uint32(s.uint(4))
	at := s.uint(8)
	if s.err != nil {
		return t, s.err
	}
	if at > 1<<60 {
		return t, malformed("the tensor %q stands at %d", t.Name, at)
	}
	t.at = int64(at)
	t.Type = ggmlTypes[kind]
	if t.Type == "" {
		t.Type = Type(fmt.Sprintf("ggml %d", kind))
	}
	var err error
	t.elements, err = elements(t.Shape)
	return t, err
}

// value reads one value; an array holds none.
func (s *source) value(kind uint32, arrays bool) any {
	switch kind {
	case metaUint8:
		return s.uint(1)
	case metaInt8:
		return int64(int8(s.uint(1)))
	case metaUint16:
		return s.uint(2)
	case metaInt16:
		return int64(int16(s.uint(2)))
	case metaUint32:
		return s.uint(4)
	case metaInt32:
		return int64(int32(s.uint(4)))
	case metaFloat32:
		return float64(math.Float32frombits(uint32(s.uint(4))))
	case metaBool:
		return s.uint(1) != 0
	case metaString:
		return s.text(maxText)
	case metaUint64:
		return s.uint(8)
	case metaInt64:
		return int64(s.uint(8))
	case metaFloat64:
		return math.Float64frombits(s.uint(8))
	case metaArray:
		if arrays {
			return s.array(uint32(s.uint(4)))
		}
	}
	if s.err == nil {
		s.err = malformed("metadata of type %d", kind)
	}
	return nil
}

// array reads values of one type.
func (s *source) array(kind uint32) any {
	n := s.count("elements", maxElements, 1)
	switch kind {
	case metaString:
		return each(s, n, kind, func(v any) string { return v.(string) })
	case metaFloat32, metaFloat64:
		return each(s, n, kind, func(v any) float64 { return v.(float64) })
	case metaBool:
		return each(s, n, kind, func(v any) bool { return v.(bool) })
	case metaInt8, metaInt16, metaInt32, metaInt64:
		return each(s, n, kind, func(v any) int64 { return v.(int64) })
	default:
		return each(s, n, kind, func(v any) int64 { return int64(v.(uint64)) })
	}
}

func each[V any](s *source, n int, kind uint32, to func(any) V) []V {
	out := make([]V, 0, min(n, 1<<16))
	for range n {
		v := s.value(kind, false)
		if s.err != nil {
			return nil
		}
		out = append(out, to(v))
	}
	return out
}

// A Pair is one entry of a GGUF file's metadata: a uint32, int32, float32, bool, string, or a slice
// of string, int32 or float32.
type Pair struct {
	Key   string
	Value any
}

// WriteGGUF writes metadata and tensors, these as F32.
func WriteGGUF(path string, meta []Pair, all []Tensor) error {
	return Atomic(path, func(w io.Writer) error { return putGGUF(w, meta, all) })
}

// counted counts what is written, as places are multiples of the alignment.
type counted struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counted) put(v any) {
	if c.err == nil {
		c.err = binary.Write(c.w, binary.LittleEndian, v)
		c.n += int64(binary.Size(v))
	}
}

func (c *counted) text(s string) {
	c.put(uint64(len(s)))
	if c.err == nil {
		_, c.err = io.WriteString(c.w, s)
		c.n += int64(len(s))
	}
}

func (c *counted) pad() {
	if r := c.n % alignment; r != 0 {
		c.put(make([]byte, alignment-r))
	}
}

func putGGUF(w io.Writer, meta []Pair, all []Tensor) error {
	c := &counted{w: w}
	c.put([]byte(ggufMagic))
	c.put(uint32(3))
	c.put(uint64(len(all)))
	c.put(uint64(len(meta)))
	for _, m := range meta {
		c.text(m.Key)
		c.value(m.Value)
	}
	var at int64
	for _, t := range all {
		if err := t.check(); err != nil {
			return err
		}
		c.text(t.Name)
		c.put(uint32(len(t.Shape)))
		for _, n := range slices.Backward(t.Shape) {
			c.put(uint64(n))
		}
		c.put(uint32(0)) // F32
		c.put(uint64(at))
		at += (4*int64(len(t.Data)) + alignment - 1) / alignment * alignment
	}
	c.pad()
	for _, t := range all {
		if c.err != nil {
			break
		}
		c.err = putFloats(c.w, t.Data)
		c.n += 4 * int64(len(t.Data))
		c.pad()
	}
	return c.err
}

// value writes a value with its type before it.
func (c *counted) value(v any) {
	list := func(kind uint32, n int) {
		c.put(uint32(metaArray))
		c.put(kind)
		c.put(uint64(n))
	}
	switch v := v.(type) {
	case uint32:
		c.put(uint32(metaUint32))
		c.put(v)
	case int32:
		c.put(uint32(metaInt32))
		c.put(v)
	case float32:
		c.put(uint32(metaFloat32))
		c.put(v)
	case bool:
		c.put(uint32(metaBool))
		c.put(v)
	case string:
		c.put(uint32(metaString))
		c.text(v)
	case []string:
		list(metaString, len(v))
		for _, s := range v {
			c.text(s)
		}
	case []int32:
		list(metaInt32, len(v))
		c.put(v)
	case []float32:
		list(metaFloat32, len(v))
		c.put(v)
	default:
		c.err = fmt.Errorf("weights: metadata of type %T cannot be written", v)
	}
}

// Pairs are the metadata of a file whose keys begin with prefix, as WriteGGUF takes them, in the order of
// their keys.
func Pairs(meta map[string]any, prefix string) (all []Pair) {
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		if strings.HasPrefix(key, prefix) {
			all = append(all, Pair{key, narrow(meta[key])})
		}
	}
	return all
}

// narrow turns what is read into what is written.
func narrow(v any) any {
	switch v := v.(type) {
	case uint64:
		return uint32(v)
	case int64:
		return int32(v)
	case float64:
		return float32(v)
	case []int64:
		return convert[int32](v)
	case []float64:
		return convert[float32](v)
	}
	return v
}

func convert[U int32 | float32, V int64 | float64](v []V) []U {
	out := make([]U, len(v))
	for i, x := range v {
		out[i] = U(x)
	}
	return out
}
