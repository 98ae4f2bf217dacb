package web

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Releases writes the list of releases, with the form that begins one.
func (r *Renderer) Releases(w io.Writer, p ReleasesPage) error {
	return r.page(w, "learning_releases", layout{p.Frame, LearningPlace, must(lang(p.Frame), "releases"), p})
}

// Release writes a release.
func (r *Renderer) Release(w io.Writer, p ReleasePage) error {
	return r.page(w, "learning_release", layout{p.Frame, LearningPlace, p.Release.Model, p})
}

// ReleaseParts writes what changes on the page of a release while it is under way, and nothing around it.
func (r *Renderer) ReleaseParts(w io.Writer, p ReleasePage) error {
	return r.execute(w, lang(p.Frame), "releaseparts", p)
}

// A ReleaseRow is a release in the list.
type ReleaseRow struct {
	ID, Model, Adapter, Hash string
	State                    string // "checking", "running", "paused", "live", "back" or "refused"
	Share                    int    // of 10000
	Why                      string // as a message
	Created                  int64  // UTC microseconds
}

// Ink is the mark of a state.
func (r ReleaseRow) Ink() string {
	switch r.State {
	case "live":
		return "ok"
	case "back", "refused":
		return "bad"
	case "paused":
		return "warn"
	}
	return "now"
}

// Percent is the share.
func (r ReleaseRow) Percent() string { return hundredths(r.Share) }

// hundredths writes a share of 10000 as a percentage.
func hundredths(share int) string { return strconv.FormatFloat(float64(share)/100, 'f', -1, 64) }

// ReleasesPage is `/learning/releases`.
type ReleasesPage struct {
	Frame
	Releases []ReleaseRow
	Models   []string // that an adapter may stand on
	Order    ReleaseOrder
	Owner    bool
	Problem  *Problem
}

// A ReleaseOrder is what was written into the form.
type ReleaseOrder struct {
	Model, On, Adapter, Steps string
	Accept                    bool
}

// ReleasePage is `/learning/releases/ID`.
type ReleasePage struct {
	Frame
	Release   ReleaseRow
	On        string
	Candidate string // hashes of the model's versions
	Before    string
	Steps     []int // shares, of 10000
	Step      int
	Waits     string // as a message
	Checked   *ReleaseCheck
	Signals   []ReleaseSignal
	Answers   int    // of the new version, that a step waits for
	Took      int64  // microseconds that a step takes at least
	Alpha     string // in percent
	Drop      string
	Kept      int64 // until when what was in use before is at hand, UTC microseconds; 0: it is not
	Owner     bool
	Problem   *Problem
}

// A ReleaseCheck is what came out when the served adapter was asked.
type ReleaseCheck struct {
	Asked, Differ, Adapter, Base int
	Slowest                      int64  // microseconds
	Engine                       string // its last words, for operators; "" none
}

// A ReleaseSignal is what is watched.
type ReleaseSignal struct {
	Name         string  // its words are "signal.NAME" and "signal.how.NAME"
	New, Old     float64 // shares
	NewOf, OldOf int
	Low, High    float64 // of New less Old
	Evidence     float64 // 0 to 1
	Bound        float64 // share of the new version at which it is taken back; 0: not known
	Points       []ReleasePoint
}

// Percent is the evidence.
func (s ReleaseSignal) Percent() int { return int(math.Round(100 * s.Evidence)) }

// Ink is the mark of a signal.
func (s ReleaseSignal) Ink() string {
	switch {
	case s.Evidence >= 1:
		return "bad"
	case s.Evidence >= .5:
		return "warn"
	case s.NewOf == 0 || s.OldOf == 0:
		return "off"
	}
	return "ok"
}

// A ReleasePoint is how a signal stood.
type ReleasePoint struct {
	At              int64 // UTC microseconds
	Share           int   // of 10000, of those who asked then
	N               int   // answers of the new version
	New, Old, Bound float64
}

// Going says that a release is under way, so that its page changes.
func (p ReleasePage) Going() bool {
	return slices.Contains([]string{"checking", "running", "paused"}, p.Release.State)
}

// Taken says that it can be taken back.
func (p ReleasePage) Taken() bool { return p.Owner && (p.Going() || p.Release.State == "live") }

// A ReleaseStep is a step on the bar.
type ReleaseStep struct {
	Percent string
	Ink     string // "ok", "now" or "off"
}

