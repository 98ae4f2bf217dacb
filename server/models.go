package server

import (
	"wenyuan/gateway"
)

// A modelList is what there is and where it runs. A key is never in it.
type modelList struct {
	Models []listedModel `json:"models" doc:"those of the settings file first, then those added at run time"`
}

func listModels(s *Server, r *request, _ nothing) (modelList, error) {
	list := s.Gateway.List(r.scope.Space())
	for i := range list {
		list[i].Fault = r.tell(list[i].Fault)
	}
	models, err := s.measured(r, list)
	return modelList{models}, err
}

// putModel declares a model, anew where there is one of the name.
func putModel(s *Server, r *request, in gateway.Spec) (gateway.Listed, error) {
	if err := s.Gateway.Put(r.Context(), r.scope, in); err != nil {
		return gateway.Listed{}, err
	}
	return s.listed(r, in.Name)
}

func (s *Server) listed(r *request, name string) (gateway.Listed, error) {
	for _, l := range s.Gateway.List(r.scope.Space()) {
		if l.Name == name {
			return l, nil
		}
	}
	return gateway.Listed{}, gateway.Unknown(name)
}

type modelRequest struct {
	Name string `path:"name"`
}

// removeModel gives the model back as it was.
func removeModel(s *Server, r *request, in modelRequest) (gateway.Listed, error) {
	was, err := s.listed(r, in.Name)
	if err != nil {
		return was, err
	}
	return was, s.Gateway.Remove(r.Context(), r.scope, in.Name)
}

func testModel(s *Server, r *request, in modelRequest) (gateway.Report, error) {
	report, err := s.Gateway.Test(r.Context(), r.scope.Space(), in.Name)
	for i, c := range report.Checks {
		report.Checks[i].Message, report.Checks[i].Hint = r.tell(c.Message), r.tell(c.Hint)
	}
	return report, err
}

type foundModels struct {
	Models []gateway.Spec `json:"models" doc:"as they can be added; what they can do is guessed from their names"`
}

func discoverModels(s *Server, r *request, _ nothing) (foundModels, error) {
	found := s.Gateway.Discover(r.Context(), r.scope.Space())
	if found == nil {
		found = []gateway.Spec{}
	}
	return foundModels{found}, nil
}
