package memhttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"wenyuan/internal/memhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(h http.HandlerFunc) *http.Client {
	return &http.Client{Transport: memhttp.Transport{Handler: h}}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	c := client(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Method+" "+r.Host+" "+r.URL.Path+" "+r.URL.Query().Get("q"))
		w.WriteHeader(http.StatusTeapot)
		io.Copy(w, r.Body)
	})
	resp, err := c.Post("http://house/a/b?q=%E9%97%AE", "text/plain", strings.NewReader("问源"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusTeapot || string(body) != "问源" || err != nil || resp.Header.Get("X-Seen") != "POST house /a/b 问" {
		t.Errorf("%d %q %v %v", resp.StatusCode, body, err, resp.Header)
	}
}

func TestNothingWritten(t *testing.T) {
	t.Parallel()
	resp, err := client(func(http.ResponseWriter, *http.Request) {}).Get("http://house/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || len(body) != 0 || err != nil {
		t.Errorf("%d %q %v", resp.StatusCode, body, err)
	}
}

// Each piece arrives before the next is written.
func TestStreams(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	resp, err := client(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		<-next
		io.WriteString(w, "two")
	}).Get("http://house/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	p := make([]byte, 10)
	n, _ := resp.Body.Read(p)
	if string(p[:n]) != "one" {
		t.Errorf("read %q", p[:n])
	}
	close(next)
	if rest, err := io.ReadAll(resp.Body); string(rest) != "two" || err != nil {
		t.Errorf("read %q, %v", rest, err)
	}
}

func TestClosingStopsTheHandler(t *testing.T) {
	t.Parallel()
	stopped := make(chan struct{})
	resp, err := client(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(stopped)
	}).Get("http://house/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	<-stopped
}

func TestContextStopsBoth(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	c := client(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
		close(stopped)
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://house/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := c.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", resp, err)
	}
	<-stopped
}

func TestPanicBreaksOff(t *testing.T) {
	t.Parallel()
	resp, err := client(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	}).Get("http://house/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "half" || err == nil {
		t.Errorf("read %q, %v: want half an answer and an error", body, err)
	}
}
