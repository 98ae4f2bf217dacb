package gatewaytest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// An Identity is what a scripted server says that it runs, as llama.cpp's server does.
type Identity struct {
	Build        string
	Quantisation string
	Template     string
	Parameters   int64
}

// Identified answers what servers are asked that they run, and everything else by another reply.
func Identified(i Identity, reply Reply) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/v1/models"):
			give(w, map[string]any{"data": []any{map[string]any{"id": "m", "owned_by": "llamacpp", "meta": map[string]any{"n_params": i.Parameters}}}})
		case strings.HasSuffix(r.URL.Path, "/props"):
			give(w, map[string]any{"build_info": i.Build, "model_path": "/models/m-" + i.Quantisation + ".gguf", "chat_template": i.Template})
		default:
			reply(w, r)
		}
	}
}

func give(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // whoever does not read it fails by that
}
