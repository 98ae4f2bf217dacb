package weights

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var some = []Tensor{
	{Name: "a.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, float32(math.Inf(1))}},
	{Name: "b", Shape: []int{5}, Data: []float32{-1, 0, 1e-40, 3.5, 7}},
}

// read opens a file and gives its tensors.
func read(t *testing.T, path string) (*File, []Tensor) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	var all []Tensor
	for _, i := range f.Tensors {
		data, err := f.Read(i.Name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Tensor{i.Name, i.Shape, data})
	}
	return f, all
}

func TestSafetensors(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := WriteSafetensors(path, map[string]string{"format": "pt"}, some); err != nil {
		t.Fatal(err)
	}
	f, got := read(t, path)
	if d := cmp.Diff(some, got); d != "" {
		t.Error(d)
	}
	if f.Notes["format"] != "pt" {
		t.Errorf("notes %v", f.Notes)
	}
}

func TestGGUF(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.gguf")
	meta := []Pair{{"general.architecture", "llama"}, {"n", uint32(7)}, {"i", int32(-7)}, {"f", float32(0.5)}, {"b", true}, {"s", []string{"x", "问"}}, {"is", []int32{1, -2}}, {"fs", []float32{1, 2}}}
	if err := WriteGGUF(path, meta, some); err != nil {
		t.Fatal(err)
	}
	f, got := read(t, path)
	if d := cmp.Diff(some, got); d != "" {
		t.Error(d)
	}
	want := map[string]any{"general.architecture": "llama", "n": uint64(7), "i": int64(-7), "f": 0.5, "b": true, "s": []string{"x", "问"}, "is": []int64{1, -2}, "fs": []float64{1, 2}}
	if d := cmp.Diff(want, f.Meta); d != "" {
		t.Error(d)
	}
	back := Pairs(f.Meta, "")
	if err := WriteGGUF(path, back, some); err != nil {
		t.Fatal(err)
	}
	if f, _ = read(t, path); !cmp.Equal(want, f.Meta) {
		t.Errorf("written again, the metadata are %v", f.Meta)
	}
}

// TestTypes decodes each type from bytes that were made by hand.
func TestTypes(t *testing.T) {
	t.Parallel()
	q8 := append([]byte{0x00, 0x38}, make([]byte, 32)...) // a scale of 0.5
	q8[2], q8[33] = 4, 0xff
	want := make([]float32, 32)
	want[0], want[31] = 2, -0.5
	for _, c := range []struct {
		typ  Type
		in   []byte
		want []float32
	}{
		{F16, []byte{0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c, 0x00, 0x80}, []float32{1, -2, 1.0 / (1 << 24), 65504, float32(math.Inf(1)), 0}},
		{BF16, []byte{0x80, 0x3f, 0x49, 0xc0}, []float32{1, -3.140625}},
		{Q8, q8, want},
	} {
		got := make([]float32, len(c.want))
		c.typ.decode(got, c.in)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.typ, d)
		}
	}
}

// TestUnreadType: a file with a type that is not read opens, and says so of that tensor alone.
func TestUnreadType(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := putGGUF(&b, nil, some); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	at := bytes.Index(data, []byte("a.weight")) + 8 + 4 + 16
	binary.LittleEndian.PutUint32(data[at:], 12)
	path := filepath.Join(t.TempDir(), "m.gguf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read("a.weight"); err == nil || !strings.Contains(err.Error(), "ggml 12") {
		t.Errorf("reading a tensor of an unknown type: %v", err)
	}
	if _, err := f.Read("b"); err != nil {
		t.Error(err)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	head := func(s string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)
	}
	gguf := func(words ...any) []byte {
		var b bytes.Buffer
		b.WriteString(ggufMagic)
		for _, w := range words {
			if err := binary.Write(&b, binary.LittleEndian, w); err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	for name, data := range map[string][]byte{
		"empty":           {},
		"short":           {1, 2},
		"long head":       binary.LittleEndian.AppendUint64(nil, 1<<40),
		"no object":       head("[1]"),
		"beyond":          head(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`),
		"size":            append(head(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}`), make([]byte, 16)...),
		"negative":        append(head(`{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,8]}}`), make([]byte, 16)...),
		"overflow":        append(head(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`), make([]byte, 16)...),
		"GGUF version":    gguf(uint32(1), uint64(0), uint64(0)),
		"GGUF count":      gguf(uint32(3), uint64(1)<<40, uint64(0)),
		"GGUF text":       gguf(uint32(3), uint64(0), uint64(1), uint64(1)<<60, uint64(0), uint64(0)),
		"GGUF end":        gguf(uint32(3), uint64(1), uint64(0)),
		"GGUF array":      gguf(uint32(3), uint64(0), uint64(1), uint64(1), byte('k'), uint32(9), uint32(9), uint64(1), uint64(9)),
		"GGUF long array": gguf(uint32(3), uint64(0), uint64(1), uint64(1), byte('k'), uint32(9), uint32(8), uint64(1)<<30),
		"GGUF twice":      gguf(uint32(3), uint64(0), uint64(2), uint64(1), byte('k'), uint32(7), byte(1), uint64(1), byte('k'), uint32(7), byte(1)),
		"GGUF alignment":  gguf(uint32(3), uint64(0), uint64(1), uint64(17), []byte("general.alignment"), uint32(4), uint32(3)),
		"GGUF after end":  gguf(uint32(3), uint64(1), uint64(0), uint64(1), byte('t'), uint32(1), uint64(8), uint32(0), uint64(1)<<50),
		"GGUF dimensions": gguf(uint32(3), uint64(1), uint64(0), uint64(1), byte('t'), uint32(9), make([]byte, 100)),
	} {
		path := filepath.Join(t.TempDir(), "m")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err == nil {
			f.Close()
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAtomic: what goes wrong while writing leaves what was there, and nothing beside it.
func TestAtomic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space")
	if err := Atomic(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<21)); err != nil {
			return err
		}
		return full
	}); !errors.Is(err, full) {
		t.Errorf("the cause is lost: %v", err)
	}
	files, err := os.ReadDir(dir)
	text, _ := os.ReadFile(path)
	if err != nil || len(files) != 1 || string(text) != "before" {
		t.Errorf("left %v, %q, %v", files, text, err)
	}
}

func FuzzOpen(f *testing.F) {
	var a, b bytes.Buffer
	if err := errors.Join(putSafetensors(&a, map[string]string{"k": "v"}, some), putGGUF(&b, []Pair{{"k", []string{"x"}}, {"general.alignment", uint32(64)}}, some)); err != nil {
		f.Fatal(err)
	}
	f.Add(a.Bytes())
	f.Add(b.Bytes())
	f.Add([]byte("GGUF\x03\x00\x00\x00"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		w := &File{}
		r := bufio.NewReader(bytes.NewReader(data))
		var err error
		if bytes.HasPrefix(data, []byte(ggufMagic)) {
			err = w.readGGUF(r, int64(len(data)))
		} else {
			err = w.readSafetensors(r, int64(len(data)))
		}
		if err == nil {
			err = w.index(int64(len(data)))
		}
		if err != nil {
			return
		}
		path := filepath.Join(dir, "m")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := Open(path)
		if err != nil {
			t.Fatalf("in memory it was read: %v", err)
		}
		defer file.Close()
		for _, i := range file.Tensors { // what opened reads, or says that its type does not
			if x, err := file.Read(i.Name); err == nil && int64(len(x)) != i.elements {
				t.Fatalf("%+v gave %d numbers", i, len(x))
			} else if err != nil && !strings.Contains(err.Error(), "of type") {
				t.Fatal(err)
			}
		}
	})
}
