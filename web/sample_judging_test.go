package web

import (
	"bytes"
	"strings"
)

var judgeTasks = []JudgeTask{
	{Name: "fix-disliked", Kind: "answer", State: "open", Judged: 23, Items: 128, Waiting: 105, Disputed: 3, Overlap: 2, Created: ago(0)},
	{Name: "better-of-three", Kind: "rank", State: "finished", Judged: 200, Items: 200, Overlap: 3, Created: ago(0)},
	{Name: "empty", Kind: "rank", State: "open", Overlap: 1, Created: ago(0)},
}

func sampleTask(f Frame) JudgeTaskPage {
	alpha := .71
	return JudgeTaskPage{Frame: f, Learns: true, Task: judgeTasks[0], Guidelines: "The better answer says what to do, and only what the originals say.\n\n好的回答说明怎么做，并且只说原文里有的。\n" + hostile, Hash: "91aabb1122", Blind: true, Mine: 12, Manages: true, Decides: true, Reports: true,
		Alpha: &alpha, Compared: 20, Decided: 4, GoldItems: 12, Gold: .1, Least: .7, Erased: 2, Samples: 46,
		Judges: []JudgeRow{{ID: "psn_1", Name: hostile, Named: true, Judged: 23, Skipped: 2, Reasons: []string{"not my field", hostile}, Gold: 4, GoldRight: 4, Right: .93, Median: 41_000_000},
			{ID: "psn_2", Name: "李雷", Judged: 20, Gold: 5, GoldRight: 2, Fails: true, Median: 9_000_000},
			{ID: "import:3", Name: "import:3", Judged: 11, Aside: true, Note: "answers without reading " + hostile}}}
}

func sampleWork(f Frame, l Lang, kind string) WorkPage {
	p := WorkPage{Frame: f, Task: "better-of-three", Kind: kind, Blind: true, Item: "jit_1", Question: "How many priorities does a pump alarm have, and who is called at night?", Guidelines: "1 is the answer that helps most.\nTies are fine.\n" + hostile, Hash: "91aabb1122", Done: 22, Of: 128, Note: hostile,
		Before: []WorkTurn{{true, "What is an alarm?"}, {false, "A message of a pump."}},
		Answers: []WorkAnswer{{N: 1, ID: "aa11bb22", Text: "A pump alarm has four priorities. At night the person on duty is called.\n\n- **A**: at once\n- B: within an hour", Place: 2},
			{N: 2, ID: "cc11bb22", Text: "四级。夜间由值班人员处理。", Model: hostile, Place: 1},
			{N: 3, ID: "dd11bb22", Text: strings.Repeat("It depends on the plant and on who is asked. ", 12) + hostile}},
		Passages: []WorkPassage{{N: 1, Title: hostile, Source: "handbook/alarms.pdf", Text: "Alarms have four priorities, A to D.", Link: "/library/-/doc_1?start=3&end=40#lit", Page: 12}, {N: 2, Title: "值班制度", Source: "zh/值班.md", Text: "夜间由值班人员处理告警，一小时内回复。", Link: "/library/-/doc_2"}}}
	if l == Chinese {
		p.Question, p.Guidelines = "水泵告警分几级？夜里找谁？", "1 是最有帮助的回答。\n可以并列。"
	}
	if kind == "answer" {
		p.Answers = p.Answers[:1]
		p.Answer = p.Answers[0].Text
	}
	return p
}

func sampleExamples(f Frame) ExampleLibraryPage {
	added := 3
	return ExampleLibraryPage{Frame: f, Library: ExampleLibrary{Name: "support", Hash: "91aabb1122", Examples: 128, Moved: ago(0)}, Makes: true, Draft: ExampleDraft{From: "task"}, Hidden: 3, Added: &added, Known: 1, Done: "removed",
		Left: []ExampleLeft{{"outranked", 2}, {"liked", 4}, {"gate", 1}},
		Examples: []Example{{Sample: "smp_1", Question: "How many priorities does a pump alarm have?", Answer: "Four, A to D. " + hostile, Origin: "judged", From: "fix-disliked", FromHref: "/learning/judging/fix-disliked", Hash: "aa11bb22", Near: "83"},
			{Sample: "smp_2", Question: "水泵告警分几级？", Answer: "四级。", Origin: "feedback", From: "aa11bb", FromHref: "/learning/sets/aa11bb22", Hash: "cc11bb22", Near: "41"},
			{Sample: "smp_3", Origin: "import", Hash: "dd11bb22", Left: "changed"}, {Sample: "smp_4", Origin: "trace", Hash: "ee11bb22", Left: "erased"}}}
}

