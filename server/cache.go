package server

import (
	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/internal/scope"
)

// cacheState shows what the cache holds: counts, of all spaces together, and nothing of what was answered.
func cacheState(s *Server, r *request, _ nothing) (cache.Look, error) {
	return s.Gateway.CacheLook(), nil
}

// A purgeRequest says which answers are to be forgotten.
type purgeRequest struct {
	Kind  string `json:"kind,omitempty" enum:"document,prompt,assistant,model," doc:"by what they were made; everything where it is left out"`
	Name  string `json:"name,omitempty" doc:"id of the document, or name of the prompt, assistant or model"`
	House bool   `json:"house,omitempty" doc:"in all spaces and not in this one alone; for an operator"`
}

type purged struct {
	Purged int64 `json:"purged" doc:"entries that were forgotten here and in the shared level; one that lay in both counts twice"`
}

func purgeCache(s *Server, r *request, in purgeRequest) (purged, error) {
	p := cache.Purge{Space: r.scope.Space(), Kind: in.Kind, Name: in.Name}
	if in.House {
		if !r.scope.May(scope.Operate) {
			return purged{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator may purge the cache of the whole house", Hint: "name a space that you own"}
		}
		p.Space = ""
	}
	n, err := s.Gateway.Purge(r.Context(), r.scope, p)
	return purged{n}, err
}
