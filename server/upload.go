package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"wenyuan"
	"wenyuan/corpus"
)

// An addedDocument is what became of one file.
type addedDocument struct {
	ID     string `json:"id" doc:"empty for what was read and the sender may not see"`
	Source string `json:"source"`
	File   string `json:"file,omitempty" doc:"source of the table that it is some rows of"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Hint   string `json:"hint"`
}

const (
	batchFiles = 100     // files given to the library at once: one job
	batchBytes = 8 << 20 // bytes of small files of an upload held in memory; the rest goes to a temporary file
	smallFile  = 1 << 20 // bytes up to which a file is small
	maxField   = 4 << 10 // bytes of a form field that is no file
)

type uploadRequest struct {
	Corpus string `path:"corpus"`
}

// upload takes files as multipart: each part file is one document, whose source is the
// part's file name, or the field source right before it. One whose name is .access says who may
// read the others of its folder.
func upload() endpoint {
	e := endpoint{in: reflect.TypeFor[uploadRequest](), out: reflect.TypeFor[addedDocuments](), takes: multipartForm}
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		form, err := r.MultipartReader()
		if err != nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the body is no multipart form", Hint: "send each file as a part named file", Err: err}
		}
		if _, err := s.Library.Create(r.Context(), r.scope, r.PathValue("corpus")); err != nil {
			return err
		}
		in := &intake{s: s, r: r, corpus: r.PathValue("corpus"), out: addedDocuments{Documents: []addedDocument{}}}
		defer in.drop()
		if err := in.read(form); err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, in.out)
	}
	return e
}

// An intake reads the files of one upload. They are handed on when all have come: who may read
// them is decided by .access files that may come last.
type intake struct {
	s      *Server
	r      *request
	corpus string
	rules  []corpus.Upload // .access files
	ups    []corpus.Upload
	spool  *os.File // what is not held in memory, one file behind the other
	size   int64    // of that
	memory int64
	files  int
	out    addedDocuments
}

func (in *intake) read(form *multipart.Reader) error {
	source := ""
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return broken(err)
		}
		switch part.FormName() {
		case "source":
			source, err = field(part)
		case "file":
			if source == "" {
				source = fileName(part)
			}
			err = in.take(source, part)
			source = ""
		default:
			err = &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no field %q here", part.FormName()), Hint: "send each file as a part named file"}
		}
		if err != nil {
			return err
		}
	}
	if in.files == 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the upload holds no file", Hint: "send each file as a part named file"}
	}
	return in.hand()
}

// take keeps one file.
func (in *intake) take(source string, part io.Reader) error {
	if in.files++; in.files > in.s.Limits.Files {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the upload holds more than %d files", in.s.Limits.Files), Hint: "send them in several uploads"}
	}
	body, err := in.keep(part)
	if err != nil {
		return err
	}
	if up := (corpus.Upload{Source: source, Body: body}); corpus.IsAccess(source) {
		in.rules = append(in.rules, up)
	} else {
		in.ups = append(in.ups, up)
	}
	return nil
}

// keep holds a small file in memory while there is room, and others on disk: the parts of a form
// come one after the other, and the library takes several at once.
func (in *intake) keep(part io.Reader) (io.Reader, error) {
	head, err := io.ReadAll(io.LimitReader(part, smallFile))
	if err != nil {
		return nil, broken(err)
	}
	if len(head) < smallFile && in.memory+int64(len(head)) <= batchBytes {
		in.memory += int64(len(head))
		return bytes.NewReader(head), nil
	}
	if in.spool == nil {
		if in.spool, err = spoolFile(filepath.Join(in.s.Store.Dir(), "tmp")); err != nil {
			return nil, fmt.Errorf("server: upload: %w", err)
		}
	}
	n, err := io.Copy(in.spool, io.MultiReader(bytes.NewReader(head), part))
	if err != nil {
		return nil, broken(err)
	}
	at := in.size
	in.size += n
	return io.NewSectionReader(in.spool, at, n), nil
}

// spoolFile is a file without a name: nothing is left of it whatever happens.
func spoolFile(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// hand gives the files to the library, .access files first, and notes what became of them.
func (in *intake) hand() error {
	if len(in.rules) > 0 {
		if err := in.give(in.rules); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(in.ups, batchFiles) {
		if err := in.give(batch); err != nil {
			return err
		}
	}
	return nil
}

func (in *intake) give(ups []corpus.Upload) error {
	added, err := in.s.Library.Take(in.r.Context(), in.r.scope, in.corpus, ups)
	for _, d := range added.Documents {
		in.out.Documents = append(in.out.Documents, addedDocument{d.ID, d.Source, d.File, d.State, in.r.tell(d.Reason), in.r.tell(d.Hint)})
	}
	for _, a := range added.Access {
		for i := range a.Problems {
			a.Problems[i] = in.r.tell(a.Problems[i])
		}
		in.out.Access = append(in.out.Access, a)
	}
	return err
}

// drop lets go of what is on disk; it was removed already, and only was read since.
func (in *intake) drop() {
	if in.spool != nil {
		in.spool.Close()
	}
}

// fileName is the name as it was sent: the standard library's cuts the folders off.
func fileName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return part.FileName()
	}
	return params["filename"]
}

func field(part io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return "", broken(err)
	}
	if len(b) > maxField {
		return "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: "the name of a file is longer than 4 KiB", Hint: "give it a shorter name"}
	}
	return string(b), nil
}

// broken is what reading the form says: it is over the limit, it came too slowly, or it broke
// off or is malformed, for which the standard library has many errors and no name. What our
// own disk says keeps its name.
func broken(err error) error {
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return big
	}
	if _, ours := errors.AsType[*fs.PathError](err); ours || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("server: upload: %w", err)
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the upload broke off, or is no multipart form", Hint: "send it again; files that were answered for are kept", Err: err}
}
