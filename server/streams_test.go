package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/sse"
	"wenyuan/internal/testenv"
)

// openStreams is how many answers are under way at once: some by default, more by
// WENYUAN_STREAMS=500.
func openStreams(t testing.TB) int {
	s := os.Getenv("WENYUAN_STREAMS")
	if s == "" {
		return 60
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// spoken is a model's answer of some length, in the events of a stream.
func spoken(sentences int) (events []string) {
	for i := range sentences {
		for _, word := range strings.SplitAfter(fmt.Sprintf("Closed alarm %d is kept for 400 days [1]. Rule %d says so. ", i, i), " ") {
			events = append(events, fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%q}}]}`, word))
		}
	}
	return append(events, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9}}`, "[DONE]")
}

// gated begins its answer, waits until the gate opens, and says the rest.
func gated(arrived chan<- struct{}, gate <-chan struct{}) gatewaytest.Reply {
	events := spoken(40)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		say := func(events []string) {
			for _, e := range events {
				io.WriteString(w, "data: "+e+"\n\n")
			}
			w.(http.Flusher).Flush()
		}
		say(events[:30])
		arrived <- struct{}{}
		<-gate
		say(events[30:])
	}
}

// TestStreamsAtOnce: many answers are under way at the same time through one server, none is
// refused, memory does not grow with what was said, and afterwards nothing is left.
func TestStreamsAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it counts goroutines, and so runs alone")
	}
	n := openStreams(t)
	arrived, gate := make(chan struct{}, n), make(chan struct{})
	model := gatewaytest.New(t, gated(arrived, gate))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	h.add(t, "pumps", handbook)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0}}
	round := func() (heap uint64) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { followToEnd(t, client, h.url, i) })
		}
		begun := time.Now()
		for i := range n { // all of them are under way
			select {
			case <-arrived:
			case <-time.After(time.Minute):
				close(gate)
				t.Fatalf("%d of %d answers have begun", i, n)
			}
		}
		t.Logf("all under way after %s", time.Since(begun).Round(time.Millisecond))
		defer func(begun time.Time) { t.Logf("all done %s later", time.Since(begun).Round(time.Millisecond)) }(time.Now())
		heap = heapInUse()
		close(gate)
		all.Wait()
		client.CloseIdleConnections()
		return heap
	}
	before, idle := runtime.NumGoroutine(), heapInUse()
	busy := round()
	t.Logf("%d streams: %.1f MiB in use while all are open, %.0f KiB a stream", n, float64(busy)/(1<<20), float64(busy-min(idle, busy))/float64(n)/(1<<10))
	h.Models.Close() // idle connections to the model are not what is looked for
	after := settled(before)
	if after > before+5 {
		t.Errorf("%d goroutines before, %d afterwards\n%s", before, after, stacks())
	}
	if left := heapInUse(); left > idle+uint64(n)*(64<<10)+(16<<20) {
		t.Errorf("%d MiB in use before, %d MiB afterwards", idle>>20, left>>20)
	}
}

// followToEnd asks and reads the stream until the answer is done. Each asks something of its own: equal
// questions would share one call of the model.
func followToEnd(t *testing.T, client *http.Client, url string, number int) {
	body := fmt.Sprintf(`{"question": "%s (plant %d)", "corpus": "pumps", "stream": true}`, clientQuestion, number)
	resp, err := client.Post(url+"/api/ask", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(resp.Body)
		t.Errorf("%d %s", resp.StatusCode, b)
		return
	}
	events, sentences := sse.NewReader(resp.Body, 16<<20), 0
	for {
		e, err := events.Next()
		if err != nil {
			t.Errorf("after %d sentences: %v", sentences, err)
			return
		}
		switch e.Name {
		case "sentence":
			sentences++
		case "error":
			t.Error(e.Data)
		case "done":
			if sentences < 40 || !strings.Contains(e.Data, `"usage"`) {
				t.Errorf("%d sentences, then %s", sentences, e.Data[:min(len(e.Data), 300)])
			}
			return
		}
	}
}

func heapInUse() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// settled waits until goroutines that end by themselves have ended.
func settled(want int) (n int) {
	deadline := time.Now().Add(5 * time.Second)
	for n = runtime.NumGoroutine(); n > want && time.Now().Before(deadline); n = runtime.NumGoroutine() {
		runtime.Gosched()
	}
	return n
}

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

// BenchmarkFirstSentence is the time from a question to its first sentence, beside the time in
// which the model itself says that sentence and begins the next. The difference is what
// Wenyuan adds. WENYUAN_DOCS names a folder of documents and WENYUAN_QUESTIONS a file with one
// JSON object a line that has a "question"; a handbook of two pages and one question otherwise.
// Questions that are refused are left out: no model is asked.
func BenchmarkFirstSentence(b *testing.B) {
	model := gatewaytest.New(b, gatewaytest.Events(spoken(3)...))
	h := openWith(b, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	files, questions := handbook, []string{clientQuestion}
	if dir := os.Getenv("WENYUAN_DOCS"); dir != "" {
		files, questions = markdownBelow(b, dir), nil
		for _, row := range testenv.Rows[struct{ Question string }](b, os.Getenv("WENYUAN_QUESTIONS")) {
			questions = append(questions, row.Question)
		}
	}
	h.add(b, "pumps", files)
	var added, whole []time.Duration
	for i := 0; b.Loop(); i++ {
		question := questions[i%len(questions)]
		refused := false
		plain := firstOf(b, model.URL+"/v1/chat/completions", fmt.Sprintf(`{"model": "m", "stream": true, "messages": [{"role": "user", "content": %q}]}`, question),
			func(e sse.Event, n int) bool { return n > 12 })
		ours := firstOf(b, h.url+"/api/ask", fmt.Sprintf(`{"question": %q, "corpus": "pumps", "stream": true}`, question),
			func(e sse.Event, n int) bool { refused = e.Name == "done"; return refused || e.Name == "sentence" })
		if !refused {
			added, whole = append(added, ours-plain), append(whole, ours)
		}
	}
	slices.Sort(added)
	slices.Sort(whole)
	b.ReportMetric(float64(added[len(added)/2].Microseconds())/1000, "ms-added-p50")
	b.ReportMetric(float64(added[len(added)*99/100].Microseconds())/1000, "ms-added-p99")
	b.ReportMetric(float64(whole[len(whole)/2].Microseconds())/1000, "ms-p50")
}

// firstOf is how long it takes until an event that is looked for has come.
func firstOf(b *testing.B, url, body string, is func(e sse.Event, n int) bool) time.Duration {
	begun := time.Now()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	events := sse.NewReader(resp.Body, 16<<20)
	for n := 0; ; n++ {
		e, err := events.Next()
		if err != nil {
			b.Fatalf("%s: %v after %d events", url, err, n)
		}
		if is(e, n) {
			took := time.Since(begun)
			io.Copy(io.Discard, resp.Body) // let it end as it would
			return took
		}
	}
}

// markdownBelow reads the documents of a folder.
func markdownBelow(b *testing.B, dir string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(bytes.ToValidUTF8(text, nil))
		return err
	})
	if err != nil || len(files) == 0 {
		b.Fatalf("%d documents below %s: %v", len(files), dir, err)
	}
	return files
}