// judgingPages are the samples of judging.
var judgingPages = map[string]sample{
	"/learning/judging": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Judging(w, JudgingPage{Frame: f, Tasks: judgeTasks, Makes: true, Learns: true, Draft: JudgeDraft{Kind: "answer", From: "disliked", Overlap: 1}})
	},
	"/learning/examples": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Examples(w, ExamplesPage{Frame: f, Makes: true, Draft: ExampleDraft{From: "task"}, Libraries: []ExampleLibrary{{Name: "support", Hash: "91aabb1122", Examples: 128, Moved: ago(0)}, {Name: "empty", Hash: "aaaabb1122", Moved: ago(0)}}})
	},
	"/learning/examples/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Examples(w, ExamplesPage{Frame: f, Makes: true, Draft: ExampleDraft{Library: hostile, Name: hostile, From: "sample"}, Problem: &Problem{Message: hostile}})
	},
	"/learning/examples/support": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.ExampleLibrary(w, sampleExamples(f))
	},
	"/learning/examples/support/try": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleExamples(f)
		p.Asked, p.Examples, p.Hidden, p.Left, p.Added = hostile, p.Examples[:2], 0, []ExampleLeft{{"changed", 2}, {"taken_out", 1}, {"asked", 1}}, nil
		return r.ExampleLibrary(w, p)
	},
	"/learning/judging/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		f.Hidden, f.Judges = []string{LearningPlace}, true
		return r.Judging(w, JudgingPage{Frame: f, Problem: &Problem{Message: hostile}})
	},
	"/learning/judging/task": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.JudgeTask(w, sampleTask(f)) },
	"/learning/judging/task/judge": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleTask(f)
		p.Learns, p.Manages, p.Decides, p.Reports, p.Judges, p.Alpha, p.Done = false, false, false, false, nil, nil, "draft"
		return r.JudgeTask(w, p)
	},
	"/learning/judging/task/work": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Work(w, sampleWork(f, l, "rank")) },
	"/learning/judging/task/write": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWork(f, l, "answer")
		p.Drafted, p.Kept = true, "jit_0"
		return r.Work(w, p)
	},
	"/learning/judging/task/decide": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWork(f, l, "rank")
		p.Decides, p.Left, p.Problem = true, 3, &Problem{Message: hostile}
		p.Others = []WorkSaid{{N: 1, Order: "2 > 1 = 3"}, {N: 2, Order: "1 > 2 > 3", Note: hostile}}
		return r.Work(w, p)
	},
	"/learning/judging/task/items": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.JudgeItems(w, JudgeItemsPage{Frame: f, Task: "better-of-three", Kind: "rank", Next: 50, Done: "gold", Items: []JudgeItem{{ID: "jit_1", Number: 1, Question: hostile, Answers: 3, Said: 2, Skipped: 1, Gold: true}, {ID: "jit_2", Number: 1200, Question: "水泵告警分几级？", Answers: 8, Disputed: true}, {ID: "jit_3", Number: 1201, Question: strings.Repeat("a long question ", 30), Answers: 2}}})
	},
	"/learning/judging/task/items/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.JudgeItems(w, JudgeItemsPage{Frame: f, Task: "empty", Kind: "answer"})
	},
	"/learning/judging/task/gold": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleWork(f, l, "rank")
		p.Gold, p.IsGold, p.Others = true, true, []WorkSaid{{N: 1, Person: hostile, Order: "2 > 1 = 3"}}
		return r.Work(w, p)
	},
	"/learning/judging/task/done": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Work(w, WorkPage{Frame: f, Task: "better-of-three", Kept: "jit_1"})
	},
}
