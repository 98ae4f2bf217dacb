package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"wenyuan"
	"wenyuan/internal/scope"
)

const (
	jsonBody      = "application/json"
	multipartForm = "multipart/form-data"
	eventStream   = "text/event-stream"
)

// An endpoint is what a route leads to, with the types it takes and gives, from which the
// description is made.
type endpoint struct {
	in, out reflect.Type                  // out is nil where the reply is not JSON
	takes   string                        // media type of the body; "" for none
	gives   []string                      // media types of the reply beside JSON
	rights  []scope.Right                 // one of them is needed in the space of the request
	anyone  bool                          // whoever is known may come, in no space
	open    bool                          // needs no key: it says nothing about the content
	light   bool                          // needs no turn: it costs nothing, or must work when all are taken
	answers bool                          // asks a model, and so waits more than it works: has turns of its own
	visitor bool                          // for strangers: who comes is nobody until its handler finds the channel
	long    bool                          // brings or gives so much that it may take long: ends with the right to it
	body    int64                         // bytes of a request, where these may be more than Limits.Body
	plain   bool                          // in has neither fields of the path nor parameters
	lenient bool                          // fields that are not known are passed over, as foreign clients send them
	seen    func(*Server, *request) error // the error of what the path names and the asker does not see; nil: it names nothing
	serve   func(*Server, http.ResponseWriter, *request) error
	fail    func(*Server, http.ResponseWriter, *request, error) // nil: the error as JSON
}

// reply is an endpoint whose answer is one JSON value.
func reply[In, Out any](f func(*Server, *request, In) (Out, error)) endpoint {
	e := streamed[In, Out](nil)
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := bind[In](r)
		if err != nil {
			return err
		}
		out, err := f(s, r, in)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, out)
	}
	return e
}

// streamed is an endpoint that writes its own answer: Out as JSON, or one of the media types.
func streamed[In, Out any](f func(*Server, http.ResponseWriter, *request, In) error, gives ...string) endpoint {
	e := endpoint{in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](), gives: gives}
	if e.out == reflect.TypeFor[nothing]() {
		e.out = nil
	}
	if hasBody(e.in) {
		e.takes = jsonBody
	}
	e.plain = true
	for f := range e.in.Fields() {
		e.plain = e.plain && f.Tag.Get("path") == "" && f.Tag.Get("query") == ""
	}
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := bind[In](r)
		if err != nil {
			return err
		}
		return f(s, w, r, in)
	}
	return e
}

// An answering writes the answer to a request that was read and looked at.
type answering func(w http.ResponseWriter) error

// prepared is streamed in two steps: f readies what writes the answer. Until then the request is held in
// full, and the stack is as deep as it was to read it; a stream that is open for long holds neither.
func prepared[In, Out any](f func(*Server, *request, In) (answering, error), gives ...string) endpoint {
	e := streamed[In, Out](nil, gives...)
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		then, err := readied(s, r, f)
		if err != nil {
			return err
		}
		return then(w)
	}
	return e
}

//go:noinline
func readied[In any](s *Server, r *request, f func(*Server, *request, In) (answering, error)) (answering, error) {
	in, err := bind[In](r)
	if err != nil {
		return nil, err
	}
	return f(s, r, in)
}

// nothing is the type of a request without parameters and of a reply that is not JSON.
type nothing struct{}

func hasBody(t reflect.Type) bool {
	for f := range t.Fields() {
		if f.Tag.Get("json") != "" {
			return true
		}
	}
	return false
}

// bind fills a struct: fields tagged path from the path, query from the address, json
// from the body.
func bind[In any](r *request) (in In, err error) {
	lenient := r.route.lenient
	if r.route.takes == jsonBody {
		if err := readBody(r, &in, lenient); err != nil {
			return in, err
		}
	}
	if r.route.plain && r.URL.RawQuery == "" {
		return in, nil
	}
	v, known := reflect.ValueOf(&in).Elem(), []string{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := f.Tag.Get("path"); name != "" {
			if err := setParam(v.Field(i), f, name, []string{r.PathValue(name)}); err != nil {
				return in, err
			}
		}
		if name := f.Tag.Get("query"); name != "" {
			known = append(known, name)
			if err := setParam(v.Field(i), f, name, r.URL.Query()[name]); err != nil {
				return in, err
			}
		}
	}
	for name := range r.URL.Query() {
		if !lenient && !slices.Contains(known, name) {
			return in, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no parameter %q here", name), Hint: "known: " + strings.Join(known, ", ")}
		}
	}
	return in, nil
}

