package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const damaged = "Make the archive again, and add it again."

// zip walks a zip file of the disk. One that is damaged is an entry that was refused.
func (w *walker) zip(name, source string, size int64) error {
	f, err := os.Open(name)
	if err != nil {
		return w.refuse(source, "cannot be read: "+reason(err), "Check its permissions.")
	}
	defer f.Close()
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return w.refuse(source, "is no zip file that can be read: "+err.Error(), damaged)
	}
	left := w.limits.Total
	for _, e := range z.File {
		if strings.HasSuffix(e.Name, "/") {
			continue
		}
		inner := e.Name
		if e.NonUTF8 {
			inner = fromOldName(inner)
		}
		if err := w.zipEntry(e, source, inner, &left); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) zipEntry(e *zip.File, archive, name string, left *int64) error {
	inner, ok := clean(name)
	source := archive + "/" + inner
	switch {
	case !ok:
		return w.outside(archive, name)
	case hiddenPath(inner):
		return nil
	case !e.Mode().IsRegular():
		return w.link(source)
	case e.Flags&1 != 0:
		return w.refuse(source, "is encrypted", "Unpack the archive with its password and add the files.")
	case kind(inner) != "":
		return w.nested(source)
	}
	unpacked := int64(min(e.UncompressedSize64, 1<<62))
	if packed := int64(min(e.CompressedSize64, 1<<50)); unpacked > 1<<20 && unpacked/max(packed, 1) > w.limits.Ratio {
		return w.refuse(source, fmt.Sprintf("unpacks to %d times its size", unpacked/max(packed, 1)), "It may be a zip bomb; check where it came from, or add the file itself.")
	}
	if unpacked <= w.limits.Bytes {
		if *left -= unpacked; *left < 0 {
			return w.refuse(source, fmt.Sprintf("is beyond the %d MiB that an archive may unpack to", w.limits.Total>>20), "Split the archive, or add the files themselves.")
		}
	}
	return w.give(Entry{Source: source, Size: unpacked, open: func() (io.ReadCloser, error) {
		r, err := e.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", shown(source), err)
		}
		return r, nil
	}})
}

// fromOldName reads a name of a zip that does not say UTF-8: Chinese Windows writes GBK.
func fromOldName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil && !strings.ContainsRune(s, utf8.RuneError) {
		return s
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// tar walks a tar file of the disk, packed by gzip or not, as a stream.
func (w *walker) tar(name, source string) error {
	f, err := os.Open(name)
	if err != nil {
		return w.refuse(source, "cannot be read: "+reason(err), "Check its permissions.")
	}
	defer f.Close()
	var r io.Reader = f
	if kind(source) == "tar.gz" {
		z, err := gzip.NewReader(f)
		if err != nil {
			return w.refuse(source, "is no gzip file that can be read: "+err.Error(), damaged)
		}
		defer z.Close()
		r = z
	}
	// What is skipped is unpacked too, so the limit is on the stream.
	total := &io.LimitedReader{R: r, N: w.limits.Total}
	t := tar.NewReader(total)
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case total.N <= 0:
			return w.refuse(source, fmt.Sprintf("unpacks to more than %d MiB", w.limits.Total>>20), "It may be a bomb; split the archive, or add the files themselves.")
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return w.refuse(source, "is damaged: "+err.Error(), damaged)
		}
		if err := w.tarEntry(h, source, t); err != nil {
			return err
		}
	}
}

func (w *walker) tarEntry(h *tar.Header, archive string, t *tar.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return nil
	}
	inner, ok := clean(h.Name)
	source := archive + "/" + inner
	switch {
	case !ok:
		return w.outside(archive, h.Name)
	case hiddenPath(inner):
		return nil
	case h.Typeflag != tar.TypeReg:
		return w.link(source)
	case kind(inner) != "":
		return w.nested(source)
	}
	open := false
	return w.give(Entry{Source: source, Size: h.Size, open: func() (io.ReadCloser, error) {
		if open {
			return nil, fmt.Errorf("archive: %s was opened before, and a tar is read once", shown(source))
		}
		open = true
		return io.NopCloser(t), nil
	}})
}

func (w *walker) outside(archive, name string) error {
	// The source stays inside and is nobody else's: no entry that is taken has such a part.
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(name, `\`, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			part = "%2E%2E"
		}
		parts = append(parts, strings.ReplaceAll(part, "\x00", ""))
	}
	source := archive + "/" + strings.Join(parts, "/")
	return w.give(Entry{Source: source, Reason: fmt.Sprintf("%s holds %q, which leads out of the archive", shown(archive), name), Hint: "It may be an attack; check where the archive came from."})
}

func (w *walker) link(source string) error {
	return w.refuse(source, "is a link or a device, which is not unpacked", "Put the file itself into the archive.")
}

func (w *walker) nested(source string) error {
	return w.refuse(source, "is an archive inside an archive, which is not opened", "Unpack it and add it by itself.")
}
