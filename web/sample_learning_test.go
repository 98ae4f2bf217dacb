package web

import (
	"bytes"
	"math"
	"strings"

	"wenyuan"
)

func sampleRun(f Frame, state string) RunPage {
	p := RunPage{Frame: f, Run: RunRow{ID: "run_1", Name: "mq-style", Method: "dpo", Base: hostile, State: state, Step: 1240, Steps: 1800, Why: map[string]string{"failed": hostile}[state], Created: ago(0)},
		Hash: "91aabb1122", Dataset: "a1b2c3d4", Made: map[string]string{"done": "77d0aa1122"}[state], Advice: []string{hostile},
		Facts: []Fact{{"samples", "", 2904}, {"tokens", "", 812004}, {"held", "", 312}, {"left.too_long", "", 12}, {"rank", "16", 0}, {"lr", "0.0003", 0}, {"seed", "7", 0}}}
	for i := range 1240 {
		p.Curve = append(p.Curve, RunPoint{Step: i + 1, Loss: 1 + 2*math.Exp(-float64(i)/300)})
		if i%100 == 99 {
			p.Curve = append(p.Curve, RunPoint{Step: i + 1, Held: true, Loss: 1.28 + 2*math.Exp(-float64(i)/300)})
		}
	}
	return p
}

func sampleGate(f Frame) GatePage {
	long := strings.Repeat("the share is lower than the margin allows ", 6)
	return GatePage{Frame: f, Report: ReportRow{ID: "gat_1", Subject: hostile, Hash: "a1b2c3d4e5", Against: "d4e5f6a1b2", Policy: "default", State: "done", Verdict: "fail", Done: 4178, Items: 4178, Created: ago(0)}, Took: 41 * 60_000_000, Seed: "7",
		Parts: []GatePart{
			{Name: "common-sense", Verdict: "pass", N: 1200, Before: .718, Now: .712, Margin: .02, Compared: true, Change: -.006, Low: -.019, High: .007},
			{Name: "logic", Verdict: "fail", Why: []string{long, hostile}, N: 900, Before: .641, Now: .58, Margin: .02, Compared: true, Change: -.061, Low: -.09, High: -.032},
			{Name: "adversarial", Verdict: "pass", N: 2400, Before: -1, Now: .608},
			{Name: "safety", Verdict: "too_few", N: 38, Before: .974, Now: .974, Margin: .01, Compared: true, Low: -.4, High: .4},
			{Name: hostile, Verdict: "left_out", Before: -1}}}
}

func sampleSet(f Frame) SetPage {
	return SetPage{Frame: f, Set: SetRow{Name: "support-2026-11", Hash: "a1b2c3d4e5", Rows: 2904, Erased: 3, Written: 522, Kinds: "chat, preference", Licence: "CC-BY-4.0", Created: ago(0)}, Labels: []string{"latest", "gate"}, Consent: hostile,
		Versions: []SetVersion{{"a1b2c3d4e5", ago(0)}, {"99b2c3d4e5", ago(3)}}, Before: "99b2c3d4e5", Added: 214, Removed: 3,
		Counts: []SetCount{{"split", []SetPart{{"train", 2323, 2904}, {"valid", 291, 2904}, {"test", 290, 2904}}}, {"kind", []SetPart{{"chat", 2000, 2904}, {"preference", 904, 2904}}}, {"language", []SetPart{{"en", 1500, 2904}, {"zh", 1400, 2904}, {"", 4, 2904}}},
			{"origin", []SetPart{{"feedback", 1200, 2904}, {"judged", 1182, 2904}, {"instruct", 522, 2904}}}, {"licence", []SetPart{{"CC-BY-4.0", 2900, 2904}, {hostile, 3, 2904}, {"", 1, 2904}}}},
		Left: []SetLeft{{"duplicate", 132, ""}, {"contaminated", 7, hostile}, {"screened", 61, ""}, {hostile, 1, ""}}, Gates: []SetGate{{Name: "logic", Items: 900, Reached: 2, Rows: 7}, {Name: hostile, Items: 12}},
		Sources:   []SetSource{{"feedback", "", "", "", 1200}, {"import", hostile, "MIT", "", 1182}, {"instruct", "seeds", "Apache-2.0", "qwen3", 522}},
		Documents: []SetDocument{{"doc_1", "docs", "部署/安装.md", 41}, {"doc_2", "docs", hostile, 3}, {"doc_3", "", "", 1}}, Hidden: 2, Conversations: 311,
		Runs: []RunRow{sampleRun(f, "done").Run}, Split: "train", Next: 44,
		Rows: []SetLine{{Number: 0, Split: "train", Kind: "chat", Said: []SetSaid{{"system", "You answer from the manual."}, {"user", "为什么消费组卡住了？"}, {"assistant", "因为有一条消息一直失败，按顺序消费时它挡住了后面的消息。"}}},
			{Number: 1, Split: "train", Kind: "preference", Said: []SetSaid{{"user", "Can a delayed message be cancelled?"}, {"chosen", "No. It can be ignored when it is consumed."}, {"rejected", hostile}}},
			{Number: 43, Split: "train", Kind: "label", Good: "no", Said: []SetSaid{{hostile, "x"}, {"assistant", strings.Repeat("很长的回答。", 60)}}}}}
}

