package session

// ToRemember says whether a text asks that something be remembered, and what. A question is
// never such a request, whatever else it says; when in doubt the answer is no.
func ToRemember(text string) (what string, ok bool) {
	panic("being built")
}
