package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train/engine"
	engtokens "wenyuan/train/engine/tokens"
	"wenyuan/version"
)

// A Said is what an adapter or a base wrote.
type Said struct {
	Text  string
	Cut   bool          // it did not end by itself
	Usage wenyuan.Usage // tokens
}

// Bounds of what is said.
const (
	maxSaid  = 4096                 // tokens of one answer
	maxAsked = 16_384               // tokens of one prompt
	maxBase  = 8 << 30              // bytes of a base's files: as many numbers of 32 bits take up to four times that
	heldFor  = time.Minute          // for which a base is kept in memory that nobody asks
	inARow   = 16 * engine.Together // texts of one subject, before another one has its turn
)

// Find finds what can be asked before anything serves it: of the kind adapter what a run made, by its name or hash,
// with ref a label, the beginning of a hash, or "" for the newest; of the kind base whatever Bases lists. The hash of a
// base that lies on this machine is that of its weights, which are read for it. Needs Edit or Own.
func (r *Runs) Find(ctx context.Context, sc scope.Scope, kind, name, ref string) (v wenyuan.Version, err error) {
	if err := mayTrain(sc); err != nil {
		return v, err
	}
	if kind == BaseKind && r.lies(name) {
		hash, err := r.talk.hash(ctx, r, sc.Space(), name)
		v = wenyuan.Version{Kind: kind, Name: name, Hash: hash}
		if err == nil && ref != "" && !strings.HasPrefix(hash, ref) {
			return v, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the base %s has other weights here: %.12s", name, hash), Hint: "wenyuan train bases lists what there is"}
		}
		return v, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		if v, err = r.named(ctx, tx, sc.Space(), kind, name); err != nil || ref == "" {
			return err
		}
		at, err := version.Resolve(ctx, tx, sc.Space(), kind, name, ref)
		if v.Hash = at.Hash; wenyuan.CodeOf(err) == wenyuan.NotFound {
			v.Hash, err = version.Find(ctx, tx, sc.Space(), kind, name, ref)
		}
		return err
	})
	return v, err
}

// heard refuses an adapter, or weights that a run moved, to whom they may tell of documents that they do not see.
func (r *Runs) heard(ctx context.Context, sc scope.Scope, v wenyuan.Version) error {
	n, err := r.Sets.Hidden(ctx, sc, v)
	if err == nil && n > 0 {
		err = &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("%s learned from %d documents that are not for you to see, and a model tells what it learned", v.Name, n), Hint: "have somebody ask it who sees all of them"}
	}
	return err
}

// Under is the base that an adapter stands on, as Find would name it. Needs Edit or Own.
func (r *Runs) Under(ctx context.Context, sc scope.Scope, adapter string) (wenyuan.Version, error) {
	_, m, err := r.Version(ctx, sc, AdapterKind, adapter)
	if err != nil {
		return wenyuan.Version{}, err
	}
	if r.lies(m.Base) {
		return wenyuan.Version{Kind: BaseKind, Name: m.Base, Hash: m.On}, nil
	}
	return r.Find(ctx, sc, BaseKind, m.Base, "")
}

// lies says whether a base is one that is no version: it lies on this machine, or the program makes it.
func (r *Runs) lies(name string) bool {
	_, ok := r.files()[name]
	return ok || name == TinyName
}

