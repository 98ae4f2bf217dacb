package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"syscall"

	"wenyuan/app"
	"wenyuan/cmd/wenyuan/config"
	"wenyuan/server"
)

type serveCmd struct {
	Listen string `help:"listen" placeholder:"HOST:PORT"`
}

func (serveCmd) Help() string {
	return "  $ wenyuan serve\n  $ wenyuan serve --data /srv/wenyuan --listen 127.0.0.1:8080"
}

// Run serves until it is told to stop.
func (v *serveCmd) Run(s *session) (err error) {
	e, err := s.settings(map[string]string{"listen": v.Listen})
	if err != nil {
		return err
	}
	level := &slog.LevelVar{}
	level.Set(levels[e.Log.Level])
	log, flush := s.logger(e.Log.Format, level)
	defer func() { err = errors.Join(err, flush()) }()
	c, err := s.house(e, log)
	if err != nil {
		return err
	}
	c.Server.Token = rand.Text()
	a, err := app.Open(s.ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Start(s.ctx); err != nil {
		return err
	}
	a.Models.KeepEngines()
	if err := a.AddManual(s.ctx); err != nil {
		return err
	}
	debug.FreeOSMemory() // reading the manual takes more than serving
	guarded, err := a.Server.Guarded(s.ctx)
	if err != nil {
		return err
	}
	l, err := server.Listen(s.ctx, e.Listen, guarded)
	if err != nil {
		return err
	}
	here := holder{Address: reach(l.Addr()), Token: c.Server.Token, PID: os.Getpid()}
	if err := here.write(c.Data); err != nil {
		return errors.Join(fmt.Errorf("server.json: %w", err), l.Close())
	}
	defer func() { err = errors.Join(err, removeHolder(c.Data)) }()
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	go s.reloads(ctx, a, v, e, level, log)
	if s.env("GOGC") == "" {
		go server.Collect(ctx)
	}
	if err := s.welcome(here, c.Data, guarded); err != nil {
		return errors.Join(err, l.Close())
	}
	return a.Server.Serve(ctx, l)
}

// welcome says where the console is, and who may come.
func (s *session) welcome(h holder, dir string, guarded bool) error {
	if s.json {
		return writeJSON(s.stdout, map[string]any{"address": h.Address, "data": dir, "program": version, "single": !guarded})
	}
	s.print("Wenyuan %s listens on %s\nData: %s\nStop with Ctrl-C.", "问源 %s 正在监听 %s\n数据：%s\n按 Ctrl-C 停止。", version, h.Address, dir)
	if !guarded {
		s.print("You are the only person here: whoever works on this machine may do everything, and nobody signs in. wenyuan init adds people.", "这里只有你一个人：在本机操作的人都能做任何事，无需登录。要添加人员，运行 wenyuan init。")
	}
	return nil
}

// reach is the address under which this machine reaches the listener.
func reach(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// reloads reads the settings again at each SIGHUP. Wrong ones change nothing and are logged.
func (s *session) reloads(ctx context.Context, a *app.App, v *serveCmd, now *config.Effective, level *slog.LevelVar, log *slog.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		next, err := s.reload(a, v, now, level, log)
		if err != nil {
			log.Error("settings stay as they were", "reason", err)
			continue
		}
		now = next
		log.Info("settings reloaded", "file", now.Path)
	}
}

// reload takes over what can change while the server runs, and says what cannot.
func (s *session) reload(a *app.App, v *serveCmd, now *config.Effective, level *slog.LevelVar, log *slog.Logger) (*config.Effective, error) {
	next, err := s.settings(map[string]string{"listen": v.Listen})
	if err != nil {
		return nil, err
	}
	c, err := s.house(next, log)
	if err != nil {
		return nil, err
	}
	rules := c.Server.Access
	rules.Open = !server.IsLoopback(now.Listen)
	if err := a.Server.CheckAccess(s.ctx, rules); err != nil {
		return nil, err
	}
	if err := a.Reload(s.ctx, c); err != nil {
		return nil, err
	}
	if err := a.Server.SetAccess(s.ctx, rules); err != nil {
		return nil, err
	}
	level.Set(levels[next.Log.Level])
	for key, differs := range map[string]bool{
		"listen": next.Listen != now.Listen, "database": next.Database != now.Database, "limits": next.Limits != now.Limits,
		"log.format": next.Log.Format != now.Log.Format, "log.requests": next.Log.Requests != now.Log.Requests, "embedder": embedderOf(next) != embedderOf(now), "proxy": next.Proxy != now.Proxy,
		"signin": !reflect.DeepEqual(next.SignIn, now.SignIn), "public_url": next.PublicURL != now.PublicURL,
		"gateway": next.Gateway != now.Gateway,
	} {
		if differs {
			log.Warn("this setting takes effect at the next start", "key", key)
		}
	}
	next.Listen = now.Listen
	return next, nil
}

func embedderOf(e *config.Effective) config.Embedder {
	if e.Embedder == nil {
		return config.Embedder{}
	}
	return *e.Embedder
}
