package openai_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
)

// TestManyStreams: 500 at once through one client, each whole and its own, and little
// memory for each while they are open.
func TestManyStreams(t *testing.T) {
	const streams = 500
	s := New(t, Say("问", "源 ", "says", " hello"))
	m := client(t, s.URL)
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var open, done sync.WaitGroup
	open.Add(streams)
	release := make(chan struct{})
	var wrong atomic.Int64
	for range streams {
		done.Go(func() {
			first, text := true, ""
			for c, err := range m.Stream(t.Context(), wenyuan.Request{Messages: hello.Messages}) {
				if first {
					first = false
					open.Done()
					<-release
				}
				if err != nil {
					t.Error(err)
				}
				text += c.Text
			}
			if text != "问源 says hello" {
				wrong.Add(1)
			}
		})
	}
	open.Wait()
	runtime.GC()
	runtime.ReadMemStats(&during)
	close(release)
	done.Wait()
	each := (int64(during.HeapAlloc+during.StackInuse) - int64(before.HeapAlloc+before.StackInuse)) / streams
	t.Logf("%d bytes a stream, the scripted server's side included", each)
	if wrong.Load() != 0 || each > 128<<10 {
		t.Errorf("%d wrong, %d bytes each", wrong.Load(), each)
	}
}
