package server

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"wenyuan/gateway/cache"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// cachesPage shows what the levels of the cache hold: counts, and nothing of what was answered.
func cachesPage(s *Server, w http.ResponseWriter, r *request) error {
	p := web.CachesPage{Done: did(r, "purged")}
	p.Gone, _ = strconv.ParseInt(r.URL.Query().Get("n"), 10, 64)
	return s.showCaches(w, r, http.StatusOK, p)
}

func (s *Server) showCaches(w http.ResponseWriter, r *request, status int, p web.CachesPage) (err error) {
	if p.Frame, err = s.framed(r, "/gateway/caches"); err != nil {
		return err
	}
	known, err := s.Gateway.AlikeKnown(r.Context(), r.scope)
	if err != nil {
		return err
	}
	look := cache.Look{}
	if p.Operates = r.scope.May(scope.Operate); p.Operates { // it tells of every space
		look = s.Gateway.CacheLook()
	}
	p.Semantic = web.CacheSemantic{Bound: known.Bound, Pairs: known.Pairs, Neighbourhoods: known.Neighbourhoods, Judged: known.Judged, Wrong: known.Wrong}
	p.Open, p.Largest, p.Refused, p.Purged, p.Lost, p.Timeouts = look.Open, look.Largest, look.Refused, look.Purged, look.Lost, look.Timeouts
	p.Engine, p.Latency, p.Resting = look.Engine, look.Latency.Microseconds(), look.Resting
	p.EachKind = []string{cache.OfDocument, cache.OfPrompt, cache.OfAssistant, cache.OfModel}
	for _, l := range look.Levels {
		p.Levels = append(p.Levels, web.CacheLevel{Name: string(l.Level), Hits: l.Hits, Stale: l.Stale, Misses: l.Misses, Entries: l.Entries, Bytes: l.Bytes, Most: l.Limit, Evicted: l.Evicted})
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Caches(b, p) })
}

// purgeForm forgets answers.
func purgeForm(s *Server, w http.ResponseWriter, r *request) error {
	in := purgeRequest{Kind: strings.TrimSpace(r.PostFormValue("kind")), Name: strings.TrimSpace(r.PostFormValue("name")), House: r.PostFormValue("house") != ""}
	out, err := purgeCache(s, r, in)
	if err == nil {
		return seeOther(w, r, "/gateway/caches?"+url.Values{"did": {"purged"}, "n": {strconv.FormatInt(out.Purged, 10)}}.Encode())
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showCaches(w, r, status, web.CachesPage{Problem: view, Draft: web.PurgeDraft{Kind: in.Kind, Name: in.Name, House: in.House}})
}