// Say has an adapter on its base, or a base alone, go on with a conversation by its chat template: by the most likely
// tokens, up to most of them (0: 256), to the base's end mark, or to the first of stop. What is asked at the same time is
// written together; one base at a time is held in memory, and let go when nobody has asked for a minute. What cannot
// be read by the model is Invalid or TooLarge. Needs Edit or Own, and to see every document that it may have words of.
func (r *Runs) Say(ctx context.Context, sc scope.Scope, v wenyuan.Version, messages []wenyuan.Message, most int, stop ...string) (Said, error) {
	if err := mayTrain(sc); err != nil {
		return Said{}, err
	}
	if most < 0 || most > maxSaid {
		return Said{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("an answer of %d tokens cannot be asked for", most), Hint: fmt.Sprintf("give 1 to %d", maxSaid)}
	}
	if err := r.heard(ctx, sc, v); err != nil {
		return Said{}, err
	}
	l := &line{ctx: ctx, space: sc.Space(), v: v, most: most, done: make(chan struct{})}
	for _, m := range messages {
		l.messages = append(l.messages, engtokens.Message{Role: m.Role, Content: m.Content})
	}
	if err := r.talk.ask(r, l); err != nil {
		return Said{}, err
	}
	for _, s := range stop {
		if before, _, ok := strings.Cut(l.said.Text, s); ok && s != "" {
			l.said.Text, l.said.Cut = before, false
		}
	}
	return l.said, nil
}

// A line is one conversation that is to be gone on with. One without messages asks for the hash of the base.
type line struct {
	ctx      context.Context
	space    string
	v        wenyuan.Version
	messages []engtokens.Message
	most     int

	done chan struct{} // closed when one of the two below is set
	said Said
	err  error
}

func (l *line) same(o *line) bool { return l.space == o.space && l.v == o.v }

func (l *line) fail(err error) { l.err = err; close(l.done) }

// A talk is what is asked of models that nothing serves.
type talk struct {
	mu      sync.Mutex
	waiting []*line
	busy    sync.WaitGroup
	working bool
	closed  bool
	release *time.Timer
	life    context.Context // ends with close
	end     context.CancelFunc

	// The worker's alone, or of who holds mu while nobody works.
	base    *engine.Base
	of      string // space and name of the base
	adapter *engine.Adapter
	on      string // hash of the adapter
}

// ask has a line answered.
func (t *talk) ask(r *Runs, l *line) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the program is ending", Hint: "ask again when it runs"}
	}
	t.waiting = append(t.waiting, l)
	if !t.working {
		t.working = true
		t.busy.Go(func() { t.work(r) })
	}
	t.mu.Unlock()
	select {
	case <-l.done:
		return l.err
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
}

// hash asks for the hash of a base's weights.
func (t *talk) hash(ctx context.Context, r *Runs, space, name string) (string, error) {
	l := &line{ctx: ctx, space: space, v: wenyuan.Version{Kind: BaseKind, Name: name}, done: make(chan struct{})}
	err := t.ask(r, l)
	return l.said.Text, err
}

// close ends the work.
func (t *talk) close() {
	t.mu.Lock()
	t.closed = true
	t.end()
	for _, l := range t.waiting {
		l.fail(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "the program is ending", Hint: "ask again when it runs"})
	}
	t.waiting = nil
	if t.release != nil {
		t.release.Stop()
	}
	t.mu.Unlock()
	t.busy.Wait()
}

// work answers lines until none is left.
func (t *talk) work(r *Runs) {
	for {
		t.mu.Lock()
		t.waiting = slices.DeleteFunc(t.waiting, func(l *line) bool { return l.ctx.Err() != nil })
		if len(t.waiting) == 0 {
			t.working = false
			t.later()
			t.mu.Unlock()
			return
		}
		first := t.waiting[0]
		t.mu.Unlock()
		err := t.load(first.ctx, r, first)
		if err == nil {
			err = t.serve(first)
		}
		if err != nil {
			t.refuse(first, err)
		}
	}
}

// later lets the base go when nobody asks for a while. The caller holds mu.
func (t *talk) later() {
	if t.release != nil {
		t.release.Stop()
	}
	t.release = time.AfterFunc(heldFor, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.working {
			t.base, t.of, t.adapter, t.on = nil, "", nil, ""
		}
	})
}

// refuse fails all who wait for the same.
func (t *talk) refuse(first *line, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = slices.DeleteFunc(t.waiting, func(l *line) bool {
		if l != first && (!l.same(first) || first.ctx.Err() != nil) {
			return false
		}
		l.fail(err)
		return true
	})
}

