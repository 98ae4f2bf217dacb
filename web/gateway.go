package web

import (
	"io"
	"slices"
)

// Drift writes how the replicas of a model compare.
func (r *Renderer) Drift(w io.Writer, p DriftPage) error {
	return r.page(w, "gateway_drift", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "drift"), p})
}

// Caches writes what the levels of the cache hold.
func (r *Renderer) Caches(w io.Writer, p CachesPage) error {
	return r.page(w, "gateway_caches", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "caches"), p})
}

// Splits writes which versions are in use.
func (r *Renderer) Splits(w io.Writer, p SplitsPage) error {
	return r.page(w, "gateway_splits", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "splits"), p})
}

// Usage writes what was used of models.
func (r *Renderer) Usage(w io.Writer, p UsagePage) error {
	return r.page(w, "gateway_usage", layout{p.Frame, GatewayPlace, must(lang(p.Frame), "usage.title"), p})
}

// Plot lays out the requests by day; nil where nothing was asked.
func (p UsagePage) Plot() *plot {
	totals := map[string]int{}
	for _, d := range p.ByDay {
		for model, n := range d.Models {
			totals[model] += int(n)
		}
	}
	out := &plot{Series: seriesOf(totals), Wide: barStep*len(p.ByDay) - (barStep - barWide)}
	for _, d := range p.ByDay {
		row := dayRow{Day: day(d.At), Counts: make([]int, len(out.Series))}
		for model, n := range d.Models {
			row.Counts[out.at(model)] += int(n)
			row.Total += int(n)
		}
		if row.Total > out.Most {
			out.Most, out.MostDay = row.Total, row.Day
		}
		out.Total += row.Total
		out.Rows = append(out.Rows, row)
	}
	if out.Total == 0 {
		return nil
	}
	out.From, out.To = out.Rows[0].Day, out.Rows[len(out.Rows)-1].Day
	out.stack()
	out.Rows = slices.DeleteFunc(out.Rows, func(r dayRow) bool { return r.Total == 0 })
	slices.Reverse(out.Rows)
	return out
}
