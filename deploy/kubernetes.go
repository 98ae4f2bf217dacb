package deploy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// grace is how long answers that are under way may take when a server is to end.
const grace = 60 * time.Second

// labels name what belongs together.
func (h *house) labels(component string) yaml.MapSlice {
	return m("app.kubernetes.io/name", h.v["name"], "app.kubernetes.io/component", component)
}

func (h *house) meta(name, component string) yaml.MapSlice {
	return m("name", name, "namespace", h.v["namespace"], "labels", h.labels(component))
}

// kubernetes gives one file for the program and one for each engine.
func (h *house) kubernetes() ([]File, error) {
	settings, err := h.moved(h.v["name"], h.v["name"]+"."+h.v["namespace"]+".svc", h.v["ingress_host"])
	if err != nil {
		return nil, err
	}
	all := []document{h.account(), h.configMap(settings), h.stateful(), h.service(), h.policy(), h.disruption()}
	if h.v["ingress_host"] != "" {
		all = append(all, h.ingress())
	}
	if h.monitored() {
		all = append(all, h.monitor())
	}
	head := "The namespace and the Secret are made by hand: kubectl create namespace " + h.v["namespace"] + "\n"
	names := h.all
	if h.monitored() {
		names = append(slices.Clone(names), metricsKey)
	}
	if len(names) > 0 {
		head += "kubectl -n " + h.v["namespace"] + " create secret generic " + h.v["secret"]
		for _, name := range names {
			head += " --from-literal=" + name + "=..."
		}
	}
	head += h.unseen() + h.near()
	b, err := write(head, append(all, h.claims()...)...)
	if err != nil {
		return nil, err
	}
	files := []File{{h.v["name"] + ".yaml", b}}
	for _, e := range h.engines {
		b, err := write("The engine of the model "+e.Name+" ("+e.kind+")", h.engine(e)...)
		if err != nil {
			return nil, err
		}
		files = append(files, File{e.name + ".yaml", b})
	}
	return files, nil
}

func (h *house) account() document {
	return document{"No right in the cluster, and no token in the pods.", m("apiVersion", "v1", "kind", "ServiceAccount", "metadata", h.meta(h.v["name"], "server"), "automountServiceAccountToken", false)}
}

func (h *house) configMap(settings string) document {
	data := m("wenyuan.yaml", settings, "prompt.tmpl", h.Prompt)
	return document{"The settings, without secrets. After a change: kubectl exec ... kill -HUP 1, or a new rollout.", m("apiVersion", "v1", "kind", "ConfigMap", "metadata", h.meta(h.v["name"], "server"), "data", data)}
}

// stateful is the program: each server has a data folder of its own.
func (h *house) stateful() document {
	id := h.v.number("", "user")
	what := "One server with SQLite: its data folder holds everything, so there is never a second one."
	if h.database {
		what = "Servers that share a PostgreSQL, whose address the Secret holds as WENYUAN_DATABASE. The originals of documents\nlie in the data folder of the server that took them."
	}
	image := h.v["image"]
	if image == "" {
		image = "wenyuan:" + h.Program
	}
	container := m(
		"name", "wenyuan", "image", image,
		"args", []string{"serve", "--data", "/data", "--config", "/etc/wenyuan/wenyuan.yaml"},
		"env", h.secrets(h.variables, false),
		"ports", list(m("name", "http", "containerPort", 7700)),
		"startupProbe", m("httpGet", m("path", "/readyz", "port", "http"), "periodSeconds", 2, "failureThreshold", 150),
		"readinessProbe", m("httpGet", m("path", "/readyz", "port", "http"), "periodSeconds", 5),
		"livenessProbe", m("httpGet", m("path", "/healthz", "port", "http"), "periodSeconds", 10, "failureThreshold", 6),
		"resources", m("requests", m("cpu", h.v["cpu"], "memory", h.v["memory"]), "limits", m("memory", h.v["memory_limit"])),
		"securityContext", confined(true),
		"volumeMounts", list(m("name", "data", "mountPath", "/data"), m("name", "settings", "mountPath", "/etc/wenyuan", "readOnly", true), m("name", "tmp", "mountPath", "/tmp")),
	)
	pod := m(
		"serviceAccountName", h.v["name"], "automountServiceAccountToken", false, "terminationGracePeriodSeconds", int(grace.Seconds()),
		"securityContext", m("runAsNonRoot", true, "runAsUser", id, "runAsGroup", id, "fsGroup", id, "fsGroupChangePolicy", "OnRootMismatch", "seccompProfile", m("type", "RuntimeDefault")),
		"containers", list(container),
		"volumes", list(m("name", "settings", "configMap", m("name", h.v["name"])), m("name", "tmp", "emptyDir", m("sizeLimit", "1Gi"))),
	)
	return document{what, m("apiVersion", "apps/v1", "kind", "StatefulSet", "metadata", h.meta(h.v["name"], "server"), "spec", m(
		"serviceName", h.v["name"], "replicas", h.v.number("", "replicas"), "selector", m("matchLabels", h.labels("server")),
		"template", m("metadata", m("labels", h.labels("server")), "spec", pod),
		"volumeClaimTemplates", list(m("metadata", m("name", "data"), "spec", h.claim("ReadWriteOnce", h.v["storage"]))),
	))}
}

