package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var times = regexp.MustCompile(`\d+ times`)

// walk lists what Walk yields: "source: content" of files, "source! reason" of the refused.
func walk(t *testing.T, name string, l Limits) []string {
	t.Helper()
	var got []string
	err := Walk(context.Background(), name, l, func(e Entry) error {
		if strings.HasPrefix(e.Source, "/") || strings.Contains("/"+e.Source+"/", "/../") {
			t.Errorf("source %q leads out", e.Source)
		}
		if e.Reason != "" {
			if e.Hint == "" {
				t.Errorf("%s is refused without a hint", e.Source)
			}
			if _, err := e.Open(); err == nil {
				t.Errorf("%s is refused and can be opened", e.Source)
			}
			got = append(got, e.Source+"! "+times.ReplaceAllString(e.Reason, "N times"))
			return nil
		}
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		raw, err := io.ReadAll(io.LimitReader(r, 1<<20))
		if err != nil {
			got = append(got, e.Source+"? "+err.Error())
			return nil
		}
		got = append(got, e.Source+": "+string(raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries differ (-want +got):\n%s", diff)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	name := write(t, filepath.Join(t.TempDir(), "sub", "a\nb.md"), "x")
	want(t, walk(t, name, Limits{}), "a\nb.md: x")
	if err := Walk(context.Background(), name+".missing", Limits{}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir := filepath.Join(base, "docs")
	write(t, filepath.Join(dir, "b.md"), "b")
	write(t, filepath.Join(dir, "a", "c.txt"), "c")
	write(t, filepath.Join(dir, "文档", "说明.md"), "中")
	write(t, filepath.Join(dir, ".git", "config"), "secret")
	write(t, filepath.Join(dir, ".env"), "secret")
	write(t, filepath.Join(dir, "~$b.docx"), "lock")
	outside := write(t, filepath.Join(base, "outside.md"), "secret")
	for link, target := range map[string]string{"out.md": outside, "up.md": "../outside.md", "in.md": "b.md", "dir": "a", "dead.md": "nothing", "loop": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	out := "is a link that leads out of the folder or to nothing"
	want(t, walk(t, dir, Limits{}),
		"a/c.txt: c",
		"b.md: b",
		"dead.md! dead.md "+out,
		"dir! dir is a link to a folder, which is not followed",
		"in.md: b",
		"loop! loop "+out,
		"out.md! out.md "+out,
		"up.md! up.md "+out,
		"文档/说明.md: 中",
	)
}

func makeZip(t *testing.T, build func(*zip.Writer)) string {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	build(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(t.TempDir(), "x.zip"), buf.String())
}

func add(t *testing.T, z *zip.Writer, h zip.FileHeader, content string) {
	t.Helper()
	w, err := z.CreateHeader(&h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
}

func TestZip(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("手册.md")
	if err != nil {
		t.Fatal(err)
	}
	name := makeZip(t, func(z *zip.Writer) {
		add(t, z, zip.FileHeader{Name: "a/b.md"}, "b")
		add(t, z, zip.FileHeader{Name: "a/"}, "")
		add(t, z, zip.FileHeader{Name: gbk, NonUTF8: true}, "书")
		add(t, z, zip.FileHeader{Name: "../../etc/passwd"}, "evil")
		add(t, z, zip.FileHeader{Name: `..\win.md`}, "evil")
		add(t, z, zip.FileHeader{Name: "/abs.md"}, "evil")
		add(t, z, zip.FileHeader{Name: "C:/win.md"}, "evil")
		add(t, z, zip.FileHeader{Name: ".git/config"}, "secret")
		add(t, z, zip.FileHeader{Name: "__MACOSX/._b.md"}, "mac")
		add(t, z, zip.FileHeader{Name: "inner.zip"}, "PK")
		add(t, z, zip.FileHeader{Name: "bomb.txt", Method: zip.Deflate}, strings.Repeat("\x00", 4<<20))
		add(t, z, zip.FileHeader{Name: "big.txt"}, strings.Repeat("a", 2<<20))
		link := zip.FileHeader{Name: "link.md"}
		link.SetMode(os.ModeSymlink | 0o777)
		add(t, z, link, "/etc/passwd")
		add(t, z, zip.FileHeader{Name: "new\nline.md"}, "n")
	})
	evil := func(source, inner string) string {
		return "x.zip/" + source + `! x.zip holds "` + inner + `", which leads out of the archive`
	}
	want(t, walk(t, name, Limits{Bytes: 1 << 20, Ratio: 500}),
		"x.zip/a/b.md: b",
		"x.zip/手册.md: 书",
		evil("%2E%2E/%2E%2E/etc/passwd", "../../etc/passwd"),
		evil("%2E%2E/win.md", `..\\win.md`),
		evil("%2E%2E/abs.md", "/abs.md"),
		evil("C:/win.md", "C:/win.md"),
		"x.zip/inner.zip! x.zip/inner.zip is an archive inside an archive, which is not opened",
		"x.zip/bomb.txt! x.zip/bomb.txt unpacks to N times its size",
		"x.zip/big.txt! x.zip/big.txt has 2 MiB, more than the limit of 1 MiB",
		"x.zip/link.md! x.zip/link.md is a link or a device, which is not unpacked",
		"x.zip/new\nline.md: n",
	)
}

func TestZipTotal(t *testing.T) {
	t.Parallel()
	name := makeZip(t, func(z *zip.Writer) {
		add(t, z, zip.FileHeader{Name: "a"}, "aaaaaa")
		add(t, z, zip.FileHeader{Name: "b"}, "bbbbbb")
	})
	got := walk(t, name, Limits{Total: 10})
	want(t, got, "x.zip/a: aaaaaa", "x.zip/b! x.zip/b is beyond the 0 MiB that an archive may unpack to")
}

// A zip that says less than it unpacks to is stopped at what it says.
func TestZipThatLies(t *testing.T) {
	t.Parallel()
	name := makeZip(t, func(z *zip.Writer) {
		add(t, z, zip.FileHeader{Name: "a.txt", Method: zip.Deflate}, strings.Repeat("a", 1<<20))
	})
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	copy(raw[at+24:], []byte{10, 0, 0, 0}) // the unpacked size in the table of contents
	write(t, name, string(raw))
	if got := walk(t, name, Limits{}); len(got) != 1 || !strings.HasPrefix(got[0], "x.zip/a.txt? ") {
		t.Errorf("got %.60q", got)
	}
}

func TestBrokenArchives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.zip"), "no zip")
	write(t, filepath.Join(dir, "b.tar.gz"), "no gzip")
	write(t, filepath.Join(dir, "c.tar"), strings.Repeat("no tar ", 200))
	write(t, filepath.Join(dir, "d.md"), "fine")
	got := walk(t, dir, Limits{})
	if len(got) != 4 || got[3] != "d.md: fine" {
		t.Fatalf("got %q", got)
	}
	for i, start := range []string{"a.zip! a.zip is no zip file", "b.tar.gz! b.tar.gz is no gzip file", "c.tar! c.tar is damaged"} {
		if !strings.HasPrefix(got[i], start) {
			t.Errorf("%q does not begin with %q", got[i], start)
		}
	}
}

func makeTar(t *testing.T, packed bool, headers ...tar.Header) string {
	t.Helper()
	var buf bytes.Buffer
	var out io.Writer = &buf
	name := "x.tar"
	if packed {
		z := gzip.NewWriter(&buf)
		defer z.Close()
		out, name = z, "x.tar.gz"
	}
	w := tar.NewWriter(out)
	for _, h := range headers {
		h.Mode = 0o600
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, strings.NewReader(strings.Repeat("x", int(h.Size))), h.Size); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if z, ok := out.(*gzip.Writer); ok {
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, filepath.Join(t.TempDir(), name), buf.String())
}

func TestTar(t *testing.T) {
	t.Parallel()
	for _, packed := range []bool{false, true} {
		name := makeTar(t, packed,
			tar.Header{Typeflag: tar.TypeDir, Name: "docs/"},
			tar.Header{Typeflag: tar.TypeReg, Name: "docs/a.md", Size: 3},
			tar.Header{Typeflag: tar.TypeReg, Name: "../evil", Size: 1},
			tar.Header{Typeflag: tar.TypeSymlink, Name: "docs/link", Linkname: "/etc/passwd"},
			tar.Header{Typeflag: tar.TypeLink, Name: "docs/hard", Linkname: "docs/a.md"},
			tar.Header{Typeflag: tar.TypeReg, Name: "./docs/b.md", Size: 2},
		)
		base := filepath.Base(name)
		want(t, walk(t, name, Limits{}),
			base+"/docs/a.md: xxx",
			base+`/%2E%2E/evil! `+base+` holds "../evil", which leads out of the archive`,
			base+"/docs/link! "+base+"/docs/link is a link or a device, which is not unpacked",
			base+"/docs/hard! "+base+"/docs/hard is a link or a device, which is not unpacked",
			base+"/docs/b.md: xx",
		)
	}
}

func TestTarTotal(t *testing.T) {
	t.Parallel()
	name := makeTar(t, true, tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 8 << 20}, tar.Header{Typeflag: tar.TypeReg, Name: "b", Size: 8})
	got := walk(t, name, Limits{Total: 4 << 20, Bytes: 1 << 20})
	want(t, got,
		"x.tar.gz/a! x.tar.gz/a has 8 MiB, more than the limit of 1 MiB",
		"x.tar.gz! x.tar.gz unpacks to more than 4 MiB")
}

func TestEntriesAndCancel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		write(t, filepath.Join(dir, name), name)
	}
	n := 0
	err := Walk(context.Background(), dir, Limits{Entries: 2}, func(Entry) error { n++; return nil })
	if !errors.Is(err, ErrTooMany) || n != 2 {
		t.Errorf("%d entries, %v", n, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = Walk(ctx, dir, Limits{}, func(Entry) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a/b", "../a", "/a", `a\..\b`, "C:x", "a//b", ".", "", "a/../../b", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		source, ok := clean(name)
		if !ok {
			return
		}
		if source == "" || strings.HasPrefix(source, "/") || strings.Contains("/"+source+"/", "/../") || !filepath.IsLocal(filepath.FromSlash(source)) {
			t.Errorf("%q becomes %q", name, source)
		}
	})
}
