package testenv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A DexPerson is somebody whom a provider knows.
type DexPerson struct {
	Name     string   `json:"name"`
	Password string   `json:"password"`
	ID       string   `json:"id"`
	Email    string   `json:"email"`
	Verified bool     `json:"verified"`
	Groups   []string `json:"groups"`
}

// A DexClient is a program that asks a provider who somebody is. A public one may be
// anywhere at http://localhost, and needs no addresses.
type DexClient struct {
	ID           string   `json:"id"`
	Secret       string   `json:"secret"`
	RedirectURIs []string `json:"redirectURIs"`
	Name         string   `json:"name"`
	Public       bool     `json:"public"`
}

// Dex runs a provider of OpenID Connect until the test ends and gives its issuer. Tokens are good
// for a day where lasting is 0. Its form asks for login and password.
func Dex(t testing.TB, people []DexPerson, clients []DexClient, lasting time.Duration) (issuer string) {
	t.Helper()
	program := dexProgram(t)
	if !isFile(program) {
		missing(t, "dex", program+" is not there")
	}
	var err error
	for range 3 { // another program may take the free port first
		if issuer, err = startDex(t, program, people, clients, lasting); err == nil {
			return issuer
		}
	}
	t.Fatalf("testenv: dex: %v", err)
	return ""
}

// dexProgram is where install.sh puts it: the name holds what it was built from.
func dexProgram(t testing.TB) string {
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		text, err := os.ReadFile(filepath.Join(moduleRoot(t), "internal/testenv/dex", name))
		if err != nil {
			t.Fatalf("testenv: %v", err)
		}
		sum.Write(text)
	}
	return filepath.Join(Cache(), "dex", "dex-"+hex.EncodeToString(sum.Sum(nil))[:12])
}

func startDex(t testing.TB, program string, people []DexPerson, clients []DexClient, lasting time.Duration) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	listen := "127.0.0.1:" + strconv.Itoa(port)
	issuer := "http://" + listen + "/dex"
	settings, err := json.Marshal(map[string]any{"listen": listen, "issuer": issuer, "people": people, "clients": clients, "lasting": lasting})
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "wenyuan-dex-")
	if err != nil {
		return "", err
	}
	file := write(t, filepath.Join(dir, "settings.json"), string(settings))
	p, err := start(dir, "TERM", nil, nil, program, file)
	if err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	if err := p.await(func() error { return discovered(issuer) }); err != nil {
		p.stop()
		return "", err
	}
	t.Cleanup(p.stop)
	return issuer, nil
}

// discovered asks the provider what it is, and wants it to be ours.
func discovered(issuer string) error {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(issuer + "/.well-known/openid-configuration")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), issuer) {
		return fmt.Errorf("%s: %s %s", issuer, resp.Status, body)
	}
	return nil
}
