package web

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Live writes what the gateway does now.
func (r *Renderer) Live(w io.Writer, p LivePage) error {
	return r.page(w, "gateway_live", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "gateway"), p})
}

// LiveParts writes what changes on the page from one second to the next, and nothing around it.
func (r *Renderer) LiveParts(w io.Writer, p LivePage) error {
	return r.execute(w, lang(p.Frame), "liveparts", p)
}

// Explain writes why the calls of a request went where they went.
func (r *Renderer) Explain(w io.Writer, p ExplainPage) error {
	return r.page(w, "gateway_request", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "went.title"), p})
}

// A liveLine is one line of the plot.
type liveLine struct {
	Name, Ink, Path string
	End             string // what it is now
	EndAt           string // where its label stands, in percent
}

// A liveTick is a label at an axis.
type liveTick struct{ At, Label string }

// A livePlot is the last minutes, in a box of 1000 by 100.
type livePlot struct {
	Lines []liveLine
	Grid  string
	Ys    []liveTick
	Xs    []string // clock times, at even distances
	Rows  []liveRow
	Top   LivePoint // the most of each
	TopAt string
}

// A liveRow is a stretch of the plot as a line of a table.
type liveRow struct {
	From string
	LivePoint
}

const (
	plotPoints = 180 // that are drawn at most: neighbours are joined to their mean
	plotRows   = 15
	plotRoom   = .9 // of the height that the highest value takes
)

// Plot lays out the points; nil where there are none.
func (p LivePage) Plot() *livePlot {
	if len(p.Points) < 2 {
		return nil
	}
	drawn := joinedPoints(p.Points, plotPoints)
	var top LivePoint
	at := 0
	for i, o := range drawn {
		if o.Offered > top.Offered {
			at = i
		}
		top = LivePoint{max(top.Offered, o.Offered), max(top.Answered, o.Answered), max(top.Refused, o.Refused)}
	}
	ceiling := max(top.Offered, top.Answered, top.Refused, 1) / plotRoom
	clock := func(i, of int) string {
		ago := time.Duration(len(p.Points)) * time.Second * time.Duration(of-i) / time.Duration(of)
		return time.UnixMicro(p.At).Add(-ago).Format(map[bool]string{true: "15:04:05", false: "15:04"}[p.Minutes < 5])
	}
	o := &livePlot{Top: top, TopAt: clock(at, len(drawn))}
	o.lines(p, drawn, ceiling)
	step := niceStep(ceiling / 3)
	for y := 0.; y <= ceiling*1.001; y += step {
		o.Ys = append(o.Ys, liveTick{pct(100 - 100*y/ceiling), rated(y)})
		o.Grid += fmt.Sprintf("M0 %.1fH1000", 100-100*y/ceiling)
	}
	for i := range 4 {
		o.Xs = append(o.Xs, clock(i, 3))
	}
	for i, row := range joinedPoints(p.Points, plotRows) {
		o.Rows = append(o.Rows, liveRow{clock(i, min(plotRows, len(p.Points))), row})
	}
	return o
}

func (o *livePlot) lines(p LivePage, drawn []LivePoint, ceiling float64) {
	for _, l := range []struct {
		name, ink string
		of        func(LivePoint) float64
	}{
		{"offered", "s2 dash", func(o LivePoint) float64 { return o.Offered }},
		{"answered", "s1", func(o LivePoint) float64 { return o.Answered }},
		{"refused", "cb dot", func(o LivePoint) float64 { return o.Refused }},
	} {
		var path strings.Builder
		for i, point := range drawn {
			fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: " "}[i == 0], 1000*float64(i)/float64(len(drawn)-1), 100-100*l.of(point)/ceiling)
		}
		last := l.of(drawn[len(drawn)-1])
		o.Lines = append(o.Lines, liveLine{Name: l.name, Ink: l.ink, Path: path.String(), End: rated(last), EndAt: pct(min(100-100*last/ceiling, 97))})
	}
	// labels that would stand on one another are moved apart; the answered line needs none where it is the offered one
	if len(o.Lines) == 3 {
		a, _ := strconv.ParseFloat(strings.TrimSuffix(o.Lines[0].EndAt, "%"), 64)
		c, _ := strconv.ParseFloat(strings.TrimSuffix(o.Lines[2].EndAt, "%"), 64)
		if math.Abs(a-c) < 9 {
			o.Lines[0].EndAt = pct(max(min(a, c)-9, 4))
		}
	}
}

