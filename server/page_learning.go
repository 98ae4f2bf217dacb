package server

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"wenyuan/dataset"
	"wenyuan/eval/gate"
	"wenyuan/internal/scope"
	"wenyuan/train"
	"wenyuan/web"
)

// learningRoutes are the pages of the place Learning.
func learningRoutes() []route {
	return []route{
		{"GET", "/learning", "From what people ask to what learned from it", page(learningPage).needs(scope.Edit, scope.Review, scope.Own)},
		{"GET", "/learning/runs/{id}", "A training run with its curve", page(runPage).needs(scope.Edit, scope.Own)},
		{"GET", "/learning/runs/{id}/parts", "The parts of that page each second, as a stream of events", page(runParts).asLight().asLong().needs(scope.Edit, scope.Own)},
		{"POST", "/learning/runs/{id}/stop", "Stop a training run from the page", page(stopRunForm).needs(scope.Edit, scope.Own)},
		{"POST", "/learning/runs/{id}/resume", "Have a training run go on from the page", page(resumeRunForm).needs(scope.Edit, scope.Own)},
		{"GET", "/learning/gate/{id}", "A report of the gate", page(gatePage).needs(scope.Edit, scope.Review)},
	}
}

// listed is how many runs and reports the overview has.
const listed = 20

// learningPage shows the road.
func learningPage(s *Server, w http.ResponseWriter, r *request) (err error) {
	p := web.LearningPage{Trains: r.scope.May(scope.Edit) || r.scope.May(scope.Own), Reviews: r.scope.May(scope.Review)}
	if p.Frame, err = s.framed(r, "/learning"); err != nil {
		return err
	}
	if err := s.countSamples(r, &p); err != nil {
		return err
	}
	if p.Tasks, err = s.judgeTaskRows(r); err != nil {
		return err
	}
	sets, err := s.Sets.List(r.Context(), r.scope)
	if err != nil {
		return err
	}
	for _, f := range sets {
		p.Sets = append(p.Sets, setRow(f))
	}
	slices.SortFunc(p.Sets, func(a, b web.SetRow) int { return int(min(max(b.Created-a.Created, -1), 1)) })
	if p.Trains {
		runs, err := s.Training.List(r.Context(), r.scope, listed)
		if err != nil {
			return err
		}
		for _, run := range runs {
			p.Runs = append(p.Runs, runRow(run))
		}
	}
	if r.scope.May(scope.Edit) || r.scope.May(scope.Review) {
		reports, err := gate.List(r.Context(), s.Store, r.scope, listed)
		if err != nil {
			return err
		}
		for _, g := range reports {
			p.Reports = append(p.Reports, reportRow(g))
		}
	}
	if p.Releases, err = s.releaseRows(r, listed); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Learning(b, p) })
}

// countSamples counts what this person sees.
func (s *Server) countSamples(r *request, p *web.LearningPage) error {
	for state, n := range map[string]*int{dataset.Ready: &p.Samples, dataset.Aside: &p.Aside} {
		all, err := s.Sets.Count(r.Context(), r.scope, r.who, dataset.Filter{State: state})
		if err != nil {
			return err
		}
		*n = all.Samples
		p.More = p.More || all.More
		if state == dataset.Ready {
			p.Origins = all.Origins
		}
	}
	return nil
}

func runRow(run train.Run) web.RunRow {
	return web.RunRow{ID: run.ID, Name: run.Name, Method: string(run.Recipe.Method), Base: run.Recipe.Base, State: string(run.State), Step: run.Step, Steps: run.Steps, Why: run.Why, Created: run.Created}
}

func reportRow(g gate.Report) web.ReportRow {
	row := web.ReportRow{ID: g.ID, Subject: g.Subject.Name, Hash: g.Subject.Hash, Policy: g.Policy, State: string(g.State), Verdict: string(g.Verdict), Done: g.Done, Items: g.Items, Created: g.Created}
	if g.Against != nil {
		row.Against = g.Against.Hash
	}
	return row
}

