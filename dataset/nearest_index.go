package dataset

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A nearIndex says which rows of a set's training split may have a run of tokens: for each bucket of runs the numbers of
// the rows, rising. It is a file beside the data, made when it is first asked for and never changed, as the
// set never changes; what was erased since is left out when the rows are read. It holds no word: of a run
// there is the bucket alone, and several runs share one.
//
// The file is a head of 32 bytes, then one offset of 8 bytes for each bucket and one behind, then the
// numbers, 4 bytes each; little-endian.
type nearIndex struct {
	file    *os.File
	bits    int // of a bucket
	rows    int // that were looked at
	highest int // number of the last one
	cut     bool
}

const (
	nearMagic   = "wynear1\n"
	nearHead    = 32
	nearParts   = 64        // files that postings are sorted by before they are put together
	fewNearRows = 20_000    // rows of which all fit into one of them
	maxNearRows = 1_000_000 // rows of an index: about 500 bytes of disk each, and for a while as much again
	keptNear    = 16        // indexes that are kept, those asked last
	mostBits    = 22
	leastBits   = 10
)

func (x *nearIndex) bucket(h uint64) uint32 { return bucketOf(h, x.bits) }

// bucketOf is where a run belongs. The hash of a run is mixed once more: its high bits are few.
func bucketOf(h uint64, n int) uint32 {
	h = (h ^ h>>32) * 0x9E3779B97F4A7C15
	return uint32(h >> (64 - n))
}

// runs calls f with each run of three tokens, or with all of fewer together.
func runs(t []uint64, f func(uint64)) {
	if len(t) < shingle {
		f(run(t))
	}
	for i := 0; i+shingle <= len(t); i++ {
		f(run(t[i : i+shingle]))
	}
}

// nearIndex opens the index of a version, and makes it where there is none. Who asks for one that is being made waits.
func (s *Sets) nearIndex(ctx context.Context, sc scope.Scope, hash string, rows int) (*nearIndex, error) {
	dir := filepath.Join(s.Store.Dir(), "nearest")
	path := filepath.Join(dir, sc.Space()+"-"+hash)
	x, err := openNear(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return x, err
	}
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if x, err = openNear(path); !errors.Is(err, fs.ErrNotExist) {
		return x, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("dataset: nearest: %w", err)
	}
	if err := s.makeNear(ctx, sc, hash, rows, path); err != nil {
		return nil, fmt.Errorf("dataset: nearest: %w", err)
	}
	if err := dropNear(dir, path); err != nil {
		s.Log.Warn("indexes of data sets that nobody asks were not dropped", "error", err)
	}
	return openNear(path)
}

// indexNear makes the index of a version that was just made, so that who asks for the rows nearest to a sentence does not
// wait for it. That it cannot be made is said, and is no error of the version.
func (s *Sets) indexNear(ctx context.Context, sc scope.Scope, rep Report, told func(Progress) error) error {
	if err := told(Progress{Stage: "index", Done: rep.Set.Rows, Of: rep.Set.Rows}); err != nil {
		return err
	}
	x, err := s.nearIndex(ctx, sc, rep.Dataset.Hash, rep.Set.Counts.Split[Train])
	if err == nil {
		err = x.close()
	}
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("the index of a data set could not be made", "dataset", rep.Set.Name, "error", err)
	}
	return ctx.Err()
}

// openNear opens one that is there.
func openNear(path string) (_ *nearIndex, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var head [nearHead]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:8]) != nearMagic {
		return nil, errors.Join(fmt.Errorf("dataset: %s is no index", path), err, f.Close())
	}
	now := time.Now()
	if err := os.Chtimes(path, now, now); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &nearIndex{file: f, bits: int(binary.LittleEndian.Uint32(head[8:])), rows: int(binary.LittleEndian.Uint32(head[12:])), highest: int(binary.LittleEndian.Uint32(head[16:])), cut: head[20] == 1}, nil
}

func (x *nearIndex) close() error { return x.file.Close() }

