package main

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
)

type cacheVerbs struct {
	Status cacheStatusCmd `cmd:"" help:"cache_status"`
	Purge  cachePurgeCmd  `cmd:"" help:"cache_purge"`
	Warm   cacheWarmCmd   `cmd:"" help:"cache_warm"`
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
				fmt.Fprintln(w, s.say("shared by all servers: %s, %s", "各服务器共享：%s，%s", l.Engine, l.Latency.Round(10*time.Microsecond)))
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
	Document  string `help:"cache_document" placeholder:"ID" xor:"of"`
	Prompt    string `help:"cache_prompt" placeholder:"NAME" xor:"of"`
	Assistant string `help:"cache_assistant" placeholder:"NAME" xor:"of"`
	Model     string `help:"cache_model" placeholder:"NAME" xor:"of"`
	All       bool   `help:"cache_all" xor:"of"`
	House     bool   `help:"cache_house"`
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
