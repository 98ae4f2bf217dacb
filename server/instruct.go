package server

import (
	"wenyuan/dataset"
	"wenyuan/internal/scope"
)

// instructRoutes are the doors of self-instruct.
func instructRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"POST", "/api/samples/instruct", "Have a model write rows from seeds, in the background; an order of the same name that did not make all rows goes on", reply(instructSamples).asLarge(maxSet).needs(scope.Edit)},
		{"GET", "/api/samples/instruct", "List what models were ordered to write, newest first", reply(instructRuns).needs(reads...)},
		{"GET", "/api/samples/instruct/{id}", "Show what a model was ordered to write, and how far it is", reply(oneInstruct).asLight().needs(reads...)},
		{"POST", "/api/samples/instruct/{id}/stop", "Stop it; what was written stays, and the same order goes on", reply(stopInstruct).needs(scope.Edit)},
	}
}

func instructSamples(s *Server, r *request, in dataset.InstructOrder) (dataset.Instructed, error) {
	return s.Sets.Instruct(r.Context(), r.scope, r.identity, in)
}

type instructList struct {
	Runs []dataset.Instructed `json:"runs"`
}

func instructRuns(s *Server, r *request, _ nothing) (instructList, error) {
	all, err := s.Sets.InstructRuns(r.Context(), r.scope)
	for i := range all {
		all[i].Error = r.tell(all[i].Error)
	}
	return instructList{all}, err
}

func oneInstruct(s *Server, r *request, in idRequest) (dataset.Instructed, error) {
	run, err := s.Sets.Instructed(r.Context(), r.scope, in.ID)
	run.Error = r.tell(run.Error)
	return run, err
}

func stopInstruct(s *Server, r *request, in idRequest) (dataset.Instructed, error) {
	return s.Sets.StopInstruct(r.Context(), r.scope, r.identity, in.ID)
}
