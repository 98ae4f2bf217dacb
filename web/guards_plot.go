package web

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// plotted is how many checks the plot tells apart; the others are one.
const plotted = 3

// A series is a check in the plot.
type series struct {
	Check string // "" for the others
	Ink   string
	Total int
}

// A piece of a bar, in the units of the plot's box.
type stack struct {
	Ink           string
	At, Top, High int
}

// A dayRow is a day of the plot's table.
type dayRow struct {
	Day    string
	Counts []int // by series
	Total  int
}

// A plot is what was met by day.
type plot struct {
	Series   []series
	Bars     []stack
	Wide     int
	Total    int
	Most     int
	MostDay  string
	From, To string
	Rows     []dayRow // days on which something was met, newest first
}

const barWide, barStep = 8, 10

// Plot lays out the days; nil where nothing was met.
func (p IncidentsPage) Plot() *plot {
	totals := map[string]int{}
	for _, d := range p.Days {
		for check, n := range d.Counts {
			totals[check] += n
		}
	}
	if len(totals) == 0 {
		return nil
	}
	out := &plot{Series: seriesOf(totals), Wide: barStep*len(p.Days) - (barStep - barWide)}
	out.From, out.To = day(p.Days[0].At), day(p.Days[len(p.Days)-1].At)
	for _, d := range p.Days {
		row := dayRow{Day: day(d.At), Counts: make([]int, len(out.Series))}
		for check, n := range d.Counts {
			row.Counts[out.at(check)] += n
			row.Total += n
		}
		if row.Total > out.Most {
			out.Most, out.MostDay = row.Total, row.Day
		}
		out.Total += row.Total
		out.Rows = append(out.Rows, row)
	}
	out.stack()
	out.Rows = slices.DeleteFunc(out.Rows, func(r dayRow) bool { return r.Total == 0 })
	slices.Reverse(out.Rows)
	return out
}

// seriesOf are the checks that met most, and the others.
func seriesOf(totals map[string]int) []series {
	var all []series
	for check, n := range totals {
		all = append(all, series{Check: check, Total: n})
	}
	slices.SortFunc(all, func(a, b series) int {
		return cmp.Or(b.Total-a.Total, strings.Compare(a.Check, b.Check))
	})
	if len(all) > plotted+1 {
		rest := series{}
		for _, s := range all[plotted:] {
			rest.Total += s.Total
		}
		all = append(all[:plotted], rest)
	}
	for i := range all {
		all[i].Ink = []string{"m3", "m2", "m1", "m0"}[i]
	}
	return all
}

func (o *plot) at(check string) int {
	if i := slices.IndexFunc(o.Series, func(s series) bool { return s.Check == check }); i >= 0 {
		return i
	}
	return len(o.Series) - 1
}

// stack builds the bars from the ground up, the first series lowest.
func (o *plot) stack() {
	for i, r := range o.Rows {
		below := 0
		for n, count := range r.Counts {
			if count == 0 {
				continue
			}
			from, to := below*100/o.Most, (below+count)*100/o.Most
			o.Bars = append(o.Bars, stack{Ink: o.Series[n].Ink, At: barStep * i, Top: 100 - to, High: to - from})
			below += count
		}
	}
}

func day(us int64) string { return time.UnixMicro(us).Format("2006-01-02") }
