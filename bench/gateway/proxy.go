package main

import (
	"flag"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// buffers are what a proxy copies through.
type buffers struct{ sync.Pool }

// Get gives a buffer of 32 KiB.
func (b *buffers) Get() []byte { return *b.Pool.Get().(*[]byte) }

// Put takes one back.
func (b *buffers) Put(p []byte) { b.Pool.Put(&p) }

// cmdProxy is the floor: what a plain program pays that forwards and does nothing else, with a
// generous pool of connections and buffers that are used again.
func cmdProxy(args []string) error {
	f := flag.NewFlagSet("proxy", flag.ExitOnError)
	listen := f.String("listen", "127.0.0.1:9201", "address")
	to := f.String("upstreams", "http://127.0.0.1:9101", "addresses, asked in turn")
	if err := f.Parse(args); err != nil {
		return err
	}
	var all []*url.URL
	for _, s := range strings.Split(*to, ",") {
		u, err := url.Parse(s)
		if err != nil {
			return err
		}
		all = append(all, u)
	}
	var turn atomic.Uint64
	return http.ListenAndServe(*listen, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(all[turn.Add(1)%uint64(len(all))]) },
		Transport: &http.Transport{MaxIdleConns: 8192, MaxIdleConnsPerHost: 4096, IdleConnTimeout: 90 * time.Second,
			DisableCompression: true, WriteBufferSize: 8 << 10, ReadBufferSize: 8 << 10},
		BufferPool: &buffers{sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}},
	})
}