// load has the base and the adapter of a line in memory.
func (t *talk) load(ctx context.Context, r *Runs, l *line) error {
	name, adapter := l.v.Hash, (*Made)(nil)
	switch {
	case l.v.Kind == AdapterKind:
		var m Made
		if err := r.Store.Read(ctx, func(tx *store.Tx) error {
			_, err := version.Get(ctx, tx, l.space, AdapterKind, l.v.Hash, &m)
			return err
		}); err != nil {
			return err
		}
		name, adapter = m.Base, &m
	case r.lies(l.v.Name):
		name = l.v.Name
	}
	if err := t.loadBase(ctx, r, l.space, name); err != nil {
		return err
	}
	if l.v.Kind == BaseKind && r.lies(l.v.Name) && l.v.Hash != "" && l.v.Hash != t.base.Hash() {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the base %s has other weights here: %.12s", l.v.Name, t.base.Hash()), Hint: "begin anew with what there is"}
	}
	if adapter == nil {
		t.adapter, t.on = nil, ""
		return nil
	}
	if t.on == l.v.Hash {
		return nil
	}
	a, err := r.Adapter(*adapter)
	if err == nil {
		t.adapter, t.on = a, l.v.Hash
	}
	return err
}

func (t *talk) loadBase(ctx context.Context, r *Runs, space, name string) error {
	of := space + "/" + name
	if t.of == of {
		return nil
	}
	t.base, t.of, t.adapter, t.on = nil, "", nil, "" // first, so that there are never two
	if path, ok := r.files()[name]; ok {
		if n, err := weight(path); err != nil || n > maxBase {
			return cmp.Or[error](err, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the base %s has %d bytes, more than this program takes into its memory beside its work", name, n), Hint: "serve it by an engine, and ask it as a model"})
		}
	}
	b, _, err := r.base(ctx, space, name)
	if err == nil {
		t.base, t.of = b, of
	}
	return err
}

// weight is how many bytes the files of a base have.
func weight(path string) (n int64, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || d.IsDir() {
			return nil
		}
		if info != nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = os.Stat(path)
		}
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // opening it says what is missing
	}
	return n, err
}

// serve answers all who wait for the same, and who come meanwhile.
func (t *talk) serve(first *line) error {
	begun := 0
	return engine.Serve(t.life, t.base, t.adapter, func(free int) (texts []*engine.Text) {
		for len(texts) < free && begun < inARow {
			l, ok := t.next(first)
			if !ok {
				break
			}
			begun++
			if l.messages == nil {
				l.said.Text = t.base.Hash()
				close(l.done)
				continue
			}
			if text, err := l.text(t.base); err != nil {
				l.fail(err)
			} else {
				texts = append(texts, text)
			}
		}
		return texts
	})
}

// next takes a line that waits for the same.
func (t *talk) next(first *line) (*line, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, l := range t.waiting {
		if l.same(first) && l.ctx.Err() == nil {
			t.waiting = slices.Delete(t.waiting, i, i+1)
			return l, true
		}
	}
	return nil, false
}

// text is a line as the engine goes on with it.
func (l *line) text(b *engine.Base) (*engine.Text, error) {
	tok := b.Tokenizer()
	ids, err := tok.Prompt(l.messages)
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question cannot be put as the chat template of the base has it", Hint: "look at the base's chat template", Err: err}
	}
	if room := b.Config().Context; len(ids) > maxAsked || room > 0 && len(ids) >= room {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the question has %d tokens, more than the base takes", len(ids)), Hint: "ask something shorter"}
	}
	return &engine.Text{Prompt: ids, Max: l.most,
		Left: func() bool { return l.ctx.Err() != nil },
		Done: func(said []int32, cut bool) {
			l.said = Said{Text: tok.Decode(said), Cut: cut, Usage: wenyuan.Usage{Prompt: len(ids), Completion: len(said)}}
			close(l.done)
		},
		Failed: l.fail,
	}, nil
}
