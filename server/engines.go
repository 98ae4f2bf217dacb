package server

import (
	"wenyuan/gateway/engine"
	"wenyuan/internal/scope"
)

// engineRoutes are the doors to the programs of this machine that run models.
func engineRoutes() []route {
	return []route{
		{"GET", "/api/gateway/engines", "List the engines of models that this server runs, with their instances", reply(engines).needs(scope.Operate)},
		{"POST", "/api/gateway/engines/{model}", "Start, stop or restart the engine of a model; nothing that is under way is cut off", reply(actEngine).needs(scope.Operate)},
	}
}

type engineList struct {
	Engines []engine.Status `json:"engines" doc:"in the order of the settings file"`
}

func engines(s *Server, r *request, _ nothing) (engineList, error) {
	list, err := s.Gateway.Engines(r.scope)
	for i := range list {
		list[i].Why = r.tell(list[i].Why)
	}
	return engineList{list}, err
}

type engineRequest struct {
	Model  string `path:"model"`
	Action string `json:"action" doc:"start, stop or restart"`
}

func actEngine(s *Server, r *request, in engineRequest) (engine.Status, error) {
	e, err := s.Gateway.Engine(r.Context(), r.scope, in.Model, in.Action)
	e.Why = r.tell(e.Why)
	return e, err
}
