package server

import (
	"net/http"

	"wenyuan"
	"wenyuan/channel"
	"wenyuan/web"
)

// widgetScript is the one file that a foreign page loads.
func widgetScript(_ *Server, w http.ResponseWriter, r *request) error {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	web.Widget().ServeHTTP(w, r.Request)
	return nil
}

// shareAlike lets a browser hand the reply to the page that asked, where a widget may stand on
// it. That comes before everything else, so that the page can read errors too.
func (s *Server) shareAlike(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	named, err := s.Channels.Named(r.Context(), origin)
	if err != nil {
		s.Log.Error("the channels could not be read", "request", requestID(r.Context()), "error", err)
	}
	if !named {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
}

// preflight answers a browser that asks whether a page may ask. Without the header that
// shareAlike sets, it may not.
func preflight(_ *Server, w http.ResponseWriter, r *request, _ nothing) error {
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") == "" {
		return errForeign(r.Header.Get("Origin"))
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func errForeign(origin string) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "requests from the page " + origin + " are not answered", Hint: "the operator of this server names the pages a widget may stand on"}
}

// widgetOf is the channel of a widget's key, on a page where it may stand.
func (s *Server) widgetOf(r *request) (channel.Channel, error) {
	c, err := s.Channels.ByKey(r.Context(), bearer(r.Request))
	if err != nil {
		return c, err
	}
	if origin := r.Header.Get("Origin"); !c.Allows(origin) {
		return channel.Channel{}, errForeign(origin)
	}
	return c, nil
}

// askWidget answers a visitor of a widget.
func askWidget(s *Server, w http.ResponseWriter, r *request, v visit) error {
	c, err := s.widgetOf(r)
	if err != nil {
		return err
	}
	return s.visitStream(w, r, c, v)
}

// An aboutWidget is what a widget says of itself.
type aboutWidget struct {
	Title  string `json:"title" doc:"of the assistant; empty where it has none"`
	Notice string `json:"notice" doc:"empty: the widget's own words"`
	Lang   string `json:"lang" doc:"where the page says none"`
}

func widgetAbout(s *Server, r *request, _ nothing) (aboutWidget, error) {
	c, err := s.widgetOf(r)
	if err != nil {
		return aboutWidget{}, err
	}
	if err := s.received(r, c, newVisitor()); err != nil {
		return aboutWidget{}, err
	}
	notice, title, err := s.notice(r, c)
	return aboutWidget{title, notice, c.Lang}, err
}
