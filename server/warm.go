package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/gateway/manner"
)

// A warmRequest is what is to be asked ahead.
type warmRequest struct {
	Requests  []json.RawMessage `json:"requests,omitempty" doc:"each as for /v1/chat/completions; at most 1000"`
	Assistant string            `json:"assistant,omitempty" doc:"in the place of requests: who is asked"`
	Questions []string          `json:"questions,omitempty" doc:"what the assistant is asked; at most 1000"`
	Jobs      int               `json:"jobs,omitempty" doc:"how many to ask at once, 1 to 64; 2 where it is left out"`
	Stream    bool              `json:"stream,omitempty" doc:"send an event asked after each, and the totals as done"`
}

// The bounds of a warmRequest.
const (
	mostWarmed     = 1000
	usualWarmJobs  = 2
	mostWarmJobs   = 64
	warmBody       = 16 << 20 // bytes
	mostWarmFaults = 10
)

// A warmed is what came of it.
type warmed struct {
	Of      int         `json:"of" doc:"requests of the list"`
	Asked   int         `json:"asked"`
	Kept    int         `json:"kept" doc:"answered anew, by who keeps answers"`
	Already int         `json:"already" doc:"that were kept before"`
	Skipped int         `json:"skipped" doc:"not asked, because their answers would not be kept; nothing says why"`
	Failed  int         `json:"failed"`
	Nothing []keepsNone `json:"nothing,omitempty" doc:"who keeps nothing"`
	Reasons []warmFault `json:"reasons,omitempty" doc:"of the first ten that failed"`
}

// A keepsNone is a model or an assistant whose answers are not kept.
type keepsNone struct {
	Model string `json:"model"`
	Why   string `json:"why"`
}

type warmFault struct {
	N      int    `json:"n" doc:"in the list, from 1"`
	Reason string `json:"reason"`
}

// An ahead is one request that is asked ahead.
type ahead struct {
	model string
	body  []byte
}

// list gives the requests as they are asked.
func (in *warmRequest) list() (all []ahead, err error) {
	if (len(in.Requests) > 0) == (len(in.Questions) > 0) || (in.Assistant != "") != (len(in.Questions) > 0) {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is nothing to ask, or two kinds of it", Hint: "give requests, or an assistant and questions"}
	}
	if n := len(in.Requests) + len(in.Questions); n > mostWarmed {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a list of %d requests is too long", n), Hint: fmt.Sprintf("send up to %d at a time", mostWarmed)}
	}
	if in.Jobs < 0 || in.Jobs > mostWarmJobs {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "jobs is out of its bounds", Hint: fmt.Sprintf("give 1 to %d", mostWarmJobs)}
	}
	raw := in.Requests
	for _, q := range in.Questions {
		b, err := json.Marshal(map[string]any{"model": in.Assistant, "messages": []any{map[string]string{"role": "user", "content": q}}})
		if err != nil {
			return nil, err
		}
		raw = append(raw, b)
	}
	for i, b := range raw {
		one, err := aheadOf(b)
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("request %d of the list is none", i+1), Hint: `write each like {"model": "NAME", "messages": [{"role": "user", "content": "..."}]}`, Err: err}
		}
		all = append(all, one)
	}
	return all, nil
}

// aheadOf reads one request. It is asked in one piece, so that its head says where the answer came from.
func aheadOf(raw json.RawMessage) (one ahead, err error) {
	var q chatRequest
	if err := json.Unmarshal(raw, &q); err != nil {
		return one, err
	}
	if err := q.check(); err != nil {
		return one, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return one, err
	}
	delete(all, "stream")
	delete(all, "stream_options")
	one.model = q.Model
	one.body, err = json.Marshal(all)
	return one, err
}

