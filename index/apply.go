package index

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"wenyuan"
)

// Apply makes one step: durable and visible at once, or not at all. The documents of
// Add that are there already are replaced.
func (x *Index) Apply(ctx context.Context, b Batch) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	s, err := x.acquire()
	if err != nil {
		return err
	}
	defer s.release()
	docs, err := x.admit(b)
	if err != nil {
		return err
	}
	w := x.newWriter(s)
	defer w.release()
	w.bury(b.Remove, docs)
	if len(docs) > 0 {
		if err := w.add(ctx, docs); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	if err := w.tidy(ctx); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	w.state.Change = b.Change
	return w.commit()
}

// admit checks a batch and puts the entries of each document together.
func (x *Index) admit(b Batch) ([][]Entry, error) {
	if b.Change <= x.state.Change {
		return nil, &wenyuan.Error{Code: wenyuan.Conflict,
			Message: fmt.Sprintf("the index stands at change %d already, %d does not come after it", x.state.Change, b.Change),
			Hint:    "feed the index from the change log, in order"}
	}
	at := map[string]int{}
	var docs [][]Entry
	for _, e := range b.Add {
		if err := x.admitVector(e); err != nil {
			return nil, err
		}
		i, ok := at[e.Document]
		if !ok {
			i = len(docs)
			at[e.Document] = i
			docs = append(docs, nil)
		}
		docs[i] = append(docs[i], e)
	}
	return docs, nil
}

func (x *Index) admitVector(e Entry) error {
	if e.Vector == nil {
		return nil
	}
	if x.state.Dim == 0 {
		x.state.Dim = len(e.Vector)
	}
	if x.o.Embedding != "" && len(e.Vector) == x.state.Dim {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Invalid,
		Message: fmt.Sprintf("the vector of passage %s has %d numbers, those of this index have %d", e.Passage, len(e.Vector), x.state.Dim),
		Hint:    "check that the embedder's model was not exchanged without a new version"}
}

// A writer prepares the next state beside the current one. It holds the files it has
// made until they are installed.
type writer struct {
	x       *Index
	state   manifest
	parts   []*part
	learned *model
	made    []*mapped
	changed int // sections that came or went
}

func (x *Index) newWriter(s *snapshot) *writer {
	return &writer{x: x, state: x.state.clone(), parts: slices.Clone(s.parts), learned: s.learned}
}

// release lets go of the files that were made; installed ones are held by the snapshot,
// the others go.
func (w *writer) release() {
	named := w.x.state.files()
	for _, m := range w.made {
		m.doom.Store(!named[filepath.Base(m.path)])
		m.release()
	}
}

// name makes the name of a new file.
func (w *writer) name(ending string) string {
	w.state.Next++
	return fmt.Sprintf("%08d.%s", w.state.Next, ending)
}

func (w *writer) path(name string) string { return filepath.Join(w.x.o.Dir, name) }

// bury marks documents as dead wherever they are.
func (w *writer) bury(remove []string, replaced [][]Entry) {
	for i, p := range w.parts {
		var dead *roaring.Bitmap
		kill := func(id string) {
			d, ok := p.seg.findDocument(id)
			if !ok || p.dead != nil && p.dead.Contains(d) {
				return
			}
			if dead == nil {
				if dead = roaring.New(); p.dead != nil {
					dead = p.dead.Clone()
				}
			}
			dead.Add(d)
		}
		for _, id := range remove {
			kill(id)
		}
		for _, doc := range replaced {
			kill(doc[0].Document)
		}
		if dead != nil {
			w.parts[i] = newPart(p.seg, p.feats, dead)
			w.changed += p.sections - w.parts[i].sections
		}
	}
	w.parts = slices.DeleteFunc(w.parts, func(p *part) bool { return p.sections == 0 && p.seg.name != w.x.pinned })
}

// add writes a segment of the new documents.
func (w *writer) add(ctx context.Context, docs [][]Entry) error {
	b := newBuilder(w.state.Dim)
	for _, doc := range docs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.document(doc)
	}
	name := w.name("seg")
	if err := b.write(w.path(name)); err != nil {
		return err
	}
	p, err := w.open(name)
	if err != nil {
		return err
	}
	w.changed += p.sections
	if w.learned != nil {
		if err := w.features(p, func(path string) error { return w.learned.foldIn(path, p.seg) }); err != nil {
			return err
		}
	}
	w.parts = append(w.parts, p)
	return nil
}

// open maps a segment file that was just written.
func (w *writer) open(name string) (*part, error) {
	seg, err := openSegment(w.path(name), name, w.state.Dim)
	if err != nil {
		return nil, err
	}
	w.made = append(w.made, seg.mapped)
	return newPart(seg, nil, nil), nil
}

// features writes and opens the learned vectors of a part.
func (w *writer) features(p *part, write func(path string) error) error {
	name := w.name("vec")
	if err := write(w.path(name)); err != nil {
		return err
	}
	f, err := openFeatures(w.path(name), name, w.learned, p.seg.sections())
	if err != nil {
		return err
	}
	w.made = append(w.made, f.mapped)
	p.feats = f
	return nil
}

// Segments of about one size are merged when there are so many of them. Each level holds
// segments about so many times larger than the one before; a passage is thus written
// again about as often as there are levels.
const mergeFactor, smallest = 8, 1024

func level(sections int) int {
	l := 0
	for n := smallest; sections > n; n *= mergeFactor {
		l++
	}
	return l
}

// tidy merges until no level is full and no segment is mostly dead.
func (w *writer) tidy(ctx context.Context) error {
	for {
		from := w.choose()
		if from == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.merge(from); err != nil {
			return err
		}
	}
}

// choose names the parts to merge next; nil when all is well.
func (w *writer) choose() []*part {
	byLevel := map[int][]*part{}
	for _, p := range w.parts {
		if p.seg.name == w.x.pinned {
			continue
		}
		if p.sections*2 < p.seg.sections() {
			return []*part{p}
		}
		l := level(p.sections)
		if byLevel[l] = append(byLevel[l], p); len(byLevel[l]) == mergeFactor {
			return byLevel[l]
		}
	}
	return nil
}

// merge replaces some parts by one.
func (w *writer) merge(from []*part) error {
	name := w.name("seg")
	moved, err := merge(w.path(name), from, w.state.Dim)
	if err != nil {
		return err
	}
	p, err := w.open(name)
	if err != nil {
		return err
	}
	if w.learned != nil {
		if err := w.features(p, func(path string) error { return mergeFeatures(path, w.learned, from, moved, p.seg.sections()) }); err != nil {
			return err
		}
	}
	w.parts = slices.DeleteFunc(w.parts, func(p *part) bool { return slices.Contains(from, p) })
	w.parts = append(w.parts, p)
	return nil
}

// commit makes the new state durable and visible.
func (w *writer) commit() error {
	var err error
	if w.state.Segments, err = list(w.parts); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if w.state.Learned != nil {
		w.state.Learned.Changed += w.changed
	}
	return w.x.install(w.state, w.parts, w.learned)
}
