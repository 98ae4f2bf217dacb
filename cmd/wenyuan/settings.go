package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/cmd/wenyuan/config"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/pool"
	"wenyuan/internal/logbuf"
	"wenyuan/server"
)

// dataDir is the data folder: the one that was named, else the user's own.
func (s *session) dataDir() (string, error) {
	if s.cli.Data != "" {
		return filepath.Abs(s.cli.Data)
	}
	if xdg := s.env("XDG_DATA_HOME"); filepath.IsAbs(xdg) && runtime.GOOS != "darwin" {
		return filepath.Join(xdg, "wenyuan"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("there is no home folder for the data", "没有可以放数据的主目录"), Hint: s.say("name a data folder with --data or WENYUAN_DATA", "用 --data 或 WENYUAN_DATA 指定数据文件夹"), Err: err}
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "wenyuan"), nil
	}
	return filepath.Join(home, ".local", "share", "wenyuan"), nil
}

// settings loads what holds for this run. more are flags of the verb itself.
func (s *session) settings(more map[string]string) (*config.Effective, error) {
	return s.settingsOf(more, false)
}

// settingsOf reads the settings. With away they are for another machine, which has the secrets.
func (s *session) settingsOf(more map[string]string, away bool) (*config.Effective, error) {
	dir, err := s.dataDir()
	if err != nil {
		return nil, err
	}
	in := config.Input{Path: s.cli.Config, Explicit: s.cli.Config != "", Env: s.env, Flags: map[string]string{}, Away: away}
	if in.Path == "" {
		in.Path = filepath.Join(dir, config.FileName)
	}
	for key, v := range map[string]string{"database": s.cli.Database, "log.level": s.cli.LogLevel} {
		if v != "" {
			in.Flags[key] = v
		}
	}
	for key, v := range more {
		if v != "" {
			in.Flags[key] = v
		}
	}
	return config.Load(in)
}

// house turns settings into what the app is made of.
func (s *session) house(e *config.Effective, log *slog.Logger) (app.Config, error) {
	dir, err := s.dataDir()
	if err != nil {
		return app.Config{}, err
	}
	prompt, err := e.PromptText()
	if err != nil {
		return app.Config{}, err
	}
	c := app.Config{
		Data: dir, Database: e.Database, Prompt: prompt, Limits: e.Limits.Parse(), Program: version, Log: log, AuditDays: e.Audit.RetentionDays,
		Models: e.Specs(), Embedder: e.EmbedderSpec(), Outbound: e.Outbound, Proxy: e.Proxy, Pool: pool.Config{Region: e.Gateway.Region, Limit: int(e.Gateway.Limit), Scatter: !e.Gateway.Affinity, Single: !e.Gateway.Hedging, Pause: e.Gateway.Pause}, Telemetry: e.Tracing(), Questions: int(e.Limits.Questions), Waiting: admit.Config{Places: int(e.Gateway.Queue.Places), Wait: e.Gateway.Queue.Wait}, Drift: gateway.Drift{Every: int(e.Gateway.Drift.Every), Minute: e.Gateway.Drift.Minute, Take: e.Gateway.Drift.Differs == "out"}, WrongHits: e.Gateway.Cache.WrongHits, Cache: e.Caching(), Closed: e.Closed(),
		Key: modelKey(e), Env: s.env, SignIn: e.Sessions(), OIDC: e.Providers(),
		Server: server.Config{Program: version, Data: dir, Settings: e.Path, Quiet: !e.Log.Requests, PublicURL: e.PublicURL, Access: access(e), Limits: server.Limits{
			Upload: int64(e.Limits.UploadBytes), Concurrent: e.Limits.Requests, Answers: e.Limits.Answers, Waiting: e.Limits.Waiting, Wait: e.Limits.WaitTime,
		}},
	}
	return c, nil
}

// modelKey looks up the key of a model. The key of a person is none: who may add a model must
// not have it sent to a server of theirs.
func modelKey(e *config.Effective) func(env string) gateway.Secret {
	return func(env string) gateway.Secret {
		for _, k := range e.Keys {
			if strings.EqualFold(k.KeyEnv, env) {
				return ""
			}
		}
		for _, p := range e.SignIn.Providers {
			if strings.EqualFold(p.SecretEnv, env) {
				return ""
			}
		}
		if strings.EqualFold(e.Gateway.Cache.RedisEnv, env) || strings.EqualFold(e.Gateway.Telemetry.HeadersEnv, env) {
			return ""
		}
		return gateway.Secret(e.Secret(env))
	}
}

func access(e *config.Effective) server.Access {
	a := server.Access{Hosts: e.Hosts, Open: !server.IsLoopback(e.Listen)}
	if name := e.PublicHost(); name != "" {
		a.Hosts = append(slices.Clone(a.Hosts), name)
	}
	for _, k := range e.Keys {
		a.Keys = append(a.Keys, server.Key{Name: k.Name, Value: e.Secret(k.KeyEnv)})
	}
	return a
}

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// logger writes to standard error, in pieces; see logbuf. The level may change while it is used. Who ends
// flushes what is left.
func (s *session) logger(format string, level *slog.LevelVar) (log *slog.Logger, flush func() error) {
	w := logbuf.New(s.stderr)
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(logbuf.Handler(slog.NewJSONHandler(w, o), w)), w.Flush
	}
	o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			a.Value = slog.StringValue(a.Value.Time().UTC().Format(time.DateTime))
		}
		return a
	}
	return slog.New(logbuf.Handler(slog.NewTextHandler(w, o), w)), w.Flush
}