// confined is what a container may do: nothing that it does not need.
func confined(readOnly bool) yaml.MapSlice {
	c := m("allowPrivilegeEscalation", false, "capabilities", m("drop", []string{"ALL"}))
	if readOnly {
		c = append(c, yaml.MapItem{Key: "readOnlyRootFilesystem", Value: true})
	}
	return c
}

func (h *house) claim(mode, size string) yaml.MapSlice {
	return m("accessModes", []string{mode}, "storageClassName", h.v["storage_class"], "resources", m("requests", m("storage", size)))
}

func (h *house) service() document {
	return document{"", m("apiVersion", "v1", "kind", "Service", "metadata", h.meta(h.v["name"], "server"), "spec", m(
		"selector", h.labels("server"), "ports", list(m("name", "http", "port", 7700, "targetPort", "http"))))}
}

func (h *house) policy() document {
	return document{"Others reach the port of the program and nothing else. What it may reach is for the settings to say, under outbound.", m("apiVersion", "networking.k8s.io/v1", "kind", "NetworkPolicy", "metadata", h.meta(h.v["name"], "server"), "spec", m(
		"podSelector", m("matchLabels", h.labels("server")), "policyTypes", []string{"Ingress"}, "ingress", list(m("ports", list(m("port", "http", "protocol", "TCP"))))))}
}

func (h *house) disruption() document {
	return document{"Servers are taken away one at a time.", m("apiVersion", "policy/v1", "kind", "PodDisruptionBudget", "metadata", h.meta(h.v["name"], "server"), "spec", m(
		"maxUnavailable", 1, "selector", m("matchLabels", h.labels("server"))))}
}

func (h *house) ingress() document {
	to := m("service", m("name", h.v["name"], "port", m("name", "http")))
	spec := m("ingressClassName", h.v["ingress_class"])
	if secret := h.v["ingress_tls"]; secret != "" {
		spec = append(spec, yaml.MapItem{Key: "tls", Value: list(m("hosts", []string{h.v["ingress_host"]}, "secretName", secret))})
	}
	spec = append(spec, yaml.MapItem{Key: "rules", Value: list(m("host", h.v["ingress_host"], "http", m("paths", list(m("path", "/", "pathType", "Prefix", "backend", to)))))})
	meta := append(h.meta(h.v["name"], "server"), yaml.MapItem{Key: "annotations", Value: m(
		"nginx.ingress.kubernetes.io/proxy-buffering", "off", "nginx.ingress.kubernetes.io/proxy-read-timeout", "3600", "nginx.ingress.kubernetes.io/proxy-body-size", "1g")})
	return document{"Answers are streams, which nothing in between may hold back. The annotations are those of ingress-nginx.", m("apiVersion", "networking.k8s.io/v1", "kind", "Ingress", "metadata", meta, "spec", spec)}
}

// monitored says whether Prometheus is told to read the figures of the program. What scales engines goes by
// these, so that they are read where nothing else is said.
func (h *house) monitored() bool {
	return h.v["monitor"] == "true" || h.v["monitor"] == "" && len(h.scaled()) > 0
}

// scaled are the engines that a scaler looks after.
func (h *house) scaled() (names []string) {
	for _, e := range h.engines {
		if h.v.of(e.Name, "scaler") != "none" {
			names = append(names, e.Name)
		}
	}
	return names
}

// unseen says what has to be done by hand where engines are scaled by figures that nobody reads.
func (h *house) unseen() string {
	names := h.scaled()
	if len(names) == 0 {
		return ""
	}
	if h.monitored() {
		return "\nWhat scales " + strings.Join(names, ", ") + " asks Prometheus for figures of this program: the operator of Prometheus must take up the\nServiceMonitor below, and " + metricsKey + " must be a key of an operator, or nothing is ever started or scaled."
	}
	return "\nWARNING: what scales " + strings.Join(names, ", ") + " asks Prometheus for figures of this program, and nothing here has Prometheus read them\n(monitor=false). Have it read /metrics of each server with a key of an operator, or nothing is ever started or scaled."
}

