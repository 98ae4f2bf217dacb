package web

import (
	"bytes"
	"strings"
)

func sampleSamples(f Frame) SamplesPage {
	rows := sampleSet(f).Rows
	return SamplesPage{Frame: f, Filter: SampleFilter{Origin: "feedback", State: "aside", Source: hostile}, Reviews: true, Next: "smp_9", Did: "aside", Rows: []SampleRow{
		{SetLine: rows[1], ID: "smp_1", Origin: "feedback", Source: "mine:votes", Trace: "trc_1", State: "ready", Quality: 81},
		{SetLine: rows[1], ID: "smp_2", Origin: "feedback", Source: "mine:correction", Trace: "trc_2", State: "aside", Why: []SampleWhy{{"length", ""}, {hostile, hostile}}, Quality: 92},
		{SetLine: rows[0], ID: "smp_3", Origin: "instruct", Source: "support-made", Teacher: "writer", Licence: "Apache-2.0", State: "ready"},
		{SetLine: rows[2], ID: "smp_4", Origin: hostile, Source: hostile, Teacher: hostile, Licence: hostile, State: "aside", Why: []SampleWhy{{"busy person", ""}}},
	}}
}

func sampleMine(f Frame, state string) MinePage {
	p := MinePage{Frame: f, Run: MineRow{ID: "min_1", State: state, Created: ago(0)}}
	switch state {
	case "running":
		p.Stage, p.Done, p.Of = "read", 12_000, 31_000
	case "failed":
		p.Why = hostile
	case "done":
		p.Run.Dry = true
		pairs := map[string]int{"correction": 41, "votes": 212, "checks": 390, "again": 88, "arms": 12}
		left := map[string]int{"same text": 120, "opposed": 4, "wrong order": 31, hostile: 2, "hidden": 1}
		p.Report = &MineReport{Answers: 31204, New: 743, Known: 12, Aside: 190, Scored: 3100, Gone: 4, People: 211, Capped: 3, Busiest: .18, Before: .41, After: -.26, RatioBefore: 1.62, RatioAfter: .91, Cut: true,
			Pairs: BarsOf("mined.act.", "", []string{"checks", "votes", "again", "correction", "arms"}, func(n string) int { return pairs[n] }),
			Left:  BarsOf("mine.left.", "faint", []string{"same text", "wrong order", "opposed", hostile, "hidden"}, func(n string) int { return left[n] }),
			Arms:  []MineArm{{"model:support@1a2b3c4d", .61}, {hostile, .48}}}
	}
	return p
}

func sampleWrite(f Frame, state string) WritePage {
	left := map[string]int{"kept": 340, "alike": 210, "short": 41, "refuses": 3, hostile: 1}
	seeds := map[string]int{"not one turn": 61, "licence": 12, hostile: 1}
	p := WritePage{Frame: f, Run: WriteRow{ID: "ins_1", Name: "support-made", Model: hostile, State: state, Made: 340, Rows: 500, Licence: "Apache-2.0", Created: ago(0)}, Hash: "91aabb1122", From: "a1b2c3d4e5", Language: "zh", Calls: 61, Tokens: 312_004, Budget: 1_000_000, Money: "0.4100 USD",
		Seeds: 175, Kept: BarsOf("made.left.", "faint", []string{"kept", "alike", "short", "refuses", hostile}, func(n string) int { return left[n] }),
		SeedsLeft: BarsOf("seeds.left.", "faint", []string{"not one turn", "licence", hostile}, func(n string) int { return seeds[n] }),
		Licences:  BarsOf("set.licence.", "faint", []string{"CC-BY-4.0", hostile, ""}, func(string) int { return 12 }), Stops: true, Again: true, More: "500", Allowed: "1000000"}
	p.Kept[0].Ink = ""
	return p
}

var writeRows = []WriteRow{{ID: "ins_1", Name: "support-made", Model: hostile, State: "running", Made: 340, Rows: 500, Licence: "Apache-2.0", Created: ago(0)}, {ID: "ins_2", Name: hostile, Model: "writer", State: "failed", Rows: 20, Licence: hostile, Created: ago(0)}}

// miningPages are the samples of samples, mining and what models write.
var miningPages = map[string]sample{
	"/learning/samples": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Samples(w, sampleSamples(f)) },
	"/learning/samples/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Samples(w, SamplesPage{Frame: f, Problem: &Problem{Message: hostile, Hint: hostile}})
	},
	"/learning/mining": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Mining(w, MiningPage{Frame: f, More: true, Dry: true, Stand: []MinedStand{{"checks", 300, 90, 390}, {"votes", 190, 22, 390}, {"correction", 41, 0, 390}, {"arms", 0, 1, 390}},
			Runs: []MineRow{{ID: "min_2", State: "running", Created: ago(0)}, {ID: "min_1", Dry: true, State: "done", Answers: 31204, New: 743, Aside: 190, Created: ago(1)}, {ID: "min_0", State: "failed", Created: ago(2)}}})
	},
	"/learning/mining/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Mining(w, MiningPage{Frame: f, Problem: &Problem{Message: hostile, Hint: hostile}})
	},
	"/learning/mining/going":  func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Mine(w, sampleMine(f, "running")) },
	"/learning/mining/done":   func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Mine(w, sampleMine(f, "done")) },
	"/learning/mining/failed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Mine(w, sampleMine(f, "failed")) },
	"/learning/written": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Written(w, WrittenPage{Frame: f, Makes: true, Runs: writeRows, Sets: []string{"support-2026-11", "faq"}, Models: []string{"writer", hostile}, Order: WriteOrder{Name: hostile, From: "faq", Model: "writer", Rows: "100", Without: strings.Repeat("word, ", 20)}, Problem: &Problem{Message: hostile}})
	},
	"/learning/written/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Written(w, WrittenPage{Frame: f, Makes: true})
	},
	"/learning/written/going": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Write(w, sampleWrite(f, "running"))
	},
	"/learning/written/done": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWrite(f, "done")
		p.Why, p.Problem = hostile, &Problem{Message: hostile}
		return r.Write(w, p)
	},
	"/learning/written/failed": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWrite(f, "failed")
		p.Why, p.Again, p.From, p.Kept, p.SeedsLeft, p.Licences, p.Language = hostile, false, "", nil, nil, nil, ""
		return r.Write(w, p)
	},
}