// warmCache asks what a list holds, as who sends it and as work that nobody waits for, so that the answers
// are kept.
func warmCache(s *Server, w http.ResponseWriter, r *request, in warmRequest) error {
	all, err := in.list()
	if err != nil {
		return err
	}
	out := warmed{Of: len(all)}
	nothing, err := s.keepNothing(r, all)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(nothing)) {
		out.Nothing = append(out.Nothing, keepsNone{name, r.tell(nothing[name])})
	}
	if err := s.Gateway.Warms(r.Context(), r.scope.Space(), len(all)); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	tell := func(*warmed) {}
	var events *events
	if in.Stream {
		events = s.eventStream(w, stop)
		tell = func(now *warmed) { events.send("asked", now) }
	}
	s.warm(r.WithContext(ctx), all, cmp.Or(in.Jobs, usualWarmJobs), nothing, &out, tell)
	if ctx.Err() != nil {
		return withdrawn(ctx, context.Cause(ctx))
	}
	if in.Stream {
		events.send("done", &out)
		return nil
	}
	return writeJSON(w, http.StatusOK, &out)
}

// keepNothing says of those that a list asks who keeps nothing, and why.
func (s *Server) keepNothing(r *request, all []ahead) (map[string]string, error) {
	none, seen := map[string]string{}, map[string]bool{}
	for i := range all {
		name := all[i].model
		if seen[name] {
			continue
		}
		seen[name] = true
		as, err := s.Answerer.Assistant(r.Context(), r.scope, name)
		why := s.Gateway.KeepsNothing(err == nil)
		switch {
		case err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound:
			return nil, err
		case err != nil || why != "":
		case as.Model == "":
			why = "no model writes its answers"
		case as.Cache.Level == answer.CacheOff:
			why = "its cache is off"
		case as.Cache.Level == "":
			why = "its cache has no level: only questions that are asked at the same moment share an answer"
		}
		if why != "" {
			none[name] = why
		}
	}
	return none, nil
}

// warm asks some at once. tell is called after each.
func (s *Server) warm(r *http.Request, all []ahead, jobs int, nothing map[string]string, out *warmed, tell func(*warmed)) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(jobs, len(all)) {
		wg.Go(func() {
			for i := range next {
				level, fault := s.warmOne(r, &all[i])
				mu.Lock()
				out.add(i, level, fault)
				tell(out)
				mu.Unlock()
			}
		})
	}
	for i := range all {
		if r.Context().Err() != nil {
			break
		}
		if nothing[all[i].model] != "" {
			mu.Lock()
			out.Skipped++
			mu.Unlock()
			continue
		}
		next <- i
	}
	close(next)
	wg.Wait()
}

// add counts one.
func (out *warmed) add(i int, level manner.Level, fault string) {
	switch out.Asked++; {
	case fault != "":
		if out.Failed++; len(out.Reasons) < mostWarmFaults {
			out.Reasons = append(out.Reasons, warmFault{i + 1, fault})
		}
	case slices.Contains([]manner.Level{manner.Memory, manner.Shared, manner.Stale, manner.Alikes}, level):
		out.Already++
	default:
		out.Kept++
	}
}

// warmOne asks one request as if it had come by itself: it is let in, counted, looked at and logged as
// such. fault is why there is no answer, as its asker would read it.
func (s *Server) warmOne(r *http.Request, in *ahead) (level manner.Level, fault string) {
	q := r.Clone(context.WithValue(r.Context(), frontKey{}, nil)) // the connection is another request's
	q.URL.Path, q.URL.RawQuery, q.RequestURI, q.Pattern = chatPath, "", chatPath, ""
	q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(in.body)), int64(len(in.body))
	q.Header.Set("Content-Type", jsonBody)
	q.Header.Set(CacheHeader, "on")
	q.Header.Set(PriorityHeader, "batch")
	q.Header.Del(DeadlineHeader)
	sink := &sink{header: http.Header{}}
	s.handler.ServeHTTP(sink, q)
	if sink.status != http.StatusOK {
		var e openAIError
		if err := json.Unmarshal(sink.body.Bytes(), &e); err != nil || e.Error.Message == "" {
			return "", http.StatusText(sink.status)
		}
		return "", e.Error.Message
	}
	return manner.Level(sink.header.Get(CacheHeader)), ""
}

// A sink takes a reply, of which it keeps what stands in its head and how it begins.
type sink struct {
	header http.Header
	status int
	body   bytes.Buffer
}

const mostSunk = 4 << 10 // bytes of a reply

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
}

func (s *sink) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	s.body.Write(p[:min(len(p), mostSunk-s.body.Len())])
	return len(p), nil
}
