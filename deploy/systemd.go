package deploy

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"
)

// systemd gives a unit for the program, which runs the engines itself, and the file that its
// variables are read from.
func (h *house) systemd() ([]File, error) {
	name := h.v["name"]
	stop := grace
	for _, e := range h.Models {
		stop = max(stop, e.StopTime+grace)
	}
	var b bytes.Buffer
	line := func(form string, args ...any) { fmt.Fprintf(&b, form+"\n", args...) }
	line("# /etc/systemd/system/%s.service; then: systemctl daemon-reload && systemctl enable --now %s", name, name)
	line("[Unit]\nDescription=Wenyuan\nAfter=network-online.target\nWants=network-online.target\n")
	line("[Service]\nType=exec\nExecStart=/usr/local/bin/wenyuan serve --data /var/lib/%s --config %s", name, quote(cmp.Or(h.Path, "/etc/"+name+"/wenyuan.yaml")))
	line("ExecReload=/bin/kill -HUP $MAINPID\nEnvironmentFile=-/etc/%s/environment\nRestart=on-failure\nRestartSec=2\nTimeoutStopSec=%d\nKillMode=mixed\nLimitNOFILE=65536\n", name, int(stop/time.Second))
	line("# A user of its own, which sees its folder and little else")
	line("DynamicUser=yes\nStateDirectory=%s\nStateDirectoryMode=0700\nUMask=0077\nNoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=read-only\nPrivateTmp=yes\nProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes\nRestrictSUIDSGID=yes\nRestrictNamespaces=yes\nLockPersonality=yes\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\nCapabilityBoundingSet=\nSystemCallArchitectures=native", name)
	if len(h.Models) == 0 {
		line("PrivateDevices=yes")
	} else {
		line("# Engines run as children and need the GPUs: PrivateDevices stays off")
	}
	line("\n[Install]\nWantedBy=multi-user.target")
	files := []File{{name + ".service", b.Bytes()}}
	if len(h.all) > 0 {
		var env bytes.Buffer
		fmt.Fprintf(&env, "# Filled in as /etc/%s/environment, readable by root alone (chmod 600)\n", name)
		for _, v := range h.all {
			fmt.Fprintf(&env, "%s=\n", v)
		}
		files = append(files, File{"environment.example", env.Bytes()})
	}
	return files, nil
}

// quote writes a word of a command line as systemd reads it.
func quote(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(word)
	if strings.ContainsAny(word, " \t'\"") {
		return `"` + word + `"`
	}
	return word
}

// dollars lets a text through Compose, which replaces variables in it.
func dollars(text string) string { return strings.ReplaceAll(text, "$", "$$") }

func dollarsAll(all []string) []string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = dollars(a)
	}
	return out
}
