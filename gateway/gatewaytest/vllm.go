package gatewaytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A VLLM is a scripted vLLM that takes adapters while it runs, by the interface of vLLM 0.11: each answers
// with its own name.
type VLLM struct {
	Model string // that it serves
	Root  string // where it has the weights of

	mu     sync.Mutex
	loras  map[string]string // path by name
	refuse string            // why it takes no adapter; "" where it does
	off    bool              // it was started without the interface
}

// Off has it know nothing of adapters.
func (v *VLLM) Off(off bool) { v.locked(func() { v.off = off }) }

// Refuse has it refuse adapters with a reason; "" lets it take them.
func (v *VLLM) Refuse(why string) { v.locked(func() { v.refuse = why }) }

// Restart has it forget what it was given.
func (v *VLLM) Restart() { v.locked(func() { v.loras = nil }) }

// Loaded are the names of its adapters, sorted.
func (v *VLLM) Loaded() (names []string) {
	v.locked(func() {
		for name := range v.loras {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}

func (v *VLLM) locked(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
}

// Reply is what it answers.
func (v *VLLM) Reply(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string `json:"model"`
		Name  string `json:"lora_name"`
		Path  string `json:"lora_path"`
	}
	json.NewDecoder(r.Body).Decode(&in) // of a GET there is nothing
	_, what, _ := strings.Cut(r.URL.Path, "/v1/")
	v.mu.Lock()
	_, has := v.loras[in.Name]
	_, knows := v.loras[in.Model]
	off, refuse := v.off, v.refuse
	v.mu.Unlock()
	fails := func(status int, kind, form string, args ...any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": fmt.Sprintf(form, args...), "type": kind, "param": nil, "code": status}})
	}
	switch {
	case r.URL.Path == "/version":
		give(w, map[string]string{"version": "0.11.0"})
	case what == "models":
		v.models(w)
	case off && strings.HasSuffix(what, "_lora_adapter"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"detail":"Not Found"}`)
	case what == "load_lora_adapter" && has:
		fails(http.StatusBadRequest, "InvalidUserInput", "The lora adapter '%s' has already been loaded.", in.Name)
	case what == "load_lora_adapter" && refuse != "":
		fails(http.StatusBadRequest, "BadRequestError", "%s", refuse)
	case what == "load_lora_adapter":
		v.locked(func() {
			if v.loras == nil {
				v.loras = map[string]string{}
			}
			v.loras[in.Name] = in.Path
		})
		fmt.Fprintf(w, "Success: LoRA adapter '%s' added successfully.", in.Name)
	case what == "unload_lora_adapter" && !has:
		fails(http.StatusNotFound, "NotFoundError", "The lora adapter '%s' cannot be found.", in.Name)
	case what == "unload_lora_adapter":
		v.locked(func() { delete(v.loras, in.Name) })
		fmt.Fprintf(w, "Success: LoRA adapter '%s' removed successfully.", in.Name)
	case in.Model != v.Model && !knows:
		fails(http.StatusNotFound, "NotFoundError", "The model `%s` does not exist.", in.Model)
	default:
		Say(in.Model)(w, r)
	}
}

// models lists the base and its adapters.
func (v *VLLM) models(w http.ResponseWriter) {
	all := []any{map[string]any{"id": v.Model, "object": "model", "owned_by": "vllm", "root": v.Root, "max_model_len": 4096}}
	v.locked(func() {
		for name, path := range v.loras {
			all = append(all, map[string]any{"id": name, "object": "model", "owned_by": "vllm", "root": path, "parent": v.Model})
		}
	})
	give(w, map[string]any{"object": "list", "data": all})
}
