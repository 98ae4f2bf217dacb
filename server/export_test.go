package server

import "reflect"

// Routes are the doors of the interfaces for programs, as "METHOD path".
func Routes() (out []string) {
	for _, r := range apiRoutes() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}

// AllRoutes are all doors of the house, as "METHOD path".
func AllRoutes() (out []string) {
	for _, r := range tables() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}

// A Door is a route as who knocks at it sees it.
type Door struct {
	Method, Path string
	In           reflect.Type
	Takes        string // media type of the body; "" for none
}

// Doors are all doors of the house with what they take.
func Doors() (out []Door) {
	for _, r := range tables() {
		out = append(out, Door{r.method, r.path, r.in, r.takes})
	}
	return out
}

// Given is how many answers connections have given again by themselves.
func (s *Server) Given() int64 { return s.front.given.Load() }
