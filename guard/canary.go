package guard

// Canary is a word for one request, made from a seed that nobody else knows or repeats, such as
// the id of its trace. It is put into the system prompt; that it appears in an answer, written
// in whatever way, proves that the prompt leaked.
func Canary(seed string) string { return "" }
