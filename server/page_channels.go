package server

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/web"
)

// channelsPage is where strangers may ask an assistant.
func channelsPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showChannels(w, r, http.StatusOK, web.ChannelsPage{})
}

func (s *Server) showChannels(w http.ResponseWriter, r *request, status int, p web.ChannelsPage) (err error) {
	p.Assistant = r.PathValue("name")
	as, err := s.Answerer.Assistant(r.Context(), r.scope, p.Assistant)
	if err != nil {
		return err
	}
	if p.Frame, _, err = s.frame(r); err != nil {
		return err
	}
	p.Path, p.Notice = "/assistants/"+p.Assistant+"/channels", as.Notice
	list, err := channels(s, r, channelQuery{p.Assistant})
	if err != nil {
		return err
	}
	for _, c := range list.Channels {
		p.Channels = append(p.Channels, channelRow(c))
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Channels(b, p) })
}

func channelRow(c channelView) web.Channel {
	return web.Channel{ID: c.ID, Kind: c.Kind, Name: c.Name, Origins: c.Origins, Notice: c.Notice, Lang: c.Lang, Index: c.Index,
		PerMinute: c.PerMinute, PerDay: c.PerDay, AllMinute: c.AllMinute, AllDay: c.AllDay, Created: c.Created, Address: c.Address, Tag: c.Tag}
}

// openChannelForm opens a channel. Its key is shown in the reply and at no address, so that
// it is in no history.
func openChannelForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := r.PostForm
	in := channelRequest{Kind: f.Get("kind"), Name: strings.TrimSpace(f.Get("name")), Assistant: r.PathValue("name"),
		Notice: f.Get("notice"), Lang: f.Get("lang"), Index: f.Get("index") != ""}
	if in.Kind != "page" {
		in.Origins = strings.Fields(f.Get("origins"))
	}
	var made channelView
	err := limitsOf(f.Get, map[string]*int{"per_minute": &in.PerMinute, "per_day": &in.PerDay, "all_per_minute": &in.AllMinute, "all_per_day": &in.AllDay})
	if err == nil {
		made, err = addChannel(s, r, in)
	}
	if err == nil {
		row := channelRow(made)
		return s.showChannels(w, r, http.StatusOK, web.ChannelsPage{Made: &row})
	}
	said, status := explain(err, r.id)
	if status >= http.StatusInternalServerError {
		return err
	}
	view := problemView(said)
	return s.showChannels(w, r, status, web.ChannelsPage{Problem: &view, Draft: web.Channel{Kind: in.Kind, Name: in.Name, Origins: strings.Fields(f.Get("origins")),
		Notice: in.Notice, Lang: in.Lang, Index: in.Index, PerMinute: in.PerMinute, PerDay: in.PerDay, AllMinute: in.AllMinute, AllDay: in.AllDay}})
}

// limitsOf reads the whole numbers of a form; an empty field is 0.
func limitsOf(get func(string) string, fields map[string]*int) error {
	for name, into := range fields {
		given := strings.TrimSpace(get(name))
		if given == "" {
			continue
		}
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: name + " is not a whole number from 1", Hint: "give a number, or leave it empty", Err: err}
		}
		*into = n
	}
	return nil
}

// closeChannelForm closes a channel and shows those that are left.
func closeChannelForm(s *Server, w http.ResponseWriter, r *request) error {
	c, err := removeChannel(s, r, idRequest{r.PathValue("id")})
	if err != nil {
		return err
	}
	return s.showChannels(w, r, http.StatusOK, web.ChannelsPage{Closed: c.Name})
}
