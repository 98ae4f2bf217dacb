package parse

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"wenyuan"
)

// officeFile zips parts, given as name and content in turn.
func officeFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>`

// wantError holds what is promised of every error: a code, the file's name, and what to do.
func wantError(t *testing.T, err error, code wenyuan.Code, name, part string) {
	t.Helper()
	e, ok := errors.AsType[*wenyuan.Error](err)
	if !ok {
		t.Errorf("%s: %v is no error for people", name, err)
		return
	}
	if e.Code != code || !strings.Contains(e.Message, name) || !strings.Contains(e.Message, part) || e.Hint == "" {
		t.Errorf("%s: code %s, message %q, hint %q; want %s and %q", name, e.Code, e.Message, e.Hint, code, part)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	doc := func(body string) []byte {
		return officeFile(t, "[Content_Types].xml", "<Types/>", "word/document.xml", body)
	}
	for _, c := range []struct {
		name, part string
		data       []byte
		code       wenyuan.Code
	}{
		{"empty.md", "is empty", nil, wenyuan.Invalid},
		{"blank.txt", "holds no text", []byte(" \n\t\n"), wenyuan.Invalid},
		{"report.pdf", "is not a PDF although its name says so", []byte("just words"), wenyuan.Invalid},
		{"report.docx", "is not a Word document", []byte("just words"), wenyuan.Invalid},
		{"picture.pdf", "is not a PDF", append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 200)...), wenyuan.Invalid},
		{"broken.pdf", "is a damaged PDF", []byte("%PDF-1.7\nnothing"), wenyuan.Invalid},
		{"broken.docx", "is damaged", []byte("PK\x03\x04 and then nothing"), wenyuan.Invalid},
		{"cut.docx", "is damaged", doc("<w:document><w:body><w:p><w:r><w:t>text"), wenyuan.Invalid},
		{"zip.docx", "is a zip file but not a Word document", officeFile(t, "a.txt", "a"), wenyuan.Invalid},
		{"locked.docx", "is encrypted", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), wenyuan.Invalid},
		{"laughs.docx", "declares XML entities", doc(laughs + "<w:document>&lol2;</w:document>"), wenyuan.Invalid},
		{"laughs.xlsx", "declares XML entities", officeFile(t, "xl/workbook.xml", laughs+"<workbook/>"), wenyuan.Invalid},
		{"strings.xlsx", "declares XML entities", officeFile(t, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml", laughs+"<sst><si><t>&lol2;</t></si></sst>"), wenyuan.Invalid},
		{"deep.docx", "is nested too deep", doc(strings.Repeat("<w:x>", 10_000)), wenyuan.Invalid},
		{"deep.md", "is nested too deep", []byte(strings.Repeat(">", 100_000) + " a"), wenyuan.Invalid},
		{"deeplist.md", "is nested too deep", []byte(strings.Repeat("- ", 100_000) + "a"), wenyuan.Invalid},
		{"new\\nline.md", "is empty", nil, wenyuan.Invalid},
	} {
		_, err := parseBytes(t, strings.ReplaceAll(c.name, `\n`, "\n"), c.data)
		wantError(t, err, c.code, c.name, c.part)
	}
}

func TestSkipped(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"a.png":    append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 100)...),
		"b.svg":    []byte("<svg><text>words</text></svg>"),
		"c.bin":    bytes.Repeat([]byte{0, 1, 2, 250, 251}, 200),
		"d.pptx":   officeFile(t, "ppt/presentation.xml", "<p/>"),
		"e.epub":   officeFile(t, "META-INF/container.xml", "<c/>"),
		"f.zip":    officeFile(t, "a.txt", "a"),
		"g.rtf":    []byte(`{\rtf1 words}`),
		"h.doc":    append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...),
		"i.eml":    []byte("From: a\n\nwords"),
		"j.jpg":    []byte("version https://git-lfs.github.com/spec/v1"),
		"new\nl.x": bytes.Repeat([]byte{0, 1, 2, 250, 251}, 200),
	} {
		_, err := parseBytes(t, name, data)
		s, ok := errors.AsType[*Skipped](err)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.HasPrefix(s.Reason, display(name)+" ") || s.Hint == "" || strings.Contains(s.Reason, "\n") {
			t.Errorf("%s: reason %q, hint %q", name, s.Reason, s.Hint)
		}
	}
}

func TestContentBeatsName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, kind string }{
		"page.txt":    {"<!DOCTYPE html><p>words", "text/html"},
		"words.docx":  {"", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"words.md":    {"", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"main.go":     {"package main", "text/x-go"},
		"Makefile":    {"all:\n\tgo build", "text/x-make"},
		"notes":       {"BM25 is a ranking function.", "text/plain"},
		"data.tsv":    {"a\tb\n1\t2", "text/tab-separated-values"},
		"config.yaml": {"a: 1", "application/yaml"},
	} {
		if c.data == "" {
			c.data = string(officeFile(t, "word/document.xml", "<w:document><w:body><w:p><w:r><w:t>words</w:t></w:r></w:p></w:body></w:document>"))
		}
		if doc := mustParse(t, name, c.data); doc.Type != c.kind {
			t.Errorf("%s is %s, want %s", name, doc.Type, c.kind)
		}
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	const text = "消息队列的消费者在启动时会从上次的位点开始消费，共有 16 次重试机会。"
	const traditional = "訊息佇列的消費者在啟動時會從上次的位點開始消費，共有十六次重試機會。這是繁體中文的說明文件。"
	utf16 := func(big bool, mark string, s string) string {
		out := mark
		for _, r := range s {
			hi, lo := byte(r>>8), byte(r)
			if !big {
				hi, lo = lo, hi
			}
			out += string([]byte{hi, lo})
		}
		return out
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	gb18030, err := simplifiedchinese.GB18030.NewEncoder().String(text + "𠮷")
	if err != nil {
		t.Fatal(err)
	}
	big5, err := traditionalchinese.Big5.NewEncoder().String(traditional)
	if err != nil {
		t.Fatal(err)
	}
	short, err := simplifiedchinese.GBK.NewEncoder().String("重试次数")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, data, want, charset string }{
		{"UTF-8", text, text, "UTF-8"},
		{"UTF-8 with mark", "\ufeff" + text, text, "UTF-8"},
		{"UTF-16LE", utf16(false, "", text), text, "UTF-16LE"},
		{"UTF-16BE", utf16(true, "", text), text, "UTF-16BE"},
		{"UTF-16LE with mark", utf16(false, "\xff\xfe", text), text, "UTF-16LE"},
		{"UTF-16BE with mark", utf16(true, "\xfe\xff", text), text, "UTF-16BE"},
		{"UTF-16LE of ASCII", utf16(false, "", "plain words\n"), "plain words", "UTF-16LE"},
		{"ASCII with a zero", "abc\x00def the robin\n", "abcdef the robin", "UTF-8"},
		{"GBK", gbk, text, "GB18030"},
		{"GB18030", gb18030, text + "𠮷", "GB18030"},
		{"short GBK", "n = " + short, "n = 重试次数", "GB18030"},
		{"Big5", big5, traditional, "Big5"},
		{"Latin", "caf\xe9 au lait, d\xe9licieux, l'\xe9t\xe9", "café au lait, délicieux, l'été", "windows-1252"},
	} {
		doc := mustParse(t, c.name+".txt", c.data)
		if doc.Text != c.want || !strings.EqualFold(doc.Charset, c.charset) {
			t.Errorf("%s: %q as %s", c.name, doc.Text, doc.Charset)
		}
	}
}

func TestBadBytes(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "a.txt", "中文文字里有一个坏字节\xff和一个\x00零\r\n第二行\r第三行，这里还有很多别的字")
	if want := "中文文字里有一个坏字节\uFFFD和一个零\n第二行\n第三行，这里还有很多别的字"; doc.Text != want {
		t.Errorf("%q", doc.Text)
	}
	if doc.Removed[badBytes] != 1 || doc.Removed[unseen] != 1 {
		t.Errorf("removed %v", doc.Removed)
	}
	if doc := mustParse(t, "a\nb\x00.txt", "words"); doc.Title != "a b" {
		t.Errorf("title %q", doc.Title)
	}
}

// A zero file is as long as it says and costs nothing until it is read.
type zeros struct{ read *bool }

func (z zeros) ReadAt(p []byte, _ int64) (int, error) {
	*z.read = true
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	read := false
	_, err := Parse(context.Background(), "huge.txt", zeros{&read}, 200<<20, Limits{})
	wantError(t, err, wenyuan.TooLarge, "huge.txt", "200 MiB")
	if read {
		t.Error("a file beyond the limit was read")
	}
	_, err = Parse(context.Background(), "long.txt", zeros{&read}, 3<<20, Limits{Text: 1 << 20})
	wantError(t, err, wenyuan.TooLarge, "long.txt", "more than 1 MiB of text")
}

func TestZipBomb(t *testing.T) {
	t.Parallel()
	bomb := "<w:document>" + strings.Repeat(" ", 20<<20) + "</w:document>"
	limits := Limits{Expansion: 10 << 20}
	for name, data := range map[string][]byte{"bomb.docx": officeFile(t, "word/document.xml", bomb), "bomb.xlsx": officeFile(t, "xl/workbook.xml", bomb)} {
		_, err := Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), limits)
		wantError(t, err, wenyuan.TooLarge, name, "unpacks to more than 10 MiB")
		at := bytes.LastIndex(data, []byte("PK\x01\x02"))
		copy(data[at+24:], []byte{100, 0, 0, 0}) // a table of contents that lies
		_, err = Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), limits)
		wantError(t, err, wenyuan.Invalid, name, "is damaged")
	}
}

type stuck struct{ until chan struct{} }

func (s stuck) ReadAt([]byte, int64) (int, error) { <-s.until; return 0, io.EOF }

type panicking struct{}

func (panicking) ReadAt([]byte, int64) (int, error) { panic("as a parser would") }

func TestHangAndPanic(t *testing.T) {
	t.Parallel()
	until := make(chan struct{})
	defer close(until)
	_, err := Parse(context.Background(), "stuck.txt", stuck{until}, 100, Limits{Time: 10 * time.Millisecond})
	wantError(t, err, wenyuan.TooLarge, "stuck.txt", "took longer than 10ms")
	_, err = Parse(context.Background(), "odd.txt", panicking{}, 100, Limits{})
	wantError(t, err, wenyuan.Invalid, "odd.txt", "its parser stopped")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = Parse(ctx, "a.txt", strings.NewReader("words"), 5, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// What is quadratic in a parser of others ends at the time limit.
func TestSlowMarkdown(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"[", "![", "*a ", "_a*", "`", "<a ", "[a](", "a**b", "&#", "\\[", "~~a", "[^", "|a", "<!--"} {
		s := strings.Repeat(unit, (1<<20)/len(unit))
		start := time.Now()
		_, err := Parse(context.Background(), "slow.md", strings.NewReader(s), int64(len(s)), Limits{Time: 100 * time.Millisecond})
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("%q took %s: %v", unit, took, err)
		}
	}
}

