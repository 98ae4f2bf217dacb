package main

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/release"
	kept "wenyuan/version"
)

type releaseVerbs struct {
	Start releaseStartCmd `cmd:"" help:"release_start"`
	List  releaseListCmd  `cmd:"" help:"release_list"`
	Show  releaseShowCmd  `cmd:"" help:"release_show"`
	Back  releaseBackCmd  `cmd:"" help:"release_back"`
	Pause releasePauseCmd `cmd:"" help:"release_pause"`
	Go    releaseGoCmd    `cmd:"" help:"release_go"`
	Move  releaseMoveCmd  `cmd:"" help:"release_move"`
}

func (releaseVerbs) Help() string {
	return "  $ wenyuan release start support style --on llama --wait\n  $ wenyuan release show rel_06c5h2k1m4\n  $ wenyuan release back rel_06c5h2k1m4 --reason \"too curt\""
}

type releaseStartCmd struct {
	Model   string        `arg:"" help:"release_model"`
	Adapter string        `arg:"" help:"release_adapter"`
	On      string        `help:"release_on" placeholder:"MODEL"`
	Steps   string        `help:"release_steps" placeholder:"1,5,25,100"`
	Answers int           `help:"release_answers" placeholder:"N"`
	Time    time.Duration `help:"release_time" placeholder:"10m"`
	Alpha   float64       `help:"release_alpha" placeholder:"0.05"`
	Drop    float64       `help:"release_drop" placeholder:"0.05"`
	Accept  bool          `help:"release_accept"`
	Wait    bool          `help:"release_wait"`
}

func (releaseStartCmd) Help() string {
	return "  $ wenyuan release start support style --on llama --steps 5,50,100 --answers 200 --time 30m\n  $ wenyuan release start support style@3f9a1c --wait"
}

// shares reads percentages.
func shares(text string) (all []int, err error) {
	for _, one := range strings.Split(text, ",") {
		x, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(one), "%"), 64)
		if err != nil || !(x > 0 && x <= 100) {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no share", one), Hint: "give percentages, over 0 and up to 100: 1,5,25,100"}
		}
		all = append(all, int(math.Round(x*kept.Whole/100)))
	}
	return all, nil
}

// Run begins a release.
func (v *releaseStartCmd) Run(s *session) error {
	o := release.Order{Model: v.Model, On: v.On, Adapter: v.Adapter, Accept: v.Accept, Terms: release.Terms{LeastAnswers: v.Answers, LeastTime: v.Time.Milliseconds(), Alpha: v.Alpha, Drop: v.Drop}}
	if v.Steps != "" {
		var err error
		if o.Steps, err = shares(v.Steps); err != nil {
			return err
		}
	}
	return s.with(func(c *client) error {
		var one release.Release
		if err := c.call(s.ctx, http.MethodPost, "/api/releases", o, &one); err != nil {
			return err
		}
		if v.Wait {
			if err := s.watchRelease(c, &one); err != nil {
				return err
			}
		}
		return s.give(one, func(w io.Writer) { s.writeRelease(w, one) })
	})
}

// watchRelease shows how a release goes until it is live; one that was refused or taken back is an error.
func (s *session) watchRelease(c *client, one *release.Release) error {
	bars := s.progress()
	defer bars.end()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := c.call(s.ctx, http.MethodGet, "/api/releases/"+url.PathEscape(one.ID), nil, one); err != nil {
			return err
		}
		bars.step(one.Model, one.Share, kept.Whole)
		switch one.State {
		case release.Live:
			return nil
		case release.Refused:
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: one.Why, Hint: "nobody was served by it; correct what it names and begin again"}
		case release.Back:
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: one.Why, Hint: "the model answers as it did before; wenyuan release show says more"}
		}
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *session) releaseState(is release.State) string {
	states := map[release.State]pair{release.Checking: {"checking", "检查中"}, release.Running: {"running", "分流中"}, release.Paused: {"paused", "已暂停"}, release.Live: {"live", "已上线"}, release.Back: {"taken back", "已撤回"}, release.Refused: {"refused", "未通过"}}
	return states[is].in(s.lang)
}

// signalNames say what the signals are.
var signalNames = map[string]pair{release.Supported: {"carried by originals", "得到原文支持"}, release.Answered: {"answered", "未拒答"}, release.Liked: {"thumbs up", "点赞"}, release.Worked: {"worked", "成功"}, release.Median: {"as quick as the median", "不慢于中位数"}, release.Tail: {"as quick as the slowest", "不慢于 95 分位"}}

func shareOf(share int) string {
	return strconv.FormatFloat(float64(share)*100/kept.Whole, 'f', -1, 64) + " %"
}

