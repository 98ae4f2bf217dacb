package web

import (
	"bytes"
	"fmt"
	"strings"
)

func sampleDrift(f Frame) DriftPage {
	long := strings.Repeat("The alarm is sent to the second contact after 15 minutes. ", 20)
	return DriftPage{Frame: f, Model: hostile, Asked: true, Done: "back", Reads: true, Versions: []DriftVersion{{Hash: "77d0aa11223344556677",
		Replicas: []DriftReplica{
			{Name: "http://gpu-a:8000", State: "good", Build: "vllm 0.11.2", Print: "77d0aa1122", Compared: 64, Quantisation: "Q4_K_M", Remote: "qwen3-32b"},
			{Name: "http://gpu-d:8000", State: "out", Build: "llama.cpp b6922", Print: "91aabb1122", Compared: 64, Different: 3, Undecided: 1, Score: 1, Why: []string{"3 of 64 sampled answers differ from those of the others", hostile}, Since: ago(0), Back: true},
			{Name: hostile, State: "flagged", Differs: []string{hostile}, Back: true}},
		Probes: []DriftProbe{
			{Asked: "List the first ten prime numbers.", Replies: []DriftReply{{Replica: "http://gpu-a:8000", Text: "2, 3, 5, 7, 11, 13, 17, 19, 23, 29"}, {Replica: "http://gpu-d:8000", Text: "1, 2, 3, 5, 7", Differs: true, Why: hostile}, {Replica: hostile, Failed: "the server does not answer"}}},
			{Asked: "用三句话解释为什么天空是蓝色的。", Replies: []DriftReply{{Replica: "http://gpu-a:8000", Text: "阳光被空气散射。"}, {Replica: hostile, Text: "阳光被空气散射。"}}}},
		Cases: []DriftCase{{At: ago(0), Replica: "http://gpu-d:8000", Other: "http://gpu-a:8000", Decided: true, Why: hostile, Asked: "When is an alarm sent on?", Text: long, Against: hostile},
			{At: ago(0), Replica: hostile, Other: hostile}}}}}
}

func sampleCaches(f Frame) CachesPage {
	return CachesPage{Frame: f, Levels: []CacheLevel{{Name: "flight", Hits: 8812, Misses: 91_022}, {Name: "memory", Hits: 96_123, Stale: 12, Misses: 210_002, Entries: 41_002, Bytes: 412 << 20, Most: 512 << 20, Evicted: 9021},
		{Name: "shared", Hits: 31_233, Misses: 178_000}, {Name: "alike"}}, Open: 3, Largest: 61, Refused: 1, Purged: 12, Lost: 4, Timeouts: 2, Engine: "redis", Latency: 400,
		Semantic: CacheSemantic{Bound: .01, Pairs: 812, Neighbourhoods: 31, Judged: 250, Wrong: 1}, Operates: true, Draft: PurgeDraft{Kind: "document", Name: hostile, House: true}, Done: "purged", Gone: 12, EachKind: []string{"document", "prompt", "assistant", "model"}}
}

func sampleUsage(f Frame) UsagePage {
	p := UsagePage{Frame: f, By: "model", Days: 30, House: true, EachBy: []string{"model", "person", "key", "day"}, EachDays: []int{7, 30, 90}, More: 3,
		Total: UsageSum{1_204_002, 112, 401_220, 903_112_000, 88_123_000, "210.12 USD, 9.00 CNY"}}
	for i := range 30 {
		p.ByDay = append(p.ByDay, UsageDay{ago(0) - int64(29-i)*86_400_000_000, map[string]int64{"qwen3-32b": int64(20_000 + 900*i), hostile: int64(400 * (i % 7)), "a": 100, "b": 80, "c": 30}})
	}
	for i, name := range []string{"qwen3-32b", hostile, "a", "b", ""} {
		p.Rows = append(p.Rows, UsageRow{name, UsageSum{int64(900_000 / (i + 1)), int64(i), 3, 700_000_000, 60_000_000, map[bool]string{true: "1.00 USD"}[i == 0]}})
	}
	return p
}

func sampleSplit(f Frame) SplitsPage {
	one := &SplitOne{Kind: "assistant", Name: hostile, Edits: true, More: 2, Waits: []SplitWait{{"srv_2", hostile}, {Server: "srv_3"}}}
	for i := range 5 {
		v := SplitVersion{Hash: fmt.Sprintf("%06x00112233", 0xa1b2c3+i), Created: ago(0)}
		if i < 2 {
			v.Share, v.Requests, v.Errors, v.First, v.Up, v.Down = []int{9000, 1000}[i], 12_001, 3, 410_000, 21, 2
		}
		one.Versions = append(one.Versions, v)
	}
	return SplitsPage{Frame: f, One: one, Done: "split"}
}

// gatewayPages are the samples of the gateway's pages beside the live one.
var gatewayPages = map[string]sample{
	"/gateway/drift": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Drift(w, sampleDrift(f)) },
	"/gateway/drift/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Drift(w, DriftPage{Frame: f, Model: "qwen", Versions: []DriftVersion{{Hash: "77d0aa"}}})
	},
	"/gateway/caches": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Caches(w, sampleCaches(f)) },
	"/gateway/caches/alone": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := CachesPage{Frame: f, Levels: []CacheLevel{{Name: "memory", Most: 1 << 20}}, Semantic: CacheSemantic{Bound: .01}, EachKind: []string{"document"}, Problem: &Problem{Message: hostile}}
		return r.Caches(w, p)
	},
	"/gateway/caches/operator": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Caches(w, CachesPage{Frame: f, Operates: true, Levels: []CacheLevel{{Name: "memory", Most: 1 << 20}}, EachKind: []string{"document"}})
	},
	"/gateway/splits": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Splits(w, SplitsPage{Frame: f, Rows: []SplitRow{{"assistant", "handbook", []SplitShare{{"a1b2c3d4", 9000}, {"d4e5f6a1", 1000}}}, {"model", hostile, []SplitShare{{"a1b2c3d4", 10000}}}, {Kind: "assistant", Name: "制度"}}})
	},
	"/gateway/splits/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Splits(w, SplitsPage{Frame: f}) },
	"/gateway/splits/one":  func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Splits(w, sampleSplit(f)) },
	"/gateway/usage":       func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Usage(w, sampleUsage(f)) },
	"/gateway/usage/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Usage(w, UsagePage{Frame: f, By: "key", Days: 7, EachBy: []string{"key"}, EachDays: []int{7}, OfWhat: "person", For: hostile})
	},
	"/gateway/live/engine": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleLive(f)
		p.Engine = &LiveEngine{State: "failed", Why: hostile, Line: hostile, Held: true, Max: 4, Wanted: 1, Waiting: 3, Restarts: 2, Cold: 12_000_000, Act: "/gateway/live/engine?model=x"}
		p.Done, p.Drift = "engine", "/gateway/drift?model=x"
		p.Servers = p.Servers[:0]
		for i := range 64 {
			p.Servers = append(p.Servers, LiveReplica{Name: fmt.Sprintf("http://a-replica-with-a-rather-long-name-%02d.example.internal:8000", i), Dialect: "openai", State: "serving", Limit: 9, InFlight: i % 10, Warm: .5})
		}
		return r.Live(w, p)
	},
}
