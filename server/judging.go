package server

import (
	"io"
	"net/http"
	"reflect"

	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
)

// judgingRoutes are the doors of the queue in which people judge. Whoever may ask comes in: who is not named as a
// judge of a task, and may not review, finds none there.
func judgingRoutes() []route {
	all := []scope.Right{scope.Ask, scope.Edit, scope.Review, scope.Own}
	judges := []scope.Right{scope.Ask, scope.Review}
	makes := []scope.Right{scope.Edit, scope.Own}
	return []route{
		{"GET", "/api/judging", "List the tasks that you judge or manage, with how far they are", reply(judgeTasks).needs(all...)},
		{"POST", "/api/judging", "Make a task for judges: answers to write or correct, or several answers to rank", reply(createJudgeTask).needs(makes...)},
		{"GET", "/api/judging/{task}", "How far a task is, how its judges agree, and how each of them judges", reply(judgeTask).needs(all...)},
		{"PATCH", "/api/judging/{task}", "Change a task: guidelines as a new version, who judges, the overlap, gold; or open it again", reply(changeJudgeTask).needs(makes...)},
		{"GET", "/api/judging/{task}/items", "The items of a task that you may see, with what was said of each", reply(judgeItems).needs(makes...)},
		{"POST", "/api/judging/{task}/items", "Add items that are made of samples", reply(addJudgeItems).needs(makes...)},
		{"POST", "/api/judging/{task}/next", "The next item for you to judge; it is held for you for half an hour", reply(nextJudgeItem).needs(judges...)},
		{"GET", "/api/judging/{task}/items/{item}", "An item that you hold or have judged", reply(judgeItem).needs(judges...)},
		{"PUT", "/api/judging/{task}/items/{item}", "Say what is right about an item that you hold, or skip it", reply(giveJudgement).needs(judges...)},
		{"PUT", "/api/judging/{task}/items/{item}/draft", "Keep what you have so far of an item that you hold", reply(keepJudgement).needs(judges...)},
		{"PUT", "/api/judging/{task}/items/{item}/gold", "Say what is known to be right about an item, so that it shows how people judge", reply(setGold).needs(makes...)},
		{"DELETE", "/api/judging/{task}/items/{item}/gold", "Make a gold item one like the others", reply(unsetGold).needs(makes...)},
		{"POST", "/api/judging/{task}/dispute", "The next item whose judges do not agree, with what they said", reply(nextDispute).needs(scope.Review)},
		{"PUT", "/api/judging/{task}/items/{item}/decision", "Decide an item whose judges do not agree", reply(decideItem).needs(scope.Review)},
		{"POST", "/api/judging/{task}/aside", "Set aside what somebody said, or take it in again", reply(setJudgeAside).needs(makes...)},
		{"POST", "/api/judging/{task}/finish", "Make samples of what judges came to, and close the task", reply(finishJudging).needs(makes...)},
		{"POST", "/api/judging/{task}/import", "Take in items and judgements from a file, sent as the body", importJudging().asLong().needs(makes...)},
		{"GET", "/api/judging/{task}/export", "The items of a task with what was said of each", streamed[judgeExport, nothing](exportJudging, jsonLines, jsonBody).asLong().needs(makes...)},
	}
}

type judgeTaskList struct {
	Tasks []judge.Standing `json:"tasks"`
}

func judgeTasks(s *Server, r *request, _ nothing) (judgeTaskList, error) {
	list, err := s.Judging.List(r.Context(), r.scope, r.who)
	return judgeTaskList{list}, err
}

type createdTask struct {
	Task  judge.Standing `json:"task"`
	Added judge.Added    `json:"added"`
}

func createJudgeTask(s *Server, r *request, in judge.Order) (createdTask, error) {
	st, added, err := s.Judging.Create(r.Context(), r.scope, r.who, in)
	return createdTask{st, added}, err
}

type taskRequest struct {
	Task string `path:"task" doc:"name or id"`
}

func judgeTask(s *Server, r *request, in taskRequest) (judge.Standing, error) {
	return s.Judging.Show(r.Context(), r.scope, r.who, in.Task)
}

type taskChange struct {
	Task       string   `json:"-" path:"task"`
	Guidelines *string  `json:"guidelines,omitempty" doc:"a new text is a new version"`
	Overlap    *int     `json:"overlap,omitempty" doc:"1 to 9"`
	Gold       *float64 `json:"gold,omitempty" doc:"0 to 0.2"`
	Least      *float64 `json:"least,omitempty" doc:"0 to 1"`
	Add        []string `json:"add,omitempty" doc:"people who judge from now on"`
	Drop       []string `json:"drop,omitempty" doc:"people who judge no more; what they said stays"`
	Reopen     bool     `json:"reopen,omitempty"`
}

func changeJudgeTask(s *Server, r *request, in taskChange) (judge.Standing, error) {
	return s.Judging.Change(r.Context(), r.scope, r.who, in.Task, judge.Change{Guidelines: in.Guidelines, Overlap: in.Overlap, Gold: in.Gold, Least: in.Least, Add: in.Add, Drop: in.Drop, Reopen: in.Reopen})
}

type itemsRequest struct {
	Task  string `path:"task"`
	After int    `query:"after" doc:"the number to go on behind"`
	Limit int    `query:"limit" doc:"up to 200" default:"50"`
}

func judgeItems(s *Server, r *request, in itemsRequest) (judge.Page, error) {
	return s.Judging.Items(r.Context(), r.scope, r.who, in.Task, in.After, in.Limit)
}

type addItemsRequest struct {
	Task string       `json:"-" path:"task"`
	From judge.Source `json:"from"`
}

