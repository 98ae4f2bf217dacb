package deploy

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
)

// A Value is one that can be set, for the whole or, where it is about engines, for one model:
// models.NAME.KEY.
type Value struct {
	Key     string `json:"key"`
	Default string `json:"value"`
	What    string `json:"what"`
	form    form
	engine  bool // may be set for one model
}

// A form says which texts are a value.
type form struct {
	is   *regexp.Regexp
	want string
}

var (
	label    = form{regexp.MustCompile(`^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`), "a name of up to 40 small letters, digits and hyphens"}
	text     = form{regexp.MustCompile(`^[\x21-\x7e]{0,512}$`), "one word"}
	count    = form{regexp.MustCompile(`^[0-9]{1,6}$`), "a whole number"}
	quantity = form{regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?)?$`), "an amount such as 500m or 2Gi"}
	yes      = form{regexp.MustCompile(`^(true|false)$`), "true or false"}
	host     = form{regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?$`), "a host name"}
	share    = form{regexp.MustCompile(`^(0\.[0-9]{1,3}|1(\.0)?)$`), "a share such as 0.90"}
)

func oneOf(all ...string) form {
	return form{regexp.MustCompile(`^(` + strings.Join(all, "|") + `)$`), strings.Join(all, ", ")}
}

// known are all values, in the order in which they are told.
var known = []Value{
	{"name", "wenyuan", "what everything is called", label, false},
	{"namespace", "wenyuan", "that everything lies in", label, false},
	{"image", "", "of this program; wenyuan:VERSION where it is empty", text, false},
	{"replicas", "1", "servers; more than one need PostgreSQL", count, false},
	{"database", "", "sqlite or postgres; what the settings say where it is empty", oneOf("", "sqlite", "postgres"), false},
	{"secret", "wenyuan-secrets", "Secret with the variables that hold keys and passwords", label, false},
	{"user", "10001", "id of the user and the group that the program runs as", count, false},
	{"cpu", "500m", "of one server, asked for", quantity, false},
	{"memory", "512Mi", "of one server, asked for", quantity, false},
	{"memory_limit", "2Gi", "of one server, at most", quantity, false},
	{"storage", "20Gi", "of the data folder of one server", quantity, false},
	{"storage_class", "", "of all volumes; that of the cluster where it is empty", text, false},
	{"ingress_host", "", "name by which browsers come; no Ingress where it is empty", host, false},
	{"ingress_class", "", "of the Ingress; that of the cluster where it is empty", text, false},
	{"ingress_tls", "", "Secret with the certificate of the Ingress", host, false},
	{"monitor", "", "a ServiceMonitor for the Prometheus operator, true or false; true where an engine is scaled and this is empty", oneOf("", "true", "false"), false},
	{"scaler", "keda", "what scales engines: keda, hpa or none", oneOf("keda", "hpa", "none"), true},
	{"prometheus", "http://prometheus-operated.monitoring.svc:9090", "address of the Prometheus that KEDA asks", text, false},
	{"load", "8", "requests that wait or are under way, for each replica of an engine, beyond which one more is started", count, true},
	{"workload", "deployment", "deployment: one address for all replicas of an engine; statefulset: one for each, so that the gateway balances by the cache of each", oneOf("deployment", "statefulset"), true},
	{"engine_image", "", "of an engine; that of its maker where it is empty", text, true},
	{"engine_cpu", "4", "of one replica of an engine, asked for", quantity, true},
	{"engine_memory", "16Gi", "of one replica of an engine, asked for and at most", quantity, true},
	{"gpu", "nvidia.com/gpu", "resource by which the cluster counts GPUs", text, true},
	{"gpus", "1", "of one replica of an engine", count, true},
	{"models_claim", "wenyuan-models", "volume with the files of models, which all engines read", label, true},
	{"models_storage", "100Gi", "of that volume", quantity, false},
	{"max_model_len", "0", "vLLM: tokens of prompt and answer; what the settings say under context, else the model's, where it is 0", count, true},
	{"gpu_memory", "0.90", "vLLM: share of the GPU's memory for weights and KV cache", share, true},
	{"kv_cache_dtype", "auto", "vLLM: auto or fp8, which holds twice as many tokens", oneOf("auto", "fp8", "fp8_e4m3", "fp8_e5m2"), true},
	{"prefix_caching", "true", "vLLM: the KV cache of equal beginnings is used again", yes, true},
	{"chunked_prefill", "true", "vLLM: long prompts are read in pieces, between which others go on", yes, true},
	{"lmcache", "0", "vLLM: GiB of main memory that hold KV cache beside the GPU's, by LMCache; none where it is 0", count, true},
}

// Values lists what can be set, with what holds where nothing is.
func Values() []Value { return slices.Clone(known) }

// values are what was set, over what holds else; those for one model as models.NAME.KEY.
type values map[string]string

func valuesOf(p Plan) (values, error) {
	v, bad := values{}, []string(nil)
	for _, k := range known {
		v[k.Key] = k.Default
	}
	for _, line := range p.Set {
		key, value, ok := strings.Cut(line, "=")
		k, found := find(key, p.Models)
		switch {
		case !ok:
			bad = append(bad, fmt.Sprintf("%q is not KEY=VALUE", line))
		case !found:
			bad = append(bad, fmt.Sprintf("%q is nothing that can be set", key))
		case !k.form.is.MatchString(value):
			bad = append(bad, fmt.Sprintf("%s is %q: want %s", key, value, k.form.want))
		}
		v[key] = value
	}
	if len(bad) > 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: strings.Join(bad, "\n"), Hint: "wenyuan deploy render --keys lists what can be set"}
	}
	return v, nil
}

// find finds what a key is about.
func find(key string, models []Model) (Value, bool) {
	rest, single := strings.CutPrefix(key, "models.")
	if single {
		i := strings.LastIndex(rest, ".")
		if i < 0 || !slices.ContainsFunc(models, func(m Model) bool { return m.Name == rest[:i] }) {
			return Value{}, false
		}
		key = rest[i+1:]
	}
	i := slices.IndexFunc(known, func(k Value) bool { return k.Key == key && (k.engine || !single) })
	if i < 0 {
		return Value{}, false
	}
	return known[i], true
}

// of is a value for one model.
func (v values) of(model, key string) string {
	if own, ok := v["models."+model+"."+key]; ok {
		return own
	}
	return v[key]
}

func (v values) number(model, key string) int {
	n, _ := strconv.Atoi(v.of(model, key)) // its form was looked at
	return n
}

func (v values) yes(model, key string) bool { return v.of(model, key) == "true" }

// names gives each model a name that Kubernetes takes, and that no other has.
func names(models []Model, prefix string) map[string]string {
	out, taken := map[string]string{}, map[string]bool{}
	for _, o := range models {
		name := strings.Trim(dashes.ReplaceAllString(strings.ToLower(o.Name), "-"), "-")
		name = prefix + strings.Trim(name[:min(len(name), 30)], "-")
		name = cmp.Or(strings.Trim(name, "-"), "engine")
		for n, plain := 2, name; taken[name]; n++ {
			name = plain + "-" + strconv.Itoa(n)
		}
		out[o.Name], taken[name] = name, true
	}
	return out
}

var dashes = regexp.MustCompile(`[^a-z0-9]+`)

// sorted are the keys of a set in order.
func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
