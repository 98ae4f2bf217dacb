package openai

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"wenyuan/gateway/drift"
	"wenyuan/gateway/wire"
)

// Identify asks what the server runs: which models it has, and where that tells llama.cpp
// (/props) or vLLM (/version), what else they say. Of any other server it is asked for one token,
// because its replies name the state of its system.
func (m *Client) Identify(ctx context.Context) (f drift.Fingerprint, err error) {
	var reply struct {
		Data []card `json:"data"`
	}
	if err := m.get(ctx, m.base+"/models", &reply); err != nil {
		return f, err
	}
	c := cardOf(reply.Data, m.s.RemoteName)
	f = drift.Fingerprint{Model: cmp.Or(c.Root, c.ID), Context: max(c.MaxLen, c.Meta.Context)}
	f.Quantisation = cmp.Or(drift.QuantisationIn(c.Root), drift.QuantisationIn(c.ID))
	switch c.Owner {
	case "llamacpp":
		return m.llama(ctx, f, c)
	case "vllm":
		var said struct {
			Version string `json:"version"`
		}
		f.Engine = "vllm"
		if err := m.get(ctx, m.root+"/version", &said); err != nil {
			return f, err
		}
		f.Build = said.Version
		return f, nil
	}
	f.Engine = "openai"
	f.Build, err = m.system(ctx)
	return f, err
}

// A card is what /v1/models says of a model.
type card struct {
	ID     string `json:"id"`
	Owner  string `json:"owned_by"`
	Root   string `json:"root"`          // vLLM: the path or the name of the weights
	MaxLen int    `json:"max_model_len"` // vLLM
	Meta   struct {
		Context    int   `json:"n_ctx"`
		Parameters int64 `json:"n_params"`
		Size       int64 `json:"size"` // bytes of the weights
	} `json:"meta"` // llama.cpp
}

// cardOf is the card of a model; of a server that has one model only, that one's: llama.cpp
// answers with it whatever it is asked for.
func cardOf(all []card, name string) card {
	for _, c := range all {
		if c.ID == name {
			return c
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return card{}
}

// llama reads what llama.cpp's server says. Where the name of the file does not tell the
// quantisation, the bits of a weight do.
func (m *Client) llama(ctx context.Context, f drift.Fingerprint, c card) (drift.Fingerprint, error) {
	f.Engine = drift.LlamaCpp
	var said struct {
		Build    string `json:"build_info"`
		Path     string `json:"model_path"`
		Type     string `json:"model_ftype"`
		Template string `json:"chat_template"`
		Default  struct {
			Context int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if err := m.get(ctx, m.root+"/props", &said); err != nil {
		return f, err
	}
	f.Build, f.Template = said.Build, drift.Short(said.Template)
	if n := said.Default.Context; n > 0 {
		f.Context = n
	}
	file := said.Path[strings.LastIndexAny(said.Path, `/\`)+1:]
	if f.Quantisation = cmp.Or(said.Type, drift.QuantisationIn(file), f.Quantisation); f.Quantisation == "" && c.Meta.Parameters > 0 {
		f.Quantisation = fmt.Sprintf("%.2f bits", float64(8*c.Meta.Size)/float64(c.Meta.Parameters))
	}
	if c.Meta.Parameters > 0 { // files and aliases are named as everybody likes
		f.Model = fmt.Sprintf("%d parameters", c.Meta.Parameters)
	} else if file != "" {
		f.Model = file
	}
	return f, nil
}

// system asks for one token and reads how the server names the state of its system; "" where it
// does not.
func (m *Client) system(ctx context.Context) (string, error) {
	limit := "max_tokens"
	if m.newLimit.Load() {
		limit = "max_completion_tokens"
	}
	body := map[string]any{"model": m.s.RemoteName, "messages": []message{{Role: "user", Content: "."}}, limit: 1}
	var reply struct {
		System string `json:"system_fingerprint"`
	}
	err := m.s.JSON(ctx, m.base+"/chat/completions", body, &reply)
	if said := wire.RefusalOf(err); said != nil && said.Status == http.StatusBadRequest {
		return "", nil // it does not take one token, which says nothing
	}
	return reply.System, err
}

// get asks for one JSON value.
func (m *Client) get(ctx context.Context, address string, into any) error {
	k, err := m.s.Get(ctx, address)
	if err != nil {
		return err
	}
	defer k.End()
	return k.Whole(into)
}
