package server

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// judgingPageRoutes are the pages on which people judge. Whoever may ask comes in, as with the doors for programs.
func judgingPageRoutes() []route {
	all := []scope.Right{scope.Ask, scope.Edit, scope.Review, scope.Own}
	judges := []scope.Right{scope.Ask, scope.Review}
	makes := []scope.Right{scope.Edit, scope.Own}
	return []route{
		{"GET", "/learning/judging", "What one judges or manages", page(judgingPage).needs(all...)},
		{"POST", "/learning/judging", "Make a task for judges from the page", page(newTaskForm).needs(makes...)},
		{"GET", "/learning/judging/{task}", "A task with its judges", page(judgeTaskPage).needs(all...)},
		{"POST", "/learning/judging/{task}/change", "Change a task for judges from the page", page(changeTaskForm).needs(makes...)},
		{"POST", "/learning/judging/{task}/aside", "Set aside what somebody judged from the page", page(judgeAsideForm).needs(makes...)},
		{"POST", "/learning/judging/{task}/finish", "Finish a task for judges from the page", page(finishTaskForm).needs(makes...)},
		{"GET", "/learning/judging/{task}/items", "The items of a task", page(itemsPage).needs(makes...)},
		{"GET", "/learning/judging/{task}/items/{item}", "An item, to say what is right about it", page(goldPage).needs(makes...)},
		{"POST", "/learning/judging/{task}/items/{item}", "Say from the page what is right about an item", page(goldForm).needs(makes...)},
		{"GET", "/learning/judging/{task}/work", "The next item to judge", page(workPage).needs(judges...)},
		{"POST", "/learning/judging/{task}/work", "Judge an item from the page, skip it, or keep a draft", page(workForm).needs(judges...)},
		{"GET", "/learning/judging/{task}/decide", "The next item whose judges do not agree", page(decidePage).needs(scope.Review)},
		{"POST", "/learning/judging/{task}/decide", "Decide an item from the page", page(decideForm).needs(scope.Review)},
	}
}

func learns(sc scope.Scope) bool {
	return sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own)
}

func judgeTaskRow(st judge.Standing) web.JudgeTask {
	return web.JudgeTask{Name: st.Name, Kind: st.Kind, State: st.State, Judged: st.Judged, Items: st.Items, Waiting: st.Waiting, Disputed: st.Disputed, Overlap: st.Overlap, Created: st.Created}
}

// judgeTaskRows are the tasks of somebody, as a list has them.
func (s *Server) judgeTaskRows(r *request) (rows []web.JudgeTask, err error) {
	list, err := s.Judging.List(r.Context(), r.scope, r.who)
	for _, st := range list {
		row := judgeTaskRow(st)
		if !st.Manages && !st.Decides {
			row.Items = 0
		}
		rows = append(rows, row)
	}
	return rows, err
}

func judgingPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showJudging(w, r, http.StatusOK, web.JudgeDraft{Kind: judge.Answer, From: "disliked", Overlap: 1}, nil)
}

func (s *Server) showJudging(w http.ResponseWriter, r *request, status int, d web.JudgeDraft, problem *web.Problem) (err error) {
	p := web.JudgingPage{Makes: r.scope.May(scope.Edit) || r.scope.May(scope.Own), Learns: learns(r.scope), Draft: d, Problem: problem}
	if p.Frame, err = s.framed(r, "/learning/judging"); err != nil {
		return err
	}
	if p.Tasks, err = s.judgeTaskRows(r); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Judging(b, p) })
}

// newTaskForm makes a task.
func newTaskForm(s *Server, w http.ResponseWriter, r *request) error {
	d := web.JudgeDraft{Name: strings.TrimSpace(r.PostFormValue("name")), Kind: r.PostFormValue("kind"), Guidelines: r.PostFormValue("guidelines"), From: r.PostFormValue("from"),
		Dataset: strings.TrimSpace(r.PostFormValue("dataset")), Overlap: number(r.PostFormValue("overlap")), Judges: r.PostFormValue("judges")}
	o := judge.Order{Name: d.Name, Kind: d.Kind, Guidelines: d.Guidelines, Overlap: d.Overlap, Judges: commaed(d.Judges), From: &judge.Source{}}
	switch d.From {
	case "disliked":
		o.From.Disliked = true
	case "bare":
		o.From.Unsupported = true
	case "pairs":
		o.From.Filter.Kinds = []string{form.Preference}
	case "set":
		o.From.Dataset = d.Dataset
	case "none":
		o.From = nil
	}
	if o.From != nil && !o.From.Disliked && o.From.Dataset == "" {
		o.From.Filter.State = dataset.Ready
	}
	st, _, err := s.Judging.Create(r.Context(), r.scope, r.who, o)
	if err == nil {
		return seeOther(w, r, "/learning/judging/"+url.PathEscape(st.Name))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showJudging(w, r, status, d, view)
}

// commaed are names apart by commas.
func commaed(text string) (names []string) {
	for name := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == '，' || c == '、' || c == '\n' }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func judgeTaskPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showTask(w, r, http.StatusOK, nil)
}

