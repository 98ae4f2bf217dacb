package channel

// Known is how many accounts are held.
func (l *Limiter) Known() int { return l.order.Len() }
