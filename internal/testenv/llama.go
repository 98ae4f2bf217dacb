package testenv

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenyuan/internal/testenv/gguf"
)

// LlamaServer runs llama.cpp's server on a model file until the test ends and gives its
// address, such as http://127.0.0.1:41234; the OpenAI dialect is below /v1. It has four
// slots of 16,384 tokens, embeddings, and one thread: more would spin. Later args win.
func LlamaServer(t testing.TB, model string, args ...string) string {
	t.Helper()
	program, env := llamaProgram()
	if program == nil {
		missing(t, "llama", "neither on this machine nor in "+Cache())
	}
	program = append(program, "-m", model, "--host", "127.0.0.1", "-c", "65536", "-np", "4", "-t", "1", "--embeddings", "--jinja")
	program = append(program, args...)
	var err error
	for range 3 { // another program may take the free port first
		var url string
		if url, err = startLlama(t, env, program); err == nil {
			return url
		}
	}
	t.Fatalf("testenv: llama-server: %v", err)
	return ""
}

// ScriptedServer is a LlamaServer whose model answers every question with exactly reply.
func ScriptedServer(t testing.TB, reply string, args ...string) string {
	t.Helper()
	return LlamaServer(t, scripted(t, reply), args...)
}

// ScriptedCommand is the LlamaCommand of a model that answers every question with exactly reply.
func ScriptedCommand(t testing.TB, reply string) []string {
	t.Helper()
	return LlamaCommand(t, scripted(t, reply))
}

// LlamaCommand is the command that runs llama.cpp's server on a model file, on the port that stands
// in the place of {port}. Later args win.
func LlamaCommand(t testing.TB, model string, args ...string) []string {
	t.Helper()
	program, env := llamaProgram()
	if program == nil {
		missing(t, "llama", "neither on this machine nor in "+Cache())
	}
	if len(env) > 0 {
		program = append(append([]string{"env"}, env...), program...)
	}
	program = append(program, "-m", model, "--host", "127.0.0.1", "-c", "8192", "-np", "4", "-t", "1", "--port", "{port}")
	return append(program, args...)
}

// scripted writes a model that answers every question with exactly reply.
func scripted(t testing.TB, reply string) string {
	t.Helper()
	model := filepath.Join(t.TempDir(), "script.gguf")
	file, err := gguf.Script(reply)
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	if err := os.WriteFile(model, file, 0o644); err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return model
}

// startLlama starts the server on a free port and waits until the model is loaded.
func startLlama(t testing.TB, env, program []string) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "wenyuan-llama-")
	if err != nil {
		return "", err
	}
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	p, err := start(dir, "TERM", nil, env, append(program, "--port", strconv.Itoa(port))...)
	if err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	if err := p.await(func() error { return healthy(url) }); err != nil {
		p.stop()
		return "", err
	}
	t.Cleanup(p.stop)
	return url, nil
}

// healthy asks the server whether its model is loaded. A port that was free may be somebody
// else's by now, a server of a test that never answers for one, so the wait is bounded and the
// answer has to be llama.cpp's. The connection is not kept, so that a test that counts goroutines
// finds none of ours.
func healthy(url string) error {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url + "/health")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"status":"ok"`) {
		return fmt.Errorf("%s/health: %s %s", url, resp.Status, body)
	}
	return nil
}

// llamaProgram is how the server is run: the machine's own, else the unpacked one by the
// loader it was built for, which is newer than the machine's.
func llamaProgram() (program, env []string) {
	if path, err := exec.LookPath("llama-server"); err == nil {
		return []string{path}, nil
	}
	root := filepath.Join(Cache(), "llama")
	binary := filepath.Join(root, "usr/bin/llama-server")
	if !isFile(binary) {
		return nil, nil
	}
	lib := libs(root)
	loader := filepath.Join(root, "usr/lib64/ld-linux-x86-64.so.2")
	program = []string{loader, "--library-path", lib + ":" + lib + "/llama:" + lib + "/llama.cpp", binary}
	return program, []string{"GGML_BACKEND_PATH=" + filepath.Join(lib, "ggml/backends0", backend())}
}

// backend names the compute library for this processor. The server looks for the best
// one itself only where the libraries are installed.
func backend() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // unreadable: the library that runs everywhere
	if strings.Contains(string(info), " avx2 ") && strings.Contains(string(info), " fma ") {
		return "libggml-cpu-haswell.so"
	}
	return "libggml-cpu-x64.so"
}
