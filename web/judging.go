package web

import (
	"io"
	"strconv"
	"strings"
)

// Judging writes the list of what is judged.
func (r *Renderer) Judging(w io.Writer, p JudgingPage) error {
	return r.page(w, "judging", layout{p.Frame, LearningPlace, must(lang(p.Frame), "judging"), p})
}

// JudgeTask writes the page of a task.
func (r *Renderer) JudgeTask(w io.Writer, p JudgeTaskPage) error {
	return r.page(w, "judging_task", layout{p.Frame, LearningPlace, p.Task.Name, p})
}

// Work writes the page on which somebody judges.
func (r *Renderer) Work(w io.Writer, p WorkPage) error {
	return r.page(w, "judging_work", layout{p.Frame, LearningPlace, p.Task, p})
}

// JudgeItems writes the items of a task.
func (r *Renderer) JudgeItems(w io.Writer, p JudgeItemsPage) error {
	return r.page(w, "judging_items", layout{p.Frame, LearningPlace, p.Task, p})
}

// judgingFunctions are those of the pages of judging.
func judgingFunctions() map[string]any {
	return map[string]any{
		"alpha": func(x *float64) string { return strconv.FormatFloat(*x, 'f', 2, 64) },
		"lines": func(text string) (all []string) {
			for line := range strings.Lines(text) {
				if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
					all = append(all, line)
				}
			}
			return all
		},
		"list":  func(all ...string) []string { return all },
		"share": func(x float64) string { return strconv.FormatFloat(100*x, 'f', 0, 64) },
	}
}
