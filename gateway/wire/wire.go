// Package wire is one HTTP request to one server of a model, whatever dialect is spoken
// there: the post, the watch on silence, the limits, the errors, and what may leave the
// house.
//
// It never sends a request that nobody waits for, never follows a redirect (the key would go
// with it), and never puts a key into an error or a log. It is the one place that looks
// whether a request may leave the house (see [wenyuan.StayInside]); a dialect that reached
// its server by another way would carry closed corpora over the border. Memory is bounded
// whatever a server sends: one event of a stream, and nothing of what was handed on.
package wire

// An Offer is a model that a server says it has.
type Offer struct {
	Name    string // as a RemoteName
	Context int    // tokens that fit; 0 where the server does not say
}