// nasty are inputs made to fill memory, of so many MiB.
var nasty = map[string]func(mib int) (name string, data []byte){
	"line":     repeat("line.txt", "wörds "),
	"markdown": repeat("a.md", "*a* [b](c) `d` <e>\n\n"),
	"emphasis": repeat("a.md", "*a "),
	"list":     repeat("a.md", "- a\n"),
	"html":     repeat("a.html", "<b>a<td>"),
	"depth":    repeat("a.html", "<div>a"),
	"csv":      repeat("a.csv", "1,2,3,4,5\n"),
	"code":     repeat("a.go", "\n\na"),
	"strings": func(mib int) (string, []byte) {
		return "a.xlsx", officeFile(&testing.T{}, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t/></si>", mib<<20/13)+"</sst>")
	},
	"cells": func(mib int) (string, []byte) {
		rels := `<Relationships><Relationship Id="r" Target="worksheets/sheet1.xml"/></Relationships>`
		return "a.xlsx", officeFile(&testing.T{}, "xl/workbook.xml", `<workbook><sheet name="s" id="r"/></workbook>`, "xl/_rels/workbook.xml.rels", rels,
			"xl/worksheets/sheet1.xml", "<sheetData>"+strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, mib<<20/36)+"</sheetData>")
	},
	"paragraphs": func(mib int) (string, []byte) {
		return "a.docx", officeFile(&testing.T{}, "word/document.xml", "<w:document>"+strings.Repeat("<w:p><w:r><w:t>a</w:t></w:r></w:p>", mib<<20/34)+"</w:document>")
	},
	"noise": func(mib int) (string, []byte) {
		data := make([]byte, mib<<20)
		r := rand.NewChaCha8([32]byte{1})
		for i := range data {
			data[i] = byte(' ' + r.Uint64()%90)
		}
		return "noise.md", data
	},
}

