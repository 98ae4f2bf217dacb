// Package archive walks what a person adds: a file, a folder, a zip or a tar. It yields
// entries with a source, the name under which each will be known, and never anything that lies
// outside what was named: no link that leads out, no path with "..".
//
// It never writes a file and never unpacks an archive inside an archive. What it refuses is
// an entry like the others, with the reason, so that one bad entry neither hides nor stops
// the rest.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Entry is a file that was found, or one that was refused: then Reason and Hint are set
// and it cannot be opened.
//
// Source is slash-separated and relative: the base name of a file that was named itself,
// the path below a folder that was named ("a/b.md" for docs/a/b.md of the folder docs), and
// the archive's own source with the path inside it ("docs.zip/a/b.md") for what an archive
// holds.
type Entry struct {
	Source string
	Size   int64 // bytes
	Reason string
	Hint   string

	open func() (io.ReadCloser, error)
}

// Open opens the file. Entries of a zip and of a folder may be opened until Walk returns and
// in any order; those of a tar only until the function they were given to returns, and once.
func (e Entry) Open() (io.ReadCloser, error) {
	if e.open == nil {
		return nil, fmt.Errorf("archive: %s was refused: %s", e.Source, e.Reason)
	}
	return e.open()
}

// Limits bound what is walked. A zero field takes its default.
type Limits struct {
	Entries int   // files in all; default 1,000,000
	Bytes   int64 // of one file, unpacked; larger ones are refused; default 100 MiB
	Total   int64 // bytes of all files of one archive, unpacked; default 20 GiB
	Ratio   int64 // unpacked to packed bytes of a zip's entry above 1 MiB; default 1000
	Depth   int   // folders inside folders; default 100
}

func (l Limits) withDefaults() Limits {
	if l.Entries <= 0 {
		l.Entries = 1_000_000
	}
	if l.Bytes <= 0 {
		l.Bytes = 100 << 20
	}
	if l.Total <= 0 {
		l.Total = 20 << 30
	}
	if l.Ratio <= 0 {
		l.Ratio = 1000
	}
	if l.Depth <= 0 {
		l.Depth = 100
	}
	return l
}

// ErrTooMany ends a walk that finds more entries than the limit.
var ErrTooMany = errors.New("archive: too many files")

// Walk yields the files of name in the order of their names, in an archive in the order
// of the archive. A folder's hidden files, and folders such as .git, are passed over in
// silence unless they were named themselves. The walk ends with the first error that
// yield returns; an error of its own means that name itself cannot be read.
func Walk(ctx context.Context, name string, l Limits, yield func(Entry) error) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	w := &walker{ctx: ctx, limits: l.withDefaults(), yield: yield}
	if info.IsDir() {
		return w.folder(name)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	return w.file(name, filepath.Base(abs), info)
}

type walker struct {
	ctx    context.Context
	limits Limits
	yield  func(Entry) error
	count  int
}

// give hands one entry on, if its size is allowed.
func (w *walker) give(e Entry) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.count++; w.count > w.limits.Entries {
		return fmt.Errorf("%w: more than %d", ErrTooMany, w.limits.Entries)
	}
	if e.Reason == "" && e.Size > w.limits.Bytes {
		e.Reason = fmt.Sprintf("%s has %d MiB, more than the limit of %d MiB", shown(e.Source), e.Size>>20, w.limits.Bytes>>20)
		e.Hint = "Split the file, or raise the limit for file size."
	}
	if e.Reason != "" {
		e.open = nil
	}
	return w.yield(e)
}

func (w *walker) refuse(source, what, hint string) error {
	return w.give(Entry{Source: source, Reason: shown(source) + " " + what, Hint: hint})
}

// file gives a file of the disk, or the entries of the archive that it is.
func (w *walker) file(name, source string, info os.FileInfo) error {
	if !info.Mode().IsRegular() {
		return w.refuse(source, "is no regular file", "Leave it out.")
	}
	switch kind(source) {
	case "zip":
		return w.zip(name, source, info.Size())
	case "tar", "tar.gz":
		return w.tar(name, source)
	}
	return w.give(Entry{Source: source, Size: info.Size(), open: func() (io.ReadCloser, error) { return os.Open(name) }})
}

// kind tells archives by their names; the files that are zips inside (DOCX) are documents.
func kind(name string) string {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".zip"):
		return "zip"
	case strings.HasSuffix(lower, ".tar"):
		return "tar"
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return "tar.gz"
	}
	return ""
}

// Access is the name of the one hidden file that is yielded as others are: it says who may read
// what lies in its folder.
const Access = ".access"

// hidden are files that a person does not see in a folder.
func hidden(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || base == "__MACOSX" || base == "Thumbs.db" || base == "desktop.ini" || base == "node_modules"
}

// clean makes the path of an archive's entry a relative source; ok is false when it leads
// out of the archive or is none.
func clean(name string) (source string, ok bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	if name == "" || strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || strings.ContainsRune(name, 0) {
		return name, false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return name, false
		}
	}
	name = path.Clean(name)
	return name, name != "."
}

// hiddenPath says whether some folder of a path, or the file, is hidden.
func hiddenPath(source string) bool {
	if dir, base := path.Split(source); base == Access {
		source = strings.TrimSuffix(dir, "/")
	}
	for part := range strings.SplitSeq(source, "/") {
		if hidden(part) {
			return true
		}
	}
	return false
}

// shown is a source as it may stand in a sentence: one with control characters, a newline
// say, is quoted.
func shown(source string) string {
	for _, r := range source {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return fmt.Sprintf("%q", source)
		}
	}
	return source
}