// learningPages are the samples of the place Learning.
var learningPages = map[string]sample{
	"/learning": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learning(w, LearningPage{Frame: f, Samples: 200, Origins: map[string]int{"trace": 120, "feedback": 61, "instruct": 19}, Reviews: true, More: true, Aside: 14, Trains: true, Tasks: judgeTasks,
			Sets:     []SetRow{{Name: "support-2026-11", Hash: "a1b2c3d4e5", Rows: 2904, Erased: 3, Written: 522, Kinds: "chat, preference", Licence: hostile, Created: ago(0)}, {Name: "faq", Hash: "b2b2c3d4e5", Rows: 1, Kinds: "chat", Created: ago(0)}},
			Runs:     []RunRow{sampleRun(f, "running").Run, sampleRun(f, "failed").Run, {ID: "run_3", Name: "a", Method: "sft", Base: strings.Repeat("d28bf5a5", 8), State: "queued", Created: ago(0)}},
			Releases: []ReleaseRow{sampleRelease(f, "running").Release, sampleRelease(f, "back").Release},
			Reports:  []ReportRow{sampleGate(f).Report, {ID: "gat_2", Subject: "制度", Hash: "c1b2c3d4e5", Policy: hostile, State: "running", Done: 12, Items: 400, Created: ago(0)}}})
	},
	"/learning/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learning(w, LearningPage{Frame: f, Trains: true})
	},
	"/learning/sets": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Set(w, sampleSet(f)) },
	"/records/learned": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learned(w, LearnedPage{Frame: f, Trace: "trc_1", Number: 2, Sentence: hostile, Verdict: wenyuan.Unsupported, Model: hostile, Adapter: "more", Hash: "77d0aa1122", Looked: 2904, Cut: true, Sets: []LearnedSet{{"support-2026-11", "a1b2c3d4e5"}},
			Rows: []LearnedRow{{SetLine: sampleSet(f).Rows[0], Share: .62, Origin: "feedback", Licence: "MIT"}, {SetLine: sampleSet(f).Rows[1], Share: .31, Origin: "instruct", Source: hostile, Licence: hostile, Teacher: hostile}, {SetLine: sampleSet(f).Rows[2], Share: 1, Origin: hostile}}})
	},
	"/records/learned/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learned(w, LearnedPage{Frame: f, Trace: "trc_1", Number: 1, Sentence: "x", Verdict: wenyuan.Unverified, Model: "m", Adapter: "a", Hash: "77d0aa1122"})
	},
	"/learning/sets/bare": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Set(w, SetPage{Frame: f, Set: SetRow{Name: "faq", Hash: "b2b2c3d4e5", Created: ago(0)}, Versions: []SetVersion{{"b2b2c3d4e5", ago(0)}}})
	},
	"/learning/runs/going": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Run(w, sampleRun(f, "running")) },
	"/learning/runs/failed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleRun(f, "failed")
		p.Curve, p.Problem = nil, &Problem{Message: hostile}
		return r.Run(w, p)
	},
	"/learning/runs/done": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Run(w, sampleRun(f, "done")) },
	"/learning/gate":      func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Gate(w, sampleGate(f)) },
	"/learning/gate/going": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Gate(w, GatePage{Frame: f, Report: ReportRow{Subject: "制度", Hash: "c1b2c3d4e5", Policy: hostile, State: "running", Done: 12, Items: 400, Created: ago(0)}, Why: hostile})
	},
}
