package web

import (
	"bytes"
	"strings"
	"time"
)

const modelHash = "77d0c3aa52be0ef07d9e41aa52be0ef07d9e41aa52be0ef07d9e41aa52be0e11"

func sampleAssistant(l Lang) AssistantRow {
	a := AssistantRow{Name: "pump-desk", Title: "Duty desk, pumps", Corpora: []string{"handbook", "alarms-2026"}, Model: "qwen3-32b", Prompt: "3be2c8d1aa52be", Unsupported: "regenerate", Hash: revision, Moved: ago(40 * time.Minute)}
	if l == Chinese {
		a.Name, a.Title, a.Corpora = "泵站值班", "泵站值班台", []string{"泵站手册", "告警-2026"}
	}
	return a
}

func sampleAssistants(l Lang, f Frame) AssistantsPage {
	return AssistantsPage{Frame: f, Assistants: []AssistantRow{
		sampleAssistant(l),
		{Name: "manual", Corpora: []string{"manual"}, Unsupported: "mark", Hash: "0ef07d9e41aa52", Model: "qwen3-32b", Prompt: "11aa52be0ef0"},
		{Name: "empty", Corpora: []string{"empty"}, Unsupported: "withhold", Hash: "41aa52be0ef07d"},
	}}
}

func options(word string, live, chosen string, values ...string) []Option {
	var out []Option
	for _, v := range values {
		o := Option{Value: v, Live: v == live, Chosen: v == chosen}
		if word != "" {
			o.Word = word + v
		}
		out = append(out, o)
	}
	return out
}

func sampleForm(l Lang, bad bool) Form {
	a := sampleAssistant(l)
	before, after := "You answer from the passages only.\nName the source of each statement where you can.\nWhat they do not hold, say so.\n",
		"You answer from the passages only.\nName the source of each statement with [n].\nWhat they do not hold, say so.\nWhere they contradict each other, write both sides.\n"
	diff := []DiffLine{
		{"", 1, 1, []DiffPart{{"You answer from the passages only.", false}}},
		{"d", 2, 0, []DiffPart{{"Name the source of each statement ", false}, {"where you can", true}, {".", false}}},
		{"a", 0, 2, []DiffPart{{"Name the source of each statement ", false}, {"with [n]", true}, {".", false}}},
		{"", 3, 3, []DiffPart{{"What they do not hold, say so.", false}}},
		{"gap", 0, 0, nil},
		{"a", 0, 4, []DiffPart{{"Where they contradict each other, write both sides.", true}}},
	}
	if l == Chinese {
		before, after = "只根据资料回答，尽量标明出处。\n资料没有的，直说没有。\n", "只根据资料回答，每句话后用 [n] 标明出处。\n资料没有的，直说没有。\n资料之间矛盾时，两边都写出来。\n"
		diff = []DiffLine{{"d", 1, 0, []DiffPart{{"只根据资料回答，", false}, {"尽量", true}, {"标明出处。", false}}},
			{"a", 0, 1, []DiffPart{{"只根据资料回答，", false}, {"每句话后用 [n]", true}, {" 标明出处。", false}}},
			{"", 2, 2, []DiffPart{{"资料没有的，直说没有。", false}}}, {"a", 0, 3, []DiffPart{{"资料之间矛盾时，两边都写出来。", true}}}}
	}
	many := func(fault bool) []Option {
		out := options("", "", "", append(a.Corpora, "manual")...)
		out[0].Live, out[0].Chosen, out[1].Live, out[1].Chosen, out[2].Chosen = true, true, true, true, fault
		return out
	}
	f := Form{Live: revision, Groups: []Group{
		{"who", []Field{
			{Name: "title", Kind: "text", Live: a.Title, Draft: a.Title},
			{Name: "corpora", Kind: "many", Options: many(bad)},
		}},
		{"retrieval", []Field{
			{Name: "floor", Kind: "number", Live: "0.42", Draft: "0.42"},
			{Name: "diversity", Kind: "number", Live: "0.7", Draft: "0.6"},
			{Name: "keep", Kind: "number", Live: "", Draft: "", Default: "8"},
			{Name: "tokens", Kind: "number", Live: "4000", Draft: "4000"},
			{Name: "stale", Kind: "number", Live: "0.5", Draft: "0.5"},
		}},
		{"writing", []Field{
			{Name: "model", Kind: "choice", Live: "qwen3-32b", Draft: "qwen3-32b", Options: options("", "qwen3-32b", "qwen3-32b", "qwen3-32b", "scripted"), Note: &Remark{Key: "note.outside"}},
			{Name: "extractive", Kind: "flag", Live: "on", Draft: ""},
			{Name: "experts", Kind: "long", Live: "a", Draft: "b", Diff: diff[:1], Experts: []ExpertRow{
				{N: 0, Name: "leave", About: "How many days of leave do I have?\n" + hostile, Models: options("", "small", "small", "small", "large"), Corpora: many(bad), Many: true},
				{N: 1, Name: hostile, About: "年假有几天？", Models: options("", "", "", "small", hostile), Many: true},
				{N: 2, New: true, Open: bad, Models: []Option{{Word: "choice.expert", Chosen: true}, {Value: "small"}}}}},
			{Name: "prompt", Kind: "long", Live: before, Draft: after, Rows: 6, Diff: diff},
		}},
		{"engine", []Field{
			{Name: "knowledge", Kind: "number", Live: "3200", Draft: "3600"},
			{Name: "most", Kind: "number", Live: "2", Draft: "2"},
			{Name: "order", Kind: "choice", Live: "edges", Draft: "edges", Options: options("choice.", "edges", "edges", "edges", "best_first", "best_last")},
		}},
		{"checks", []Field{
			{Name: "unsupported", Kind: "choice", Live: "mark", Draft: "regenerate", Options: options("choice.", "mark", "regenerate", "mark", "withhold", "regenerate")},
			{Name: "judge", Kind: "choice", Live: "", Draft: "", Options: []Option{{Word: "choice.none", Live: true, Chosen: true}, {Value: "nli"}}, Note: &Remark{Key: "note.judge.measured", Args: []any{"0.71", 480}}},
		}},
	}}
	if bad {
		f.Groups[1].Fields[0].Draft = "12"
		f.Groups[1].Fields[0].Fault = &Fault{Key: "between", Args: []any{"0", "1"}}
		f.Groups[3].Fields[1].Draft = hostile
		f.Groups[3].Fields[1].Fault = &Fault{Key: "whole"}
		f.Groups[2].Fields[0].Fault = &Fault{Problem: &Problem{"invalid", "there is no model named \"gone\"", "choose one of the models that are configured"}}
	}
	return f
}