// runView is the page of a run.
func (s *Server) runView(r *request) (p web.RunPage, err error) {
	run, err := s.Training.Get(r.Context(), r.scope, r.PathValue("id"))
	if err != nil {
		return p, err
	}
	curve, err := s.Training.Curve(r.Context(), r.scope, run.ID, 0)
	if err != nil {
		return p, err
	}
	p = web.RunPage{Run: runRow(run), Hash: run.Version, Dataset: run.Dataset, Made: run.Made, Advice: run.Advice, Facts: runFacts(run)}
	for _, m := range curve {
		p.Curve = append(p.Curve, web.RunPoint{Step: m.Step, Held: m.Held, Loss: m.Loss})
	}
	return p, nil
}

// runFacts are the figures of a run that are read beside its curve.
func runFacts(run train.Run) (all []web.Fact) {
	add := func(key, value string, n int) { all = append(all, web.Fact{Key: key, Value: value, N: n}) }
	if p := run.Prepared; p != nil {
		add("samples", "", p.Train.Samples)
		add("tokens", "", int(p.Train.Tokens))
		add("held", "", p.Held.Samples)
		for _, why := range slices.Sorted(maps.Keys(p.LeftOut)) {
			add("left."+why, "", p.LeftOut[why])
		}
	}
	if run.Recipe.Rank > 0 {
		add("rank", strconv.Itoa(run.Recipe.Rank), 0)
	}
	add("lr", strconv.FormatFloat(run.Recipe.LR, 'g', -1, 64), 0)
	add("seed", strconv.FormatUint(run.Recipe.Seed, 10), 0)
	return all
}

func runPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showRun(w, r, http.StatusOK, nil)
}

func (s *Server) showRun(w http.ResponseWriter, r *request, status int, problem *web.Problem) error {
	p, err := s.runView(r)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/learning/runs/"+p.Run.ID); err != nil {
		return err
	}
	p.Problem = problem
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Run(b, p) })
}

// runParts sends what changes on that page, each second until the reader leaves.
func runParts(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := s.Training.Get(r.Context(), r.scope, r.PathValue("id")); err != nil {
		return err
	}
	f := s.preferred(r)
	var b bytes.Buffer
	_, err := s.watching(w, r, func(e *events) error {
		p, err := s.runView(r)
		if err != nil {
			return err
		}
		p.Frame = f
		b.Reset()
		if err := s.web.RunParts(&b, p); err != nil {
			return err
		}
		if err := e.raw("parts", b.Bytes()); err != nil {
			e.stop(err)
		}
		return nil
	})
	return err
}

func stopRunForm(s *Server, w http.ResponseWriter, r *request) error {
	_, err := s.Training.Stop(r.Context(), r.scope, r.PathValue("id"))
	return s.turnedRun(w, r, err)
}

func resumeRunForm(s *Server, w http.ResponseWriter, r *request) error {
	_, err := s.Training.Resume(r.Context(), r.scope, r.PathValue("id"))
	return s.turnedRun(w, r, err)
}

func (s *Server) turnedRun(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		return seeOther(w, r, "/learning/runs/"+r.PathValue("id"))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showRun(w, r, status, view)
}

// gatePage shows a report of the gate.
func gatePage(s *Server, w http.ResponseWriter, r *request) error {
	g, err := gate.Find(r.Context(), s.Store, r.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := web.GatePage{Report: reportRow(g), Why: g.Error, Seed: strconv.FormatUint(g.Seed, 10)}
	if g.Finished > 0 {
		p.Took = g.Finished - g.Created
	}
	for _, part := range g.Parts {
		p.Parts = append(p.Parts, gatePart(part))
	}
	if p.Frame, err = s.framed(r, "/learning/gate/"+g.ID); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Gate(b, p) })
}

func gatePart(part gate.PartReport) web.GatePart {
	out := web.GatePart{Name: part.Name, Verdict: string(part.Verdict), Why: part.Why, N: part.Subject.N, Now: part.Subject.Share, Before: -1, Margin: part.Margin}
	if part.Against != nil && part.Difference != nil {
		out.Compared, out.Before = true, part.Against.Share
		out.Change, out.Low, out.High = part.Difference.Difference, part.Difference.Interval.Low, part.Difference.Interval.High
	}
	return out
}
