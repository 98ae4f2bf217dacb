package deploy

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"wenyuan"
)

// The kinds of engines whose images and flags are known.
const (
	vllm   = "vllm"
	llama  = "llama.cpp"
	ollama = "ollama"
	other  = "other"
)

// secretive are arguments that hold or are followed by a secret: --api-key, HF_TOKEN=...
var secretive = regexp.MustCompile(`(?i)^-{0,2}([a-z0-9_-]*[_-])?(api[_-]?key|key|token|password|secret)(=|$)`)

// images are those of their makers.
var images = map[string]string{vllm: "vllm/vllm-openai:v0.10.2", llama: "ghcr.io/ggml-org/llama.cpp:server-cuda", ollama: "ollama/ollama:0.11.4"}

// starts are how long an engine may take until it is ready, where the declaration does not say: it fetches
// tens of GB of weights for its first start in a cluster, and vLLM compiles the model too.
var starts = map[string]time.Duration{vllm: 30 * time.Minute, llama: 10 * time.Minute, ollama: 5 * time.Minute, other: 10 * time.Minute}

// A server is an engine as a workload.
type server struct {
	Model
	kind      string
	name      string // of the workload and the service
	image     string
	port      int
	command   []string
	args      []string
	env       []any
	folder    string // that the files of models are mounted at
	addresses []string
}

// serve makes the servers of the engines.
func (h *house) serve(target string) error {
	known := names(h.Models, h.v["name"]+"-")
	for _, o := range h.Models {
		if i := slices.IndexFunc(o.Command, secretive.MatchString); i >= 0 {
			name, _, _ := strings.Cut(o.Command[i], "=")
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the command of the model " + o.Name + " holds a secret at " + name, Hint: "leave a key of the engine's own out, as only this program reaches it; keep others in variables that env of the engine names"}
		}
		e := server{Model: o, kind: kindOf(o.Command), name: known[o.Name], folder: "/models"}
		e.StartTime = cmp.Or(e.StartTime, starts[e.kind])
		e.image = h.v.of(o.Name, "engine_image")
		if e.image == "" {
			e.image = images[e.kind]
		}
		if e.image == "" && target != Systemd {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("no image is known for %s, which runs the model %s", o.Command[0], o.Name), Hint: "name one: --set models." + o.Name + ".engine_image=IMAGE"}
		}
		h.arguments(&e)
		e.addresses = []string{fmt.Sprintf("http://%s:%d", e.name, e.port)}
		if target == Kubernetes && h.v.of(o.Name, "workload") == "statefulset" {
			e.addresses = nil
			for n := range o.Max {
				e.addresses = append(e.addresses, fmt.Sprintf("http://%s-%d.%s:%d", e.name, n, e.name, e.port))
			}
		}
		h.engines = append(h.engines, e)
	}
	return nil
}

// kindOf knows an engine by its command, also behind env and python -m.
func kindOf(command []string) string {
	for _, a := range command {
		switch base := path.Base(a); {
		case strings.HasPrefix(base, "-") || strings.Contains(base, "="):
		case base == "vllm" || strings.HasPrefix(base, "vllm.entrypoints"):
			return vllm
		case base == "llama-server" || base == "llama-server.exe":
			return llama
		case base == "ollama":
			return ollama
		}
	}
	return other
}

