package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/cmd/wenyuan/config"
	"wenyuan/deploy"
	"wenyuan/gateway"
)

type deployVerbs struct {
	Render deployRenderCmd `cmd:"" help:"deploy_render"`
}

type deployRenderCmd struct {
	Target string   `help:"deploy_target" enum:"kubernetes,compose,systemd" default:"kubernetes" placeholder:"NAME"`
	Out    string   `help:"deploy_out" placeholder:"DIR"`
	Set    []string `help:"deploy_set" placeholder:"KEY=VALUE" sep:"none"`
	Keys   bool     `help:"deploy_keys"`
}

func (deployRenderCmd) Help() string {
	return "  $ wenyuan deploy render --keys\n  $ wenyuan deploy render --set ingress_host=docs.example.com --set models.writer.gpus=2 --out manifests\n  $ wenyuan deploy render --target compose > compose.yaml"
}

// Run renders what the settings file declares.
func (v *deployRenderCmd) Run(s *session) error {
	if v.Keys {
		return s.give(deploy.Values(), func(w io.Writer) {
			t := &table{}
			for _, k := range deploy.Values() {
				t.row(k.Key, k.Default, s.tell(k.What))
			}
			t.write(w)
		})
	}
	e, err := s.settingsOf(nil, true)
	if err != nil {
		return err
	}
	p, err := planOf(e, v.Set)
	if err != nil {
		return err
	}
	files, err := deploy.Render(p, v.Target)
	if err != nil {
		return err
	}
	if v.Out != "" {
		return s.keep(v.Out, files)
	}
	return s.give(shownFiles(files), func(w io.Writer) {
		for i, f := range files {
			if i > 0 {
				fmt.Fprintln(w, map[bool]string{true: "", false: "---"}[v.Target == deploy.Systemd])
			}
			fmt.Fprintf(w, "# %s\n%s", f.Name, f.Content)
		}
	})
}

// planOf is what the settings say about what is to be run.
func planOf(e *config.Effective, set []string) (deploy.Plan, error) {
	p := deploy.Plan{Program: version, Set: set}
	if e.Path != "" {
		var err error
		if p.Path, err = filepath.Abs(e.Path); err != nil {
			return p, err
		}
		if p.Settings, err = os.ReadFile(e.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	if e.Prompt != "" {
		var err error
		if p.Prompt, err = e.PromptText(); err != nil {
			return p, err
		}
	}
	for _, x := range e.Specs() {
		given := x.Engine
		x = x.WithDefaults()
		if g := x.Engine; g != nil {
			p.Models = append(p.Models, deploy.Model{Name: x.Name, Command: g.Command, Env: g.Env, Min: g.Min, Max: g.Max, Idle: time.Duration(g.Idle), Ready: g.Ready,
				StartTime: time.Duration(given.StartTime), StopTime: time.Duration(g.StopTime), Dialect: g.Dialect, Location: x.Location, RemoteName: g.RemoteName, Context: x.Context,
				Adapters: len(given.Adapter) > 0 || slices.ContainsFunc(x.Replicas, func(r gateway.Replica) bool { return r.Adapters == gateway.AdaptersVLLM })})
		}
	}
	return p, nil
}

// A shownFile is a rendered file as JSON.
type shownFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

func shownFiles(files []deploy.File) map[string][]shownFile {
	out := []shownFile{}
	for _, f := range files {
		out = append(out, shownFile{f.Name, string(f.Content)})
	}
	return map[string][]shownFile{"files": out}
}

// keep writes the files into a folder, and says which.
func (s *session) keep(dir string, files []deploy.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unwritable(dir, err)
	}
	paths := []string{}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			return unwritable(path, err)
		}
		paths = append(paths, path)
	}
	return s.give(map[string][]string{"written": paths}, func(w io.Writer) {
		for _, p := range paths {
			fmt.Fprintln(w, p)
		}
	})
}

func unwritable(path string, err error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "cannot write " + path, Hint: "name a folder that can be written to with --out", Err: err}
}
