package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"wenyuan"
	"wenyuan/internal/strict"
	"wenyuan/train"
	"wenyuan/train/engine"
)

type trainVerbs struct {
	Run    trainRunCmd    `cmd:"" help:"train_run"`
	List   trainListCmd   `cmd:"" help:"train_list"`
	Show   trainShowCmd   `cmd:"" help:"train_show"`
	Stop   trainStopCmd   `cmd:"" help:"train_stop"`
	Resume trainResumeCmd `cmd:"" help:"train_resume"`
	Remove trainRemoveCmd `cmd:"" help:"train_remove"`
	Bases  trainBasesCmd  `cmd:"" help:"train_bases"`
	Export trainExportCmd `cmd:"" help:"train_export"`
}

func (trainVerbs) Help() string {
	return "  $ wenyuan train run recipe.yaml --wait\n  $ wenyuan train show run_06c5h2k1m4\n  $ wenyuan train export style ./style"
}

type trainRunCmd struct {
	File string `arg:"" help:"train_file" type:"existingfile"`
	Wait bool   `help:"train_wait"`
}

func (trainRunCmd) Help() string {
	return "  $ cat recipe.yaml\n  name: style\n  method: dpo\n  base: tiny\n  data: opinions\n  steps: 40\n  lr: 3e-4\n  nll: 0.2\n  $ wenyuan train run recipe.yaml --wait"
}

// Run has a recipe run.
func (v *trainRunCmd) Run(s *session) error {
	raw, err := os.ReadFile(v.File)
	var written any
	if err == nil {
		err = strict.Decode(raw, &written) // JSON is YAML
	}
	if err == nil {
		raw, err = json.Marshal(plainNumbers(written))
	}
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the recipe %s cannot be read", v.File), Hint: "write it as YAML or JSON", Err: err}
	}
	recipe, err := train.ReadRecipe(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.with(func(c *client) error {
		var run train.Run
		if err := c.call(s.ctx, http.MethodPost, "/api/train/runs", recipe, &run); err != nil {
			return err
		}
		if !s.json {
			for _, a := range run.Advice {
				fmt.Fprintln(s.stderr, "▲ "+s.tell(a))
			}
		}
		if v.Wait {
			if err := s.watchRun(c, &run); err != nil {
				return err
			}
		}
		return s.give(run, func(w io.Writer) { s.writeRun(w, run) })
	})
}

// scientific is a number that YAML takes for a text, as it has no point.
var scientific = regexp.MustCompile(`^[+-]?[0-9]+[eE][+-]?[0-9]+$`)

// plainNumbers makes numbers of texts that are meant as such: 2e-4, and times such as 10m, which a recipe
// has in nanoseconds.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			v[key] = plainNumbers(x)
			if text, ok := x.(string); ok && key == "time" {
				if d, err := time.ParseDuration(text); err == nil {
					v[key] = d
				}
			}
		}
	case []any:
		for i, x := range v {
			v[i] = plainNumbers(x)
		}
	case string:
		if scientific.MatchString(v) {
			return json.Number(v)
		}
	}
	return v
}

// watchEvery is how often a run is asked how it stands.
const watchEvery = 500 * time.Millisecond

// watchRun shows how a run goes until it is through; one that failed is an error.
func (s *session) watchRun(c *client, run *train.Run) error {
	bars := s.progress()
	defer bars.end()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := c.call(s.ctx, http.MethodGet, "/api/train/runs/"+url.PathEscape(run.ID), nil, run); err != nil {
			return err
		}
		if run.Steps > 0 {
			bars.step(run.Name, run.Step, run.Steps)
		}
		switch run.State {
		case train.Done:
			return nil
		case train.Failed:
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: run.Why, Hint: "correct what it names; wenyuan train resume goes on from the last checkpoint"}
		case train.Stopped:
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the run was stopped", Hint: "wenyuan train resume goes on from the last checkpoint"}
		}
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *session) runState(is train.State) string {
	states := map[train.State]pair{train.Queued: {"queued", "排队"}, train.Running: {"running", "训练中"}, train.Stopping: {"stopping", "停止中"}, train.Stopped: {"stopped", "已停止"}, train.Done: {"done", "完成"}, train.Failed: {"failed", "失败"}}
	return states[is].in(s.lang)
}

func (s *session) writeRun(w io.Writer, run train.Run) {
	t := &table{}
	t.row(run.ID, run.Name, string(run.Recipe.Method), s.runState(run.State), s.say("step %d of %d", "第 %d 步，共 %d 步", run.Step, run.Steps))
	if p := run.Prepared; p != nil {
		t.row(s.say("learned from", "学习内容"), s.say("%d samples, %d tokens", "%d 个样本，%d 个 token", p.Train.Samples, p.Train.Tokens))
		t.row(s.say("held out", "留出"), s.say("%d samples, %d tokens", "%d 个样本，%d 个 token", p.Held.Samples, p.Held.Tokens))
		for _, why := range sortedKeys(p.LeftOut) {
			t.row(s.say("left out", "未采用"), fmt.Sprintf("%s: %d", why, p.LeftOut[why]))
		}
	}
	if run.Made != "" {
		t.row(s.say("made", "产出"), run.Kind+" "+run.Made)
	}
	t.write(w)
	if run.Why != "" {
		fmt.Fprintln(w, "▲ "+s.tell(run.Why))
	}
}

type trainListCmd struct {
	Limit int `help:"train_limit" default:"50"`
}

func (trainListCmd) Help() string { return "  $ wenyuan train list" }

