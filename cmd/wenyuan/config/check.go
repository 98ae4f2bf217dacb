package config

import (
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"wenyuan/server"
)

// check looks at what the types cannot say. Each problem names its key and its line.
func (e *Effective) check(p *problems) {
	c := checker{e, p}
	c.listen()
	c.database()
	c.enums(reflect.ValueOf(e.File), "")
	c.models()
	c.cache()
	c.queue()
	c.telemetry()
	c.keys()
	c.signIn()
	for i, h := range e.Hosts {
		if h == "" || strings.ContainsAny(h, ":/ ") {
			c.bad(fmt.Sprintf("hosts[%d]", i), fmt.Sprintf("is %q: want a name such as docs.example.com, without scheme and port", h))
		}
	}
	if _, err := e.PromptText(); err != nil {
		c.bad("prompt", err.Error())
	}
}

type checker struct {
	e *Effective
	p *problems
}

// bad finds the line of a key, or of what the key lies in.
func (c checker) bad(path, text string) {
	for at := path; at != ""; {
		if o, ok := c.e.Origin[at]; ok {
			if o.Kind != "file" {
				text += " (from " + o.Name + ")"
			}
			c.p.add(o.Line, path, text)
			return
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	c.p.add(0, path, text)
}

func (c checker) listen() {
	_, port, err := net.SplitHostPort(c.e.Listen)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		c.bad("listen", fmt.Sprintf("is %q: want HOST:PORT, such as 127.0.0.1:7700", c.e.Listen))
		return
	}
}

func (c checker) database() {
	if c.e.Database == "" {
		return
	}
	u, err := url.Parse(c.e.Database)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		c.bad("database", "want postgres://USER:PASSWORD@HOST/NAME, or nothing for SQLite in the data folder")
	}
}

// enums looks at every field that has a list of allowed values.
func (c checker) enums(v reflect.Value, path string) {
	for i := range v.NumField() {
		t := v.Type().Field(i)
		at := join(path, t.Tag.Get("yaml"))
		if allowed := t.Tag.Get("enum"); allowed != "" && !slices.Contains(strings.Split(allowed, ","), v.Field(i).String()) {
			c.bad(at, fmt.Sprintf("is %q: want one of %s", v.Field(i).String(), strings.ReplaceAll(allowed, ",", ", ")))
		}
		if v.Field(i).Kind() == reflect.Struct {
			c.enums(v.Field(i), at)
		}
	}
}

// joined puts a key and what lies in it together.
func joined(at, field string) string {
	if field == "" {
		return at
	}
	return at + "." + field
}

func list(names []string) string { return strings.Join(names, ", ") }

func (c checker) keys() {
	names := map[string]bool{}
	for i, k := range c.e.Keys {
		at := fmt.Sprintf("keys[%d]", i)
		switch {
		case k.Name == "" || k.KeyEnv == "":
			c.bad(at, "wants a name and a key_env")
		case names[k.Name]:
			c.bad(at, fmt.Sprintf("the name %q is used twice", k.Name))
		case c.e.away:
		case c.e.env(k.KeyEnv) == "":
			c.bad(at, fmt.Sprintf("the environment variable %s is empty: put the key there", k.KeyEnv))
		case len(c.e.env(k.KeyEnv)) < server.MinKey:
			c.bad(at, fmt.Sprintf("the key in %s is shorter than %d characters: make one with openssl rand -hex 24", k.KeyEnv, server.MinKey))
		}
		names[k.Name] = true
	}
}
