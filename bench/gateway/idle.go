package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// cmdIdle opens connections that say nothing, or half of a head and no more, puts a small load on beside them,
// and waits until the server has closed them.
func cmdIdle(args []string) error {
	f := flag.NewFlagSet("idle", flag.ExitOnError)
	s := spec{Workers: 8, For: 5 * time.Second, Fields: never}
	f.StringVar(&s.URL, "url", "http://127.0.0.1:7700/v1/chat/completions", "where to")
	f.StringVar(&s.Key, "key", "none", "of the load")
	f.StringVar(&s.Model, "model", "m", "that the load asks")
	n := f.Int("connections", 10_000, "how many say nothing")
	wait := f.Duration("wait", time.Minute, "by when all are to be closed")
	if err := f.Parse(args); err != nil {
		return err
	}
	to, err := url.Parse(s.URL)
	if err != nil {
		return err
	}
	var closed atomic.Int64
	var all sync.WaitGroup
	for i := range *n {
		c, err := net.DialTimeout("tcp", to.Host, 10*time.Second)
		if err != nil {
			return fmt.Errorf("after %d connections: %w", i, err)
		}
		if i%2 == 0 {
			if _, err := io.WriteString(c, "POST "+to.Path+" HTTP/1.1\r\nHost: x\r\nContent-"); err != nil {
				return err
			}
		}
		all.Go(func() {
			defer c.Close()
			_ = c.SetReadDeadline(time.Now().Add(*wait))
			if _, err := io.Copy(io.Discard, c); !errors.Is(err, os.ErrDeadlineExceeded) {
				closed.Add(1)
			}
		})
	}
	l, err := newLoader(s)
	if err != nil {
		return err
	}
	r := l.run()
	all.Wait()
	fmt.Printf("%d idle connections, %d closed within %s; beside them %d of %d answered, median %.1f ms, 99th %.1f ms\n", *n, closed.Load(), *wait, r.OK, r.Requests, r.Took.P50/1000, r.Took.P99/1000)
	if int(closed.Load()) < *n || r.OK < r.Requests {
		return errors.New("some were not closed, or somebody was not served")
	}
	return nil
}
