package wire_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"wenyuan/gateway/watch"
	"wenyuan/gateway/wire"
)

// TestTraceGoesOnInside: a server of the house is told which trace a request belongs to where that is
// sampled, and nobody else is.
func TestTraceGoesOnInside(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Traceparent")
		_, _ = w.Write([]byte("{}"))
	}))
	defer s.Close()
	link := watch.Link{Trace: [16]byte{0x4b, 0xf9}, Span: [8]byte{0xf0, 0x67}, Traced: true}
	quiet := link
	quiet.Traced = false
	for _, c := range []struct {
		inside bool
		link   watch.Link
		want   string
	}{
		{true, link, "00-4bf90000000000000000000000000000-f067000000000000-01"},
		{false, link, ""},
		{true, quiet, ""},
		{true, watch.Link{}, ""},
	} {
		k, err := server(t, s.URL, func(w *wire.Config) { w.Inside = c.inside }).Post(c.link.With(t.Context()), s.URL, "question")
		if err != nil {
			t.Fatal(err)
		}
		k.End()
		if header := <-got; header != c.want {
			t.Errorf("inside %v, %+v: %q", c.inside, c.link, header)
		}
	}
}
