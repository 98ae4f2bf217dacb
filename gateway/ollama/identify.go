package ollama

import (
	"context"
	"strings"

	"wenyuan/gateway/drift"
)

// Identify asks what the server runs: /api/show and /api/version.
func (m *Client) Identify(ctx context.Context) (f drift.Fingerprint, err error) {
	var said struct {
		Template string `json:"template"`
		Details  struct {
			Family       string `json:"family"`
			Size         string `json:"parameter_size"`
			Quantisation string `json:"quantization_level"`
		} `json:"details"`
		Info map[string]any `json:"model_info"`
	}
	if err := m.s.JSON(ctx, m.root+"/api/show", map[string]string{"model": m.s.RemoteName}, &said); err != nil {
		return f, err
	}
	f = drift.Fingerprint{Engine: "ollama", Model: strings.TrimSpace(said.Details.Family + " " + said.Details.Size), Quantisation: said.Details.Quantisation, Template: drift.Short(said.Template)}
	for name, value := range said.Info {
		if n, ok := value.(float64); ok && strings.HasSuffix(name, ".context_length") {
			f.Context = int(n)
		}
	}
	k, err := m.s.Get(ctx, m.root+"/api/version")
	if err != nil {
		return f, err
	}
	defer k.End()
	var version struct {
		Version string `json:"version"`
	}
	err = k.Whole(&version)
	f.Build = version.Version
	return f, err
}
