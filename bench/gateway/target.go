package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A bench is what all measurements share.
type bench struct {
	wenyuan  string // the program
	nginx    string // "" where there is none
	self     string
	dir      string // for data and logs
	cpu, out string // processors of the gateway, and of load and upstream
	up       *process
	dump     time.Duration // of a soak: see there
}

const (
	controlAt = "127.0.0.1:9100"
	proxyAt   = "127.0.0.1:9201"
	nginxAt   = "127.0.0.1:9202"
	houseAt   = "127.0.0.1:9203"
)

// replicas are the addresses of the upstream.
var replicas = []string{"127.0.0.1:9101", "127.0.0.1:9102", "127.0.0.1:9103"}

// A target is a gateway that runs.
type target struct {
	*process
	url, key string
}

// start starts a gateway by its name, in front of the first n replicas.
func (b *bench) start(name string, n int) (*target, error) {
	switch name {
	case "proxy":
		return b.listens(name, proxyAt, b.self, "proxy", "-listen", proxyAt, "-upstreams", "http://"+strings.Join(replicas[:n], ",http://"))
	case "nginx", "nginx cache":
		return b.startNginx(name, n)
	}
	return b.house(name, n)
}

func (b *bench) listens(name, at string, args ...string) (*target, error) {
	p, err := begin(b.dir, strings.ReplaceAll(name, " ", "-"), b.cpu, nil, args...)
	if err != nil {
		return nil, err
	}
	if err := p.listening(at); err != nil {
		p.stop()
		return nil, err
	}
	return &target{p, "http://" + at + "/v1/chat/completions", "none"}, nil
}

func (b *bench) startUpstream() (err error) {
	b.up, err = begin(b.dir, "upstream", b.out, nil, b.self, "upstream", "-listen", strings.Join(replicas, ","), "-control", controlAt)
	if err == nil {
		err = b.up.listening(controlAt)
	}
	return err
}

// behave sets how the replicas answer, and counts anew.
func (b *bench) behave(how string) error {
	if how == "" {
		how = `{}`
	}
	if err := post("http://"+controlAt+"/set", "", json.RawMessage(how), nil); err != nil {
		return err
	}
	return post("http://"+controlAt+"/reset", "", nil, nil)
}

// reached is what came to the replicas.
func (b *bench) reached() (all seen, err error) {
	by := map[string]seen{}
	if err := call(http.MethodGet, "http://"+controlAt+"/stats", "", nil, &by); err != nil {
		return all, err
	}
	for _, s := range by {
		all.Requests += s.Requests
		all.Most += s.Most
		all.Faults += s.Faults
		all.Left += s.Left
	}
	return all, nil
}

const nginxConfig = `USER daemon off; worker_processes 1; pid DIR/nginx.pid; error_log DIR/nginx-error.log;
worker_rlimit_nofile 30000; events { worker_connections 20000; }
http { access_log off; client_body_temp_path DIR/body; proxy_temp_path DIR/temp; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
 client_body_buffer_size 64k; keepalive_requests 10000000;
 upstream u { UPSTREAMS keepalive 4096; keepalive_requests 10000000; }
 proxy_cache_path DIR/cache keys_zone=k:64m max_size=256m use_temp_path=off;
 server { listen AT backlog=4096; location / { proxy_next_upstream error timeout http_500 http_502 http_503 http_429 non_idempotent; proxy_read_timeout 2s; proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering BUFFERING; CACHE } } }
`

func (b *bench) startNginx(name string, n int) (*target, error) {
	cache, buffering := "", "off"
	if name == "nginx cache" {
		cache = `proxy_cache k; proxy_cache_methods POST; proxy_cache_key "$request_uri$http_authorization$request_body"; proxy_cache_valid 200 10m; proxy_cache_lock on;`
		buffering = "on"
	}
	servers := ""
	for _, r := range replicas[:n] {
		servers += "server " + r + "; "
	}
	dir := filepath.Join(b.dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	user := "" // as root it would else give up its rights, and with them this folder
	if os.Getuid() == 0 {
		user = "user root;"
	}
	text := strings.NewReplacer("USER", user, "DIR", dir, "UPSTREAMS", servers, "AT", nginxAt, "BUFFERING", buffering, "CACHE", cache).Replace(nginxConfig)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return b.listens(name, nginxAt, b.nginx, "-c", file, "-p", dir)
}

// How much of the program is on, from a key alone to the guards' whole policy.
const (
	keyOnly = "wenyuan, key alone"
	allOn   = "wenyuan" // key, limits, the guards' screen for attacks
	whole   = "wenyuan, whole guard policy"
)

// house starts the program in a fresh folder, with an operator's key.
func (b *bench) house(name string, n int) (*target, error) {
	dir, err := os.MkdirTemp(b.dir, "house")
	if err != nil {
		return nil, err
	}
	text := "listen: " + houseAt + "\nmodels:\n  m:\n    can: [chat]\n    replicas:\n"
	for _, r := range replicas[:n] {
		text += "      - url: http://" + r + "/v1\n"
	}
	extra, _ := os.ReadFile(filepath.Join(b.dir, "extra.yaml")) // what a replay adds, if anything
	file := filepath.Join(dir, "wenyuan.yaml")
	if err := os.WriteFile(file, append([]byte(text), extra...), 0o600); err != nil {
		return nil, err
	}
	t, err := b.listens(name, houseAt, b.wenyuan, "--data", dir, "--log-level", "warn", "serve")
	if err != nil {
		return nil, err
	}
	if err := b.furnish(t, name); err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

// furnish makes the operator, and the limits and the policy that a name stands for.
func (b *bench) furnish(t *target, name string) error {
	base := "http://" + houseAt
	var made struct {
		Key string `json:"key"`
	}
	if err := post(base+"/api/init", "", map[string]string{"name": "bench"}, &made); err != nil {
		return err
	}
	t.key = made.Key
	if name != keyOnly {
		rules := []map[string]any{}
		for _, r := range []string{"requests", "tokens_in", "tokens_out"} {
			rules = append(rules, map[string]any{"kind": "house", "resource": r, "span": "day", "hard": 1_000_000_000_000})
		}
		if err := call(http.MethodPut, base+"/api/limits", t.key, map[string]any{"limits": rules}, nil); err != nil {
			return err
		}
	}
	if name == whole {
		return nil // it is built in
	}
	checks := []map[string]any{}
	if name != keyOnly {
		checks = append(checks, map[string]any{"check": "injection", "places": []string{"input"}, "action": "refuse"})
	}
	policy := map[string]any{"policy": map[string]any{"name": "default", "checks": checks}}
	if err := call(http.MethodPut, base+"/api/guard/policies/default", t.key, policy, nil); err != nil {
		return err
	}
	return post(base+"/api/guard/policies/default/release", t.key, map[string]any{}, nil)
}

func post(url, key string, in, out any) error { return call(http.MethodPost, url, key, in, out) }

func call(method, url, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	c := http.Client{Timeout: 30 * time.Second}
	resp, err := c.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s: %.400s", url, resp.Status, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
