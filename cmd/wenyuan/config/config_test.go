package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/cmd/wenyuan/config"
)

var keys = map[string]string{
	"LI_KEY": "0123456789abcdef0123", "SHORT_KEY": "123", "WRITER_KEY": "sk-writer-4711", "CACHE_ADDRESS": "rediss://:hunter4@cache.example.com:6379/1", "HOUSE_SECRET": "house-4711",
}

func env(more ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		return keys[name]
	}
}

func load(t *testing.T, in config.Input) *config.Effective {
	t.Helper()
	if in.Env == nil {
		in.Env = env()
	}
	e, err := config.Load(in)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	e := load(t, config.Input{Path: filepath.Join(t.TempDir(), "wenyuan.yaml")})
	if e.Listen != "127.0.0.1:7700" || e.Limits.FileBytes != 100<<20 || e.Log.Level != "info" || e.Limits.WaitTime != 5*time.Second || e.Path != "" {
		t.Errorf("%+v", e)
	}
}

func TestEveryKey(t *testing.T) {
	t.Parallel()
	e := load(t, config.Input{Path: "testdata/full.yaml"})
	want := config.File{
		Listen: "0.0.0.0:7700", Hosts: []string{"docs.example.com"}, Database: "postgres://wenyuan:hunter2@db.example.com/wenyuan",
		Log: config.Log{Level: "debug", Format: "json", Requests: true},
		Models: []config.Model{
			{Name: "writer", Replicas: []config.Replica{{URL: "http://127.0.0.1:8080/v1", RemoteName: "qwen3-32b", KeyEnv: "WRITER_KEY"}, {URL: "http://127.0.0.1:8081", Adapters: "vllm"}}},
			{Name: "another", Replicas: []config.Replica{{URL: "https://models.example.com", Dialect: "anthropic"}}, Context: 200000, Tokenizer: "o200k_base",
				Can: []string{"chat", "tools"}, Price: &config.Price{Input: 3, Output: 15.5, Currency: "USD"}, Location: "inside"},
			{Name: "local", Engine: &config.Engine{Command: []string{"llama-server", "-m", "/models/x.gguf", "--host", "127.0.0.1", "--port", "{port}"}, Adapter: []string{"--lora", "{adapter}"}, Dir: "/models", Env: []string{"CUDA_VISIBLE_DEVICES"},
				Min: 1, Max: 2, Idle: 5 * time.Minute, Ready: "/v1/models", StartTime: time.Minute, StopTime: 5 * time.Second, Dialect: "openai", RemoteName: "x"}},
		},
		Gateway:  config.Gateway{Region: "north", Limit: 24, Pause: 8 * time.Second, Queue: config.Queue{Places: 64, Wait: 20 * time.Second}, Drift: config.Drift{Every: 50, Minute: 12, Differs: "out"}, Cache: config.Cache{Memory: 128 << 20, Share: 50, Keep: config.Span(5 * time.Minute), Shared: "redis", RedisEnv: "CACHE_ADDRESS", WrongHits: .02}, Telemetry: config.Telemetry{Endpoint: "http://127.0.0.1:4318", HeadersEnv: "SHORT_KEY", Sample: .25, Service: "gate"}},
		Embedder: &config.Embedder{URL: "http://127.0.0.1:8082", Model: "bge-m3", Dialect: "ollama", KeyEnv: "WRITER_KEY", Location: "outside"},
		Outbound: []string{"127.0.0.1", "models.example.com:443"}, Proxy: "http://user:hunter3@proxy.example.com:3128",
		Corpora:   []config.Corpus{{Name: "personnel", Closed: true}, {Name: "public"}},
		Prompt:    "answer.tmpl",
		Keys:      []config.Key{{Name: "li", KeyEnv: "LI_KEY"}},
		PublicURL: "https://docs.example.com",
		SignIn: config.SignIn{Idle: 8 * time.Hour, Longest: 72 * time.Hour, Providers: []config.Provider{{Name: "house", Title: "Our house", Issuer: "https://id.example.com", ClientID: "wenyuan",
			SecretEnv: "WRITER_KEY", Scopes: []string{"email", "groups"}, GroupsClaim: "roles", MakeGroups: true, Domains: []string{"example.com"}, Space: "main", Role: "viewer"}}},
		Audit: config.Audit{RetentionDays: 400},
		Limits: config.Limits{FileBytes: 20 << 20, TextBytes: 1 << 20, UnpackBytes: 1 << 30, Pages: 300, ParseTime: 30 * time.Second,
			UploadBytes: 2 << 30, Requests: 8, Answers: 900, Questions: 12, Waiting: 16, WaitTime: 500 * time.Millisecond},
	}
	if d := cmp.Diff(want, e.File); d != "" {
		t.Error(d)
	}
	if text, err := e.PromptText(); err != nil || !strings.Contains(text, "passages") {
		t.Errorf("prompt %q, %v", text, err)
	}
	if e.Secret("WRITER_KEY") != "sk-writer-4711" {
		t.Error("the key is not found by its variable")
	}
}

