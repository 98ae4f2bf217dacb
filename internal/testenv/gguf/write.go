package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const alignment = 32 // bytes; the data of each tensor starts at a multiple

// The numbers that GGUF gives to the types of values.
const (
	typeUint32  = 4
	typeInt32   = 5
	typeFloat32 = 6
	typeBool    = 7
	typeString  = 8
	typeArray   = 9
	typeF32     = 0 // of a tensor's elements
)

// A writer writes little-endian GGUF into memory.
type writer struct{ bytes.Buffer }

func (w *writer) raw(s string) { w.WriteString(s) }

// number writes a number or a slice of numbers; into memory this cannot fail.
func (w *writer) number(n any) {
	if err := binary.Write(w, binary.LittleEndian, n); err != nil {
		panic(fmt.Sprintf("gguf: %T has no fixed size", n))
	}
}

// text writes a string with its length before it.
func (w *writer) text(s string) {
	w.number(uint64(len(s)))
	w.raw(s)
}

// value writes a metadata value with its type before it.
func (w *writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.number(uint32(typeString))
		w.text(v)
	case []string:
		w.array(typeString, len(v))
		for _, s := range v {
			w.text(s)
		}
	case []float32:
		w.array(typeFloat32, len(v))
		w.number(v)
	case []int32:
		w.array(typeInt32, len(v))
		w.number(v)
	case float32:
		w.number(uint32(typeFloat32))
		w.number(v)
	case uint32:
		w.number(uint32(typeUint32))
		w.number(v)
	case bool:
		w.number(uint32(typeBool))
		w.number(v)
	default:
		panic(fmt.Sprintf("gguf: no type for %T", v))
	}
}

// array writes what stands before the elements of an array.
func (w *writer) array(element uint32, n int) {
	w.number(uint32(typeArray))
	w.number(element)
	w.number(uint64(n))
}

// tensors writes the table of tensors and then their data.
func (w *writer) tensors(ts []tensor) {
	offset := uint64(0)
	for _, t := range ts {
		w.text(t.name)
		w.number(uint32(len(t.dims)))
		w.number(t.dims)
		w.number(uint32(typeF32))
		w.number(offset)
		offset += (uint64(len(t.data))*4 + alignment - 1) / alignment * alignment
	}
	w.align()
	for _, t := range ts {
		w.number(t.data)
		w.align()
	}
}

// align fills up to the alignment.
func (w *writer) align() {
	for w.Len()%alignment != 0 {
		w.WriteByte(0)
	}
}
