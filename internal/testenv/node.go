package testenv

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// OpenAIScript runs a JavaScript file with the official OpenAI client, which it finds by
// require("openai"), and gives what it wrote to standard output. env holds NAME=VALUE pairs. A
// script that fails fails the test, with what it said.
func OpenAIScript(t testing.TB, script string, env ...string) []byte {
	t.Helper()
	node, nodeEnv := nodeProgram()
	client := filepath.Join(Cache(), "openai", "package")
	if node == "" || !isFile(filepath.Join(client, "index.js")) {
		missing(t, "openai", "node or its OpenAI client is neither on this machine nor in "+Cache())
	}
	modules := t.TempDir() // require looks for a folder of the name
	if err := os.Symlink(client, filepath.Join(modules, "openai")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, script)
	cmd.Env = append(append(os.Environ(), "NODE_PATH="+modules), append(nodeEnv, env...)...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(script), err, out.Bytes(), complaints.Bytes())
	}
	return out.Bytes()
}

func nodeProgram() (program string, env []string) {
	if path, err := exec.LookPath("node"); err == nil {
		return path, nil
	}
	root := filepath.Join(Cache(), "node")
	if program = filepath.Join(root, "usr/bin/node"); !isFile(program) {
		return "", nil
	}
	return program, []string{"LD_LIBRARY_PATH=" + libs(root)}
}
