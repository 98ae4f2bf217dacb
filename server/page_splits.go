package server

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/version"
	"wenyuan/web"
)

// How much the pages of splits show.
const (
	splitNames    = 200 // in the list
	splitVersions = 8   // of one name: those in use, and the newest of the others
)

// splitsPage lists what has versions, or shows those of one name.
func splitsPage(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	if name := q.Get("assistant"); name != "" {
		return s.showSplit(w, r, http.StatusOK, web.SplitsPage{Done: did(r, "split")}, "assistant", name, nil)
	}
	if name := q.Get("model"); name != "" {
		return s.showSplit(w, r, http.StatusOK, web.SplitsPage{Done: did(r, "split")}, "model", name, nil)
	}
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	p := web.SplitsPage{Frame: f}
	if p.Rows, err = s.splitRows(r); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Splits(b, p) })
}

// splitRows are the assistants and models that have versions, with what is in use of each.
func (s *Server) splitRows(r *request) (rows []web.SplitRow, err error) {
	if r.scope.May(scope.Edit) || r.scope.May(scope.Review) {
		all, err := s.Answerer.Assistants(r.Context(), r.scope)
		if err != nil {
			return nil, err
		}
		for _, as := range all[:min(len(all), splitNames)] {
			shares, err := s.Answerer.Shares(r.Context(), r.scope, as.Name)
			if err != nil {
				return nil, err
			}
			if len(shares) > 0 {
				rows = append(rows, web.SplitRow{Kind: "assistant", Name: as.Name, Shares: sharesView(shares)})
			}
		}
	}
	if !r.scope.May(scope.Own) && !r.scope.May(scope.Operate) {
		return rows, nil
	}
	for _, l := range s.Gateway.List(r.scope.Space()) {
		if l.Declared || l.Space != r.scope.Space() {
			continue
		}
		shares := l.Split
		if len(shares) == 0 {
			shares = []version.Share{{Hash: l.Hash, Share: version.Whole}}
		}
		rows = append(rows, web.SplitRow{Kind: "model", Name: l.Name, Shares: sharesView(shares)})
	}
	return rows, nil
}

func sharesView(all []version.Share) (out []web.SplitShare) {
	for _, x := range all {
		out = append(out, web.SplitShare{Hash: x.Hash, Share: x.Share})
	}
	return out
}

// showSplit shows the versions of one name; typed are shares that could not be saved, by their versions.
func (s *Server) showSplit(w http.ResponseWriter, r *request, status int, p web.SplitsPage, kind, name string, typed map[string]string) (err error) {
	if p.Frame, err = s.framed(r, splitAddress(kind, name)); err != nil {
		return err
	}
	var list splitList
	edits := r.scope.May(scope.Edit)
	if kind == "model" {
		edits = r.scope.May(scope.Own) || r.scope.May(scope.Operate)
		list, err = modelSplit(s, r, modelRequest{name})
	} else {
		list, err = assistantSplit(s, r, assistantName{Name: name})
	}
	if err != nil {
		return err
	}
	p.One = &web.SplitOne{Kind: kind, Name: name, Edits: edits}
	for _, x := range list.Waits {
		p.One.Waits = append(p.One.Waits, web.SplitWait{Server: x.Server, Why: x.Why})
	}
	p.One.Versions, p.One.More = versionsOf(list, typed)
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Splits(b, p) })
}

// versionsOf are those in use, the largest share first, and the newest of the others.
func versionsOf(list splitList, typed map[string]string) (out []web.SplitVersion, more int) {
	created := map[string]int64{}
	for _, k := range list.Versions {
		created[k.Hash] = k.Created
	}
	add := func(hash string, share int) {
		v := web.SplitVersion{Hash: hash, Share: share, Created: created[hash], Draft: typed[hash]}
		if i := slices.IndexFunc(list.Counts, func(c splitCount) bool { return c.Hash == hash }); i >= 0 {
			c := list.Counts[i]
			v.Requests, v.Errors, v.Up, v.Down = c.Requests, c.Errors, c.Up, c.Down
			if c.Firsts > 0 {
				v.First = c.First.Microseconds() / c.Firsts
			}
		}
		out = append(out, v)
	}
	for _, x := range list.Shares {
		add(x.Hash, x.Share)
	}
	for _, k := range list.Versions {
		switch {
		case slices.ContainsFunc(out, func(v web.SplitVersion) bool { return v.Hash == k.Hash }):
		case len(out) < splitVersions || typed[k.Hash] != "":
			add(k.Hash, 0)
		default:
			more++
		}
	}
	return out, more
}

func splitAddress(kind, name string) string {
	return "/gateway/splits?" + url.Values{kind: {name}}.Encode()
}

func splitAssistantForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.saveSplit(w, r, "assistant", func(in splitRequest) error { _, err := splitAssistant(s, r, in); return err })
}

func splitModelForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.saveSplit(w, r, "model", func(in splitRequest) error { _, err := splitModel(s, r, in); return err })
}

// saveSplit moves the shares as the form has them, in percent; those of nothing are not in use.
func (s *Server) saveSplit(w http.ResponseWriter, r *request, kind string, save func(splitRequest) error) error {
	name := r.PathValue("name")
	if err := r.ParseForm(); err != nil {
		return err
	}
	in, typed := splitRequest{Name: name}, map[string]string{}
	var fault error
	for i, hash := range r.PostForm["hash"] {
		if i >= len(r.PostForm["share"]) {
			break
		}
		text := strings.TrimSpace(r.PostForm["share"][i])
		typed[hash] = text
		share, err := shareOf(text)
		if err != nil {
			fault = err
		} else if share > 0 {
			in.Shares = append(in.Shares, version.Share{Hash: hash, Share: share})
		}
	}
	if fault == nil {
		fault = save(in)
	}
	if fault == nil {
		return seeOther(w, r, splitAddress(kind, name)+"&did=split")
	}
	view, status, err := s.told(w, r, fault)
	if err != nil {
		return err
	}
	return s.showSplit(w, r, status, web.SplitsPage{Problem: view}, kind, name, typed)
}

// shareOf reads a percentage as a share of [version.Whole].
func shareOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(f >= 0 && f <= 100) {
		return 0, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the share " + strconv.Quote(shortened(text, 40)) + " is not a percentage", Hint: "write numbers from 0 to 100 that make 100 together"}
	}
	return int(math.Round(f * version.Whole / 100)), nil
}
