package weights

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// entry is one tensor in the head of a safetensors file.
type entry struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// notesKey is the entry that is no tensor.
const notesKey = "__metadata__"

// readSafetensors reads the head: its length in eight bytes and a JSON object by name.
func (f *File) readSafetensors(r *bufio.Reader, size int64) error {
	var n uint64
	if err := binary.Read(r, binary.LittleEndian, &n); err != nil {
		return malformed("it ends in its first eight bytes")
	}
	if n < 2 || n > maxHeader || int64(n) > size-8 {
		return malformed("a head of %d bytes in a file of %d", n, size)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return malformed("it ends in its head")
	}
	var head map[string]json.RawMessage
	if err := json.Unmarshal(text, &head); err != nil {
		return malformed("its head is no JSON object")
	}
	if len(head) > maxTensors {
		return malformed("%d tensors", len(head))
	}
	if notes, ok := head[notesKey]; ok {
		if err := json.Unmarshal(notes, &f.Notes); err != nil {
			return malformed("its metadata are not texts")
		}
		delete(head, notesKey)
	}
	data := 8 + int64(n)
	for _, name := range slices.Sorted(maps.Keys(head)) {
		t, err := tensorOf(name, head[name], data)
		if err != nil {
			return err
		}
		f.Tensors = append(f.Tensors, t)
	}
	return nil
}

func tensorOf(name string, text json.RawMessage, data int64) (Info, error) {
	var e entry
	if err := json.Unmarshal(text, &e); err != nil || len(name) > maxName || len(e.Shape) > maxDims {
		return Info{}, malformed("the tensor %.40q", name)
	}
	n, err := elements(e.Shape)
	if err != nil {
		return Info{}, err
	}
	t := Info{Name: name, Shape: e.Shape, Type: Type(e.Type), elements: n}
	size, ok := t.Type.bytes(n)
	if e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[0] > 1<<62 || ok && e.Offsets[1]-e.Offsets[0] != size {
		return Info{}, malformed("the tensor %q stands at %v", name, e.Offsets)
	}
	t.at = data + e.Offsets[0]
	return t, nil
}

// WriteSafetensors writes tensors as F32, with notes.
func WriteSafetensors(path string, notes map[string]string, all []Tensor) error {
	return Atomic(path, func(w io.Writer) error { return putSafetensors(w, notes, all) })
}

func putSafetensors(w io.Writer, notes map[string]string, all []Tensor) error {
	head := map[string]any{}
	if len(notes) > 0 {
		head[notesKey] = notes
	}
	var at int64
	for _, t := range all {
		if err := t.check(); err != nil {
			return err
		}
		end := at + 4*int64(len(t.Data))
		head[t.Name] = entry{Type: string(F32), Shape: t.Shape, Offsets: [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	for len(text)%8 != 0 { // numbers begin at a multiple of eight
		text = append(text, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, t := range all {
		if err := putFloats(w, t.Data); err != nil {
			return err
		}
	}
	return nil
}
