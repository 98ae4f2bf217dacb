package openai

import (
	"context"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// An Adapter is one that llama.cpp's server has beside its weights.
type Adapter struct {
	Path  string  `json:"path"`
	Scale float64 `json:"scale"` // by which it is added; 0: not at all
}

// LoadAdapter has vLLM take an adapter while it runs, from a folder that it sees, under a name by which
// it can then be asked like a model. That it has it already is no error.
// https://docs.vllm.ai/en/stable/features/lora/
func (m *Client) LoadAdapter(ctx context.Context, name, folder string) error {
	err := m.tell(ctx, "/load_lora_adapter", map[string]any{"lora_name": name, "lora_path": folder})
	if said := wire.RefusalOf(err); said != nil && strings.Contains(said.Message, "already been loaded") {
		return nil
	}
	return m.adapterRefused(name, err)
}

// UnloadAdapter has vLLM forget an adapter. That it does not know it is no error.
func (m *Client) UnloadAdapter(ctx context.Context, name string) error {
	err := m.tell(ctx, "/unload_lora_adapter", map[string]any{"lora_name": name})
	if said := wire.RefusalOf(err); said != nil && said.Status == http.StatusNotFound {
		return nil
	}
	return m.adapterRefused(name, err)
}

// tell posts something whose reply is a word for people.
func (m *Client) tell(ctx context.Context, path string, body any) error {
	k, err := m.s.Post(ctx, m.base+path, body)
	if err != nil {
		return err
	}
	k.End()
	return nil
}

// adapterRefused says why vLLM does not take an adapter.
func (m *Client) adapterRefused(name string, err error) error {
	said := wire.RefusalOf(err)
	switch {
	case said == nil || said.Status >= 500 || said.Status == http.StatusUnauthorized || said.Status == http.StatusForbidden:
		return err
	case said.Status == http.StatusMethodNotAllowed || said.Status == http.StatusNotFound && strings.Contains(said.Message, "Not Found") && said.Type == "":
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server at " + m.root + " takes no adapters while it runs", Hint: "start vLLM with --enable-lora, and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment", Err: err}
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server at " + m.root + " refuses the adapter " + name + ": " + said.Message, Hint: "look whether it sees the folder, has the base of the adapter, and takes its rank: --max-lora-rank is 16 where it is not given", Err: err}
}

// Adapters are those that llama.cpp's server has beside its weights; ok is false where the server is
// another one.
func (m *Client) Adapters(ctx context.Context) (all []Adapter, ok bool, err error) {
	err = m.get(ctx, m.root+"/lora-adapters", &all)
	if said := wire.RefusalOf(err); said != nil && said.Status < 500 {
		return nil, false, nil
	}
	return all, err == nil, err
}