func addJudgeItems(s *Server, r *request, in addItemsRequest) (judge.Added, error) {
	return s.Judging.Add(r.Context(), r.scope, r.who, in.Task, in.From)
}

type givenWork struct {
	Work *judge.Work `json:"work" doc:"null where there is nothing to judge"`
	Left int         `json:"left,omitempty" doc:"of disputes: how many wait"`
}

func nextJudgeItem(s *Server, r *request, in taskRequest) (givenWork, error) {
	w, err := s.Judging.Next(r.Context(), r.scope, r.who, in.Task)
	return givenWork{Work: w}, err
}

func nextDispute(s *Server, r *request, in taskRequest) (givenWork, error) {
	w, left, err := s.Judging.Dispute(r.Context(), r.scope, r.who, in.Task)
	return givenWork{w, left}, err
}

type judgeItemRequest struct {
	Task string `path:"task"`
	Item string `path:"item"`
}

func judgeItem(s *Server, r *request, in judgeItemRequest) (givenWork, error) {
	w, err := s.Judging.Look(r.Context(), r.scope, r.who, in.Task, in.Item)
	return givenWork{Work: w}, err
}

type judgementRequest struct {
	Task   string     `json:"-" path:"task"`
	Item   string     `json:"-" path:"item"`
	Answer string     `json:"answer,omitempty" doc:"the right answer"`
	Order  [][]string `json:"order,omitempty" doc:"ids of the answers, or their numbers as you see them, the best first; those in a group are ties"`
	Note   string     `json:"note,omitempty" doc:"up to 2,000 characters"`
	Skip   string     `json:"skip,omitempty" doc:"why nothing is said"`
	Took   int64      `json:"took_us,omitempty" doc:"without it the time since the item was given"`
}

func (in judgementRequest) given() judge.Given {
	return judge.Given{Answer: in.Answer, Order: in.Order, Note: in.Note, Skip: in.Skip, Took: in.Took}
}

func giveJudgement(s *Server, r *request, in judgementRequest) (nothing, error) {
	return nothing{}, s.Judging.Give(r.Context(), r.scope, r.who, in.Task, in.Item, in.given())
}

func keepJudgement(s *Server, r *request, in judgementRequest) (nothing, error) {
	return nothing{}, s.Judging.Keep(r.Context(), r.scope, r.who, in.Task, in.Item, in.given())
}

func decideItem(s *Server, r *request, in judgementRequest) (nothing, error) {
	return nothing{}, s.Judging.Decide(r.Context(), r.scope, r.who, in.Task, in.Item, in.given())
}

func setGold(s *Server, r *request, in judgementRequest) (nothing, error) {
	g := in.given()
	return nothing{}, s.Judging.SetGold(r.Context(), r.scope, r.who, in.Task, in.Item, &g)
}

func unsetGold(s *Server, r *request, in judgeItemRequest) (nothing, error) {
	return nothing{}, s.Judging.SetGold(r.Context(), r.scope, r.who, in.Task, in.Item, nil)
}

type judgeAside struct {
	Task   string `json:"-" path:"task"`
	Person string `json:"person" doc:"id, as the task's report has it"`
	Back   bool   `json:"back,omitempty" doc:"take it in again"`
	Note   string `json:"note,omitempty" doc:"why"`
}

func setJudgeAside(s *Server, r *request, in judgeAside) (judge.Standing, error) {
	return s.Judging.SetAside(r.Context(), r.scope, r.who, in.Task, in.Person, in.Back, in.Note)
}

type finishRequest struct {
	Task  string `json:"-" path:"task"`
	Leave bool   `json:"leave,omitempty" doc:"leave out what is not judged or not decided"`
}

func finishJudging(s *Server, r *request, in finishRequest) (judge.Done, error) {
	return s.Judging.Finish(r.Context(), r.scope, r.who, in.Task, in.Leave)
}

type judgeImport struct {
	Task    string `path:"task"`
	Format  string `query:"format" enum:"lines,studio" default:"lines"`
	Licence string `query:"licence" doc:"of items that name none"`
	Broken  bool   `query:"broken" doc:"leave broken ones out, in the place of taking in nothing"`
}

// importJudging takes a file as the body. It is kept until it ends: all items are read before one is taken in.
func importJudging() endpoint {
	e := endpoint{in: reflect.TypeFor[judgeImport](), out: reflect.TypeFor[judge.Ported](), takes: jsonLines}
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := bind[judgeImport](r)
		if err != nil {
			return err
		}
		file, err := s.spooled(r)
		if err != nil {
			return err
		}
		defer file.Close()
		if in.Format == "" {
			in.Format = judge.Lines
		}
		out, err := s.Judging.Import(r.Context(), r.scope, r.who, in.Task, in.Format, in.Licence, in.Broken, file)
		if err != nil {
			return err
		}
		for i := range out.Faults {
			out.Faults[i].Why, out.Faults[i].Hint = r.tell(out.Faults[i].Why), r.tell(out.Faults[i].Hint)
		}
		return writeJSON(w, http.StatusOK, out)
	}
	return e
}

type judgeExport struct {
	Task   string `path:"task"`
	Format string `query:"format" enum:"lines,studio" default:"lines"`
}

func exportJudging(s *Server, w http.ResponseWriter, r *request, in judgeExport) error {
	if in.Format == "" {
		in.Format = judge.Lines
	}
	return s.Judging.Export(r.Context(), r.scope, r.who, in.Task, in.Format, func(t judge.Task) (io.Writer, error) {
		kind, ending := jsonLines, ".jsonl"
		if in.Format == judge.Studio {
			kind, ending = jsonBody, ".json"
		}
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+t.Name+ending+`"`)
		return w, nil
	})
}