func samplePlan(l Lang) *Plan {
	titles := []string{"Pressure alarms", "Alarm levels", "Closing and keeping", "Setting the band, with a long title that does not fit", "FAQ, alarms", "Broker settings, row 14"}
	why := "holds 41 % of what the question asks about, the floor is 50 %"
	past := []string{"Asked to remember: pump 7, station north", "Summary of turns 1 to 6", "Turn 7"}
	sent := "You are the assistant of the pump handbook. Answer from the passages only.\n\n<passage 1: Pressure alarms>\nAn alarm that nobody confirms within 15 minutes is sent to the second contact.\n</passage 1>\n"
	question := "What happens to an alarm that nobody confirms?"
	if l == Chinese {
		titles = []string{"压力告警", "告警等级", "关闭与保留", "设定区间，标题很长很长，一行放不下，需要省略", "常见问题，告警", "设备配置，第 14 行"}
		past = []string{"记住：7 号泵，北站", "第 1 至 6 轮摘要", "第 7 轮"}
		sent = "你是泵站手册的助手，只根据资料回答。\n\n〈资料 1 · 压力告警〉\n15 分钟内无人确认的告警，会发给第二联系人。\n〈/资料 1〉\n"
		question = "无人确认的告警会怎样？"
	}
	p := &Plan{Model: "qwen3-32b", Exact: true, Budget: 6692, Reserve: 1500, Order: "edges", Format: "qwen",
		Parts: []Part{{"system", 412, 0}, {"session", 678, 800}, {"examples", 688, 900}, {"tools", 214, 600}, {"knowledge", 2872, 3200}, {"question", 48, 0}},
		Sent:  []Sent{{"system", strings.Repeat(sent, 12)}, {"user", question}},
		Tools: []Sent{{"group_lag", `{"type": "object"}`}}}
	place := 0
	keep := func(kind, title string, score float64) {
		place++
		p.Items = append(p.Items, Memory{Kind: kind, Title: title, Document: map[bool]string{true: "doc_01j9"}[kind == "knowledge"], Score: score, Tokens: 300, Kept: true, Place: place})
	}
	for _, s := range past {
		keep("session", s, 0)
	}
	keep("examples", titles[2], .71)
	keep("examples", titles[4], .66)
	keep("tools", "group_lag", .62)
	for i, s := range []float64{.93, .84, .66, .58, .71, .91} {
		keep("knowledge", titles[i], s)
	}
	for i := range 42 {
		p.Items = append(p.Items, Memory{Kind: "knowledge", Title: titles[i%6], Score: .41, Code: "below_floor", Why: why})
	}
	for _, tool := range []string{"create_ticket", "broker_disk"} {
		p.Items = append(p.Items, Memory{Kind: "tools", Title: tool, Score: .2, Code: "below_floor"})
	}
	p.Items = append(p.Items, Memory{Kind: "session", Title: titles[1], Code: "summarised"}, Memory{Kind: "examples", Title: hostile, Code: hostile, Why: hostile})
	return p
}

