// Package webtest drives a real Chromium over pages of the console, for tests.
//
// A Page collects whatever the browser complains about (errors, refused scripts and
// styles, missing files) and fails its test with it at the end, so no page test can pass
// over a fault that it did not look for. It knows nothing about any one page.
package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wenyuan/internal/testenv"
)

// patience is how long a page may take for anything; a busy machine is slow.
const patience = time.Minute

//go:embed audit.js
var audit string

// A Page is one tab of a browser that lives as long as its test.
type Page struct {
	t       testing.TB
	ctx     context.Context
	forgive []string
}

// Open starts a browser with one empty tab.
func Open(t testing.TB) *Page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium(t)))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &Page{t: t, ctx: ctx}
	p.collect()
	return p
}

// collect gathers complaints until the test ends.
func (p *Page) collect() {
	ctx, stop := context.WithCancel(p.ctx)
	messages := chromedp.Console(ctx)
	done := make(chan []string)
	go func() {
		var bad []string
		for m, err := range messages {
			if err != nil {
				break
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || m.Type == chromedp.ConsoleWarning {
				bad = append(bad, m.String()+" "+m.URL)
			}
		}
		done <- bad
	}()
	p.t.Cleanup(func() {
		stop()
		for _, m := range <-done {
			if !p.forgiven(m) {
				p.t.Errorf("the browser complains: %s", m)
			}
		}
	})
}

// Forgive lets complaints pass that contain a text; a test that provokes an error says so.
func (p *Page) Forgive(text string) { p.forgive = append(p.forgive, text) }

func (p *Page) forgiven(m string) bool {
	for _, f := range p.forgive {
		if strings.Contains(m, f) {
			return true
		}
	}
	return false
}

// Do runs actions and fails the test where one does.
func (p *Page) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// Go opens an address and waits until its page and script have been loaded.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.Do(address, chromedp.Navigate(address))
}

// Size sets the size of the window, in CSS pixels.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	p.Do("size", chromedp.EmulateViewport(width, height))
}

// Keys presses keys one after the other.
func (p *Page) Keys(keys string) {
	p.t.Helper()
	p.Do("keys "+keys, chromedp.KeyEvent(keys))
}

// Click clicks in the middle of the first element that matches.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Do("click "+selector, chromedp.Click(selector))
}

// DropFiles drags files or folders of this machine over the page and drops them there.
func (p *Page) DropFiles(paths ...string) {
	p.t.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		if _, err := chromedp.Call(p.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 400, Y: 400, Data: data}); err != nil {
			p.t.Fatalf("drop: %v", err)
		}
	}
}

// Eval gives the value of an expression, a promise's when it is fulfilled.
func Eval[T any](p *Page, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// Until waits until an expression is true, looking again whenever the page is painted. A
// navigation on the way starts the looking again on the new page.
func (p *Page) Until(js string) {
	p.t.Helper()
	end := time.Now().Add(patience)
	look := fmt.Sprintf(`new Promise((yes) => { const end = performance.now() + 2000; const look = () => { try { if (document.readyState === "complete" && (%s)) return yes(true); } catch (e) {} performance.now() > end ? yes(false) : requestAnimationFrame(look); }; look(); })`, js)
	for time.Now().Before(end) {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, chromedp.EvalAwaitPromise))
		cancel()
		if ok {
			return
		}
		if err != nil && p.ctx.Err() != nil {
			break
		}
	}
	p.t.Fatalf("never true: %s\nthe page says: %s", js, p.says())
}

// says is how the text of the page begins, for who reads why a test failed.
func (p *Page) says() string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " " + (document.querySelector("main") ?? document.body).innerText.replace(/\s+/g, " ").slice(0, 1000)`))
	if err != nil {
		return err.Error()
	}
	return text
}

// Text is the text of the first element that matches, with its white space joined.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return strings.Join(strings.Fields(Eval[string](p, fmt.Sprintf(`document.querySelector(%q)?.textContent ?? ""`, selector))), " ")
}

// Shot writes a picture to the folder that WENYUAN_SHOTS names, to be looked at by eye;
// without one it does nothing.
func (p *Page) Shot(name string) {
	p.t.Helper()
	dir := os.Getenv("WENYUAN_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Fatalf("picture %s: %v", name, err)
	}
}

// Audit fails the test with every fault of accessibility that can be told by a program:
// names, landmarks, headings, languages, targets, focus, identifiers, sideways scrolling.
func (p *Page) Audit(what string) {
	p.t.Helper()
	p.Do("audit", chromedp.Focus("a.skip"))
	p.Keys(kb.Tab) // as somebody does who moves by keyboard: from now on focus is shown
	for _, fault := range Eval[[]string](p, audit) {
		p.t.Errorf("%s: %s", what, fault)
	}
}
