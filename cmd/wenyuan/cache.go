package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
)

type cacheVerbs struct {
	Status cacheStatusCmd `cmd:"" help:"${cache_status}"`
	Purge  cachePurgeCmd  `cmd:"" help:"${cache_purge}"`
	Warm   cacheWarmCmd   `cmd:"" help:"${cache_warm}"`
}

func (cacheVerbs) Help() string {
	return "  $ wenyuan cache status\n  $ wenyuan cache purge --model writer\n  $ wenyuan cache warm questions.jsonl"
}

type cacheStatusCmd struct{}

func (cacheStatusCmd) Help() string { return "  $ wenyuan cache status --json" }

// Run shows what the cache holds and has done.
func (cacheStatusCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/cache", nil, func(w io.Writer, l cache.Look) {
			t := &table{}
			for _, x := range l.Levels {
				held := ""
				if x.Limit > 0 {
					held = s.say("%d entries, %s of %s", "%d 条，已用 %s / %s", x.Entries, mebibytes(x.Bytes), mebibytes(x.Limit))
				}
				t.row(s.levelName(string(x.Level)), s.say("%d hits", "%d 次命中", x.Hits), s.say("%d misses", "%d 次未中", x.Misses), held)
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d calls under way, one shared by up to %d", "途中的调用 %d 个，一次调用最多由 %d 个请求共享", l.Open, l.Largest))
			if l.Engine != "" {
				fmt.Fprintln(w, s.say("shared by all servers: %s, %s", "各服务器共用：%s，%s", l.Engine, l.Latency.Round(10*time.Microsecond)))
			}
			if l.Resting {
				fmt.Fprintln(w, s.say("it does not answer and is left alone for a while", "它没有应答，暂停使用"))
			}
			if l.Reason != "" {
				fmt.Fprintln(w, s.say("it failed last because of: %s", "最近一次失败的原因：%s", l.Reason))
			}
		})
	})
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

type cachePurgeCmd struct {
	Document  string `help:"${cache_document}" placeholder:"ID" xor:"of"`
	Prompt    string `help:"${cache_prompt}" placeholder:"NAME" xor:"of"`
	Assistant string `help:"${cache_assistant}" placeholder:"NAME" xor:"of"`
	Model     string `help:"${cache_model}" placeholder:"NAME" xor:"of"`
	All       bool   `help:"${cache_all}" xor:"of"`
	House     bool   `help:"${cache_house}"`
}

func (cachePurgeCmd) Help() string {
	return "  $ wenyuan cache purge --document doc_01\n  $ wenyuan cache purge --all --space hr"
}

// Run has answers forgotten.
func (v *cachePurgeCmd) Run(s *session) error {
	in := map[string]any{"house": v.House}
	for kind, name := range map[string]string{"document": v.Document, "prompt": v.Prompt, "assistant": v.Assistant, "model": v.Model} {
		if name != "" {
			in["kind"], in["name"] = kind, name
		}
	}
	if in["kind"] == nil && !v.All {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the line does not say what is to be forgotten", Hint: "give one of --document, --prompt, --assistant, --model and --all"}
	}
	type purged struct{ Purged int64 }
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/cache/purge", in, func(w io.Writer, p purged) {
			fmt.Fprintln(w, s.say("%d answers forgotten", "已清除 %d 条回答", p.Purged))
		})
	})
}

type cacheWarmCmd struct {
	File string `arg:"" help:"${cache_file}" placeholder:"FILE"`
	Jobs int    `help:"${cache_jobs}" default:"2" placeholder:"N"`
}

func (cacheWarmCmd) Help() string {
	return "  $ cat questions.jsonl\n  {\"model\": \"hr\", \"messages\": [{\"role\": \"user\", \"content\": \"How many days of leave are there?\"}]}\n  $ wenyuan cache warm questions.jsonl"
}

// A warming is what came of a list.
type warming struct {
	Asked   int      `json:"asked"`
	Kept    int      `json:"kept"` // that were answered from the cache already
	Failed  int      `json:"failed"`
	Reasons []string `json:"reasons,omitempty"` // of the first that failed
}

const (
	longestWarm = 100_000 // requests of a list
	mostReasons = 10
)

// Run asks what a list asks, as work that nobody waits for, so that the answers are kept.
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
		var out warming
		var mu sync.Mutex
		var wg sync.WaitGroup
		next := make(chan int)
		for range v.Jobs {
			wg.Go(func() {
				for i := range next {
					kept, err := c.warm(s, requests[i])
					mu.Lock()
					if out.Asked++; kept {
						out.Kept++
					}
					if err != nil {
						if out.Failed++; len(out.Reasons) < mostReasons {
							out.Reasons = append(out.Reasons, fmt.Sprintf("%d: %v", i+1, err))
						}
					}
					bar.step(s.say("asked", "已提问"), out.Asked, len(requests))
					mu.Unlock()
				}
			})
		}
		for i := range requests {
			if s.ctx.Err() != nil {
				break
			}
			next <- i
		}
		close(next)
		wg.Wait()
		bar.end()
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := s.give(out, func(w io.Writer) {
			fmt.Fprintln(w, s.say("%d asked, %d were kept already, %d failed", "提问 %d 个，其中 %d 个已在缓存，%d 个失败", out.Asked, out.Kept, out.Failed))
			for _, r := range out.Reasons {
				fmt.Fprintln(w, r)
			}
		}); err != nil {
			return err
		}
		if out.Failed > 0 {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("%d of %d requests failed", out.Failed, out.Asked), Hint: "the reasons stand above; ask again what failed"}
		}
		return nil
	})
}

// warmList reads the requests of a file, one a line.
func warmList(path string) (all [][]byte, err error) {
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
		delete(r, "stream")
		b, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		if all = append(all, b); len(all) > longestWarm {
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

// warm asks one request. kept says that its answer was there.
func (c *client) warm(s *session, body []byte) (kept bool, err error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, c.base+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Wenyuan-Cache", "on")
	r.Header.Set("Wenyuan-Priority", "batch")
	c.sign(r.Header)
	resp, err := c.http.Do(r)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, c.problem(resp)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	level := resp.Header.Get("Wenyuan-Cache")
	return slices.Contains([]string{"memory", "shared", "stale", "alike"}, level), err
}
