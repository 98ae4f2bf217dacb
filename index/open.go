package index

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"wenyuan"
)

// An Index may be used from several goroutines at once. One of them writes at a time;
// who searches is never held up by who writes.
type Index struct {
	o       Options
	rebuilt string

	writing  sync.Mutex // Apply, Learn's last step, Close
	learning sync.Mutex // one Learn at a time
	state    manifest   // what is on disk; held by writing
	pinned   string     // segment that Learn works on and that may not be merged; held by writing

	mu      sync.RWMutex
	current *snapshot // nil when closed
	scratch sync.Pool
}

// errTooLarge: a segment beyond what its offsets can tell.
var errTooLarge = errors.New("more than 4 GB in one segment")

// Open opens the index of a folder. Where it is missing, damaged, of another format or
// of other vectors, it opens empty, Change is 0 and Rebuilt says why; an error means
// that the folder cannot be used at all.
func Open(o Options) (*Index, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	x := &Index{o: o}
	x.scratch.New = func() any { return new(scratch) }
	parts, learned, err := x.load()
	if err != nil {
		x.rebuilt = err.Error()
		parts, learned = nil, nil
		x.state = manifest{}
	}
	x.state.Format, x.state.Space, x.state.Embedding = manifestFormat, o.Space, o.Embedding
	x.state.Dim = cmp.Or(x.state.Dim, o.Dim)
	x.current = newSnapshot(x.state.Change, parts, learned)
	for _, p := range parts {
		p.release()
	}
	if learned != nil {
		learned.release()
	}
	if err := x.state.sweep(o.Dir); err != nil {
		x.current.release()
		return nil, fmt.Errorf("index: %w", err)
	}
	return x, nil
}

// load opens every file the manifest names. The caller holds what is returned.
func (x *Index) load() (parts []*part, learned *model, err error) {
	m, err := readManifest(x.o.Dir)
	if err != nil || m == nil {
		if found, _ := filepath.Glob(filepath.Join(x.o.Dir, "*.seg")); err == nil && len(found) > 0 {
			err = errors.New("the list of its files is missing")
		}
		return nil, nil, err
	}
	switch {
	case m.Space != x.o.Space:
		return nil, nil, fmt.Errorf("it belongs to the space %q, not %q", m.Space, x.o.Space)
	case m.Embedding != x.o.Embedding:
		return nil, nil, fmt.Errorf("its vectors are of %q, those wanted of %q", m.Embedding, x.o.Embedding)
	case x.o.Dim != 0 && m.Dim != 0 && m.Dim != x.o.Dim:
		return nil, nil, fmt.Errorf("its vectors have %d numbers, those wanted %d", m.Dim, x.o.Dim)
	}
	x.state = *m
	for _, l := range m.Segments {
		p, err := x.openPart(l, m.Dim)
		if err != nil {
			releaseAll(parts)
			return nil, nil, err
		}
		parts = append(parts, p)
	}
	return x.loadLearned(parts)
}

func (x *Index) openPart(l listed, dim int) (*part, error) {
	seg, err := openSegment(filepath.Join(x.o.Dir, l.File), l.File, dim)
	if err != nil {
		return nil, err
	}
	var dead *roaring.Bitmap
	if len(l.Dead) > 0 {
		dead = roaring.New()
		if err := dead.UnmarshalBinary(l.Dead); err != nil {
			seg.release()
			return nil, fmt.Errorf("%s: %w", l.File, errDamaged)
		}
	}
	return newPart(seg, nil, dead), nil
}

// loadLearned adds what was learned. Where that alone is damaged it is forgotten, and
// learned again later.
func (x *Index) loadLearned(parts []*part) ([]*part, *model, error) {
	forget := func() ([]*part, *model, error) {
		x.state.Learned = nil
		for i, p := range parts {
			x.state.Segments[i].Features = ""
			if p.feats != nil {
				p.feats.release()
				p.feats = nil
			}
		}
		return parts, nil, nil
	}
	if x.state.Learned == nil {
		return forget()
	}
	learned, err := openModel(filepath.Join(x.o.Dir, x.state.Learned.File), x.state.Learned.Version)
	if err != nil {
		return forget()
	}
	for i, l := range x.state.Segments {
		parts[i].feats, err = openFeatures(filepath.Join(x.o.Dir, l.Features), l.Features, learned, parts[i].seg.sections())
		if err != nil {
			learned.release()
			return forget()
		}
	}
	return parts, learned, nil
}

// release lets go of the files of a part.
func (p *part) release() {
	p.seg.release()
	if p.feats != nil {
		p.feats.release()
	}
}

func releaseAll(parts []*part) {
	for _, p := range parts {
		p.release()
	}
}

// Rebuilt says why the index opened empty although there was something; "" otherwise.
func (x *Index) Rebuilt() string { return x.rebuilt }

// Close lets go of the files. What runs ends undisturbed; what comes later is an error.
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.current != nil {
		x.current.release()
		x.current = nil
	}
	return nil
}

var errClosed = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the index is closed", Hint: "start the server again"}

// acquire gives the current snapshot; the caller releases it.
func (x *Index) acquire() (*snapshot, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.current == nil {
		return nil, errClosed
	}
	x.current.refs.Add(1)
	return x.current, nil
}

// Change is the number of the last step; 0 before the first.
func (x *Index) Change() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.current == nil {
		return 0
	}
	return x.current.change
}

// Stats says what is in the index; zero when it is closed.
func (x *Index) Stats() Stats {
	s, err := x.acquire()
	if err != nil {
		return Stats{}
	}
	defer s.release()
	st := Stats{Passages: s.passages, Sections: s.sections, Documents: s.documents, Segments: len(s.parts)}
	for _, p := range s.parts {
		st.Bytes += int64(len(p.seg.data))
		if p.feats != nil {
			st.Bytes += int64(len(p.feats.data))
		}
	}
	if s.learned != nil {
		st.Learned = s.learned.version
		st.Bytes += int64(len(s.learned.data))
	}
	return st
}

// install makes a new state durable and then visible, and lets the files go that it no
// longer names. The caller holds writing.
func (x *Index) install(next manifest, parts []*part, learned *model) error {
	if err := next.write(x.o.Dir); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	named := next.files()
	snap := newSnapshot(next.Change, parts, learned)
	x.mu.Lock()
	old := x.current
	x.current = snap
	x.mu.Unlock()
	for _, p := range old.parts {
		p.seg.doom.Store(!named[p.seg.name])
		if p.feats != nil {
			p.feats.doom.Store(!named[p.feats.name])
		}
	}
	if old.learned != nil {
		old.learned.doom.Store(!named[filepath.Base(old.learned.path)])
	}
	x.state = next
	old.release()
	return nil
}

// list says how the parts stand in the manifest.
func list(parts []*part) ([]listed, error) {
	out := make([]listed, len(parts))
	for i, p := range parts {
		out[i].File = p.seg.name
		if p.feats != nil {
			out[i].Features = p.feats.name
		}
		if p.dead != nil {
			var err error
			if out[i].Dead, err = p.dead.ToBytes(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// clone copies a manifest so that the old one stays as it is.
func (m manifest) clone() manifest {
	m.Segments = slices.Clone(m.Segments)
	if m.Learned != nil {
		l := *m.Learned
		m.Learned = &l
	}
	return m
}
