package gateway

import (
	"slices"

	"wenyuan"
)

// Get finds a model that a space has by its name. One of another space is not found.
func (m *Models) Get(space, name string) (*Model, bool) {
	m.look()
	return m.find(space, name)
}

// find finds a model among those that are known.
func (m *Models) find(space, name string) (*Model, bool) {
	set := m.set.Load()
	i := slices.IndexFunc(set.models, func(o *Model) bool { return o.spec.Name == name && in(space, o.space) })
	if i < 0 {
		return nil, false
	}
	return set.models[i], true
}

// Default is the first model of a space that can chat: those of the settings file come first, in
// its order, then those added at run time, the oldest first.
func (m *Models) Default(space string) (*Model, bool) {
	m.look()
	for _, o := range m.set.Load().models {
		if in(space, o.space) && o.spec.Able(Chat) {
			return o, true
		}
	}
	return nil, false
}

// Names lists the models of a space that can chat, in the order of [Models.Default].
func (m *Models) Names(space string) []string {
	m.look()
	var names []string
	for _, o := range m.set.Load().models {
		if in(space, o.space) && o.spec.Able(Chat) {
			names = append(names, o.spec.Name)
		}
	}
	return names
}

// Embedder is the one that turns documents into vectors; ok is false where the settings name none.
func (m *Models) Embedder() (e wenyuan.Embedder, ok bool) {
	if m.c.Embedder == nil {
		return nil, false
	}
	o, ok := m.Get("", m.c.Embedder.Name)
	if !ok {
		return nil, false
	}
	return o.Embedder()
}

// List shows all models of a space in their order, also those that cannot be used, with the reason.
func (m *Models) List(space string) []Listed {
	m.look()
	return slices.DeleteFunc(slices.Clone(m.set.Load().list), func(l Listed) bool { return !in(space, l.Space) })
}