func (s *session) writeRelease(w io.Writer, one release.Release) {
	t := &table{}
	t.row(one.ID, one.Model, one.Adapter, one.Hash[:min(12, len(one.Hash))], s.releaseState(one.State), shareOf(one.Share))
	t.write(w)
	if one.Why != "" {
		fmt.Fprintln(w, "▲ "+one.Why)
	}
	if one.Waits != "" {
		fmt.Fprintln(w, one.Waits)
	}
	if c := one.Checked; c != nil && c.Differ > 0 {
		fmt.Fprintln(w, s.say("asked first: %d of %d answers are the adapter's word for word, %d the base's", "发布前试问：%[2]d 个回答中 %[1]d 个与适配器逐字相同，%[3]d 个与基座相同", c.Adapter, c.Differ, c.Base))
	}
	t = &table{}
	met, checked := 0, 0
	for _, x := range one.Signals {
		switch x.Name {
		case release.Worked:
			met = x.New.Of
		case release.Supported:
			checked = x.New.Of
		}
		if x.New.Of+x.Old.Of == 0 {
			continue
		}
		t.row("  "+signalNames[x.Name].in(s.lang), s.say("new %.1f %% of %d", "新 %.1f%%，共 %d", 100*x.New.Share(), x.New.Of), s.say("old %.1f %% of %d", "旧 %.1f%%，共 %d", 100*x.Old.Share(), x.Old.Of),
			s.say("evidence %.0f %%", "证据 %.0f%%", 100*x.Evidence))
	}
	t.write(w)
	if met > 0 && checked == 0 {
		fmt.Fprintln(w, s.say("whether the originals carry its answers is not known: whole answers of assistants count, where the space records them", "它的回答是否有据尚不可知：只计助手的整个回答，且空间须保存原文"))
	}
}

type releaseListCmd struct {
	Limit int `help:"release_limit" default:"50"`
}

func (releaseListCmd) Help() string { return "  $ wenyuan release list" }

// Run lists the releases.
func (v *releaseListCmd) Run(s *session) error {
	type list struct {
		Releases []release.Release `json:"releases"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/releases", "limit", fmt.Sprint(v.Limit)), nil, func(w io.Writer, l list) {
			t := &table{}
			for _, one := range l.Releases {
				t.row(one.ID, one.Model, one.Adapter, one.Hash[:min(12, len(one.Hash))], s.releaseState(one.State), shareOf(one.Share), one.Why)
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Releases), "release", "releases", "次发布"))
		})
	})
}

type releaseShowCmd struct {
	ID    string `arg:"" help:"release_id"`
	Curve bool   `help:"release_curve"`
}

func (releaseShowCmd) Help() string {
	return "  $ wenyuan release show rel_06c5h2k1m4\n  $ wenyuan release show rel_06c5h2k1m4 --curve --json"
}

// Run shows a release, or how it went.
func (v *releaseShowCmd) Run(s *session) error {
	path := "/api/releases/" + url.PathEscape(v.ID)
	if !v.Curve {
		return s.with(func(c *client) error { return result(s, c, http.MethodGet, path, nil, s.writeRelease) })
	}
	type curve struct {
		State release.State   `json:"state"`
		Curve []release.Point `json:"curve"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, path+"/curve", nil, func(w io.Writer, all curve) {
			t := &table{}
			for _, p := range all.Curve {
				t.row(time.UnixMicro(p.At).Format(time.DateTime), shareOf(p.Share), signalNames[p.Signal].in(s.lang), fmt.Sprintf("%.1f %% / %.1f %%", 100*p.New.Share(), 100*p.Old.Share()), fmt.Sprintf("%d / %d", p.New.Of, p.Old.Of), s.say("evidence %.0f %%", "证据 %.0f%%", 100*p.Evidence))
			}
			t.write(w)
		})
	})
}

// turnRelease changes a release.
func (s *session) turnRelease(id, how string, body any) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/releases/"+url.PathEscape(id)+"/"+how, body, s.writeRelease)
	})
}

type releaseBackCmd struct {
	ID     string `arg:"" help:"release_id"`
	Reason string `help:"release_reason" placeholder:"TEXT"`
}

func (releaseBackCmd) Help() string {
	return "  $ wenyuan release back rel_06c5h2k1m4 --reason \"too curt\""
}

// Run takes a release back.
func (v *releaseBackCmd) Run(s *session) error {
	return s.turnRelease(v.ID, "back", map[string]string{"reason": v.Reason})
}

type releasePauseCmd struct {
	ID string `arg:"" help:"release_id"`
}

func (releasePauseCmd) Help() string { return "  $ wenyuan release pause rel_06c5h2k1m4" }

// Run keeps the share of a release.
func (v *releasePauseCmd) Run(s *session) error {
	return s.turnRelease(v.ID, "pause", struct{}{})
}

type releaseGoCmd struct {
	ID string `arg:"" help:"release_id"`
}

func (releaseGoCmd) Help() string { return "  $ wenyuan release go rel_06c5h2k1m4" }

// Run has a release go on.
func (v *releaseGoCmd) Run(s *session) error { return s.turnRelease(v.ID, "go", struct{}{}) }

type releaseMoveCmd struct {
	ID    string `arg:"" help:"release_id"`
	Share string `arg:"" help:"release_share"`
}

func (releaseMoveCmd) Help() string { return "  $ wenyuan release move rel_06c5h2k1m4 25" }

// Run gives a release a share.
func (v *releaseMoveCmd) Run(s *session) error {
	all, err := shares(v.Share)
	if err == nil && len(all) != 1 {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: "a release is given one share", Hint: "give a percentage, over 0 and up to 100"}
	}
	if err != nil {
		return err
	}
	return s.turnRelease(v.ID, "move", map[string]int{"share": all[0]})
}
