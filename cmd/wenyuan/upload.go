package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/archive"
)

const (
	batchFiles = 64       // files of one upload
	batchBytes = 16 << 20 // bytes of one upload that are held in memory; a larger file goes alone
	uploads    = 2        // on their way at once: one is read while the other is worked on
)

// An uploader sends files in batches and keeps what became of each, in the order they came.
type uploader struct {
	s      *session
	c      *client
	corpus string
	bars   *progress
	group  *errgroup.Group
	ctx    context.Context

	access   []accessTaken // .access files that were taken over
	all      []*outcome    // when all is through, with every document of a table
	outcomes []*outcome
	batch    []pending
	size     int64
	mu       sync.Mutex   // of access
	seen     atomic.Int64 // files that came, and
	through  atomic.Int64 // of those, files that are through
}

// pending is a file with the place its outcome goes to.
type pending struct {
	at   *outcome
	open func() (io.ReadCloser, error)
}

func (s *session) uploader(c *client, corpus string) *uploader {
	u := &uploader{s: s, c: c, corpus: corpus, bars: s.progress(), outcomes: []*outcome{}}
	u.group, u.ctx = errgroup.WithContext(s.ctx)
	u.group.SetLimit(uploads)
	return u
}

// add takes one file; it waits while enough uploads are on their way. An entry can be read
// only now, so it is held in memory until its batch is sent, and sent at once if it is large.
func (u *uploader) add(e archive.Entry) error {
	at := &outcome{Source: e.Source}
	u.outcomes = append(u.outcomes, at)
	u.seen.Add(1)
	switch {
	case e.Reason != "":
		*at = outcome{Source: e.Source, State: corpus.Failed, Reason: e.Reason, Hint: e.Hint}
		u.advance(1)
	case e.Size > batchBytes:
		u.flush()
		return u.send([]pending{{at, e.Open}})
	default:
		u.hold(e, at)
	}
	return context.Cause(u.ctx)
}

func (u *uploader) hold(e archive.Entry, at *outcome) {
	data, err := readEntry(e)
	if err != nil {
		*at = u.s.lost(e.Source, err)
		u.advance(1)
		return
	}
	if len(u.batch) > 0 && u.size+int64(len(data)) > batchBytes {
		u.flush()
	}
	u.batch = append(u.batch, pending{at, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	if u.size += int64(len(data)); len(u.batch) == batchFiles {
		u.flush()
	}
}

// readEntry reads a small file. One that grows meanwhile is read as far as it is held in memory.
func readEntry(e archive.Entry) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, 2*batchBytes))
	return data, errors.Join(err, r.Close())
}

func (u *uploader) flush() {
	batch := u.batch
	u.batch, u.size = nil, 0
	if len(batch) > 0 {
		u.group.Go(func() error { return u.send(batch) })
	}
}

// end waits for what is under way. Then all is whole, unless there is an error.
func (u *uploader) end() error {
	u.flush()
	err := u.group.Wait()
	u.bars.end()
	u.all = make([]*outcome, 0, len(u.outcomes))
	for _, o := range u.outcomes {
		u.all = append(append(u.all, o), o.more...)
	}
	return err
}

func (u *uploader) advance(n int) {
	u.bars.step(u.corpus, int(u.through.Add(int64(n))), int(u.seen.Load()))
}

// send uploads one batch and sorts the reply into its places. A batch that is more than the
// server takes is sent in halves; what it took of it already, it knows by its content.
func (u *uploader) send(batch []pending) error {
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	var sent []pending
	written := make(chan struct{})
	go func() {
		defer close(written)
		var err error
		sent, err = u.write(form, batch)
		w.CloseWithError(err)
	}()
	docs, access, err := u.post(form.FormDataContentType(), body)
	body.Close()
	<-written
	switch half := len(batch) / 2; {
	case wenyuan.CodeOf(err) == wenyuan.TooLarge && half > 0:
		if err := u.send(batch[:half]); err != nil {
			return err
		}
		return u.send(batch[half:])
	case wenyuan.CodeOf(err) == wenyuan.TooLarge:
		*batch[0].at = u.s.lost(batch[0].at.Source, err) // it alone is too much; the others go on
	case err != nil && len(sent) > 0:
		return err
	}
	u.sort(sent, docs)
	u.mu.Lock()
	u.access = append(u.access, access...)
	u.mu.Unlock()
	u.advance(len(batch))
	return nil
}

// sort gives each file what became of it, in the order of the files. A table may have become
// several documents, which stand together.
func (u *uploader) sort(sent []pending, docs []outcome) {
	for _, p := range sent {
		for n := 0; len(docs) > 0 && (n == 0 || docs[0].File != "" && docs[0].File == p.at.File); n++ {
			if n == 0 {
				*p.at = docs[0]
			} else {
				p.at.more = append(p.at.more, &docs[0])
			}
			docs = docs[1:]
		}
	}
}

// write puts the files into the form and gives those that are in it; one that cannot be
// read any more has failed and is left out.
func (u *uploader) write(form *multipart.Writer, batch []pending) (sent []pending, err error) {
	for _, p := range batch {
		r, err := p.open()
		if err != nil {
			*p.at = u.s.lost(p.at.Source, err)
			continue
		}
		sent = append(sent, p)
		err = writePart(form, p.at.Source, r)
		r.Close()
		if err != nil {
			return sent, err
		}
	}
	return sent, form.Close()
}

// writePart sends the source in a field of its own: the header of a part cannot carry every name.
func writePart(form *multipart.Writer, source string, r io.Reader) error {
	if err := form.WriteField("source", source); err != nil {
		return err
	}
	part, err := form.CreateFormFile("file", "file")
	if err != nil {
		return err
	}
	_, err = io.Copy(part, r)
	return err
}

func (u *uploader) post(kind string, body io.Reader) ([]outcome, []accessTaken, error) {
	resp, err := u.c.do(u.ctx, http.MethodPost, "/api/corpora/"+url.PathEscape(u.corpus)+"/documents", kind, body)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	var reply struct {
		Documents []outcome     `json:"documents"`
		Access    []accessTaken `json:"access"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(&reply); err != nil {
		return nil, nil, u.c.broken(u.ctx, err)
	}
	return reply.Documents, reply.Access, nil
}

// failure ends a verb with exit code 1 when any document failed.
func failure(all []*outcome) error {
	for _, o := range all {
		if o.State == corpus.Failed {
			return errSilent
		}
	}
	return nil
}
