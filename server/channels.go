package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/channel"
	"wenyuan/gateway"
)

// A channelView is a channel as the operator sees it.
type channelView struct {
	channel.Channel
	Key     string `json:"key,omitempty" doc:"of a widget; shown this once"`
	Tag     string `json:"tag,omitempty" doc:"of a widget that was just made: the line for the page"`
	Address string `json:"address,omitempty" doc:"of a page"`
}

type channelList struct {
	Channels []channelView `json:"channels"`
}

type channelQuery struct {
	Assistant string `query:"assistant" doc:"only those that lead to this assistant"`
}

type channelRequest struct {
	Kind      string   `json:"kind" enum:"widget,page"`
	Name      string   `json:"name,omitempty" doc:"of a page also its address; without one it cannot be guessed"`
	Assistant string   `json:"assistant"`
	Origins   []string `json:"origins,omitempty" doc:"of a widget: the pages it may stand on, as scheme://host or scheme://host:port"`
	Notice    string   `json:"notice,omitempty" doc:"shown beside the answers; empty: the assistant's, else the house's own words"`
	Lang      string   `json:"lang,omitempty" enum:"en,zh"`
	Index     bool     `json:"index,omitempty" doc:"of a page: search engines may list it"`
	PerMinute int      `json:"per_minute,omitempty" doc:"questions of one visitor" default:"10"`
	PerDay    int      `json:"per_day,omitempty" doc:"questions of one visitor" default:"200"`
	AllMinute int      `json:"all_per_minute,omitempty" doc:"questions of all visitors" default:"120"`
	AllDay    int      `json:"all_per_day,omitempty" doc:"questions of all visitors" default:"5000"`
}

func channels(s *Server, r *request, in channelQuery) (channelList, error) {
	all, err := s.Channels.List(r.Context(), r.scope, in.Assistant)
	out := channelList{[]channelView{}}
	for _, c := range all {
		out.Channels = append(out.Channels, s.channelView(r, c, ""))
	}
	return out, err
}

func addChannel(s *Server, r *request, in channelRequest) (channelView, error) {
	if in.Assistant != "" {
		if _, err := s.Answerer.Assistant(r.Context(), r.scope, in.Assistant); err != nil {
			return channelView{}, err
		}
	}
	c, key, err := s.Channels.Add(r.Context(), r.scope, channel.Channel{Kind: in.Kind, Name: in.Name, Assistant: in.Assistant,
		Settings: channel.Settings{Origins: in.Origins, Notice: in.Notice, Lang: in.Lang, Index: in.Index,
			PerMinute: in.PerMinute, PerDay: in.PerDay, AllMinute: in.AllMinute, AllDay: in.AllDay}})
	if err != nil {
		return channelView{}, err
	}
	return s.channelView(r, c, key), nil
}

func removeChannel(s *Server, r *request, in idRequest) (channelView, error) {
	c, err := s.Channels.Remove(r.Context(), r.scope, in.ID)
	if err != nil {
		return channelView{}, err
	}
	s.visits.close(c.ID)
	return s.channelView(r, c, ""), nil
}

// channelView says how a channel is reached.
func (s *Server) channelView(r *request, c channel.Channel, key string) channelView {
	v := channelView{Channel: c, Key: key}
	if c.Kind == channel.Page {
		v.Address = s.reached(r) + "/p/" + c.Name
	}
	if key != "" {
		v.Tag = `<script src="` + s.reached(r) + `/widget.js" data-key="` + key + `" async></script>`
	}
	return v
}

// reached is how strangers reach this server, as far as it knows: as the settings say, else under
// the first name that the operator listed, which something with a certificate answers, else as this
// request did.
func (s *Server) reached(r *request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	if hosts := s.access.Load().Hosts; len(hosts) > 0 {
		return "https://" + hosts[0]
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// visits are the questions of visitors: how many there were, and which are under way.
type visits struct {
	limiter *channel.Limiter
	mu      sync.Mutex
	running map[string]map[*context.CancelCauseFunc]bool // by channel
}

func newVisits() *visits {
	return &visits{limiter: channel.NewLimiter(time.Now), running: map[string]map[*context.CancelCauseFunc]bool{}}
}

// errClosed ends what is under way when its channel is removed.
var errClosed = &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is nothing here any more", Hint: "whoever offered this has closed it"}

// open gives a context that ends when the channel is removed.
func (v *visits) open(ctx context.Context, id string) (_ context.Context, leave func()) {
	ctx, stop := context.WithCancelCause(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.running[id] == nil {
		v.running[id] = map[*context.CancelCauseFunc]bool{}
	}
	v.running[id][&stop] = true
	return ctx, func() {
		stop(nil)
		v.mu.Lock()
		defer v.mu.Unlock()
		if delete(v.running[id], &stop); len(v.running[id]) == 0 {
			delete(v.running, id)
		}
	}
}

// close ends what is under way through a channel.
func (v *visits) close(id string) {
	v.mu.Lock()
	for stop := range v.running[id] {
		(*stop)(errClosed)
	}
	v.mu.Unlock()
	v.limiter.Forget(id)
}

// take counts a question of a visitor.
func (s *Server) take(r *request, c channel.Channel) error {
	wait, ok := s.visits.limiter.Take(c, addressOf(r.Request))
	if ok {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Limited, Message: "too many questions came from here", Hint: "wait a little, and ask again",
		Err: &gateway.Wait{After: wait, Err: errCrowded}}
}

// addressOf is where a request comes from. A proxy on this machine is believed about whom it
// speaks for, by the last address that it added; nobody else is.
func addressOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // in memory there is no address
	}
	if !at.Addr().Unmap().IsLoopback() {
		return at.Addr()
	}
	said := r.Header.Values("X-Forwarded-For")
	if len(said) == 0 {
		return at.Addr()
	}
	list := strings.Split(said[len(said)-1], ",")
	forwarded, err := netip.ParseAddr(strings.TrimSpace(list[len(list)-1]))
	if err != nil {
		return at.Addr()
	}
	return forwarded
}
