package server

import (
	"wenyuan/internal/scope"
	"wenyuan/release"
)

// releaseRoutes are the doors to releases.
func releaseRoutes() []route {
	looks := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/api/releases", "List the releases of adapters, newest first", reply(releases).needs(looks...)},
		{"POST", "/api/releases", "Release an adapter: it is loaded and asked, and then given to those who ask, a share at a time", reply(startRelease).needs(scope.Own)},
		{"GET", "/api/releases/{id}", "Show a release, and how its signals stand", reply(oneRelease).asLight().needs(looks...)},
		{"GET", "/api/releases/{id}/curve", "How the signals of a release went", reply(releaseCurve).needs(looks...)},
		{"POST", "/api/releases/{id}/back", "Take a release back, also one that is live: the model answers as before from now on", reply(backRelease).needs(scope.Own)},
		{"POST", "/api/releases/{id}/pause", "Keep the share of a release as it is; it is watched all the same", reply(pauseRelease).needs(scope.Own)},
		{"POST", "/api/releases/{id}/go", "Have a release go on that was held", reply(goRelease).needs(scope.Own)},
		{"POST", "/api/releases/{id}/move", "Give a release a share by hand; all of it makes it live", reply(moveRelease).needs(scope.Own)},
	}
}

type releasesRequest struct {
	Limit int `query:"limit" doc:"1 to 500; 50 by default"`
}

type releaseList struct {
	Releases []release.Release `json:"releases"`
}

// tellRelease puts what is said of a release into the reader's language.
func (r *request) tellRelease(one release.Release) release.Release {
	one.Why, one.Waits = r.tell(one.Why), r.tell(one.Waits)
	return one
}

func releases(s *Server, r *request, in releasesRequest) (releaseList, error) {
	all, err := s.Releases.List(r.Context(), r.scope, in.Limit)
	for i := range all {
		all[i] = r.tellRelease(all[i])
	}
	return releaseList{all}, err
}

func startRelease(s *Server, r *request, in release.Order) (release.Release, error) {
	one, err := s.Releases.Start(r.Context(), r.scope, r.identity, in)
	return r.tellRelease(one), err
}

func oneRelease(s *Server, r *request, in idRequest) (release.Release, error) {
	one, err := s.Releases.Get(r.Context(), r.scope, in.ID)
	return r.tellRelease(one), err
}

type releaseCurveReply struct {
	State release.State   `json:"state"`
	Curve []release.Point `json:"curve" doc:"by time; about two hundred points for each step and signal"`
}

func releaseCurve(s *Server, r *request, in idRequest) (out releaseCurveReply, err error) {
	one, err := s.Releases.Get(r.Context(), r.scope, in.ID)
	if err != nil {
		return out, err
	}
	out.State = one.State
	out.Curve, err = s.Releases.Curve(r.Context(), r.scope, in.ID)
	return out, err
}

type backReleaseRequest struct {
	ID     string `path:"id"`
	Reason string `json:"reason,omitempty" doc:"up to 2000 characters"`
}

func backRelease(s *Server, r *request, in backReleaseRequest) (release.Release, error) {
	one, err := s.Releases.Back(r.Context(), r.scope, r.identity, in.ID, in.Reason)
	return r.tellRelease(one), err
}

func pauseRelease(s *Server, r *request, in idRequest) (release.Release, error) {
	one, err := s.Releases.Pause(r.Context(), r.scope, r.identity, in.ID)
	return r.tellRelease(one), err
}

func goRelease(s *Server, r *request, in idRequest) (release.Release, error) {
	one, err := s.Releases.Go(r.Context(), r.scope, r.identity, in.ID)
	return r.tellRelease(one), err
}

type moveReleaseRequest struct {
	ID    string `path:"id"`
	Share int    `json:"share" doc:"of those who ask, of 10000"`
}

func moveRelease(s *Server, r *request, in moveReleaseRequest) (release.Release, error) {
	one, err := s.Releases.Move(r.Context(), r.scope, r.identity, in.ID, in.Share)
	return r.tellRelease(one), err
}