// joinedPoints are at most so many points, each the mean of its neighbours.
func joinedPoints(all []LivePoint, most int) []LivePoint {
	if len(all) <= most {
		return all
	}
	out := make([]LivePoint, most)
	for i := range out {
		from, to := i*len(all)/most, (i+1)*len(all)/most
		for _, o := range all[from:to] {
			out[i].Offered += o.Offered / float64(to-from)
			out[i].Answered += o.Answered / float64(to-from)
			out[i].Refused += o.Refused / float64(to-from)
		}
	}
	return out
}

// niceStep is the next of 1, 2 and 5 times a power of ten, at least 1.
func niceStep(x float64) float64 {
	for p := 1.; ; p *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if n*p >= x {
				return n * p
			}
		}
	}
}

// rated is a rate as it is read: with a digit behind the point where it is small.
func rated(x float64) string {
	if x < 10 && x != math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return num(int64(math.Round(x)))
}

// A liveBar is a level as a part of the whole, of 1000.
type liveBar struct {
	LiveLevel
	At, Wide int
}

// Bars are the levels, each where the one above it ends.
func (p LivePage) Bars() (out []liveBar) {
	at := 0.
	for _, l := range p.Levels {
		b := liveBar{LiveLevel: l}
		if p.Ended > 0 {
			b.At, b.Wide = int(1000*at/p.Ended), int(math.Round(1000*l.Rate/p.Ended))
			if l.Rate > 0 {
				b.Wide = max(b.Wide, 4)
			}
			b.At = min(b.At, 1000-b.Wide)
		}
		at += l.Rate
		out = append(out, b)
	}
	return out
}

// Spared is the share of the calls that never reached a model, in percent.
func (p LivePage) Spared() int {
	for _, l := range p.Levels {
		if l.Name == "model" && p.Ended > 0 {
			return int(math.Round(100 * (1 - l.Rate/p.Ended)))
		}
	}
	return 0
}

const cells = 128

// Cells are the places of the queue by who has them: "p", "v", "b" or "e". Where there are more than
// are drawn, one stands for several.
func (q LiveQueue) Cells() (out []string) {
	n := min(q.Places, cells)
	for i, l := range q.Lanes {
		for range shareOf(l.Waiting, n, q.Places) {
			out = append(out, []string{"p", "v", "b"}[i])
		}
	}
	out = out[:min(len(out), n)]
	for len(out) < n {
		out = append(out, "e")
	}
	return out
}

// PerCell is how many places one cell stands for.
func (q LiveQueue) PerCell() int { return (q.Places + cells - 1) / cells }

func shareOf(waiting, drawn, places int) int {
	if places == 0 || waiting == 0 {
		return 0
	}
	return max((waiting*drawn+places-1)/places, 1)
}

// Percent is the share of those refused, as the strip has it.
func (n LiveNow) Percent() string { return strconv.FormatFloat(100*n.Refused, 'f', 1, 64) }

// Ink is how the state of an engine is drawn.
func (e LiveEngine) Ink() string {
	return map[string]string{"ready": "ok", "failed": "bad", "stopped": "off"}[e.State] + map[string]string{"starting": "now", "draining": "now"}[e.State]
}

// Starts says that the engine can be started.
func (e LiveEngine) Starts() bool { return e.Held || e.State == "stopped" || e.State == "failed" }

// liveFunctions are what the templates of the live page may call beside the others.
func liveFunctions() template.FuncMap {
	return template.FuncMap{
		"rate":   rated,
		"second": func(us int64) string { return time.UnixMicro(us).Format(time.TimeOnly) },
		"tenth":  func(us int64) string { return time.UnixMicro(us).Format("15:04:05.0") },
	}
}
