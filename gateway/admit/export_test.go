package admit

// Remembered is how many keys a queue knows.
func Remembered(q *Queue) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for c := range q.classes {
		for _, g := range q.classes[c].all {
			n += 1 + len(g.all)
		}
	}
	return n
}