func repeat(name, unit string) func(int) (string, []byte) {
	return func(mib int) (string, []byte) { return name, []byte(strings.Repeat(unit, mib<<20/len(unit))) }
}

// TestMemory parses each of them in a process of its own and looks at the most memory that it
// held, the file and the test's own share included. With WENYUAN_PARSE_FULL set they are
// as large as the default limits allow.
func TestMemory(t *testing.T) {
	mib, most := 4, int64(500)
	if os.Getenv("WENYUAN_PARSE_FULL") != "" {
		mib, most = 60, 900
	}
	if kind := os.Getenv("WENYUAN_PARSE_NASTY"); kind != "" {
		name, data := nasty[kind](mib)
		doc, err := Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), Limits{Time: 20 * time.Second})
		if err == nil {
			err = fmt.Errorf("%d blocks", len(doc.Blocks))
		}
		fmt.Println("RESULT", err)
		return
	}
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for kind := range nasty {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMemory$")
		cmd.Env = append(os.Environ(), "WENYUAN_PARSE_NASTY="+kind)
		start := time.Now()
		out, err := cmd.CombinedOutput()
		_, result, ok := strings.Cut(string(out), "RESULT ")
		if err != nil || !ok {
			t.Errorf("%s: %v\n%.2000s", kind, err, out)
			continue
		}
		result, _, _ = strings.Cut(result, "\n")
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Skip("no resource usage here")
		}
		held := usage.Maxrss >> 10
		if runtime.GOOS == "darwin" { // which counts bytes
			held >>= 10
		}
		t.Logf("%-10s %4d MiB %5.1f s  %s", kind, held, time.Since(start).Seconds(), result)
		if held > most {
			t.Errorf("%s: %d MiB", kind, held)
		}
	}
}
