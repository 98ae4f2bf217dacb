package engine

import (
	"bytes"
	"cmp"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Bounds of what is kept and logged of what an engine writes.
const (
	keptLines   = 8
	maxLine     = 500 // bytes; what is beyond is cut off
	linesSecond = 50  // that are logged; what is beyond is counted
)

// An output is what an engine writes: each line goes to the log, at the level debug, and the last
// ones are kept, to tell why it ended.
type output struct {
	log *slog.Logger

	mu     sync.Mutex
	part   []byte
	lines  []string
	second time.Time
	logged int
	passed int // over in this second
}

// Write takes what comes, in any pieces. It never fails.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(b)
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		o.part = append(o.part, line[:min(len(line), max(0, maxLine-len(o.part)))]...)
		if ended {
			o.line()
		}
		b = rest
	}
	return n, nil
}

// flush ends a last line that has no end.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.line()
}

func (o *output) line() {
	text := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(o.part), "")))
	o.part = o.part[:0]
	if text == "" {
		return
	}
	if o.lines = append(o.lines, text); len(o.lines) > keptLines {
		o.lines = append(o.lines[:0], o.lines[1:]...)
	}
	if now := time.Now(); now.Sub(o.second) >= time.Second {
		if o.passed > 0 {
			o.log.Debug("the engine wrote more lines than are logged", "lines", o.passed)
		}
		o.second, o.logged, o.passed = now, 0, 0
	}
	if o.logged++; o.logged > linesSecond {
		o.passed++
		return
	}
	o.log.Debug("engine", "line", text)
}

// last are the last lines, in one, to tell why it ended.
func (o *output) last() string {
	return cmp.Or(o.tail(keptLines), "it wrote nothing")
}

// tail are so many of the last lines, in one.
func (o *output) tail(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.lines[max(0, len(o.lines)-n):], " | ")
}
