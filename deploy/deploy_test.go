package deploy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"wenyuan"
	"wenyuan/deploy"
)

var update = flag.Bool("update", false, "write the files that rendering is compared with")

const settings = `# of the house
listen: 127.0.0.1:7700
database: postgres://wenyuan:hunter2@db.example.com/wenyuan
proxy: http://user:hunter3@proxy.example.com:3128
models:
  writer:
    context: 32768
    engine:
      command: [vllm, serve, Qwen/Qwen3-32B, --port, "{port}"]
  Small/Model:7b:
    engine: {command: [llama-server, -m, /srv/models/small.gguf, --port, "{port}"]}
  local:
    replicas:
      - url: https://models.example.com
        key_env: CLOUD_KEY
    engine: {command: [env, "OLLAMA_HOST=127.0.0.1:{port}", ollama, serve]}
keys:
  - {name: li, key_env: LI_KEY}
outbound: [models.example.com]
`

func plan(set ...string) deploy.Plan {
	return deploy.Plan{
		Settings: []byte(settings), Program: "1.2.3", Set: set, Path: "/etc/wenyuan/wenyuan.yaml",
		Models: []deploy.Model{
			{Name: "writer", Command: []string{"vllm", "serve", "Qwen/Qwen3-32B", "--host", "127.0.0.1", "--port", "{port}", "--max-num-seqs", "64"}, Env: []string{"HF_TOKEN"}, Max: 4,
				Idle: 10 * time.Minute, Ready: "/health", StartTime: 15 * time.Minute, StopTime: 30 * time.Second, Dialect: "openai", Location: "inside", Context: 32768},
			{Name: "Small/Model:7b", Command: []string{"llama-server", "-m", "/srv/models/small.gguf", "--host=127.0.0.1", "--port", "{port}", "-np", "4"}, Min: 1, Max: 2,
				Idle: 5 * time.Minute, Ready: "/health", StartTime: 2 * time.Minute, StopTime: 10 * time.Second, Dialect: "openai", Location: "inside", RemoteName: "small"},
			{Name: "local", Command: []string{"env", "OLLAMA_HOST=127.0.0.1:{port}", "ollama", "serve"}, Min: 1, Max: 1,
				Idle: 10 * time.Minute, Ready: "/api/version", StartTime: 2 * time.Minute, StopTime: 10 * time.Second, Dialect: "ollama", Location: "outside", RemoteName: "qwen3:8b"},
		},
	}
}

// cases are what is rendered in the tests.
var cases = map[string]struct {
	target string
	plan   deploy.Plan
}{
	"house":       {deploy.Kubernetes, deploy.Plan{Program: "1.2.3"}},
	"kubernetes":  {deploy.Kubernetes, plan("replicas=3", "monitor=true", "ingress_host=docs.example.com", "ingress_class=nginx", "ingress_tls=docs-tls", "storage_class=fast")},
	"statefulset": {deploy.Kubernetes, plan("workload=statefulset", "scaler=hpa", "models.writer.gpus=2", "models.writer.lmcache=40", "models.writer.kv_cache_dtype=fp8", "prefix_caching=false")},
	"unscaled":    {deploy.Kubernetes, plan("scaler=none", "gpus=0", "engine_image=registry.example.com/engine:1")},
	"compose":     {deploy.Compose, plan()},
	"systemd":     {deploy.Systemd, plan()},
}

func render(t *testing.T, p deploy.Plan, target string) []deploy.File {
	t.Helper()
	files, err := deploy.Render(p, target)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRendered: what is rendered is what is kept, and the same each time. go test ./deploy -update
// writes it anew.
func TestRendered(t *testing.T) {
	t.Parallel()
	for name, c := range cases {
		dir := filepath.Join("testdata", name)
		if *update {
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
				t.Fatal(err)
			}
		}
		files := render(t, c.plan, c.target)
		if d := cmp.Diff(files, render(t, c.plan, c.target)); d != "" {
			t.Errorf("%s: another time it is something else: %s", name, d)
		}
		for _, f := range files {
			if *update {
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(filepath.Join(dir, f.Name))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(f.Content)); d != "" {
				t.Errorf("%s/%s: %s", name, f.Name, d)
			}
			for _, secret := range []string{"hunter2", "hunter3"} {
				if bytes.Contains(f.Content, []byte(secret)) {
					t.Errorf("%s/%s holds a password", name, f.Name)
				}
			}
		}
		kept, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(kept) != len(files) {
			t.Errorf("%s: %d files are kept, %d rendered, %v", name, len(kept), len(files), err)
		}
	}
}