// Each wrong file says at its end what has to be said about it, and nothing more is said.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Load(config.Input{Path: name, Env: env()})
			e, ok := errors.AsType[*wenyuan.Error](err)
			if !ok || e.Code != wenyuan.Invalid || e.Hint == "" {
				t.Fatalf("error %v", err)
			}
			said := strings.Split(e.Message, "\n")
			var wants []string
			for line := range strings.SplitSeq(string(data), "\n") {
				if want, ok := strings.CutPrefix(line, "# wants: "); ok {
					wants = append(wants, want)
				}
			}
			for i, want := range wants {
				if i >= len(said) || !strings.HasPrefix(said[i], name+want) {
					t.Errorf("want %s%s in\n%s", name, want, e.Message)
				}
			}
			if len(said) != len(wants) {
				t.Errorf("%d things are said, want %d:\n%s", len(said), len(wants), e.Message)
			}
			if strings.Contains(e.Message, keys["LI_KEY"]) {
				t.Error("a key is in the message")
			}
		})
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	e := load(t, config.Input{
		Path:  "testdata/full.yaml",
		Env:   env("WENYUAN_LISTEN", "127.0.0.1:1", "WENYUAN_LOG_LEVEL", "warn", "WENYUAN_LIMITS_PAGES", "7", "WENYUAN_EMBEDDER_MODEL", "m3", "WENYUAN_HOSTS", "a.example, b.example"),
		Flags: map[string]string{"listen": "127.0.0.1:2"},
	})
	if e.Listen != "127.0.0.1:2" || e.Log.Level != "warn" || e.Log.Format != "json" || e.Limits.Pages != 7 || e.Embedder.Model != "m3" || e.Embedder.URL == "" {
		t.Errorf("%+v %+v", e.File, e.Embedder)
	}
	if d := cmp.Diff([]string{"a.example", "b.example"}, e.Hosts); d != "" {
		t.Error(d)
	}
	for path, want := range map[string]config.Origin{
		"listen": {Kind: "flag", Name: "--listen"}, "log.level": {Kind: "env", Name: "WENYUAN_LOG_LEVEL"},
		"log.format": {Kind: "file", Line: 8}, "limits.pages": {Kind: "env", Name: "WENYUAN_LIMITS_PAGES"},
	} {
		if e.Origin[path] != want {
			t.Errorf("%s comes from %+v, want %+v", path, e.Origin[path], want)
		}
	}
}

func TestWrongVariablesAndFlagsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Input{Env: env("WENYUAN_LIMITS_PAGES", "x", "WENYUAN_LOG_LEVEL", "loud"), Flags: map[string]string{"limits.requests": "-1"}})
	for _, want := range []string{`WENYUAN_LIMITS_PAGES is "x"`, `log.level: is "loud": want one of debug, info, warn, error (from WENYUAN_LOG_LEVEL)`, `--limits-requests is "-1"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in\n%v", want, err)
		}
	}
}

func TestEmbedderFromTheEnvironmentAlone(t *testing.T) {
	t.Parallel()
	e := load(t, config.Input{Env: env("WENYUAN_EMBEDDER_URL", "http://127.0.0.1:9", "WENYUAN_EMBEDDER_MODEL", "m")})
	if e.Embedder == nil || *e.Embedder != (config.Embedder{URL: "http://127.0.0.1:9", Model: "m"}) {
		t.Errorf("%+v", e.Embedder)
	}
}

func TestNamedFileHasToBeThere(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Input{Path: "testdata/none.yaml", Explicit: true, Env: env()})
	if wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("error %v", err)
	}
}

func TestShowHidesSecrets(t *testing.T) {
	t.Parallel()
	e := load(t, config.Input{Path: "testdata/full.yaml"})
	b, err := json.Marshal(e.Settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "hunter3", "hunter4", keys["LI_KEY"], keys["WRITER_KEY"]} {
		if strings.Contains(string(b), secret) {
			t.Errorf("%s is shown in %s", secret, b)
		}
	}
	for _, want := range []string{"@db.example.com/wenyuan", `"models.writer.replicas[0].url"`, `"20 MiB"`, `"30s"`, `"line":63`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
}

// The schema names every key that the full file uses, and a known one that is left out of it fails here.
func TestSchema(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(config.Schema())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"listen", "hosts", "database", "log", "level", "format", "models", "replicas", "url", "remote_name", "key_env", "embedder", "model", "dialect", "context", "tokenizer", "can", "price", "input", "output", "currency", "location", "outbound", "proxy", "corpora", "closed", "prompt", "keys", "name", "public_url", "signin", "passwords", "idle", "longest", "providers", "title", "issuer", "client_id", "secret_env", "scopes", "groups_claim", "make_groups", "domains", "space", "role",
		"limits", "file_bytes", "text_bytes", "unpack_bytes", "pages", "parse_time", "upload_bytes", "requests", "waiting", "wait_time"} {
		if !strings.Contains(string(b), `"`+key+`":{`) {
			t.Errorf("%s is not described", key)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]config.Size{"1": 1, "1024": 1024, "3 KiB": 3072, "3KiB": 3072, "2 MiB": 2 << 20, "1 GiB": 1 << 30} {
		if got, err := config.ParseSize(in); err != nil || got != want {
			t.Errorf("%q is %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "0", "-1", "1 MB", "1.5 GiB", "99999999999 GiB", "GiB"} {
		if got, err := config.ParseSize(in); err == nil {
			t.Errorf("%q is %d", in, got)
		}
	}
	for n, want := range map[config.Size]string{1: "1", 1024: "1 KiB", 1025: "1025", 20 << 20: "20 MiB"} {
		if n.String() != want {
			t.Errorf("%d is written %s", n, n)
		}
	}
}

// Whatever stands in the file, loading it ends with settings or with an error that is ours.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "fuzz.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Input{Path: name, Env: env()})
		if _, ok := errors.AsType[*wenyuan.Error](err); err != nil && !ok {
			t.Errorf("error %v", err)
		}
	})
}

// The documentation shows every key in both languages, and what it shows is right.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"configuration.md", "configuration.zh.md"} {
		text, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(text), "```yaml\n")
		example, _, ok := strings.Cut(example, "```")
		if !ok {
			t.Fatalf("%s holds no example", name)
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "wenyuan.yaml")
		for path, content := range map[string]string{file: example, filepath.Join(dir, "answer.tmpl"): "x"} {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e := load(t, config.Input{Path: file})
		for _, s := range e.Settings() {
			if s.Origin.Kind != "file" {
				t.Errorf("%s does not show %s", name, s.Key)
			}
			if def := defaultOf(t, s.Key); def != nil && s.Value != def {
				t.Errorf("%s shows %s as %v, the default is %v", name, s.Key, s.Value, def)
			}
		}
	}
}

// defaultOf is the default of a key that has one.
func defaultOf(t *testing.T, key string) any {
	t.Helper()
	for _, s := range load(t, config.Input{}).Settings() {
		if s.Key == key && s.Value != nil && s.Value != "" {
			return s.Value
		}
	}
	return nil
}

// TestAway: settings for another machine are read without its secrets.
func TestAway(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	if _, err := config.Load(config.Input{Path: "testdata/full.yaml", Env: none}); err == nil {
		t.Error("a server would start without its secrets")
	}
	if _, err := config.Load(config.Input{Path: "testdata/full.yaml", Env: none, Away: true}); err != nil {
		t.Error(err)
	}
}
