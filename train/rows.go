package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"wenyuan/train/engine"
)

// A tokenWriter writes samples into two files: PATH.tokens, in which each part of a sample is its
// tokens with a bit each that says whether it is learned, and PATH.places, where each sample begins.
type tokenWriter struct {
	tokens, places *bufio.Writer
	files          []*os.File
	at             int64
	count          int
	sum            hash.Hash
	scratch        []byte
}

// place is one sample in PATH.places: where it begins and ends in PATH.tokens, and how many tokens
// it has.
const place = 8 + 8 + 4

func newTokenWriter(path string) (*tokenWriter, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("train: tokens: %w", err)
	}
	w := &tokenWriter{sum: sha256.New()}
	for _, name := range []string{".tokens", ".places"} {
		f, err := os.OpenFile(path+name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("train: tokens: %w", err), w.close())
		}
		w.files = append(w.files, f)
	}
	w.tokens, w.places = bufio.NewWriterSize(w.files[0], 1<<20), bufio.NewWriterSize(w.files[1], 1<<16)
	return w, nil
}

// add writes one sample of one part or two.
func (w *tokenWriter) add(parts ...engine.Sample) error {
	b := append(w.scratch[:0], byte(len(parts)))
	size := 0
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Tokens)))
		for i, t := range p.Tokens {
			word := uint32(t) << 1
			if p.Learn == nil || p.Learn[i] {
				word |= 1
			}
			b = binary.LittleEndian.AppendUint32(b, word)
		}
		size += len(p.Tokens)
	}
	w.scratch = b
	w.sum.Write(b)
	var at [place]byte
	binary.LittleEndian.PutUint64(at[:], uint64(w.at))
	binary.LittleEndian.PutUint64(at[8:], uint64(w.at)+uint64(len(b)))
	binary.LittleEndian.PutUint32(at[16:], uint32(size))
	w.at += int64(len(b))
	w.count++
	_, err := w.tokens.Write(b)
	if _, err2 := w.places.Write(at[:]); err2 != nil || err != nil {
		return fmt.Errorf("train: tokens: %w", errors.Join(err, err2))
	}
	return nil
}

// done closes the files and gives the digest of what is in them.
func (w *tokenWriter) done() (digest string, err error) {
	err = errors.Join(w.tokens.Flush(), w.places.Flush(), w.files[0].Sync(), w.files[1].Sync(), w.close())
	if err != nil {
		return "", fmt.Errorf("train: tokens: %w", err)
	}
	return hex.EncodeToString(w.sum.Sum(nil)), nil
}

func (w *tokenWriter) close() error {
	var errs []error
	for _, f := range w.files {
		errs = append(errs, f.Close())
	}
	w.files = nil
	return errors.Join(errs...)
}

// tokens are samples that a tokenWriter wrote. Where each lies is kept in memory, 20 bytes for each;
// the tokens stay in the file. They may be read from many goroutines.
type tokens struct {
	file   *os.File
	places []byte
	digest string
}

func openTokens(path, digest string) (*tokens, error) {
	places, err := os.ReadFile(path + ".places")
	if err != nil {
		return nil, fmt.Errorf("train: tokens: %w", err)
	}
	if len(places)%place != 0 {
		return nil, fmt.Errorf("train: tokens: %s.places is broken off", path)
	}
	f, err := os.Open(path + ".tokens")
	if err != nil {
		return nil, fmt.Errorf("train: tokens: %w", err)
	}
	return &tokens{f, places, digest}, nil
}

// Len is how many samples there are.
func (t *tokens) Len() int { return len(t.places) / place }

// Size is how many tokens a sample has.
func (t *tokens) Size(i int) int {
	return int(binary.LittleEndian.Uint32(t.places[i*place+16:]))
}

// Hash names the content.
func (t *tokens) Hash() string { return t.digest }

// At reads a sample.
func (t *tokens) At(i int) ([]engine.Sample, error) {
	at := t.places[i*place:]
	from, to := binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint64(at[8:])
	b := make([]byte, to-from)
	if _, err := t.file.ReadAt(b, int64(from)); err != nil {
		return nil, fmt.Errorf("train: tokens: sample %d: %w", i, err)
	}
	parts := make([]engine.Sample, b[0])
	b = b[1:]
	for p := range parts {
		n := int(binary.LittleEndian.Uint32(b))
		b = b[4:]
		s := engine.Sample{Tokens: make([]int32, n), Learn: make([]bool, n)}
		for k := range n {
			word := binary.LittleEndian.Uint32(b[4*k:])
			s.Tokens[k], s.Learn[k] = int32(word>>1), word&1 == 1
		}
		parts[p], b = s, b[4*n:]
	}
	return parts, nil
}

// Close closes the file.
func (t *tokens) Close() error { return t.file.Close() }