// Run lists the runs.
func (v *trainListCmd) Run(s *session) error {
	type list struct {
		Runs []train.Run `json:"runs"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/train/runs", "limit", fmt.Sprint(v.Limit)), nil, func(w io.Writer, l list) {
			t := &table{}
			for _, run := range l.Runs {
				t.row(run.ID, run.Name, s.runState(run.State), s.say("step %d of %d", "第 %d 步，共 %d 步", run.Step, run.Steps), run.Made[:min(12, len(run.Made))])
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Runs), "run", "runs", "次训练"))
		})
	})
}

type trainShowCmd struct {
	ID    string `arg:"" help:"train_id"`
	Curve bool   `help:"train_curve"`
}

func (trainShowCmd) Help() string {
	return "  $ wenyuan train show run_06c5h2k1m4\n  $ wenyuan train show run_06c5h2k1m4 --curve --json"
}

// Run shows a run, or how it went.
func (v *trainShowCmd) Run(s *session) error {
	path := "/api/train/runs/" + url.PathEscape(v.ID)
	if !v.Curve {
		return s.with(func(c *client) error { return result(s, c, http.MethodGet, path, nil, s.writeRun) })
	}
	type curve struct {
		State train.State      `json:"state"`
		Curve []engine.Metrics `json:"curve"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, path+"/curve", nil, func(w io.Writer, all curve) {
			t := &table{}
			for _, m := range all.Curve {
				held := ""
				if m.Held {
					held = s.say("held out", "留出")
				}
				t.row(m.Step, fmt.Sprintf("%.4f", m.Loss), fmt.Sprintf("%.2g", m.LR), held)
			}
			t.write(w)
		})
	})
}

type trainStopCmd struct {
	ID string `arg:"" help:"train_id"`
}

func (trainStopCmd) Help() string { return "  $ wenyuan train stop run_06c5h2k1m4" }

// Run stops a run.
func (v *trainStopCmd) Run(s *session) error { return s.turnRun(v.ID, "/stop") }

type trainResumeCmd struct {
	ID string `arg:"" help:"train_id"`
}

func (trainResumeCmd) Help() string { return "  $ wenyuan train resume run_06c5h2k1m4" }

// Run has a run go on.
func (v *trainResumeCmd) Run(s *session) error { return s.turnRun(v.ID, "/resume") }

func (s *session) turnRun(id, act string) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/train/runs/"+url.PathEscape(id)+act, nil, s.writeRun)
	})
}

type trainRemoveCmd struct {
	ID string `arg:"" help:"train_id"`
}

func (trainRemoveCmd) Help() string { return "  $ wenyuan train remove run_06c5h2k1m4" }

// Run forgets a run.
func (v *trainRemoveCmd) Run(s *session) error {
	type removed struct {
		Removed string `json:"removed"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/train/runs/"+url.PathEscape(v.ID), nil, func(w io.Writer, r removed) {
			fmt.Fprintln(w, s.say("The run %s is forgotten; what it made stays.", "已删除训练 %s，它的产出仍保留。", r.Removed))
		})
	})
}

type trainBasesCmd struct{}

func (trainBasesCmd) Help() string { return "  $ wenyuan train bases" }

// Run lists what can be taught.
func (trainBasesCmd) Run(s *session) error {
	type list struct {
		Bases []train.Listed `json:"bases"`
	}
	kinds := map[string]pair{"tiny": {"built in, for trying", "内置，用于试验"}, "file": {"file", "文件"}, "run": {"made by a run", "训练产出"}}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/train/bases", nil, func(w io.Writer, l list) {
			t := &table{}
			for _, b := range l.Bases {
				t.row(b.Name, kinds[b.Kind].in(s.lang), b.Hash[:min(12, len(b.Hash))])
			}
			t.write(w)
		})
	})
}

type trainExportCmd struct {
	Name string `arg:"" help:"train_made"`
	Dir  string `arg:"" help:"train_dir"`
}

func (trainExportCmd) Help() string {
	return "  $ wenyuan train export style ./style\n  $ llama-server -m base.gguf --lora style/adapter.gguf"
}

// Run writes the files of an adapter into a folder.
func (v *trainExportCmd) Run(s *session) error {
	type made struct {
		wenyuan.Version
		Made train.Made `json:"made"`
	}
	return s.with(func(c *client) error {
		var a made
		at := "/api/train/adapters/"
		err := c.call(s.ctx, http.MethodGet, at+url.PathEscape(v.Name), nil, &a)
		if wenyuan.CodeOf(err) == wenyuan.NotFound { // a run over all weights makes a base
			missing := err
			at = "/api/train/bases/"
			if err = c.call(s.ctx, http.MethodGet, at+url.PathEscape(v.Name), nil, &a); wenyuan.CodeOf(err) == wenyuan.NotFound {
				err = missing
			}
		}
		if err != nil {
			return err
		}
		if err := os.MkdirAll(v.Dir, 0o755); err != nil {
			return s.unwritable(v.Dir, err)
		}
		for _, name := range sortedKeys(a.Made.Files) {
			if err := v.fetch(s, c, at+a.Hash+"/files/"+url.PathEscape(name), filepath.Join(v.Dir, name)); err != nil {
				return err
			}
		}
		return s.give(a, func(w io.Writer) {
			fmt.Fprintln(w, s.say("%s %s is in %s.", "%s %s 已写入 %s。", a.Name, a.Hash[:12], v.Dir))
		})
	})
}

// fetch writes one file; whole or not at all.
func (v *trainExportCmd) fetch(s *session, c *client, path, to string) error {
	resp, err := c.do(s.ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.problem(resp)
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".part-*")
	if err != nil {
		return s.unwritable(to, err)
	}
	defer os.Remove(f.Name()) // where it was not renamed
	_, err = io.Copy(f, resp.Body)
	if err := errors.Join(err, f.Sync(), f.Close(), os.Chmod(f.Name(), 0o644)); err != nil {
		return s.unwritable(to, err)
	}
	return os.Rename(f.Name(), to)
}
