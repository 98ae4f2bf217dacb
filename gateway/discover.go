package gateway

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"wenyuan/gateway/wire"
)

// usual is where programs that run models listen by default, on this machine.
var usual = []Replica{
	{URL: "http://127.0.0.1:11434", Dialect: Ollama},
	{URL: "http://127.0.0.1:8080", Dialect: OpenAI}, // llama.cpp
	{URL: "http://127.0.0.1:8000", Dialect: OpenAI}, // vLLM
	{URL: "http://127.0.0.1:1234", Dialect: OpenAI}, // LM Studio
}

const (
	discoverTime = 2 * time.Second // for one address: it is on this machine
	discoverMost = 100             // models of one server
)

// lists is what a client has whose server says which models it runs.
type lists interface {
	List(ctx context.Context) ([]wire.Offer, error)
}

// Discover looks for servers of models on this machine, at the ports that are usual for
// them, and gives what they offer and is not declared yet. It declares nothing, and what a
// model can do is guessed from its name. This is the only place that connects to what is
// not configured, and it does so only when it is called; where the settings permit certain
// addresses only, it looks at no others.
func (m *Models) Discover(ctx context.Context, space string) []Spec {
	places := m.c.Local
	if len(places) == 0 {
		places = usual
	}
	m.mu.Lock()
	allow := m.c.Allow
	m.mu.Unlock()
	places = slices.DeleteFunc(slices.Clone(places), func(r Replica) bool { return !here(r.URL) || !Permitted(allow, r.URL) })
	found := make([][]Spec, len(places))
	var wg sync.WaitGroup
	for i, r := range places {
		wg.Go(func() { found[i] = offers(ctx, r) })
	}
	wg.Wait()
	known := m.List(space)
	return slices.DeleteFunc(slices.Concat(found...), func(s Spec) bool {
		return slices.ContainsFunc(known, func(l Listed) bool { return l.runs(s) })
	})
}

// runs says whether a model is declared at the address and by the name at which another was found.
func (l Listed) runs(s Spec) bool {
	return slices.ContainsFunc(l.Replicas, func(r Replica) bool {
		remote, other := r.RemoteName, s.Replicas[0].RemoteName
		if remote == "" {
			remote = l.Name
		}
		if other == "" {
			other = s.Name
		}
		return sameServer(r.URL, s.Replicas[0].URL) && remote == other
	})
}

// offers asks one server. One that does not answer offers nothing: that is what looking means.
func offers(ctx context.Context, r Replica) (all []Spec) {
	ctx, cancel := context.WithTimeout(ctx, discoverTime)
	defer cancel()
	out, err := NewOutbound("")
	if err != nil {
		return nil
	}
	defer out.Close()
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil
	}
	out.Allow([]string{addressOf(u)})
	c, ok := client(r.Dialect, wire.Config{Name: r.URL, URL: r.URL, Inside: true, HTTP: out.Client(true)}).(lists)
	if !ok {
		return nil
	}
	offered, err := c.List(ctx)
	if err != nil {
		return nil
	}
	for _, o := range offered[:min(len(offered), discoverMost)] {
		s := Spec{Name: nameOf(o.Name), Context: o.Context, Can: []string{guess(o.Name)}}
		r.RemoteName = o.Name
		s.Replicas = []Replica{r}
		if s = s.WithDefaults(); s.Check() == nil {
			all = append(all, s)
		}
	}
	return all
}

// unfit is what cannot stand in the name of a model.
var unfit = regexp.MustCompile(`[^\p{L}\p{N}._:@+-]+`)

// nameOf makes a name of what a server calls its model, which may be the path of a file.
func nameOf(remote string) string {
	name := strings.TrimSuffix(path.Base(strings.ReplaceAll(remote, `\`, "/")), ".gguf")
	return strings.Trim(unfit.ReplaceAllString(name, "-"), "-._:@+")
}

// guess says what a model of a name is likely to be for.
func guess(name string) string {
	name = strings.ToLower(name)
	switch {
	case strings.Contains(name, "rerank"):
		return Rerank
	case strings.Contains(name, "embed") || strings.Contains(name, "bge-") || strings.HasPrefix(path.Base(name), "e5-") || strings.Contains(name, "gte-"):
		return Embeddings
	}
	return Chat
}
