package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func read(t testing.TB, raw []byte) (*Document, error) {
	t.Helper()
	return Read(context.Background(), bytes.NewReader(raw), int64(len(raw)), Options{Pages: 1000, Letters: 10_000_000})
}

func outline(doc *Document) string {
	var out strings.Builder
	for _, p := range doc.Parts {
		fmt.Fprintf(&out, "%d %s ", p.Page, []string{"paragraph", "heading", "list", "table"}[p.Kind])
		if p.Level > 0 {
			fmt.Fprintf(&out, "%d ", p.Level)
		}
		out.WriteString(p.Text)
		for _, row := range p.Rows {
			out.WriteString("[" + strings.Join(row, "|") + "]")
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func want(t *testing.T, raw []byte, want string) *Document {
	t.Helper()
	doc, err := read(t, raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimLeft(want, "\n"), outline(doc)); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
	return doc
}

func TestStructure(t *testing.T) {
	t.Parallel()
	want(t, makePDF("", func(p *pen) {
		p.text(72, 780, 20, "Retry policy")
		p.lines(72, 740, 11,
			"When a consumer fails, the broker delivers the message again. The num-",
			"ber of attempts is limited, and between two attempts there is a waiting",
			"time that grows.")
		p.lines(72, 690, 11,
			"A second paragraph begins here because there is more space above it and it is long",
			"enough.")
		p.text(72, 650, 11, "\x95 first item")
		p.text(72, 636, 11, "\x95 second item")
		p.chinese(72, 600, 11, "消费失败时，服务端会重新投递消息，直到达到最大重试次数为止，之后消息进入死")
		p.chinese(72, 586, 11, "信队列。")
		for i, row := range [][]string{{"Name", "Default", "Unit"}, {"retries", "16", "times"}, {"delay", "10", "seconds"}} {
			for k, cell := range row {
				p.text(72+float64(k)*150, 540-float64(i)*14, 11, cell)
			}
		}
	}), `
1 heading 1 Retry policy
1 paragraph When a consumer fails, the broker delivers the message again. The number of attempts is limited, and between two attempts there is a waiting time that grows.
1 paragraph A second paragraph begins here because there is more space above it and it is long enough.
1 list - first item
1 list - second item
1 paragraph 消费失败时，服务端会重新投递消息，直到达到最大重试次数为止，之后消息进入死信队列。
1 table [Name|Default|Unit][retries|16|times][delay|10|seconds]
`)
}

// A table is written cell by cell, and its cells have several lines.
func TestTallCells(t *testing.T) {
	t.Parallel()
	want(t, makePDF("", func(p *pen) {
		p.text(72, 760, 11, "Before the table.")
		p.text(72, 720, 11, "Name")
		p.text(250, 720, 11, "Meaning")
		p.lines(72, 700, 11, "consumer_thread_", "max")
		p.lines(250, 700, 11, "How many threads take", "messages at the same", "time.")
		p.lines(72, 655, 11, "retries")
		p.lines(250, 655, 11, "How often a message", "is tried again.")
		p.text(72, 600, 11, "After the table.")
	}), `
1 paragraph Before the table.
1 table [Name|Meaning][consumer_thread_max|How many threads take messages at the same time.][retries|How often a message is tried again.]
1 paragraph After the table.
`)
}

// A page that is shown on its side reads like one that is not, and what is written up the
// edge of an upright page is one line.
func TestTurned(t *testing.T) {
	t.Parallel()
	want(t, makePDF("", func(p *pen) {
		p.rotate = 90
		p.up(100, 72, 20, "Wide figures")
		for i, row := range [][]string{{"Name", "Default", "Unit"}, {"retries", "16", "times"}, {"delay", "10", "seconds"}} {
			for k, cell := range row {
				p.up(140+float64(i)*14, 72+float64(k)*150, 11, cell)
			}
		}
		p.up(220, 72, 11, "A paragraph of the page that runs on over the end of its line to the")
		p.up(234, 72, 11, "next one.")
	}, func(p *pen) {
		p.text(72, 700, 11, "Upright words.")
		p.up(20, 200, 11, "stamp 2004.04906 on the edge")
	}), `
1 heading 1 Wide figures
1 table [Name|Default|Unit][retries|16|times][delay|10|seconds]
1 paragraph A paragraph of the page that runs on over the end of its line to the next one.
2 paragraph Upright words.
2 paragraph stamp 2004.04906 on the edge
`)
}

// Columns that the file writes line by line across the page.
func TestInterleavedColumns(t *testing.T) {
	t.Parallel()
	left := []string{"Alpha one of the left column runs on and", "alpha two of the left column runs on and", "alpha three of the left column runs on an", "alpha four of the left column runs on and", "alpha five of the left column runs on and", "alpha six ends here."}
	right := []string{"Beta one of the right column runs on and", "beta two of the right column runs on and", "beta three of the right column runs on an", "beta four of the right column runs on and", "beta five of the right column runs on and", "beta six ends here."}
	doc, err := read(t, makePDF("", func(p *pen) {
		for i := range left {
			p.text(60, 700-float64(i)*13, 11, left[i])
			p.text(320, 700-float64(i)*13, 11, right[i])
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(outline(doc), "\n1 paragraph ", " ")
	wanted := "1 paragraph " + strings.Join(left, " ") + " " + strings.Join(right, " ") + "\n"
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFurniture(t *testing.T) {
	t.Parallel()
	var pages []func(*pen)
	for i := range 4 {
		pages = append(pages, func(p *pen) {
			p.text(72, 810, 9, "Operations Guide 5.3")
			p.text(72, 700, 11, fmt.Sprintf("The text of page %d stands here.", i+1))
			p.text(290, 30, 9, fmt.Sprintf("%d / 4", i+9))
		})
	}
	doc := want(t, makePDF("", pages...), `
1 paragraph The text of page 1 stands here.
2 paragraph The text of page 2 stands here.
3 paragraph The text of page 3 stands here.
4 paragraph The text of page 4 stands here.
`)
	if doc.Removed != 4*20+4*5+3 {
		t.Errorf("%d code points removed", doc.Removed)
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	doc := want(t, makePDF("", func(p *pen) {
		p.text(72, 700, 11, "1 Retries . . . . . . . . . . . . . . . . 7")
		p.text(72, 686, 11, "2 Limits................................12")
		p.text(72, 640, 11, "And so on...")
	}), "1 paragraph And so on...\n")
	if doc.Contents == 0 {
		t.Error("nothing was counted")
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := makePDF("", func(p *pen) { p.text(72, 700, 11, "text") })
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"encrypted", makePDF(encryption, func(p *pen) { p.text(72, 700, 11, "text") }), ErrEncrypted},
		{"no text", makePDF("", func(p *pen) { p.WriteString("0 0 100 100 re f\n") }), ErrNoText},
		{"cut off", good[:60], ErrBroken},
		{"only the magic", []byte("%PDF-1.7\nnothing"), ErrBroken},
	} {
		if _, err := read(t, c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	_, err := Read(context.Background(), bytes.NewReader(good), int64(len(good)), Options{Pages: 1, Letters: 2})
	if !errors.Is(err, ErrPages) {
		t.Errorf("too many letters: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, bytes.NewReader(good), int64(len(good)), Options{Pages: 1, Letters: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Pages that PDFium takes long to read are ended from outside, again and again, and the
// next document is read as if nothing had been.
func TestStopped(t *testing.T) {
	t.Parallel()
	good := makePDF("", func(p *pen) { p.text(72, 700, 11, "words") })
	if _, err := read(t, good); err != nil { // the engine is compiled by now
		t.Fatal(err)
	}
	long := makePDF("", func(p *pen) {
		for range 200_000 {
			p.text(72, 700, 11, "again and again and again and again")
		}
	})
	for range 2*runtime.GOMAXPROCS(0) + 1 {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		start := time.Now()
		_, err := Read(ctx, bytes.NewReader(long), int64(len(long)), Options{Pages: 10, Letters: 1 << 30})
		cancel()
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
			t.Fatalf("after %s: %v", took, err)
		}
	}
	if _, err := read(t, good); err != nil {
		t.Error(err)
	}
}

// What is unused is closed, and started again by the next document.
func TestExpire(t *testing.T) {
	t.Parallel()
	raw := makePDF("", func(p *pen) { p.text(72, 700, 11, "words") })
	if cacheFolder("") == "" {
		t.Skip("there is no cache folder")
	}
	cache := cacheFolder("") + "/." // the same folder by a name that no other test uses
	for range 2 {
		if _, err := Read(context.Background(), bytes.NewReader(raw), int64(len(raw)), Options{Cache: cache, Pages: 1, Letters: 10}); err != nil {
			t.Fatal(err)
		}
		engines.Lock()
		e := engines.open[cache]
		engines.Unlock()
		if e == nil || e.users != 0 {
			t.Fatalf("the engine is not kept: %+v", e)
		}
		expire(cache, e)
		engines.Lock()
		if engines.open[cache] != nil {
			t.Error("the engine is still there")
		}
		engines.Unlock()
	}
}

func BenchmarkPage(b *testing.B) {
	pages := make([]func(*pen), 50)
	for i := range pages {
		pages[i] = func(p *pen) {
			for k := range 50 {
				p.text(72, 780-float64(k)*14, 11, "The quick brown fox jumps over the lazy dog and runs on to the next li")
			}
		}
	}
	raw := makePDF("", pages...)
	b.ResetTimer()
	for b.Loop() {
		if _, err := read(b, raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(pages))/1000, "ms/page")
}