func (h *house) monitor() document {
	key := m("type", "Bearer", "credentials", m("name", h.v["secret"], "key", metricsKey)) // /metrics is for operators
	return document{"Figures at /metrics: of load, queues, caches, replicas and tokens, none of what was said.\nThe Secret holds a key of an operator as " + metricsKey + ", as wenyuan key create gives it.", m("apiVersion", "monitoring.coreos.com/v1", "kind", "ServiceMonitor", "metadata", h.meta(h.v["name"], "server"), "spec", m(
		"selector", m("matchLabels", h.labels("server")), "endpoints", list(m("port", "http", "path", "/metrics", "interval", "15s", "authorization", key))))}
}

// metricsKey is where the Secret holds the key by which figures are read.
const metricsKey = "METRICS_KEY"

// engine gives the workload of an engine, its address, who may reach it, and what scales it.
func (h *house) engine(e server) []document {
	name, own := e.name, append(h.labels("engine"), yaml.MapItem{Key: "wenyuan/model", Value: e.name})
	meta := func() yaml.MapSlice { return m("name", name, "namespace", h.v["namespace"], "labels", own) }
	replicas := any(max(1, e.Min))
	if h.v.of(e.Name, "scaler") != "none" {
		replicas = nil // the scaler's: a rollout must not undo what it did
	}
	stays := h.v.of(e.Name, "workload") == "statefulset"
	kind, service, address := "Deployment", any(nil), any(nil)
	spec := m("replicas", replicas)
	if stays {
		kind, service, address = "StatefulSet", name, "None"
		spec = m("serviceName", service, "podManagementPolicy", "Parallel", "replicas", replicas)
	}
	spec = append(spec, m("selector", m("matchLabels", own), "template", m("metadata", m("labels", own), "spec", h.pod(e)))...)
	if !stays {
		spec = append(spec, yaml.MapItem{Key: "strategy", Value: m("rollingUpdate", m("maxSurge", 1, "maxUnavailable", 0))})
	}
	open := m("clusterIP", address)
	if stays {
		open = append(open, yaml.MapItem{Key: "publishNotReadyAddresses", Value: false})
	}
	open = append(open, m("selector", own, "ports", list(m("name", "http", "port", e.port, "targetPort", "http")))...)
	what := "One address for all replicas."
	if stays {
		what = "An address for each replica, so that the gateway sends equal beginnings of prompts to the same one."
	}
	all := []document{
		{h.remark(e), m("apiVersion", "apps/v1", "kind", kind, "metadata", meta(), "spec", spec)},
		{what, m("apiVersion", "v1", "kind", "Service", "metadata", meta(), "spec", open)},
		{"The engine asks nobody for a key: only the program reaches it.", m("apiVersion", "networking.k8s.io/v1", "kind", "NetworkPolicy", "metadata", meta(), "spec", m(
			"podSelector", m("matchLabels", own), "policyTypes", []string{"Ingress"},
			"ingress", list(m("from", list(m("podSelector", m("matchLabels", h.labels("server")))), "ports", list(m("port", "http", "protocol", "TCP"))))))},
	}
	switch h.v.of(e.Name, "scaler") {
	case "keda":
		all = append(all, h.keda(e, kind, meta()))
	case "hpa":
		all = append(all, h.hpa(e, kind, meta()))
	}
	return all
}

// remark says what the flags of an engine are for.
func (h *house) remark(e server) string {
	switch e.kind {
	case vllm:
		return "Prefix caching keeps the KV cache of equal beginnings, chunked prefill lets short requests pass long prompts,\nand the KV cache has what --gpu-memory-utilization leaves of the GPU beside the weights."
	case llama:
		return "--cache-reuse takes parts of earlier prompts over from the KV cache, also where they have moved."
	}
	return ""
}

