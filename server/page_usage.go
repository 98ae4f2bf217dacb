package server

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"wenyuan/gateway/usage"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// usageRows is how many lines the page of usage has.
const usageRows = 200

// What the page of usage may tell apart, and how far back it goes, in days.
var (
	usageBy   = []string{"model", "person", "key", "day", "version"}
	usageDays = []int{7, 30, 90}
)

// usagePage shows what was used of models by plain requests.
func usagePage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := web.UsagePage{Frame: f, By: cmp.Or(oneOf(q.Get("by"), usageBy...), "model"), Days: 30, House: r.scope.May(scope.Operate), EachBy: usageBy, EachDays: usageDays}
	if p.House {
		p.EachBy = append(slices.Clone(usageBy), "space")
		p.By = cmp.Or(oneOf(q.Get("by"), p.EachBy...), "model")
	}
	if n, err := strconv.Atoi(q.Get("days")); err == nil && slices.Contains(usageDays, n) {
		p.Days = n
	}
	in := usageRequest{}
	for name, to := range map[string]*string{"model": &in.Model, "person": &in.Person, "key": &in.Key} {
		if *to = shortened(q.Get(name), maxModelName); *to != "" {
			p.OfWhat, p.For = name, *to
		}
	}
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-p.Days)
	in.From = first.Format(time.DateOnly)
	if err := s.fillUsage(r, &p, in, first); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Usage(b, p) })
}

// fillUsage reads the lines of the page and the requests by day, from the first day on.
func (s *Server) fillUsage(r *request, p *web.UsagePage, in usageRequest, first time.Time) error {
	in.By = []string{p.By}
	list, err := usageOf(s, r, in)
	if err != nil {
		return err
	}
	sums, all := map[string]*amount{}, &amount{}
	for _, x := range list.Usage {
		name := map[string]string{"model": x.Model, "version": short(x.Version), "person": x.Person, "key": x.Key, "day": x.Day, "space": x.Space}[p.By]
		if sums[name] == nil {
			sums[name] = &amount{}
		}
		sums[name].add(x)
		all.add(x)
	}
	for name, a := range sums {
		p.Rows = append(p.Rows, web.UsageRow{Name: name, UsageSum: a.view()})
	}
	slices.SortFunc(p.Rows, func(a, b web.UsageRow) int {
		if p.By == "day" {
			return cmp.Compare(b.Name, a.Name)
		}
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name))
	})
	p.More = max(len(p.Rows)-usageRows, 0)
	p.Rows, p.Total = p.Rows[:len(p.Rows)-p.More], all.view()
	in.By = []string{"day", "model"}
	if list, err = usageOf(s, r, in); err != nil {
		return err
	}
	for i := range p.Days {
		at := first.AddDate(0, 0, i)
		d := web.UsageDay{At: at.UnixMicro(), Models: map[string]int64{}}
		for _, x := range list.Usage {
			if x.Day == at.Format(time.DateOnly) {
				d.Models[x.Model] += x.Requests
			}
		}
		p.ByDay = append(p.ByDay, d)
	}
	return nil
}

// An amount adds up what was used; currencies are not added to one another.
type amount struct {
	usage.Amount
	cost map[string]float64
}

func (a *amount) add(x usageSum) {
	a.Requests, a.Failed, a.Cached, a.In, a.Out = a.Requests+x.Requests, a.Failed+x.Failed, a.Cached+x.Cached, a.In+x.In, a.Out+x.Out
	if x.Money != 0 {
		if a.cost == nil {
			a.cost = map[string]float64{}
		}
		a.cost[x.Currency] += x.Money
	}
}

func (a *amount) view() web.UsageSum {
	return web.UsageSum{Requests: a.Requests, Failed: a.Failed, Cached: a.Cached, In: a.In, Out: a.Out, Cost: costs(a.cost)}
}
