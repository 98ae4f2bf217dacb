package main

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan/gateway"
	kept "wenyuan/version"
)

type modelSplitCmd struct {
	Name   string   `arg:"" help:"model_name"`
	Shares []string `arg:"" optional:"" help:"split_shares"`
}

func (modelSplitCmd) Help() string {
	return "  $ wenyuan model split writer\n  $ wenyuan model split writer 3f2a91=90 8c04d7=10"
}

// Run shows the versions of a model, or gives each a share.
func (v *modelSplitCmd) Run(s *session) error { return s.split("/api/models/", v.Name, v.Shares) }

type assistantSplitCmd struct {
	Name   string   `arg:"" help:"assistant_name"`
	Shares []string `arg:"" optional:"" help:"split_shares"`
}

func (assistantSplitCmd) Help() string {
	return "  $ wenyuan assistant split support\n  $ wenyuan assistant split support 3f2a91=90 8c04d7=10"
}

// Run shows the versions of an assistant, or gives each a share.
func (v *assistantSplitCmd) Run(s *session) error {
	return s.split("/api/assistants/", v.Name, v.Shares)
}

type splitList struct {
	Shares   []kept.Share               `json:"shares"`
	Versions []kept.Kept                `json:"versions"`
	Waits    []kept.Waited              `json:"waits"`
	Adapters map[string]gateway.Adapter `json:"adapters"`
	Counts   []struct {
		kept.Count
		Up, Down int64
	} `json:"counts"`
}

func (s *session) split(path, name string, texts []string) error {
	shares, err := readShares(texts)
	if err != nil {
		return err
	}
	method, body := http.MethodGet, any(nil)
	if len(shares) > 0 {
		method, body = http.MethodPut, map[string]any{"shares": shares}
	}
	return s.with(func(c *client) error {
		return result(s, c, method, path+url.PathEscape(name)+"/split", body, func(w io.Writer, list splitList) {
			t := &table{}
			for _, k := range list.Versions {
				share := ""
				for _, x := range list.Shares {
					if x.Hash == k.Hash {
						share = strconv.FormatFloat(float64(x.Share)*100/kept.Whole, 'g', -1, 64) + " %"
					}
				}
				said := ""
				for _, x := range list.Counts {
					if x.Hash == k.Hash {
						said = s.say("%d requests, %d errors, first words after %s, %d good, %d bad", "%d 个请求，%d 个错误，首字 %s，好评 %d，差评 %d", x.Requests, x.Errors, (x.First / time.Duration(max(x.Firsts, 1))).Round(time.Millisecond), x.Up, x.Down)
					}
				}
				on := ""
				if a, ok := list.Adapters[k.Hash]; ok {
					on = a.String()
				}
				t.row(k.Hash[:min(12, len(k.Hash))], on, time.UnixMicro(k.Created).Local().Format("2006-01-02 15:04"), share, said)
			}
			for _, x := range list.Waits {
				t.line("▲ " + s.say("waits for the server %s", "等待服务器 %s", x.Server) + s.behind(x.Why))
			}
			t.write(w)
		})
	})
}

// behind is a reason behind a sentence.
func (s *session) behind(why string) string {
	if why == "" {
		return ""
	}
	return s.say(": ", "：") + s.tell(why)
}

// readShares reads HASH=PERCENT.
func readShares(texts []string) (all []kept.Share, err error) {
	for _, t := range texts {
		hash, percent, ok := strings.Cut(t, "=")
		p, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
		n := math.Round(p * kept.Whole / 100)
		if !ok || err != nil || hash == "" || !(p >= 0 && p <= 100) || math.Abs(n-p*kept.Whole/100) > 1e-6 {
			return nil, badShare(t)
		}
		all = append(all, kept.Share{Hash: hash, Share: int(n)})
	}
	return all, nil
}
