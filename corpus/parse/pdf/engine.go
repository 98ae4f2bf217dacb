// Package pdf reads the text of PDF files: letters with their places, put into lines,
// columns and paragraphs, page by page.
//
// The letters come from PDFium, compiled to WebAssembly and run without cgo: it sees no file
// system and no network, has a memory limit, and is stopped from outside when its time is up.
// Each document has an instance of its own, so that a file which breaks the engine breaks
// nothing else; the memory of an instance is given back when its document is read, that of
// the engine when no document was read for a while. A page is never rendered and pictures
// are never looked at.
package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	// memoryPages of 64 KiB bound what one document may take: 768 MiB.
	memoryPages = 12 << 10
	// idle is how long the compiled engine (45 MB) is kept after the last document. To
	// start it again from its cache takes a tenth of a second.
	idle = 5 * time.Second
)

// engines are those of this process, by their cache folder; nearly always there is one.
var engines = struct {
	sync.Mutex
	open map[string]*engine
}{open: map[string]*engine{}}

// An engine is PDFium compiled for this machine. It starts with the first document.
type engine struct {
	start  sync.Once
	err    error
	pool   pdfium.Pool
	cache  wazero.CompilationCache
	users  int
	closer *time.Timer
}

// acquire gives the engine of a cache folder; release must follow.
func acquire(cache string) (*engine, error) {
	engines.Lock()
	e := engines.open[cache]
	if e == nil {
		e = &engine{}
		engines.open[cache] = e
	}
	e.users++
	if e.closer != nil {
		e.closer.Stop()
	}
	engines.Unlock()
	e.start.Do(func() { e.err = e.init(cache) })
	if e.err != nil {
		release(cache, e)
		return nil, e.err
	}
	return e, nil
}

// release closes the engine when it stays unused.
func release(cache string, e *engine) {
	engines.Lock()
	defer engines.Unlock()
	e.users--
	if e.users > 0 {
		return
	}
	if e.err != nil {
		delete(engines.open, cache)
		return
	}
	e.closer = time.AfterFunc(idle, func() { expire(cache, e) })
}

// expire closes an engine that is still unused.
func expire(cache string, e *engine) {
	engines.Lock()
	defer engines.Unlock()
	if e.users == 0 && engines.open[cache] == e {
		delete(engines.open, cache)
		e.close()
	}
}

// init compiles PDFium, or takes it from the cache folder. Where no folder can be had it is
// compiled in each process, which takes some seconds.
func (e *engine) init(cache string) error {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages).WithCloseOnContextDone(true)
	if dir := cacheFolder(cache); dir != "" {
		if c, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			e.cache = c
			config = config.WithCompilationCache(c)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{
		MaxTotal:      runtime.GOMAXPROCS(0),
		FSConfig:      wazero.NewFSConfig(), // the default would mount the whole disk
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return fmt.Errorf("start PDFium: %w", err)
	}
	e.pool = pool
	return nil
}

func cacheFolder(given string) string {
	if given != "" {
		return given
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "wenyuan", "pdfium")
}

func (e *engine) close() {
	e.pool.Close()
	if e.cache != nil {
		e.cache.Close(context.Background())
	}
}

// module finds the WebAssembly module below go-pdfium's wrapping. Its own forms of the calls
// that are made for every letter look the function up, allocate their results in the other
// memory and start a watching goroutine each time, which costs many times the call itself.
func module(instance pdfium.Pdfium) (api.Module, error) {
	implementer, ok := instance.(interface{ GetImplementation() any })
	if !ok {
		return nil, errNoModule
	}
	field := reflect.Indirect(reflect.ValueOf(implementer.GetImplementation())).FieldByName("Module")
	if !field.IsValid() {
		return nil, errNoModule
	}
	m, ok := field.Interface().(api.Module)
	if !ok {
		return nil, errNoModule
	}
	return m, nil
}

var errNoModule = errors.New("go-pdfium gives no access to its module")