func (s *Server) showTask(w http.ResponseWriter, r *request, status int, problem *web.Problem) error {
	st, err := s.Judging.Show(r.Context(), r.scope, r.who, r.PathValue("task"))
	if err != nil {
		return err
	}
	p := web.JudgeTaskPage{Task: judgeTaskRow(st), Learns: learns(r.scope), Guidelines: st.Text, Hash: st.Guidelines, Blind: st.Blind, Mine: st.Mine, Manages: st.Manages, Decides: st.Decides, Reports: st.Manages || st.Decides,
		Alpha: st.Alpha, Compared: st.Compared, Decided: st.Decided, GoldItems: st.GoldItems, Gold: st.Gold, Least: st.Least, Erased: st.Erased, Samples: st.Samples,
		Done: did(r, "changed", "aside", "back", "finished", "draft"), Problem: problem}
	for _, j := range st.Judges {
		row := web.JudgeRow{ID: j.Person, Name: cmp.Or(j.Name, j.Person), Named: j.Named, Aside: j.Aside, Fails: j.Fails, Note: j.Note, Judged: j.Judged, Skipped: j.Skipped, Gold: j.Gold, GoldRight: j.GoldRight, Right: j.Right, Median: j.Median}
		for _, why := range slices.Sorted(maps.Keys(j.Reasons)) {
			row.Reasons = append(row.Reasons, why)
		}
		p.Judges = append(p.Judges, row)
	}
	if p.Frame, err = s.framed(r, "/learning/judging/"+url.PathEscape(st.Name)); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.JudgeTask(b, p) })
}

// turnedTask is the page of a task behind a form.
func (s *Server) turnedTask(w http.ResponseWriter, r *request, what string, err error) error {
	if err == nil {
		return seeOther(w, r, done("/learning/judging/"+url.PathEscape(r.PathValue("task")), what, ""))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showTask(w, r, status, view)
}

func changeTaskForm(s *Server, w http.ResponseWriter, r *request) error {
	c := judge.Change{Add: commaed(r.PostFormValue("add")), Reopen: r.PostFormValue("reopen") == "on"}
	if text := r.PostFormValue("guidelines"); text != "" {
		c.Guidelines = &text
	}
	if n := r.PostFormValue("overlap"); n != "" {
		overlap := number(n)
		c.Overlap = &overlap
	}
	_, err := s.Judging.Change(r.Context(), r.scope, r.who, r.PathValue("task"), c)
	return s.turnedTask(w, r, "changed", err)
}

func judgeAsideForm(s *Server, w http.ResponseWriter, r *request) error {
	back := r.PostFormValue("back") == "yes"
	_, err := s.Judging.SetAside(r.Context(), r.scope, r.who, r.PathValue("task"), r.PostFormValue("person"), back, r.PostFormValue("note"))
	return s.turnedTask(w, r, map[bool]string{false: "aside", true: "back"}[back], err)
}

func finishTaskForm(s *Server, w http.ResponseWriter, r *request) error {
	_, err := s.Judging.Finish(r.Context(), r.scope, r.who, r.PathValue("task"), r.PostFormValue("leave") == "on")
	return s.turnedTask(w, r, "finished", err)
}

// workPage gives the next item, or one that this person holds or has judged.
func workPage(s *Server, w http.ResponseWriter, r *request) error {
	task := r.PathValue("task")
	if r.identity.ViewAs != "" { // who looks with the eyes of another holds nothing for them
		return seeOther(w, r, "/learning/judging/"+url.PathEscape(task))
	}
	var work *judge.Work
	var err error
	if item := r.URL.Query().Get("item"); item != "" {
		work, err = s.Judging.Look(r.Context(), r.scope, r.who, task, item)
	} else {
		work, err = s.Judging.Next(r.Context(), r.scope, r.who, task)
	}
	if err != nil {
		return s.turnedTask(w, r, "", err)
	}
	return s.showWork(w, r, http.StatusOK, work, 0, false, nil, nil)
}

func decidePage(s *Server, w http.ResponseWriter, r *request) error {
	task := r.PathValue("task")
	if r.identity.ViewAs != "" {
		return seeOther(w, r, "/learning/judging/"+url.PathEscape(task))
	}
	work, left, err := s.Judging.Dispute(r.Context(), r.scope, r.who, task)
	if err != nil {
		return s.turnedTask(w, r, "", err)
	}
	return s.showWork(w, r, http.StatusOK, work, left, true, nil, nil)
}

// showWork shows an item; typed is what came with a form that did not do.
func (s *Server) showWork(w http.ResponseWriter, r *request, status int, work *judge.Work, left int, decides bool, typed *judge.Given, problem *web.Problem) (err error) {
	task := r.PathValue("task")
	p := web.WorkPage{Task: task, Decides: decides, Kept: r.URL.Query().Get("kept"), Left: left, Problem: problem}
	if work != nil {
		fillWork(&p, work, typed)
	}
	if p.Frame, err = s.framed(r, "/learning/judging/"+url.PathEscape(task)+"/"+p.Address()); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Work(b, p) })
}