// Bar lays out the steps.
func (p ReleasePage) Bar() (all []ReleaseStep) {
	for i, s := range p.Steps {
		one := ReleaseStep{hundredths(s), "off"}
		switch {
		case p.Release.State == "live" || p.Release.State != "checking" && p.Release.State != "refused" && i < p.Step:
			one.Ink = "ok"
		case i == p.Step && (p.Release.State == "running" || p.Release.State == "paused"):
			one.Ink = "now"
		case i == p.Step && p.Release.State == "back":
			one.Ink = "bad"
		}
		all = append(all, one)
	}
	return all
}

// Curves are the signals of which there is a curve.
func (p ReleasePage) Curves() []ReleaseSignal {
	return slices.DeleteFunc(slices.Clone(p.Signals), func(s ReleaseSignal) bool { return s.Plot() == nil })
}

// A releasePlot is the curve of a signal, in a box of 1000 by 100: shares by answers of the new version.
type releasePlot struct {
	Lines []liveLine
	Grid  string
	Ys    []liveTick
	Moved string // where the share grew
	Last  int
	Rows  []ReleasePoint
}

const releaseRows = 15

// Plot lays out the points; nil where there are fewer than two.
func (s ReleaseSignal) Plot() *releasePlot {
	points := slices.DeleteFunc(slices.Clone(s.Points), func(p ReleasePoint) bool { return p.N == 0 || p.Old == 0 && p.New == 0 })
	if len(points) < 2 || points[len(points)-1].N == points[0].N {
		return nil
	}
	low, high := 1., 0.
	for _, p := range points {
		low, high = min(low, p.New, p.Old), max(high, p.New, p.Old)
		if p.Bound > 0 {
			low = min(low, max(p.Bound, p.Old-.2))
		}
	}
	low, high = math.Floor(20*low-.1)/20, math.Min(1, math.Ceil(20*high+.1)/20)
	low = max(0, min(low, high-.05))
	o := &releasePlot{Last: points[len(points)-1].N}
	y := func(share float64) float64 { return 100 - 100*max(0, min(1, (share-low)/(high-low))) }
	for _, l := range []struct {
		name, ink string
		of        func(ReleasePoint) float64
	}{{"new", "s1", func(p ReleasePoint) float64 { return p.New }}, {"old", "s2 dash", func(p ReleasePoint) float64 { return p.Old }}, {"bound", "bad dot", func(p ReleasePoint) float64 { return p.Bound }}} {
		o.line(l.name, l.ink, points, l.of, y)
	}
	apart(o.Lines)
	step := .05
	if high-low > .3 {
		step = .1
	}
	for at := low; at <= high+.001; at += step {
		o.Ys = append(o.Ys, liveTick{pct(y(at)), fmt.Sprintf("%.0f %%", 100*at)})
		o.Grid += fmt.Sprintf("M0 %.1fH1000", y(at))
	}
	for i := 1; i < len(points); i++ {
		if points[i].Share != points[i-1].Share {
			o.Moved += fmt.Sprintf("M%.1f 0V100", 1000*float64(points[i-1].N)/float64(o.Last))
		}
	}
	every := max(1, len(points)/releaseRows)
	for i := len(points) - 1; i >= 0; i -= every {
		o.Rows = append(o.Rows, points[i])
	}
	return o
}

// line draws a share by the answers of the new version; neighbours are left out where there are many.
func (o *releasePlot) line(name, ink string, points []ReleasePoint, of func(ReleasePoint) float64, y func(float64) float64) {
	var path strings.Builder
	every, last := max(1, len(points)/plotPoints), -1.
	for i, p := range points {
		if of(p) == 0 || i%every != 0 && i != len(points)-1 {
			continue
		}
		last = of(p)
		fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: " "}[path.Len() == 0], 1000*float64(p.N)/float64(max(o.Last, 1)), y(last))
	}
	if last >= 0 {
		o.Lines = append(o.Lines, liveLine{Name: name, Ink: ink, Path: path.String(), End: strconv.FormatFloat(100*last, 'f', 1, 64) + " %", EndAt: pct(min(y(last), 97))})
	}
}

// apart moves labels that would stand over one another.
func apart(lines []liveLine) {
	at := func(l liveLine) float64 { f, _ := strconv.ParseFloat(strings.TrimSuffix(l.EndAt, "%"), 64); return f }
	order := slices.Clone(lines)
	slices.SortStableFunc(order, func(a, b liveLine) int { return cmp.Compare(at(a), at(b)) })
	before := -10.
	for _, l := range order {
		now := max(at(l), before+9)
		for i := range lines {
			if lines[i].Name == l.Name {
				lines[i].EndAt = pct(now)
			}
		}
		before = now
	}
}
