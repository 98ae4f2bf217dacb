package testenv

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPostgresGivesFreshDatabases(t *testing.T) {
	t.Parallel()
	for range 2 {
		db, err := sql.Open("pgx", Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("CREATE TABLE t (a TEXT)"); err != nil {
			t.Fatalf("the database is not fresh: %v", err)
		}
		var encoding string
		if err := db.QueryRow("SHOW server_encoding").Scan(&encoding); err != nil || encoding != "UTF8" {
			t.Fatalf("encoding %q, %v", encoding, err)
		}
	}
}

func TestChromiumRendersChinese(t *testing.T) {
	t.Parallel()
	program := Chromium(t)
	page := write(t, filepath.Join(t.TempDir(), "page.html"), `<!DOCTYPE html><meta charset="utf-8"><title>x</title>
<span id="a" style="font:20px sans-serif">问源</span><span id="b" style="font:20px sans-serif">文渊</span><p id="out"></p>
<script>out.textContent = ["width", a.offsetWidth, navigator.userAgent.includes("Chrome")].join(" ")</script>`)
	out, err := exec.Command(program, "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+page).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.Contains(string(out), "width 40 true") { // two full-width characters of 20 px
		t.Fatalf("the page is:\n%s", out)
	}
}

// A port that was free may be a server's by now that never answers, or that answers whatever
// it is asked.
func TestHealthOfStrangers(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := healthy("http://" + silent.Addr().String()); err == nil {
		t.Error("a server that never answers is taken for ours")
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer other.Close()
	if err := healthy(other.URL); err == nil {
		t.Error("a server that says hello is taken for ours")
	}
}

func TestScriptedServerSaysItsScript(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{
		"The server listens on 127.0.0.1:7700 [1]. The server asks the documents [2].",
		"服务器默认监听 7700 端口 [1]。\n数据放在 一个 文件夹里，一个 文件夹就够 [2]。",
	} {
		url := ScriptedServer(t, reply)
		body := strings.NewReader(`{"messages":[{"role":"user","content":"Where does it listen? 在哪里监听？"}],"temperature":0}`)
		resp, err := http.Post(url+"/v1/chat/completions", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var said struct {
			Choices []struct{ Message struct{ Content string } }
		}
		if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || len(said.Choices) != 1 {
			t.Fatalf("%v: %+v", err, said)
		}
		if got := said.Choices[0].Message.Content; got != reply {
			t.Errorf("it said %q, want %q", got, reply)
		}
	}
}

// TestKilledTestLeavesNothing kills a test process that uses a server, without warning, and
// waits until the server and its folder are gone.
func TestKilledTestLeavesNothing(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("TESTENV_VICTIM"); dir != "" {
		p, err := start(dir, "TERM", nil, nil, "sleep", "600")
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("running\n")
		_ = p.cmd.Wait() // until this process is killed
		return
	}
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept")
	if err := os.Mkdir(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^TestKilledTestLeavesNothing$")
	victim.Env = append(os.Environ(), "TESTENV_VICTIM="+kept)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	if n, err := out.Read(line); err != nil || !bytes.HasPrefix(line[:n], []byte("running")) {
		t.Fatalf("the victim said %q, %v", line[:n], err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // killed
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for isDir(kept) {
		if ctx.Err() != nil {
			t.Fatal("the program of a killed test still runs, or its folder is still there")
		}
		time.Sleep(5 * time.Millisecond) // polling another process
	}
}
