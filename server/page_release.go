package server

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/release"
	"wenyuan/web"
)

// releasePages are the pages of releases.
func releasePages() []route {
	looks := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/learning/releases", "The releases of adapters", page(releasesPage).needs(looks...)},
		{"POST", "/learning/releases", "Begin a release from the page", page(startReleaseForm).needs(scope.Own)},
		{"GET", "/learning/releases/{id}", "A release with its curves", page(releasePage).needs(looks...)},
		{"GET", "/learning/releases/{id}/parts", "The parts of that page each second, as a stream of events", page(releaseParts).asLight().asLong().needs(looks...)},
		{"POST", "/learning/releases/{id}/back", "Take a release back from the page", page(turnRelease("back")).needs(scope.Own)},
		{"POST", "/learning/releases/{id}/pause", "Hold a release from the page", page(turnRelease("pause")).needs(scope.Own)},
		{"POST", "/learning/releases/{id}/go", "Have a release go on from the page", page(turnRelease("go")).needs(scope.Own)},
		{"POST", "/learning/releases/{id}/move", "Give a release a share from the page", page(moveReleaseForm).needs(scope.Own)},
	}
}

func releasesPage(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	return s.showReleases(w, r, http.StatusOK, web.ReleasesPage{Order: web.ReleaseOrder{Adapter: q.Get("adapter"), Model: q.Get("model")}})
}

// showReleases shows the list, with the form as it was filled in.
func (s *Server) showReleases(w http.ResponseWriter, r *request, status int, p web.ReleasesPage) (err error) {
	if p.Frame, err = s.framed(r, "/learning/releases"); err != nil {
		return err
	}
	if p.Releases, err = s.releaseRows(r, release.MaxList); err != nil {
		return err
	}
	if p.Owner = r.scope.May(scope.Own); p.Owner {
		for _, m := range s.Gateway.List(r.scope.Space()) {
			if m.Declared && slices.Contains(m.Can, gateway.Chat) {
				p.Models = append(p.Models, m.Name)
			}
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Releases(b, p) })
}

// releaseRows are the newest releases.
func (s *Server) releaseRows(r *request, limit int) (rows []web.ReleaseRow, err error) {
	all, err := s.Releases.List(r.Context(), r.scope, limit)
	for _, one := range all {
		rows = append(rows, releaseRow(one))
	}
	return rows, err
}

func releaseRow(one release.Release) web.ReleaseRow {
	return web.ReleaseRow{ID: one.ID, Model: one.Model, Adapter: one.Adapter, Hash: one.Hash, State: string(one.State), Share: one.Share, Why: one.Why, Created: one.Created}
}

// startReleaseForm begins a release.
func startReleaseForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	typed := web.ReleaseOrder{Model: form("model"), On: form("on"), Adapter: form("adapter"), Steps: form("steps"), Accept: form("accept") == "yes"}
	o := release.Order{Model: typed.Model, On: typed.On, Adapter: typed.Adapter, Accept: typed.Accept}
	var err error
	if typed.Steps != "" {
		o.Steps, err = stepsOf(typed.Steps)
	}
	var one release.Release
	if err == nil {
		one, err = s.Releases.Start(r.Context(), r.scope, r.identity, o)
	}
	if err == nil {
		return seeOther(w, r, "/learning/releases/"+one.ID)
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showReleases(w, r, status, web.ReleasesPage{Order: typed, Problem: view})
}

// stepsOf reads percentages.
func stepsOf(text string) (all []int, err error) {
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "，", ","), ",") {
		share, err := shareOf(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part), "%")))
		if err != nil {
			return nil, err
		}
		all = append(all, share)
	}
	return all, nil
}

// releaseView is the page of a release.
func (s *Server) releaseView(r *request) (p web.ReleasePage, err error) {
	one, err := s.Releases.Get(r.Context(), r.scope, r.PathValue("id"))
	if err != nil {
		return p, err
	}
	curve, err := s.Releases.Curve(r.Context(), r.scope, one.ID)
	if err != nil {
		return p, err
	}
	share := func(x float64) string { return strconv.FormatFloat(100*x, 'f', -1, 64) }
	p = web.ReleasePage{Release: releaseRow(one), On: one.On, Candidate: one.Candidate, Before: one.Before, Steps: one.Terms.Steps, Step: one.Step, Waits: one.Waits,
		Answers: one.Terms.LeastAnswers, Took: one.Terms.LeastTime * 1000, Alpha: share(one.Terms.Alpha), Drop: share(one.Terms.Drop), Kept: one.Kept, Owner: r.scope.May(scope.Own)}
	if c := one.Checked; c != nil {
		p.Checked = &web.ReleaseCheck{Asked: c.Asked, Differ: c.Differ, Adapter: c.Adapter, Base: c.Base, Slowest: c.Slowest, Engine: c.Engine}
	}
	for _, x := range one.Signals {
		v := web.ReleaseSignal{Name: x.Name, New: x.New.Share(), Old: x.Old.Share(), NewOf: x.New.Of, OldOf: x.Old.Of, Low: x.Low, High: x.High, Evidence: x.Evidence, Bound: x.Bound}
		for _, c := range curve {
			if c.Signal == x.Name {
				v.Points = append(v.Points, web.ReleasePoint{At: c.At, Share: c.Share, N: c.New.Of, New: c.New.Share(), Old: c.Old.Share(), Bound: c.Bound})
			}
		}
		p.Signals = append(p.Signals, v)
	}
	return p, nil
}

func releasePage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showRelease(w, r, http.StatusOK, nil)
}

func (s *Server) showRelease(w http.ResponseWriter, r *request, status int, problem *web.Problem) error {
	p, err := s.releaseView(r)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/learning/releases/"+p.Release.ID); err != nil {
		return err
	}
	p.Problem = problem
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Release(b, p) })
}

// releaseParts sends what changes on that page, each second until the reader leaves.
func releaseParts(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := s.Releases.Get(r.Context(), r.scope, r.PathValue("id")); err != nil {
		return err
	}
	f := s.preferred(r)
	var b bytes.Buffer
	_, err := s.watching(w, r, func(e *events) error {
		p, err := s.releaseView(r)
		if err != nil {
			return err
		}
		p.Frame = f
		b.Reset()
		if err := s.web.ReleaseParts(&b, p); err != nil {
			return err
		}
		if err := e.raw("parts", b.Bytes()); err != nil {
			e.stop(err)
		}
		return nil
	})
	return err
}

// turnRelease does what a button of the page says.
func turnRelease(how string) func(s *Server, w http.ResponseWriter, r *request) error {
	return func(s *Server, w http.ResponseWriter, r *request) (err error) {
		ctx, id := r.Context(), r.PathValue("id")
		switch how {
		case "back":
			_, err = s.Releases.Back(ctx, r.scope, r.identity, id, "")
		case "pause":
			_, err = s.Releases.Pause(ctx, r.scope, r.identity, id)
		case "go":
			_, err = s.Releases.Go(ctx, r.scope, r.identity, id)
		}
		return s.turnedRelease(w, r, err)
	}
}

func moveReleaseForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	share, err := shareOf(strings.TrimSpace(r.PostForm.Get("share")))
	if err == nil {
		_, err = s.Releases.Move(r.Context(), r.scope, r.identity, r.PathValue("id"), share)
	}
	return s.turnedRelease(w, r, err)
}

func (s *Server) turnedRelease(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		return seeOther(w, r, "/learning/releases/"+r.PathValue("id"))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showRelease(w, r, status, view)
}