// schema finds the published schema of a manifest.
func schema(t *testing.T, c *jsonschema.Compiler, doc map[string]any) *jsonschema.Schema {
	t.Helper()
	kinds := map[string]string{
		"apps/v1 Deployment": "apps.v1.Deployment", "apps/v1 StatefulSet": "apps.v1.StatefulSet", "v1 ConfigMap": "core.v1.ConfigMap", "v1 Service": "core.v1.Service",
		"v1 PersistentVolumeClaim": "core.v1.PersistentVolumeClaim", "v1 ServiceAccount": "core.v1.ServiceAccount", "networking.k8s.io/v1 Ingress": "networking.v1.Ingress",
		"networking.k8s.io/v1 NetworkPolicy": "networking.v1.NetworkPolicy", "policy/v1 PodDisruptionBudget": "policy.v1.PodDisruptionBudget",
		"autoscaling/v2 HorizontalPodAutoscaler": "autoscaling.v2.HorizontalPodAutoscaler",
	}
	at := ""
	version, _ := doc["apiVersion"].(string)
	kind, _ := doc["kind"].(string)
	switch name := version + " " + kind; {
	case kinds[name] != "":
		at = "kubernetes.json#/definitions/io.k8s.api." + kinds[name]
	case name == "keda.sh/v1alpha1 ScaledObject":
		at = "keda-scaledobject.json"
	case name == "monitoring.coreos.com/v1 ServiceMonitor":
		at = "servicemonitor.json"
	case doc["services"] != nil:
		at = "compose.json"
	default:
		t.Fatalf("no schema for %s", name)
	}
	s, err := c.Compile("testdata/schemas/" + at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// documents reads the manifests of a file as JSON has them.
func documents(t *testing.T, f deploy.File) (all []map[string]any) {
	t.Helper()
	for part := range strings.SplitSeq("\n"+string(f.Content), "\n---\n") {
		b, err := yaml.YAMLToJSON([]byte(part))
		if err != nil {
			t.Fatalf("%s: %v\n%s", f.Name, err, part)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if doc != nil {
			all = append(all, doc)
		}
	}
	return all
}

// TestSchemas holds every manifest to the schema that its project publishes: testdata/schemas/make.go
// says which release.
func TestSchemas(t *testing.T) {
	t.Parallel()
	c := jsonschema.NewCompiler()
	seen := map[any]bool{}
	for name, x := range cases {
		if x.target == deploy.Systemd {
			continue
		}
		for _, f := range render(t, x.plan, x.target) {
			for _, doc := range documents(t, f) {
				seen[doc["kind"]] = true
				if err := schema(t, c, doc).Validate(doc); err != nil {
					t.Errorf("%s/%s: %v: %v", name, f.Name, doc["kind"], err)
				}
			}
		}
	}
	if len(seen) != 13 { // ten of Kubernetes, two of others, and Compose, which names none
		t.Errorf("%d kinds were looked at: %v", len(seen), seen)
	}
	bad := map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "x"}, "spec": map[string]any{"port": 1}}
	if schema(t, c, bad).Validate(bad) == nil {
		t.Error("a field that is not known passes")
	}
}

// TestUnit has systemd itself look at the unit, where it is there.
func TestUnit(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("NOT TESTED: systemd-analyze is not on this machine")
	}
	for _, f := range render(t, plan(), deploy.Systemd) {
		if !strings.HasSuffix(f.Name, ".service") {
			continue
		}
		unit := filepath.Join(t.TempDir(), f.Name)
		text := bytes.ReplaceAll(f.Content, []byte("/usr/local/bin/wenyuan"), []byte("/bin/true")) // it looks whether the program is there
		if err := os.WriteFile(unit, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, "verify", unit).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("%v: %s", err, out)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	own := plan()
	own.Models = append(own.Models, deploy.Model{Name: "own", Command: []string{"/opt/engine", "{port}"}, Max: 1, Ready: "/", Dialect: "openai"})
	secret := plan()
	secret.Settings = []byte("models:\n  writer:\n    replicas: [{url: 'https://user:hunter2@models.example.com'}]\n")
	key := plan()
	key.Models[0].Command = []string{"vllm", "serve", "x", "--api-key", "hunter2", "--port", "{port}"}
	assigned := plan()
	assigned.Models[0].Command = []string{"env", "HF_TOKEN=hunter2", "vllm", "serve", "x", "--max-num-batched-tokens", "8192", "--tokenizer", "y", "--port", "{port}"}
	for name, c := range map[string]struct {
		plan   deploy.Plan
		target string
		want   string
	}{
		"another target":     {plan(), "nomad", `nothing can be rendered for "nomad"`},
		"no value":           {plan("replicas"), deploy.Kubernetes, `"replicas" is not KEY=VALUE`},
		"unknown":            {plan("replica=1"), deploy.Kubernetes, `"replica" is nothing that can be set`},
		"of no model":        {plan("models.other.gpus=1"), deploy.Kubernetes, `"models.other.gpus" is nothing`},
		"not of one model":   {plan("models.writer.replicas=1"), deploy.Kubernetes, `"models.writer.replicas" is nothing`},
		"wrong":              {plan("replicas=many"), deploy.Kubernetes, `replicas is "many": want a whole number`},
		"in the name":        {plan("name=a\nb: c"), deploy.Kubernetes, "want a name of up to 40"},
		"several with files": {plan("replicas=2", "database=sqlite"), deploy.Kubernetes, "several servers need a database"},
		"no image":           {own, deploy.Kubernetes, "no image is known for /opt/engine"},
		"a password":         {secret, deploy.Kubernetes, "the settings hold a password at models.writer.replicas[].url"},
		"a key":              {key, deploy.Compose, "the command of the model writer holds a secret at --api-key"},
		"a token":            {assigned, deploy.Kubernetes, "the command of the model writer holds a secret at HF_TOKEN"},
		"no YAML":            {deploy.Plan{Settings: []byte("a: [")}, deploy.Compose, "the settings file is no YAML"},
	} {
		files, err := deploy.Render(c.plan, c.target)
		if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Code != wenyuan.Invalid || !strings.Contains(e.Message, c.want) || e.Hint == "" || len(files) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAdapters: vLLM that is to take adapters while it runs is started so, and the settings say it.
func TestAdapters(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Models[0].Adapters, p.Models[1].Adapters = true, true
	var all strings.Builder
	for _, f := range render(t, p, deploy.Kubernetes) {
		all.Write(f.Content)
	}
	for _, want := range []string{"--enable-lora", "name: VLLM_ALLOW_RUNTIME_LORA_UPDATING", "adapters: vllm"} {
		if n := strings.Count(all.String(), want); n != 1 { // llama.cpp takes none while it runs
			t.Errorf("%s stands there %d times", want, n)
		}
	}
}

// TestNear: an address of this machine is another machine's from within a container, which is said.
func TestNear(t *testing.T) {
	t.Parallel()
	p := deploy.Plan{Settings: []byte("models:\n  near:\n    replicas: [{url: 'http://10.0.0.1'}, {url: 'http://127.0.0.1:8080/v1'}]\n  far:\n    replicas: [{url: 'http://10.0.0.1'}]\n"), Program: "1.2.3"}
	for target, want := range map[string]bool{deploy.Kubernetes: true, deploy.Compose: true, deploy.Systemd: false} {
		if said := strings.Contains(string(render(t, p, target)[0].Content), "WARNING: the settings reach near on this machine"); said != want {
			t.Errorf("%s: said %t, want %t", target, said, want)
		}
	}
}

// TestScaledIsSeen: what scales an engine asks for figures, so that Prometheus is told to read them, or the
// manifests say loudly that nobody does; and an engine has the time that its kind takes to start.
func TestScaledIsSeen(t *testing.T) {
	t.Parallel()
	render := func(set ...string) (all string) {
		t.Helper()
		p := plan(set...)
		for i := range p.Models {
			p.Models[i].StartTime = 0
		}
		files, err := deploy.Render(p, deploy.Kubernetes)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			all += string(f.Content)
		}
		return all
	}
	scaled, unseen, unscaled := render(), render("monitor=false"), render("scaler=none")
	if !strings.Contains(scaled, "kind: ServiceMonitor") || !strings.Contains(scaled, "METRICS_KEY=...") || strings.Contains(scaled, "WARNING") {
		t.Error("nobody reads the figures that engines are scaled by")
	}
	if strings.Contains(unseen, "kind: ServiceMonitor") || !strings.Contains(unseen, "# WARNING: what scales") {
		t.Error("it is not said that nobody reads the figures")
	}
	if strings.Contains(unscaled, "kind: ServiceMonitor") || strings.Contains(unscaled, "asks Prometheus") {
		t.Error("figures are read that nothing asks for")
	}
	for kind, failures := range map[string]int{"vLLM": 360, "llama.cpp": 120, "Ollama": 60} {
		if !strings.Contains(scaled, fmt.Sprintf("failureThreshold: %d\n", failures)) {
			t.Errorf("%s has not the time to start", kind)
		}
	}
}
