package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A file of the index is written once and never changed:
//
//	magic, kind and version (16 bytes)
//	parts, each at a multiple of 8
//	table: offset, length and CRC-32C of each part (20 bytes each)
//	tail: offset of the table, number of parts, CRC-32C of head, table and tail (16 bytes)
//
// Numbers are little-endian, as on every machine the program is built for, so that
// arrays are used where they lie in the mapped file. Gaps between parts are zero and
// checked too: no byte of a file can change unseen.

const headSize, tailSize, rowSize = 16, 16, 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged is the cause where a file is not what was written.
var errDamaged = errors.New("damaged")

// A fileWriter writes one file of the index under a temporary name.
type fileWriter struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	head  [headSize]byte
	at    uint64
	table []byte
	err   error
}

func createFile(path, kind string, version uint32) (*fileWriter, error) {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w := &fileWriter{path: path, f: f, w: bufio.NewWriterSize(f, 1<<18)}
	copy(w.head[:], "wenyuan")
	copy(w.head[8:12], kind)
	binary.LittleEndian.PutUint32(w.head[12:], version)
	w.write(w.head[:])
	return w, nil
}

func (w *fileWriter) write(b []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
		w.at += uint64(len(b))
	}
}

// part appends one part. Parts are found again by their number.
func (w *fileWriter) part(b []byte) {
	var row [rowSize]byte
	binary.LittleEndian.PutUint64(row[0:], w.at)
	binary.LittleEndian.PutUint64(row[8:], uint64(len(b)))
	binary.LittleEndian.PutUint32(row[16:], crc32.Checksum(b, castagnoli))
	w.table = append(w.table, row[:]...)
	w.write(b)
	w.pad()
}

func (w *fileWriter) pad() {
	var zero [8]byte
	w.write(zero[:(8-w.at%8)%8])
}

// finish makes the file durable under its name.
func (w *fileWriter) finish() error {
	at := w.at
	w.write(w.table)
	var tail [tailSize]byte
	binary.LittleEndian.PutUint64(tail[0:], at)
	binary.LittleEndian.PutUint32(tail[8:], uint32(len(w.table)/rowSize))
	sum := crc32.Update(crc32.Checksum(w.head[:], castagnoli), castagnoli, w.table)
	binary.LittleEndian.PutUint32(tail[12:], crc32.Update(sum, castagnoli, tail[:12]))
	w.write(tail[:])
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return publish(w.f, w.path, w.err)
}

// publish syncs a temporary file, closes it and gives it its name.
func publish(f *os.File, path string, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

// A mapped is an open file of the index. It is unmapped when nobody holds it.
type mapped struct {
	path  string
	data  []byte
	parts [][]byte
	refs  atomic.Int32
	doom  atomic.Bool // remove the file when it is unmapped
}

// openFile maps a file and verifies every byte of it.
func openFile(path, kind string, version uint32, parts int) (*mapped, error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	m := &mapped{path: path, data: data}
	m.refs.Store(1)
	if err := m.verify(kind, version, parts); err != nil {
		unmapFile(data)
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return m, nil
}

func (m *mapped) verify(kind string, version uint32, parts int) error {
	d := m.data
	if len(d) < headSize+tailSize || string(d[:7]) != "wenyuan" {
		return errDamaged
	}
	tail := d[len(d)-tailSize:]
	at, n := binary.LittleEndian.Uint64(tail), int(binary.LittleEndian.Uint32(tail[8:]))
	if n != parts || at%8 != 0 || at > uint64(len(d)) || uint64(len(d)) != at+uint64(n*rowSize+tailSize) {
		return errDamaged
	}
	table := d[at : len(d)-tailSize]
	sum := crc32.Update(crc32.Checksum(d[:headSize], castagnoli), castagnoli, table)
	if crc32.Update(sum, castagnoli, tail[:12]) != binary.LittleEndian.Uint32(tail[12:]) {
		return errDamaged
	}
	if string(d[8:8+len(kind)]) != kind || binary.LittleEndian.Uint32(d[12:]) != version {
		return errors.New("of another format")
	}
	return m.slice(table, at)
}

// slice finds the parts and checks that they and the gaps are whole.
func (m *mapped) slice(table []byte, end uint64) error {
	next := uint64(headSize)
	for ; len(table) > 0; table = table[rowSize:] {
		at, size := binary.LittleEndian.Uint64(table), binary.LittleEndian.Uint64(table[8:])
		if at != next || size > end-at {
			return errDamaged
		}
		next = (at + size + 7) &^ 7
		if next > end {
			return errDamaged
		}
		part := m.data[at : at+size : at+size]
		if crc32.Checksum(part, castagnoli) != binary.LittleEndian.Uint32(table[16:]) {
			return errDamaged
		}
		for _, c := range m.data[at+size : next] {
			if c != 0 {
				return errDamaged
			}
		}
		m.parts = append(m.parts, part)
	}
	if next != end {
		return errDamaged
	}
	return nil
}

func (m *mapped) retain() { m.refs.Add(1) }

// release unmaps the file when the last holder lets go, and removes it when it is no longer named.
func (m *mapped) release() {
	if m.refs.Add(-1) > 0 {
		return
	}
	if m.doom.Load() {
		os.Remove(m.path)
	}
	unmapFile(m.data)
	m.data, m.parts = nil, nil
}

// array views a part as numbers where they lie.
func array[T uint16 | uint32 | uint64 | float32](b []byte) []T {
	var t T
	size := int(unsafe.Sizeof(t))
	if len(b) < size {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/size)
}

// raw views numbers as the bytes of a part.
func raw[T uint16 | uint32 | uint64 | float32](v []T) []byte {
	var t T
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(t)))
}

// text views bytes as a string; it lives no longer than they do.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// writeWhole writes a small file in one go, durable and in place at once.
func writeWhole(path string, data []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return publish(f, path, err)
}

// readWhole reads a small file, up to a limit that keeps a wrong file from filling the memory.
func readWhole(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errDamaged
	}
	return data, err
}

// syncDir makes a rename durable, where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