func sampleModels() []Model {
	return []Model{
		{Name: "qwen3-32b", Inside: true, Context: 32768, Tokenizer: "engine", Can: []string{"chat", "tools", "json_schema"}, Declared: "/etc/wenyuan/wenyuan.yaml", Hash: modelHash,
			Replicas: []Replica{{URL: "http://gpu-a:8000", Dialect: "openai", RemoteName: "Qwen/Qwen3-32B"}, {URL: "http://gpu-b:8000", Dialect: "openai", RemoteName: "Qwen/Qwen3-32B"}},
			Requests: 12_412, Errors: 7, In: 41_204_112, Out: 2_114_020, First: 412_000,
			Test: &ModelTest{At: ago(3 * time.Minute), Checks: []ModelCheck{{What: "chat", URL: "http://gpu-a:8000", Took: 812_000, First: 390_000}, {What: "embeddings", URL: "http://gpu-b:8000", Took: 31_000, Dimensions: 1024}}}},
		{Name: "claude", Context: 200_000, Can: []string{"chat", "tools"}, Price: "3.00 / 15.00 USD", Hash: modelHash, Cost: "12.41 USD", Requests: 31, Errors: 30, In: 9_100, Out: 800, First: 1_900_000,
			Replicas: []Replica{{URL: "https://api.example.com", Dialect: "anthropic", RemoteName: "claude-x", KeyEnv: "CLAUDE_KEY"}},
			Test:     &ModelTest{At: ago(time.Minute), Checks: []ModelCheck{{What: "key", URL: "https://api.example.com", Problem: &Problem{"denied", "the environment variable CLAUDE_KEY of the server is empty", "put the key there and start the server again"}}, {What: "chat", URL: hostile, Took: 12}}}},
		{Name: hostile, Inside: true, Can: []string{"embeddings"}, Hash: modelHash, Fault: hostile, Replicas: []Replica{{URL: hostile, Dialect: "ollama", KeyEnv: "LOCAL_KEY", KeySet: true}}},
	}
}

func sampleGateway(f Frame) GatewayPage {
	return GatewayPage{Frame: f, Models: sampleModels(), Default: "qwen3-32b", Figures: []Figure{
		{"requests", "12,443", ""}, {"errors", "37", ""}, {"in", "41.2", "M"}, {"out", "2.11", "M"}, {"cost", "12.41", "USD"}, {"first", "0.41", "s"}}}
}

