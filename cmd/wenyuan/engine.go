package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"wenyuan/gateway/engine"
)

type enginesCmd struct{}

func (enginesCmd) Help() string { return "  $ wenyuan gateway engines" }

type engineList struct {
	Engines []engine.Status `json:"engines"`
}

// Run lists the engines, and why those that failed did.
func (enginesCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gateway/engines", nil, func(w io.Writer, list engineList) {
			t := &table{}
			for _, e := range list.Engines {
				s.engine(t, e)
			}
			t.write(w)
			for _, e := range list.Engines {
				if e.Why != "" {
					fmt.Fprintln(w, "▲ "+s.tell(e.Why))
				}
			}
			fmt.Fprintln(w, s.count(len(list.Engines), "engine", "engines", "个引擎"))
		})
	})
}

// engine adds the rows of an engine and its instances.
func (s *session) engine(t *table, e engine.Status) {
	more := ""
	if e.Retry > 0 {
		more = s.say("next try in %s", "%s 后再试", (time.Duration(e.Retry) * time.Microsecond).Round(time.Second))
	}
	if e.Held {
		more = s.say("stopped by an operator", "已由运维者停止")
	}
	t.row(e.Model, s.engineState(e.State), s.say("%d, %d to %d", "%d，范围 %d 到 %d", len(e.Instances), e.Min, e.Max), s.say("%d waiting", "%d 个在等待", e.Waiting), more)
	for _, i := range e.Instances {
		t.row("  "+i.ID, s.engineState(i.State), i.URL, s.say("%d under way", "%d 个处理中", i.Busy), "pid "+strconv.Itoa(i.PID))
	}
}

func (s *session) engineState(is engine.State) string {
	states := map[engine.State]pair{engine.Stopped: {"stopped", "已停止"}, engine.Starting: {"starting", "启动中"}, engine.Ready: {"ready", "就绪"}, engine.Draining: {"draining", "排空中"}, engine.Failed: {"failed", "失败"}}
	return states[is].in(s.lang)
}

type engineCmd struct {
	Action string `arg:"" enum:"start,stop,restart" help:"engine_action"`
	Model  string `arg:"" help:"model_name"`
}

func (engineCmd) Help() string {
	return "  $ wenyuan gateway engine restart writer\n  $ wenyuan gateway engine stop writer"
}

// Run has an engine started, stopped or restarted.
func (v *engineCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gateway/engines/"+url.PathEscape(v.Model), map[string]string{"action": v.Action}, func(w io.Writer, e engine.Status) {
			t := &table{}
			s.engine(t, e)
			t.write(w)
		})
	})
}
