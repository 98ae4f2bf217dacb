package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan/gateway"
	"wenyuan/gateway/cache"
	watching "wenyuan/gateway/watch"
)

type gatewayStatusCmd struct {
	Model string `help:"gateway_model" placeholder:"NAME"`
}

func (gatewayStatusCmd) Help() string {
	return "  $ wenyuan gateway status\n  $ wenyuan gateway status --model writer --json"
}

// A liveState is what the gateway does now, as the server sends it.
type liveState struct {
	Models []struct {
		Model   string
		Adapter *gateway.Adapter
		Labels  []string
		Rates   struct{ Offered, Answered, Refused, Failed float64 }
		First   struct {
			Median int64 `json:"median_us"`
			P99    int64 `json:"p99_us"`
		}
		Queue struct {
			Places int
			Drain  float64
			Lanes  []struct {
				Class   string
				Waiting int
				Longest int64 `json:"longest_us"`
			}
		}
		Replicas []struct {
			ID, State, Why          string
			Until                   int64
			InFlight                int `json:"in_flight"`
			Limit, Tokens, Requests int
			Minute, Errors          int
			Median                  int64 `json:"median_us"`
			Warm                    float64
		}
	}
	Cache *cache.Look
}

// Run shows replicas, queues and caches.
func (v *gatewayStatusCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/gateway", "model", v.Model), nil, s.living)
	})
}

func (s *session) living(w io.Writer, l liveState) {
	for _, m := range l.Models {
		fmt.Fprintln(w, s.say("%s: %s calls a second, %s refused; first token %s, 99th %s", "%s：每秒 %s 个请求，拒绝 %s；首 token %s，P99 %s",
			s.standsOn(m.Model, m.Adapter, m.Labels...), perSecond(m.Rates.Offered), perSecond(m.Rates.Refused), elapsed(m.First.Median), elapsed(m.First.P99)))
		t := &table{}
		for _, r := range m.Replicas {
			t.row("  "+r.ID, s.stateOf(r.State), s.say("%d of %d in flight", "在途 %d / %d", r.InFlight, r.Limit), s.say("%d tokens ahead", "待算 %d token", r.Tokens),
				s.say("first token %s", "首 token %s", elapsed(r.Median)), s.say("%d of %d failed in the last minute", "1 分钟失败 %d / %d", r.Errors, r.Minute))
			if r.Why != "" {
				t.line("      " + s.tell(r.Why))
			}
		}
		t.write(w)
		for _, lane := range m.Queue.Lanes {
			if lane.Waiting > 0 {
				fmt.Fprintln(w, s.say("  %d of %s wait, the longest for %s", "  %[2]s 排队 %[1]d，最久 %[3]s", lane.Waiting, s.className(lane.Class), elapsed(lane.Longest)))
			}
		}
	}
	if l.Cache != nil {
		t := &table{}
		for _, o := range l.Cache.Levels {
			t.row(s.levelName(string(o.Level)), s.say("%d hits", "命中 %d", o.Hits), s.say("%d misses", "未命中 %d", o.Misses), s.say("%d kept", "存 %d", o.Entries))
		}
		t.write(w)
	}
	if len(l.Models) == 0 {
		fmt.Fprintln(w, s.say("no model is to be seen here: those of the house are shown to operators, those of a space to its owners", "这里没有可看的模型：全局的模型给运维看，空间的模型给它的所有者看"))
	}
}

// standsOn is a model with what it stands on, and the labels of a version that is only at hand.
func (s *session) standsOn(model string, a *gateway.Adapter, labels ...string) string {
	var more []string
	if a != nil {
		more = append(more, a.String())
	}
	if more = append(more, labels...); len(more) == 0 {
		return model
	}
	return s.say("%s (%s)", "%s（%s）", model, strings.Join(more, s.say(", ", "，")))
}

