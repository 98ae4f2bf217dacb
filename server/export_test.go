package server

import (
	"reflect"
	"time"
)

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

// Fronted are the answers that connections can give again, and the bytes that these take.
func (s *Server) Fronted() (answers, bytes int) {
	s.front.mu.RLock()
	defer s.front.mu.RUnlock()
	for _, k := range s.front.all {
		if k.tail != nil {
			answers++
		}
	}
	return answers, s.front.bytes
}

// SweepFront is what happens to them each minute.
func (s *Server) SweepFront(now time.Time) {
	s.front.sweep(func(k *frontAnswer) bool { return k.over(s, now) })
}
