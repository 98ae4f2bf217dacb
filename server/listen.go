package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"wenyuan"
)

// Listen opens the address. One beyond this machine is refused where nobody is asked who they are.
func Listen(ctx context.Context, address string, guarded bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "listen is " + address, Hint: "write it as HOST:PORT, like 127.0.0.1:7700", Err: err}
	}
	if !loopbackName(host) && !guarded {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "without people and keys the server listens on this machine only, not on " + address,
			Hint: "make the first operator with wenyuan init, declare keys in the configuration, or listen on 127.0.0.1"}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &wenyuan.Error{Code: wenyuan.Conflict, Message: "another program listens on " + address, Hint: "stop it, or choose another address with --listen", Err: err}
	}
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server cannot listen on " + address, Hint: "choose another address with --listen", Err: err}
	}
	return l, nil
}

const (
	headerTime = 10 * time.Second // for the head of a request
	idleTime   = 2 * time.Minute  // for a connection between two requests
	maxHeader  = 64 << 10         // bytes
	// Grace is how long requests may finish after the server was told to stop.
	Grace = 10 * time.Second
)

// Serve answers on a listener until ctx ends, then lets what is under way finish within Grace.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	h := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return work }, ConnContext: inFront, ConnState: frontState,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	go s.sweepFront(work)
	done := make(chan error, 1)
	go func() { done <- h.Serve(frontListener{l, s}) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(work, Grace)
	defer cancel()
	err := h.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		s.Log.Warn("requests were cut off at the stop")
		stop()
		err = h.Close()
	}
	<-done
	return err
}