func setParam(v reflect.Value, f reflect.StructField, name string, given []string) error {
	if len(given) == 0 {
		return nil
	}
	bad := &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s is %q", name, given[0])}
	if known := f.Tag.Get("enum"); known != "" && given[0] != "" && !slices.Contains(strings.Split(known, ","), given[0]) {
		bad.Hint = "one of " + strings.ReplaceAll(known, ",", ", ")
		return bad
	}
	switch v.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 0 {
			bad.Hint, bad.Err = "give a whole number from 0", err
			return bad
		}
		v.SetInt(int64(n))
	case reflect.Bool:
		b, err := strconv.ParseBool(given[0])
		if err != nil {
			bad.Hint, bad.Err = "give true or false", err
			return bad
		}
		v.SetBool(b)
	case reflect.Slice:
		v.Set(reflect.ValueOf(slices.Clone(given)))
	default:
		v.SetString(given[0])
	}
	return nil
}

// A quickReader reads itself from JSON of the common form, quicker than encoding/json does. Where it gives
// false it read nothing, and encoding/json is asked.
type quickReader interface{ ReadJSON(data []byte) bool }

// bodies are buffers for those that are read at once.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled is how large a buffer is kept for the next request, in bytes.
const maxPooled = 64 << 10

// readBody reads the body of a request.
func readBody(r *request, into any, lenient bool) error {
	q, ok := into.(quickReader)
	if !ok {
		return readJSON(r.Body, into, lenient)
	}
	b := bodies.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= maxPooled {
			b.Reset()
			bodies.Put(b)
		}
	}()
	if n := r.ContentLength; n > 0 && n < maxPooled {
		b.Grow(int(n) + bytes.MinRead) // so that the end is read with the rest
	}
	if _, err := b.ReadFrom(r.Body); err != nil {
		return unreadable(err)
	}
	if q.ReadJSON(b.Bytes()) {
		return nil
	}
	return readJSON(b, into, lenient)
}

// readJSON reads one JSON object and nothing after it.
func readJSON(body io.Reader, into any, lenient bool) error {
	d := json.NewDecoder(body)
	if !lenient {
		d.DisallowUnknownFields()
	}
	err := d.Decode(into)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		}
		err = cmpErr(err, errors.New("there is something after the object"))
	}
	return unreadable(err)
}

// unreadable is the error of a body that is not as it should be, or did not come.
func unreadable(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the body is not the JSON that is expected here: " + strings.TrimPrefix(err.Error(), "json: "),
		Hint: "/api/openapi.json describes it", Err: err}
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// A quickWriter writes itself as JSON, byte by byte as encoding/json does. Where ok is false that is asked.
type quickWriter interface {
	AppendJSON(b []byte) (all []byte, ok bool)
}

// encode adds a value as JSON to b, which is empty.
func encode(b []byte, v any) ([]byte, error) {
	if q, ok := v.(quickWriter); ok {
		if b, ok := q.AppendJSON(b); ok {
			return b, nil
		}
	}
	return json.Marshal(v)
}

// sendings are buffers for those that are written at once.
var sendings = sync.Pool{New: func() any { b := make([]byte, 0, 1<<10); return &b }}

// writeJSON sends a value. It is encoded before the first byte goes out, so that a fault
// leaves no half reply.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	buffer := sendings.Get().(*[]byte)
	b, err := encode((*buffer)[:0], v)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	b = append(b, '\n')
	defer func() {
		if cap(b) <= maxPooled {
			*buffer = b
			sendings.Put(buffer)
		}
	}()
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	_, err = w.Write(b)
	return err
}

var jsonType = []string{"application/json; charset=utf-8"} // not to be written to
