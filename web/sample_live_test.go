package web

import (
	"bytes"
	"math"
)

func sampleLive(f Frame) LivePage {
	p := LivePage{Frame: f, Models: []LiveModel{{"qwen3-32b", "qwen3-32b"}, {hostile, hostile}}, Model: "qwen3-32b", Minutes: 15, At: ago(0),
		Now: LiveNow{Offered: 412, Reached: 166, Refused: .01, First: 410_000, Slow: 1_900_000}, Ended: 412}
	for i := range 900 {
		rush := 2050 * math.Exp(-math.Pow(float64(i-500)/70, 2))
		o := 410 + 20*math.Sin(float64(i)/40) + rush
		p.Points = append(p.Points, LivePoint{o, min(o, 1180), max(o-1180, 0)})
	}
	p.Levels = []LiveLevel{
		{"flight", 88, &Remark{Key: "note.group", Args: []any{61}}}, {"memory", 96, &Remark{Key: "note.bytes", Args: []any{"412 MB", "512 MB"}}},
		{"shared", 31, &Remark{Key: "note.engine", Args: []any{"Valkey", "0.4 ms"}}}, {"alike", 27, nil}, {"refused", 4, nil}, {"model", 166, &Remark{Key: "note.warm", Args: []any{71}}}}
	p.Queue = LiveQueue{Waiting: 23, Places: 128, Drain: 166, Lanes: []LiveLane{{"people", 6, 140_000, "Platform team"}, {"services", 5, 600_000, hostile}, {"batch", 12, 38_000_000, ""}}, Greedy: &LiveGreedy{"crawler-7", 9, .75}}
	p.Servers = []LiveReplica{
		{Name: "http://gpu-a:8000", Dialect: "openai", State: "serving", InFlight: 8, Limit: 11, Tokens: 14210, First: 390_000, Warm: .74, Build: "0.11.2 77d0"},
		{Name: "http://gpu-b:8000", Dialect: "openai", State: "serving", InFlight: 5, Limit: 9, Tokens: 9870, First: 430_000, Warm: .68, Errors: 1, Build: "0.11.2 77d0"},
		{Name: "http://gpu-c:8000", Dialect: "openai", State: "resting", Left: 20_000_000, Limit: 4, Warm: -1, Errors: 7, Why: "Three answers in a row were 502."},
		{Name: hostile, Dialect: hostile, State: "drifting", Warm: -1, Build: "b6922 91aa", Why: hostile, Back: "/gateway/models/x/back", Cases: "/gateway/models/x/cases"},
		{Name: "http://gpu-e:8000", State: "starting", Warm: -1}, {Name: "http://gpu-f:8000", State: "drained", Warm: -1}, {Name: "http://gpu-g:8000", State: "flagged", Warm: -1, Why: hostile}, {Name: "http://gpu-h:8000", State: "out", Warm: -1},
	}
	p.Calls = sampleCalls()
	return p
}

func sampleCalls() []LiveCall {
	return []LiveCall{
		{Request: "req_1", At: ago(0), From: "林越", Level: "model", To: "http://gpu-b:8000", Why: "its prefix is warm there (3104 tokens); load 5 of 9 is within bounds", First: 438_000, Model: "qwen3-32b", Took: 2_400_000, In: 3300, Out: 120,
			Steps: []LiveStep{{At: 12, Kind: "cache", Where: "memory", Why: "no answer to the same request was kept in memory"}, {At: 40, Took: 12_000, Kind: "queue", Why: "it waited 12 ms in the queue"}, {At: 50, Took: 120_000, Kind: "replica", Where: "http://gpu-a:8000", Why: "it had the fewest tokens ahead", Came: "it failed", Bad: true}, {At: 12_100, Took: 2_000_000, Kind: "replica", Where: "http://gpu-b:8000", Why: "its prefix is warm there (3104 tokens); load 5 of 9 is within bounds", Came: "it answered; the first token came after 438 ms"}}, More: 2},
		{Request: "req_2", At: ago(0), From: "support-bot", Level: "flight", Why: "the same request as 61 others was under way; it joined their stream at its beginning", First: 12_000, Model: "qwen3-32b"},
		{Request: "req_3", At: ago(0), From: hostile, Refused: true, Status: 429, Why: "it would have come after its deadline; the next try makes sense after 12 s", Model: hostile, Steps: []LiveStep{{Kind: "refusal", Why: hostile}, {Kind: "model", Where: hostile}}},
		{Request: "req_4", At: ago(0), From: "陈默", Live: true, Model: "qwen3-32b"},
		{Request: hostile, At: ago(0), From: "support-bot", Level: "alike", Why: hostile, First: 3000, Model: hostile},
	}
}

// livePages are the samples of the gateway's live page.
var livePages = map[string]sample{
	"/gateway/live": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Live(w, sampleLive(f)) },
	"/gateway/live/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Live(w, LivePage{Frame: f, Minutes: 15, At: ago(0)})
	},
	"/gateway/live/quiet": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleLive(f)
		p.Points, p.Levels, p.Ended, p.Calls, p.Query, p.Minutes = make([]LivePoint, 60), []LiveLevel{{Name: "memory"}, {Name: "model"}}, 0, nil, hostile, 1
		p.Queue = LiveQueue{Places: 1000, Lanes: []LiveLane{{Name: "people"}, {Name: "services"}, {Name: "batch"}}}
		return r.Live(w, p)
	},
	"/gateway/requests/req_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Explain(w, ExplainPage{Frame: f, ID: "req_1", Calls: sampleCalls()})
	},
}
