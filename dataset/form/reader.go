package form

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"wenyuan"
)

// A Reader reads rows from a file: one a line, or one list of them. It holds one row at a time.
type Reader struct {
	Passed []string // fields that are passed over where the format does not know them

	name   string
	format Format // "" until the first row
	in     *bufio.Reader
	line   int // of what is read next, from 1
	begun  bool
	inList bool
	rows   int
}

// NewReader reads rows of a format from a file that errors call by its name. For the format "" the
// first row says which it is.
func NewReader(name string, in io.Reader, f Format) *Reader {
	return &Reader{name: name, format: f, in: bufio.NewReaderSize(in, 64<<10), line: 1}
}

// Format is the one that is read; "" where none is known yet.
func (r *Reader) Format() Format { return r.format }

// A Fault is a row that is broken, with its place. Unless Last is set, reading may go on behind it.
type Fault struct {
	File string
	Line int // from 1
	Last bool
	Err  error
}

func (f *Fault) Error() string { return fmt.Sprintf("%s:%d: %v", f.File, f.Line, f.Err) }

func (f *Fault) Unwrap() error { return f.Err }

// Next gives the next row with the line at which it begins. At the end the error is io.EOF; for a
// broken row it is a *Fault.
func (r *Reader) Next() (Row, int, error) {
	text, line, err := r.next()
	if err != nil {
		return Row{}, line, err
	}
	if r.format == "" {
		if r.format = Detect(text); r.format == "" {
			_, err := parse(text)
			if err == nil {
				err = bad("the row is in no format that is known", "one of "+Names())
			}
			return Row{}, line, &Fault{r.name, line, true, err}
		}
	}
	row, err := Read(r.format, text, r.Passed...)
	if err != nil {
		return Row{}, line, &Fault{r.name, line, false, err}
	}
	return row, line, nil
}

// Text gives the text of the next row with the line at which it begins, whatever is in it. At the end the error
// is io.EOF; of what is no row it is a *Fault.
func (r *Reader) Text() ([]byte, int, error) { return r.next() }

// next gives the text of the next row.
func (r *Reader) next() ([]byte, int, error) {
	if !r.begun {
		r.begun = true
		if head, _ := r.in.Peek(3); bytes.Equal(head, []byte("\uFEFF")) {
			_, _ = r.in.Discard(3)
		}
		switch c, err := r.space(); {
		case err != nil:
			return nil, r.line, err
		case c == '[':
			r.inList = true
			_, _ = r.in.Discard(1)
		}
	}
	if r.inList {
		return r.element()
	}
	for {
		line := r.line
		text, err := r.rest()
		if len(bytes.TrimSpace(text)) > 0 || err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, io.EOF) {
				err = nil // the last line needs no end
			}
			return text, line, err
		}
		if err != nil {
			return nil, line, err
		}
	}
}

// rest reads up to the end of the line. Of one that is too long no more is held than may be.
func (r *Reader) rest() (text []byte, err error) {
	line := r.line
	for {
		part, err := r.in.ReadSlice('\n')
		if len(text) <= MaxLine {
			text = append(text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		r.line++
		if len(text) > MaxLine {
			return nil, &Fault{r.name, line, false, tooLong()}
		}
		return text, err
	}
}

func tooLong() error {
	return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the row has more than %d bytes", MaxLine), Hint: "cut it, or leave it out"}
}

// space passes over white space, and shows what comes then.
func (r *Reader) space() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return c, r.in.UnreadByte()
		}
	}
}

// element reads the next object of a list.
func (r *Reader) element() ([]byte, int, error) {
	fault := func(message, hint string) error { return &Fault{r.name, r.line, true, bad(message, hint)} }
	c, err := r.space()
	if err == nil && c == ',' && r.rows > 0 {
		_, _ = r.in.Discard(1)
		if c, err = r.space(); c == ']' {
			return nil, r.line, fault("there is a comma behind the last row", "take it away")
		}
	} else if err == nil && c != ']' && r.rows > 0 {
		return nil, r.line, fault("there is no comma between two rows", "put one there")
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, r.line, fault("the list of rows has no end", "the file may be cut: look at its end")
	case err != nil:
		return nil, r.line, err
	case c == ']':
		return nil, r.line, r.ended()
	case c != '{':
		return nil, r.line, fault("a row of the list is no JSON object", "each row is one object between { and }")
	}
	r.rows++
	return r.braced()
}

// ended looks whether something stands behind the list.
func (r *Reader) ended() error {
	_, _ = r.in.Discard(1)
	if _, err := r.space(); err != nil {
		return err // io.EOF as a rule
	}
	return &Fault{r.name, r.line, true, bad("there is something behind the list of rows", "write one list, or one row a line")}
}

// braced reads from a brace to the one that closes it.
func (r *Reader) braced() (text []byte, line int, err error) {
	line = r.line
	depth, within, escaped := 0, false, false
	for {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, line, &Fault{r.name, line, true, bad("the list of rows has no end", "the file may be cut: look at its end")}
		}
		if err != nil {
			return nil, line, err
		}
		if text = append(text, c); len(text) > MaxLine {
			return nil, line, &Fault{r.name, line, true, tooLong()}
		}
		switch {
		case c == '\n':
			r.line++
		case escaped:
			escaped = false
		case within && c == '\\':
			escaped = true
		case c == '"':
			within = !within
		case within:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return text, line, nil
			}
		}
	}
}
