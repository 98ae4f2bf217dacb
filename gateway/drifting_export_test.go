package gateway

// Compared waits until the comparisons that are under way are through.
func (m *Models) Compared() {
	for range cap(m.sampling) {
		m.sampling <- struct{}{}
	}
	for range cap(m.sampling) {
		<-m.sampling
	}
}
