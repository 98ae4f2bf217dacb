package server

import "wenyuan/auth"

type (
	groupList struct {
		Groups []auth.Group `json:"groups" doc:"by name"`
	}
	newGroup struct {
		Name    string   `json:"name"`
		Members []string `json:"members,omitempty" doc:"person:NAME, service:NAME or group:NAME each"`
	}
	groupRequest struct {
		Name string `path:"name" doc:"name or id"`
	}
	groupChange struct {
		Group string `json:"-" path:"name" doc:"name or id"`
		auth.GroupChange
	}
	newMembers struct {
		Name    string   `json:"-" path:"name" doc:"name or id of the group"`
		Members []string `json:"members" doc:"person:NAME, service:NAME or group:NAME each"`
	}
	groupMember struct {
		Name   string `path:"name" doc:"name or id of the group"`
		Member string `path:"member" doc:"person:NAME, service:NAME or group:NAME"`
	}
)

func groups(s *Server, r *request, _ nothing) (groupList, error) {
	list, err := s.Auth.Groups(r.Context(), r.scope)
	if list == nil {
		list = []auth.Group{}
	}
	return groupList{list}, err
}

func addGroup(s *Server, r *request, in newGroup) (auth.Group, error) {
	return s.Auth.AddGroup(r.Context(), r.scope, in.Name, in.Members)
}

func oneGroup(s *Server, r *request, in groupRequest) (auth.Group, error) {
	return s.Auth.FindGroup(r.Context(), r.scope, in.Name)
}

func changeGroup(s *Server, r *request, in groupChange) (auth.Group, error) {
	return s.Auth.ChangeGroup(r.Context(), r.scope, in.Group, in.GroupChange)
}

// removeGroup gives the group back as it was.
func removeGroup(s *Server, r *request, in groupRequest) (auth.Group, error) {
	g, err := s.Auth.FindGroup(r.Context(), r.scope, in.Name)
	if err != nil {
		return g, err
	}
	return g, s.Auth.RemoveGroup(r.Context(), r.scope, g.ID)
}

func addMembers(s *Server, r *request, in newMembers) (auth.Group, error) {
	return s.Auth.AddMembers(r.Context(), r.scope, in.Name, in.Members)
}

func removeMember(s *Server, r *request, in groupMember) (auth.Group, error) {
	return s.Auth.RemoveMembers(r.Context(), r.scope, in.Name, []string{in.Member})
}
