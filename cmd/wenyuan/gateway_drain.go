package main

import "net/http"

type drainCmd struct {
	Model   string `arg:"" help:"model_name"`
	Replica string `arg:"" help:"gateway_replica"`
	Off     bool   `help:"gateway_undrain"`
}

func (drainCmd) Help() string {
	return "  $ wenyuan gateway drain writer http://10.0.0.7:8080\n  $ wenyuan gateway drain writer http://10.0.0.7:8080 --off"
}

// Run drains a replica, and shows what it still has.
func (v *drainCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gateway/drain", map[string]any{"model": v.Model, "replica": v.Replica, "off": v.Off}, s.living)
	})
}
