package server

import (
	"strings"

	"wenyuan/answer"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// driftRoutes are the doors to how replicas compare, and to labels that are split.
func driftRoutes() []route {
	return []route{
		{"GET", "/api/gateway/drift", "How the replicas of models compare with one another", reply(drifting).needs(scope.Own, scope.Operate)},
		{"POST", "/api/gateway/drift/{name}/compare", "Ask all replicas of a model the same questions now, and show the answers side by side", reply(compareReplicas).asAnswer().needs(scope.Own, scope.Operate)},
		{"POST", "/api/gateway/drift/{name}/back", "Let a replica serve again that was flagged or taken out for its answers", reply(putBack).needs(scope.Own, scope.Operate)},
		{"GET", "/api/models/{name}/split", "The versions of a model that was added at run time, and what each gets of those who ask", reply(modelSplit).needs(scope.Own, scope.Operate)},
		{"PUT", "/api/models/{name}/split", "Give versions of a model a share each of those who ask", reply(splitModel).needs(scope.Own, scope.Operate)},
		{"GET", "/api/assistants/{name}/split", "The versions of an assistant, and what each gets of those who ask", reply(assistantSplit).needs(scope.Edit, scope.Review).about(ofAssistant)},
		{"PUT", "/api/assistants/{name}/split", "Give versions of an assistant a share each of those who ask", reply(splitAssistant).needs(scope.Edit).about(ofAssistant)},
	}
}

type driftList struct {
	Models []gateway.Drifting `json:"models"`
}

func drifting(s *Server, r *request, _ nothing) (driftList, error) {
	list := driftList{s.Gateway.Drift(r.scope)}
	for i := range list.Models {
		r.tellDrift(&list.Models[i])
	}
	if list.Models == nil {
		list.Models = []gateway.Drifting{}
	}
	return list, nil
}

// tellDrift puts what is said of replicas into the reader's language.
func (r *request) tellDrift(d *gateway.Drifting) {
	for i, x := range d.Replicas {
		lines := strings.Split(x.Why, "\n")
		for j, line := range lines {
			lines[j] = r.tell(line)
		}
		d.Replicas[i].Why = strings.Join(lines, "\n")
	}
	for i, x := range d.Cases {
		d.Cases[i].Why = r.tell(x.Why)
	}
}

type compared struct {
	Versions []gateway.Comparison `json:"versions" doc:"one, or of a model that is split one for each version that is in use"`
}

func compareReplicas(s *Server, r *request, in modelRequest) (compared, error) {
	all, err := s.Gateway.Compare(r.Context(), r.scope, in.Name)
	for i := range all {
		r.tellDrift(&all[i].Drifting)
		for _, p := range all[i].Probes {
			for j, x := range p.Replies {
				p.Replies[j].Failed, p.Replies[j].Why = r.tell(x.Failed), r.tell(x.Why)
			}
		}
	}
	return compared{all}, err
}

type backRequest struct {
	Name    string `path:"name"`
	Replica string `json:"replica" doc:"as the list names it"`
}

func putBack(s *Server, r *request, in backRequest) (driftList, error) {
	if err := s.Gateway.PutBack(r.Context(), r.scope, in.Name, in.Replica); err != nil {
		return driftList{}, err
	}
	return drifting(s, r, nothing{})
}

// A splitList is what a name was and is.
type splitList struct {
	Shares   []version.Share            `json:"shares" doc:"versions that are in use, the largest share first; shares are of 10000"`
	Versions []version.Kept             `json:"versions" doc:"all that there were, the newest first"`
	Counts   []splitCount               `json:"counts" doc:"of the versions that were served since this server started, and how people rate them"`
	Waits    []version.Waited           `json:"waits,omitempty" doc:"servers that have not loaded what was just put in use: until then it stays as it was"`
	Adapters map[string]gateway.Adapter `json:"adapters,omitempty" doc:"what versions of a model stand on, by their hash"`
}

// A splitCount is what tells one version from another.
type splitCount struct {
	version.Count
	trace.Rated
}

type splitRequest struct {
	Name   string          `path:"name"`
	Shares []version.Share `json:"shares" doc:"each version by the beginning of its hash, with its share of 10000; one with all of it ends the split"`
}

func modelSplit(s *Server, r *request, in modelRequest) (splitList, error) {
	kept, shares, err := s.Gateway.Versions(r.Context(), r.scope, in.Name)
	if err != nil {
		return splitList{}, err
	}
	counts, err := s.splitCounts(r, s.Gateway.Counted(), gateway.Kind, in.Name)
	out := splitList{Shares: shares, Versions: kept, Counts: counts, Adapters: map[string]gateway.Adapter{}}
	for _, k := range kept[:min(len(kept), adaptersShown)] {
		if a := s.Gateway.Adapted(r.Context(), r.scope.Space(), in.Name, k.Hash); a != nil {
			out.Adapters[k.Hash] = *a
		}
	}
	return out, err
}

// adaptersShown is of how many versions it is said what they stand on.
const adaptersShown = 50

// splitCounts is what was counted of the versions of a name.
func (s *Server) splitCounts(r *request, of *version.Counts, kind, name string) (out []splitCount, err error) {
	var rated map[string]trace.Rated
	if r.scope.May(scope.Edit) || r.scope.May(scope.Review) || r.scope.May(scope.Own) {
		err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
			rated, err = trace.Ratings(r.Context(), tx, r.scope, kind, name)
			return err
		})
	}
	out = []splitCount{}
	for _, c := range of.Look(r.scope.Space(), kind, name) {
		out = append(out, splitCount{c, rated[c.Hash]})
	}
	return out, err
}

func splitModel(s *Server, r *request, in splitRequest) (splitList, error) {
	if err := s.Gateway.Split(r.Context(), r.scope, in.Name, in.Shares); err != nil {
		return splitList{}, err
	}
	return modelSplit(s, r, modelRequest{in.Name})
}

func assistantSplit(s *Server, r *request, in assistantName) (splitList, error) {
	return s.sharesOf(r, in.Name, answer.Assistant{})
}

func splitAssistant(s *Server, r *request, in splitRequest) (splitList, error) {
	as, err := s.Answerer.SplitAssistant(r.Context(), r.scope, in.Name, in.Shares)
	if err != nil {
		return splitList{}, err
	}
	return s.sharesOf(r, in.Name, as)
}

func (s *Server) sharesOf(r *request, name string, as answer.Assistant) (splitList, error) {
	kept, err := s.Answerer.Versions(r.Context(), r.scope, name)
	if err != nil {
		return splitList{}, err
	}
	shares, err := s.Answerer.Shares(r.Context(), r.scope, name)
	if shares == nil {
		shares = []version.Share{} // a default assistant, of which no version is in use by a label
	}
	if err != nil {
		return splitList{}, err
	}
	counts, err := s.splitCounts(r, s.Answerer.Counted(), answer.Kind, name)
	return splitList{Shares: shares, Versions: kept, Counts: counts, Waits: as.Waits}, err
}
