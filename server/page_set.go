package server

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// setRoutes are the pages of a data set.
func setRoutes() []route {
	return []route{
		{"GET", "/learning/sets/{set}", "A data set: what it holds, where it comes from, what was left out and why", page(setPage).needs(scope.Edit, scope.Review, scope.Own)},
	}
}

const (
	setRows     = 20   // of a page
	setListed   = 50   // runs and documents of it
	setMessage  = 4000 // bytes of a message that are shown
	setVersions = 20
)

// setPage shows a version of a data set: split and from of the query say which of its rows.
func setPage(s *Server, w http.ResponseWriter, r *request) error {
	split, number := r.FormValue("split"), r.FormValue("from")
	from, err := strconv.Atoi(cmp.Or(number, "0"))
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no number of a row", shortened(number, 40)), Hint: "leave it out"}
	}
	f, err := s.Sets.Get(r.Context(), r.scope, r.PathValue("set"))
	if err != nil {
		return err
	}
	p := web.SetPage{Set: setRow(f), Labels: f.Labels, Consent: f.Set.Consent, Counts: setCounts(f.Set), Split: split}
	for _, l := range f.Left {
		p.Left = append(p.Left, web.SetLeft{Why: l.Why, Count: l.Count, Note: l.Note})
	}
	for _, g := range f.Gates {
		p.Gates = append(p.Gates, web.SetGate{Name: g.Name, Items: g.Items, Reached: g.Reached, Rows: g.Rows + g.Near})
	}
	for _, fill := range []func(*request, dataset.Found, *web.SetPage) error{s.setHistory, s.setLineage, s.setLearned} {
		if err := fill(r, f, &p); err != nil {
			return err
		}
	}
	if err := s.setLines(r, f, from, &p); err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/learning/sets/"+f.Hash); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Set(b, p) })
}

func setRow(f dataset.Found) web.SetRow {
	return web.SetRow{Name: f.Name, Hash: f.Hash, Rows: f.Set.Rows, Erased: f.Erased, Written: f.Set.Counts.Written,
		Kinds: strings.Join(slices.Sorted(maps.Keys(f.Set.Counts.Kind)), ", "), Licence: cmp.Or(f.Set.Licence, licences(f.Set)), Created: f.Created}
}

// licences are those of the rows of a set; a dash behind them stands for rows that name none.
func licences(set dataset.Set) string {
	named := slices.Sorted(maps.Keys(set.Counts.Licence))
	if len(named) > 1 && named[0] == "" {
		named = append(named[1:], "–")
	}
	return strings.Join(named, ", ")
}

// setCounts are the counts of a set, those with most rows first.
func setCounts(set dataset.Set) (all []web.SetCount) {
	c := set.Counts
	for _, x := range []struct {
		of     string
		counts map[string]int
	}{{"split", c.Split}, {"kind", c.Kind}, {"language", c.Language}, {"origin", c.Origin}, {"licence", c.Licence}} {
		count := web.SetCount{Of: x.of}
		for _, name := range slices.Sorted(maps.Keys(x.counts)) {
			count.Parts = append(count.Parts, web.SetPart{Name: name, Rows: x.counts[name], Of: set.Rows})
		}
		slices.SortStableFunc(count.Parts, func(a, b web.SetPart) int { return cmp.Compare(b.Rows, a.Rows) })
		if len(count.Parts) > 0 {
			all = append(all, count)
		}
	}
	return all
}

// setHistory lists the versions of its name, and what is new in this one.
func (s *Server) setHistory(r *request, f dataset.Found, p *web.SetPage) error {
	all, err := s.Sets.History(r.Context(), r.scope, f.Name)
	if err != nil {
		return err
	}
	for i, v := range all {
		if v.Hash == f.Hash && i+1 < len(all) {
			p.Before = all[i+1].Hash
		}
		if i < setVersions || v.Hash == f.Hash {
			p.Versions = append(p.Versions, web.SetVersion{Hash: v.Hash, Created: v.Created})
		}
	}
	if p.Before == "" {
		return nil
	}
	d, err := s.Sets.Diff(r.Context(), r.scope, p.Before, f.Hash)
	if wenyuan.CodeOf(err) == wenyuan.NotFound { // its building was never through
		p.Before = ""
		return nil
	}
	p.Added, p.Removed = d.Added, d.Removed
	return err
}

// setLineage says where its rows come from.
func (s *Server) setLineage(r *request, f dataset.Found, p *web.SetPage) error {
	l, err := s.Sets.Lineage(r.Context(), r.scope, r.who, f.Hash)
	if err != nil {
		return err
	}
	p.Conversations, p.Hidden = l.Conversations, l.Hidden
	for _, a := range l.Sources {
		p.Sources = append(p.Sources, web.SetSource{Origin: a.Origin, Source: a.Source, Licence: a.Licence, Teacher: a.Teacher, Rows: a.Rows})
	}
	for _, d := range l.Documents[:min(len(l.Documents), setListed)] {
		p.Documents = append(p.Documents, web.SetDocument{ID: d.Document, Corpus: d.Corpus, Source: d.Source, Rows: d.Rows})
	}
	return nil
}

// setLearned lists the runs that learned from it, for who may look at runs.
func (s *Server) setLearned(r *request, f dataset.Found, p *web.SetPage) error {
	if !r.scope.May(scope.Edit) && !r.scope.May(scope.Own) {
		return nil
	}
	runs, err := s.Training.From(r.Context(), r.scope, f.Hash, setListed)
	if err != nil {
		return err
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, runRow(run))
	}
	return nil
}

// setLines reads a page of rows that this person sees.
func (s *Server) setLines(r *request, f dataset.Found, from int, p *web.SetPage) error {
	for row, err := range s.Sets.RowsFrom(r.Context(), r.scope, r.who, f.Hash, p.Split, max(0, from)) {
		if err != nil {
			return err
		}
		if len(p.Rows) == setRows {
			p.Next = row.Number
			return nil
		}
		p.Rows = append(p.Rows, setLine(row))
	}
	return nil
}

// setLine is a row as it is shown.
func setLine(row dataset.Row) web.SetLine {
	line := web.SetLine{Number: row.Number, Split: row.Split, Kind: row.Kind}
	for _, m := range row.Messages {
		line.Said = append(line.Said, web.SetSaid{Role: m.Role, Text: shortened(m.Content, setMessage)})
	}
	for _, m := range row.Chosen {
		line.Said = append(line.Said, web.SetSaid{Role: "chosen", Text: shortened(m.Content, setMessage)})
	}
	for _, m := range row.Rejected {
		line.Said = append(line.Said, web.SetSaid{Role: "rejected", Text: shortened(m.Content, setMessage)})
	}
	if row.Good != nil {
		line.Good = map[bool]string{true: "yes", false: "no"}[*row.Good]
	}
	return line
}
