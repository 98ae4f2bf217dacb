package web

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Learning writes the road from what people ask to what learned from it.
func (r *Renderer) Learning(w io.Writer, p LearningPage) error {
	return r.page(w, "learning", layout{p.Frame, LearningPlace, must(lang(p.Frame), "learning"), p})
}

// Run writes a training run.
func (r *Renderer) Run(w io.Writer, p RunPage) error {
	return r.page(w, "learning_run", layout{p.Frame, LearningPlace, p.Run.Name, p})
}

// RunParts writes what changes on the page of a run while it is at work, and nothing around it.
func (r *Renderer) RunParts(w io.Writer, p RunPage) error {
	return r.execute(w, lang(p.Frame), "runparts", p)
}

// Gate writes a report of the gate.
func (r *Renderer) Gate(w io.Writer, p GatePage) error {
	return r.page(w, "learning_gate", layout{p.Frame, LearningPlace, p.Report.Subject, p})
}

// learningFunctions are those of the place Learning.
func learningFunctions() map[string]any {
	return map[string]any{
		"points": func(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) },
		"signed": func(share float64) string {
			return strings.Replace(fmt.Sprintf("%+.1f", 100*share), "-", "−", 1)
		},
		"times": func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) },
		"corr": func(x float64) string {
			return strings.Replace(fmt.Sprintf("%+.2f", x), "-", "−", 1)
		},
		"bars": func(title string, all []Bar) bars { return bars{title, all} },
		"loss": func(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) },
	}
}

// Part is the part's name, where there are words for it.
func (p GatePart) Part() string {
	if worded("gatepart." + p.Name) {
		return p.Name
	}
	return "another"
}

// Going says that the run waits or is at work, so that its page changes.
func (p RunPage) Going() bool {
	return going(p.Run.State)
}

// A lossPlot is the curve of a run, in a box of 1000 by 100.
type lossPlot struct {
	Lines []liveLine
	Grid  string
	Ys    []liveTick
	Last  int // step
	Rows  []RunPoint
}

const lossRows = 20

// Plot lays out the losses; nil where there are fewer than two.
func (p RunPage) Plot() *lossPlot {
	var steps, held []RunPoint
	top := 0.
	for _, o := range p.Curve {
		if math.IsNaN(o.Loss) || math.IsInf(o.Loss, 0) || o.Loss < 0 {
			continue
		}
		top = max(top, o.Loss)
		if o.Held {
			held = append(held, o)
		} else {
			steps = append(steps, o)
		}
	}
	if len(steps) < 2 || top == 0 {
		return nil
	}
	out := &lossPlot{Last: max(p.Run.Steps, steps[len(steps)-1].Step)}
	ceiling := top / plotRoom
	for _, l := range []struct {
		name, ink string
		points    []RunPoint
	}{{"train", "s1", steps}, {"held", "s2 dash", held}} {
		if len(l.points) > 0 {
			out.Lines = append(out.Lines, out.line(l.name, l.ink, l.points, ceiling))
		}
	}
	unit := math.Pow(10, math.Floor(math.Log10(ceiling)))
	step := niceStep(3*ceiling/unit/9) * unit
	for y := 0.; y <= ceiling*1.001; y += step {
		out.Ys = append(out.Ys, liveTick{pct(100 - 100*y/ceiling), strconv.FormatFloat(y, 'g', 3, 64)})
		out.Grid += fmt.Sprintf("M0 %.1fH1000", 100-100*y/ceiling)
	}
	every := max(1, len(steps)/lossRows)
	for i, o := range steps {
		if i%every == 0 || i == len(steps)-1 {
			out.Rows = append(out.Rows, o)
		}
	}
	slices.Reverse(out.Rows)
	return out
}

// line draws points by their step; what is drawn is joined to a few hundred.
func (o *lossPlot) line(name, ink string, points []RunPoint, ceiling float64) liveLine {
	var path strings.Builder
	every := max(1, len(points)/plotPoints)
	for i := 0; i < len(points); i += every {
		sum, n := 0., 0
		for _, p := range points[i:min(i+every, len(points))] {
			sum, n = sum+p.Loss, n+1
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: " "}[i == 0], 1000*float64(points[i].Step)/float64(max(o.Last, 1)), 100-100*sum/float64(n)/ceiling)
	}
	last := points[len(points)-1].Loss
	return liveLine{Name: name, Ink: ink, Path: path.String(), End: strconv.FormatFloat(last, 'f', 2, 64), EndAt: pct(min(100-100*last/ceiling, 97))}
}

// reaches are how far the axis of changes may reach to each side, in points.
var reaches = []int{10, 20, 50, 100}

// Reach is how far the axis of changes reaches to each side, in points: as far as the widest of the
// parts, so that nothing is cut off.
func (p GatePage) Reach() int {
	widest := 0.
	for _, x := range p.Parts {
		if x.Compared {
			widest = max(widest, math.Abs(x.Low), math.Abs(x.High), math.Abs(x.Change), math.Abs(x.Margin))
		}
	}
	for _, r := range reaches {
		if 100*widest <= float64(r) {
			return r
		}
	}
	return reaches[len(reaches)-1]
}

// at is where a change stands on the axis, of 1000.
func at(change float64, reach int) int {
	return int(math.Round(500 + 500*max(-1, min(1, 100*change/float64(reach)))))
}

// A forestLine is a change with its interval and what may be lost, on an axis of 1000.
type forestLine struct{ Low, Wide, Mid, Lost int }

// Forest lays a part out; nil where there is nothing to compare with.
func (p GatePart) Forest(reach int) *forestLine {
	if !p.Compared {
		return nil
	}
	low := at(p.Low, reach)
	return &forestLine{Low: low, Wide: max(at(p.High, reach)-low, 4), Mid: at(p.Change, reach), Lost: at(-p.Margin, reach)}
}
