package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// flags are what every run needs: no window, nothing fetched behind the test's back, and
// no sandbox of its own, which a container often cannot give. Tests open our own pages only.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--no-default-browser-check",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--hide-scrollbars",
}

// Chromium gives the path of a program that runs Chromium without a window, with a
// Latin and a Chinese face to write in. Further flags may follow on its command line; the
// caller gives it a --user-data-dir of its own. For chromedp: ExecPath.
func Chromium(t testing.TB) string {
	t.Helper()
	binary, env := chromiumBinary()
	if binary == "" {
		missing(t, "chromium", "neither on this machine nor in "+Cache())
	}
	dir := t.TempDir()
	fonts := filepath.Join(Cache(), "fonts/usr/share/fonts")
	switch {
	case isDir(fonts):
		env = append(env, "FONTCONFIG_FILE="+fontConfig(t, dir, fonts))
	case !hasChineseFace():
		missing(t, "fonts", "no Chinese face, neither on this machine nor in "+Cache())
	}
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	for _, e := range env {
		fmt.Fprintf(&b, "export '%s'\n", e)
	}
	fmt.Fprintf(&b, "exec '%s' %s \"$@\"\n", binary, strings.Join(flags, " "))
	return write(t, filepath.Join(dir, "chromium"), b.String())
}

// chromiumBinary finds the browser on this machine, else the unpacked one with the
// environment that one needs.
func chromiumBinary() (path string, env []string) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	root := filepath.Join(Cache(), "chromium")
	path = filepath.Join(root, "usr/lib/chromium/chromium")
	if !isFile(path) {
		return "", nil
	}
	return path, []string{"LD_LIBRARY_PATH=" + libs(root) + ":" + libs(root) + "/pulseaudio"}
}

// fontConfig writes the configuration that makes the unpacked faces known. Its cache
// lies beside the engines: reading the Chinese faces anew costs a second each run.
func fontConfig(t testing.TB, dir, fonts string) string {
	prefer := func(family string, faces ...string) string {
		return "<alias><family>" + family + "</family><prefer><family>" + strings.Join(faces, "</family><family>") + "</family></prefer></alias>\n"
	}
	return write(t, filepath.Join(dir, "fonts.conf"), `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>`+fonts+`</dir><dir>/usr/share/fonts</dir>
<cachedir>`+filepath.Join(Cache(), "fontconfig")+`</cachedir>
`+prefer("sans-serif", "Liberation Sans", "Noto Sans CJK SC")+
		prefer("serif", "Liberation Serif", "Noto Serif CJK SC", "Noto Sans CJK SC")+
		prefer("monospace", "DejaVu Sans Mono", "Noto Sans Mono CJK SC")+`</fontconfig>
`)
}

// hasChineseFace asks the machine's own font configuration.
func hasChineseFace() bool {
	out, err := exec.Command("fc-list", ":lang=zh-cn", "family").Output()
	return err == nil && len(out) > 0
}

// write writes an executable file and gives its path back.
func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return path
}

// isDir says whether path is a folder, links followed.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