// fillWork is an item as its page shows it.
func fillWork(p *web.WorkPage, work *judge.Work, typed *judge.Given) {
	x := work.Item
	p.Task, p.Kind, p.Blind, p.Item, p.Guidelines, p.Hash, p.Done, p.Of = work.Task.Name, work.Task.Kind, work.Task.Blind, x.ID, work.Guidelines, work.Task.Guidelines, work.Done, work.Of
	for i, m := range x.Messages {
		if i == len(x.Messages)-1 {
			p.Question = m.Content
			break
		}
		p.Before = append(p.Before, web.WorkTurn{Mine: m.Role == form.User, Text: m.Content})
	}
	g := typed
	switch {
	case g != nil:
	case work.Draft != nil:
		g, p.Drafted = work.Draft, true
	case work.Said != nil:
		g, p.Again = work.Said, true
	default:
		g = &judge.Given{}
		if work.Task.Kind == judge.Answer && len(x.Answers) > 0 {
			g.Answer = x.Answers[0].Text
		}
	}
	p.Answer, p.Note = g.Answer, g.Note
	for i, a := range x.Answers {
		p.Answers = append(p.Answers, web.WorkAnswer{N: i + 1, ID: a.ID, Text: a.Text, Model: a.Model, Place: placeOf(g.Order, a.ID)})
	}
	for i, o := range x.Passages {
		q := url.Values{"start": {strconv.Itoa(o.Start)}, "end": {strconv.Itoa(o.End)}}
		if o.Revision != "" {
			q.Set("revision", o.Revision)
		}
		page := 0
		if o.Page != nil {
			page = *o.Page
		}
		p.Passages = append(p.Passages, web.WorkPassage{N: i + 1, Title: cmp.Or(o.Title, o.Source), Source: o.Source, Text: o.Text, Page: page, Link: "/library/-/" + url.PathEscape(o.Document) + "?" + q.Encode() + "#lit"})
	}
	for i, o := range work.Others {
		p.Others = append(p.Others, web.WorkSaid{N: i + 1, Person: o.Person, Order: orderText(x, o.Given.Order), Answer: o.Given.Answer, Note: o.Given.Note})
	}
}

// placeOf is the place of an answer in an order, from 1; 0 where it has none.
func placeOf(order [][]string, id string) int {
	at := 1
	for _, group := range order {
		if slices.Contains(group, id) {
			return at
		}
		if len(group) > 0 {
			at++
		}
	}
	return 0
}

// orderText is an order by the numbers of the answers as they are seen.
func orderText(x judge.Item, order [][]string) string {
	var all []string
	for _, group := range order {
		var ties []string
		for i, a := range x.Answers {
			if slices.Contains(group, a.ID) {
				ties = append(ties, strconv.Itoa(i+1))
			}
		}
		all = append(all, strings.Join(ties, " = "))
	}
	return strings.Join(all, " > ")
}

