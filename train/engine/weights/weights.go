// Package weights reads and writes the files that models are kept in: safetensors and GGUF. What
// is read comes from strangers, so every count and size is held under a limit and against the length of
// the file before memory is taken for it; numbers are read a piece at a time. What is written is written
// beside its place, made durable, and put there at once: a full disk leaves what was there before.
package weights

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// ErrFormat says that a file is not of its form, or beyond a limit.
var ErrFormat = errors.New("weights: not a file of this form")

func malformed(form string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(form, args...))
}

// Limits of what is read.
const (
	maxTensors   = 1 << 16
	maxName      = 1 << 10 // bytes
	maxDims      = 4
	maxMeta      = 1 << 14 // entries
	maxText      = 1 << 24 // bytes of one text
	maxElements  = 1 << 24 // of one array of metadata
	maxHeader    = 1 << 28 // bytes before the numbers
	maxParameter = 1 << 40 // numbers of one tensor
)

// A Type is how numbers are written.
type Type string

// The types that are read; F32 and F16 are written too.
const (
	F32  Type = "F32"
	F16  Type = "F16"
	BF16 Type = "BF16"
	Q8   Type = "Q8_0" // 32 signed bytes and their scale
)

// bytes is the length of n numbers; ok is false where n does not fill whole blocks.
func (t Type) bytes(n int64) (size int64, ok bool) {
	switch t {
	case F32:
		return 4 * n, true
	case F16, BF16:
		return 2 * n, true
	case Q8:
		return n / 32 * 34, n%32 == 0
	}
	return 0, false
}

// An Info is one tensor of a file. The last of Shape varies fastest, in GGUF too.
type Info struct {
	Name  string
	Shape []int
	Type  Type

	at, elements int64
}

// A File is a model file that stays open for reading; its tensors are read from several
// goroutines.
type File struct {
	Tensors []Info
	Meta    map[string]any    // of GGUF: bool, int64, uint64, float64, string, []bool, []int64, []float64, []string
	Notes   map[string]string // of safetensors: its __metadata__

	file   *os.File
	byName map[string]int
}

// Open reads the head of a .safetensors or .gguf file.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	w := &File{file: f}
	r := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := r.Peek(4); string(magic) == ggufMagic {
		err = w.readGGUF(r, info.Size())
	} else {
		err = w.readSafetensors(r, info.Size())
	}
	if err == nil {
		err = w.index(info.Size())
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return w, nil
}

// index finds tensors by name, each once and inside the file.
func (f *File) index(size int64) error {
	f.byName = map[string]int{}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if _, ok := f.byName[t.Name]; ok {
			return malformed("the tensor %q is there twice", t.Name)
		}
		f.byName[t.Name] = i
		n, ok := t.Type.bytes(t.elements)
		if !ok {
			continue // of a type that is not read; whoever wants it is told
		}
		if t.at < 0 || n < 0 || t.at > size-n {
			return malformed("the tensor %q ends after the file", t.Name)
		}
	}
	return nil
}

// elements multiplies a shape out, under the limit.
func elements(shape []int) (int64, error) {
	n := int64(1)
	for _, s := range shape {
		if s < 0 || s > 0 && n > maxParameter/int64(s) {
			return 0, malformed("a tensor of shape %v", shape)
		}
		n *= int64(s)
	}
	return n, nil
}

// Find gives a tensor by its name.
func (f *File) Find(name string) (Info, bool) {
	i, ok := f.byName[name]
	if !ok {
		return Info{}, false
	}
	return f.Tensors[i], true
}

// Close ends reading.
func (f *File) Close() error { return f.file.Close() }

// Read gives all numbers of a tensor.
func (f *File) Read(name string) ([]float32, error) {
	t, ok := f.Find(name)
	if !ok {
		return nil, fmt.Errorf("weights: no tensor %q", name)
	}
	size, ok := t.Type.bytes(t.elements)
	if !ok {
		return nil, fmt.Errorf("weights: the tensor %q is of type %s: F32, F16, BF16 and Q8_0 are read", name, t.Type)
	}
	out := make([]float32, t.elements)
	r := io.NewSectionReader(f.file, t.at, size)
	buf := make([]byte, 34<<15)
	for at := 0; at < len(out); {
		n := min(len(out)-at, 32<<15)
		bytes, _ := t.Type.bytes(int64(n))
		if _, err := io.ReadFull(r, buf[:bytes]); err != nil {
			return nil, fmt.Errorf("weights: the tensor %q: %w", name, err)
		}
		t.Type.decode(out[at:at+n], buf)
		at += n
	}
	return out, nil
}

// decode turns bytes into numbers.
func (t Type) decode(out []float32, b []byte) {
	switch t {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(uint32(b[4*i]) | uint32(b[4*i+1])<<8 | uint32(b[4*i+2])<<16 | uint32(b[4*i+3])<<24)
		}
	case F16:
		for i := range out {
			out[i] = half(uint16(b[2*i]) | uint16(b[2*i+1])<<8)
		}
	case BF16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(b[2*i])<<16 | uint32(b[2*i+1])<<24)
		}
	case Q8:
		for i := 0; i < len(out); i += 32 {
			scale := half(uint16(b[0]) | uint16(b[1])<<8)
			for k := range 32 {
				out[i+k] = scale * float32(int8(b[2+k]))
			}
			b = b[34:]
		}
	}
}

// half is a number of IEEE 754's binary16.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&0x3ff)
	switch exp {
	case 0:
		f := float32(frac) / (1 << 24)
		if sign != 0 {
			f = -f
		}
		return f
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// A Tensor is numbers to write.
type Tensor struct {
	Name  string
	Shape []int // the last varies fastest
	Data  []float32
}

// check holds a tensor's numbers against its shape.
func (t Tensor) check() error {
	n, err := elements(t.Shape)
	if err != nil {
		return err
	}
	if n != int64(len(t.Data)) || len(t.Shape) == 0 || len(t.Shape) > maxDims {
		return fmt.Errorf("weights: the tensor %q has %d numbers for the shape %v", t.Name, len(t.Data), t.Shape)
	}
	return nil
}

// Atomic writes a file with write beside its place, makes it durable, and puts it there. What
// goes wrong leaves the file that was there before.
func Atomic(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	b := bufio.NewWriterSize(f, 1<<20)
	if err = write(b); err != nil {
		return err
	}
	if err = b.Flush(); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name durable, where the system can.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !strings.Contains(err.Error(), "invalid") && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

// putFloats writes numbers as F32.
func putFloats(w io.Writer, x []float32) error {
	buf := make([]byte, 0, 1<<16)
	for len(x) > 0 {
		n := min(len(x), cap(buf)/4)
		buf = buf[:4*n]
		for i, v := range x[:n] {
			b := math.Float32bits(v)
			buf[4*i], buf[4*i+1], buf[4*i+2], buf[4*i+3] = byte(b), byte(b>>8), byte(b>>16), byte(b>>24)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		x = x[n:]
	}
	return nil
}
