package web

import (
	"bytes"
	"math"
	"strings"
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

// learningPages are the samples of the place Learning.
var learningPages = map[string]sample{
	"/learning": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learning(w, LearningPage{Frame: f, Samples: 200, More: true, Aside: 14, Trains: true,
			Sets:    []SetRow{{Name: "support-2026-11", Hash: "a1b2c3d4e5", Rows: 2904, Erased: 3, Written: 522, Kinds: "chat, preference", Licence: hostile, Created: ago(0)}, {Name: "faq", Hash: "b2b2c3d4e5", Rows: 1, Kinds: "chat", Created: ago(0)}},
			Runs:    []RunRow{sampleRun(f, "running").Run, sampleRun(f, "failed").Run, {ID: "run_3", Name: "a", Method: "sft", Base: "tiny", State: "queued", Created: ago(0)}},
			Reports: []ReportRow{sampleGate(f).Report, {ID: "gat_2", Subject: "制度", Hash: "c1b2c3d4e5", Policy: hostile, State: "running", Done: 12, Items: 400, Created: ago(0)}}})
	},
	"/learning/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Learning(w, LearningPage{Frame: f, Trains: true})
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
