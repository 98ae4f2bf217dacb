package server

import "wenyuan/auth"

type (
	spaceList struct {
		Spaces []auth.Space `json:"spaces" doc:"those of which you see something, by name"`
	}
	newSpace struct {
		Name string `json:"name"`
	}
	// A spaceRequest names the space that it is for in its path; see request.space.
	spaceRequest struct {
		Space string `path:"space" doc:"its name"`
	}
	spaceChange struct {
		Space string `json:"-" path:"space" doc:"its name"`
		auth.SpaceChange
	}
	memberList struct {
		Members []auth.Member `json:"members"`
	}
	newMember struct {
		Space   string `json:"-" path:"space" doc:"its name"`
		Subject string `json:"-" path:"member" doc:"person:NAME, service:NAME or group:NAME"`
		Role    string `json:"role" enum:"viewer,asker,editor,reviewer,owner"`
	}
	memberRequest struct {
		Space   string `path:"space" doc:"its name"`
		Subject string `path:"member" doc:"person:NAME, service:NAME or group:NAME"`
	}
)

func spaces(s *Server, r *request, _ nothing) (spaceList, error) {
	list, err := s.Auth.Spaces(r.Context(), r.identity)
	if list == nil {
		list = []auth.Space{}
	}
	return spaceList{list}, err
}

func addSpace(s *Server, r *request, in newSpace) (auth.Space, error) {
	return s.Auth.AddSpace(r.Context(), r.scope, in.Name)
}

func oneSpace(s *Server, r *request, _ spaceRequest) (auth.Space, error) {
	return s.Auth.FindSpace(r.Context(), r.scope)
}

func changeSpace(s *Server, r *request, in spaceChange) (auth.Space, error) {
	return s.Auth.ChangeSpace(r.Context(), r.scope, in.SpaceChange)
}

// removeSpace gives the space back as it was.
func removeSpace(s *Server, r *request, _ spaceRequest) (auth.Space, error) {
	x, err := s.Auth.FindSpace(r.Context(), r.scope)
	if err != nil {
		return x, err
	}
	return x, s.Privacy.RemoveSpace(r.Context(), r.scope)
}

func members(s *Server, r *request, _ spaceRequest) (memberList, error) {
	list, err := s.Auth.Members(r.Context(), r.scope)
	if list == nil {
		list = []auth.Member{}
	}
	return memberList{list}, err
}

func setMember(s *Server, r *request, in newMember) (memberList, error) {
	if err := s.Auth.SetRole(r.Context(), r.scope, in.Subject, in.Role); err != nil {
		return memberList{}, err
	}
	return members(s, r, spaceRequest{in.Space})
}

func dropMember(s *Server, r *request, in memberRequest) (memberList, error) {
	if err := s.Auth.DropRole(r.Context(), r.scope, in.Subject); err != nil {
		return memberList{}, err
	}
	return members(s, r, spaceRequest{in.Space})
}
