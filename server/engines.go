package server

import (
	"strings"

	"wenyuan/gateway"
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

// writeEngines writes how the engines of this machine stand.
func writeEngines(b *strings.Builder, all []gateway.LiveModel) {
	instances := &metric{name: "wenyuan_engine_instances", kind: "gauge", help: "Processes that run a model, by their state."}
	wanted := &metric{name: "wenyuan_engine_wanted", kind: "gauge", help: "Processes that there should be for a model."}
	waiting := &metric{name: "wenyuan_engine_waiting", kind: "gauge", help: "Requests that wait for a place at an engine."}
	failed := &metric{name: "wenyuan_engine_failed", kind: "gauge", help: "1 where an engine was given up for now."}
	restarts := &metric{name: "wenyuan_engine_restarts_total", kind: "counter", help: "Processes that ended without being asked to."}
	cold := &metric{name: "wenyuan_engine_cold_start_seconds", kind: "gauge", help: "How long the last start took."}
	seen := map[string]bool{}
	for _, m := range all {
		e := m.Engine
		if e == nil || seen[e.Model] {
			continue
		}
		seen[e.Model] = true
		for _, state := range []engine.State{engine.Starting, engine.Ready, engine.Draining} {
			n := 0
			for _, i := range e.Instances {
				if i.State == state {
					n++
				}
			}
			instances.add(float64(n), "model", e.Model, "state", string(state))
		}
		given := 0.0
		if e.State == engine.Failed {
			given = 1
		}
		wanted.add(float64(e.Wanted), "model", e.Model)
		waiting.add(float64(e.Waiting), "model", e.Model)
		failed.add(given, "model", e.Model)
		restarts.add(float64(e.Restarts), "model", e.Model)
		cold.add(float64(e.ColdStart)/1e6, "model", e.Model)
	}
	writeMetrics(b, instances, wanted, waiting, failed, restarts, cold)
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
