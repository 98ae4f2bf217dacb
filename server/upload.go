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

	"wenyuan"
	"wenyuan/corpus"
)

// An addedDocument is what became of one file.
type addedDocument struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Hint   string `json:"hint"`
}

const (
	batchFiles = 100     // files given to the library at once: one job
	batchBytes = 8 << 20 // bytes of small files held in memory meanwhile
	smallFile  = 1 << 20 // bytes up to which a file is small; larger ones go to a temporary file
	maxField   = 4 << 10 // bytes of a form field that is no file
)

type uploadRequest struct {
	Corpus string `path:"corpus"`
}

// upload takes files as multipart: each part file is one document, whose source is the
// part's file name, or the field source right before it.
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
		in := &intake{s: s, r: r, corpus: r.PathValue("corpus"), out: addedDocuments{[]addedDocument{}}}
		defer in.drop()
		if err := in.read(form); err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, in.out)
	}
	return e
}

// An intake reads the files of one upload and hands them on in batches.
type intake struct {
	s      *Server
	r      *request
	corpus string
	ups    []corpus.Upload
	temps  []*os.File
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

// take keeps one file until its batch is full.
func (in *intake) take(source string, part io.Reader) error {
	if in.files++; in.files > in.s.Limits.Files {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the upload holds more than %d files", in.s.Limits.Files), Hint: "send them in several uploads"}
	}
	body, err := in.spool(part)
	if err != nil {
		return err
	}
	in.ups = append(in.ups, corpus.Upload{Source: source, Body: body})
	if len(in.ups) == batchFiles || in.memory > batchBytes {
		return in.hand()
	}
	return nil
}

// spool holds a small file in memory and a large one on disk, since the parts of a form
// come one after the other and the library takes several at once.
func (in *intake) spool(part io.Reader) (io.Reader, error) {
	head, err := io.ReadAll(io.LimitReader(part, smallFile))
	if err != nil {
		return nil, broken(err)
	}
	if len(head) < smallFile {
		in.memory += int64(len(head))
		return bytes.NewReader(head), nil
	}
	dir := filepath.Join(in.s.Store.Dir(), "tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("server: upload: %w", err)
	}
	f, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("server: upload: %w", err)
	}
	in.temps = append(in.temps, f)
	if err := os.Remove(f.Name()); err != nil { // the open file stays; nothing is left whatever happens
		return nil, fmt.Errorf("server: upload: %w", err)
	}
	if _, err := io.Copy(f, io.MultiReader(bytes.NewReader(head), part)); err != nil {
		return nil, broken(err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// hand gives the batch to the library and notes what became of it.
func (in *intake) hand() error {
	defer in.drop()
	if len(in.ups) == 0 {
		return nil
	}
	docs, err := in.s.Library.Add(in.r.Context(), in.r.scope, in.corpus, in.ups)
	for _, d := range docs {
		in.out.Documents = append(in.out.Documents, addedDocument{d.ID, d.Source, d.State, in.r.tell(d.Reason), in.r.tell(d.Hint)})
	}
	return err
}

func (in *intake) drop() {
	for _, f := range in.temps {
		f.Close() // it is removed already, and only was read since
	}
	in.ups, in.temps, in.memory = nil, nil, 0
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
