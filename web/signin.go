package web

import "io"

// SignIn writes the page where people come in. It has no rail: its reader is nobody yet.
func (r *Renderer) SignIn(w io.Writer, p SignInPage) error {
	return r.page(w, "signin", layout{p.Frame, "", must(lang(p.Frame), "signin"), p})
}

// Account writes what somebody has here: password and sessions.
func (r *Renderer) Account(w io.Writer, p AccountPage) error {
	return r.page(w, "account", layout{p.Frame, "account", must(lang(p.Frame), "account"), p})
}