func sampleModelForm(m Model, live string) ModelPage {
	can := options("can.", "", "", "chat", "embeddings", "rerank", "judge", "tools", "json_schema")
	can[0].Live, can[0].Chosen, can[4].Chosen = true, true, true
	p := ModelPage{Model: m, Form: Form{Live: live, Groups: []Group{
		{"model", []Field{
			{Name: "name", Kind: "text", Live: m.Name, Draft: m.Name},
			{Name: "location", Kind: "choice", Live: "inside", Draft: "outside", Options: options("choice.", "inside", "outside", "inside", "outside")},
			{Name: "context", Kind: "number", Live: "32768", Draft: "32768"},
			{Name: "tokenizer", Kind: "text", Live: "remote", Draft: ""},
			{Name: "can", Kind: "many", Options: can},
		}},
		{"price", []Field{{Name: "price_in", Kind: "number"}, {Name: "price_out", Kind: "number"}, {Name: "currency", Kind: "text"}}},
	}}}
	for _, r := range m.Replicas {
		p.Replicas = append(p.Replicas, ReplicaDraft{Replica: r, Live: &r})
	}
	p.Replicas = append(p.Replicas, ReplicaDraft{})
	return p
}

// buildPages are the samples of Assistants and Gateway.
var buildPages = map[string]sample{
	"/assistants": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Assistants(w, sampleAssistants(l, f))
	},
	"/assistants/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Assistants(w, AssistantsPage{Frame: f})
	},
	"/assistants/pump": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Assistant(w, AssistantPage{Frame: f, Assistant: sampleAssistant(l), Form: sampleForm(l, false)})
	},
	"/assistants/pump/bad": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Assistant(w, AssistantPage{Frame: f, Assistant: sampleAssistant(l), Form: sampleForm(l, true), Moved: true})
	},
	"/assistants/pump/saved": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Assistant(w, AssistantPage{Frame: f, Assistant: sampleAssistant(l), Form: sampleForm(l, false), Saved: revision, Before: modelHash})
	},
	"/assistants/new": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		form := sampleForm(l, false)
		form.Live = ""
		return r.Assistant(w, AssistantPage{Frame: f, New: true, Form: form})
	},
	"/assistants/pump/versions": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		form := sampleForm(l, false)
		return r.Versions(w, VersionsPage{Frame: f, Assistant: sampleAssistant(l), From: modelHash, To: revision, Compared: &form, Moved: revision, Before: modelHash, Versions: []VersionRow{
			{Hash: revision, Created: ago(time.Hour), By: "Lin Yue", Labels: []string{"production"}, Changes: []string{"prompt", "floor"}},
			{Hash: modelHash, Created: ago(30 * time.Hour), Changes: []string{"model"}},
			{Hash: "3be2c8d1aa52", Created: ago(300 * time.Hour), By: hostile, First: true}}})
	},
	"/assistants/empty/versions": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Versions(w, VersionsPage{Frame: f, Assistant: AssistantRow{Name: "empty", Hash: revision, Unsupported: "mark"}})
	},
	"/assistants/pump/engine": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := EnginePage{Frame: f, Assistant: sampleAssistant(l), Corpus: "handbook", Plan: samplePlan(l)}
		p.Question = p.Plan.Sent[1].Content
		return r.Engine(w, p)
	},
	"/assistants/pump/engine/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Engine(w, EnginePage{Frame: f, Assistant: sampleAssistant(l)})
	},
	"/assistants/pump/engine/trace": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Engine(w, EnginePage{Frame: f, Assistant: sampleAssistant(l), Trace: "trc_01jd4t9k7f3ac1", Question: hostile, Plan: &Plan{Budget: 900, Order: "edges", Parts: []Part{{"knowledge", 900, 0}}}})
	},
	"/gateway": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Gateway(w, sampleGateway(f)) },
	"/gateway/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Gateway(w, GatewayPage{Frame: f, Looked: true})
	},
	"/gateway/found": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleGateway(f)
		p.Looked, p.Found, p.Notice, p.Changed = true, sampleModels()[2:], "added", "llama"
		return r.Gateway(w, p)
	},
	"/gateway/new": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleModelForm(Model{}, "")
		p.Frame, p.New = f, true
		p.Replicas[0] = ReplicaDraft{Replica: Replica{URL: hostile, Dialect: "openai", KeyEnv: "X_KEY"}, Fault: map[string]*Fault{"url": {Key: "needed"}}}
		return r.Model(w, p)
	},
	"/gateway/models/qwen": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleModelForm(sampleModels()[1], modelHash)
		p.Frame = f
		p.Replicas[0].URL = "https://other.example.com"
		return r.Model(w, p)
	},
	"/gateway/models/declared": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleModelForm(sampleModels()[0], modelHash)
		p.Frame = f
		return r.Model(w, p)
	},
}
