package gateway

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"wenyuan"
	"wenyuan/gateway/openai"
)

// A Pool is one model as the operator declares it: a name and the servers that run it, the
// preferred one first.
type Pool struct {
	Name     string
	Replicas []Config
}

// Models are the chat models that are configured, in the order of the configuration. They
// may be replaced while requests are under way; those keep what they began with.
type Models struct {
	set atomic.Pointer[[]named]
}

type named struct {
	name     string
	replicas []*openai.Client
	servers  []Server
}

// NewModels makes the clients of all models. It does not reach out.
func NewModels(pools []Pool) *Models {
	m := &Models{}
	m.Replace(pools)
	return m
}

// Replace puts other models in the place of the present ones.
func (m *Models) Replace(pools []Pool) {
	var set []named
	for _, p := range pools {
		n := named{name: p.Name}
		for _, c := range p.Replicas {
			c.Name = p.Name
			n.replicas = append(n.replicas, openai.New(c))
			n.servers = append(n.servers, Server{c.URL, cmp.Or(c.RemoteName, c.Name)})
		}
		set = append(set, n)
	}
	if old := m.set.Swap(&set); old != nil {
		closeAll(*old)
	}
}

// Close lets idle connections go. A request after it still works.
func (m *Models) Close() { closeAll(*m.set.Load()) }

func closeAll(set []named) {
	for _, n := range set {
		for _, c := range n.replicas {
			c.Close()
		}
	}
}

// First is the first chat model of the configuration; ok is false where there is none.
func (m *Models) First() (name string, model wenyuan.Model, ok bool) {
	set := *m.set.Load()
	if len(set) == 0 {
		return "", nil, false
	}
	return set[0].name, set[0], true
}

// Get finds a model by its name.
func (m *Models) Get(name string) (wenyuan.Model, bool) {
	set := *m.set.Load()
	i := slices.IndexFunc(set, func(n named) bool { return n.name == name })
	if i < 0 {
		return nil, false
	}
	return set[i], true
}

// Names lists the models in the order of the configuration.
func (m *Models) Names() []string {
	var out []string
	for _, n := range *m.set.Load() {
		out = append(out, n.name)
	}
	return out
}

// A Server is where a model runs, without the key.
type Server struct {
	URL        string `json:"url"`
	RemoteName string `json:"remote_name"`
}

// Describe says what stands behind a model's name, to be recorded with the answers it
// writes; nil for an unknown name.
func (m *Models) Describe(name string) []Server {
	for _, n := range *m.set.Load() {
		if n.name == name {
			return slices.Clone(n.servers)
		}
	}
	return nil
}

// Stream asks the replicas in their order until one begins to answer. After the first chunk
// was handed on there is no second try: the reader would see two answers mixed.
func (n named) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		for i, c := range n.replicas {
			spare := i < len(n.replicas)-1
			if !try(ctx, c, r, spare, yield) {
				return
			}
		}
	}
}

// try streams from one replica. It says whether the next one should be asked, which is so
// when this one failed in a way that another may not, before anything was said.
func try(ctx context.Context, c *openai.Client, r wenyuan.Request, spare bool, yield func(wenyuan.Chunk, error) bool) (next bool) {
	begun := false
	for chunk, err := range c.Stream(ctx, r) {
		if err != nil && !begun && spare && ctx.Err() == nil && passing(err) {
			return true
		}
		begun = true
		if !yield(chunk, err) {
			return false
		}
	}
	return false
}

// passing says whether another server may do what this one did not.
func passing(err error) bool {
	code := wenyuan.CodeOf(err)
	return code == wenyuan.Unavailable || code == wenyuan.Limited
}

var _ wenyuan.Model = named{}
