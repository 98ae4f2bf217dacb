package server

import (
	"bytes"
	"cmp"
	"io"
	"maps"
	"net/http"
	"slices"

	"wenyuan/dataset"
	"wenyuan/dataset/mine"
	"wenyuan/internal/scope"
	"wenyuan/trace"
	"wenyuan/web"
)

// miningPages are the pages of pairs that are made of what people did with answers. They are for who may review, as
// the verb is.
func miningPages() []route {
	return []route{
		{"GET", "/learning/mining", "What people did with answers, as pairs", page(miningPage).needs(scope.Review)},
		{"POST", "/learning/mining", "Order pairs from the page", page(orderMineForm).needs(scope.Review)},
		{"GET", "/learning/mining/{id}", "An order of one's own to make pairs, and what came of it", page(minePage).needs(scope.Review)},
		{"GET", "/learning/mining/{id}/parts", "The parts of that page each second, as a stream of events", page(mineParts).asLight().asLong().needs(scope.Review)},
		{"POST", "/learning/mining/{id}/stop", "Stop an order to make pairs from the page", page(stopMineForm).needs(scope.Review)},
	}
}

func miningPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showMining(w, r, http.StatusOK, false, nil)
}

func (s *Server) showMining(w http.ResponseWriter, r *request, status int, dry bool, problem *web.Problem) (err error) {
	p := web.MiningPage{Dry: dry, Problem: problem}
	if p.Frame, err = s.framed(r, "/learning/mining"); err != nil {
		return err
	}
	if err := s.mineStands(r, &p); err != nil {
		return err
	}
	runs, err := s.Sets.MineRuns(r.Context(), r.scope, r.identity)
	if err != nil {
		return err
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, mineRow(run))
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Mining(b, p) })
}

// mineStands counts the mined pairs that this person sees, by what they rest on.
func (s *Server) mineStands(r *request, p *web.MiningPage) error {
	most := 0
	for _, from := range []string{mine.FromCorrection, mine.FromVotes, mine.FromChecks, mine.FromAgain, mine.FromArms} {
		x := web.MinedStand{From: from}
		for state, n := range map[string]*int{dataset.Ready: &x.Ready, dataset.Aside: &x.Aside} {
			all, err := s.Sets.Count(r.Context(), r.scope, r.who, dataset.Filter{Sources: []string{trace.Mined + from}, State: state})
			if err != nil {
				return err
			}
			*n, p.More = all.Samples, p.More || all.More
		}
		if x.Total() > 0 {
			p.Stand, most = append(p.Stand, x), max(most, x.Total())
		}
	}
	for i := range p.Stand {
		p.Stand[i].Most = most
	}
	return nil
}

func mineRow(run dataset.MineRun) web.MineRow {
	return web.MineRow{ID: run.ID, Dry: run.Dry, State: run.State, Answers: run.Report.Answers, New: run.Report.Samples, Aside: run.Report.Aside, Created: run.Created, Finished: run.Finished}
}

func orderMineForm(s *Server, w http.ResponseWriter, r *request) error {
	dry := r.PostFormValue("dry") == "yes"
	run, err := s.Sets.OrderMine(r.Context(), r.scope, r.identity, dry)
	if err == nil {
		return seeOther(w, r, "/learning/mining/"+run.ID)
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showMining(w, r, status, dry, view)
}

// mineView is the page of an order.
func (s *Server) mineView(r *request) (p web.MinePage, err error) {
	run, err := s.Sets.MineRun(r.Context(), r.scope, r.identity, r.PathValue("id"))
	if err != nil {
		return p, err
	}
	p = web.MinePage{Run: mineRow(run), Why: run.Error, Stage: run.At.Stage, Done: run.At.Done, Of: run.At.Of}
	if run.State == dataset.Done {
		p.Report = mineReport(run.Report)
	}
	return p, nil
}

func mineReport(m dataset.Mined) *web.MineReport {
	out := &web.MineReport{Answers: m.Answers, New: m.Samples, Known: m.Known, Aside: m.Aside, Scored: m.Scored, Gone: m.Gone, People: m.People, Capped: m.Capped, Busiest: m.Busiest,
		Before: m.Lengths.Before, After: m.Lengths.After, RatioBefore: m.Lengths.RatioBefore, RatioAfter: m.Lengths.RatioAfter, Cut: m.Cut,
		Pairs: counted("mined.act.", "", m.Pairs), Left: counted("mine.left.", "faint", m.Left)}
	for _, name := range slices.Sorted(maps.Keys(m.Arms)) {
		out.Arms = append(out.Arms, web.MineArm{Name: name, Score: m.Arms[name]})
	}
	return out
}

// counted are counts as bars, the most first; what there is none of is left out.
func counted(prefix, ink string, counts map[string]int) []web.Bar {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	names = slices.DeleteFunc(names, func(name string) bool { return counts[name] == 0 })
	return web.BarsOf(prefix, ink, names, func(name string) int { return counts[name] })
}

func minePage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showMine(w, r, http.StatusOK, nil)
}

func (s *Server) showMine(w http.ResponseWriter, r *request, status int, problem *web.Problem) error {
	p, err := s.mineView(r)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/learning/mining/"+p.Run.ID); err != nil {
		return err
	}
	p.Problem = problem
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Mine(b, p) })
}

// mineParts sends what changes on that page, each second until the reader leaves.
func mineParts(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := s.mineView(r); err != nil {
		return err
	}
	f := s.preferred(r)
	return s.parted(w, r, func(b io.Writer) error {
		p, err := s.mineView(r)
		if err != nil {
			return err
		}
		p.Frame = f
		return s.web.MineParts(b, p)
	})
}

// parted sends the parts of a page each second, as write makes them.
func (s *Server) parted(w http.ResponseWriter, r *request, write func(io.Writer) error) error {
	var b bytes.Buffer
	_, err := s.watching(w, r, func(e *events) error {
		b.Reset()
		if err := write(&b); err != nil {
			return err
		}
		if err := e.raw("parts", b.Bytes()); err != nil {
			e.stop(err)
		}
		return nil
	})
	return err
}

func stopMineForm(s *Server, w http.ResponseWriter, r *request) error {
	err := s.Sets.StopMine(r.Context(), r.scope, r.identity, r.PathValue("id"))
	if err == nil {
		return seeOther(w, r, "/learning/mining/"+r.PathValue("id"))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showMine(w, r, status, view)
}