// givenForm is what somebody typed: the places of the answers become groups.
func givenForm(r *request) judge.Given {
	g := judge.Given{Answer: r.PostFormValue("answer"), Note: r.PostFormValue("note")}
	places := map[int][]string{}
	for name, values := range r.PostForm {
		id, ok := strings.CutPrefix(name, "place-")
		if n := number(values[0]); ok && n > 0 && n <= judge.MaxAnswers {
			places[n] = append(places[n], id)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(places)) {
		g.Order = append(g.Order, slices.Sorted(slices.Values(places[n])))
	}
	return g
}

// skips are the reasons that the page offers, as they are kept.
var skips = map[string]string{"field": "not my field", "unclear": "the question is unclear", "alike": "the guidelines do not say", "other": "another reason"}

// workForm takes what somebody said of an item.
func workForm(s *Server, w http.ResponseWriter, r *request) error {
	g, item, task := givenForm(r), r.PostFormValue("item"), r.PathValue("task")
	path := "/learning/judging/" + url.PathEscape(task)
	var err error
	switch r.PostFormValue("do") {
	case "draft":
		if err = s.Judging.Keep(r.Context(), r.scope, r.who, task, item, g); err == nil {
			return seeOther(w, r, done(path, "draft", ""))
		}
	case "skip":
		err = s.Judging.Give(r.Context(), r.scope, r.who, task, item, judge.Given{Skip: cmp.Or(skips[r.PostFormValue("skip")], skips["other"])})
	default:
		err = s.Judging.Give(r.Context(), r.scope, r.who, task, item, g)
	}
	if err == nil {
		return seeOther(w, r, path+"/work?"+url.Values{"kept": {item}}.Encode())
	}
	return s.again(w, r, err, &g, func() (*judge.Work, int, error) {
		work, err := s.Judging.Look(r.Context(), r.scope, r.who, task, item)
		return work, 0, err
	}, false)
}

func decideForm(s *Server, w http.ResponseWriter, r *request) error {
	g, item, task := givenForm(r), r.PostFormValue("item"), r.PathValue("task")
	var err error
	if r.PostFormValue("do") == "draft" {
		if err = s.Judging.Keep(r.Context(), r.scope, r.who, task, item, g); err == nil {
			return seeOther(w, r, done("/learning/judging/"+url.PathEscape(task), "draft", ""))
		}
	} else if err = s.Judging.Decide(r.Context(), r.scope, r.who, task, item, g); err == nil {
		return seeOther(w, r, "/learning/judging/"+url.PathEscape(task)+"/decide?"+url.Values{"kept": {item}}.Encode())
	}
	return s.again(w, r, err, &g, func() (*judge.Work, int, error) { return s.Judging.Dispute(r.Context(), r.scope, r.who, task) }, true)
}

// again shows the item of a form that did not do, with what was typed.
func (s *Server) again(w http.ResponseWriter, r *request, why error, typed *judge.Given, look func() (*judge.Work, int, error), decides bool) error {
	view, status, err := s.told(w, r, why)
	if err != nil {
		return err
	}
	work, left, err := look()
	if err != nil || work == nil {
		if code := wenyuan.CodeOf(err); err != nil && code != wenyuan.Conflict {
			return err
		}
		return s.showTask(w, r, status, view)
	}
	if work.Item.ID != r.PostFormValue("item") {
		typed = nil
	}
	return s.showWork(w, r, status, work, left, decides, typed, view)
}

// itemsPage lists the items of a task for who makes it.
func itemsPage(s *Server, w http.ResponseWriter, r *request) error {
	st, err := s.Judging.Show(r.Context(), r.scope, r.who, r.PathValue("task"))
	if err != nil {
		return err
	}
	page, err := s.Judging.Items(r.Context(), r.scope, r.who, st.Name, number(r.URL.Query().Get("after")), 50)
	if err != nil {
		return err
	}
	p := web.JudgeItemsPage{Task: st.Name, Kind: st.Kind, Next: page.Next, Done: did(r, "gold", "plain")}
	for _, x := range page.Items {
		p.Items = append(p.Items, web.JudgeItem{ID: x.ID, Number: x.Number, Question: x.Messages[len(x.Messages)-1].Content, Answers: len(x.Answers), Said: len(x.Said) - x.Skipped, Skipped: x.Skipped, Gold: x.Gold != nil, Disputed: x.Disputed})
	}
	if p.Frame, err = s.framed(r, "/learning/judging/"+url.PathEscape(st.Name)+"/items"); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.JudgeItems(b, p) })
}

func goldPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showGold(w, r, http.StatusOK, nil, nil)
}

// showGold shows an item to who makes the task, with what was said of it and by whom.
func (s *Server) showGold(w http.ResponseWriter, r *request, status int, typed *judge.Given, problem *web.Problem) error {
	st, err := s.Judging.Show(r.Context(), r.scope, r.who, r.PathValue("task"))
	if err != nil {
		return err
	}
	l, work, err := s.Judging.Item(r.Context(), r.scope, r.who, st.Name, r.PathValue("item"))
	if err != nil {
		return err
	}
	p := web.WorkPage{Gold: true, IsGold: l.Gold != nil, Problem: problem}
	fillWork(&p, &work, typed)
	p.Again, p.Blind = false, false
	for i := range p.Others {
		for _, j := range st.Judges {
			if j.Person == p.Others[i].Person {
				p.Others[i].Person = cmp.Or(j.Name, j.Person)
			}
		}
	}
	if p.Frame, err = s.framed(r, "/learning/judging/"+url.PathEscape(st.Name)+"/"+p.Address()); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Work(b, p) })
}

func goldForm(s *Server, w http.ResponseWriter, r *request) error {
	g, task := givenForm(r), r.PathValue("task")
	gold, what := &g, "gold"
	if r.PostFormValue("do") == "plain" {
		gold, what = nil, "plain"
	}
	err := s.Judging.SetGold(r.Context(), r.scope, r.who, task, r.PathValue("item"), gold)
	if err == nil {
		return seeOther(w, r, done("/learning/judging/"+url.PathEscape(task)+"/items", what, ""))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showGold(w, r, status, &g, view)
}
