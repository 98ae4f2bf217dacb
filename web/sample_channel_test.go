package web

import (
	"bytes"
	"time"
)

// channelPages are the samples of what strangers see, and of where channels are made.
var channelPages = map[string]sample{
	"/p/shop": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Public(w, PublicPage{Frame: f, Name: "shop"})
	},
	"/p/talk": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := PublicPage{Frame: f, Name: "talk", Title: sampleAssistant(l).Title, Notice: hostile, Conversation: "cnv_1", Question: hostile, Problem: &Problem{"limited", "too many questions came from here", "wait a little, and ask again"}}
		for i, t := range []Turn{sampleTurn(l), sampleRefusal(l), {Question: hostile}} {
			p.Turns = append(p.Turns, PublicTurn{Turn: t, Number: i + 1, Withdrawn: i == 2})
		}
		return r.Public(w, p)
	},
	"/p/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Public(w, PublicPage{Frame: f, Problem: &Problem{"not_found", "there is nothing here", "look at the address again, or ask whoever gave it to you"}})
	},
	"/assistants/pump-desk/channels": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := ChannelsPage{Frame: f, Assistant: sampleAssistant(l).Name, Notice: hostile, Closed: "old", Problem: &Problem{"invalid", "the channel names no assistant", "say which assistant it leads to"}, Channels: []Channel{
			{ID: "chn_1", Kind: "widget", Name: "shop", Origins: []string{"https://shop.example", "http://localhost:3000"}, Notice: hostile, PerMinute: 10, PerDay: 200, AllMinute: 120, AllDay: 5000, Created: ago(time.Hour)},
			{ID: "chn_2", Kind: "page", Name: "gezhi", PerMinute: 1, PerDay: 1, AllMinute: 1, AllDay: 1, Created: ago(time.Hour)}}}
		made := p.Channels[0]
		made.Tag = `<script src="https://docs.example/widget.js" data-key="wy_ABCDEFGHIJKLMNOPQRSTUVWXYZ" async></script>`
		p.Made, p.Draft = &made, Channel{Name: hostile, Origins: []string{hostile}}
		return r.Channels(w, p)
	},
	"/assistants/empty/channels": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Channels(w, ChannelsPage{Frame: f, Assistant: "empty", Made: &Channel{Kind: "page", Name: "shop", Address: "https://docs.example/p/shop"}})
	},
}
