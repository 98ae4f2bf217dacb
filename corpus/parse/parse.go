package parse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"wenyuan"
)

// Version changes when the same bytes may give other text or other blocks.
const Version = "3"

// Limits bound what one file may cost. A zero field takes its default.
type Limits struct {
	Bytes     int64         // of the file; default 100 MiB
	Text      int64         // bytes of extracted text; default 64 MiB
	Expansion int64         // bytes that a compressed file (DOCX, XLSX) may unpack to; default 512 MiB
	Blocks    int           // of the document; default 500,000
	Pages     int           // of a PDF; default 10,000
	Depth     int           // nesting of elements; default 256
	Time      time.Duration // default five minutes
	Cache     string        // folder for the compiled PDF engine; default wenyuan/pdfium in the user's cache directory
}

// WithDefaults fills the fields that are zero.
func (l Limits) WithDefaults() Limits {
	const mib = 1 << 20
	set(&l.Bytes, 100*mib)
	set(&l.Text, 64*mib)
	set(&l.Expansion, 512*mib)
	set(&l.Blocks, 500_000)
	set(&l.Pages, 10_000)
	set(&l.Depth, 256)
	set(&l.Time, 5*time.Minute)
	return l
}

func set[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Skipped says that a file is not a document: a picture, a program, a format that is
// not read. It is no failure; both sentences are for the person.
type Skipped struct {
	Reason string // names the file
	Hint   string // what to do about it
}

// Error is the reason.
func (s *Skipped) Error() string { return s.Reason }

// grace is how long Parse waits, after the time is up, for a parser to notice.
const grace = 500 * time.Millisecond

// Parse reads the file of the given name and size. What it is is decided by its
// content and, between kinds of text, by its name; the name may be a path and is shown
// in errors.
//
// The error is a *Skipped when the file is no document, the context's own when it
// ended, and a *wenyuan.Error of code Invalid or TooLarge otherwise. A panic of a parser
// is such an error. After Parse has returned, r is not read any more.
func Parse(ctx context.Context, name string, r io.ReaderAt, size int64, l Limits) (*Document, error) {
	return run(ctx, name, r, size, l, (*file).parse)
}

// run does something with a file within its limits on time.
func run[T any](ctx context.Context, name string, r io.ReaderAt, size int64, l Limits, do func(*file) (T, error)) (none T, err error) {
	l = l.WithDefaults()
	f := &file{name: name, size: size, limits: l}
	if size <= 0 {
		return none, f.invalid("is empty", "Put text into it, or leave it out.", nil)
	}
	if size > l.Bytes {
		return none, f.tooLarge(fmt.Sprintf("has %s, more than the limit of %s", bytesText(size), bytesText(l.Bytes)), "Split the file, or raise the limit for file size.")
	}
	timed, cancel := context.WithTimeout(ctx, l.Time)
	defer cancel()
	f.ctx, f.r = timed, &guarded{ctx: timed, r: r, size: size}

	type result struct {
		out T
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, err := unbroken(f, do)
		done <- result{out, err}
	}()
	select {
	case got := <-done:
		if got.err != nil && timed.Err() != nil {
			return none, f.stopped(ctx)
		}
		return got.out, got.err
	case <-timed.Done():
	}
	// The parser sees that its context ended and returns; one that does not is left behind.
	select {
	case <-done:
	case <-time.After(grace):
	}
	return none, f.stopped(ctx)
}

// unbroken makes an error of a panic: a parser that panics has met a file that its author did
// not think of. The file is at fault, and the others go on.
func unbroken[T any](f *file, do func(*file) (T, error)) (out T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = f.invalid("could not be read: its parser stopped", "The file may be damaged. Open it in its program, save it again and add it again.", fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return do(f)
}

// A file is one run of Parse.
type file struct {
	ctx    context.Context
	name   string
	r      io.ReaderAt
	size   int64
	limits Limits
}

// parse recognises the file and hands it to its parser.
func (f *file) parse() (*Document, error) {
	k, err := f.recognise()
	if err != nil {
		return nil, err
	}
	doc, err := k.read(f)
	if errors.Is(err, errDivided) {
		return &Document{Title: f.stem(), Divided: true}, nil
	}
	if err != nil {
		return nil, f.explain(err)
	}
	if len(doc.Blocks) == 0 {
		return nil, f.invalid("holds no text", "There is nothing to find in it; leave it out.", nil)
	}
	return doc, nil
}

// explain makes the error of a parser one that names the file.
func (f *file) explain(err error) error {
	if _, ok := errors.AsType[*wenyuan.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*Skipped](err); ok {
		return err
	}
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	return f.invalid("is damaged", "Open it in its program, save it again and add it again.", err)
}

func (f *file) stopped(parent context.Context) error {
	if err := parent.Err(); err != nil {
		return fmt.Errorf("parse %s: %w", display(f.name), err)
	}
	return f.tooLarge(fmt.Sprintf("took longer than %s to read", f.limits.Time), "Split the file, or raise the limit for parsing time.")
}

func (f *file) invalid(what, hint string, cause error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: display(f.name) + " " + what, Hint: hint, Err: cause}
}

func (f *file) tooLarge(what, hint string) error {
	return &wenyuan.Error{Code: wenyuan.TooLarge, Message: display(f.name) + " " + what, Hint: hint}
}

func (f *file) skipped(what, hint string) error {
	return &Skipped{Reason: display(f.name) + " " + what, Hint: hint}
}

// ext is the extension in lower case, with its dot.
func (f *file) ext() string { return strings.ToLower(path.Ext(f.name)) }

// stem is what the file is called when its content has no title.
func (f *file) stem() string {
	base := path.Base(strings.ReplaceAll(f.name, `\`, "/"))
	if s := strings.TrimSuffix(base, path.Ext(base)); s != "" {
		base = s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(base, "\uFFFD")))
}

// display is a name as it may stand in a sentence: one with control characters, a
// newline say, is quoted.
func display(name string) string {
	for _, r := range name {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20)
}

// guarded ends a read when the time is up, so that a parser of others stops too.
type guarded struct {
	ctx  context.Context
	r    io.ReaderAt
	size int64
}

func (g *guarded) ReadAt(p []byte, off int64) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	if off < 0 || off >= g.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > g.size-off
	if short {
		p = p[:g.size-off]
	}
	n, err := g.r.ReadAt(p, off)
	if n == len(p) && short {
		return n, io.EOF
	}
	return n, err
}
