package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"wenyuan"
	sentences "wenyuan/internal/zh"
)

// A session is one run of a verb: who reads, where it writes, what it was given.
type session struct {
	ctx            context.Context
	stdout, stderr io.Writer
	env            func(string) string
	lang           lang
	json           bool
	cli            *cli
}

// say picks the reader's language and fills the text in.
func (s *session) say(english, chinese string, args ...any) string {
	text := english
	if s.lang == zh {
		text = chinese
	}
	return fmt.Sprintf(text, args...)
}

// count says how many of something there are.
func (s *session) count(n int, one, many, chinese string) string {
	if n == 1 {
		many = one
	}
	return s.say(fmt.Sprintf("%d %s", n, many), fmt.Sprintf("%d %s", n, chinese))
}

// tell says a sentence of the house in the reader's language.
func (s *session) tell(english string) string {
	if s.lang != zh {
		return english
	}
	chinese, _ := sentences.Sentence(english)
	return chinese
}

// print writes one line for people to standard output; with --json it writes nothing.
func (s *session) print(english, chinese string, args ...any) {
	if !s.json {
		fmt.Fprintln(s.stdout, s.say(english, chinese, args...))
	}
}

// give writes the result: as JSON, or the way human writes it.
func (s *session) give(v any, human func(w io.Writer)) error {
	if s.json {
		return writeJSON(s.stdout, v)
	}
	var b bytes.Buffer
	human(&b)
	_, err := s.stdout.Write(b.Bytes())
	return err
}

// writeJSON writes one value on one line, without escaping what is only dangerous in a page.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

type problem struct {
	Code    wenyuan.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
}

// fail says an error and gives the exit code.
func (s *session) fail(err error) int {
	if errors.Is(err, errSilent) {
		return exitFailed
	}
	s.report(s.problem(err), err)
	return exitFailed
}

// problem is an error as the person gets it.
func (s *session) problem(err error) problem {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return problem{e.Code, e.Message, e.Hint}
	}
	if errors.Is(err, context.Canceled) && s.ctx.Err() != nil {
		return problem{wenyuan.Unavailable, s.say("stopped", "已停止"), s.say("what was reported done is kept", "已报告完成的内容都已保存")}
	}
	return problem{wenyuan.CodeOf(err), err.Error(), ""}
}

// unwritable is a file that the person named and that cannot be made.
func (s *session) unwritable(name string, err error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be written", "无法写入 %s", name),
		Hint: s.say("look whether its folder is there and may be written to", "看看它所在的文件夹是否存在、是否可写"), Err: err}
}

// usage says what is wrong with the command line.
func (s *session) usage(err error) int {
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) && errors.Is(err, fs.ErrNotExist) {
		s.report(problem{wenyuan.NotFound, s.say("there is no file %s", "没有文件 %s", missing.Path), s.say("give the path of a file on this machine", "请写出本机上一个文件的路径")}, nil)
		return exitUsage
	}
	s.report(problem{wenyuan.Invalid, err.Error(), s.say("wenyuan --help lists the verbs, wenyuan VERB --help explains one", "wenyuan --help 列出所有命令，wenyuan 命令 --help 解释其中一个")}, nil)
	return exitUsage
}

func (s *session) report(p problem, cause error) {
	fmt.Fprintln(s.stderr, s.say("error: ", "错误：")+s.tell(p.Message))
	if p.Hint != "" {
		fmt.Fprintln(s.stderr, s.say("  do this: ", "  怎么办：")+s.tell(p.Hint))
	}
	if cause != nil && s.cli != nil && s.cli.LogLevel == "debug" && cause.Error() != p.Message {
		fmt.Fprintln(s.stderr, s.say("  cause: ", "  原因：")+cause.Error())
	}
	if s.json {
		_ = writeJSON(s.stdout, map[string]problem{"error": p}) // there is nobody left to tell
	}
}

// terminal says whether a stream is one.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// oneLine makes a text fit for a row: no line ends, not longer than so many letters.
func oneLine(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
