package sse_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"wenyuan/internal/sse"
)

func readAll(r *sse.Reader) (out []sse.Event, err error) {
	for {
		e, err := r.Next()
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []sse.Event
		err      error
	}{
		{"one", "data: a\n\n", []sse.Event{{Data: "a"}}, io.EOF},
		{"no space", "data:a\n\n", []sse.Event{{Data: "a"}}, io.EOF},
		{"named", "event: step\ndata: 问\n\n", []sse.Event{{Name: "step", Data: "问"}}, io.EOF},
		{"two lines", "data: a\ndata: b\n\n", []sse.Event{{Data: "a\nb"}}, io.EOF},
		{"empty line of data", "data\n\n", []sse.Event{{Data: ""}}, io.EOF},
		{"comments and blank lines", ": ping\n\n\n: ping\ndata: a\n\n", []sse.Event{{Data: "a"}}, io.EOF},
		{"cr lf", "data: a\r\n\r\ndata: b\r\n\r\n", []sse.Event{{Data: "a"}, {Data: "b"}}, io.EOF},
		{"cr", "data: a\r\rdata: b\r\r", []sse.Event{{Data: "a"}, {Data: "b"}}, io.EOF},
		{"byte order mark", "\ufeffdata: a\n\n", []sse.Event{{Data: "a"}}, io.EOF},
		{"name without data is dropped", "event: x\n\ndata: a\n\n", []sse.Event{{Data: "a"}}, io.EOF},
		{"cut off between lines", "data: a\n", nil, io.EOF},
		{"cut off in a line", "data: a", nil, io.ErrUnexpectedEOF},
		{"a long line", "data: " + strings.Repeat("x", 100) + "\n\n", nil, sse.ErrTooLong},
		{"many lines", strings.Repeat("data: xxxx\n", 20) + "\n", nil, sse.ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(sse.NewReader(strings.NewReader(c.in), 64))
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWriteRefusesNameWithLineEnd(t *testing.T) {
	t.Parallel()
	if err := sse.Write(io.Discard, "a\ndata: b", nil); err == nil {
		t.Error("an event name with a line end was written")
	}
}

// Whatever is written is read back, with line ends as LF.
func FuzzRoundTrip(f *testing.F) {
	f.Add("step", "a\nb")
	f.Add("", "问源\r\n文渊")
	f.Add("x", "")
	f.Fuzz(func(t *testing.T, name, data string) {
		var b bytes.Buffer
		if err := sse.Write(&b, name, []byte(data)); err != nil {
			return
		}
		got, err := sse.NewReader(&b, 1<<20).Next()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
		if got.Data != want || got.Name != name {
			t.Errorf("wrote %q %q, read %q", name, want, got)
		}
	})
}

// plainly reads a stream byte by byte, as the standard words it.
func plainly(in []byte, limit int) (out []sse.Event, err error) {
	var e sse.Event
	var data []string
	size, line, cr, first := 0, "", false, true
	for _, c := range in {
		after := cr
		cr = c == '\r'
		if c == '\n' && after {
			continue
		}
		if c != '\n' && c != '\r' {
			if len(line) >= limit-size {
				return out, sse.ErrTooLong
			}
			line += string([]byte{c})
			continue
		}
		if first {
			line, first = strings.TrimPrefix(line, "\ufeff"), false
		}
		size += len(line)
		if line == "" {
			if data != nil {
				e.Data = strings.Join(data, "\n")
				out = append(out, e)
			}
			e, data, size = sse.Event{}, nil, 0
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.Name = value
		case "data":
			data = append(data, value)
		}
		line = ""
	}
	if line != "" {
		return out, io.ErrUnexpectedEOF
	}
	return out, io.EOF
}

// FuzzReader: however the bytes come, the events are those of the plain reading.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"data: a\n\ndata:b\r\n\r\nevent: e\rdata\r\r", "\ufeffdata: x\n\n", ": comment\n\nid: 4\ndata: a\ndata: b\n\n", "data: cut", "data: long " + strings.Repeat("x", 70) + "\n\n"} {
		f.Add([]byte(s), 64)
		f.Add([]byte(s), 1<<20)
	}
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		if limit < 1 {
			return
		}
		want, why := plainly(in, limit)
		for _, from := range []io.Reader{bytes.NewReader(in), iotest.OneByteReader(bytes.NewReader(in)), iotest.HalfReader(bytes.NewReader(in))} {
			got, err := []sse.Event(nil), error(nil)
			for r := sse.NewReader(from, limit); ; {
				var e sse.Event
				if e, err = r.Next(); err != nil {
					break
				}
				got = append(got, e)
			}
			if !slices.Equal(got, want) || err != why {
				t.Fatalf("%q: %q %v, want %q %v", in, got, err, want, why)
			}
		}
	})
}