// arguments say how an engine is run in a container of its maker.
func (h *house) arguments(e *server) {
	flags := e.flags()
	switch e.kind {
	case vllm:
		e.port, e.command = 8000, []string{"vllm", "serve"}
		e.args = append(flags, "--host", "0.0.0.0", "--port", "8000")
		h.vllm(e)
		e.env = append(e.env, m("name", "HF_HOME", "value", "/models/huggingface"))
	case llama:
		e.port, e.command = 8080, []string{"/app/llama-server"}
		e.args = append(flags, "--host", "0.0.0.0", "--port", "8080")
		e.add("--metrics")
		e.add("--cache-reuse", "256") // beginnings that moved are used again
		if i := slices.IndexFunc(flags, func(a string) bool { return a == "-m" || a == "--model" }); i >= 0 && i+1 < len(flags) && path.IsAbs(flags[i+1]) {
			e.folder = path.Dir(flags[i+1])
		}
	case ollama:
		e.port, e.command, e.args = 11434, []string{"ollama"}, []string{"serve"}
		e.env = append(e.env, m("name", "OLLAMA_HOST", "value", "0.0.0.0:11434"), m("name", "OLLAMA_MODELS", "value", "/models/ollama"), m("name", "OLLAMA_KEEP_ALIVE", "value", "-1"))
	default:
		e.port = 8080
		for _, a := range e.Command {
			e.command = append(e.command, strings.NewReplacer("{port}", "8080", "{n}", "0", "127.0.0.1", "0.0.0.0").Replace(a))
		}
	}
}

// flags are the arguments of the declared command without the program, host and port.
func (e *server) flags() (all []string) {
	begun := false
	for i := 0; i < len(e.Command); i++ {
		a := e.Command[i]
		base := path.Base(a)
		switch {
		case !begun:
			begun = base == "vllm" || base == "llama-server" || base == "ollama" || strings.HasPrefix(base, "vllm.entrypoints")
		case a == "serve" && len(all) == 0:
		case a == "--host" || a == "--port":
			i++
		case strings.HasPrefix(a, "--host=") || strings.HasPrefix(a, "--port="):
		default:
			all = append(all, a)
		}
	}
	return all
}

// add adds a flag that the command does not have.
func (e *server) add(flag string, value ...string) {
	no := "--no-" + strings.TrimPrefix(flag, "--")
	if slices.ContainsFunc(e.args, func(a string) bool {
		return a == flag || a == no || strings.HasPrefix(a, flag+"=")
	}) {
		return
	}
	e.args = append(append(e.args, flag), value...)
}

// vllm adds what makes a KV cache go far.
func (h *house) vllm(e *server) {
	v, name := h.v, e.Name
	served := e.RemoteName
	if served == "" {
		served = name
	}
	e.add("--served-model-name", served)
	e.add("--gpu-memory-utilization", v.of(name, "gpu_memory"))
	e.add("--kv-cache-dtype", v.of(name, "kv_cache_dtype"))
	n := v.number(name, "max_model_len")
	if n == 0 {
		n = e.Context
	}
	if n > 0 {
		e.add("--max-model-len", strconv.Itoa(n))
	}
	if v.yes(name, "prefix_caching") {
		e.add("--enable-prefix-caching")
	} else {
		e.add("--no-enable-prefix-caching")
	}
	if v.yes(name, "chunked_prefill") {
		e.add("--enable-chunked-prefill")
	}
	if e.Adapters { // it reads their folders where this program has them: see docs/deploy.md
		e.add("--enable-lora")
		e.env = append(e.env, m("name", "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "value", "True"))
	}
	if gpus := v.number(name, "gpus"); gpus > 1 {
		e.add("--tensor-parallel-size", strconv.Itoa(gpus))
	}
	if size := v.of(name, "lmcache"); size != "0" {
		e.add("--kv-transfer-config", `{"kv_connector":"LMCacheConnectorV1","kv_role":"kv_both"}`)
		e.env = append(e.env, m("name", "LMCACHE_LOCAL_CPU", "value", "True"), m("name", "LMCACHE_MAX_LOCAL_CPU_SIZE", "value", size))
	}
}

// secrets are those that the declaration names, from the Secret where they are there.
func (h *house) secrets(names []string, optional bool) (all []any) {
	for _, name := range names {
		ref := m("name", h.v["secret"], "key", name)
		if optional {
			ref = append(ref, yaml.MapItem{Key: "optional", Value: true})
		}
		all = append(all, m("name", name, "valueFrom", m("secretKeyRef", ref)))
	}
	return all
}
