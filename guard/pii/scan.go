package pii

type word struct{ start, end int }

func (f *finder) scan()    {}
func (f *finder) han()     {}
func (f *finder) english() {}