// pod is what runs an engine.
func (h *house) pod(e server) yaml.MapSlice {
	name := e.Name
	resources := m("requests", m("cpu", h.v.of(name, "engine_cpu"), "memory", h.v.of(name, "engine_memory")), "limits", m("memory", h.v.of(name, "engine_memory")))
	if n := h.v.number(name, "gpus"); n > 0 {
		resources = m("requests", append(resources[0].Value.(yaml.MapSlice), yaml.MapItem{Key: h.v.of(name, "gpu"), Value: strconv.Itoa(n)}),
			"limits", append(resources[1].Value.(yaml.MapSlice), yaml.MapItem{Key: h.v.of(name, "gpu"), Value: strconv.Itoa(n)}))
	}
	probe := m("path", e.Ready, "port", "http")
	container := m(
		"name", "engine", "image", e.image, "command", e.command, "args", e.args, "env", list(slices.Concat(e.env, h.secrets(e.Env, true))...),
		"ports", list(m("name", "http", "containerPort", e.port)),
		"startupProbe", m("httpGet", probe, "periodSeconds", 5, "failureThreshold", max(1, int(e.StartTime/(5*time.Second)))),
		"readinessProbe", m("httpGet", probe, "periodSeconds", 5),
		"livenessProbe", m("httpGet", probe, "periodSeconds", 20, "timeoutSeconds", 10, "failureThreshold", 6),
		"lifecycle", m("preStop", m("sleep", m("seconds", 5))),
		"resources", resources, "securityContext", confined(false),
		"volumeMounts", list(m("name", "models", "mountPath", e.folder), m("name", "shm", "mountPath", "/dev/shm")),
	)
	return m(
		"automountServiceAccountToken", false, "terminationGracePeriodSeconds", int((grace + e.StopTime).Seconds()),
		"securityContext", m("seccompProfile", m("type", "RuntimeDefault")),
		"containers", list(container),
		"volumes", list(m("name", "models", "persistentVolumeClaim", m("claimName", h.v.of(name, "models_claim"))), m("name", "shm", "emptyDir", m("medium", "Memory", "sizeLimit", "2Gi"))),
	)
}

// claims are the volumes with the files of models.
func (h *house) claims() (all []document) {
	set := map[string]bool{}
	for _, e := range h.engines {
		set[h.v.of(e.Name, "models_claim")] = true
	}
	for _, name := range sorted(set) {
		all = append(all, document{"Files of models, which every replica of every engine reads: the storage class has to know ReadWriteMany.",
			m("apiVersion", "v1", "kind", "PersistentVolumeClaim", "metadata", h.meta(name, "engine"), "spec", h.claim("ReadWriteMany", h.v["models_storage"]))})
	}
	return all
}

// The gauges of /metrics by which engines are scaled.
const (
	waiting = "wenyuan_queue_waiting"     // for a place at a model
	flight  = "wenyuan_replica_in_flight" // at its replicas
)

// query is how much is asked of a model: who waits in the gateway, whose answer is under way, and
// who was turned away within the last minute, as no replica answers where there is none yet.
func query(model string) string {
	sum := func(form string) string { return "(sum(" + fmt.Sprintf(form, model) + ") or vector(0))" }
	return sum(waiting+"{model=%q}") + " + " + sum(flight+"{model=%q}") + " + " + sum(`increase(wenyuan_gateway_calls_total{model=%q,outcome=~"failed|refused"}[1m])`)
}

func (h *house) keda(e server, kind string, meta yaml.MapSlice) document {
	what := "Scaled by the requests that wait in the gateway or are under way."
	if e.Min == 0 {
		what += " From none: until the first replica is ready, requests\nare refused with the hint to come again, or answered by a fallback."
	}
	return document{what, m("apiVersion", "keda.sh/v1alpha1", "kind", "ScaledObject", "metadata", meta, "spec", m(
		"scaleTargetRef", m("apiVersion", "apps/v1", "kind", kind, "name", e.name),
		"minReplicaCount", e.Min, "maxReplicaCount", e.Max, "pollingInterval", 5, "cooldownPeriod", int(e.Idle.Seconds()),
		"fallback", m("failureThreshold", 6, "replicas", max(1, e.Min)),
		"triggers", list(m("type", "prometheus", "metricType", "AverageValue", "metadata", m(
			"serverAddress", h.v["prometheus"], "query", query(e.Name), "threshold", h.v.of(e.Name, "load"), "activationThreshold", "0"))),
	))}
}

func (h *house) hpa(e server, kind string, meta yaml.MapSlice) document {
	external := func(name string) yaml.MapSlice {
		return m("type", "External", "external", m("metric", m("name", name, "selector", m("matchLabels", m("model", e.Name))),
			"target", m("type", "AverageValue", "averageValue", h.v.of(e.Name, "load"))))
	}
	return document{"Scaled by the requests that wait in the gateway or are under way, which the Prometheus adapter gives as external metrics. It keeps one replica at least.",
		m("apiVersion", "autoscaling/v2", "kind", "HorizontalPodAutoscaler", "metadata", meta, "spec", m(
			"scaleTargetRef", m("apiVersion", "apps/v1", "kind", kind, "name", e.name),
			"minReplicas", max(1, e.Min), "maxReplicas", e.Max,
			"metrics", list(external(waiting), external(flight)),
			"behavior", m("scaleDown", m("stabilizationWindowSeconds", min(3600, int(e.Idle.Seconds())))),
		))}
}
