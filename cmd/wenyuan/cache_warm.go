package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"wenyuan"
	"wenyuan/internal/sse"
)

type cacheWarmCmd struct {
	File string `arg:"" help:"cache_file" placeholder:"FILE"`
	Jobs int    `help:"cache_jobs" default:"2" placeholder:"N"`
}

func (cacheWarmCmd) Help() string {
	return "  $ cat questions.jsonl\n  {\"model\": \"hr\", \"messages\": [{\"role\": \"user\", \"content\": \"How many days of leave are there?\"}]}\n  $ wenyuan cache warm questions.jsonl"
}

// A warming is what came of a list, or of a part of it.
type warming struct {
	Of      int         `json:"of"`
	Asked   int         `json:"asked"`
	Kept    int         `json:"kept"`    // answered anew, by who keeps answers
	Already int         `json:"already"` // that were kept before
	Skipped int         `json:"skipped"` // not asked, as who was to answer keeps nothing
	Failed  int         `json:"failed"`
	Nothing []keepsNone `json:"nothing,omitempty"`
	Reasons []warmFault `json:"reasons,omitempty"` // of the first that failed
}

type keepsNone struct {
	Model string `json:"model"`
	Why   string `json:"why"`
}

type warmFault struct {
	N      int    `json:"n"` // in the list, from 1
	Reason string `json:"reason"`
}

const (
	longestWarm  = 100_000 // requests of a list
	mostReasons  = 10
	warmAtOnce   = 500     // requests that are sent together
	warmTogether = 8 << 20 // bytes of these
	maxWarmEvent = 1 << 20 // bytes
)

// Run has the server ask what a list asks, as work that nobody waits for, so that the answers are kept.
func (v *cacheWarmCmd) Run(s *session) error {
	requests, err := warmList(v.File)
	if err != nil {
		return err
	}
	if v.Jobs < 1 || v.Jobs > 64 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "--jobs is out of its bounds", Hint: "give 1 to 64"}
	}
	return s.with(func(c *client) error {
		bar := s.progress()
		defer bar.end()
		out := warming{Of: len(requests)}
		for begin := 0; begin < len(requests); {
			end := together(requests, begin)
			part, err := v.part(s, c, requests[begin:end], func(now warming) {
				bar.step(s.say("asked", "已提问"), begin+now.Asked+now.Skipped, len(requests))
			})
			if err != nil {
				return err
			}
			out.add(part, begin)
			begin = end
		}
		bar.end()
		if err := s.give(out, func(w io.Writer) { out.write(w, s) }); err != nil {
			return err
		}
		if out.Failed > 0 {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("%d of %d requests failed", out.Failed, out.Asked), Hint: "the reasons stand above; ask again what failed"}
		}
		return nil
	})
}

// together says how far requests from one on are sent together.
func together(requests []json.RawMessage, begin int) (end int) {
	size := 0
	for end = begin; end < len(requests) && end-begin < warmAtOnce; end++ {
		if size += len(requests[end]); size > warmTogether && end > begin {
			break
		}
	}
	return end
}

// part has the server ask some requests. tell is called as it goes on.
func (v *cacheWarmCmd) part(s *session, c *client, requests []json.RawMessage, tell func(warming)) (out warming, err error) {
	body, err := json.Marshal(map[string]any{"requests": requests, "jobs": v.Jobs, "stream": true})
	if err != nil {
		return out, err
	}
	resp, err := c.do(s.ctx, http.MethodPost, "/api/cache/warm", "application/json", bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	for events := sse.NewReader(resp.Body, maxWarmEvent); ; {
		e, err := events.Next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return out, c.broken(s.ctx, err)
		}
		var now struct {
			warming
			Error *problem `json:"error"`
		}
		if err := json.Unmarshal([]byte(e.Data), &now); err != nil {
			return out, err
		}
		switch {
		case now.Error != nil:
			return out, &wenyuan.Error{Code: now.Error.Code, Message: now.Error.Message, Hint: now.Error.Hint}
		case e.Name == "done":
			return now.warming, nil
		}
		tell(now.warming)
	}
}

// add takes in what came of the part of a list that begins behind some requests.
func (out *warming) add(p warming, behind int) {
	out.Asked, out.Kept, out.Already = out.Asked+p.Asked, out.Kept+p.Kept, out.Already+p.Already
	out.Skipped, out.Failed = out.Skipped+p.Skipped, out.Failed+p.Failed
	known := map[keepsNone]bool{}
	for _, n := range out.Nothing {
		known[n] = true
	}
	for _, n := range p.Nothing {
		if !known[n] {
			out.Nothing = append(out.Nothing, n)
		}
	}
	for _, r := range p.Reasons {
		if r.N += behind; len(out.Reasons) < mostReasons {
			out.Reasons = append(out.Reasons, r)
		}
	}
}

func (out *warming) write(w io.Writer, s *session) {
	fmt.Fprintln(w, s.say("%d asked: %d answers are kept now, %d were kept already, %d failed", "提问 %d 个：新留存 %d 个回答，%d 个已在缓存，%d 个失败", out.Asked, out.Kept, out.Already, out.Failed))
	if out.Skipped > 0 {
		fmt.Fprintln(w, s.say("%d were not asked, as their answers would not be kept:", "%d 个没有提问，因为回答不会留存：", out.Skipped))
	}
	for _, n := range out.Nothing {
		fmt.Fprintln(w, s.say("%s: %s", "%s：%s", n.Model, s.tell(n.Why)))
	}
	for _, r := range out.Reasons {
		fmt.Fprintln(w, s.say("%d: %s", "%d：%s", r.N, s.tell(r.Reason)))
	}
}

// warmList reads the requests of a file, one a line.
func warmList(path string) (all []json.RawMessage, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s cannot be read", path), Hint: "give a file of JSON lines", Err: err}
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var r map[string]json.RawMessage
		if err := json.Unmarshal(line, &r); err != nil || r["messages"] == nil || r["model"] == nil {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("line %d of %s is no request", n, path), Hint: `write each like {"model": "NAME", "messages": [{"role": "user", "content": "..."}]}`}
		}
		if all = append(all, bytes.Clone(line)); len(all) > longestWarm {
			return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%s holds more than %d requests", path, longestWarm), Hint: "split it"}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s cannot be read", path), Hint: "a line may have up to 4 MiB", Err: err}
	}
	if len(all) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s holds no request", path), Hint: "write one a line"}
	}
	return all, nil
}
