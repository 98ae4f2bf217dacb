package deploy

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// compose gives one file for Compose: the program, and each engine as a service beside it.
func (h *house) compose() ([]File, error) {
	settings, err := h.moved("wenyuan")
	if err != nil {
		return nil, err
	}
	image := h.v["image"]
	if image == "" {
		image = "wenyuan:" + h.Program
	}
	id := h.v["user"]
	configs := m("settings", m("content", dollars(settings)))
	mounts := list(m("source", "settings", "target", "/etc/wenyuan/wenyuan.yaml"))
	if h.Prompt != "" {
		configs = append(configs, yaml.MapItem{Key: "prompt", Value: m("content", dollars(h.Prompt))})
		mounts = append(mounts, m("source", "prompt", "target", "/etc/wenyuan/prompt.tmpl"))
	}
	services := m("wenyuan", m(
		"image", image, "command", []string{"serve", "--data", "/data", "--config", "/etc/wenyuan/wenyuan.yaml"},
		"user", id+":"+id, "read_only", true, "tmpfs", []string{"/tmp"}, "cap_drop", []string{"ALL"}, "security_opt", []string{"no-new-privileges:true"},
		"environment", h.variables, "configs", mounts, "volumes", []string{"data:/data"}, "ports", []string{"127.0.0.1:7700:7700"},
		"restart", "unless-stopped", "stop_grace_period", "1m",
	))
	volumes := m("data", m("name", h.v["name"]+"-data"))
	for _, e := range h.engines {
		services = append(services, yaml.MapItem{Key: e.name, Value: h.beside(e)})
		volumes = put(volumes, h.v.of(e.Name, "models_claim"), m("name", h.v.of(e.Name, "models_claim")))
	}
	head := "docker compose up -d. The program is at http://127.0.0.1:7700; whoever comes needs a key, as it listens for others too.\nThe data volume has to belong to the user " + id + "."
	if len(h.all) > 0 {
		head += "\nThese variables come from your environment, or from a file .env:"
		for _, name := range h.all {
			head += " " + name
		}
	}
	head += h.near()
	b, err := write(head, document{"", m("name", h.v["name"], "services", services, "configs", configs, "volumes", volumes)})
	return []File{{"compose.yaml", b}}, err
}

// beside is an engine as a service. Compose does not scale it: as many run as may.
func (h *house) beside(e server) yaml.MapSlice {
	env := append([]string(nil), e.Env...)
	for _, x := range e.env {
		one := x.(yaml.MapSlice)
		env = append(env, fmt.Sprint(one[0].Value)+"="+fmt.Sprint(one[1].Value))
	}
	var devices []any
	if n := h.v.number(e.Name, "gpus"); n > 0 {
		devices = list(m("driver", "nvidia", "count", n, "capabilities", []string{"gpu"}))
	}
	limits := m("resources", m("reservations", m("devices", devices)))
	if devices == nil {
		limits = nil
	}
	return m(
		"image", e.image, "entrypoint", e.command, "command", dollarsAll(e.args), "environment", env,
		"cap_drop", []string{"ALL"}, "security_opt", []string{"no-new-privileges:true"}, "volumes", []string{h.v.of(e.Name, "models_claim") + ":" + e.folder},
		"shm_size", "2gb", "deploy", limits, "restart", "unless-stopped", "stop_grace_period", (grace + e.StopTime).String(),
	)
}