// dropNear removes the indexes that nobody asked for the longest.
func dropNear(dir, but string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	type old struct {
		path string
		at   time.Time
	}
	var all []old
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() || filepath.Join(dir, e.Name()) == but {
			continue
		}
		all = append(all, old{filepath.Join(dir, e.Name()), info.ModTime()})
	}
	slices.SortFunc(all, func(a, b old) int { return b.at.Compare(a.at) })
	var errs []error
	for _, o := range all[min(len(all), keptNear-1):] {
		errs = append(errs, os.Remove(o.path))
	}
	return errors.Join(errs...)
}

// ForgetSpace removes what this server keeps of the data sets of a space in files, when the space is gone. It waits for
// an index that is being made. Where it cannot, the log says so.
func (s *Sets) ForgetSpace(space string) {
	s.making <- struct{}{}
	defer func() { <-s.making }()
	dir := filepath.Join(s.Store.Dir(), "nearest")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	errs := []error{err}
	for _, e := range entries {
		if i := strings.LastIndexByte(e.Name(), '-'); i >= 0 && e.Name()[:i] == space {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		s.Log.Warn("indexes of data sets of a space that is gone were not removed", "space", space, "error", err)
	}
}

// A nearMaker sorts postings into files by the beginning of their bucket, so that it holds a part of them in memory.
type nearMaker struct {
	bits  int
	shift int // from a bucket to its part
	files []*os.File
	out   []*bufio.Writer
	found []uint32
}

// makeNear makes an index and puts it under its name when it is whole.
func (s *Sets) makeNear(ctx context.Context, sc scope.Scope, hash string, rows int, path string) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(path), "making-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	m, parts := nearMaker{bits: min(mostBits, max(leastBits, bits.Len(uint(rows*16))))}, nearParts
	if rows <= fewNearRows {
		parts = 1
	}
	m.shift = m.bits - bits.Len(uint(parts-1))
	defer func() {
		for _, f := range m.files {
			err = errors.Join(err, f.Close())
		}
	}()
	for i := range parts {
		f, err := os.Create(filepath.Join(tmp, fmt.Sprint(i)))
		if err != nil {
			return err
		}
		m.files, m.out = append(m.files, f), append(m.out, bufio.NewWriterSize(f, 32<<10))
	}
	x := nearIndex{bits: m.bits}
	err = s.training(ctx, sc, hash, func(number int, r form.Row) error {
		if x.cut = x.rows == maxNearRows; x.cut {
			return errEnough
		}
		x.rows++
		x.highest = number
		return m.add(uint32(number), r)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	whole := filepath.Join(tmp, "whole")
	if err := m.write(whole, x); err != nil {
		return err
	}
	return os.Rename(whole, path)
}

// training goes through the rows of a version's training split, without asking who sees them.
func (s *Sets) training(ctx context.Context, sc scope.Scope, hash string, each func(number int, r form.Row) error) error {
	for from := 0; ; {
		var numbers []int
		var said []string
		err := s.Store.Read(ctx, func(tx *store.Tx) error {
			numbers, said = nil, nil
			return tx.Each(ctx, func(r store.Row) error {
				var n int
				var text string
				if err := r.Scan(&n, &text); err != nil {
					return err
				}
				numbers, said = append(numbers, n), append(said, text)
				return nil
			}, fmt.Sprintf(`SELECT r.number, s.row FROM dataset_row r JOIN sample s ON s.id = r.sample WHERE r.space = $1 AND r.dataset = $2 AND r.number >= $3 AND r.split = 'train' ORDER BY r.number LIMIT %d`, 4*pageRows), sc.Space(), hash, from)
		})
		if err != nil || len(numbers) == 0 {
			return err
		}
		for i, n := range numbers {
			var r form.Row
			if said[i] == "" {
				continue // erased
			}
			if err := json.Unmarshal([]byte(said[i]), &r); err != nil {
				return err
			}
			if err := each(n, r); err != nil {
				return err
			}
		}
		from = numbers[len(numbers)-1] + 1
	}
}

func (m *nearMaker) add(number uint32, r form.Row) error {
	m.found = m.found[:0]
	runs(tokens(words(r)), func(h uint64) { m.found = append(m.found, bucketOf(h, m.bits)) })
	slices.Sort(m.found)
	var b [8]byte
	for i, bucket := range m.found {
		if i > 0 && bucket == m.found[i-1] {
			continue
		}
		binary.LittleEndian.PutUint32(b[:], bucket)
		binary.LittleEndian.PutUint32(b[4:], number)
		if _, err := m.out[bucket>>m.shift].Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

// write puts the parts together.
func (m *nearMaker) write(path string, x nearIndex) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	at := int64(nearHead + 8*(1<<m.bits+1))
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return err
	}
	offsets := make([]uint64, 1<<m.bits+1)
	lists := bufio.NewWriterSize(f, 256<<10)
	for i := range m.files {
		if err := m.part(i, offsets, lists); err != nil {
			return err
		}
	}
	if err := lists.Flush(); err != nil {
		return err
	}
	for i := 1; i < len(offsets); i++ { // from how many to where they end
		offsets[i] += offsets[i-1]
	}
	var head [nearHead]byte
	copy(head[:], nearMagic)
	binary.LittleEndian.PutUint32(head[8:], uint32(m.bits))
	binary.LittleEndian.PutUint32(head[12:], uint32(x.rows))
	binary.LittleEndian.PutUint32(head[16:], uint32(x.highest))
	if x.cut {
		head[20] = 1
	}
	if _, err := f.WriteAt(head[:], 0); err != nil {
		return err
	}
	all := make([]byte, 8*len(offsets))
	for i, o := range offsets {
		binary.LittleEndian.PutUint64(all[8*i:], o)
	}
	_, err = f.WriteAt(all, nearHead)
	return err
}

// part sorts one part and writes its lists. offsets gets how many rows each bucket has, one place behind it.
func (m *nearMaker) part(i int, offsets []uint64, into io.Writer) error {
	if err := m.out[i].Flush(); err != nil {
		return err
	}
	raw, err := os.ReadFile(m.files[i].Name())
	if err != nil {
		return err
	}
	first := uint32(i) << m.shift
	ends := make([]uint32, 1<<m.shift) // of each bucket of the part; the rows come in their order and stay in it
	for k := 0; k < len(raw); k += 8 {
		bucket := binary.LittleEndian.Uint32(raw[k:])
		ends[bucket-first]++
		offsets[bucket+1]++
	}
	at := uint32(0)
	for k, n := range ends {
		ends[k], at = at, at+n
	}
	out := make([]byte, len(raw)/2)
	for k := 0; k < len(raw); k += 8 {
		end := &ends[binary.LittleEndian.Uint32(raw[k:])-first]
		copy(out[4**end:], raw[k+4:k+8])
		*end++
	}
	_, err = into.Write(out)
	return err
}

// A hit is a row that may have so many of the runs that are asked for, and no more.
type hit struct {
	number int
	most   int
}

// find gives the rows that may have at least so many of some runs, those with most first.
func (x *nearIndex) find(want map[uint64]bool, least int) ([]hit, error) {
	counts := make([]uint16, x.highest+1)
	var span [16]byte
	for h := range want {
		bucket := int64(x.bucket(h))
		if _, err := x.file.ReadAt(span[:], nearHead+8*bucket); err != nil {
			return nil, fmt.Errorf("dataset: nearest: %w", err)
		}
		from, to := binary.LittleEndian.Uint64(span[:]), binary.LittleEndian.Uint64(span[8:])
		if from == to {
			continue
		}
		list := make([]byte, 4*(to-from))
		if _, err := x.file.ReadAt(list, nearHead+8*(1<<x.bits+1)+4*int64(from)); err != nil {
			return nil, fmt.Errorf("dataset: nearest: %w", err)
		}
		for i := 0; i < len(list); i += 4 {
			counts[binary.LittleEndian.Uint32(list[i:])]++
		}
	}
	var all []hit
	for n, c := range counts {
		if int(c) >= least {
			all = append(all, hit{n, int(c)})
		}
	}
	slices.SortFunc(all, func(a, b hit) int { return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.number, b.number)) })
	return all, nil
}
