package deploy

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"wenyuan"
)

// read takes the settings apart: what is secret is taken out, and is a variable from then on.
func (h *house) read(target string) error {
	if len(bytes.TrimSpace(h.Settings)) > 0 {
		if err := yaml.UnmarshalWithOptions(h.Settings, &h.settings, yaml.UseOrderedMap()); err != nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the settings file is no YAML", Hint: "wenyuan config check says what is wrong", Err: err}
		}
	}
	set := map[string]bool{}
	given, declared := entry(h.settings, "database").(string)
	h.database = declared && given != "" || h.v["database"] == "postgres"
	if h.v["database"] == "sqlite" {
		h.database = false
	}
	h.settings = without(h.settings, "database")
	if h.database {
		set["WENYUAN_DATABASE"] = true
	}
	if err := h.scrub(&h.settings, "", set); err != nil {
		return err
	}
	h.variables = sorted(set)
	for _, o := range h.Models {
		for _, name := range o.Env {
			set[name] = true
		}
	}
	h.all = sorted(set)
	if h.v.number("", "replicas") > 1 && !h.database {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "several servers need a database that they share", Hint: "set database=postgres and keep its address as WENYUAN_DATABASE in the Secret, or set replicas=1"}
	}
	return h.serve(target)
}

// scrub notes the variables that the settings name, and takes out addresses that hold a password.
func (h *house) scrub(x *yaml.MapSlice, path string, set map[string]bool) error {
	kept := (*x)[:0:0]
	for _, item := range *x {
		key := fmt.Sprint(item.Key)
		at := strings.TrimPrefix(path+"."+key, ".")
		switch v := item.Value.(type) {
		case yaml.MapSlice:
			if err := h.scrub(&v, at, set); err != nil {
				return err
			}
			item.Value = v
		case []any:
			for i := range v {
				if inner, ok := v[i].(yaml.MapSlice); ok {
					if err := h.scrub(&inner, at+"[]", set); err != nil {
						return err
					}
					v[i] = inner
				}
			}
		case string:
			if strings.HasSuffix(key, "_env") && v != "" {
				set[v] = true
			}
			if secret(v) {
				if strings.Contains(at, "[") || strings.Count(at, ".") > 1 {
					return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the settings hold a password at " + at, Hint: "keep it in a variable, which the settings name"}
				}
				set["WENYUAN_"+strings.ToUpper(strings.ReplaceAll(at, ".", "_"))] = true
				continue
			}
		}
		kept = append(kept, item)
	}
	*x = kept
	return nil
}

// secret says whether a text is an address with a password.
func secret(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return strings.Contains(text, "://") && strings.Contains(text, "@")
	}
	_, has := u.User.Password()
	return u.User != nil && has
}

func entry(x yaml.MapSlice, key string) any {
	for _, item := range x {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

func without(x yaml.MapSlice, key string) yaml.MapSlice {
	return slices.DeleteFunc(slices.Clone(x), func(item yaml.MapItem) bool { return item.Key == key })
}

// put sets a key, in its place where it is there.
func put(x yaml.MapSlice, key string, value any) yaml.MapSlice {
	x = slices.Clone(x)
	for i := range x {
		if x[i].Key == key {
			x[i].Value = value
			return x
		}
	}
	return append(x, yaml.MapItem{Key: key, Value: value})
}

// moved are the settings for a place where engines are servers of their own: a model that has one
// here names their addresses there. reached are the names by which others come.
func (h *house) moved(reached ...string) (string, error) {
	s := put(h.settings, "listen", "0.0.0.0:7700")
	if h.Prompt != "" {
		s = put(s, "prompt", "prompt.tmpl")
	}
	hosts, _ := entry(s, "hosts").([]any)
	for _, name := range reached {
		if name != "" && !slices.Contains(hosts, any(name)) {
			hosts = append(slices.Clone(hosts), name)
		}
	}
	s = put(s, "hosts", hosts)
	if models, ok := entry(s, "models").(yaml.MapSlice); ok {
		models = slices.Clone(models)
		for i, item := range models {
			one, isMap := item.Value.(yaml.MapSlice)
			for _, e := range h.engines {
				if isMap && e.Name == fmt.Sprint(item.Key) {
					models[i].Value = e.replicas(one)
				}
			}
		}
		s = put(s, "models", models)
	}
	if outbound, ok := entry(s, "outbound").([]any); ok {
		s = put(s, "outbound", append(slices.Clone(outbound), h.hosts()...))
	}
	b, err := yaml.MarshalWithOptions(s, yaml.Indent(2), yaml.IndentSequence(true))
	return string(b), err
}

// replicas puts the addresses of an engine in its place.
func (e server) replicas(model yaml.MapSlice) yaml.MapSlice {
	all, _ := entry(model, "replicas").([]any)
	all = slices.Clone(all)
	dialect := e.Dialect
	if dialect == "openai" {
		dialect = ""
	}
	for _, at := range e.addresses {
		one := m("url", at, "dialect", dialect, "remote_name", e.RemoteName)
		if e.Adapters && e.kind == vllm {
			one = append(one, yaml.MapItem{Key: "adapters", Value: vllm})
		}
		all = append(all, one)
	}
	model = put(without(model, "engine"), "replicas", all)
	return put(model, "location", e.Location) // an engine at an address of its own is not taken for one of this machine any more
}

// hosts are those of the engines, for a list of what may be reached.
func (h *house) hosts() (all []any) {
	for _, e := range h.engines {
		for _, at := range e.addresses {
			all = append(all, strings.TrimPrefix(at, "http://"))
		}
	}
	return all
}

// near names the models whose addresses are of this machine: in a container these are its own, where nobody listens.
func (h *house) near() string {
	var names []string
	models, _ := entry(h.settings, "models").(yaml.MapSlice)
	for _, item := range models {
		one, _ := item.Value.(yaml.MapSlice)
		all, _ := entry(one, "replicas").([]any)
		if slices.ContainsFunc(all, func(r any) bool { at, _ := r.(yaml.MapSlice); return loopback(fmt.Sprint(entry(at, "url"))) }) {
			names = append(names, fmt.Sprint(item.Key))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "\nWARNING: the settings reach " + strings.Join(names, ", ") + " on this machine (127.0.0.1), which is not there from within a container:\nname the addresses by which these models are reached from there."
}

func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
