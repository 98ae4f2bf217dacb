package config

import (
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/engine"
	"wenyuan/prompt"
)

// EmbedderName is how the embedder is called among the models.
const EmbedderName = "embedder"

// Specs are the models as the gateway declares them, in the order of the file.
func (f File) Specs() []gateway.Spec {
	var all []gateway.Spec
	for _, m := range f.Models {
		s := gateway.Spec{Name: m.Name, Context: m.Context, Tokenizer: m.Tokenizer, Can: m.Can, Location: m.Location, Fallback: m.Fallback}
		for _, r := range m.Replicas {
			s.Replicas = append(s.Replicas, gateway.Replica{URL: r.URL, Dialect: r.Dialect, RemoteName: r.RemoteName, KeyEnv: r.KeyEnv, Weight: r.Weight, Priority: int(r.Priority), Region: r.Region, Cost: r.Cost, Adapters: r.Adapters})
		}
		if e := m.Engine; e != nil {
			s.Engine = &engine.Spec{Command: e.Command, Adapter: e.Adapter, Dir: e.Dir, Env: e.Env, Min: int(e.Min), Max: e.Max, Idle: engine.Span(e.Idle), Ready: e.Ready,
				StartTime: engine.Span(e.StartTime), StopTime: engine.Span(e.StopTime), Dialect: e.Dialect, RemoteName: e.RemoteName}
		}
		if m.Price != nil {
			p := gateway.Price(*m.Price)
			s.Price = &p
		}
		all = append(all, s)
	}
	return all
}

// EmbedderSpec is the embedder as the gateway declares it; nil where there is none.
func (f File) EmbedderSpec() *gateway.Spec {
	e := f.Embedder
	if e == nil {
		return nil
	}
	return &gateway.Spec{
		Name: EmbedderName, Can: []string{gateway.Embeddings}, Location: e.Location,
		Replicas: []gateway.Replica{{URL: e.URL, Dialect: e.Dialect, RemoteName: e.Model, KeyEnv: e.KeyEnv}},
	}
}

// Closed are the corpora that the file closes.
func (f File) Closed() (names []string) {
	for _, c := range f.Corpora {
		if c.Closed {
			names = append(names, c.Name)
		}
	}
	return names
}

func (c checker) models() {
	for _, s := range c.e.Specs() {
		if s.Name == EmbedderName && c.e.Embedder != nil {
			c.bad("models."+s.Name, "is the name of what stands under embedder: give the model another one")
		}
		c.spec("models."+s.Name, s, nil)
	}
	if s := c.e.EmbedderSpec(); s != nil {
		c.spec("embedder", *s, map[string]string{"replicas[0].url": "url", "replicas[0].dialect": "dialect", "replicas[0].remote_name": "model", "replicas[0].key_env": "key_env", "can": "dialect"})
		if c.e.Embedder.Model == "" {
			c.bad("embedder.model", "is empty: say how the server calls the model")
		}
	}
	for i, entry := range c.e.Outbound {
		c.fault(fmt.Sprintf("outbound[%d]", i), gateway.CheckOutbound(entry))
	}
	_, err := gateway.NewOutbound(c.e.Proxy)
	c.fault("proxy", err)
}

// spec looks at one model; keys says how its fields are called here where that differs.
func (c checker) spec(at string, s gateway.Spec, keys map[string]string) {
	s = s.WithDefaults()
	for _, f := range s.Faults() {
		field := f.Field
		if own, ok := keys[field]; ok {
			field = own
		}
		if field == "name" {
			c.bad("models", f.Text)
			continue
		}
		c.bad(joined(at, field), f.Text)
	}
	for i, r := range s.Replicas {
		if r.URL != "" && !gateway.Permitted(c.e.Outbound, r.URL) {
			field := fmt.Sprintf("replicas[%d].url", i)
			if own, ok := keys[field]; ok {
				field = own
			}
			c.bad(joined(at, field), "is not among the addresses under outbound")
		}
	}
	if t := s.Tokenizer; t != "" && t != gateway.EngineTokenizer && !slices.Contains(prompt.Encodings(), t) {
		if _, ok := prompt.TiktokenFor(t); !ok {
			c.bad(joined(at, "tokenizer"), fmt.Sprintf("is %q: want engine, or one of %s", t, list(prompt.Encodings())))
		}
	}
}

// fault says an error of the house at a key.
func (c checker) fault(at string, err error) {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		c.bad(at, e.Message+": "+e.Hint)
	}
}
