// Package testenv gives tests the real engines that stand outside the program: a
// PostgreSQL server, a headless Chromium, llama.cpp's inference server with a small
// scripted model, and Dex, a provider of OpenID Connect. Only tests import it.
//
// It downloads nothing itself. An engine is either on the machine or was unpacked by
// install.sh, which make test runs first. A test whose engine is missing is skipped
// and says how to get it; with CI set it fails instead, so that no suite is green
// because an engine was away. Every process started here ends with the test process,
// also when that is killed.
package testenv

import (
	"os"
	"path/filepath"
	"testing"
)

// Cache is the folder that install.sh unpacks the engines into: WENYUAN_TEST_CACHE, else
// wenyuan-test in XDG_CACHE_HOME or ~/.cache. It need not exist.
func Cache() string {
	if dir := os.Getenv("WENYUAN_TEST_CACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "wenyuan-test")
	}
	home := os.Getenv("HOME")
	if home == "" {
		home = "/tmp"
	}
	return filepath.Join(home, ".cache", "wenyuan-test")
}

// missing skips the test, or fails it where CI is set.
func missing(t testing.TB, engine, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("ENGINE MISSING: %s: %s. Get it with: internal/testenv/install.sh %s", engine, why, engine)
	}
	t.Skipf("ENGINE MISSING, NOT TESTED: %s: %s. Get it with: internal/testenv/install.sh %s (or make test)", engine, why, engine)
}

// libs is where Debian keeps the libraries below an unpacked root.
func libs(root string) string { return filepath.Join(root, "usr/lib/x86_64-linux-gnu") }

// isFile says whether path is a file, links followed.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
