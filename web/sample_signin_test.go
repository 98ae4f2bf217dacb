package web

import (
	"bytes"
	"time"
)

// signInPages are the samples of signing in and of one's own account.
var signInPages = map[string]sample{
	"/signin": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.SignIn(w, SignInPage{Frame: f, Back: "/library", Passwords: true, Providers: []SignInProvider{{"house", "Our house", "/signin/house?back=%2Flibrary"}, {"bu", "总部账号", "/signin/bu"}}})
	},
	"/signin/wrong": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.SignIn(w, SignInPage{Frame: f, Back: hostile, Name: hostile, Passwords: true, Keys: true, Nobody: true, Problem: &Problem{"denied", "the name or the password is wrong", "look at both; who looks after this server can set a new password"}})
	},
	"/signin/out": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.SignIn(w, SignInPage{Frame: f, Out: true, OutAt: &SignInProvider{"house", hostile, "https://id.example.com/out?x=1"}, Providers: []SignInProvider{{hostile, hostile, "/signin/house"}}})
	},
	"/account": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Account(w, AccountPage{Frame: f, Person: true, Name: "Lin Yue", Email: "lin.yue@example.com", Groups: []string{"人事", "staff"}, Passwords: true, Done: "password", Sessions: []SessionRow{
			{ID: "ses_1", Address: "203.0.113.7", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", Way: "password", Created: ago(48 * time.Hour), Seen: ago(time.Minute), Current: true},
			{ID: "ses_2", Address: "2001:db8:85a3::8a2e:370:7334", Way: "house", Created: ago(time.Hour), Seen: ago(time.Hour)}}})
	},
	"/account/odd": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Account(w, AccountPage{Frame: f, Person: true, Name: hostile, Email: hostile, Groups: []string{hostile}, Problem: &Problem{"denied", "the present password is wrong", hostile}, Sessions: []SessionRow{{ID: hostile, Address: hostile, Agent: hostile, Way: hostile, Created: ago(time.Hour), Seen: ago(time.Hour)}}})
	},
	"/account/machine": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Account(w, AccountPage{Frame: f, Name: "you", Done: "others"})
	},
}