func perSecond(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// elapsed is a time from microseconds; a dash for none.
func elapsed(us int64) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case d == 0:
		return "–"
	case d < 10*time.Millisecond:
		return d.String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// stateOf is the state of a replica: its shape, then a word.
func (s *session) stateOf(state string) string {
	switch state {
	case "serving":
		return s.say("● serving", "● 服务中")
	case "starting":
		return s.say("◐ starting", "◐ 启动中")
	case "resting":
		return s.say("◆ resting", "◆ 暂停")
	case "drained":
		return s.say("○ drained", "○ 已停用")
	case "flagged":
		return s.say("◆ flagged", "◆ 有疑点")
	case "drifting":
		return s.say("▲ drifts", "▲ 有偏差")
	}
	return s.say("▲ taken out", "▲ 移出")
}

func (s *session) className(class string) string {
	switch class {
	case "people":
		return s.say("people", "人")
	case "services":
		return s.say("services", "服务")
	}
	return s.say("batch", "批量")
}

func (s *session) levelName(level string) string {
	switch level {
	case "":
		return s.say("caches", "缓存")
	case "flight":
		return s.say("shared in flight", "途中共享")
	case "memory":
		return s.say("exact, memory", "精确，内存")
	case "shared":
		return s.say("exact, shared", "精确，共享")
	case "alike":
		return s.say("semantic", "语义")
	case "stale":
		return s.say("kept, past its time", "已存，过期")
	case "model":
		return s.say("a model", "模型")
	}
	return level
}

type gatewayExplainCmd struct {
	ID string `arg:"" help:"gateway_request"`
}

func (gatewayExplainCmd) Help() string {
	return "  $ wenyuan gateway explain req_ABCDEFGHIJKLMNOP\n  $ wenyuan gateway explain trc_01j8"
}

// An explained request has its calls of models, each in words.
type explainedRequest struct {
	Request string
	Calls   []struct {
		watching.Record
		From    string
		Adapter *gateway.Adapter
		Steps   []struct {
			watching.Step
			Because, Came string
		} `json:"steps"`
	}
}

// Run says why the calls of a request went where they went.
func (v *gatewayExplainCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gateway/requests/"+url.PathEscape(v.ID), nil, func(w io.Writer, r explainedRequest) {
			for _, c := range r.Calls {
				at := time.UnixMicro(c.Begun).Format("15:04:05.000")
				fmt.Fprintln(w, s.say("%s  %s asked %s: %s", "%s  %s 问 %s：%s", at, cmp.Or(s.tell(c.From), "–"), s.standsOn(c.Model, c.Adapter), s.fate(c.Record)))
				t := &table{}
				for _, step := range c.Steps {
					where := step.Where
					if step.Kind == watching.Cache {
						where = s.levelName(where)
					}
					text := s.tell(step.Because)
					if step.Came != "" {
						text += s.say("; ", "；") + s.tell(step.Came)
					}
					t.row("  +"+cmp.Or(elapsed(step.At), "0"), where, text)
				}
				t.write(w)
			}
		})
	})
}

// fate says in a few words how a call ended.
func (s *session) fate(c watching.Record) string {
	switch {
	case c.Live:
		return s.say("under way for %s", "已经 %s，尚未结束", elapsed(c.Took))
	case c.Gone:
		return s.say("nobody waited for the answer after %s", "%s 后没有人再等回答", elapsed(c.Took))
	case c.Refused:
		return s.say("refused; try again after %s", "拒绝，%s 后再试", elapsed(c.Wait))
	case c.Code != "":
		return s.say("failed after %s (%s)", "%s 后失败（%s）", elapsed(c.Took), c.Code)
	}
	by := s.levelName(c.Level)
	if c.Level == "model" {
		by = cmp.Or(c.Replica, by)
	}
	return s.say("answered by %s in %s, first token after %s", "由 %s 回答，用时 %s，首 token %s", by, elapsed(c.Took), elapsed(c.First))
}
