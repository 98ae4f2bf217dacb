package main

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/archive"
)

// An outcome is what became of a file, as add prints it.
type outcome struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	File   string `json:"file,omitempty"` // the table that it is some rows of
	State  string `json:"state"`
	Reason string `json:"reason"`
	Hint   string `json:"hint"`

	more []*outcome // further documents of the same table
}

// accessName is the name of files that say who may read what lies in their folder.
const accessName = archive.Access

// isAccess says whether an entry is such a file. They are sent before everything else, so that
// nothing is seen by anybody whom they leave out.
func isAccess(e archive.Entry) bool { return path.Base(e.Source) == accessName }

// accessTaken is a .access file that the server took over.
type accessTaken struct {
	Source   string   `json:"source"`
	Problems []string `json:"problems"`
}

// unsent is the error of a .access file that cannot be sent: without it, documents would be seen
// by people whom it leaves out.
func (s *session) unsent(o *outcome) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be taken over, so nothing was added: %s", "%s 无法采用，因此没有加入任何内容：%s", o.Source, s.tell(o.Reason)), Hint: s.tell(o.Hint)}
}

// taken shows which .access files were taken over, and which of their lines deny because they
// cannot be read.
func (s *session) taken(all []accessTaken) {
	for _, a := range all {
		s.print("access rules taken over: %s", "已采用访问规则：%s", a.Source)
		for _, p := range a.Problems {
			s.print("▲ %s", "▲ %s", s.tell(p))
		}
	}
}

// largest is the size above which a file is not even sent. What is a document's limit, the
// server says, and keeps the document with its reason.
const largest = 1 << 40

// walk yields everything at a path: a file, what is in a folder, what is in an archive.
func (s *session) walk(ctx context.Context, name string, yield func(archive.Entry) error) error {
	stopped := error(nil)
	err := archive.Walk(ctx, name, archive.Limits{Bytes: largest}, func(e archive.Entry) error {
		stopped = yield(e)
		return stopped
	})
	switch {
	case err == nil || stopped != nil:
		return stopped
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: s.say("there is nothing at %s", "%s 不存在", name), Hint: s.say("look whether the path is right", "看看路径是否正确"), Err: err}
	case errors.Is(err, archive.ErrTooMany):
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: s.say("%s holds too many files", "%s 里的文件太多", name), Hint: s.say("add its folders one by one", "请分文件夹加入"), Err: err}
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be read", "无法读取 %s", name), Hint: s.say("look at its permissions, and whether it is whole", "检查它的权限，以及它是否完整"), Err: err}
}

// lost is the outcome of a file that could not be read here.
func (s *session) lost(source string, err error) outcome {
	o := outcome{Source: source, State: corpus.Failed, Reason: source + ": " + err.Error(), Hint: s.say("look at its permissions, and whether it is whole", "检查它的权限，以及它是否完整")}
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		o.Reason, o.Hint = e.Message, e.Hint
	}
	return o
}
